"""An audit desk in memory that judges lines by the real rule; work ends when a test lets it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from console.domain.audit import EventType, Verdict, check_line
from console.domain.audit_detail import record_detail, trail_row
from console.domain.audit_filter import LineMatcher
from console.domain.audit_histogram import histogram
from console.domain.audit_index import micros
from console.domain.audit_report import BadLine, FileReport, TrailReport, judge
from console.domain.audit_view import EVERYTHING, RecordDetail, RecordFilter, TrailRow
from console.services import audit_desk as events

OWN = Path("/data/audit")
NAME = "workflow_audit_20261119.jsonl"


class FakeDesk:
    """`AuditDesk` over lists of lines by path; `hold` keeps filters and verifications waiting."""

    def __init__(self, trails: dict[Path, list[bytes]] | None = None) -> None:
        self.hub = events.AuditHub()
        self.trails = {OWN: []} if trails is None else trails
        self.path: Path | None = None
        self.own = False
        self.wanted = EVERYTHING
        self.hold = False
        self.indexed = False
        self.asked: list[tuple[object, ...]] = []
        self._lines: list[bytes] = []
        self._view: list[int] = []
        self._filter_waits = False

    @property
    def matching(self) -> int:
        return len(self._view)

    def open(self, path: Path | None) -> None:
        at = OWN if path is None else path
        if at not in self.trails:
            self.hub.tell(events.AuditFailed(f"{at} holds no audit trail. Choose another folder."))
            return
        self.path, self.own = at, path is None
        self._lines = self.trails[at]
        self.wanted = EVERYTHING
        total = len(self._lines)
        self._view = list(range(total))
        newest = [self._row(n, n - total) for n in range(total - 1, max(total - 51, -1), -1)]
        self.hub.tell(events.TrailOpening(at, self.own, tuple(newest)))
        if not self.hold:
            self.counted()

    def counted(self) -> None:
        total = len(self._lines)
        assert self.path is not None
        summary = f"{total} records in 1 file"
        self.hub.tell(events.TrailOpened(self.path, self.own, total, 1, summary))

    def close(self) -> None:
        self.path = None
        self.hub.tell(events.TrailClosed())

    def set_filter(self, wanted: RecordFilter) -> None:
        self.wanted = wanted
        self.asked.append(("filter", wanted))
        matcher = LineMatcher(wanted)
        self._view = [n for n, line in enumerate(self._lines) if matcher.passes(line)]
        self.hub.tell(events.TrailFiltered(wanted, len(self._view), len(self._lines)))

    def rows(self, offset: int, limit: int) -> list[TrailRow]:
        self.asked.append(("rows", offset, limit))
        return [self._row(n, n) for n in self._view[::-1][offset : offset + limit]]

    def row_of(self, position: int) -> int | None:
        if position not in self._view:
            return None
        return len(self._view) - 1 - self._view.index(position)

    def detail(self, position: int) -> RecordDetail | None:
        at = position if position >= 0 else len(self._lines) + position
        if not 0 <= at < len(self._lines):
            return None
        return record_detail(self._lines[at], position, NAME, at + 1)

    def related(self, position: int) -> None:
        mine = self._row(position, position)
        rows = [self._row(n, n) for n in range(len(self._lines))]
        found = tuple(
            row
            for row in rows
            if (row.job_id and row.job_id == mine.job_id)
            or (row.instance_id and row.instance_id == mine.instance_id)
        )
        self.hub.tell(events.RelatedFound(position, found))

    def event_types(self) -> tuple[str, ...]:
        return tuple(EventType)[:6]

    def verify(self) -> None:
        self.asked.append(("verify",))
        if not self.hold:
            self.verified()

    def verified(self) -> None:
        self.hub.tell(events.VerifyDone(self.report()))

    def cancel_verify(self) -> None:
        self.asked.append(("cancel",))
        self.hub.tell(events.VerifyCancelled())

    def export(self, path: Path, kind: str, *, disclose: bool = False) -> None:
        self.asked.append(("export", path, kind, *(["disclose"] if disclose else [])))
        self.hub.tell(events.ExportProgress(0, len(self._view)))
        if not self.hold:
            self.exported(path)

    def cancel_export(self) -> None:
        self.asked.append(("cancel export",))
        self.hub.tell(events.ExportCancelled())

    def exported(self, path: Path) -> None:
        self.hub.tell(events.TrailExported(path, len(self._view)))

    def index(self) -> None:
        self.asked.append(("index",))

    def pause_index(self, paused: bool) -> None:
        self.asked.append(("pause", paused))

    def cancel_index(self) -> None:
        self.asked.append(("stop",))
        self.hub.tell(events.IndexEnded("stopped"))

    def histogram(self) -> None:
        """Counted at once where a test said that there is an index."""
        self.asked.append(("histogram",))
        if self.indexed:
            rows = [self._row(n, n) for n in self._view]
            times = [micros(row.timestamp) for row in rows if row.timestamp is not None]
            self.hub.tell(events.HistogramReady(histogram(times, len(rows))))

    def prove(self, position: int) -> None:
        self.asked.append(("prove", position))

    def save_proof(self, path: Path, position: int, text: bytes) -> None:
        self.asked.append(("save", path, position, text))
        self.hub.tell(events.ProofSaved(path, position))

    # --- what a test does to the world --------------------------------------------------------
    def grow(self, *lines: bytes) -> None:
        """Append records as another part of the program would."""
        first = len(self._lines)
        self._lines.extend(lines)
        matcher = LineMatcher(self.wanted)
        added = [n for n in range(first, len(self._lines)) if matcher.passes(self._lines[n])]
        self._view.extend(added)
        self.hub.tell(events.TrailExtended(len(added), len(self._view), len(self._lines)))

    def report(self) -> TrailReport:
        checks = [check_line(line) for line in self._lines]
        counts = Counter(check.verdict for check in checks)
        bad = [n for n, check in enumerate(checks) if check.verdict is not Verdict.INTACT]
        first = None
        if bad:
            check = checks[bad[0]]
            first = BadLine(bad[0] + 1, bad[0], check.verdict, check.why)
        verdict = first.code if first is not None else Verdict.INTACT
        file = FileReport(NAME, verdict, len(checks), first, bad=len(bad))
        return judge((file,), dict(counts))

    def _row(self, number: int, position: int) -> TrailRow:
        return trail_row(check_line(self._lines[number]), position, NAME, number + 1)
