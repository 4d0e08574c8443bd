"""What can still be said where neither tiles nor lines lead to the signed root.

The signed root says that something is not as sealed; only which line it is cannot be proved then.
What the files say of each other, the hash rule and as much as holds of the tiles still narrow it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from console.domain.audit import Verdict, hash_holds
from console.domain.audit_align import INTACT, Judged
from console.domain.audit_opening import FileStatement
from console.domain.audit_rows import RowJudged
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.tiled_tree import Difference
from console.store.line_work import digests
from console.store.trail_files import all_lines
from console.store.trail_looks import Look

_NARROWED: Final = (
    "It is among the {} records from this line on: the tile that would tell which was changed too."
)
_UNPLACED: Final = "Which line it is cannot be told: the seal's tiles are missing or were changed."


def guessed(looks: Sequence[Look], sealed: int, difference: Difference | None) -> list[RowJudged]:
    """Return a row a file: at least one is not intact."""
    rows = [_stands(look) for look in looks]
    if all(row.judged.verdict is Verdict.INTACT for row in rows):
        place = _place(looks, difference)
        number, judged, why = place or _suspect(looks, sealed)
        if rows:
            rows[number] = RowJudged(rows[number].name, judged, why)
    return rows


def _stands(look: Look) -> RowJudged:
    """A file judged by itself: can it be read, and does every hash of it hold?"""
    if look.lines.trouble:
        return RowJudged(look.file.name, Judged(Verdict.UNREADABLE), look.lines.trouble)
    bad = _first_bad(look, 0, look.lines.records)
    if bad is None:
        return RowJudged(look.file.name, INTACT)
    judged = Judged(Verdict.EDITED, bad, ((bad, Verdict.EDITED),))
    return RowJudged(look.file.name, judged, "Its payload does not have the hash beside it.")


def _first_bad(look: Look, begin: int, end: int) -> int | None:
    """The first line between two numbers whose hash does not hold."""
    try:
        lines = all_lines(look.file, lambda _: None, lambda: False)
        for number, raw in enumerate(lines):
            if number >= end:
                return None
            if number >= begin and (raw is None or not hash_holds(raw)):
                return number
    except (OSError, EnvironmentProblem):
        return begin
    return None


def _place(looks: Sequence[Look], difference: Difference | None) -> tuple[int, Judged, str] | None:
    """Where as much as holds of the tiles puts it."""
    if difference is None:
        return None
    first = 0
    for number, look in enumerate(looks):
        if difference.first < first + look.lines.records or look is looks[-1]:
            line = difference.first - first
            count = difference.end - difference.first
            behind = line >= look.lines.records
            verdict = Verdict.TAIL_CUT if behind else Verdict.EDITED
            marks = () if behind else ((line, verdict),)
            why = "" if difference.trouble is None else _NARROWED.format(f"{count:,}")
            return number, Judged(verdict, line, marks), why
        first += look.lines.records
    return None


def _suspect(looks: Sequence[Look], sealed: int) -> tuple[int, Judged, str]:
    """The first file that the next one tells otherwise of, else the newest."""
    for number, (look, following) in enumerate(pairwise(looks)):
        said = None if following.lines.opening is None else following.lines.opening.previous
        if said is not None and said.file == look.file.name:
            verdict = _told_otherwise(look, said)
            if verdict is not None:
                return number, Judged(verdict, -1), _UNPLACED
    records = sum(look.lines.records for look in looks)
    verdict = Verdict.EDITED if records == sealed else Verdict.INSERTED
    verdict = Verdict.TAIL_CUT if records < sealed else verdict
    return len(looks) - 1, Judged(verdict, -1), _UNPLACED


def _told_otherwise(look: Look, said: FileStatement) -> Verdict | None:
    if look.lines.records < said.records:
        return Verdict.MISSING
    if look.lines.records > said.records:
        return Verdict.INSERTED
    found = digests([(look.file.path, look.file.size)], lambda _: None, lambda: False)
    return None if found == [said.sha256] else Verdict.EDITED
