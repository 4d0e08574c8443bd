"""One operator's console over real sockets: queue and trail on disk, a tenant that plays a script."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import httpx

from console.cxone.client import HttpTenant
from console.cxone.settings import ConnectionSettings
from console.domain.audit import Verdict, check_line
from console.domain.errors import CallError
from console.domain.job import JobState, TriggerJob
from console.domain.lane import Lane, explain
from console.domain.retry import RetryRules
from console.domain.workflow import Workflow
from console.resources import resource_path
from console.services.commands import TriggerRequest
from console.services.events import Event, Hub, Notice
from console.services.journal import Journal
from console.services.lane_control import Surroundings
from console.services.operator import Operator, Target
from console.services.poller import Poller
from console.services.ports import JobFilter
from console.services.sender import Connected, Sender
from console.services.tasks import Tasks
from console.simulator.scenario import Scenario
from console.simulator.scenario_files import load_scenario
from console.simulator.server import Simulator, SimulatorConfig
from console.simulator.workflow_specs import load_workflows
from console.store.ledger import SqliteLedger
from console.store.locks import FileLock
from tests.fakes import FixedDefinitions, FixedIds
from tests.faults.virtual_time import (
    LATE_S,
    OWED_S,
    START,
    ConsoleClock,
    TenantClock,
    virtual_loop,
)

SCENARIOS: Final = resource_path("scenarios")
SECRET: Final = "demo-secret"
CUSTOMER: Final = "CUST-99887-CANARY"
TARGET: Final = Target("demo", "print")
WORKFLOW: Final = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
OURS: Final = frozenset({"WORKFLOW_TRIGGERED", "WORKFLOW_TRIGGER_FAILED"})


class WatchedTenant(HttpTenant):
    """The connection as it is, but it can be asked how many answers are still to come."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.in_flight = 0
        send = self._exchange.send

        async def watched(*call: Any, **how: Any) -> Any:
            self.in_flight += 1
            try:
                return await send(*call, **how)
            finally:
                self.in_flight -= 1

        self._exchange.send = watched  # type: ignore[method-assign]  # what it does stays


class Wiring:
    """Where the connection leads and how patient it is; None is the simulator itself."""

    def __init__(
        self,
        *,
        token_url: str | None = None,
        api_url: str | None = None,
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        max_connections: int = 32,
    ) -> None:
        self.token_url = token_url
        self.api_url = api_url
        self.ca_file = ca_file
        self.transport = transport
        self.max_connections = max_connections


