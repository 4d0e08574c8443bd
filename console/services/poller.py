"""Reads the instances without overlap, slower when hidden or failing, and notes what ended.

A reading is each known workflow's newest page; where that is not everything, its running ones as
well. Our own jobs whose instance is not among them are read one by one, a few each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from console.domain.errors import CallError, EnvironmentProblem, Refusal
from console.domain.instance import RUNNING, Instance
from console.domain.job import FoundBy, JobState, Standing, TriggerJob
from console.domain.retry import backoff
from console.services import outcomes
from console.services.events import InstancesRead, InstancesUnread, TokenChanged
from console.services.lane_control import Surroundings
from console.services.ports import Definitions, Tenant, Write

PAGE: Final = 100
SINGLES: Final = 20
A_TURN: Final = 8
KEEP_ENDED: Final = timedelta(minutes=15)
EXPECT_LATE: Final = timedelta(hours=24)
"""How long a list is read for the instance of a job that ended without anybody knowing."""
SLOWEST_S: Final = 60.0
LATE: Final = frozenset({JobState.WAITING, JobState.REVIEW, JobState.FAILED})
"""States in which an instance that is seen after all makes the job accepted."""


@dataclass(frozen=True)
class Pace:
    """How often the instances are read: every `seconds`; `paused` not at all."""

    seconds: float = 3.0
    paused: bool = False
    visible: bool = True

    def delay(self, failures: int, jitter: float) -> float:
        """Seconds to the next reading: four times slower unseen, backing off while failing."""
        plain = self.seconds if self.visible else self.seconds * 4
        if failures == 0:
            return plain
        return max(plain, backoff(failures, plain, SLOWEST_S, jitter))


class Poller:
    """Keeps one profile's instances fresh and turns what it sees into records.

    Jobs that were made for another API than `fingerprint` names (empty: not known) are left
    alone: an instance here may bear the id of theirs there.
    """

    def __init__(
        self,
        profile: str,
        tenant: Tenant,
        around: Surroundings,
        definitions: Definitions,
        pace: Pace | None = None,
        *,
        fingerprint: str = "",
    ) -> None:
        self._profile = profile
        self._tenant = tenant
        self._around = around
        self._definitions = definitions
        self._pace = pace or Pace()
        self._fingerprint = fingerprint
        self._wake = asyncio.Event()
        self._failures = 0
        self._ended: dict[str, tuple[datetime, Instance]] = {}
        self._turn = 0
        self._token_told: datetime | None = None

    def set_pace(self, pace: Pace) -> None:
        """Take over another pace at once."""
        self._pace = pace
        self._wake.set()

    def wake(self) -> None:
        """Read again now, unless paused."""
        self._wake.set()

    async def run(self) -> None:
        """Read until cancelled; a failed reading is told and tried again later."""
        while True:
            self._wake.clear()
            if not self._pace.paused:
                await self.read()
            delay = self._pace.delay(self._failures, self._around.ids.jitter())
            await self._around.clock.wait(self._wake, 3600.0 if self._pace.paused else delay)

    async def read(self) -> bool:
        """Do one reading, tell it, and store what ended; returns whether it succeeded."""
        try:
            found, slots = await self._read_all()
        except (CallError, EnvironmentProblem) as error:
            self._failures += 1
            self._around.hub.tell(InstancesUnread(str(error), self._around.clock.now()))
            return False
        self._failures = 0
        self._tell_token()
        now = self._around.clock.now()
        try:
            await self._note(found, now)
        except EnvironmentProblem as error:
            self._around.hub.tell(InstancesUnread(str(error), now))
        self._keep_ended(found, now)
        shown = {key: item for key, (_, item) in self._ended.items()} | found
        self._around.hub.tell(InstancesRead(tuple(shown.values()), slots, now))
        return True

    async def _read_all(self) -> tuple[dict[str, Instance], dict[str, tuple[int | None, int]]]:
        found: dict[str, Instance] = {}
        slots: dict[str, tuple[int | None, int]] = {}
        limits = {item.workflow_id: item.limit for item in self._definitions.all()}
        jobs = self._uncompleted()
        late = unsettled(self._around, self._profile)
        for workflow_id in dict.fromkeys([*limits, *(job.workflow_id for job in jobs), *late]):
            page = await self._tenant.page(workflow_id, page_size=PAGE)
            instances = page.instances
            if not page.complete:
                running = await self._tenant.listing(workflow_id, status=RUNNING)
                instances = (*instances, *running.instances)
            found.update((item.instance_id, item) for item in instances)
            count = sum(1 for item in found.values() if _takes_slot(item, workflow_id))
            slots[workflow_id] = (count, limits.get(workflow_id, self._around.default_limit))
        await self._read_singles(jobs, found)
        return found, slots

    def _uncompleted(self) -> list[Standing]:
        return self._of_here(self._around.ledger.uncompleted(self._profile))

    def _of_here(self, jobs: Iterable[Standing]) -> list[Standing]:
        return [
            job
            for job in jobs
            if job.profile == self._profile and self._fingerprint in ("", job.fingerprint)
        ]

    async def _read_singles(self, jobs: list[Standing], found: dict[str, Instance]) -> None:
        missing = [job for job in jobs if job.instance_id and job.instance_id not in found]
        if not missing:
            return
        start = self._turn % len(missing)
        self._turn = start + SINGLES
        for job in (missing[start:] + missing[:start])[:SINGLES]:
            assert job.instance_id is not None
            instance = await self._tenant.get(job.instance_id)
            if instance is not None:
                found[instance.instance_id] = instance

    async def _note(self, found: dict[str, Instance], now: datetime) -> None:
        """Store completions, and jobs whose instance was found late."""
        journal = self._around.journal
        writes = {job.job_id: write for job, write in self._late(found, now)}
        for job in self._ended_now(found):
            # Two changes of one job would exclude each other: its end is noted next time.
            if job.job_id not in writes:
                instance = found[job.instance_id or ""]
                writes[job.job_id] = outcomes.completed(job, instance, now)
            if len(writes) % A_TURN == 0:
                await asyncio.sleep(0)  # the window works on the same loop
        for result in await asyncio.gather(
            *(journal.write(write) for write in writes.values()), return_exceptions=True
        ):
            if isinstance(result, BaseException) and not isinstance(result, Refusal):
                raise result

    def _late(
        self, found: dict[str, Instance], now: datetime
    ) -> Iterator[tuple[TriggerJob, Write]]:
        """Jobs of which an instance is seen after all, or more than one, and what that changes."""
        for standing, ours in self._of_our_jobs(found):
            ids = tuple(sorted(item.instance_id for item in ours))
            doubled = len(ids) > 1 and not self._told_doubled(standing.job_id, ids)
            late = standing.state in LATE and standing.reason_code != "doubled"
            job = self._around.ledger.job(standing.job_id) if doubled or late else None
            if job is None:
                continue
            if doubled:
                yield job, outcomes.doubled(job, ids, now)
            elif job.state in LATE:
                first = ours[0]
                found_by = FoundBy.LOOKUP
                yield job, outcomes.accepted(job, first.instance_id, first.status, found_by, now)

    def _ended_now(self, found: dict[str, Instance]) -> Iterator[TriggerJob]:
        """Accepted jobs whose instance has ended and is not yet noted as such."""
        for standing in self._uncompleted():
            instance = found.get(standing.instance_id or "")
            if instance is not None and instance.ended:
                job = self._around.ledger.job(standing.job_id)
                if job is not None and job.completed_at is None:
                    yield job

    def _tell_token(self) -> None:
        expires_at = self._tenant.token.expires_at
        if expires_at != self._token_told:
            self._token_told = expires_at
            self._around.hub.tell(TokenChanged(expires_at))

    def _of_our_jobs(self, found: dict[str, Instance]) -> list[tuple[Standing, list[Instance]]]:
        by_job: dict[str, list[Instance]] = {}
        for instance in found.values():
            if instance.job_id is not None:
                by_job.setdefault(instance.job_id, []).append(instance)
        jobs = self._around.ledger.standings(by_job)
        return [(job, by_job[job.job_id]) for job in self._of_here(jobs)]

    def _told_doubled(self, job_id: str, ids: tuple[str, ...]) -> bool:
        told = self._around.ledger.value(outcomes.doubled_key(job_id))
        return told == outcomes.doubled_value(ids)

    def _keep_ended(self, found: dict[str, Instance], now: datetime) -> None:
        for key, item in found.items():
            if item.ended:
                since = self._ended[key][0] if key in self._ended else now
                self._ended[key] = (since, replace(item))
        self._ended = {k: v for k, v in self._ended.items() if now - v[0] < KEEP_ENDED}


def unsettled(around: Surroundings, profile: str) -> list[str]:
    """Workflows whose list may yet show an instance of a job that nobody knows to run."""
    return around.ledger.unsettled(profile, around.clock.now() - EXPECT_LATE)


def _takes_slot(instance: Instance, workflow_id: str) -> bool:
    return instance.workflow_id == workflow_id and instance.status == RUNNING
