"""Reading a list page by page, and judging whether it was read completely."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime
from typing import Final

from console.cxone.wire import Page
from console.domain.errors import Rejected
from console.domain.instance import Instance, Listing

PAGE_SIZE: Final = 100
MOST_PAGES: Final = 10_000
MOST_INSTANCES: Final = 200_000
PASSES: Final = 3
"""A list that changes while it is read is read again, at most this often in all."""

ReadPage = Callable[[int], Awaitable[Page]]


async def read_listing(
    read_page: ReadPage, read_at: datetime, back_to: datetime | None = None
) -> Listing:
    """Read all pages from 1, or those back to the instances started before `back_to`.

    `complete` where as many different ids were read as the total says and it did not change on
    the way; where reading stopped early, where every entry up to there was read once and the
    total did not change. An incomplete list is read again: it may only have been in motion.
    """
    walk = await _read_once(read_page, back_to)
    for _ in range(PASSES - 1):
        # Only motion is worth another look: a list that contradicts itself at rest will again.
        if walk.complete or not walk.moved:
            break
        walk = await _read_once(read_page, back_to)
    return Listing(tuple(walk.found.values()), walk.total, walk.complete, read_at)


def whole(page: Page) -> bool:
    """True where this first page was all there is."""
    ids = {instance.instance_id for instance in page.instances}
    return page.total == len(ids) and not page.skipped


async def _read_once(read_page: ReadPage, back_to: datetime | None) -> _Walk:
    walk = _Walk(back_to)
    number = 1
    while walk.take(await read_page(number)) and number < MOST_PAGES:
        number += 1
    if walk.may_hide_more:
        with suppress(Rejected):  # some servers refuse a page past the end
            walk.take_beyond(await read_page(number + 1))
    return walk


class _Walk:
    """One pass over the pages."""

    def __init__(self, back_to: datetime | None) -> None:
        self.found: dict[str, Instance] = {}
        self.total: int | None = None
        self.moved = False
        self._back_to = back_to
        self._pages = 0
        self._full = False
        self._odd = False
        self._in_order = True
        self._last_start: datetime | None = None
        self._stopped_early = False

    @property
    def complete(self) -> bool:
        """Whether what was found is all there was, as far as it was asked for."""
        if self.total is None or self.moved or self._odd:
            return False
        return self._stopped_early or len(self.found) == self.total

    @property
    def may_hide_more(self) -> bool:
        """True where one full page is all there is, by a total that may count that page alone."""
        return self._pages == 1 and self._full and self.complete and not self._stopped_early

    def take_beyond(self, page: Page) -> None:
        """Take the page past the end: what stands there and was not read proves the total wrong."""
        known = self.found.keys()
        if page.skipped or any(item.instance_id not in known for item in page.instances):
            self._odd = True
            self.found |= {item.instance_id: item for item in page.instances}

    def take(self, page: Page) -> bool:
        """Take the next page; True where another one is to be read."""
        if self._pages and page.total != self.total:
            self.moved = True
        self.total = page.total
        self._pages += 1
        self._full = 0 < (page.size or PAGE_SIZE) <= len(page.instances)
        self._odd |= page.skipped > 0
        before = len(self.found)
        for instance in page.instances:
            self._note_order(instance)
            self.found[instance.instance_id] = instance
        new = len(self.found) - before
        if new < len(page.instances):
            if self._pages > 1:
                self.moved = True  # entries slid from one page to the next
            else:
                self._odd = True  # one id twice on one page
        if self._reached_back(page):
            self._stopped_early = True
            return False
        if self.total is not None and len(self.found) >= self.total:
            return False
        # No new id: past the end, or a server that repeats a page for ever.
        return new > 0 and len(self.found) < MOST_INSTANCES

    def _note_order(self, instance: Instance) -> None:
        start = instance.started_at
        if start is None or (self._last_start is not None and start > self._last_start):
            # Not newest first as far as one can see: then older pages may hold younger instances.
            self._in_order = False
        self._last_start = start

    def _reached_back(self, page: Page) -> bool:
        if self._back_to is None or not self._in_order or not page.instances:
            return False
        return self._last_start is not None and self._last_start < self._back_to
