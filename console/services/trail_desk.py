"""Fulfils `AuditDesk`: the reader's long work in worker threads, its answers as events.

Each long job has a flag that its thread looks at between blocks, so that a job nobody waits
for any more ends soon; the thread never touches what the window reads.
"""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from console.domain.audit import EventType
from console.domain.audit_view import (
    EVERYTHING,
    Growth,
    RecordDetail,
    RecordFilter,
    Stopped,
    TrailRow,
)
from console.domain.errors import ConsoleError
from console.services.audit_desk import (
    AuditEvent,
    AuditFailed,
    AuditHub,
    ExportCancelled,
    ExportFailed,
    ExportProgress,
    FilterProgress,
    RelatedFound,
    RowsChecked,
    TrailClosed,
    TrailExported,
    TrailExtended,
    TrailFiltered,
    TrailOpened,
    TrailOpening,
    VerifyCancelled,
    VerifyDone,
    VerifyProgress,
)
from console.services.events import Event, Hub, TrailGrew
from console.services.evidence_export import Exported, Exporter, ExportWork, export
from console.services.ports import Clock
from console.services.trail_index import TrailIndexer, on_loop
from console.services.trail_ports import Flag, TaskOwner, Trail, TrailShelf, unheard
from console.services.trail_related import place_of, related_rows

FIRST_SCREEN: Final = 100
FOLLOW_S: Final = 2.0
_MAX_TYPES: Final = 200


