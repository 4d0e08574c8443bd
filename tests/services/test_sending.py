"""What becomes of a trigger, told by the outcome table: nothing lost, nothing sent twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from console.domain.errors import (
    CallError,
    CertificateRefused,
    Rejected,
    SignInRefused,
    SignInUnavailable,
    Throttled,
    Unauthorized,
    Unknown,
    WorkflowFull,
)
from console.domain.job import FoundBy, JobState
from console.domain.lane import Circuit
from console.services.commands import TriggerRequest
from console.services.operator import Target
from tests.fakes import not_sent, settle
from tests.services.desk import Desk, sending


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_trigger_is_posted_once_and_ends_accepted_with_its_two_records(desk: Desk) -> None:
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(1)
    done = desk.now_is(job)
    assert (done.state, done.instance_id) == (JobState.ACCEPTED, "inst-0001")
    assert done.found_by is FoundBy.ANSWER
    assert len(desk.tenant.bodies) == 1
    assert desk.types() == ["TRIGGER_QUEUED", "WORKFLOW_TRIGGERED"]


async def test_sending_is_stored_before_the_first_byte(desk: Desk) -> None:
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(1)
        assert desk.tenant.in_flight == 1
        assert desk.now_is(job).state is JobState.SENDING
        assert desk.types() == ["TRIGGER_QUEUED"]
        desk.tenant.gate.set()


async def test_no_byte_goes_out_while_the_trail_cannot_be_written(desk: Desk) -> None:
    desk.ledger.trail_full = True
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(30)
        assert desk.tenant.bodies == []
        desk.ledger.trail_full = False
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED
    assert desk.types() == ["TRIGGER_QUEUED", "WORKFLOW_TRIGGERED"]


async def test_an_outcome_that_the_disk_refuses_is_stored_when_there_is_space(desk: Desk) -> None:
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(1)
        desk.ledger.full = True
        desk.tenant.gate.set()
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.SENDING
        desk.ledger.full = False
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED
    assert len(desk.tenant.bodies) == 1


@pytest.mark.parametrize(
    "error",
    [Throttled("429", retry_after=2.0), not_sent(), SignInUnavailable("503", status=503)],
)
async def test_what_was_not_taken_goes_back_to_the_queue_and_uses_no_attempt(
    desk: Desk, error: CallError
) -> None:
    desk.tenant.answers.append(error)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(0.5)
        back = desk.now_is(job)
        assert (back.state, back.attempts) == (JobState.QUEUED, 0)
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED
    assert len(desk.tenant.bodies) == 2


async def test_a_429_cools_the_whole_connection_and_the_batch_does_not_burst() -> None:
    desk = Desk(concurrency=4)
    desk.tenant.answers.extend(Throttled("429", retry_after=10.0) for _ in range(4))
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        jobs = [await desk.queue() for _ in range(12)]
        await desk.clock.advance(0.1)
        desk.tenant.gate.set()
        await desk.clock.advance(9.8)
        assert len(desk.tenant.bodies) == 4
        assert "429" in desk.why(jobs[-1])
        desk.tenant.gate = asyncio.Event()
        await desk.clock.advance(0.5)
        assert desk.tenant.in_flight == 1
        desk.tenant.gate.set()
        await desk.clock.advance(30)
    assert all(desk.now_is(job).state is JobState.ACCEPTED for job in jobs)


async def test_a_429_of_a_full_workflow_cools_that_workflow_alone(desk: Desk) -> None:
    desk.tenant.limit_by_count["full"] = 0
    desk.tenant.answers.append(Throttled("429", retry_after=20.0))
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        full = await desk.queue("full")
        await desk.clock.advance(1.5)
        desk.tenant.limit_by_count["full"] = 50
        desk.tenant.gate.set()
        await desk.clock.advance(0.1)
        other = await desk.queue("other")
        await desk.clock.advance(1)
        assert desk.now_is(other).state is JobState.ACCEPTED
        assert desk.now_is(full).state is JobState.QUEUED
        assert desk.now_is(full).thrown_back_since is None


async def test_retry_after_beyond_the_cap_holds_the_connection_and_keeps_the_job(
    desk: Desk,
) -> None:
    desk.tenant.answers.append(Throttled("429", retry_after=3600.0))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(60)
        assert desk.now_is(job).state is JobState.QUEUED
        assert "held" in desk.why(job)
        await desk.runner.probe()
        await desk.clock.advance(1)
        assert desk.now_is(job).state is JobState.ACCEPTED


@pytest.mark.parametrize(
    "error", [SignInRefused("no", status=401), CertificateRefused("expired certificate")]
)
async def test_refused_sign_in_and_certificates_hold_the_connection_instead_of_failing_jobs(
    desk: Desk, error: CallError
) -> None:
    desk.tenant.count_errors.append(error)
    async with sending(desk):
        jobs = [await desk.queue() for _ in range(3)]
        await desk.clock.advance(120)
        assert [desk.now_is(job).state for job in jobs] == [JobState.QUEUED] * 3
        assert desk.tenant.bodies == []
        assert "Connection held" in desk.why(jobs[0])
        await desk.runner.probe()
        await desk.clock.advance(5)
        assert [desk.now_is(job).state for job in jobs] == [JobState.ACCEPTED] * 3
    assert desk.types().count("CONNECTION_CHANGED") == 2


async def test_401_after_a_renewal_fails_this_job_and_holds_the_connection(desk: Desk) -> None:
    desk.tenant.answers.append(Unauthorized("The scope workflow:write is missing", status=403))
    async with sending(desk):
        first = await desk.queue()
        await desk.clock.advance(1)
        second = await desk.queue()
        await desk.clock.advance(60)
        assert desk.now_is(first).state is JobState.FAILED
        assert desk.now_is(second).state is JobState.QUEUED
        assert len(desk.tenant.bodies) == 1


async def test_a_rejected_trigger_fails_at_once_with_the_servers_text_kept_in_the_job(
    desk: Desk,
) -> None:
    secret = "tier of Mrs Smith must be gold"
    desk.tenant.answers.append(
        Rejected("400: tier", status=400, server_text=secret, field="context.tier")
    )
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(600)
    done = desk.now_is(job)
    assert (done.state, done.error_text, done.error_field) == (
        JobState.FAILED,
        secret,
        "context.tier",
    )
    assert len(desk.tenant.bodies) == 1
    failed = desk.ledger.trail[-1]
    assert failed.event_type == "WORKFLOW_TRIGGER_FAILED"
    assert "Smith" not in str(failed.payload)
    assert "field=context.tier" in failed.payload["error"]


async def test_a_limit_named_by_the_server_counts_as_full_and_never_ends_the_job(
    desk: Desk,
) -> None:
    desk.tenant.answers.extend(WorkflowFull("full", status=409) for _ in range(3))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(30)
        assert desk.now_is(job).state is JobState.ACCEPTED
        assert desk.now_is(job).attempts == 1


async def test_five_failures_in_a_row_open_the_circuit_and_a_count_is_the_probe() -> None:
    desk = Desk(concurrency=1)
    desk.tenant.answers.extend(not_sent() for _ in range(5))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(40)
        assert len(desk.tenant.bodies) == 5
        breaker = desk.runner.control.lane.breaker
        assert breaker.state is Circuit.OPEN
        assert "Circuit open" in desk.why(job)
        counts = desk.tenant.counts
        await desk.clock.advance(40)
        assert desk.tenant.counts > counts
        assert desk.now_is(job).state is JobState.ACCEPTED


async def test_a_full_workflow_waits_for_a_slot_and_sends_in_priority_order() -> None:
    desk = Desk()
    desk.tenant.limit_by_count["wf"] = 50
    async with sending(desk):
        late = await desk.queue(priority=5)
        urgent = await desk.queue(priority=1)
        await desk.clock.advance(30)
        assert desk.tenant.bodies == []
        assert "slot" in desk.why(late)
        desk.tenant.limit_by_count["wf"] = 49
        desk.runner.slots.set_limits({"wf": 50})
        await desk.clock.advance(1.1)
        assert [job_id for _, job_id in desk.tenant.bodies][:1] == [urgent.job_id]


async def test_free_slots_count_what_was_sent_since_the_count_began(desk: Desk) -> None:
    desk.runner.slots.set_limits({"wf": 3})
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        for _ in range(8):
            await desk.queue()
        await desk.clock.advance(0.5)
        assert desk.tenant.in_flight == 3
        desk.tenant.gate.set()
        await desk.clock.advance(20)
        assert len(desk.tenant.instances) == 3


async def test_a_failed_count_says_unknown_and_sends_on_under_a_small_ceiling(desk: Desk) -> None:
    desk.tenant.count_errors.extend(Unknown("500", status=500) for _ in range(50))
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        for _ in range(8):
            await desk.queue()
        await desk.clock.advance(0.5)
        assert desk.tenant.in_flight == 2
        capacity = desk.runner.control.lane.capacity["wf"]
        assert capacity.free is None
        desk.tenant.gate.set()


async def test_paused_sending_stops_and_goes_on_where_it_stood(desk: Desk) -> None:
    await desk.operator.pause("fire drill")
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(60)
        assert desk.tenant.bodies == []
        assert "fire drill" in desk.why(job)
        await desk.operator.resume()
        desk.runner.wake()
        await desk.clock.advance(1)
        assert desk.now_is(job).state is JobState.ACCEPTED
    assert desk.types()[0] == "QUEUE_PAUSED"
    assert "QUEUE_RESUMED" in desk.types()


async def test_a_scheduled_job_goes_at_its_time(desk: Desk) -> None:
    at = desk.clock.now() + timedelta(minutes=10)
    async with sending(desk):
        job = await desk.queue(at=at)
        await desk.clock.advance(599)
        assert desk.tenant.bodies == []
        assert desk.why(job) == "Scheduled"
        await desk.clock.advance(2)
        assert desk.now_is(job).state is JobState.ACCEPTED


async def test_a_job_too_old_waits_for_a_person(desk: Desk) -> None:
    await desk.operator.pause()
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(4 * 3600 + 1)
        await desk.operator.resume()
        desk.runner.wake()
        await desk.clock.advance(60)
        assert desk.tenant.bodies == []
        assert "Too old" in desk.why(job)
        await desk.operator.retry(desk.now_is(job))
        desk.runner.wake()
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED


async def test_a_job_made_for_another_api_stays_queued_and_says_so(desk: Desk) -> None:
    request = TriggerRequest("", "wf", {})
    job = await desk.operator.trigger(request, Target("demo", "another print"))
    async with sending(desk):
        await desk.clock.advance(60)
        assert desk.tenant.bodies == []
        assert "another API" in desk.why(job)


async def test_thrown_back_for_half_an_hour_in_all_ends_the_job(desk: Desk) -> None:
    async def always() -> None:
        while True:
            desk.tenant.answers.append(Throttled("429", retry_after=60.0))
            await desk.clock.sleep(1)

    async with sending(desk):
        desk.tasks.start(always(), "always throttled")
        job = await desk.queue(send_before=desk.clock.now() + timedelta(hours=9))
        await desk.clock.advance(29 * 60)
        assert desk.now_is(job).state is JobState.QUEUED
        await desk.clock.advance(3 * 60)
    assert desk.now_is(job).state is JobState.FAILED
    assert desk.types()[-1] == "WORKFLOW_TRIGGER_FAILED"


async def test_stopping_finishes_the_post_under_way_and_starts_no_other() -> None:
    desk = Desk(concurrency=1)
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        first, second = await desk.queue(), await desk.queue()
        await desk.clock.advance(0.1)
        stopping = desk.tasks.start(desk.runner.stop(5.0), "stop")
        await settle()
        desk.tenant.gate.set()
        await desk.clock.advance(1)
        assert stopping.done()
    assert desk.now_is(first).state is JobState.ACCEPTED
    assert desk.now_is(second).state is JobState.QUEUED
