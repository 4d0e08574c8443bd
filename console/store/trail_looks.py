"""The files of a trail looked at for their seal: first lines, whole digests, leaves line by line."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from console.domain.audit import check_line
from console.domain.audit_opening import FileStatement, Opening, read_adopted, read_opening
from console.domain.audit_rows import FileLines
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.hashes import leaf_hash
from console.store.audit_files import blocks, day_of, opened, read_at, told
from console.store.line_work import Cancelled, LineWorkers, Piece, PieceDone, Step, joined, pieces
from console.store.trail_files import TrailFile, newest_lines

_FIRST_LINE: Final = 1024 * 1024
_READ_OUT: Final = 1000
"""So many opening and adopting records of one file are read; more are nobody's trail."""


@dataclass(frozen=True)
class Look:
    """One file with what is known of its lines; `done` None where they were not hashed."""

    file: TrailFile
    lines: FileLines
    done: PieceDone | None = None
    record: dict[str, Any] | None = None  # the first line's

    @property
    def day(self) -> date | None:
        """The day in the file's name."""
        return day_of(self.file.name)

    def newest(self, most: int) -> Iterator[tuple[int, bytes]]:
        """Give (first byte, line without LF) of the last lines, the newest first, at most `most`."""
        try:
            lines = newest_lines(self.file, most)
            with opened(self.file.path, os.O_RDONLY) as descriptor:
                ended = self.file.size and read_at(descriptor, self.file.size - 1, 1) == b"\n"
        except (OSError, EnvironmentProblem):
            return
        end = self.file.size - bool(ended)
        for raw in reversed(lines):
            yield end - len(raw), raw
            end -= len(raw) + 1


def first_look(file: TrailFile) -> Look:
    """Read a file's first line only."""
    if file.trouble:
        return Look(file, FileLines(file.name, trouble=file.trouble))
    try:
        with opened(file.path, os.O_RDONLY) as descriptor:
            head = read_at(descriptor, 0, min(_FIRST_LINE, file.size))
            ends = file.size == 0 or read_at(descriptor, file.size - 1, 1) == b"\n"
    except (OSError, EnvironmentProblem) as error:
        return Look(file, FileLines(file.name, trouble=_words(error)))
    raw, end, _ = head.partition(b"\n")
    if not end and file.size > len(head):
        raw = b""  # no opening record is that long
    opening = read_opening(raw)
    lines = FileLines(file.name, first=leaf_hash(raw), opening=opening, torn=not ends)
    return Look(file, lines, record=check_line(raw).record)


def by_line(
    looks: Sequence[Look], step: Step, cancelled: Cancelled, workers: LineWorkers, *, rule: bool
) -> list[Look]:
    """Hash every line of these files; with `rule` judge each compliance hash too. Raises Stopped."""
    cut = [_cut(look, rule=rule) for look in looks]
    try:
        every = [piece for parts in cut if not isinstance(parts, str) for piece in parts]
        results = iter(workers.run(every, step, cancelled))
    except (OSError, EnvironmentProblem):
        # One of them broke while it was read: which one is found by asking one after another.
        return [
            _broken(look, parts) if isinstance(parts, str) else _alone(look, parts, step, cancelled)
            for look, parts in zip(looks, cut, strict=True)
        ]
    return [
        _broken(look, parts)
        if isinstance(parts, str)
        else _full(look, joined([next(results) for _ in parts]))
        for look, parts in zip(looks, cut, strict=True)
    ]


def _cut(look: Look, *, rule: bool) -> list[Piece] | str:
    """The file in pieces, or the trouble it is in."""
    if look.lines.trouble:
        return look.lines.trouble
    try:
        return pieces(look.file.path, look.file.size, rule=rule)
    except (OSError, EnvironmentProblem) as error:
        return _words(error)


def _alone(look: Look, parts: list[Piece], step: Step, cancelled: Cancelled) -> Look:
    try:
        return _full(look, joined(LineWorkers(0).run(parts, step, cancelled)))
    except (OSError, EnvironmentProblem) as error:
        return _broken(look, _words(error))


def _broken(look: Look, trouble: str) -> Look:
    return replace(look, lines=FileLines(look.file.name, trouble=trouble))


def _full(look: Look, done: PieceDone) -> Look:
    """Add what the lines came to, and read the records that speak of files."""
    inner: list[tuple[int, bytes, Opening]] = []
    for number in done.openings[:_READ_OUT]:
        raw = _line(look.file, number) if number else b""
        told_there = read_opening(raw)
        if told_there is not None:
            inner.append((number, leaf_hash(raw), told_there))
    adopted: list[FileStatement] = []
    for number in done.adoptions[:_READ_OUT]:
        adopted.extend(read_adopted(_line(look.file, number)))
    lines = replace(
        look.lines,
        records=done.lines,
        leaves=done.leaves,
        inner=tuple(inner),
        adopted=tuple(adopted),
        adopts=bool(done.adoptions),
    )
    return replace(look, lines=lines, done=done)


def _line(file: TrailFile, number: int) -> bytes:
    """Read one line by its number: rare, so the file is simply read up to it."""
    try:
        with opened(file.path, os.O_RDONLY) as descriptor:
            seen, rest = 0, b""
            for block in blocks(descriptor, 0, file.size):
                held = rest + block
                lines = held.count(b"\n")
                if seen + lines <= number:
                    seen += lines
                    rest = held[held.rfind(b"\n") + 1 :][: 2 * _FIRST_LINE]
                    continue
                return held.split(b"\n", number - seen + 1)[number - seen]
            return rest
    except (OSError, EnvironmentProblem):
        return b""


def _words(error: OSError | EnvironmentProblem) -> str:
    return f"It cannot be read: {told(error)}" if isinstance(error, OSError) else str(error)