class TrailDesk:
    """One trail at a time for the audit panel; see `AuditDesk` for what each method promises."""

    def __init__(
        self,
        shelf: TrailShelf,
        tasks: TaskOwner,
        clock: Clock,
        live: Hub | None = None,
        exported: Exported | None = None,
        exporter: Exporter | None = None,
        *,
        follow: bool = False,
    ) -> None:
        """`live` tells of our own records; `follow` looks for those of other programs too."""
        self.hub = AuditHub()
        self._shelf = shelf
        self._tasks = tasks
        self._clock = clock
        self._exported = exported
        self._indexer = TrailIndexer(tasks, self.hub.tell)
        self._exporter = exporter
        self._exporting: Flag | None = None
        self._follow = follow
        self._path: Path | None = None
        self._own = False
        self._trail: Trail | None = None
        self._opening: Trail | None = None
        self._wanted = EVERYTHING
        self._shown = 0  # records that the window knows of; the trail may have grown further
        self._view: array[int] | None = None
        self._types: set[str] = set()
        self._judging: set[int] = set()
        self._flags: dict[str, Flag] = {}
        self._refreshing = self._again = self._lost = False
        self._verify_then = False
        if live is not None:
            live.listen(self._live)

    @property
    def path(self) -> Path | None:
        return self._path

    @property
    def own(self) -> bool:
        return self._own

    @property
    def matching(self) -> int:
        return self._shown if self._view is None else len(self._view)

    @property
    def wanted(self) -> RecordFilter:
        return self._wanted

    def open(self, path: Path | None) -> None:
        self._verify_then = False
        self._tasks.latest("audit-open", self._open(path), "open a trail")

    def close(self) -> None:
        self._stop_all()
        self._trail = self._opening = self._path = self._view = None
        self._own, self._shown, self._wanted = False, 0, EVERYTHING
        self.hub.tell(TrailClosed())

    def set_filter(self, wanted: RecordFilter) -> None:
        if self._trail is not None:
            self._tasks.latest("audit-filter", self._filter(self._trail, wanted), "filter a trail")

    def rows(self, offset: int, limit: int) -> list[TrailRow]:
        trail = self._trail
        first = self.matching - 1 - offset
        if trail is None or first < 0:
            return []
        numbers = range(first, max(-1, first - limit), -1)
        view = self._view
        rows = trail.rows(numbers if view is None else [view[number] for number in numbers])
        if len(self._types) < _MAX_TYPES:
            self._types.update(row.event_type for row in rows)
        self._judge(trail, [row.position for row in rows if row.verdict is None])
        return rows

    def row_of(self, position: int) -> int | None:
        if not 0 <= position < self._shown:
            return None
        if self._view is None:
            return self._shown - 1 - position
        number = place_of(self._view, position)
        return None if number is None else len(self._view) - 1 - number

    def detail(self, position: int) -> RecordDetail | None:
        trail = self._trail if position >= 0 else self._opening or self._trail
        if trail is None:
            return None
        detail = trail.detail(position)
        if detail is not None and detail.row.verdict is None:
            self._judge(trail, [position])
        return detail

    def related(self, position: int) -> None:
        if self._trail is not None:
            self._tasks.latest(
                "audit-related", self._related(self._trail, position), "find related records"
            )

    def event_types(self) -> tuple[str, ...]:
        ours = [str(event_type) for event_type in EventType]
        return (*ours, *sorted(self._types - set(ours) - {""}))

    def verify(self) -> None:
        if self._trail is None:
            self._verify_then = True  # it is still being opened
        elif "verify" not in self._flags:
            self._tasks.start(self._verify(self._trail), "verify a trail")

    def cancel_verify(self) -> None:
        self._stop("verify")

    def index(self) -> None:
        if self._trail is not None:
            self._indexer.begin(self._trail)

    def pause_index(self, paused: bool) -> None:  # noqa: FBT001 - a switch
        self._indexer.pause(paused)

    def cancel_index(self) -> None:
        self._indexer.cancel()

    def histogram(self) -> None:
        if self._trail is not None:
            self._indexer.histogram(self._trail, self._wanted, self._view)

    def prove(self, position: int) -> None:
        if self._trail is not None and position >= 0:
            self._indexer.prove(self._shelf, self._trail, position)

    def save_proof(self, path: Path, position: int, text: bytes) -> None:
        if self._trail is not None:
            self._indexer.save(self._shelf, self._trail, path, position, text)

    def export(self, path: Path, kind: str, *, disclose: bool = False) -> None:
        if self._exporting is not None:
            self.hub.tell(AuditFailed("An export is under way. Wait for its end, or cancel it."))
        elif self._trail is not None:
            self._exporting = Flag()
            work = self._export(self._trail, path, kind, self._exporting, disclose=disclose)
            self._tasks.start(work, "export records")

    def cancel_export(self) -> None:
        if self._exporting is not None:
            self._exporting.up = True

    def refresh(self) -> None:
        """Look whether the open trail grew; answered by `TrailExtended`, or it is reopened."""
        self._again = self._refreshing
        if self._trail is not None and not self._refreshing and not self._lost:
            self._refreshing = True
            self._tasks.start(self._refresh(self._trail), "follow a trail")

    async def follow(self) -> None:
        """Look every two seconds, for trails that other processes write; runs until cancelled."""
        while True:
            await self._clock.sleep(FOLLOW_S)
            self.refresh()

    def _live(self, event: Event) -> None:
        if isinstance(event, TrailGrew) and self._own:
            if self._lost:
                self.open(None)
            self.refresh()

    async def _open(self, path: Path | None) -> None:
        flag = self._raise_flag("open")
        try:
            trail = await asyncio.to_thread(self._shelf.open, path)
            newest = await asyncio.to_thread(trail.newest, FIRST_SCREEN)
            self._opening = trail
            self.hub.tell(TrailOpening(trail.root, path is None, tuple(newest)))
            await asyncio.to_thread(trail.count, unheard, flag)
            summary = await asyncio.to_thread(trail.summary)
        except Stopped:
            return
        except ConsoleError as error:
            self.hub.tell(AuditFailed(str(error)))
            return
        finally:
            flag.up, self._opening = True, None
        self._stop_all()
        self._trail, self._path, self._own = trail, trail.root, path is None
        self._view, self._wanted, self._shown = None, EVERYTHING, trail.records
        self._types, self._judging, self._lost = set(), set(), False
        if self._follow:
            self._tasks.latest("audit-follow", self.follow(), "look for new records")
        files = len(trail.files)
        self.hub.tell(TrailOpened(trail.root, self._own, self._shown, files, summary))
        self._indexer.begin(trail)
        if self._verify_then:
            self._verify_then = False
            self.verify()

    async def _filter(self, trail: Trail, wanted: RecordFilter) -> None:
        flag = self._raise_flag("filter")
        view: array[int] | None = None
        covered = trail.records
        try:
            if not wanted.everything:
                progress = on_loop(self.hub.tell, FilterProgress, flag)
                view = await asyncio.to_thread(trail.matching, wanted, progress, flag)
        except Stopped:
            return
        except ConsoleError as error:
            self.hub.tell(AuditFailed(str(error)))
            return
        finally:
            flag.up = True
        if trail is not self._trail:
            return
        while view and view[-1] >= covered:  # the trail grew meanwhile: told next, as growth
            view.pop()
        self._view, self._wanted, self._shown = view, wanted, covered
        self.hub.tell(TrailFiltered(wanted, self.matching, covered))
        self.refresh()

    async def _refresh(self, trail: Trail) -> None:
        try:
            growth = await asyncio.to_thread(trail.refresh)
            if trail is self._trail and not growth.replaced:
                await self._extend(trail)
        except ConsoleError:
            growth = Growth(replaced=True)
        finally:
            self._refreshing = False
        if growth.replaced and trail is self._trail:
            self._lost = True  # until it could be opened anew
            self.open(None if self._own else self._path)
        elif self._again:  # asked again while this look was under way
            self.refresh()

    async def _extend(self, trail: Trail) -> None:
        """Show what was appended since the window was last told."""
        wanted, view, known, records = self._wanted, self._view, self._shown, trail.records
        if records == known:
            return
        added = records - known
        if view is not None:
            flag = self._raise_flag("extend")
            try:
                new = await asyncio.to_thread(trail.matching, wanted, unheard, flag, known)
            except Stopped:
                return
            finally:
                flag.up = True
            if view is not self._view or self._shown != known:
                return  # a filter was quicker: it looks again itself
            fresh = [number for number in new if number < records]
            view.extend(fresh)
            added = len(fresh)
        self._shown = records
        self._indexer.grown(trail)
        self.hub.tell(TrailExtended(added, self.matching, records))

    async def _verify(self, trail: Trail) -> None:
        flag = self._raise_flag("verify")
        try:
            progress = on_loop(self.hub.tell, VerifyProgress, flag)
            report = await asyncio.to_thread(trail.verify, progress, flag)
        except Stopped:
            self.hub.tell(VerifyCancelled())
            return
        except ConsoleError as error:
            self.hub.tell(AuditFailed(str(error)))
            return
        finally:
            flag.up = True
            if self._flags.get("verify") is flag:
                del self._flags["verify"]
        if trail is self._trail:
            self.hub.tell(VerifyDone(report))

    async def _related(self, trail: Trail, position: int) -> None:
        flag = self._raise_flag("related")
        try:
            rows = await asyncio.to_thread(related_rows, trail, position, flag)
        except Stopped:
            return
        except ConsoleError as error:
            self.hub.tell(AuditFailed(str(error)))
            return
        finally:
            flag.up = True
        self.hub.tell(RelatedFound(position, rows))

    async def _export(
        self, trail: Trail, path: Path, kind: str, flag: Flag, *, disclose: bool
    ) -> None:
        positions = range(self._shown) if self._view is None else array("Q", self._view)
        progress = on_loop(self.hub.tell, ExportProgress, flag)
        work = ExportWork(
            trail, positions, path, kind, self._own, self._wanted, disclose, progress, flag
        )
        self.hub.tell(ExportProgress(0, len(positions)))
        event: AuditEvent
        try:
            records = await export(work, self._shelf, self._exported, self._exporter)
            event = TrailExported(path, records)
        except Stopped:
            event = ExportCancelled()
        except ConsoleError as error:
            event = ExportFailed(str(error))
        finally:
            flag.up, self._exporting = True, None
        self.hub.tell(event)

    def _judge(self, trail: Trail, positions: Iterable[int]) -> None:
        new = [position for position in positions if position not in self._judging]
        if new:
            self._judging.update(new)
            self._tasks.start(self._judge_long(trail, new), "judge long records")

    async def _judge_long(self, trail: Trail, positions: list[int]) -> None:
        try:
            await asyncio.to_thread(trail.judge_long, positions)
        except ConsoleError as error:
            self.hub.tell(AuditFailed(str(error)))
            return
        finally:
            self._judging.difference_update(positions)
        if trail is self._trail:
            self.hub.tell(RowsChecked(tuple(positions)))

    def _raise_flag(self, key: str) -> Flag:
        self._stop(key)
        flag = self._flags[key] = Flag()
        return flag

    def _stop(self, key: str) -> None:
        flag = self._flags.pop(key, None)
        if flag is not None:
            flag.up = True

    def _stop_all(self) -> None:
        self._indexer.forget()
        for key in list(self._flags):
            self._stop(key)
