"""The one sender of a data folder: a lane for each profile that has jobs, and who may be it.

Whoever holds `sender.lock` sends; the others read, queue, and take over when it ends. Changes of
other processes are noticed by the database's change counter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Final, Protocol

from console.domain.errors import BadInput, EnvironmentProblem, NotFound
from console.domain.job import JobState, Wait
from console.domain.lane import Lane
from console.services.custody import LONG_CLOSED, Custody
from console.services.events import JobsReloaded, JobsWaited, Notice, SenderChanged
from console.services.far_probe import FarProbes
from console.services.lane_control import Surroundings
from console.services.lane_runner import LaneRunner
from console.services.lane_state import stored_lane
from console.services.ports import Definitions, Tenant
from console.services.waits import JumpWatch

WATCH_S: Final = 0.5
CLOSE_S: Final = 60.0
"""Longer than any request: a lane whose profile was edited ends what it began."""


@dataclass(frozen=True)
class Connected:
    """An open connection: the tenant and the fingerprint of its API."""

    tenant: Tenant
    fingerprint: str


class Lock(Protocol):
    """A lock between processes."""

    @property
    def held(self) -> bool: ...
    def acquire(self, *, block: bool = True) -> bool: ...
    def release(self) -> None: ...


class ChangeCounter(Protocol):
    """Tells whether another process changed the database since it was asked.

    Asked where the ledger writes.
    """

    def changed(self) -> bool: ...


Connect = Callable[[str], Connected]
"""The open connection of a profile, another one after an edit; asked again and again, not slow.

