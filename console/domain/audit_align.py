"""Lines as they stand beside lines as they were sealed: what was done to them, and where first.

Both sides are leaf hashes in a row. What both have in the same place at the beginning and at the
end is taken away first; a count over what remains tells a line that nobody sealed from one that
only moved, in this file or to another.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from console.domain.audit import Verdict
from console.domain.tlog.hashes import HASH_SIZE, count_hashes

_STRIDE: Final = 1024 * HASH_SIZE
Hash = bytes


@dataclass(frozen=True)
class Rest:
    """What differs between a file's lines and the sealed ones: `before` lines agree, then these."""

    before: int
    after: int
    found: tuple[Hash, ...]
    sealed: tuple[Hash, ...]

    @property
    def equal(self) -> bool:
        """True where nothing differs."""
        return not self.found and not self.sealed


@dataclass(frozen=True)
class Judged:
    """A file's verdict: `line` from 0 where it differs first; `marks` are (line from 0, verdict).

    A line that is missing has no mark: `missing` counts those.
    """

    verdict: Verdict
    line: int = 0
    marks: tuple[tuple[int, Verdict], ...] = ()
    missing: int = 0


INTACT: Final = Judged(Verdict.INTACT)


def compare(found: bytes, sealed: bytes) -> Rest:
    """Return what differs between two rows of leaf hashes."""
    before = _common(found, sealed)
    after = _common_end(found[before * HASH_SIZE :], sealed[before * HASH_SIZE :])
    return Rest(
        before,
        after,
        tuple(_hashes(found, before, count_hashes(found) - after)),
        tuple(_hashes(sealed, before, count_hashes(sealed) - after)),
    )


def balance_of(rests: Mapping[str, Rest]) -> Counter[Hash]:
    """Count over all files: above 0 where a line is there too often, below where too seldom."""
    balance: Counter[Hash] = Counter()
    for rest in rests.values():
        balance.update(rest.found)
        balance.subtract(rest.sealed)
    return balance


def judge_file(rest: Rest, balance: Counter[Hash], *, torn: bool) -> Judged:
    """Say what was done to one file; `torn` where its last line does not end."""
    if rest.equal:
        return INTACT
    verdict = _first(rest, balance, torn=torn)
    marks = dict(_marks(rest, balance))
    if verdict in {Verdict.REORDERED, Verdict.DAY_REPLACED} and rest.found:
        marks.setdefault(0, Verdict.REORDERED)
    here = Counter(rest.sealed)
    missing = sum(min(count, -balance[line]) for line, count in here.items() if balance[line] < 0)
    edited = sum(1 for mark in marks.values() if mark is Verdict.EDITED)
    placed = tuple((rest.before + at, mark) for at, mark in sorted(marks.items()))
    return Judged(verdict, rest.before, placed, max(missing - edited, 0))


def _first(rest: Rest, balance: Counter[Hash], *, torn: bool) -> Verdict:
    at_end = rest.after == 0
    if not rest.found:
        if all(balance[line] >= 0 for line in rest.sealed):
            return Verdict.REORDERED  # moved to another file
        return Verdict.TAIL_CUT if at_end else Verdict.MISSING
    if not rest.sealed:
        return Verdict.INSERTED if balance[rest.found[0]] > 0 else Verdict.REORDERED
    if torn and at_end and len(rest.found) == 1 and balance[rest.found[0]] > 0:
        return Verdict.TAIL_CUT  # the cut went through a line
    extra, lost = balance[rest.found[0]] > 0, balance[rest.sealed[0]] < 0
    nothing_held = rest.before == rest.after == 0 and len(rest.sealed) > 1 and lost
    if nothing_held and not set(rest.found) & set(rest.sealed):
        return Verdict.DAY_REPLACED
    if extra:
        return Verdict.EDITED if lost else Verdict.INSERTED
    return Verdict.MISSING if lost else Verdict.REORDERED


def _marks(rest: Rest, balance: Counter[Hash]) -> Iterator[tuple[int, Verdict]]:
    """Walk both sides and name each line that does not stand where it was sealed."""
    found, sealed = rest.found, rest.sealed
    places, seals = _places(found), _places(sealed)
    displaced: set[Hash] = set()
    i = j = 0
    while i < len(found):
        line = found[i]
        due = sealed[j] if j < len(sealed) else None
        if line == due:
            i, j = i + 1, j + 1
            continue
        lost = due is not None and balance[due] < 0
        if balance[line] > 0:
            yield i, Verdict.EDITED if lost else Verdict.INSERTED
            i, j = i + 1, j + lost
            continue
        if lost:
            j += 1
            continue
        ahead = _next(seals, line, j)
        if due is None or ahead is None or line in displaced:
            yield i, Verdict.REORDERED
            i += 1
            continue
        later = _next(places, due, i)
        if later is None:  # it stands in another file, or further up
            j += 1
        elif ahead - j <= later - i:
            displaced.add(due)
            j += 1
        else:
            yield i, Verdict.REORDERED
            i += 1


def _places(lines: tuple[Hash, ...]) -> dict[Hash, list[int]]:
    places: dict[Hash, list[int]] = {}
    for at, line in enumerate(lines):
        places.setdefault(line, []).append(at)
    return places


def _next(places: dict[Hash, list[int]], line: Hash, start: int) -> int | None:
    known = places.get(line, [])
    at = bisect_left(known, start)
    return known[at] if at < len(known) else None


def _hashes(row: bytes, begin: int, end: int) -> Iterator[Hash]:
    return (row[at * HASH_SIZE : (at + 1) * HASH_SIZE] for at in range(begin, end))


def _common(one: bytes, other: bytes) -> int:
    """How many hashes agree from the beginning."""
    end = min(len(one), len(other))
    at = 0
    while at < end and one[at : at + _STRIDE] == other[at : at + _STRIDE]:
        at += _STRIDE
    at = min(at, end)
    while at < end and one[at : at + HASH_SIZE] == other[at : at + HASH_SIZE]:
        at += HASH_SIZE
    # Where one side ends inside a stride the strides differ though the hashes agree.
    return at // HASH_SIZE


def _common_end(one: bytes, other: bytes) -> int:
    """How many hashes agree from the end."""
    left, right = len(one), len(other)
    count = 0
    while left > 0 and right > 0:
        step = min(_STRIDE, left, right)
        if one[left - step : left] != other[right - step : right]:
            break
        left, right, count = left - step, right - step, count + step // HASH_SIZE
    while (
        left > 0 and right > 0 and one[left - HASH_SIZE : left] == other[right - HASH_SIZE : right]
    ):
        left, right, count = left - HASH_SIZE, right - HASH_SIZE, count + 1
    return count
