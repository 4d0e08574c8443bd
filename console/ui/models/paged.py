"""Rows that stay on disk: a window of pages, the least recently used dropped first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Final, Generic, TypeVar

Row = TypeVar("Row")

PAGE: Final = 60
KEPT: Final = 20


class PagedRows(Generic[Row]):
    """Newest-first rows read page by page through `read(offset, limit)`.

    Pages are addressed from the oldest row up, so that rows added at the top move no page but
    the newest. `key` names a row; only rows of pages in memory can be found by it.
    """

    def __init__(
        self,
        read: Callable[[int, int], list[Row]],
        key: Callable[[Row], str],
        page: int = PAGE,
        kept: int = KEPT,
    ) -> None:
        self.count = 0
        self._read = read
        self._key = key
        self._page = page
        self._kept = kept
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._ranks: dict[str, int] = {}

    def row(self, number: int) -> Row | None:
        """Return row `number` (0 is the newest), reading its page if need be; None outside."""
        if not 0 <= number < self.count:
            return None
        rank = self.count - 1 - number
        place, inside = divmod(rank, self._page)
        rows = self._pages.get(place)
        if rows is None:
            rows = self._load(place)
        else:
            self._pages.move_to_end(place)
        # A page read a moment before a row was stored may be shorter than counted.
        return rows[inside] if inside < len(rows) else None

    def number_of(self, key: str) -> int | None:
        """Return the row number of `key` where its page is in memory."""
        rank = self._ranks.get(key)
        return None if rank is None else self.count - 1 - rank

    def replace(self, row: Row) -> int | None:
        """Put `row` in the place of the one with its key; return the row number, None if unread."""
        rank = self._ranks.get(self._key(row))
        if rank is None:
            return None
        place, inside = divmod(rank, self._page)
        self._pages[place][inside] = row
        return self.count - 1 - rank

    def grow(self, count: int) -> None:
        """Rows were added at the top: there are `count` now."""
        newest = (self.count - 1) // self._page
        self._drop(newest)
        self.count = count

    def forget(self, count: int) -> None:
        """Everything may be different: there are `count` rows, none of them read."""
        self._pages.clear()
        self._ranks.clear()
        self.count = count

    def loaded(self) -> Iterator[tuple[int, Row]]:
        """Yield (row number, row) of the pages in memory, in no order."""
        for place, rows in self._pages.items():
            for inside, row in enumerate(rows):
                yield self.count - 1 - (place * self._page + inside), row

    def _load(self, place: int) -> list[Row]:
        first = place * self._page
        last = min(first + self._page, self.count) - 1
        rows = self._read(self.count - 1 - last, last - first + 1)
        rows.reverse()
        self._pages[place] = rows
        for inside, row in enumerate(rows):
            self._ranks[self._key(row)] = first + inside
        while len(self._pages) > self._kept:
            self._drop(next(iter(self._pages)))
        return rows

    def _drop(self, place: int) -> None:
        for row in self._pages.pop(place, ()):
            self._ranks.pop(self._key(row), None)


class HeldRows(PagedRows[Row]):
    """The same rows held in memory as a whole: for short lists that change in the middle."""

    def __init__(self, rows: list[Row], key: Callable[[Row], str]) -> None:
        super().__init__(lambda _offset, _limit: [], key)
        self._held = rows
        self._number()

    def row(self, number: int) -> Row | None:
        return self._held[number] if 0 <= number < self.count else None

    def number_of(self, key: str) -> int | None:
        return self._ranks.get(key)

    def replace(self, row: Row) -> int | None:
        number = self._ranks.get(self._key(row))
        if number is not None:
            self._held[number] = row
        return number

    def loaded(self) -> Iterator[tuple[int, Row]]:
        """Yield (row number, row), newest first."""
        yield from enumerate(self._held)

    def cut(self, first: int, last: int) -> None:
        """Take rows `first` to `last` out."""
        del self._held[first : last + 1]
        self._number()

    def put(self, first: int, rows: list[Row]) -> None:
        """Put `rows` before row `first`."""
        self._held[first:first] = rows
        self._number()

    def _number(self) -> None:
        self.count = len(self._held)
        self._ranks = {self._key(row): number for number, row in enumerate(self._held)}


def ranges(numbers: Iterator[int] | list[int] | set[int]) -> list[tuple[int, int]]:
    """Return `numbers` as sorted runs (first, last) without gaps."""
    runs: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], number)
        else:
            runs.append((number, number))
    return runs
