"""A trail in the window: rows by the hash rule until it was verified, by its seal from then on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from console.domain.audit_histogram import Histogram
from console.domain.audit_report import TrailReport
from console.domain.audit_sealed import sealed_detail, sealed_verdict
from console.domain.audit_view import RecordDetail, RecordFilter, TrailRow
from console.store.trail_files import TrailFile, find_trail
from console.store.trail_reader import Progress, TrailReader, never, unheard
from console.store.trail_verify import Memory, TrailVerifier
from console.store.zip_reading import is_bundle


@dataclass(frozen=True)
class RecordPlace:
    """Where a record stands: `index` from 0 over the trail, `line` from 1 in `file`."""

    index: int
    file: str
    line: int


class SealedReader(TrailReader):
    """A `TrailReader` that judges by the seal; what it found stays with the rows it was found for."""

    def __init__(self, root: Path, files: Sequence[TrailFile], memory: Memory) -> None:
        super().__init__(root, files)
        self._memory = memory
        self._report: TrailReport | None = None

    @classmethod
    def look(cls, path: Path, memory: Memory, *, may_be_empty: bool = False) -> SealedReader:
        """Look at the trail at `path` without counting it; raises NotATrail with the reason.

        An evidence bundle is opened as the records it holds.
        """
        if is_bundle(path):
            from console.store.evidence_reader import BundleReader

            return BundleReader.unpacked(path, memory)
        return cls(*find_trail(path, may_be_empty=may_be_empty), memory)

    def place(self, file: TrailFile, number: int) -> RecordPlace:
        """Return where line `number` (from 0) of `file` stands in its trail."""
        return RecordPlace(file.first + number, file.name, number + 1)

    def keep_index(self, cache: Path) -> None:
        """Use an index in the folder `cache`; this reader keeps none."""

    def index(
        self,
        progress: Progress = unheard,  # noqa: ARG002 - what others need to keep one
        cancelled: Callable[[], bool] = never,  # noqa: ARG002
        paused: Callable[[], bool] = never,  # noqa: ARG002
    ) -> bool:
        """Bring the index up to the lines; False: this reader keeps none."""
        return False

    def histogram(
        self,
        wanted: RecordFilter,  # noqa: ARG002 - what others need to count
        view: Sequence[int] | None,  # noqa: ARG002
        cancelled: Callable[[], bool] = never,  # noqa: ARG002
    ) -> Histogram | None:
        """When records were written; None without an index."""
        return None

    def verify(
        self, progress: Progress = unheard, cancelled: Callable[[], bool] = never
    ) -> TrailReport:
        """Judge the trail by its seal; raises Stopped once `cancelled` says so."""
        self._report = TrailVerifier(self.root, self._memory).run(progress, cancelled)
        return self._report

    def rows(self, positions: Iterable[int]) -> list[TrailRow]:
        """Rows at `positions`, each with what the last verification said of it."""
        return [self._by_seal(row) for row in super().rows(positions)]

    def detail(self, position: int) -> RecordDetail | None:
        """One record in full, with what the last verification said of it."""
        detail = super().detail(position)
        if detail is None or self._report is None:
            return detail
        return sealed_detail(detail, self._report)

    def _by_seal(self, row: TrailRow) -> TrailRow:
        report = self._report
        if report is None or row.verdict is None:
            return row
        return replace(row, verdict=sealed_verdict(report, row.position, row.file, row.verdict))
