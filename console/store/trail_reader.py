"""A trail that somebody opened, read-only: rows on demand, filters, and the verdict by the hash.

One object may be used from the window's thread and from workers at once: what it knows of the
files is an immutable snapshot that is replaced as a whole.
"""

from __future__ import annotations

import errno
import os
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from console.domain.audit import check_line
from console.domain.audit_detail import cut_detail, record_detail, trail_row, unjudged_row
from console.domain.audit_filter import LineMatcher
from console.domain.audit_report import TrailReport
from console.domain.audit_view import Growth, RecordDetail, RecordFilter, TrailRow
from console.domain.errors import EnvironmentProblem
from console.store.audit_files import opened, told
from console.store.hash_rule import by_hash_rule
from console.store.line_counts import counted_together
from console.store.trail_files import (
    MAX_LINE,
    Cancelled,
    NotATrail,
    TrailFile,
    counted,
    find_trail,
    line_pieces,
    newest_lines,
    read_line,
)

AT_ONCE: Final = 256 * 1024  # longer lines are not judged while somebody scrolls
_REMEMBERED: Final = 2000
_DETAILS: Final = 16
_PAGE: Final = 512

Progress = Callable[[int, int], None]


def never() -> bool:
    """Nobody cancels."""
    return False


def unheard(_done: int, _total: int) -> None:
    """Nobody watches."""


class TrailReader:
    """One trail: `open` looks at the files, `count` finds their lines; then rows can be read."""

    def __init__(self, root: Path, files: Sequence[TrailFile]) -> None:
        self._root = root
        self._files: tuple[TrailFile, ...] = tuple(files)
        self._judged: dict[int, TrailRow] = {}
        self._details: dict[int, RecordDetail] = {}
        self._tail: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def open(cls, path: Path, *, may_be_empty: bool = False) -> TrailReader:
        """Look at the trail at `path` without counting it; raises NotATrail with the reason."""
        return cls(*find_trail(path, may_be_empty=may_be_empty))

    @property
    def root(self) -> Path:
        """The folder (or the single file) that was opened."""
        return self._root

    @property
    def files(self) -> tuple[TrailFile, ...]:
        """The files as last looked at."""
        return self._files

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self._files)

    @property
    def records(self) -> int:
        """How many lines were counted."""
        return sum(file.lines for file in self._files)

    def newest(self, limit: int) -> list[TrailRow]:
        """The last lines as rows, newest first, before anything is counted."""
        tail: list[tuple[str, bytes]] = []
        for file in reversed(self._files):
            if file.trouble or len(tail) >= limit:
                continue
            try:
                lines = newest_lines(file, limit - len(tail))
            except (OSError, EnvironmentProblem):
                continue  # counting tells what is wrong with this file
            tail += [(file.name, raw) for raw in reversed(lines)]
        self._tail = tuple(tail)
        return [self._tail_row(number) for number in range(len(tail))]

    def count(self, progress: Progress = unheard, cancelled: Cancelled = never) -> int:
        """Find every line; returns how many. Raises Stopped once `cancelled` says so."""
        step = steps(progress, self.size)
        found = counted_together(self._files, step, cancelled)
        self._files = _placed(found or [counted(file, step, cancelled) for file in self._files])
        return self.records

    def refresh(self) -> Growth:
        """Look again: follow files that grew and days that began."""
        before = self.records
        try:
            root, found = find_trail(self._root, may_be_empty=True)
        except NotATrail:
            return Growth(replaced=True)
        known = {file.path: file for file in self._files}
        if root != self._root or list(known) != [file.path for file in found][: len(known)]:
            return Growth(replaced=True)
        files: list[TrailFile] = []
        for new in found:
            old = known.get(new.path)
            if old is None:
                files.append(counted(new, lambda _: None, never))
            elif (old.identity, old.trouble) != (new.identity, new.trouble) or new.size < old.size:
                return Growth(replaced=True)
            else:
                files.append(counted(old, lambda _: None, never, new.size))
        grown = [old.path for old, new in zip(self._files, files, strict=False) if old != new]
        if any(path != self._files[-1].path for path in grown):
            return Growth(replaced=True)  # lines in the middle would shift every position
        if before:
            self._judged.pop(before - 1, None)  # the last line may have been half a line
            self._details.pop(before - 1, None)
        self._files = _placed(files)
        return Growth(added=self.records - before)

    def rows(self, positions: Iterable[int]) -> list[TrailRow]:
        """Rows at `positions`, judged at once where the line is short; gone ones are left out."""
        found: list[TrailRow] = []
        for file, number, raw in self._at(positions, AT_ONCE + 1):
            position = file.first + number
            if position in self._judged:
                found.append(self._judged[position])
            elif len(raw) > AT_ONCE:
                found.append(unjudged_row(position, file.name, number + 1))
            else:
                found.append(trail_row(check_line(raw), position, file.name, number + 1))
        return found

    def judge_long(self, positions: Iterable[int]) -> None:
        """Judge lines however long they are and remember their rows; for a worker."""
        for file, number, raw in self._at(positions, MAX_LINE):
            position = file.first + number
            detail = record_detail(raw, position, file.name, number + 1)
            if len(self._judged) >= _REMEMBERED:
                self._judged.clear()
            if len(self._details) >= _DETAILS:
                self._details.clear()
            self._judged[position], self._details[position] = detail.row, detail

    def detail(self, position: int) -> RecordDetail | None:
        """One record in full; a long line that nobody judged yet as far as it can be shown."""
        if position < 0:
            if -position > len(self._tail):
                return None
            name, raw = self._tail[-position - 1]
            return record_detail(raw, position, name, 0)
        for file, number, raw in self._at([position], AT_ONCE + 1):
            if len(raw) <= AT_ONCE:
                return record_detail(raw, position, file.name, number + 1)
            row = self._judged.get(position) or unjudged_row(position, file.name, number + 1)
            return self._details.get(position) or cut_detail(raw, row)
        return None

    def lines(self, positions: Iterable[int]) -> Iterator[tuple[TrailFile, int, bytes]]:
        """(file, line number from 0, line without LF) at `positions`, in the order given.

        Raises EnvironmentProblem where one of them is not there any more: nothing is left out.
        """
        page: list[int] = []
        for position in positions:
            page.append(position)
            if len(page) == _PAGE:
                yield from self._at(page, MAX_LINE, strict=True)
                page.clear()
        yield from self._at(page, MAX_LINE, strict=True)

    def matching(
        self,
        wanted: RecordFilter,
        progress: Progress = unheard,
        cancelled: Cancelled = never,
        start: int = 0,
    ) -> array[int]:
        """Positions from `start` on whose lines pass `wanted`, in trail order.

        Raises Stopped once `cancelled` says so, EnvironmentProblem where a file is gone.
        """
        found = array("Q")
        step = steps(progress, self.size)
        matcher = LineMatcher(wanted)
        for file in self._files:
            if file.first + file.lines <= start:
                step(file.size)
                continue
            numbers = _passing(file, max(0, start - file.first), matcher, step, cancelled)
            try:
                found.extend(file.first + number for number in numbers)
            except OSError as error:
                raise EnvironmentProblem(f"{file.name} cannot be read: {told(error)}") from error
        return found

    def verify(self, progress: Progress = unheard, cancelled: Cancelled = never) -> TrailReport:
        """Judge every line by the hash rule; raises Stopped once `cancelled` says so."""
        return by_hash_rule(self._files, steps(progress, self.size), cancelled)

    def summary(self) -> str:
        """Records, files and the time they span, in one line."""
        records, files = self.records, len(self._files)
        text = f"{records:,} {'record' if records == 1 else 'records'} in "
        text += "1 file" if files == 1 else f"{files:,} files"
        times = [row.timestamp for row in self.rows({0, records - 1})] if records else []
        days = [f"{at:%Y-%m-%d}" for at in times if isinstance(at, datetime)]
        return f"{text}, {days[0]} to {days[-1]}" if days else text

    def _tail_row(self, number: int) -> TrailRow:
        name, raw = self._tail[number]
        if len(raw) > AT_ONCE:
            return unjudged_row(-number - 1, name, 0)
        return trail_row(check_line(raw), -number - 1, name, 0)

    def _at(
        self, positions: Iterable[int], limit: int, *, strict: bool = False
    ) -> Iterator[tuple[TrailFile, int, bytes]]:
        """Read the lines at `positions`; those that are gone are left out unless `strict`."""
        files = [file for file in self._files if file.lines]
        firsts = [file.first for file in files]
        with ExitStack() as stack:
            descriptors: dict[int, int] = {}
            for position in positions:
                index = bisect_right(firsts, position) - 1
                try:
                    if index < 0 or position - firsts[index] >= files[index].lines:
                        raise FileNotFoundError(errno.ENOENT, "no such record")
                    if index not in descriptors:
                        descriptor = stack.enter_context(opened(files[index].path, os.O_RDONLY))
                        descriptors[index] = descriptor
                except (OSError, EnvironmentProblem) as error:
                    if strict:
                        raise EnvironmentProblem(
                            f"Record {position + 1} of the trail is not there any more: its file"
                            " was changed. Open the trail again."
                        ) from error
                    continue  # `refresh` tells
                number = position - firsts[index]
                raw = read_line(descriptors[index], files[index], number, limit)
                yield files[index], number, raw


