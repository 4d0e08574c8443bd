"""A lane and an operator in memory: what the sending tests drive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from console.domain.job import TriggerJob
from console.domain.lane import explain
from console.services.commands import TriggerRequest
from console.services.lane_runner import LaneRunner
from console.services.operator import Operator, Target
from tests.fakes import FixedDefinitions, World, settle

TARGET = Target("demo", "print")


class Desk(World):
    """A world with one lane and one operator."""

    def __init__(self, concurrency: int = 8) -> None:
        super().__init__(concurrency=concurrency)
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions(),
            clock=self.clock,
            ids=self.ids,
        )
        self.runner = LaneRunner("demo", "print", self.tenant, self.around)

    async def queue(self, workflow: str = "wf", **more: object) -> TriggerJob:
        request = TriggerRequest("", workflow, {"customerId": "CUST-1"}, **more)  # type: ignore[arg-type]
        job = await self.operator.trigger(request, TARGET)
        self.runner.wake()
        return job

    def now_is(self, job: TriggerJob) -> TriggerJob:
        kept = self.ledger.job(job.job_id)
        assert kept is not None
        return kept

    def why(self, job: TriggerJob) -> str:
        return explain(self.runner.control.lane, self.now_is(job), self.clock.now()).text

    def types(self) -> list[str]:
        return [draft.event_type for draft in self.ledger.trail]


@asynccontextmanager
async def sending(desk: Desk) -> AsyncIterator[Desk]:
    desk.tasks.start(desk.runner.run(), "lane")
    try:
        yield desk
        await settle()
    finally:
        await desk.tasks.close()
    assert desk.crashes == []
