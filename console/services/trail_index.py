"""What goes on beside the rows of an open trail: its index, its histogram, and proofs of records."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Final

from console.domain.audit_histogram import Histogram
from console.domain.audit_view import RecordFilter, Stopped
from console.domain.errors import ConsoleError
from console.services.audit_desk import (
    AuditEvent,
    AuditFailed,
    HistogramReady,
    IndexEnded,
    IndexProgress,
    ProofSaved,
    RecordProved,
)
from console.services.trail_ports import Flag, TaskOwner, Trail, TrailShelf

WORTH_LINES: Final = 2000
"""So many lines more than the index knows are looked at one by one before it is continued."""

Tell = Callable[[AuditEvent], None]


def on_loop(
    tell: Tell, event: Callable[[int, int], AuditEvent], flag: Flag
) -> Callable[[int, int], None]:
    """A callback for a worker thread that tells about a hundred times, on the running loop."""
    loop = asyncio.get_running_loop()
    due = 0

    def said(done: int, total: int) -> None:
        if not flag.up:
            tell(event(done, total))

    def progress(done: int, total: int) -> None:
        nonlocal due
        if done >= due and not flag.up:
            due = done + total // 100
            loop.call_soon_threadsafe(said, done, total)

    return progress


class TrailIndexer:
    """Keeps the index of the open trail up to its lines, and asks it when records were written."""

    def __init__(self, tasks: TaskOwner, tell: Tell) -> None:
        self._tasks = tasks
        self._tell = tell
        self._flag = Flag()
        self._paused = Flag()
        self._known = 0
        self._ready = False

    def begin(self, trail: Trail) -> None:
        """Index `trail` from where its index ends; answered by `IndexProgress`…, `IndexEnded`."""
        self.forget()
        self._known = trail.records
        self._paused = Flag()
        work = self._build(trail, self._flag, self._paused)
        self._tasks.latest("audit-index", work, "index a trail")

    def grown(self, trail: Trail) -> None:
        """Continue the index once the trail has grown by enough."""
        if self._ready and trail.records - self._known >= WORTH_LINES:
            self.begin(trail)

    def pause(self, paused: bool) -> None:  # noqa: FBT001 - a switch
        """Hold the work, or let it go on."""
        self._paused.up = paused

    def cancel(self) -> None:
        """Stop the work; what is indexed by then counts."""
        self._flag.up = True

    def forget(self) -> None:
        """Stop what is done for a trail that nobody looks at any more; nothing is told of it."""
        self._flag.up = True
        self._flag = Flag()
        self._ready = False

    def histogram(self, trail: Trail, wanted: RecordFilter, view: array[int] | None) -> None:
        """Count by time what passes; answered by `HistogramReady`."""
        seen = None if view is None else array("Q", view)
        work = self._histogram(trail, wanted, seen)
        self._tasks.latest("audit-histogram", work, "count by time")

    def prove(self, shelf: TrailShelf, trail: Trail, position: int) -> None:
        """Make the proof of one record; answered by `RecordProved` or `AuditFailed`."""
        self._tasks.latest("audit-prove", self._prove(shelf, trail, position), "prove a record")

    def save(self, shelf: TrailShelf, trail: Trail, path: Path, position: int, text: bytes) -> None:
        """Write a proof to a file; answered by `ProofSaved` or `AuditFailed`."""
        self._tasks.start(self._save(shelf, trail, path, position, text), "save a proof")

    async def _build(self, trail: Trail, flag: Flag, paused: Flag) -> None:
        try:
            progress = on_loop(self._tell, IndexProgress, flag)
            kept = await asyncio.to_thread(trail.index, progress, flag, paused)
        except Stopped:
            if flag is self._flag:
                self._tell(IndexEnded("stopped"))
            return
        finally:
            flag.up = True
        if flag is self._flag:
            self._ready = kept
            self._tell(IndexEnded("ready" if kept else "none"))

    async def _histogram(self, trail: Trail, wanted: RecordFilter, view: array[int] | None) -> None:
        flag = Flag()
        found: Histogram | None = None
        try:
            found = await asyncio.to_thread(trail.histogram, wanted, view, flag)
        except (Stopped, ConsoleError):
            return  # the trail was changed: it is opened anew
        finally:
            flag.up = True
        self._tell(HistogramReady(found))

    async def _prove(self, shelf: TrailShelf, trail: Trail, position: int) -> None:
        try:
            size, text = await asyncio.to_thread(shelf.prove, trail, position)
        except ConsoleError as error:
            self._tell(AuditFailed(str(error)))
            return
        self._tell(RecordProved(position, size, text))

    async def _save(
        self, shelf: TrailShelf, trail: Trail, path: Path, position: int, text: bytes
    ) -> None:
        try:
            await asyncio.to_thread(shelf.save, trail, path, text)
        except ConsoleError as error:
            self._tell(AuditFailed(str(error)))
            return
        self._tell(ProofSaved(path, position))
