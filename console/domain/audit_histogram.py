"""When the records of a trail were written: how many in each of equal parts of the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.domain.audit_index import time_of

MOST_PARTS: Final = 96
_SECOND: Final = 1_000_000
_DAY: Final = 86_400 * _SECOND
_WIDTHS: Final = (
    1, 10, 100, 1000, 10_000, 100_000, *(n * _SECOND for n in (1, 2, 5, 10, 15, 30, 60, 120, 300,
    600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)), *(n * _DAY for n in (1, 2, 7, 14, 28, 91,
    182, 364)),
)  # fmt: skip


@dataclass(frozen=True)
class Histogram:
    """`counts` of equal parts of `width` microseconds, the first from `low` (since 1970) on.

    `total` records were asked; those without a time that can be read are in no part.
    """

    low: int
    width: int
    counts: tuple[int, ...]
    total: int

    @property
    def timed(self) -> int:
        """How many records have a time."""
        return sum(self.counts)

    @property
    def most(self) -> int:
        """The largest part."""
        return max(self.counts, default=0)

    def span(self, first: int, last: int) -> tuple[datetime, datetime]:
        """Return from when on (included) to when (not included) the parts `first` to `last` are."""
        first, last = min(first, last), max(first, last)
        return time_of(self.low + first * self.width), time_of(self.low + (last + 1) * self.width)

    def within(self, first: int, last: int) -> int:
        """Return how many records the parts `first` to `last` hold."""
        return sum(self.counts[min(first, last) : max(first, last) + 1])


def grid(low: int, high: int) -> tuple[int, int, int]:
    """Return (begin, width, parts) so that every time from `low` to `high` falls into a part."""
    for width in _WIDTHS:
        begin = low // width * width
        parts = (high - begin) // width + 1
        if parts <= MOST_PARTS:
            return begin, width, parts
    width = (high - low) // MOST_PARTS + 1
    return low, width, MOST_PARTS


def histogram(times: Iterable[int], total: int) -> Histogram | None:
    """Count times in microseconds; None where there is none."""
    known = list(times)
    if not known:
        return None
    begin, width, parts = grid(min(known), max(known))
    counts = [0] * parts
    for at in known:
        counts[(at - begin) // width] += 1
    return Histogram(begin, width, tuple(counts), total)
