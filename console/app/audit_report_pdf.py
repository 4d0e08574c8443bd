"""The printed report on a trail: a page with its verdict, then the records in a table.

Qt draws it, loaded only here; on a computer without a display on its offscreen platform. A report is for
people to read: what proves something to a third party is the evidence bundle, and the report says so.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console import VERSION
from console.domain.audit import Verdict, check_line
from console.domain.audit_report import TrailReport
from console.domain.audit_view import Stopped, TrailRow
from console.domain.audit_words import proves
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.text import shortened, visible
from console.store.audit_files import told
from console.store.sealed_reader import SealedReader
from console.store.trail_export import refuse_inside
from console.store.trail_files import Cancelled
from console.store.trail_reader import Progress, never, unheard
from console.store.whole_file import write_whole

if TYPE_CHECKING:
    from console.ui.pdf_pages import PdfPages

MAX_RECORDS: Final = 10_000
"""So many records are printed, the newest; the report says how many there are."""
_FILES: Final = 30
_PAYLOAD: Final = 600
_EVERY: Final = 50
_BLOCK: Final = 1024 * 1024
_WIDTHS: Final = (16.0, 36.0, 24.0, 50.0, 30.0, 24.0)
_HEAD: Final = ("Record", "Time (UTC)", "Verdict", "Type", "Workflow", "Operator")
_KEY: Final = {"given": "the key given", "pinned": "the key pinned on this computer"}
_NOT_A_PROOF: Final = (
    "This report is a reading of the trail for people. It proves nothing by itself: hand over an"
    " evidence bundle (.zip) to somebody who is to check it without trusting you."
)


@dataclass(frozen=True)
class ReportAsked:
    """What is printed: the records at `positions` of a trail, for whom and chosen how."""

    positions: Sequence[int]
    out: Path
    operator: str
    selection: str
    progress: Progress = unheard
    cancelled: Cancelled = never


def write_report(trail: SealedReader, asked: ReportAsked) -> int:
    """Verify `trail` and write the report; returns how many records are printed in it.

    Raises BadInput for a place inside the trail, EnvironmentProblem where the disk or Qt refuses,
    and Stopped.
    """
    refuse_inside(trail, asked.out)
    if not asked.out.parent.is_dir():
        raise BadInput(f"The folder {asked.out.parent} does not exist. Make it first.", "OUT")
    report = trail.verify(
        lambda done, total: asked.progress(done // 2, max(total, 1)), asked.cancelled
    )
    printed = asked.positions[max(0, len(asked.positions) - MAX_RECORDS) :]
    descriptor, name = tempfile.mkstemp(prefix="cxone-report-", suffix=".pdf")
    os.close(descriptor)
    drawn = Path(name)
    try:
        _draw(drawn, trail, report, asked, printed)
        write_whole(asked.out, _blocks(drawn))
    except OSError as error:
        raise EnvironmentProblem(f"{asked.out} could not be written: {told(error)}") from error
    finally:
        drawn.unlink(missing_ok=True)
    return len(printed)


def ready_qt() -> object:
    """Make Qt able to draw text in a process without a window; keep what is returned.

    Raises EnvironmentProblem where Qt's libraries are not there.
    """
    try:
        from PySide6.QtGui import QGuiApplication
    except ImportError as error:
        raise EnvironmentProblem(
            f"A PDF needs Qt, which cannot be loaded here ({error}). Export .csv or .zip instead"
        ) from error
    return QGuiApplication.instance() or QGuiApplication(
        ["cxone-console", "-platform", "offscreen"]
    )


def _draw(
    path: Path,
    trail: SealedReader,
    report: TrailReport,
    asked: ReportAsked,
    printed: Sequence[int],
) -> None:
    from console.ui.pdf_pages import Cell, PdfPages

    title = "Audit trail report"
    sealed = report.checkpoint
    foot = "" if sealed is None else f"Checkpoint: {sealed.size:,} records, root {sealed.root}"
    with PdfPages(path, title, foot) as pages:
        pages.text(title, 20, bold=True, after=3)
        _verdict(pages, trail, report, asked, len(printed))
        if not len(printed):
            return
        pages.new_page()
        pages.text("Records", 14, bold=True)
        head = [Cell(text, width, bold=True) for text, width in zip(_HEAD, _WIDTHS, strict=True)]
        pages.begin_table(head)
        for number, (row, raw) in enumerate(_records(trail, printed)):
            if number % _EVERY == 0:
                if asked.cancelled():
                    raise Stopped
                asked.progress(len(printed) + number, 2 * len(printed))
            pages.row(_cells(row, Cell), _below(row, raw))
    asked.progress(1, 1)


def _verdict(
    pages: PdfPages, trail: SealedReader, report: TrailReport, asked: ReportAsked, printed: int
) -> None:
    pages.text(str(report.verdict).upper(), 15, _ink(report.verdict), bold=True)
    pages.text(visible(report.summary), 11, after=4)
    for name, value in _facts(trail, report, asked, printed):
        pages.row(_fact(name, value))
    for heading, sentences in (
        ("What this proves", proves(report)),
        ("What it does not prove", [item.text for item in report.not_proven]),
    ):
        if sentences:
            pages.gap(4)
            pages.text(heading, 12, bold=True)
        for sentence in sentences:
            pages.text(f"\N{BULLET} {visible(sentence)}", indent=2)
    pages.gap(4)
    pages.text("Files", 12, bold=True)
    for file in report.files[:_FILES]:
        bad = "" if file.first_bad is None else f", first bad: line {file.first_bad.line}"
        words = f"{visible(file.file)}: {file.verdict}, {file.records:,} records{bad}"
        pages.text(words, 8.5, _ink(file.verdict), indent=2, after=0.5)
    if len(report.files) > _FILES:
        pages.text(f"and {len(report.files) - _FILES:,} files more", 8.5, indent=2)
    pages.gap(4)
    pages.text(_NOT_A_PROOF, 8.5)


def _facts(
    trail: SealedReader, report: TrailReport, asked: ReportAsked, printed: int
) -> Iterator[tuple[str, str]]:
    chosen = len(asked.positions)
    yield "Trail", visible(str(trail.root))
    yield "Records in the trail", f"{report.records:,}"
    yield "Chosen", f"{chosen:,} ({asked.selection})"
    if printed < chosen:
        yield (
            "Printed",
            f"the newest {printed:,} of {chosen:,}; an export as .jsonl or .zip has all",
        )
    else:
        yield "Printed", f"{printed:,}"
    sealed = report.checkpoint
    if sealed is None:
        yield "Checkpoint", "none that counts: judged by the hashes alone"
    else:
        yield "Checkpoint", f"{sealed.size:,} records, root {sealed.root}"
        yield "Signed by", visible(sealed.key)
        yield "Whose key", _KEY.get(report.key_trust, "the trail's own, unconfirmed")
        yield "Last sealed record", sealed.time or "without a time that can be read"
    if report.pinned is not None:
        yield "Seen before", f"{report.pinned.size:,} records, {report.pinned.seen}"
    yield "Made", f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC by {visible(asked.operator)}"
    yield "Program", f"CXone Operator Console {VERSION}"


def _fact(name: str, value: str) -> list[Any]:
    from console.ui.pdf_pages import QUIET, Cell

    return [Cell(name, 40.0, QUIET), Cell(value, 140.0)]


def _records(trail: SealedReader, printed: Sequence[int]) -> Iterator[tuple[TrailRow, bytes]]:
    """Give each record's row with its verdict, and its line."""
    for begin in range(0, len(printed), _EVERY):
        page = printed[begin : begin + _EVERY]
        rows = {row.position: row for row in trail.rows(page)}
        for position, (_, _, raw) in zip(page, trail.lines(page), strict=True):
            yield rows[position], raw


