"""Jobs seen and claimed ahead of their place: never out of order, never sent past what stops them."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from console.domain.errors import EnvironmentProblem, Throttled, Unknown
from console.domain.job import JobState, TriggerJob
from console.domain.lane import Pause
from console.services.events import Notice
from console.services.lane_state import pause_text, stop_key
from tests.fakes import settle
from tests.services.desk import Desk, sending


@pytest.fixture
def desk() -> Desk:
    return Desk(concurrency=4)


async def busy(desk: Desk, count: int) -> list[TriggerJob]:
    """`count` jobs, of which four are being sent and two are claimed."""
    desk.tenant.gate = asyncio.Event()
    jobs = [await desk.queue() for _ in range(count)]
    await desk.clock.advance(1)
    assert desk.tenant.in_flight == 4
    states = [desk.now_is(job).state for job in jobs]
    assert states == [JobState.SENDING] * 6 + [JobState.QUEUED] * (count - 6)
    return jobs


async def test_half_as_many_jobs_as_places_are_claimed_ahead_and_none_too_many_is_sent(
    desk: Desk,
) -> None:
    async with sending(desk):
        jobs = await busy(desk, 20)
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(5)
    assert {desk.now_is(job).state for job in jobs} == {JobState.ACCEPTED}
    assert len(desk.tenant.bodies) == 20
    assert desk.tenant.most_in_flight == 4


@pytest.mark.parametrize("count", [6, 20])
async def test_what_is_claimed_ahead_when_a_429_comes_goes_back_unsent(
    desk: Desk, count: int
) -> None:
    desk.tenant.answers += [Throttled("429", retry_after=60.0)] * 4
    async with sending(desk):
        jobs = await busy(desk, count)
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(30)
        assert len(desk.tenant.bodies) == 4
        assert {desk.now_is(job).state for job in jobs} == {JobState.QUEUED}
        assert {desk.now_is(job).attempts for job in jobs} == {0}
        since = [desk.now_is(job).thrown_back_since is not None for job in jobs]
        assert since == [True] * 4 + [False] * (count - 4)
        assert {desk.why(job) for job in jobs} == {"429"}
        await desk.clock.advance(90)
    assert {desk.now_is(job).state for job in jobs} == {JobState.ACCEPTED}


async def test_what_is_claimed_ahead_when_the_circuit_opens_is_not_sent() -> None:
    desk = Desk(concurrency=8)
    desk.tenant.answers += [Unknown("cut") for _ in range(8)]
    desk.tenant.gate = asyncio.Event()
    async with sending(desk):
        jobs = [await desk.queue() for _ in range(12)]
        await desk.clock.advance(1)
        desk.tenant.gate.set()
        await settle()
        assert len(desk.tenant.bodies) == 8
        assert [desk.now_is(job).state for job in jobs[8:]] == [JobState.QUEUED] * 4


async def test_stopping_puts_back_what_is_claimed_and_not_sent(desk: Desk) -> None:
    async with sending(desk):
        jobs = await busy(desk, 8)
        stopping = desk.tasks.start(desk.runner.stop(60), "stop")
        await settle()
        assert [desk.now_is(job).state for job in jobs[4:]] == [JobState.QUEUED] * 4
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(1)
        await stopping
    assert [desk.now_is(job).state for job in jobs[:4]] == [JobState.ACCEPTED] * 4
    assert len(desk.tenant.bodies) == 4


@pytest.mark.parametrize("key", ["pause", stop_key("demo")])
async def test_nothing_is_claimed_or_sent_after_another_process_has_paused(
    desk: Desk, key: str
) -> None:
    async with sending(desk):
        jobs = await busy(desk, 20)
        since = desk.clock.now()
        # Stored by another process, of which nobody has told this one.
        desk.ledger.values[key] = pause_text(Pause("fire drill", "op-south", since))
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(5)
        sent = [job for job in jobs if desk.now_is(job).state is JobState.ACCEPTED]
        assert sent == jobs[:4]
        assert {desk.now_is(job).state for job in jobs[4:]} == {JobState.QUEUED}
        assert "fire drill" in desk.why(jobs[4])
        assert [e for e in desk.told if isinstance(e, Notice)] == []


async def test_a_queue_that_cannot_be_read_while_a_job_waits_for_its_place_sends_it_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_: str) -> str | None:
        raise EnvironmentProblem("The queue cannot be read right now.")

    async with sending(desk):
        jobs = await busy(desk, 6)
        with monkeypatch.context() as broken:
            broken.setattr(desk.ledger, "value", unreadable)
            assert desk.tenant.gate is not None
            desk.tenant.gate.set()
            await settle()
            assert [desk.now_is(job).state for job in jobs[4:]] == [JobState.QUEUED] * 2
        await desk.clock.advance(5)
    assert {desk.now_is(job).state for job in jobs} == {JobState.ACCEPTED}
    assert len(desk.tenant.bodies) == 6


async def test_a_more_urgent_job_goes_before_those_that_were_seen_earlier(desk: Desk) -> None:
    async with sending(desk):
        await busy(desk, 20)
        urgent = await desk.queue(priority=1)
        await settle()
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(5)
    assert [job_id for _, job_id in desk.tenant.bodies].index(urgent.job_id) == 6


async def test_priority_holds_across_workflows_with_more_jobs_than_one_look_sees() -> None:
    desk = Desk(concurrency=1)
    for number in range(60):
        await desk.queue("wf_many", priority=3 if number < 50 else 7)
    for _ in range(10):
        await desk.queue("wf_few", priority=5)
    async with sending(desk):
        for _ in range(20):
            await desk.clock.advance(1)
            for instance_id in list(desk.tenant.instances):
                desk.tenant.end(instance_id)
    order = [payload.priority for payload, _ in desk.tenant.bodies]
    assert order == sorted(order)
    assert len(order) == 70


async def test_a_job_that_comes_due_is_sent_although_others_are_in_line(desk: Desk) -> None:
    at = desk.clock.now() + timedelta(seconds=10)
    due = await desk.queue(priority=1, at=at)
    async with sending(desk):
        others = await busy(desk, 20)
        await desk.clock.advance(10)
        assert desk.tenant.gate is not None
        desk.tenant.gate.set()
        await desk.clock.advance(5)
    assert len(others) == 20
    assert [job_id for _, job_id in desk.tenant.bodies].index(due.job_id) == 6
