"""A console that dies wherever it is told, a tenant that outlives it, and what must always hold."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from console.domain.errors import (
    CallError,
    CertificateRefused,
    EnvironmentProblem,
    NotSent,
    Refusal,
    Rejected,
    SignInRefused,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)
from console.domain.instance import Instance, Listing
from console.domain.job import JobState, TriggerJob
from console.domain.lane import explain
from console.domain.payload import JOB_ID_KEY, TriggerPayload
from console.domain.retry import RetryRules
from console.services.commands import TriggerRequest
from console.services.events import Hub
from console.services.journal import Journal
from console.services.lane_control import Surroundings
from console.services.operator import Operator, Target
from console.services.poller import Poller
from console.services.ports import Capabilities, Counted, Started, TokenLife, TrailBehind, Write
from console.services.sender import Connected, Sender
from console.services.tasks import Tasks
from tests.fake_ledger import MemoryLedger
from tests.fakes import FixedDefinitions, FixedIds
from tests.faults.virtual_time import ConsoleClock, VirtualTimeLoop

TARGET: Final = Target("demo", "print")
WORKFLOWS: Final = ("wf_a", "wf_b")
CONCURRENCY: Final = 3
ENDS: Final = ("WORKFLOW_TRIGGERED", "WORKFLOW_TRIGGER_FAILED")


class Crash(BaseException):
    """The process is gone: no clean-up, no last word."""


class Death:
    """Decides where the process dies; after that nothing of it reaches disk or tenant."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()
        self.points: list[str] = []
        self._at: int | None = None

    def plan(self, points: int) -> None:
        """Die at that crash point from here, counted from 1."""
        self._at = len(self.points) + points

    def now(self) -> None:
        self.happened.set()

    def reach(self, point: str) -> None:
        """Go past a crash point, alive; a dead process never does."""
        if self.happened.is_set():
            raise Crash(point)
        self.points.append(point)
        if self._at is not None and len(self.points) >= self._at:
            self.happened.set()
            raise Crash(point)


class MortalLedger(MemoryLedger):
    """The queue in memory, with a crash point on both sides of every step to the disk.

    `decided` is what was ever put on record, in the order in which it was decided.
    """

    def __init__(self) -> None:
        super().__init__()
        self.death = Death()
        self.decided: list[Any] = []

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        self.death.reach("before the commit")
        if self.full:
            raise EnvironmentProblem("The disk is full: nothing was stored.")
        results: list[TriggerJob | Exception | None] = []
        for write in writes:
            try:
                results.append(self._apply(write))
            except Refusal as error:
                results.append(error)
            else:
                self.decided += write.records
        self.death.reach("stored, not yet in the trail")
        try:
            self._append()
        except EnvironmentProblem as error:
            raise TrailBehind(str(error), results) from error
        self.death.reach("in the trail, not yet told")
        return results

    def settle(self) -> tuple[str, ...]:
        self.death.reach("before the trail is settled")
        self._append()
        self.death.reach("after the trail was settled")
        return ()

    def _append(self) -> None:
        while self.outbox:
            if self.trail_full:
                raise EnvironmentProblem("The trail cannot be written: disk full.")
            self.trail.append(self.outbox.pop(0))

    def changed(self) -> bool:
        return False


@dataclass(frozen=True)
class Fate:
    """What the tenant does with one start: instances that it makes, how late, and its answer."""

    name: str
    copies: int = 1
    error: Callable[[], CallError] | None = None
    late_s: float = 0.0


FATES: Final = {
    fate.name: fate
    for fate in (
        Fate("taken"),
        Fate("taken slowly", late_s=4.0),
        Fate("made, then cut", 1, lambda: Unknown("cut")),
        Fate("made late, after the cut", 1, lambda: Unknown("cut"), 4.0),
        Fate("cut", 0, lambda: Unknown("cut")),
        Fate("503", 0, lambda: Unknown("503", status=503)),
        Fate("503 all the same", 1, lambda: Unknown("503", status=503)),
        Fate("yes without an id", 1, lambda: Unreadable("200", status=200)),
        Fate("yes without an instance", 0, lambda: Unreadable("200", status=200)),
        Fate("429", 0, lambda: Throttled("429", retry_after=3.0)),
        Fate("429 for an hour", 0, lambda: Throttled("429", retry_after=3600.0)),
        Fate("full", 0, lambda: WorkflowFull("full", status=409)),
        Fate("refused connection", 0, lambda: NotSent("refused")),
        Fate("refused sign-in", 0, lambda: SignInRefused("no", status=401)),
        Fate("expired certificate", 0, lambda: CertificateRefused("expired")),
        Fate("403", 0, lambda: Unauthorized("403", status=403)),
        Fate("422", 0, lambda: Rejected("422", status=422)),
    )
}
READ_ERRORS: Final[dict[str, Callable[[], CallError]]] = {
    "500": lambda: Unknown("500", status=500),
    "429": lambda: Throttled("429", retry_after=2.0),
    "refused connection": lambda: NotSent("refused"),
    "refused sign-in": lambda: SignInRefused("no", status=401),
    "403": lambda: Unauthorized("403", status=403),
}


