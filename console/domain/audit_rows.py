"""A sealed trail laid out file by file: which sealed records belong where, and what became of them.

Where a file begins is taken from the records that open files, and those count only where their
line is in the signed tree. So a record moved over midnight is seen, which the tree alone misses,
and a day that is gone is missed by name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from console.domain.audit import Verdict
from console.domain.audit_align import INTACT, Judged, balance_of, compare, judge_file
from console.domain.audit_opening import FileStatement, Opening
from console.domain.tlog.hashes import HASH_SIZE, count_hashes


class SealedLeaves(Protocol):
    """The leaf hashes that were sealed; both raise TileTrouble where they cannot be known."""

    @property
    def size(self) -> int: ...
    def leaf(self, index: int) -> bytes: ...
    def span(self, begin: int, end: int) -> bytes: ...


@dataclass(frozen=True)
class FileLines:
    """One file as it was found.

    `leaves` is None where the digest of the whole file has confirmed it already; `first` is the
    leaf of its first line, `opening` what that line says. `inner` are opening records that stand
    further down, as (line from 0, leaf, what it says): none should. `adopted` is what its records say of files taken over, `adopts` that
    one speaks of that at all. `torn`: the last line does not end. `trouble`: it cannot be read.
    """

    name: str
    records: int = 0
    leaves: bytes | None = b""
    first: bytes = b""
    opening: Opening | None = None
    inner: tuple[tuple[int, bytes, Opening], ...] = ()
    adopted: tuple[FileStatement, ...] = ()
    adopts: bool = False
    torn: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Row:
    """A file with the sealed records `start` to `end` (not included) that belong in it.

    `lines` is None for a day that is gone. `anchored`: it begins with its own opening record.
    """

    name: str
    lines: FileLines | None
    start: int
    end: int
    anchored: bool = False


@dataclass(frozen=True)
class RowJudged:
    """What became of one file; `why` in words where the verdict's own sentence is not enough."""

    name: str
    judged: Judged
    why: str = ""


@dataclass
class _Stated:
    """What the opening records that are in the tree say: where files begin and end."""

    anchors: dict[str, int] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)


_NO_OPENING: Final = "It does not begin with the record that opened it."
_OPENING_INSIDE: Final = "A record that opens a file stands inside one: files were joined or cut."


def stated_files(
    files: Sequence[FileLines], sealed: SealedLeaves
) -> dict[str, tuple[int, FileStatement]]:
    """Return for each file that a sealed opening record describes where it ends, and what it says."""
    found: dict[str, tuple[int, FileStatement]] = {}
    for file in files:
        spoken = [(file.first, file.opening), *((leaf, told) for _, leaf, told in file.inner)]
        for leaf, opening in spoken:
            at = _place(leaf, opening, sealed)
            previous = None if opening is None else opening.previous
            if at is not None and previous is not None and previous.records <= at:
                found[previous.file] = (at, previous)
    return found


def anchor(file: FileLines, sealed: SealedLeaves) -> int | None:
    """Return the index of the file's first record, None unless it is its sealed opening record."""
    return _place(file.first, file.opening, sealed)


def _place(leaf: bytes, opening: Opening | None, sealed: SealedLeaves) -> int | None:
    size = None if opening is None else opening.size
    if size is None or size >= sealed.size or sealed.leaf(size) != leaf:
        return None
    return size


def lay_out(files: Sequence[FileLines], sealed: SealedLeaves) -> list[Row]:
    """Return the rows of all files that are there or that a sealed record says were there.

    They follow each other without a gap from the first sealed record to the last: what belongs to
    no file that is there is missing from one.
    """
    stated = _stated(files, sealed)
    here = {file.name: file for file in files}
    names = sorted({*here, *stated.starts})
    rows: list[Row] = []
    end = 0
    for number, name in enumerate(names):
        lines = here.get(name)
        start, following = end, names[number + 1] if number + 1 < len(names) else None
        end = _end(name, lines, start, following, stated, sealed, here)
        rows.append(Row(name, lines, start, end, anchored=name in stated.anchors))
    if rows and rows[-1].end < sealed.size:
        rows[-1] = replace(rows[-1], end=sealed.size)
    return rows


def judge_rows(rows: Sequence[Row], sealed: SealedLeaves) -> list[RowJudged]:
    """Say of every row what was done to it."""
    rests = {
        row.name: compare(_leaves(row.lines), sealed.span(row.start, row.end))
        for row in rows
        if row.lines is None or (row.lines.leaves is not None and not row.lines.trouble)
    }
    balance = balance_of(rests)
    judged: list[RowJudged] = []
    for number, row in enumerate(rows):
        lines = row.lines
        if lines is None:
            gone = Judged(Verdict.DAY_MISSING, missing=row.end - row.start)
            judged.append(RowJudged(row.name, gone, "The whole file is gone."))
        elif lines.trouble:
            judged.append(RowJudged(row.name, Judged(Verdict.UNREADABLE), lines.trouble))
        elif lines.leaves is None:
            judged.append(RowJudged(row.name, _confirmed(row, lines.records)))
        else:
            told = judge_file(rests[row.name], balance, torn=lines.torn)
            judged.append(_in_its_place(RowJudged(row.name, told), number, rows))
    return judged


