"""Looks for the instance of a job whose outcome nobody knows, before any resend.

The listing goes back to five minutes before the attempt, on the server's clock, without a status
filter; the instance is known by our `consoleJobId`. Only two complete listings prove absence, and
none in which an instance that may be ours goes without its metadata.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from console.domain.errors import CallError, NotSent
from console.domain.instance import Instance
from console.domain.job import FoundBy, TriggerJob
from console.domain.retry import Fail, LookUp, Next, RetryAt, RetryRules, Review, after_look
from console.domain.wire_json import as_floats
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
                text = f"Look {job.look}: {error}"
                await self._not_found(job, latency_ms, absent=False, text=text, doubt=str(error))
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
            nameless = sum(_may_be(item, job, since) for item in listing.instances)
            absent = listing.complete and self._tenant.capabilities.complete_listing
            text = f"Look {job.look}: not among {len(listing.instances)} listed instances"
            doubt = f"{nameless} may be it: the list leaves out their metadata"
            await self._not_found(
                job,
                latency_ms,
                absent=absent and not nameless,
                text=f"{text}; {doubt}" if nameless else text,
                doubt=f"Of the listed instances {doubt}" if nameless else "",
            )

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
        text: str,
        doubt: str,
    ) -> None:
        now = self._clock.now()
        jitter = self._ids.jitter()
        step = after_look(job, absent=absent, now=now, jitter=jitter, rules=self._rules)
        if doubt and isinstance(step, Review):
            step = replace(step, reason=f"{step.reason}. {doubt}")
        looked = outcomes.event(job, now, "looked", text, absent=absent)
        write = _write(job, step, absent=absent, latency_ms=latency_ms, clock=self._clock)
        await self._control.store(outcomes.preceded(write, looked))


def _may_be(item: Instance, job: TriggerJob, since: datetime) -> bool:
    """True for an instance without a word on its metadata that nothing else tells from ours."""
    return (
        not item.metadata_told
        and (not item.workflow_id or item.workflow_id == job.workflow_id)
        and (not item.context or dict(item.context) == as_floats(dict(job.payload.context)))
        and (item.started_at is None or item.started_at >= since - LOOKBACK)
    )


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
