"""Consoles that die wherever they are told, a tenant that outlives them, and what must always hold."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from console.domain.errors import CallError, EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.domain.lane import explain
from console.domain.retry import RetryRules
from console.services.commands import TriggerRequest
from console.services.events import Hub
from console.services.journal import Journal
from console.services.lane_control import Surroundings
from console.services.operator import Operator, Target
from console.services.poller import Poller
from console.services.sender import Connected, Sender
from console.services.tasks import Tasks
from tests.fakes import FixedDefinitions, FixedIds
from tests.faults.lasting_tenant import LastingTenant
from tests.faults.mortal_ledger import Death, MortalLedger
from tests.faults.virtual_time import ConsoleClock, VirtualTimeLoop

TARGET: Final = Target("demo", "print")
WORKFLOWS: Final = ("wf_a", "wf_b")
CONCURRENCY: Final = 3


class FolderLock:
    """The sender's lock; it ends with the process."""

    def __init__(self) -> None:
        self.held = False

    def acquire(self, *, block: bool = True) -> bool:
        self.held = True
        return True

    def release(self) -> None:
        self.held = False


class Model:
    """A folder, the tenant, and one console process after the other."""

    def __init__(self) -> None:
        self.loop = VirtualTimeLoop()
        self.loop.patience = lambda: 0.0
        self._run(self._begin())

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    async def _begin(self) -> None:
        self.clock = ConsoleClock()
        self.ledger = MortalLedger()
        self.tenant = LastingTenant(self.clock, self.ledger)
        self.ids = FixedIds()
        self.sent_again: dict[str, int] = {}
        self.deaths = 0
        self._awake()

    def _awake(self) -> None:
        self.ledger.death = Death()
        self.hub = Hub()
        self.tasks = Tasks()
        self.journal = Journal(self.ledger, self.tasks, self.hub)
        rules = RetryRules()
        self.around = Surroundings(
            self.ledger,
            self.journal,
            self.clock,
            self.ids,
            self.hub,
            self.tasks,
            rules,
            CONCURRENCY,
        )
        definitions = FixedDefinitions()
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=definitions,
            clock=self.clock,
            ids=self.ids,
        )
        connected = Connected(self.tenant, TARGET.fingerprint)
        self.sender = Sender(
            self.around, FolderLock(), self.ledger, lambda _: connected, definitions
        )
        self.poller = Poller(TARGET.profile, self.tenant, self.around, definitions)
        self.tasks.start(self._process(), "sender")

    async def _process(self) -> None:
        """What a window does at its start: bring the trail up to the outbox, then send."""
        with suppress(EnvironmentProblem):
            await self.journal.settle()
        await self.sender.run()

    # -- what a test does ---------------------------------------------------------------------

    def passes(self, seconds: float) -> None:
        """Let time pass; a process that dies meanwhile is followed by the next one."""
        self._run(self._lives(asyncio.sleep(seconds)))

    def steps(self, count: int) -> None:
        """Let the loop turn so often, each turn up to the next await of everybody."""
        self._run(self._lives(_turns(count)))

    def does(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """A person does something; returns its result, or why it was refused, or None."""
        return self._run(self._lives(_refusable(work())))

    def queue(self, workflow: str, key: str | None = None, priority: int = 5) -> TriggerJob | None:
        request = TriggerRequest("", workflow, {"n": 1}, priority=priority, key=key)
        job = self.does(lambda: self.operator.trigger(request, TARGET))
        self.sender.wake()
        return job if isinstance(job, TriggerJob) else None

    def dies(self) -> None:
        """Power loss now."""
        self._run(self._reborn())

    def dies_after(self, turns: int) -> None:
        """Power loss after so many turns of the loop from here: between two awaits."""
        self.loop.at_turn = (self.loop.turns + turns, self.ledger.death.now)

    def ends(self) -> None:
        """An orderly end, and the next process."""
        self.does(lambda: self.sender.stop(5.0))
        self._run(self._reborn())

    def close(self) -> None:
        self.ledger.death.now()
        self._run(self.tasks.close())
        self._run(self.tenant.close())
        self.loop.close()

    async def _lives(self, work: Coroutine[Any, Any, Any]) -> Any:
        doing = Tasks().start(work, "the test")
        dying = Tasks().start(self.ledger.death.happened.wait(), "death")
        await asyncio.wait({doing, dying}, return_when=asyncio.FIRST_COMPLETED)
        dead, result = dying.done(), None
        for task in (doing, dying):
            task.cancel()
        await asyncio.wait({doing, dying})
        if not doing.cancelled() and doing.exception() is None:
            result = doing.result()
        if dead:
            await self._reborn()
        return result

    async def _reborn(self) -> None:
        self.ledger.death.now()
        await self.tasks.close()
        self.deaths += 1
        self._awake()

    # -- what must hold -----------------------------------------------------------------------

    def jobs(self) -> list[TriggerJob]:
        return list(self.ledger.rows.values())

    def check(self) -> None:
        """What holds at every moment, whatever has just died."""
        assert self.tenant.wrongs == []
        assert self.tenant.most_at_once <= CONCURRENCY
        on_record = [*self.ledger.trail, *self.ledger.outbox]
        assert on_record == self.ledger.decided, "the trail tells another order than was decided"
        now = self.clock.now()
        for job in self.jobs():
            lane = self.sender.lane(TARGET.profile)
            assert job.ended or explain(lane, job, now).text.strip()
            instances = self.tenant.of(job.job_id)
            allowed = 1 + self.sent_again.get(job.job_id, 0)
            assert len(instances) <= allowed, (job.label, job.state, instances)
            types = [d.event_type for d in on_record if d.payload.get("jobId") == job.job_id]
            assert types[0] == "TRIGGER_QUEUED"
            assert types.count("TRIGGER_QUEUED") == 1
            assert types.count("WORKFLOW_TRIGGERED") == (job.state is JobState.ACCEPTED)
            failed = types.count("WORKFLOW_TRIGGER_FAILED")
            assert failed == 1 if job.state is JobState.FAILED else failed <= 1
            assert types.count("WORKFLOW_COMPLETED") <= 1

    def drain(self) -> None:
        """The tenant is well again and people decide by what is true: everything ends."""
        self.tenant.fates.clear()
        self.tenant.read_errors.clear()
        self.tenant.incomplete = 0
        self.ledger.full = self.ledger.trail_full = False
        for _ in range(12):
            self.does(self.operator.resume)
            self.does(lambda: self.sender.probe(TARGET.profile))
            self.sender.wake()
            self.passes(400)
            self.does(self.poller.read)
            for job in self.jobs():
                self._decide(job)
            if all(job.ended for job in self.jobs()):
                break
        self.passes(5)
        self.check()
        assert self.ledger.outbox == []
        for job in self.jobs():
            assert job.ended, (job.label, job.state, job.reason)
            instances = self.tenant.of(job.job_id)
            if job.state is JobState.ACCEPTED:
                assert job.instance_id in instances
            elif job.state is JobState.CANCELLED:
                assert instances == []

    def _decide(self, job: TriggerJob) -> None:
        if job.state is JobState.QUEUED and job.needs_person(self.clock.now()):
            self.does(lambda: self.operator.retry(job))  # grown too old to go unasked
        if job.state is not JobState.REVIEW:
            return
        instances = self.tenant.of(job.job_id)
        if instances:
            self.does(lambda: self.operator.resolve_accepted(job, instances[0]))
        else:
            self.does(lambda: self.operator.resolve_failed(job))


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def _refusable(work: Coroutine[Any, Any, Any]) -> Any:
    """Await what a person asked for; a refusal with words is an answer."""
    try:
        return await work
    except (Refusal, EnvironmentProblem, CallError) as error:
        return error
