"""`trigger`: queue one job, and with --wait send it and wait."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli import arguments
from console.cli.output import local, print_error, print_json, print_line
from console.domain.errors import BadInput
from console.services.commands import TriggerRequest

if TYPE_CHECKING:
    from console.app.triggers import Triggered

WAIT_DEFAULT = "default"


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "trigger",
        help="queue one trigger of a workflow",
        description="Queue one job. With --wait also send it (only it) and wait until it ends.",
    )
    parser.add_argument("workflow", metavar="WORKFLOW_ID")
    parser.add_argument(
        "--var", action="append", default=[], metavar="NAME:TYPE=VALUE", help="one variable"
    )
    parser.add_argument(
        "--payload", metavar="FILE.json", help='{"context":{…},"priority"?,"metadata"?}'
    )
    parser.add_argument("--priority", type=int, metavar="N", help="1 (highest) to 10")
    parser.add_argument("--meta", action="append", default=[], metavar="K=V", help="metadata")
    parser.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
    parser.add_argument(
        "--wait",
        nargs="?",
        const=WAIT_DEFAULT,
        default=None,
        metavar="SECONDS",
        help="send it and wait until it ends, 30 minutes by default",
    )
    parser.add_argument("--at", default=None, metavar="TIME", help="send at this time")
    parser.add_argument("--send-before", default=None, metavar="TIME", help="too old after this")
    parser.add_argument("--key", default=None, metavar="K", help="same key, same job")
    parser.add_argument(
        "--again", action="store_true", default=False, help="yes, although it was queued before"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Queue, print the job; 0 queued or accepted, 1 anything else."""
    from console.app.running import Interrupted
    from console.app.triggers import trigger

    request = request_of(args)
    try:
        done = trigger(args.data_dir, args.profile, request, wait_seconds(args.wait))
    except Interrupted as interrupted:
        _print(args, interrupted.result)  # it is queued, perhaps sent: whoever asked must know it
        raise
    _print(args, done)
    good = ("accepted",) if args.wait is not None else ("accepted", "queued", "sending", "waiting")
    return 0 if done.job["state"] in good else 1


def _print(args: argparse.Namespace, done: Triggered) -> None:
    job, earlier = done.job, done.earlier
    if done.other:
        print_error(
            f"The key belongs to {job['jobId']}, which asks for something else; nothing was queued."
            " Use another key for another request"
        )
    if earlier is not None:
        print_error(
            f"{earlier.label} ({earlier.state}), queued {local(earlier.queued_at)}, asked for the "
            "same; this one was queued all the same. With --again nothing is said"
        )
    if args.json:
        print_json(job)
    else:
        print_line(f"{job['jobId']}  {job['workflowId']}  {job['state']}  {job['reason']}")


def request_of(args: argparse.Namespace) -> TriggerRequest:
    """The request that the options describe; BadInput where they contradict each other."""
    context: dict[str, Any] = {}
    priority = args.priority
    metadata: dict[str, str] = {}
    if args.payload is not None:
        loaded = arguments.payload_file(Path(args.payload))
        context.update(loaded.context)
        metadata.update(loaded.metadata or {})
        priority = loaded.priority if priority is None else priority
    typed = arguments.variables(args.var)
    twice = sorted(set(typed) & set(context))
    if twice:
        raise BadInput(f"{', '.join(twice)} stands in --payload and in --var; give it once", "var")
    context.update(typed)
    metadata.update(arguments.metadata(args.meta))
    return TriggerRequest(
        request="",
        workflow_id=args.workflow,
        context=context,
        priority=priority,
        metadata=metadata,
        reason=args.reason,
        at=None if args.at is None else arguments.moment(args.at, "--at"),
        send_before=None
        if args.send_before is None
        else arguments.moment(args.send_before, "--send-before"),
        key=args.key,
        again=args.again,
    )


def wait_seconds(text: str | None) -> float | None:
    """Seconds to wait; None for not at all, -1 for the time that the settings name."""
    if text is None:
        return None
    if text == WAIT_DEFAULT:
        return -1.0
    try:
        seconds = float(text)
    except ValueError:
        seconds = float("nan")
    if not 0 <= seconds <= 7 * 86_400:
        raise BadInput(f"--wait {text!r}: give seconds from 0 to 604800", "wait")
    return seconds
