"""A window's view of the audit desk on real files, with workers that a test can hold."""

import asyncio
import threading
from datetime import UTC, datetime, timedelta

from console.domain.audit import record_line
from console.domain.audit_view import RecordFilter
from console.services import audit_desk as told
from console.services.events import Hub
from console.services.tasks import Tasks
from console.services.trail_desk import TrailDesk
from console.store.pins import PinBook
from console.store.trail_export import TrailShelf
from console.store.trail_verify import Memory
from tests.fakes import ManualClock

DAY1, DAY2 = "workflow_audit_20260601.jsonl", "workflow_audit_20260602.jsonl"


AT = datetime(2026, 6, 1, 7, tzinfo=UTC)


def line(number, event_type="WORKFLOW_TRIGGERED", **payload):
    at = AT + timedelta(minutes=number)
    return record_line(at, event_type, {"jobId": f"job-{number}"} | payload)


class Watched(TrailShelf):
    """The real shelf; `gate` holds worker threads at their next look at the trail."""

    def __init__(self, own, cache=None):
        super().__init__(own, Memory(PinBook(cache)) if cache else None, cache)
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.broken = None
        self.opened = []

    def open(self, path):
        trail = super().open(path)
        self.opened.append(trail)
        for name in ("count", "matching", "verify", "refresh", "judge_long"):
            setattr(trail, name, self._held(getattr(trail, name)))
        return trail

    def export(self, trail, positions, path, kind):
        self._wait()
        return super().export(trail, positions, path, kind)

    def _held(self, work):
        def held(*args, **kwargs):
            self._wait()
            return work(*args, **kwargs)

        return held

    def _wait(self):
        self.entered.set()
        assert self.gate.wait(10)
        if self.broken is not None:
            raise self.broken


class Window:
    """A desk with everything it told so far."""

    def __init__(self, own, exported=None, *, follow=False, cache=None):
        self.shelf = Watched(own, cache)
        self.crashed: list[tuple[str, BaseException]] = []
        self.tasks = Tasks(lambda name, error: self.crashed.append((name, error)))
        self.clock = ManualClock()
        self.live = Hub()
        self.desk = TrailDesk(
            self.shelf, self.tasks, self.clock, self.live, exported, follow=follow
        )
        self.events: list[told.AuditEvent] = []
        self.indexing: list[told.AuditEvent] = []
        beside = told.IndexProgress | told.IndexEnded
        self.desk.hub.listen(
            lambda event: (
                self.indexing.append(event)
                if isinstance(event, beside)
                else self.events.append(event)
            )
        )

    async def told(self, kind):
        """Wait for the next event of `kind` and forget what came up to it."""
        while True:
            for number, event in enumerate(self.events):
                if isinstance(event, kind):
                    del self.events[: number + 1]
                    return event
            assert not self.crashed
            await asyncio.sleep(0.001)

    async def quiet(self):
        """Wait until nothing is under way."""
        while self.tasks._running:
            await asyncio.sleep(0.001)

    async def at_work(self):
        while not self.shelf.entered.is_set():
            await asyncio.sleep(0.001)

    async def open(self, path=None):
        self.desk.open(path)
        return await self.told(told.TrailOpened)

    async def filtered(self, **wanted):
        self.desk.set_filter(RecordFilter(**wanted))
        event = await self.told(told.TrailFiltered)
        await self.quiet()  # it looks for growth afterwards
        return event

    def jobs(self, offset=0, limit=100):
        return [row.job_id for row in self.desk.rows(offset, limit)]
