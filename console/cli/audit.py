"""`audit`: verify, search and export any trail; it needs no profile and no account."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.cli import audit_anchor, audit_export, audit_seal
from console.cli.audit_proof import print_report, register_seal
from console.cli.output import nobody_reads, print_json, print_line
from console.domain.errors import BadInput

if TYPE_CHECKING:
    from console.app.audit import Found
    from console.domain.audit_view import RecordFilter

_PATH_HELP = "a trail's folder, a data folder, one file of a trail, or an evidence bundle"


def register(commands: Any) -> None:
    """Add the command to the parser."""
    audit = commands.add_parser(
        "audit", help="verify, search, export, pin, prove and adopt an audit trail"
    )
    inner = audit.add_subparsers(title="actions", metavar="ACTION", required=True)
    judging = inner.add_parser("verify", help="judge every record of a trail")
    judging.add_argument("path", metavar="PATH", help=_PATH_HELP)
    judging.add_argument(
        "--rule", choices=("hash",), default=None, help="judge by the payload hashes alone"
    )
    judging.add_argument(
        "--key", default=None, metavar="VKEY", help="the only key to trust: its text or a file"
    )
    judging.add_argument(
        "--against",
        default=None,
        metavar="CHECKPOINT",
        help="held elsewhere: a file, a folder, a .tsr",
    )
    judging.add_argument(
        "--deep", action="store_true", default=False, help="every hash, also of sealed days"
    )
    judging.set_defaults(run=_verify)
    searching = inner.add_parser("search", help="find records")
    searching.add_argument("path", metavar="PATH", help=_PATH_HELP)
    _add_filters(searching)
    searching.set_defaults(run=_search)
    audit_export.register(inner, _PATH_HELP, _add_filters, lambda a: (_wanted(a), _limit(a)))
    register_seal(inner)
    audit_seal.register(inner)
    audit_anchor.register(inner)


def _add_filters(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", default="", metavar="T", help="anywhere in the record")
    parser.add_argument(
        "--event-type", action="append", default=[], metavar="E", help="may be repeated"
    )
    parser.add_argument("--workflow", default="", metavar="W")
    parser.add_argument("--instance", default="", metavar="I")
    parser.add_argument("--job", default="", metavar="J")
    parser.add_argument("--operator", default="", metavar="O")
    parser.add_argument("--since", default=None, metavar="TIME", help="ISO 8601, UTC if unnamed")
    parser.add_argument(
        "--until", default=None, metavar="TIME", help="up to this time; a date counts whole"
    )
    parser.add_argument("--limit", type=int, default=None, metavar="N", help="the newest N")


def _verify(args: argparse.Namespace) -> int:
    from console.app.audit import Asked, verify

    against = None if args.against is None else Path(args.against)
    asked = Asked(args.key, against, args.rule, args.deep)
    report = verify(Path(args.path), asked, args.data_dir, audit_export.progress_of("verifying"))
    if args.json:
        print_json(report.to_json())
    else:
        print_report(report)
    return 0 if report.intact else 1


def _search(args: argparse.Namespace) -> int:
    from console.app.audit import search

    found = search(Path(args.path), _wanted(args), _limit(args))
    first = True
    for record in found:  # one by one: a trail may hold more than memory does
        mark = "" if not args.json else "[" if first else ","
        print_line(mark + (_json(record) if args.json else _line(record)))
        first = False
        if nobody_reads():
            return 0
    if not args.json:
        return 0
    print_line("[]" if first else "]")
    return 0


def _wanted(args: argparse.Namespace) -> RecordFilter:
    from console.domain.audit_view import RecordFilter

    return RecordFilter(
        text=args.text,
        event_types=frozenset(args.event_type),
        workflow_id=args.workflow,
        instance_id=args.instance,
        job_id=args.job,
        operator=args.operator,
        since=_moment(args.since, "--since"),
        until=_moment(args.until, "--until", whole_day=True),
    )


def _moment(text: str | None, option: str, *, whole_day: bool = False) -> datetime | None:
    """Read a time; a record's zone is UTC, so that is what a time without zone means here."""
    if text is None:
        return None
    try:
        if len(text) == 10:
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            return day + timedelta(days=1) if whole_day else day
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{option} {text!r}: write a date or a time such as 2026-11-23 or 2026-11-23T14:30Z",
            option,
        ) from None


def _limit(args: argparse.Namespace) -> int | None:
    limit: int | None = args.limit
    if limit is not None and limit < 0:
        raise BadInput("--limit must not be negative", "limit")
    return limit


def _line(found: Found) -> str:
    record = found.check.record or {}
    payload = record.get("payload")
    values = payload if isinstance(payload, dict) else {}
    told = [
        str(record.get("timestamp") or "-"),
        str(found.check.verdict),
        str(record.get("event_type") or "-"),
        *(
            f"{name}={values[key]}"
            for name, key in (
                ("workflow", "workflowId"),
                ("instance", "instanceId"),
                ("job", "jobId"),
                ("operator", "operator"),
                ("reason", "reason"),
                ("error", "error"),
            )
            if values.get(key)
        ),
    ]
    if found.check.record is None:
        told.append(found.raw[:200].decode("utf-8", "backslashreplace"))
    return f"{found.file}:{found.line}  " + "  ".join(told)


def _json(found: Found) -> str:
    entry = found.to_json()
    try:
        return json.dumps(entry, allow_nan=False)
    except (ValueError, RecursionError):  # NaN, 1e400 or depth: JSON for others cannot hold it
        raw = found.raw.decode("utf-8", "backslashreplace")
        return json.dumps(entry | {"record": None, "raw": raw})