def boundaries_open(rows: Sequence[Row]) -> bool:
    """True where adopted files lie side by side and no record says where one ended."""
    named = _adopted(rows)
    return any(
        row.lines is not None and not row.anchored and row.name not in named for row in rows[1:]
    )


def newest_gone(rows: Sequence[Row], judged: Sequence[RowJudged], ends: Collection[int]) -> bool:
    """True where the newest file is whole and what is gone behind it began with a day's close."""
    if not rows or rows[-1].lines is None or judged[-1].judged.verdict is not Verdict.TAIL_CUT:
        return False
    last, told = rows[-1], judged[-1].judged
    whole = told.line == count_hashes(_leaves(last.lines)) and not told.marks
    return whole and last.start + told.line in ends


def _confirmed(row: Row, records: int) -> Judged:
    """A file that is whole by its digest, unless what is said of its neighbours leaves a gap."""
    short = row.end - row.start - records
    if short == 0:
        return INTACT
    return Judged(Verdict.MISSING if short > 0 else Verdict.REORDERED, missing=max(short, 0))


def _in_its_place(told: RowJudged, number: int, rows: Sequence[Row]) -> RowJudged:
    """Look beyond the order of lines: whether file begins and ends are where they were."""
    row = rows[number]
    lines = row.lines
    assert lines is not None
    if told.judged.verdict is not Verdict.INTACT:
        return told
    # One that tells of another place than its own opened nothing here: it is only a record.
    here = (line for line, _, said in lines.inner if said.size == row.start + line)
    inside = next(here, None)
    if inside is not None:
        marks = ((inside, Verdict.REORDERED),)
        return replace(told, judged=Judged(Verdict.REORDERED, inside, marks), why=_OPENING_INSIDE)
    if number and lines.records and not row.anchored and not _taken_over(number, rows):
        marks = ((0, Verdict.REORDERED),)
        return replace(told, judged=Judged(Verdict.REORDERED, 0, marks), why=_NO_OPENING)
    if lines.torn:
        last = max(lines.records - 1, 0)
        cut = Judged(Verdict.TAIL_CUT, last, ((last, Verdict.TAIL_CUT),))
        return replace(told, judged=cut, why="The end of its last line is cut off.")
    return told


def _taken_over(number: int, rows: Sequence[Row]) -> bool:
    """True where a sealed record, in whichever file, says that these files came before the seal."""
    row, previous = rows[number], rows[number - 1]
    named = _adopted(rows)
    if not named:
        # A record of that kind that names no files leaves the midnight open; that is then told.
        return any(each.lines is not None and each.lines.adopts for each in rows)
    records = 0 if previous.lines is None else previous.lines.records
    return row.name in named and named.get(previous.name) == records


def _adopted(rows: Sequence[Row]) -> Mapping[str, int]:
    return {
        statement.file: statement.records
        for row in rows
        if row.lines is not None
        for statement in row.lines.adopted
    }


def _stated(files: Sequence[FileLines], sealed: SealedLeaves) -> _Stated:
    stated = _Stated()
    for name, (end, statement) in stated_files(files, sealed).items():
        stated.ends[name] = end
        stated.starts[name] = end - statement.records
    taken: dict[int, str] = {}
    for file in files:
        at = anchor(file, sealed)
        if at is not None and (at not in taken or stated.starts.get(file.name) == at):
            taken[at] = file.name  # of copies of one day the one that is spoken of counts
    stated.anchors = {name: at for at, name in taken.items()}
    return stated


def _end(
    name: str,
    lines: FileLines | None,
    start: int,
    following: str | None,
    stated: _Stated,
    sealed: SealedLeaves,
    here: Mapping[str, FileLines],
) -> int:
    """Where a file's sealed records end: as said, else where the next begins, else as it stands."""
    records = 0 if lines is None else lines.records
    if name in stated.ends:
        end = stated.ends[name]
    elif following is None:
        end = sealed.size
    else:
        next_start = stated.anchors.get(following, stated.starts.get(following))
        end = start + records if next_start is None else next_start
        if following not in here and next_start is not None and lines is not None:
            whole = start + records
            if whole < next_start and sealed.span(start, whole) == _leaves(lines):
                end = whole  # nothing is cut: the day after it is gone together with the next
    return max(start, min(end, sealed.size))


def _leaves(lines: FileLines | None) -> bytes:
    if lines is None:
        return b""
    assert lines.leaves is not None
    assert len(lines.leaves) % HASH_SIZE == 0
    return lines.leaves