def _cells(row: TrailRow, cell: Any) -> list[Any]:
    at = "" if row.timestamp is None else f"{row.timestamp:%Y-%m-%d %H:%M:%S}"
    verdict = row.verdict or Verdict.CANNOT_KNOW
    texts = (
        f"{row.position:,}",
        at,
        "too long to judge here" if row.verdict is None else str(verdict),
        _shown(row.event_type, 80),
        _shown(row.workflow_id, 80),
        _shown(row.operator, 60),
    )
    cells = [cell(text, width) for text, width in zip(texts, _WIDTHS, strict=True)]
    cells[2] = cell(texts[2], _WIDTHS[2], _ink(verdict), verdict is not Verdict.INTACT)
    return cells


def _below(row: TrailRow, raw: bytes) -> list[tuple[str, bool]]:
    """The lines under a record: where it stands and what it is about, its reason, its payload."""
    about = [f"{row.file}, line {row.line}"]
    about += [f"{name} {_shown(value, 80)}" for name, value in (
        ("job", row.job_id), ("instance", row.instance_id)
    ) if value]  # fmt: skip
    reason = f"Reason: {_shown(row.reason, 300)}" if row.reason else ""
    return [(" \N{MIDDLE DOT} ".join(about), False), (reason, False), (_payload(raw), True)]


def _payload(raw: bytes) -> str:
    record = check_line(raw).record if len(raw) < _BLOCK else None
    if record is None:
        return _shown(raw[: 4 * _PAYLOAD].decode("utf-8", "backslashreplace"), _PAYLOAD)
    try:
        return _shown(json.dumps(record["payload"], ensure_ascii=False), _PAYLOAD)
    except RecursionError:
        return "(nested too deeply)"


def _shown(text: str, limit: int) -> str:
    return shortened(visible(shortened(text, limit)), 2 * limit)


def _ink(verdict: Verdict) -> Any:
    from PySide6.QtGui import QColor

    if verdict is Verdict.INTACT:
        return QColor(0x11, 0x6B, 0x3A)
    neutral = verdict in {Verdict.CANNOT_KNOW, Verdict.UNSEALED}
    return QColor(0x8A, 0x5A, 0x00) if neutral else QColor(0xB4, 0x23, 0x18)


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
