"""A trail in the window that keeps an index: the answers of a look at every line, only sooner."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from console.domain.audit import read_timestamp
from console.domain.audit_filter import LineMatcher, head_values
from console.domain.audit_histogram import Histogram, histogram
from console.domain.audit_index import micros
from console.domain.audit_view import RecordFilter, Stopped
from console.store.audit_index import Candidates, IndexTrouble, TrailIndex, discard, index_path
from console.store.audit_index_build import IndexTask, build
from console.store.sealed_reader import SealedReader
from console.store.trail_files import MAX_LINE
from console.store.trail_reader import Progress, never, unheard

_PAGE = 512


class IndexedTrail(SealedReader):
    """A `SealedReader` whose filters ask an index in the cache folder, once there is one."""

    _cache: Path | None = None
    _index: TrailIndex | None = None

    def keep_index(self, cache: Path) -> None:
        """Use the index in the cache folder `cache` from now on."""
        self._cache = cache
        self._asking = Lock()

    def index(
        self,
        progress: Progress = unheard,
        cancelled: Callable[[], bool] = never,
        paused: Callable[[], bool] = never,
    ) -> bool:
        """Bring the index up to the lines; False where none can be kept.

        Raises Stopped once `cancelled` says so: what is indexed by then counts.
        """
        if self._cache is None or not self.files or any(file.trouble for file in self.files):
            return False
        path = index_path(self._cache, self.root)
        task = IndexTask(path, tuple((file.path, file.size) for file in self.files))
        try:
            return build(task, progress, cancelled, paused) and self._opened(path)
        except Stopped:
            self._opened(path)
            raise

    def matching(
        self,
        wanted: RecordFilter,
        progress: Progress = unheard,
        cancelled: Callable[[], bool] = never,
        start: int = 0,
    ) -> array[int]:
        """Positions from `start` on whose lines pass `wanted`, in trail order; as `TrailReader`."""
        matcher = LineMatcher(wanted)
        found: Candidates | None = None
        covered = 0
        with self._asked() as index:
            if index is not None:
                covered = index.covered(self.files)
                if covered > start:
                    found = index.candidates(wanted, matcher.literals, start, covered)
        if found is None:
            return super().matching(wanted, progress, cancelled, start)
        checked = array("Q")
        for at in range(0, len(found.doubtful), _PAGE):
            if cancelled():
                raise Stopped
            page = found.doubtful[at : at + _PAGE]
            progress(at, len(found.doubtful))
            for file, number, raw in self._at(page, MAX_LINE, strict=True):
                if matcher.passes(raw):
                    checked.append(file.first + number)
        result = found.sure
        if checked:
            result = array("Q", sorted([*found.sure, *checked])) if found.sure else checked
        if covered < self.records:
            result.extend(super().matching(wanted, progress, cancelled, covered))
        return result

    def histogram(
        self,
        wanted: RecordFilter,
        view: Sequence[int] | None,
        cancelled: Callable[[], bool] = never,
    ) -> Histogram | None:
        """When the records were written that pass; None without an index.

        `view` are the positions that pass `wanted`, None where all do.
        """
        found: Histogram | None = None
        with self._asked() as index:
            if index is not None:
                found = self._counted(index, wanted, view, cancelled)
        return found

    def _counted(
        self,
        index: TrailIndex,
        wanted: RecordFilter,
        view: Sequence[int] | None,
        cancelled: Callable[[], bool],
    ) -> Histogram:
        total = self.records if view is None else len(view)
        none = Histogram(0, 1, (), total)
        asks_lines = bool(wanted.text or wanted.instance_id or wanted.job_id)
        covered = index.covered(self.files)
        if covered == self.records and not asks_lines:
            found = index.times(wanted, covered)
            if found is None:
                return none
            begin, width, parts = found
            counts = [parts.get(part, 0) for part in range(max(parts) + 1)]
            return Histogram(begin, width, tuple(counts), total)
        positions = range(self.records) if view is None else view
        known = [position for position in positions if position < covered]
        times: list[int] = []
        for at in range(0, len(known), 4 * _PAGE):
            if cancelled():
                raise Stopped
            times += index.times_at(known[at : at + 4 * _PAGE])
        newer = [position for position in positions if position >= covered]
        return histogram([*times, *self._times(newer)], total) or none

    def _times(self, positions: Sequence[int]) -> Iterator[int]:
        for _, _, raw in self._at(positions, MAX_LINE):
            at = read_timestamp(head_values(raw) or {})
            if at is not None:
                yield micros(at)

    def _opened(self, path: Path) -> bool:
        if self._cache is None or not path.exists():
            return False
        try:
            index = TrailIndex(path)
        except IndexTrouble:
            discard(path)
            return False
        with self._asking:
            if self._index is not None:
                self._index.close()
            self._index = index
        return True

    @contextmanager
    def _asked(self) -> Iterator[TrailIndex | None]:
        """Give the index to one thread at a time; one in doubt is not asked again."""
        if self._cache is None:
            yield None
            return
        with self._asking:
            try:
                yield self._index
            except IndexTrouble:
                if self._index is not None:
                    self._index.close()
                self._index = None
