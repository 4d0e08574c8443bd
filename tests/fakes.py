"""Stand-ins with the real rules: a clock moved by hand, a ledger in memory, a tenant on a script."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from console.domain.errors import CallError, NotSent
from console.domain.instance import Instance, Listing
from console.domain.payload import JOB_ID_KEY, TriggerPayload
from console.domain.retry import RetryRules
from console.domain.workflow import Workflow
from console.services.events import Event, Hub
from console.services.journal import Journal
from console.services.lane_control import Surroundings
from console.services.ports import (
    Capabilities,
    Counted,
    Started,
    TokenLife,
)
from console.services.tasks import Tasks
from tests.fake_ledger import MemoryLedger

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class ManualClock:
    """Time that stands still until `advance`; sleepers wake up exactly on time, in order."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._mono = 1000.0
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._mono

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as a person or a time server does."""
        self._now += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._mono + seconds, future))
        await future

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        timer: asyncio.Future[None] = loop.create_future()
        self._sleepers.append((self._mono + seconds, timer))
        waiting = loop.create_task(event.wait())
        try:
            either: set[asyncio.Future[Any]] = {timer, waiting}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
            waiting.cancel()

    async def advance(self, seconds: float) -> None:
        """Let `seconds` pass, waking every sleeper at its own time and letting all work settle."""
        end = self._mono + seconds
        while True:
            await settle()
            self._sleepers = [item for item in self._sleepers if not item[1].done()]
            due = min((at for at, _ in self._sleepers if at <= end), default=None)
            if due is None:
                break
            self._now += timedelta(seconds=due - self._mono)
            self._mono = due
            for at, future in self._sleepers:
                if at <= due and not future.done():
                    future.set_result(None)
        self._now += timedelta(seconds=end - self._mono)
        self._mono = end
        await settle()


async def settle(turns: int = 60) -> None:
    """Let everything that can run now run."""
    for _ in range(turns):
        await asyncio.sleep(0)


class FixedIds:
    """Ids that count up; no jitter."""

    def __init__(self) -> None:
        self._next = 0

    def job_id(self) -> str:
        self._next += 1
        return f"00000000-0000-4000-8000-{self._next:012d}"

    def salt(self) -> bytes:
        return b"0123456789abcdef"

    def jitter(self) -> float:
        return 0.0


Answer = CallError | Callable[["ScriptedTenant", TriggerPayload, str], Started]


class ScriptedTenant:
    """A tenant that keeps its instances; `answers` to starts are taken in order, then it accepts.

    A callable answer may make the instance and still raise: that is a cut after sending.
    """

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self.answers: deque[Answer] = deque()
        self.list_errors: deque[CallError] = deque()
        self.count_errors: deque[CallError] = deque()
        self.bodies: list[tuple[TriggerPayload, str]] = []
        self.instances: dict[str, Instance] = {}
        self.capabilities = Capabilities()
        self.token = TokenLife(None)
        self.limit_by_count: dict[str, int] = {}
        self.listing_complete = True
        self.gate: asyncio.Event | None = None
        self.in_flight = 0
        self.most_in_flight = 0
        self.counts = 0
        self.lists = 0

    def server_time(self, now: datetime) -> datetime:
        return now

    async def sign_in(self) -> TokenLife:
        return self.token

    async def start(self, payload: TriggerPayload, job_id: str) -> Started:
        self.bodies.append((payload, job_id))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            if self.gate is not None:
                await self.gate.wait()
            else:
                await asyncio.sleep(0)
            answer = self.answers.popleft() if self.answers else None
            if isinstance(answer, CallError):
                raise answer
            if answer is not None:
                return answer(self, payload, job_id)
            return self.make(payload, job_id)
        finally:
            self.in_flight -= 1

    def make(self, payload: TriggerPayload, job_id: str) -> Started:
        """Really start an instance for this job."""
        instance_id = f"inst-{len(self.instances) + 1:04d}"
        self.instances[instance_id] = Instance(
            instance_id,
            payload.workflow_id,
            "running",
            payload.priority,
            dict(payload.context),
            {**payload.metadata, JOB_ID_KEY: job_id},
            self._clock.now(),
        )
        return Started(instance_id, "running", 12.0)

    def end(self, instance_id: str, status: str = "completed") -> None:
        """Let an instance end."""
        self.instances[instance_id] = replace(self.instances[instance_id], status=status)

    async def count(self, workflow_id: str) -> Counted:
        self.counts += 1
        await asyncio.sleep(0)
        if self.count_errors:
            raise self.count_errors.popleft()
        running = sum(
            1
            for item in self.instances.values()
            if item.workflow_id == workflow_id and item.status == "running"
        )
        return Counted(workflow_id, self.limit_by_count.get(workflow_id, running))

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        return await self.listing(workflow_id or "", status=status)

    async def listing(
        self, workflow_id: str, *, back_to: datetime | None = None, status: str | None = None
    ) -> Listing:
        self.lists += 1
        await asyncio.sleep(0)
        if self.list_errors:
            raise self.list_errors.popleft()
        found = tuple(
            item
            for item in self.instances.values()
            if workflow_id in ("", item.workflow_id) and status in (None, item.status)
        )
        return Listing(found, len(found), self.listing_complete, self._clock.now())

    async def get(self, instance_id: str) -> Instance | None:
        await asyncio.sleep(0)
        return self.instances.get(instance_id)

    async def close(self) -> None:
        return None


def made_then_cut(tenant: ScriptedTenant, payload: TriggerPayload, job_id: str) -> Started:
    """The instance is made, the answer never arrives."""
    from console.domain.errors import Unknown

    tenant.make(payload, job_id)
    raise Unknown("The connection was cut after sending.")


def not_sent() -> NotSent:
    """A refused connection."""
    return NotSent("CXone cannot be reached: connection refused.")


class FixedDefinitions:
    """Definitions from a tuple."""

    def __init__(self, workflows: Iterable[Workflow] = ()) -> None:
        self._workflows = {item.workflow_id: item for item in workflows}

    def all(self) -> tuple[Workflow, ...]:
        return tuple(self._workflows.values())

    def get(self, workflow_id: str) -> Workflow | None:
        return self._workflows.get(workflow_id)


class World:
    """Everything a sender needs, in memory; `told` collects the hub's events."""

    def __init__(self, rules: RetryRules | None = None, concurrency: int = 8) -> None:
        self.clock = ManualClock()
        self.ledger = MemoryLedger()
        self.tenant = ScriptedTenant(self.clock)
        self.hub = Hub()
        self.told: list[Event] = []
        self.hub.listen(self.told.append)
        self.crashes: list[BaseException] = []
        self.tasks = Tasks(lambda _name, error: self.crashes.append(error))
        self.journal = Journal(self.ledger, self.tasks, self.hub)
        self.ids = FixedIds()
        self.around = Surroundings(
            self.ledger,
            self.journal,
            self.clock,
            self.ids,
            self.hub,
            self.tasks,
            rules or RetryRules(),
            concurrency,
        )
