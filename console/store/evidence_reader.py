"""An evidence bundle opened like a trail: its records as rows, each where it stood, with its verdict.

The records are unpacked into a file of this process's own, for this account alone, which goes when the
reader does; nothing is written beside the bundle.
"""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Self

from console.domain import evidence
from console.domain.audit_report import RULE_HASH, TrailReport
from console.domain.audit_view import Growth, RecordDetail, TrailRow
from console.domain.errors import EnvironmentProblem
from console.domain.evidence import UNNAMED, Places
from console.domain.tlog.errors import Malformed
from console.store.audit_files import told
from console.store.evidence_lines import SMALL
from console.store.evidence_verify import BundleVerifier
from console.store.sealed_reader import RecordPlace, SealedReader
from console.store.trail_files import NotATrail, TrailFile, look_at
from console.store.trail_reader import Progress, TrailReader, never, unheard
from console.store.trail_verify import Demands, Memory
from console.store.zip_reading import BundleMembers, Damaged


class BundleReader(SealedReader):
    """The records of a bundle; `root` is the bundle itself."""

    def __init__(
        self, path: Path, file: TrailFile, places: Places, memory: Memory,
        folder: Path,
    ) -> None:  # fmt: skip
        super().__init__(path, [file], memory)
        self._places = places
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self._looked_at = look_at(path)

    @classmethod
    def unpacked(cls, path: Path, memory: Memory) -> Self:
        """Unpack the records of the bundle at `path`; raises NotATrail, EnvironmentProblem."""
        folder = Path(tempfile.mkdtemp(prefix="cxone-bundle-"))
        place = folder / evidence.RECORDS
        try:
            with BundleMembers(path) as members, place.open("xb") as file:
                raw = members.read(evidence.PLACES, SMALL)
                places = evidence.parse_places(raw, evidence.PLACES)
                for block in members.blocks(evidence.RECORDS):
                    file.write(block)
            return cls(path.resolve(), look_at(place), places, memory, folder)
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, Damaged | Malformed):
                raise NotATrail(f"{path} cannot be read as an evidence bundle. {error}") from error
            if isinstance(error, OSError):
                raise EnvironmentProblem(f"{path} could not be unpacked: {told(error)}") from error
            raise

    def place(self, file: TrailFile, number: int) -> RecordPlace:
        """Return where the record stood, as far as the bundle says it."""
        places = self._places
        if number >= len(places.indices):
            return RecordPlace(number, file.name, number + 1)
        index, name, line = places.indices[number], places.files[number], places.lines[number]
        if name == UNNAMED:
            return RecordPlace(index, file.name, number + 1)
        return RecordPlace(index, name, line)

    def verify(
        self, progress: Progress = unheard, cancelled: Callable[[], bool] = never
    ) -> TrailReport:
        """Judge the bundle as a whole; raises Stopped once `cancelled` says so."""
        self._report = BundleVerifier(self.root, self._memory).run(progress, cancelled)
        return self._report

    def rows(self, positions: Iterable[int]) -> list[TrailRow]:
        """Rows at `positions`, each where it stood in its trail."""
        return [self._where(row) for row in super().rows(positions)]

    def detail(self, position: int) -> RecordDetail | None:
        """One record in full, with where it stood."""
        detail = super().detail(position)
        return detail and replace(detail, row=self._where(detail.row))

    def refresh(self) -> Growth:
        """Look whether another file stands there by now; a bundle does not grow."""
        now = look_at(self.root)
        same = (now.identity, now.size) == (self._looked_at.identity, self._looked_at.size)
        return Growth(replaced=not same)

    def _where(self, row: TrailRow) -> TrailRow:
        if not 0 <= row.position < len(self._places.indices):
            return row
        place = self.place(self.files[0], row.position)
        return replace(row, file=place.file, line=place.line)


def judge_bundle(
    path: Path, memory: Memory, demands: Demands, progress: Progress = unheard
) -> TrailReport:
    """Judge a bundle as a person demands, by the hash rule alone where that was asked for."""
    if demands.rule == RULE_HASH:
        return TrailReader.verify(BundleReader.unpacked(path, memory), progress)
    return BundleVerifier(path, memory, demands).run(progress)