Raises BadInput, EnvironmentProblem or NotFound in words.
"""


class Sender:
    """Runs the lanes; `profiles` None means every profile that has unfinished jobs."""

    def __init__(
        self,
        around: Surroundings,
        lock: Lock,
        counter: ChangeCounter,
        connect: Connect,
        definitions: Definitions,
        *,
        custody: Custody | None = None,
        only: frozenset[str] | None = None,
        asks: bool = False,
    ) -> None:
        """`only` narrows it to these jobs; `asks`: a long closed time with jobs waiting is a
        question to the operator.
        """
        self._custody = custody
        self._asks = asks
        self._question = ""
        self._around = around
        self._lock = lock
        self._counter = counter
        self._connect = connect
        self._definitions = definitions
        self._only = only
        self._lanes: dict[str, LaneRunner] = {}
        self._limits: dict[str, int] = {}
        self._troubles: dict[str, str] = {}
        self._closing: set[str] = set()
        self._here: bool | None = None
        self._commits = 0
        self._far_probes = FarProbes(around, self.probe)
        self._jumps = JumpWatch(around.clock)
        self._stopping = asyncio.Event()
        self._looked = asyncio.Event()

    @property
    def here(self) -> bool:
        """True while this process is the sender of the folder."""
        return self._lock.held

    @property
    def settled(self) -> bool:
        """True once it is known who sends, and every lane of ours has looked at its jobs."""
        return self._here is not None and all(r.looked for r in self._lanes.values())

    @property
    def troubles(self) -> dict[str, str]:
        """Profiles whose connection could not be opened, and why."""
        return dict(self._troubles)

    def lane(self, profile: str) -> Lane:
        """The profile's lane as this process or, where another sends, as that one stored it."""
        runner = self._lanes.get(profile)
        if runner is not None:
            return runner.control.lane
        lane = stored_lane(self._around.ledger, profile)
        trouble = self._troubles.get(profile)
        return lane.evolve(trouble=trouble) if trouble else lane

    def wake(self) -> None:
        """Look again now, in every lane, and for profiles that are new."""
        self._looked.set()
        self._wake_lanes()

    def _wake_lanes(self) -> None:
        for runner in self._lanes.values():
            runner.wake()

    async def run(self) -> None:
        """Become the sender as soon as it is free, and send until stopped."""
        while not self._stopping.is_set():
            self._looked.clear()
            try:
                await self._take_over()
                await self._look()
                await self._catch_up()
                if self._jumps.jumped():  # what waits for a time of day may be due
                    self._wake_lanes()
            except EnvironmentProblem as error:  # the queue cannot be read just now
                self._around.hub.tell(Notice("error", str(error), "not-read"))
            await self._around.clock.wait(self._looked, WATCH_S)

    async def _catch_up(self) -> None:
        """Bring a trail that fell behind up to date, also where no lane is left that would."""
        journal = self._around.journal
        if journal.behind is not None:
            with suppress(EnvironmentProblem):  # `behind` has told why, and still does
                await journal.settle()

    async def stop(self, grace_s: float = 5.0) -> None:
        """Finish what is under way (at most `grace_s` seconds), then let another process send."""
        self._stopping.set()
        self._looked.set()
        runners = list(self._lanes.values())
        await asyncio.gather(*(runner.stop(grace_s) for runner in runners))
        await self._around.journal.drained()
        self._lock.release()

    def idle(self) -> bool:
        """True where no job of any profile can move without a person or a scheduled time."""
        for profile in self._around.ledger.profiles():
            if profile not in self._lanes and self._may_move(profile):
                return False
        return all(runner.idle for runner in self._lanes.values())

    def _may_move(self, profile: str) -> bool:
        """True where a job may move in a lane that is another process's, or not open yet."""
        if profile in self._troubles:
            return False
        lane, ledger = self.lane(profile), self._around.ledger
        pending = [job for job in ledger.pending(profile) if lane.leads_to(job)]
        if lane.pause is None and lane.hold is None:
            now = self._around.clock.now()
            return bool(pending or ledger.ready(profile, 1, now, lane.fingerprint or None))
        looks = lane.hold is None
        return any(
            job.state is JobState.SENDING or (looks and job.wait is Wait.LOOKUP) for job in pending
        )

    async def probe(self, profile: str) -> None:
        """Test a held connection or an open circuit now; raises CallError where it still fails."""
        self._troubles.pop(profile, None)
        self._open_lane(profile)
        runner = self._lanes.get(profile)
        if runner is None:
            raise EnvironmentProblem(self._troubles.get(profile, "Another process is the sender."))
        await runner.probe()

    def tenant(self, profile: str) -> Tenant | None:
        """The open connection of a lane, or None."""
        runner = self._lanes.get(profile)
        return None if runner is None else runner.tenant

    async def _look(self) -> None:
        if self.here:
            self._open_lanes()
            self._take_limits()
            self._far_probes.look()
        journal = self._around.journal
        elsewhere = await journal.ask(self._counter.changed)
        if elsewhere:
            self._around.hub.tell(JobsReloaded())
        if elsewhere or journal.commits != self._commits:
            self._commits = journal.commits
            self._wake_lanes()

    def _connected(self, profile: str) -> Connected | None:
        try:
            connected = self._connect(profile)
        except (BadInput, EnvironmentProblem, NotFound) as error:
            if self._troubles.get(profile) != str(error):
                self._troubles[profile] = str(error)
                self._around.hub.tell(Notice("error", str(error), "no-connection"))
            return None
        self._troubles.pop(profile, None)
        return connected

    async def _close_lane(self, profile: str, runner: LaneRunner) -> None:
        """Finish what is under way to the old address; the next look opens the new one."""
        await runner.stop(CLOSE_S)
        del self._lanes[profile]
        self._closing.discard(profile)
        self.wake()

    def answer(self) -> None:
        """The operator has decided about what waited: lanes go on."""
        self._question = ""
        for runner in self._lanes.values():
            runner.control.set(question="")
        self.wake()

    async def _take_over(self) -> None:
        if not self._lock.held and self._lock.acquire(block=False):
            closed = None if self._custody is None else await self._custody.take()
            if self._asks and closed is not None and closed > LONG_CLOSED:
                self._ask(closed)
        elif self._lock.held and self._custody is not None:
            await self._custody.alive()
        if self._here != self._lock.held:
            self._here = self._lock.held
            self._around.hub.tell(SenderChanged(self._lock.held))

    def _ask(self, closed: timedelta) -> None:
        counts = self._around.ledger.counts_by_state()
        waiting = counts.get(JobState.QUEUED, 0) + counts.get(JobState.WAITING, 0)
        if waiting:
            self._question = "The console was closed for long; say what to do with what waited"
            self._around.hub.tell(JobsWaited(waiting, closed.total_seconds()))

    def _open_lanes(self) -> None:
        for profile in self._around.ledger.profiles():
            if self._only is None or profile in self._only_profiles:
                self._open_lane(profile)

    @cached_property
    def _only_profiles(self) -> frozenset[str]:
        jobs = (self._around.ledger.job(job_id) for job_id in self._only or ())
        return frozenset(job.profile for job in jobs if job is not None)

    def _take_limits(self) -> dict[str, int]:
        """The limits of the definitions as they are now; lanes that run follow a change."""
        limits = {w.workflow_id: w.limit for w in self._definitions.all()}
        if limits != self._limits:
            self._limits = limits
            for runner in self._lanes.values():
                runner.slots.set_limits(limits)
                runner.wake()
        return limits

    def _open_lane(self, profile: str) -> None:
        if profile in self._closing or not self.here:
            return
        connected = self._connected(profile)
        runner = self._lanes.get(profile)
        if runner is not None:
            if connected is None or runner.tenant is not connected.tenant:  # removed, or edited
                self._closing.add(profile)
                self._around.tasks.start(self._close_lane(profile, runner), f"close {profile}")
            return
        if connected is None:
            return
        runner = LaneRunner(
            profile, connected.fingerprint, connected.tenant, self._around, only=self._only
        )
        runner.control.set(question=self._question)
        runner.slots.set_limits(self._take_limits())
        self._lanes[profile] = runner
        self._around.tasks.start(runner.run(), f"lane {profile}")