class LastingTenant:
    """The tenant: what it has taken it carries out, whether or not the console still lives.

    `twice` collects starts of a job that nobody may send: seen here, because only the tenant
    knows what really arrived.
    """

    def __init__(self, clock: ConsoleClock, ledger: MortalLedger) -> None:
        self._clock = clock
        self._ledger = ledger
        self._work = Tasks()
        self.fates: deque[Fate] = deque()
        self.read_errors: deque[CallError] = deque()
        self.incomplete = 0
        self.instances: dict[str, Instance] = {}
        self.coming = 0
        self.wrongs: list[str] = []
        self.most_at_once = 0
        self._at_once = 0
        self.capabilities = Capabilities()
        self.token = TokenLife(None)

    def server_time(self, now: Any) -> Any:
        return now

    async def sign_in(self) -> TokenLife:
        return self.token

    async def start(self, payload: TriggerPayload, job_id: str) -> Started:
        death = self._ledger.death
        death.reach("before a start is sent")
        self._check_allowed(job_id)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        fate = self.fates.popleft() if self.fates else FATES["taken"]
        done = asyncio.get_running_loop().create_future()
        if fate.copies:
            self.coming += 1
            self._work.start(self._make(payload, job_id, fate, done), "make an instance")
        try:
            await asyncio.sleep(0)
            death.reach("sent, not yet answered")
            if fate.error is not None:
                raise fate.error()
            instance_id: str = await done
            death.reach("answered")
            return Started(instance_id, "running")
        finally:
            self._at_once -= 1

    def _check_allowed(self, job_id: str) -> None:
        """No byte goes out before the record and the state *sending* are on disk."""
        job = self._ledger.job(job_id)
        if job is None or job.state is not JobState.SENDING:
            self.wrongs.append(f"{job_id} was sent in state {job and job.state}")
        if not any(
            draft.event_type == "TRIGGER_QUEUED" and draft.payload["jobId"] == job_id
            for draft in self._ledger.trail
        ):
            self.wrongs.append(f"{job_id} was sent before its record was in the trail")

    async def _make(
        self, payload: TriggerPayload, job_id: str, fate: Fate, done: asyncio.Future[str]
    ) -> None:
        await asyncio.sleep(fate.late_s)
        instance_id = ""
        for _ in range(fate.copies):
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
        self.coming -= 1
        if not done.done():
            done.set_result(instance_id)

    def of(self, job_id: str) -> list[str]:
        """The instances of one job."""
        return [key for key, item in self.instances.items() if item.job_id == job_id]

    async def count(self, workflow_id: str) -> Counted:
        found = await self.listing(workflow_id)
        return Counted(workflow_id, len(found.instances) % 40)

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        return await self.listing(workflow_id or "", status=status)

    async def listing(
        self, workflow_id: str, *, back_to: object = None, status: str | None = None
    ) -> Listing:
        self._ledger.death.reach("before a list is read")
        await asyncio.sleep(0)
        if self.read_errors:
            raise self.read_errors.popleft()
        found = tuple(i for i in self.instances.values() if i.workflow_id == workflow_id)
        complete = self.incomplete == 0
        self.incomplete = max(self.incomplete - 1, 0)
        self._ledger.death.reach("a list was read")
        return Listing(found, len(found), complete, self._clock.now())

    async def get(self, instance_id: str) -> Instance | None:
        await asyncio.sleep(0)
        return self.instances.get(instance_id)

    async def close(self) -> None:
        await self._work.close()


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
