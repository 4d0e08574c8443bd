"""Sends the jobs of one connection: at most `concurrency` at once, each stored before it goes.

One loop looks at what is due, claims it and starts an attempt or a look-up as a task of its own.
Between two looks it passes the place of an accepted job on to the next one that it saw.
Every decision is made by `domain.retry` and `domain.lane`; every change is on disk before the
next step (see `journal`).
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import InLine, JobState, TriggerJob, Wait
from console.domain.lane import Circuit, gate, standstill
from console.services import outcomes
from console.services.attempt import Attempts
from console.services.capacity import Slots
from console.services.events import Notice
from console.services.lane_control import STORE_AGAIN_S, LaneControl, Surroundings
from console.services.lookup import Lookup
from console.services.ports import Tenant

IDLE_S: Final = 3600.0
FULL_AGAIN_S: Final = 1.0
GRACE_POLL_S: Final = 0.02
AHEAD: Final = 32
"""Jobs seen at one look beyond those that have a place."""
Work = Callable[[], Coroutine[Any, Any, object]]
"""What a task of the lane does; made when it begins, so that one never begun leaves nothing."""


class LaneRunner:
    """The sending side of one profile; `only` narrows it to these jobs (--wait)."""

    def __init__(
        self,
        profile: str,
        fingerprint: str,
        tenant: Tenant,
        around: Surroundings,
        *,
        only: frozenset[str] | None = None,
    ) -> None:
        self._profile = profile
        self._fingerprint = fingerprint
        self._tenant = tenant
        self._ledger = around.ledger
        self._journal = around.journal
        self._clock = around.clock
        self._hub = around.hub
        self._tasks = around.tasks
        self._rules = around.rules
        self._concurrency = around.concurrency
        self._only = only
        self._wake = asyncio.Event()
        self.slots = Slots(tenant, around.clock, around.default_limit)
        self.control = LaneControl(profile, tenant, around, wake=self._wake.set)
        self.control.set(fingerprint=fingerprint)
        self._waits = self.control.waits
        self._lookup = Lookup(tenant, self.control, around.clock, around.ids, around.rules)
        self._attempts = Attempts(
            tenant, self.control, self.slots, around, self._latency_ms, self._wake.set
        )
        self._active: set[str] = set()
        self._next: deque[InLine] = deque()
        self._changed = True
        self._first_check: dict[str, float] = {}
        self._stopping = False
        self.looked = False
        self._began_at = around.clock.now()

    # -- life ---------------------------------------------------------------------------------

    @property
    def tenant(self) -> Tenant:
        """The connection this lane sends to."""
        return self._tenant

    def wake(self) -> None:
        """Look again now: something was queued, decided or resumed."""
        self._changed = True
        self._wake.set()

    async def run(self) -> None:
        """Send until stopped; jobs that a crash left in *sending* are looked up first."""
        recovered = False
        look_at = self._clock.monotonic()  # not by the wall clock, which may be set meanwhile
        while not self._stopping:
            self._wake.clear()
            now, began = self._clock.now(), self._clock.monotonic()
            try:
                if not recovered:
                    await self._recover()
                    recovered = True
                if self._changed or began >= look_at or not self._pass_on(now):
                    self._changed = False
                    next_at = await self._step(now)
                    look_at = began + (next_at - now).total_seconds()
            except EnvironmentProblem as error:  # the queue cannot be read just now
                self._hub.tell(Notice("error", f"Sending has stopped: {error}", "not-read"))
                look_at = began + STORE_AGAIN_S
            self.looked = True
            seconds = look_at - self._clock.monotonic()
            if seconds > 0 and not self._stopping:
                await self._clock.wait(self._wake, min(seconds, IDLE_S))
            else:
                await asyncio.sleep(0)

    async def stop(self, grace_s: float) -> None:
        """Start nothing more and wait for what is under way, at most `grace_s` seconds."""
        self._stopping = True
        self._attempts.stop()
        self.wake()
        end = self._clock.monotonic() + grace_s
        while self._active and self._clock.monotonic() < end:
            await self._clock.sleep(GRACE_POLL_S)

    @property
    def idle(self) -> bool:
        """True where nothing is under way and nothing can move without a person or a set time."""
        if self._active:
            return False
        pending = [job for job in self._ledger.pending(self._profile) if self._wanted(job)]
        if self.control.stands_still:
            return not any(
                job.wait is Wait.LOOKUP and self.control.lane.hold is None for job in pending
            )
        return not pending and not self._ready(1)

    async def probe(self) -> None:
        """Test a held connection or an open circuit now; raises CallError where it still fails."""
        await self.control.probe(self._any_workflow(), asked=True)

    # -- the loop -----------------------------------------------------------------------------

    async def _recover(self) -> None:
        now = self._clock.now()
        look_at = now + timedelta(seconds=self._rules.lookup_first_s)
        for job in self._ledger.pending(self._profile):
            if job.state is JobState.SENDING and job.job_id not in self._active:
                await self.control.store(outcomes.interrupted(job, now, look_at))

    def _pass_on(self, now: datetime) -> bool:
        """Give free places to the jobs seen next in line; False where a look is needed first."""
        if self._journal.behind is not None:
            return False
        while self._room > 0:
            if not self._next:
                return False
            place = self._next[0]
            if self.slots.stale(place.workflow_id) or not self.slots.may_send(place.workflow_id):
                return False
            if not self._send_next(self._next.popleft(), now):
                return False
        return True

    async def _step(self, now: datetime) -> datetime:
        """Look at everything; returns when to look again."""
        next_at = now + timedelta(seconds=IDLE_S)
        self.control.sync()
        if self._journal.behind is not None:
            try:
                await self._journal.settle()
            except EnvironmentProblem:
                return now + timedelta(seconds=STORE_AGAIN_S)
        if self.control.probe_due and self._work():
            work = self.control.try_again(self._any_workflow())
            self._tasks.start(work, f"probe {self._profile}")
        breaker = self.control.lane.breaker
        if breaker.state is Circuit.OPEN and breaker.until is not None and breaker.until > now:
            next_at = min(next_at, breaker.until)
        next_at = min(next_at, self._start_due(now))
        return min(next_at, await self._start_queued(now))

    def _start_due(self, now: datetime) -> datetime:
        """Start look-ups and retries whose time has come; returns when the next one is due."""
        next_at = now + timedelta(seconds=IDLE_S)
        for job in self._ledger.waiting(self._profile):
            if job.job_id in self._active:
                continue
            if not self._wanted(job):
                continue
            until = now if job.until is None else self._waits.moment(job.job_id, job.until)
            if until > now:
                next_at = min(next_at, until)
                if until != job.until:
                    self._begin(job, partial(self.control.store, outcomes.moved(job, until, now)))
            elif job.wait is Wait.LOOKUP:
                if self.control.circuit_closed and self.control.lane.hold is None:
                    self._begin(job, partial(self._lookup.look, job, self._latency_ms(job)))
            elif gate(self.control.lane, job, now) is None and self._room > 0:
                self._send(job, now)
            else:
                cooling = self.control.lane.cooling(job.workflow_id, now)
                next_at = min(next_at, cooling or next_at)
        return next_at

    async def _start_queued(self, now: datetime) -> datetime:
        """Start what may go, by priority and arrival; returns when to look again."""
        next_at = now + timedelta(seconds=IDLE_S)
        next_at = min(next_at, self._ledger.next_scheduled(self._profile, now) or next_at)
        self._next.clear()
        if self._room <= 0:
            return next_at
        limit = self._room + self._attempts.claiming + AHEAD
        line = _in_order(self._ready(limit), limit)
        blocked = {
            workflow_id: standstill(self.control.lane, workflow_id, now)
            for workflow_id in dict.fromkeys(place.workflow_id for place in line)
        }
        for why in blocked.values():
            if why is not None and why.until is not None:
                next_at = min(next_at, why.until)
        await self._count_for([name for name, why in blocked.items() if why is None])
        self.control.keep_time()
        may_go = deque(
            place
            for place in line
            if blocked[place.workflow_id] is None and place.job_id not in self._active
        )
        while may_go and self._room > 0 and not self._stopping:
            place = may_go.popleft()
            if not self.slots.may_send(place.workflow_id):
                next_at = min(next_at, now + timedelta(seconds=FULL_AGAIN_S))
            elif not self._send_next(place, now):
                next_at = now
        self._next = may_go
        self.control.set(capacity=self.slots.all())
        await self.control.save()
        return next_at

    async def _count_for(self, workflow_ids: list[str]) -> None:
        for workflow_id in workflow_ids:
            if not self.slots.stale(workflow_id):
                continue
            error = await self.slots.refresh(workflow_id)
            if error is not None and await self.control.heed(error) is not None:
                return
        self.control.tell_token()

    def _send_next(self, place: InLine, now: datetime) -> bool:
        """Send the job that stands there; False where it is no longer what it was when seen."""
        job = self._ledger.job(place.job_id)
        if job is None or job.state is not JobState.QUEUED:
            return False
        if gate(self.control.lane, job, self._clock.now()) is not None:
            return False
        self._send(job, now)
        return True

    def _send(self, job: TriggerJob, now: datetime) -> None:
        self.slots.sent(job.workflow_id, job.job_id)  # before the next job asks for a slot
        self._attempts.claiming += 1
        self._begin(job, partial(self._attempts.make, job, now))

    def _begin(self, job: TriggerJob, work: Work) -> None:
        self._active.add(job.job_id)
        self._first_check.setdefault(job.job_id, self._clock.monotonic())
        self._tasks.start(self._guarded(job, work), f"{job.label} {job.workflow_id}")

    async def _guarded(self, job: TriggerJob, work: Work) -> None:
        passed_on = False
        try:
            passed_on = (await work()) is True
        except Refusal as refusal:
            # A person decided first, or the row is not what it was: what is stored stands.
            self._hub.tell(Notice("info", str(refusal), "moved-on"))
        finally:
            self._active.discard(job.job_id)
            if not passed_on:
                self.wake()
            else:
                self._first_check.pop(job.job_id, None)
                if self._room > 0:  # else its place was passed on when its answer came
                    self._wake.set()

    # -- small things -------------------------------------------------------------------------

    @property
    def _room(self) -> int:
        return self._attempts.at_once - len(self._active)

    def _latency_ms(self, job: TriggerJob) -> float | None:
        """Since the first capacity check, on the clock that never jumps; None after a restart."""
        began = self._first_check.get(job.job_id)
        if began is None or (job.first_checked_at or job.queued_at) < self._began_at:
            return None
        return (self._clock.monotonic() - began) * 1000

    def _wanted(self, job: TriggerJob) -> bool:
        # A job for another API is not even looked for here: this one's list would prove nothing.
        asked_for = self._only is None or job.job_id in self._only
        return asked_for and job.fingerprint == self._fingerprint

    def _ready(self, limit: int) -> list[InLine]:
        now = self._clock.now()
        return self._ledger.ready(self._profile, limit, now, self._fingerprint, self._only)

    def _work(self) -> Sequence[InLine | TriggerJob]:
        return self._ready(1) or [j for j in self._ledger.pending(self._profile) if self._wanted(j)]

    def _any_workflow(self) -> str:
        now = self._clock.now()
        work = self._work() or self._ledger.ready(self._profile, 1, now, self._fingerprint)
        return next((one.workflow_id for one in work), "connection-test")


def _in_order(line: list[InLine], limit: int) -> list[InLine]:
    """The places, read up to `limit` a workflow, whose order nothing unread can change."""
    counts = Counter(place.workflow_id for place in line)
    last = {place.workflow_id: at for at, place in enumerate(line)}
    cut = (last[workflow_id] for workflow_id, count in counts.items() if count >= limit)
    return line[: min(cut, default=len(line)) + 1]
