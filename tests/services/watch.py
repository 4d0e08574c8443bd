"""A poller of one profile over a tenant that lists in pages."""

from __future__ import annotations

from dataclasses import replace

from console.domain.instance import Instance, Listing
from console.domain.job import FoundBy, JobState, TriggerJob
from console.domain.retry import Fail, LookUp, Review
from console.domain.workflow import Workflow
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.events import InstancesRead
from console.services.operator import Operator, Target
from console.services.poller import Pace, Poller
from console.services.ports import Write
from tests.fakes import FixedDefinitions, ScriptedTenant, World

TARGET = Target("demo", "print")


class PagedTenant(ScriptedTenant):
    """Shows only the newest `shown` instances of a workflow on a page."""

    shown = 100
    gets = 0

    async def page(
        self,
        workflow_id: str | None = None,
        status: str | None = None,
        page_number: int = 1,
        page_size: int = 100,
    ) -> Listing:
        whole = await self.listing(workflow_id or "", status=status)
        newest = whole.instances[::-1][: self.shown]
        return replace(whole, instances=newest, complete=len(newest) == len(whole.instances))

    async def get(self, instance_id: str) -> Instance | None:
        self.gets += 1
        return await super().get(instance_id)


class Watch(World):
    """A poller of one profile over a tenant with pages."""

    def __init__(self, *workflows: Workflow, pace: Pace | None = None) -> None:
        super().__init__()
        self.tenant: PagedTenant = PagedTenant(self.clock)
        definitions = FixedDefinitions(workflows)
        self.poller = Poller("demo", self.tenant, self.around, definitions, pace)
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions(),
            clock=self.clock,
            ids=self.ids,
        )

    async def sending(self, profile: str = "demo") -> TriggerJob:
        request = TriggerRequest("", "wf", {"a": 1})
        job = await self.operator.trigger(request, Target(profile, "print"))
        moved = job.move(JobState.SENDING, self.clock.now(), attempts=1)
        return await self.store(outcomes.change(job, moved))

    async def accepted(self) -> TriggerJob:
        job = await self.sending()
        started = self.tenant.make(job.payload, job.job_id)
        now = self.clock.now()
        return await self.store(
            outcomes.accepted(job, started.instance_id, "running", FoundBy.ANSWER, now)
        )

    async def stuck(self, state: JobState) -> TriggerJob:
        """A job whose instance nobody has seen."""
        job, now = await self.sending(), self.clock.now()
        if state is JobState.REVIEW:
            return await self.store(outcomes.review(job, Review("nobody knows", "cut"), now))
        if state is JobState.FAILED:
            return await self.store(outcomes.failed(job, Fail("given up", "given-up"), now))
        if state is JobState.WAITING:
            return await self.store(outcomes.look_up(job, LookUp(now, 1, "cut", "unknown"), now))
        return job

    async def store(self, write: Write) -> TriggerJob:
        return await self.journal.job(write)

    def kept(self, job: TriggerJob) -> TriggerJob:
        found = self.ledger.job(job.job_id)
        assert found is not None
        return found

    def types(self) -> list[str]:
        return [draft.event_type for draft in self.ledger.trail]

    def last_read(self) -> InstancesRead:
        return [event for event in self.told if isinstance(event, InstancesRead)][-1]
