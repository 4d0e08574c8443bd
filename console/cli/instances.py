"""`instances` and `metrics`: what runs, and the figures."""

from __future__ import annotations

import argparse
from typing import Any

from console.cli.output import nobody_reads, print_json, print_json_line, print_line, print_table
from console.domain.errors import BadInput


def register(commands: Any) -> None:
    """Add both commands to the parser."""
    parser = commands.add_parser("instances", help="what runs at CXone")
    parser.add_argument("--workflow", default=None, metavar="ID")
    parser.add_argument("--status", default=None, metavar="S")
    parser.add_argument("--watch", action="store_true", default=False, help="read again and again")
    parser.set_defaults(run=_instances)
    metrics = commands.add_parser("metrics", help="success rate and latency of each workflow")
    metrics.add_argument("--workflow", default=None, metavar="ID")
    metrics.set_defaults(run=_metrics)


def _instances(args: argparse.Namespace) -> int:
    from console.app.instances import read_instances, watch_instances

    _check_workflow(args)

    if args.watch:

        def show(reading: dict[str, Any]) -> bool:
            if args.json:
                print_json_line(reading)
            else:
                _print_reading(reading)
            return not nobody_reads()

        return watch_instances(args.data_dir, args.profile, args.workflow, args.status, show)
    reading = read_instances(args.data_dir, args.profile, args.workflow, args.status)
    if args.json:
        print_json(reading)
    else:
        _print_reading(reading)
    return 0


def _check_workflow(args: argparse.Namespace) -> None:
    """Raise BadInput for an empty id: a variable that was never set asks for no workflow at all."""
    if args.workflow == "":
        raise BadInput("The workflow must not be empty: name one, or leave the option out")


def _print_reading(reading: dict[str, Any]) -> None:
    limit = f" of {reading['limit']}" if reading["limit"] is not None else ""
    print_line(f"{reading['count']}{limit} running at {reading['at']}")
    head = ("INSTANCE", "WORKFLOW", "STATUS", "PRIORITY", "STARTED", "JOB")
    keys = ("id", "workflowId", "status", "priority", "startedAt", "jobId")
    rows = [[str(item[key] or "") for key in keys] for item in reading["instances"]]
    if rows:
        print_table(head, rows)


def _metrics(args: argparse.Namespace) -> int:
    from console.app.instances import figures

    _check_workflow(args)

    found = figures(args.data_dir, args.workflow)
    if args.json:
        print_json(found)
        return 0
    if not found:
        print_line("No job has ended yet.")
        return 0
    print_table(
        ("WORKFLOW", "SUCCESS", "AVERAGE MS", "EXECUTIONS", "P50", "P95", "P99"),
        (
            (
                item["workflowId"],
                f"{item['success_rate']:.1%}",
                f"{item['avg_latency_ms']:.1f}",
                str(item["total_executions"]),
                *(
                    "" if item[k] is None else f"{item[k]:.1f}"
                    for k in ("p50_ms", "p95_ms", "p99_ms")
                ),
            )
            for item in found
        ),
    )
    return 0
