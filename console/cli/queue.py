"""`queue`: list, run, and decide about jobs."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from console.cli.output import print_error, print_json, print_line, print_table

if TYPE_CHECKING:
    from console.app.queue import Drained


def register(commands: Any) -> None:
    """Add the command to the parser."""
    queue = commands.add_parser("queue", help="list, send and decide about jobs")
    inner = queue.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = inner.add_parser("list", help="every job with its state and why")
    listing.set_defaults(run=_list)
    running = inner.add_parser("run", help="send for every profile, without a window")
    running.add_argument("--until-idle", action="store_true", default=False)
    running.set_defaults(run=_run)
    for name, help_text, run in (
        ("show", "one job with its history", _show),
        ("cancel", "cancel a job that is not sent yet", _cancel),
        ("approve", "approve what another operator requested", _approve),
        ("refuse", "refuse what another operator requested", _refuse),
        ("retry", "send a waiting job now; a failed one again as a new job", _retry),
    ):
        one = inner.add_parser(name, help=help_text)
        one.add_argument("id", metavar="ID")
        one.add_argument("--reason", default="", metavar="TEXT")
        one.set_defaults(run=run)
    resolve = inner.add_parser("resolve", help="decide a review")
    resolve.add_argument("id", metavar="ID")
    resolve.add_argument(
        "--as", dest="decision", required=True, choices=("accepted", "failed", "send-again")
    )
    resolve.add_argument("--instance", default="", metavar="I", help="for --as accepted")
    resolve.add_argument("--reason", default="", metavar="TEXT")
    resolve.set_defaults(run=_resolve)
    for name, help_text in (("pause", "stop sending"), ("resume", "send again")):
        switch = inner.add_parser(name, help=help_text)
        switch.add_argument("--reason", default="", metavar="TEXT")
        switch.set_defaults(run=_switch, action=name)
    stop = inner.add_parser("stop-the-line", help="stop everything on one connection at once")
    stop.add_argument("--reason", required=True, metavar="TEXT")
    stop.set_defaults(run=_stop_the_line)
    probe = inner.add_parser("probe", help="test a held connection or an open circuit now")
    probe.set_defaults(run=_probe)


def _list(args: argparse.Namespace) -> int:
    from console.app.queue import list_jobs

    jobs = list_jobs(args.data_dir, args.profile)
    if args.json:
        print_json(jobs)
        return 0
    if not jobs:
        print_line("No jobs yet. Queue one with: cxone-console trigger WORKFLOW_ID")
        return 0
    head = ("JOB", "WORKFLOW", "STATE", "WHY", "UNTIL", "TRIES", "QUEUED")
    keys = ("jobId", "workflowId", "state", "reason", "until", "attempts", "queuedAt")
    print_table(head, ([str(job[key] or "") for key in keys] for job in jobs))
    return 0


def _run(args: argparse.Namespace) -> int:
    from console.app.queue import run_queue
    from console.app.running import Interrupted

    try:
        drained = run_queue(args.data_dir, args.profile, until_idle=args.until_idle)
    except Interrupted as interrupted:
        _print_run(args, interrupted.result)
        raise
    _print_run(args, drained)
    if drained.clean:
        return 0
    told = [f"{drained.failed} failed"] if drained.failed else []
    if drained.need_person:
        told.append(f"{drained.need_person} cannot go on without a person")
    if told:  # else the disk's trouble was told as it came
        print_error(f"Of the jobs {' and '.join(told)}; see: cxone-console queue list")
    return 1


def _print_run(args: argparse.Namespace, drained: Drained) -> None:
    if args.json:
        print_json(
            {
                "handled": drained.handled,
                "accepted": drained.accepted,
                "failed": drained.failed,
                "needPerson": drained.need_person,
            }
        )


def _show(args: argparse.Namespace) -> int:
    from console.app.queue import show_job

    job = show_job(args.data_dir, args.id)
    if args.json:
        print_json(job)
        return 0
    for key, value in job.items():
        if key != "history":
            print_line(f"{key}: {'' if value is None else value}")
    for event in job["history"]:
        print_line(f"  {event['at']}  {event['text']}")
    return 0


def _cancel(args: argparse.Namespace) -> int:
    from console.app.queue import cancel

    return _print_job(args, cancel(args.data_dir, args.id, args.reason))


def _retry(args: argparse.Namespace) -> int:
    from console.app.queue import retry

    return _print_job(args, retry(args.data_dir, args.id, args.reason))


def _approve(args: argparse.Namespace) -> int:
    from console.app.queue import approve

    return _print_job(args, approve(args.data_dir, args.id, args.reason))


def _refuse(args: argparse.Namespace) -> int:
    from console.app.queue import refuse

    return _print_job(args, refuse(args.data_dir, args.id, args.reason))


def _resolve(args: argparse.Namespace) -> int:
    from console.app.queue import resolve

    job = resolve(args.data_dir, args.id, args.decision, args.instance, args.reason)
    return _print_job(args, job)


def _switch(args: argparse.Namespace) -> int:
    from console.app.queue import switch

    switch(args.data_dir, args.profile, args.action, args.reason)
    state = "paused" if args.action == "pause" else "sending"
    if args.json:
        print_json({"queue": state})
    else:
        print_line(f"The queue is {state}.")
    return 0


def _stop_the_line(args: argparse.Namespace) -> int:
    from console.app.queue import stop_the_line

    profile = stop_the_line(args.data_dir, args.profile, args.reason)
    if args.json:
        print_json({"queue": "stopped", "profile": profile})
    else:
        print_line(f"The line of {profile} is stopped. Go on with: cxone-console queue resume")
    return 0


def _probe(args: argparse.Namespace) -> int:
    from console.app.queue import probe

    profile = probe(args.data_dir, args.profile)
    if args.json:
        print_json({"profile": profile, "answered": True})
    else:
        print_line(f"{profile} answered; its jobs go on.")
    return 0


def _print_job(args: argparse.Namespace, job: dict[str, Any]) -> int:
    if args.json:
        print_json(job)
    else:
        print_line(f"{job['jobId']}  {job['state']}  {job['reason']}")
    return 0
