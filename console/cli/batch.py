"""`batch`: the rows of a CSV file as jobs, all or none."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.cli import arguments
from console.cli.output import local, print_error, print_json, print_line
from console.domain.wire_json import to_text

if TYPE_CHECKING:
    from console.app.batch import BatchReport
    from console.services.batch import RowRepeat

SHOWN: Final = 20


def register(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "batch",
        help="queue one trigger for each row of a CSV file, all or none",
        description="Check every row, then queue all or none; rows count from 1 below the header. "
        "A column is sent where its header is NAME:TYPE, a field of the workflow, or mapped.",
    )
    parser.add_argument("file", metavar="FILE.csv", help="UTF-8; comma, semicolon or tab")
    parser.add_argument("--workflow", required=True, metavar="ID")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COLUMN=NAME:TYPE",
        help="send a column as this variable; COLUMN= leaves it out",
    )
    parser.add_argument("--priority", type=int, default=None, metavar="N", help="1 (highest) to 10")
    parser.add_argument("--meta", action="append", default=[], metavar="K=V", help="metadata")
    parser.add_argument("--reason", default="", metavar="TEXT", help="kept in the audit trail")
    parser.add_argument(
        "--again", action="store_true", default=False, help="yes, although it was queued before"
    )
    parser.add_argument("--results", default=None, metavar="OUT.csv", help="one line a row")
    parser.add_argument(
        "--dry-run", action="store_true", default=False, help="check, queue nothing"
    )
    parser.add_argument(
        "--wait", action="store_true", default=False, help="send these jobs and wait for all"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Queue and print; 0 queued (with --wait: all accepted), 1 not all, 2 nothing was queued."""
    from console.app.batch import BatchOptions, run_batch
    from console.app.running import Interrupted

    options = BatchOptions(
        file=Path(args.file),
        workflow_id=args.workflow,
        maps=tuple(args.map),
        priority=args.priority,
        metadata=arguments.metadata(args.meta),
        reason=args.reason,
        again=args.again,
        results=None if args.results is None else Path(args.results),
        dry_run=args.dry_run,
        wait=args.wait,
    )
    try:
        return _tell(args, run_batch(args.data_dir, args.profile, options))
    except Interrupted as interrupted:
        _tell(args, interrupted.result)  # its jobs are queued, some perhaps sent
        raise


def _tell(args: argparse.Namespace, report: BatchReport) -> int:
    """Print what became of the file; returns the exit code."""
    if args.json:
        print_json(report.to_json())
    if report.errors:
        return _refused(_error_lines(report), _error_end(report))
    if report.repeats and not args.again:
        return _refused(_repeat_lines(report), "Nothing was queued. Queue it all the same: --again")
    if not args.json:
        _print(report)
    accepted = sum(job["state"] == "accepted" for job in report.jobs)
    if report.trouble:
        print_error(f"The jobs are queued, but {report.trouble}")
    failed = report.trouble or (args.wait and accepted < report.rows)
    return 1 if failed else 0


def _refused(lines: list[str], end: str) -> int:
    for line in lines[:SHOWN]:
        print_error(line)
    more = len(lines) - SHOWN
    print_error(f"And {more:,} more. {end}" if more > 0 else end)
    return 2


def _error_lines(report: BatchReport) -> list[str]:
    return [str(error) for error in report.errors]


def _error_end(report: BatchReport) -> str:
    rows = len({error.row for error in report.errors})
    words = f"{rows:,} of {report.rows:,} rows cannot be queued, so none was."
    return f"{words} Correct the file and try again"


def _repeat_lines(report: BatchReport) -> list[str]:
    lines = []
    seen = report.repeats.file
    if seen is not None:
        lines.append(
            f"this file was queued before, {local(seen.at)}, as {seen.name}, batch {seen.batch}"
        )
    return lines + [_repeat_line(item) for item in report.repeats.rows]


def _repeat_line(item: RowRepeat) -> str:
    if item.job is None:
        return f"row {item.row}: asks for the same as row {item.same_as_row}"
    job = item.job
    return f"row {item.row}: {job.label} ({job.state}), queued {local(job.queued_at)}, asked for the same"


def _print(report: BatchReport) -> None:
    for request in report.would[:SHOWN]:
        values = to_text(request["context"])
        print_line(f"row {request['row']}  priority {request['priority']}  {values}")
    if report.batch is None:
        more = len(report.would) - SHOWN
        if more > 0:
            print_line(f"and {more:,} more rows")
        print_line(f"{_jobs(report.rows)} would be queued; nothing was.")
        return
    states = [job["state"] for job in report.jobs]
    counts = ", ".join(f"{states.count(state):,} {state}" for state in dict.fromkeys(states))
    print_line(f"{_jobs(report.rows)} queued as batch {report.batch}: {counts}")
    for job in [job for job in report.jobs if job["state"] in ("failed", "review")][:SHOWN]:
        print_line(f"{job['jobId']}  {job['state']}  {job['reason']}")


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count:,} jobs"
