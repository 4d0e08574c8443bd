"""`audit export`: records as a table, as lines, as a report, or as evidence for a third party."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from console.cli.output import print_json, print_line

# Adds the filters that searching and exporting share, and reads them again.
AddFilters = Callable[[argparse.ArgumentParser], None]
ReadFilters = Callable[[argparse.Namespace], tuple[Any, int | None]]


def register(inner: Any, path_help: str, add_filters: AddFilters, read: ReadFilters) -> None:
    """Add the action to `audit`."""
    exporting = inner.add_parser(
        "export",
        help="write records to a .csv or .jsonl file, a .pdf report or a .zip evidence bundle",
        description="The ending of OUT decides: .csv a table, .jsonl the lines as they stand, .pdf a"
        " report with its verdict, .zip an evidence bundle that a third party checks offline.",
    )
    exporting.add_argument("path", metavar="PATH", help=path_help)
    exporting.add_argument(
        "out", metavar="OUT", help="the file to write: .csv, .jsonl, .pdf or .zip"
    )
    add_filters(exporting)
    exporting.add_argument(
        "--disclose-values",
        action="store_true",
        default=False,
        help="put customers' values and salts of these jobs into the bundle (our own trail only)",
    )
    exporting.set_defaults(run=lambda args: _export(args, read))


def _export(args: argparse.Namespace, read: ReadFilters) -> int:
    from console.app.evidence_command import ExportAsked, export_records

    wanted, limit = read(args)
    asked = ExportAsked(Path(args.path), Path(args.out), wanted, limit, args.disclose_values)
    records = export_records(asked, args.data_dir, progress_of("exporting"))
    if args.json:
        print_json({"path": args.out, "records": records})
        return 0
    print_line(f"{records:,} {'record' if records == 1 else 'records'} written to {args.out}")
    if args.disclose_values:
        print_line("The bundle holds customers' values in clear: hand it over accordingly.")
    return 0


def progress_of(doing: str) -> Callable[[int, int], None]:
    """Percent on a terminal's stderr, nothing where nobody looks."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None
    shown = -1

    def progress(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // max(total, 1)
        if percent != shown:
            shown = percent
            sys.stderr.write(f"\r{doing} {percent} %" + ("\r\033[K" if done >= total else ""))
            sys.stderr.flush()

    return progress