def _placed(files: Iterable[TrailFile]) -> tuple[TrailFile, ...]:
    placed: list[TrailFile] = []
    first = 0
    for file in files:
        placed.append(replace(file, first=first))
        first += file.lines
    return tuple(placed)


def steps(progress: Progress, total: int) -> Callable[[int], None]:
    """Return what is told of every so many bytes done, and tells `progress` of all so far."""
    done = 0

    def step(size: int) -> None:
        nonlocal done
        done += size
        progress(min(done, total), total)

    return step


def _passing(
    file: TrailFile,
    number: int,
    matcher: LineMatcher,
    step: Callable[[int], None],
    cancelled: Cancelled,
) -> Iterator[int]:
    """Numbers of the lines, from `number` on, that pass."""
    if file.trouble or number >= file.lines:
        return
    step(file.starts[number])
    for begin, piece in line_pieces(file, number, step, cancelled):
        number = bisect_left(file.starts, begin, 0, file.lines)
        if not matcher.literal:
            for raw in piece.removesuffix(b"\n").split(b"\n"):
                if matcher.passes(raw):
                    yield number
                number += 1
            continue
        anchor = matcher.anchor
        lowered = piece if anchor else piece.lower()
        literal = anchor or matcher.literal
        at = lowered.find(literal)
        while at >= 0:
            number = bisect_right(file.starts, begin + at, number, file.lines) - 1
            after = lowered.find(b"\n", at)
            after = len(piece) if after < 0 else after
            if matcher.passes(piece[file.starts[number] - begin : after]):
                yield number
            at = lowered.find(literal, after)
