"""Looks for the instance of a job whose outcome nobody knows, before any resend.

The listing goes back to five minutes before the attempt, on the server's clock, without a status
filter; the instance is known by our `consoleJobId`. Only two complete listings prove absence.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from console.domain.errors import CallError, NotSent
from console.domain.job import FoundBy, TriggerJob
from console.domain.retry import Fail, LookUp, Next, RetryAt, RetryRules, Review, after_look
from console.services import outcomes
from console.services.lane_control import LaneControl
from console.services.ports import Clock, Ids, Tenant, Write

LOOKBACK: Final = timedelta(minutes=5)


class Lookup:
    """Reads the tenant's list for one job and stores what follows from it."""

    def __init__(
        self, tenant: Tenant, control: LaneControl, clock: Clock, ids: Ids, rules: RetryRules
    ) -> None:
        self._tenant = tenant
        self._control = control
        self._clock = clock
        self._ids = ids
        self._rules = rules

    async def look(self, job: TriggerJob, latency_ms: float | None) -> None:
        """Do look number `job.look`; stores accepted, the next look, a retry, review or failed."""
        since = job.attempt_started_at or job.queued_at
        try:
            listing = await self._tenant.listing(job.workflow_id, back_to=since - LOOKBACK)
        except CallError as error:
            self._control.count_failure(error)
            if not await self._postponed(job, error):
                await self._not_found(job, latency_ms, absent=False, error=error)
            return
        self._control.answered()
        now = self._clock.now()
        found = [item for item in listing.instances if item.job_id == job.job_id]
        ids = tuple(dict.fromkeys(item.instance_id for item in found))
        if len(ids) > 1:
            await self._control.store(outcomes.doubled(job, ids, now))
        elif ids:
            status = found[0].status
            write = outcomes.accepted(
                job, ids[0], status, FoundBy.LOOKUP, now, latency_ms=latency_ms
            )
            await self._control.store(write)
        else:
            absent = listing.complete and self._tenant.capabilities.complete_listing
            text = f"Look {job.look}: not among {len(listing.instances)} listed instances"
            await self._not_found(job, latency_ms, absent=absent, text=text)

    async def _postponed(self, job: TriggerJob, error: CallError) -> bool:
        """Put this look off where it was not made: what nobody was asked proves nothing."""
        now = self._clock.now()
        step = await self._control.heed(error)
        if step is not None and step.hold:
            return True  # it is due at once when a person has mended the connection
        if step is not None:
            at = step.at
        elif isinstance(error, NotSent):
            at = now + timedelta(seconds=self._rules.lookup_second_s)
        else:
            return False
        again = LookUp(at, job.look, job.reason, job.reason_code)
        looked = outcomes.event(job, now, "put-off", f"Look {job.look} was put off: {error}")
        await self._control.store(outcomes.preceded(outcomes.look_up(job, again, now), looked))
        return True

    async def _not_found(
        self,
        job: TriggerJob,
        latency_ms: float | None,
        *,
        absent: bool,
        text: str = "",
        error: CallError | None = None,
    ) -> None:
        now = self._clock.now()
        text = text or f"Look {job.look}: {error}"
        jitter = self._ids.jitter()
        step = after_look(job, absent=absent, now=now, jitter=jitter, rules=self._rules)
        if error is not None and isinstance(step, Review):
            step = replace(step, reason=f"{step.reason}. {error}")
        looked = outcomes.event(job, now, "looked", text, absent=absent)
        write = _write(job, step, absent=absent, latency_ms=latency_ms, clock=self._clock)
        await self._control.store(outcomes.preceded(write, looked))


def _write(
    job: TriggerJob, step: Next, *, absent: bool, latency_ms: float | None, clock: Clock
) -> Write:
    now = clock.now()
    if isinstance(step, LookUp):
        return outcomes.look_up(job, step, now, absent=absent)
    if isinstance(step, RetryAt):
        return outcomes.retry_at(job, step, now)
    if isinstance(step, Review):
        return outcomes.review(job, step, now)
    assert isinstance(step, Fail)
    return outcomes.failed(job, step, now, latency_ms=latency_ms, found_by=FoundBy.LOOKUP)
