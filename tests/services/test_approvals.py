"""A second person approves exactly the request that is sent, or refuses it; never the requester."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.domain.errors import Refusal
from console.domain.job import JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.domain.workflow import Workflow
from console.services.commands import TriggerRequest
from console.services.operator import Operator
from tests.fakes import FixedDefinitions
from tests.services.desk import TARGET, Desk, sending


class TwoPeople(Desk):
    """A requester and a second person at one folder."""

    def __init__(self) -> None:
        super().__init__()
        self.requester = self.person("op-north")
        self.second = self.person("op-south")

    def person(self, name: str) -> Operator:
        workflow = Workflow("wf_refund", "Refund", approval_required=True)
        return Operator(
            name,
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions([workflow]),
            clock=self.clock,
            ids=self.ids,
        )

    async def asked(self) -> TriggerJob:
        request = TriggerRequest("", "wf_refund", {"orderId": "O-1"}, reason="goodwill")
        job = await self.requester.trigger(request, TARGET)
        self.runner.wake()
        return job


@pytest.fixture
def desk() -> TwoPeople:
    return TwoPeople()


async def test_a_job_that_needs_approval_waits_and_says_for_whom(desk: TwoPeople) -> None:
    async with sending(desk):
        job = await desk.asked()
        await desk.clock.advance(600)
        assert desk.tenant.bodies == []
        assert desk.why(job) == "Needs approval by a second person, not op-north"


async def test_an_approved_job_is_sent_and_both_people_are_named(desk: TwoPeople) -> None:
    async with sending(desk):
        job = await desk.asked()
        await desk.second.approve(desk.now_is(job), "checked the order")
        desk.runner.wake()
        await desk.clock.advance(1)
        assert desk.now_is(job).state is JobState.ACCEPTED
    approved = next(d for d in desk.ledger.trail if d.event_type == "TRIGGER_APPROVED")
    assert approved.payload["requestedBy"] == "op-north"
    assert approved.payload["approvedBy"] == "op-south"
    assert approved.payload["contextDigest"] == job.payload.digest(job.salt)


@pytest.mark.parametrize("name", ["op-north", " OP-North "])
async def test_the_requester_never_approves_nor_refuses(desk: TwoPeople, name: str) -> None:
    job = await desk.asked()
    for decide in (desk.person(name).approve, desk.person(name).refuse):
        with pytest.raises(Refusal, match="another operator"):
            await decide(job)
    assert desk.now_is(job).approved_by is None


async def test_a_refused_job_is_cancelled_and_never_sent(desk: TwoPeople) -> None:
    async with sending(desk):
        job = await desk.asked()
        await desk.second.refuse(desk.now_is(job), "wrong customer")
        desk.runner.wake()
        await desk.clock.advance(60)
        assert desk.now_is(job).state is JobState.CANCELLED
        assert desk.tenant.bodies == []
    assert desk.ledger.trail[-1].payload["decision"] == "refused"


async def test_an_approval_of_another_request_does_not_count(desk: TwoPeople) -> None:
    job = await desk.asked()
    approved = await desk.second.approve(job)
    changed = TriggerPayload("wf_refund", {"orderId": "O-2"})
    desk.ledger.rows[job.job_id] = replace(approved, payload=changed)
    async with sending(desk):
        await desk.clock.advance(60)
        assert desk.tenant.bodies == []
        assert desk.now_is(job).awaits_approval


async def test_a_decision_on_a_job_that_has_moved_on_is_refused(desk: TwoPeople) -> None:
    job = await desk.asked()
    await desk.second.approve(job)
    with pytest.raises(Refusal, match="moved on"):
        await desk.second.refuse(job)
    with pytest.raises(Refusal, match="does not await"):
        await desk.second.approve(desk.now_is(job))


async def test_a_stopped_line_keeps_every_job_of_its_connection(desk: TwoPeople) -> None:
    await desk.second.stop_line("demo", "wrong announcement")
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(60)
        assert desk.tenant.bodies == []
        assert desk.why(job).startswith("Line stopped by op-south: wrong announcement")
        await desk.second.resume("corrected", "demo")
        desk.runner.wake()
        await desk.clock.advance(1)
        assert desk.now_is(job).state is JobState.ACCEPTED