class SocketDesk:
    """Everything from the operator to the tenant; a process of it can end and be started again."""

    def __init__(
        self,
        folder: Path,
        simulator: Simulator,
        tenant_clock: TenantClock,
        *,
        wiring: Wiring,
        rules: RetryRules,
        concurrency: int,
        limits: Mapping[str, int],
    ) -> None:
        self.folder = folder
        self.simulator = simulator
        self.tenant_clock = tenant_clock
        self.clock = ConsoleClock()
        self.wiring = wiring
        self.rules = rules
        self.concurrency = concurrency
        self.definitions = FixedDefinitions(
            Workflow(workflow_id, workflow_id, limit=limit) for workflow_id, limit in limits.items()
        )
        self.ids = FixedIds()
        self.nobody_answers = False
        self.told: list[Event] = []
        self.crashes: list[BaseException] = []

    # -- the process --------------------------------------------------------------------------

    def begin(self) -> None:
        """Start a process on the folder: it sends from now on."""
        self.folder.mkdir(exist_ok=True)
        wiring = self.wiring
        settings = ConnectionSettings(
            TARGET.profile,
            "demo-client",
            wiring.token_url or self.simulator.token_url,
            wiring.api_url or self.simulator.api_url,
            ca_file=wiring.ca_file,
            max_connections=wiring.max_connections,
        )
        self.tenant = WatchedTenant(settings, lambda: SECRET, self.clock, wiring.transport)
        virtual_loop().patience = self._patience
        self.hub = Hub()
        self.hub.listen(self.told.append)
        self.tasks = Tasks(lambda _name, error: self.crashes.append(error))
        self.ledger = SqliteLedger(self.folder, self.clock)
        self.journal = Journal(self.ledger, self.tasks, self.hub)
        self.around = Surroundings(
            self.ledger,
            self.journal,
            self.clock,
            self.ids,
            self.hub,
            self.tasks,
            self.rules,
            self.concurrency,
        )
        definitions = self.definitions
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=definitions,
            clock=self.clock,
            ids=self.ids,
            max_attempts=self.rules.max_attempts,
        )
        self.lock = FileLock(self.folder / "sender.lock")
        connected = Connected(self.tenant, TARGET.fingerprint)
        self.sender = Sender(self.around, self.lock, self.ledger, lambda _: connected, definitions)
        self.poller = Poller(TARGET.profile, self.tenant, self.around, definitions)
        self.tasks.start(self.sender.run(), "sender")

    async def end(self) -> None:
        """The process is gone from one moment to the next; what it stored stays."""
        await self.tasks.close()
        await self.tenant.close()
        self.ledger.close()
        self.lock.release()

    async def restart(self) -> None:
        """Another process takes over."""
        await self.end()
        self.begin()

    def _patience(self) -> float:
        if not self.tenant.in_flight:
            return 0.0
        on_purpose = self.tenant_clock.sleepers or self.nobody_answers
        return LATE_S if on_purpose else OWED_S

    # -- the operator -------------------------------------------------------------------------

    async def queue(self, workflow: str = WORKFLOW, **more: Any) -> TriggerJob:
        request = TriggerRequest("", workflow, {"customerId": CUSTOMER}, **more)
        job = await self.operator.trigger(request, TARGET)
        self.sender.wake()
        return job

    async def passes(self, seconds: float) -> None:
        """Let so much time pass for everybody."""
        await asyncio.sleep(seconds)

    async def until(self, holds: Callable[[], bool], within_s: float) -> float:
        """Let time pass until `holds`, and return how much it was, to 50 ms."""
        began = self.clock.monotonic()
        while not holds():
            passed = self.clock.monotonic() - began
            assert passed < within_s, f"not within {within_s} s"
            await asyncio.sleep(0.05)
        return self.clock.monotonic() - began

    async def probe(self) -> CallError | None:
        """A person tests the connection; returns what it still says."""
        try:
            await self.sender.probe(TARGET.profile)
        except CallError as error:
            return error
        return None

    def play(self, scenario: str | Scenario) -> None:
        """The tenant has another day from now on."""
        self.simulator.play(scenario_named(scenario))

    # -- what one sees ------------------------------------------------------------------------

    def now_is(self, job: TriggerJob) -> TriggerJob:
        kept = self.ledger.job(job.job_id)
        assert kept is not None
        return kept

    def state(self, job: TriggerJob) -> JobState:
        return self.now_is(job).state

    @property
    def lane(self) -> Lane:
        return self.sender.lane(TARGET.profile)

    def why(self, job: TriggerJob) -> str:
        """The one line that the queue shows."""
        return explain(self.lane, self.now_is(job), self.clock.now()).text

    def instances(self, job: TriggerJob) -> list[str]:
        """The ids of what the tenant really made of this job."""
        return [
            instance.instance_id
            for instance in self.simulator.instances
            if instance.request.metadata.get("consoleJobId") == job.job_id
        ]

    def posts(self, job: TriggerJob) -> int:
        """How many starts with this job's id reached the tenant."""
        return sum(1 for start in self.simulator.starts if job.job_id.encode() in start.body)

    def post_times(self, job: TriggerJob) -> list[float]:
        """When they came, in seconds since the desk was opened."""
        began = START + self.tenant_clock.ahead
        return [
            round((start.at - began).total_seconds(), 3)
            for start in self.simulator.starts
            if job.job_id.encode() in start.body
        ]

    def records(self) -> list[dict[str, Any]]:
        """Every record of the trail, in order; each must be intact."""
        found = []
        for file in sorted((self.folder / "audit").glob("workflow_audit_*.jsonl")):
            for line in file.read_bytes().splitlines():
                check = check_line(line)
                assert check.verdict is Verdict.INTACT, line
                found.append(json.loads(line))
        return found

    def types(self, job: TriggerJob) -> list[str]:
        """The types of this job's records, in order."""
        return [
            record["event_type"]
            for record in self.records()
            if record["payload"].get("jobId") == job.job_id
        ]

    def payload(self, job: TriggerJob, event_type: str) -> dict[str, Any]:
        """The payload of this job's one record of that type."""
        (found,) = (
            record["payload"]
            for record in self.records()
            if record["event_type"] == event_type and record["payload"].get("jobId") == job.job_id
        )
        payload: dict[str, Any] = found
        return payload

    @property
    def everything(self) -> JobFilter:
        return JobFilter()

    def notices(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Notice)]

    def check(self, most_instances: int = 1) -> None:
        """What must hold whatever happened: see the promises of the product."""
        assert self.crashes == []
        now = self.clock.now()
        for job in self.ledger.jobs(JobFilter()):
            types = self.types(job)
            assert types[0] == "TRIGGER_QUEUED"
            ends = [name for name in types if name in OURS]
            expected = {
                JobState.ACCEPTED: ["WORKFLOW_TRIGGERED"],
                JobState.FAILED: ["WORKFLOW_TRIGGER_FAILED"],
            }.get(job.state, [])
            assert ends == expected, (job.state, types)
            assert len(self.instances(job)) <= most_instances
            if job.state is JobState.ACCEPTED:
                assert job.instance_id in self.instances(job)
            assert explain(self.lane, job, now).text.strip()
        written = b"".join(path.read_bytes() for path in (self.folder / "audit").rglob("*.jsonl"))
        assert CUSTOMER.encode() not in written
        assert SECRET.encode() not in written


def scenario_named(scenario: str | Scenario) -> Scenario:
    return load_scenario(scenario, SCENARIOS) if isinstance(scenario, str) else scenario


@asynccontextmanager
async def simulator_on(
    scenario: str | Scenario, ahead: timedelta = timedelta()
) -> AsyncIterator[tuple[Simulator, TenantClock]]:
    """A tenant on a loopback port, on imagined time."""
    clock = TenantClock(ahead)
    config = SimulatorConfig(scenario_named(scenario), load_workflows(resource_path("workflows")))
    async with Simulator(config, clock=clock) as simulator:
        yield simulator, clock


@asynccontextmanager
async def desk_on(
    folder: Path,
    scenario: str | Scenario | tuple[Simulator, TenantClock] = "calm-day",
    *,
    ahead: timedelta = timedelta(),
    wire: Callable[[Simulator], Wiring] = lambda _: Wiring(),
    rules: RetryRules | None = None,
    concurrency: int = 8,
    limits: Mapping[str, int] = MappingProxyType({}),
) -> AsyncIterator[SocketDesk]:
    """A console that sends to a tenant which plays `scenario`; `wire` may lead it elsewhere."""
    async with AsyncExitStack() as stack:
        if isinstance(scenario, tuple):
            simulator, clock = scenario
        else:
            simulator, clock = await stack.enter_async_context(simulator_on(scenario, ahead))
        desk = SocketDesk(
            folder,
            simulator,
            clock,
            wiring=wire(simulator),
            rules=rules or RetryRules(),
            concurrency=concurrency,
            limits=limits,
        )
        desk.begin()
        stack.push_async_callback(desk.end)
        yield desk
