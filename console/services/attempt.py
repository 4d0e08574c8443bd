"""One attempt: claimed on disk before the first byte, and every outcome stored as decided.

What the tenant answers to one trigger also decides how many go out at once: after a 429 one at a
time, and with each acceptance one more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from console.domain.errors import CallError, EnvironmentProblem, Refusal, Throttled, Unreadable
from console.domain.job import FoundBy, JobState, TriggerJob
from console.domain.lane import gate
from console.domain.retry import Fail, LookUp, Requeue, Review, decide, uses_attempt
from console.services import outcomes
from console.services.capacity import Slots
from console.services.events import Notice
from console.services.lane_control import STORE_AGAIN_S, LaneControl, Surroundings
from console.services.lane_state import unpaused
from console.services.ports import Started, Tenant


class Attempts:
    """The attempts of one lane; `latency_ms` tells how long a job has been on its way."""

    def __init__(
        self,
        tenant: Tenant,
        control: LaneControl,
        slots: Slots,
        around: Surroundings,
        latency_ms: Callable[[TriggerJob], float | None],
        wake: Callable[[], None],
    ) -> None:
        self._tenant = tenant
        self._control = control
        self._slots = slots
        self._journal = around.journal
        self._clock = around.clock
        self._ids = around.ids
        self._hub = around.hub
        self._rules = around.rules
        self._concurrency = around.concurrency
        self._latency_ms = latency_ms
        self._wake = wake
        self._window = around.concurrency
        self._rounds = 0
        self._judging = 0
        self._storing = 0
        self._posting = 0
        self._moved = asyncio.Event()
        self.claiming = 0
        self.stopping = False

    @property
    def at_once(self) -> int:
        """How many jobs may be under way together just now.

        One that has its yes and only waits for the disk leaves its place to the next; no more of
        them than places, so that a slow disk slows sending down. Half as many as there are places
        may be claimed ahead, so that a place that gets free is taken at once.
        """
        if self._judging:
            return 0
        return self._window + self._window // 2 + min(self._storing, self._concurrency)

    def stop(self) -> None:
        """Send nothing more; what is claimed and not yet sent goes back into the queue."""
        self.stopping = True
        self._moved.set()

    async def make(self, job: TriggerJob, now: datetime) -> bool:
        """Claim `job`, send it once and store the outcome; its slot is taken already.

        True where it was accepted: its place was passed on when the answer came.
        """
        may_run = accepted = False
        try:
            claimed = await self._claimed_and_placed(job, now)
            if claimed is None:
                return False
            may_run = True
            began = self._clock.monotonic()
            try:
                started = await self._start(claimed)
            except CallError as error:
                may_run = await self._after_error(claimed, error)
            else:
                await self._accepted(claimed, started, (self._clock.monotonic() - began) * 1000)
                accepted = True
        finally:
            self._slots.ended(job.workflow_id, job.job_id, may_run=may_run)
            self._control.tell_token()
        return accepted

    async def _start(self, claimed: TriggerJob) -> Started:
        self._posting += 1
        try:
            return await self._tenant.start(claimed.payload, claimed.job_id)
        finally:
            self._posting -= 1
            self._moved.set()

    async def _claimed_and_placed(self, job: TriggerJob, now: datetime) -> TriggerJob | None:
        """Claim `job` and wait for its place; None where it is not to be sent now."""
        try:
            claimed = await self._claim(job, now)
        finally:
            self.claiming -= 1
        if claimed is None:
            return None
        waited = self._posting >= self._window or self._judging > 0
        if waited:
            await self._place()
        now = self._clock.now()
        why = self._against(claimed, now, afresh=waited)
        if not why:
            return claimed
        step = Requeue(why, "not-sent", now, "none")
        counts = claimed.thrown_back_since is not None  # this neither begins nor ends that time
        await self._control.store(outcomes.thrown_back(claimed, step, now, counts=counts))
        return None

    def _against(self, claimed: TriggerJob, now: datetime, *, afresh: bool) -> str:
        """What stands against sending a claimed job after all; empty for nothing.

        `afresh` asks also what other processes have stored since it was claimed.
        """
        if self.stopping or self._journal.behind is not None:
            return "The console stopped before sending"
        try:
            if afresh:
                self._control.sync()
        except EnvironmentProblem as error:
            return f"Not sent: {error}"
        why = gate(self._control.lane, claimed, now)
        return "" if why is None else f"Not sent: {why.text}"

    async def _place(self) -> None:
        """Wait until one more may be on its way."""
        while (self._posting >= self._window or self._judging) and not self.stopping:
            self._moved.clear()
            await self._moved.wait()

    async def _claim(self, job: TriggerJob, now: datetime) -> TriggerJob | None:
        """Store *sending* before the first byte; None where it could not be stored.

        A pause or stopped line that any process stored before refuses it, in one transaction.
        """
        if job.approval_required and job.approved_digest != job.payload.digest(job.salt):
            await self._disapprove(job, now)
            return None
        claim = job.move(
            JobState.SENDING,
            now,
            attempts=job.attempts + 1,
            attempt_started_at=self._tenant.server_time(self._clock.now()),
            first_checked_at=job.first_checked_at or now,
            reason="Sending now",
            reason_code="sending",
        )
        text = f"Attempt {claim.attempts} of {claim.max_attempts}"
        told = outcomes.event(claim, now, "attempt", text, attempt=claim.attempts)
        try:
            write = replace(outcomes.change(job, claim, told), when=unpaused(job.profile))
            return await self._journal.job(write)
        except Refusal:
            return None  # what was decided meanwhile stands, and the next look sees it
        except EnvironmentProblem as error:
            self._hub.tell(Notice("error", f"Sending has stopped: {error}", "not-stored"))
            await self._clock.sleep(STORE_AGAIN_S)
            return None

    async def _disapprove(self, job: TriggerJob, now: datetime) -> None:
        """What was approved is not what would be sent: it needs an approval of its own."""
        why = "The request is not the one that was approved; it needs another approval"
        after = replace(job, approved_by=None, approved_digest=None, approved_at=None, reason=why)
        told = outcomes.event(after, now, "disapproved", why)
        await self._control.store(outcomes.change(job, after, told))

    async def _accepted(self, job: TriggerJob, started: Started, api_ms: float) -> None:
        self._control.answered()
        self._rounds = 0
        self._window = min(self._window + 1, self._concurrency)
        write = outcomes.accepted(
            job,
            started.instance_id,
            started.status,
            FoundBy.ANSWER,
            self._clock.now(),
            latency_ms=self._latency_ms(job),
            api_ms=api_ms,
        )
        self._storing += 1
        self._wake()
        try:
            await self._control.store(write)
        finally:
            self._storing -= 1

    async def _after_error(self, job: TriggerJob, error: CallError) -> bool:
        """Store what follows from a failed call; returns whether the trigger may run all the same."""
        now = self._clock.now()
        self._control.keep_time()
        cooling = self._control.lane.cooldown_until
        if cooling is None or now >= cooling:
            self._rounds += 1
        job = self._since(outcomes.with_error(job, error), job.thrown_back_since)
        step = decide(error, job, now, max(self._rounds, 1), self._ids.jitter(), self._rules)
        self._control.count_failure(error)
        if isinstance(step, Requeue):
            await self._throw_back(job, error, step, now)
        elif isinstance(step, LookUp):
            job = job.evolve(answered_ok=isinstance(error, Unreadable))
            write = outcomes.look_up(job, step, now)
            if not self._tenant.capabilities.list:
                why = f"{step.reason}. This connection cannot list instances"
                write = outcomes.review(job, Review(why, step.code), now)
            await self._control.store(write)
        else:
            assert isinstance(step, Fail)
            if step.hold:
                await self._control.hold(step.hold, step.reason)
            latency_ms = self._latency_ms(job)
            await self._control.store(outcomes.failed(job, step, now, latency_ms=latency_ms))
        await self._control.save()
        return isinstance(step, LookUp)

    async def _throw_back(
        self, job: TriggerJob, error: CallError, step: Requeue, now: datetime
    ) -> None:
        full = step.scope == "full"
        self._control.waits.moment(f"thrown {job.job_id}", step.at)
        if isinstance(error, Throttled) and not step.hold:
            self._judging += 1  # nothing goes out before it is known whose cool-down this is
            await self._slots.refresh(job.workflow_id)
            self._judging -= 1
            self._moved.set()
            full = self._slots.full(job.workflow_id)
            now = self._clock.now()
            step = replace(step, at=self._control.waits.moment(f"thrown {job.job_id}", step.at))
        if full:
            self._slots.say_full(job.workflow_id)
        if step.hold:
            await self._control.hold(step.hold, step.reason)
        elif step.at > now:
            self._control.cool_down(step, now, job.workflow_id if full else None)
            if not full:
                self._window = 1
        counts = not full and not step.hold
        if counts:
            job = self._since(job, job.thrown_back_since or now)
        assert not uses_attempt(error)
        await self._control.store(outcomes.thrown_back(job, step, now, counts=counts))

    def _since(self, job: TriggerJob, since: datetime | None) -> TriggerJob:
        """The job with the begin of its being thrown back as the wall clock shows it now."""
        if since is None:
            return job
        at = self._control.waits.moment(f"since {job.job_id}", since)
        return job.evolve(thrown_back_since=at)
