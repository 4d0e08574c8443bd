"""A job goes to the tenant it was made for, within its slots, and past trouble of disk and circuit."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from console.domain.errors import Unknown
from console.domain.job import JobState, Wait
from console.domain.lane import Breaker, Circuit, Lane
from console.services.commands import TriggerRequest
from console.services.lane_runner import LaneRunner
from console.services.lane_state import lane_key, lane_of, lane_text
from console.services.operator import Target
from console.services.ports import Write
from tests.fakes import not_sent
from tests.services.desk import Desk, sending

ELSEWHERE = Target("demo", "another print")


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_jobs_for_another_api_do_not_keep_back_those_for_this_one(desk: Desk) -> None:
    for _ in range(20):
        await desk.operator.trigger(TriggerRequest("", "wf", {}, priority=1), ELSEWHERE)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED
        assert len(desk.tenant.bodies) == 1
        assert desk.runner.idle


async def test_a_job_left_sending_to_another_api_is_not_looked_for_at_this_one(desk: Desk) -> None:
    desk.tenant.gate = asyncio.Event()
    desk.tasks.start(desk.runner.run(), "lane")
    job = await desk.queue()
    await desk.clock.advance(1)
    await desk.tasks.close()

    after = Desk()
    after.ledger.rows = desk.ledger.rows
    after.runner = LaneRunner("demo", "changed print", after.tenant, after.around)
    async with sending(after):
        await after.clock.advance(600)
        kept = after.now_is(job)
        assert kept.state is JobState.WAITING
        assert "another API" in after.why(kept)
        assert after.tenant.lists == 0
        assert after.tenant.bodies == []
        assert after.runner.idle


async def test_a_batch_that_is_due_at_once_takes_no_more_than_the_free_slots(desk: Desk) -> None:
    desk.runner.slots.set_limits({"wf": 3})
    desk.tenant.gate = asyncio.Event()
    for _ in range(8):
        await desk.queue()
    async with sending(desk):
        await desk.clock.advance(0.5)
        assert desk.tenant.in_flight == 3
        desk.tenant.gate.set()


async def test_a_probe_that_died_with_its_process_is_made_again_by_the_next(desk: Desk) -> None:
    probing = Breaker(Circuit.CLOSED).failed(desk.clock.now(), "refused").probing(desk.clock.now())
    desk.ledger.values[lane_key("demo")] = lane_text(Lane("demo", breaker=probing))
    desk.runner = LaneRunner("demo", "print", desk.tenant, desk.around)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(5)
        assert desk.now_is(job).state is JobState.ACCEPTED


async def test_a_look_up_goes_on_in_a_pause_although_the_circuit_was_open(desk: Desk) -> None:
    desk.runner = LaneRunner("demo", "print", desk.tenant, replace(desk.around, concurrency=1))
    desk.tenant.answers.extend([*(not_sent() for _ in range(4)), Unknown("cut after sending")])
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(20)
        assert desk.runner.control.lane.breaker.state is Circuit.OPEN
        assert desk.now_is(job).wait is Wait.LOOKUP
        await desk.operator.pause("lunch")
        await desk.clock.advance(120)
        assert desk.now_is(job).wait is Wait.RETRY
        assert (desk.tenant.lists, len(desk.tenant.bodies)) == (2, 5)
        assert desk.runner.idle


async def test_a_queue_that_cannot_be_read_for_a_while_is_told_and_read_again(desk: Desk) -> None:
    async with sending(desk):
        desk.ledger.unreadable = True
        job = await desk.queue()
        await desk.clock.advance(10)
        assert desk.tenant.bodies == []
        assert any("cannot be read" in getattr(event, "text", "") for event in desk.told)
        desk.ledger.unreadable = False
        await desk.clock.advance(2)
        assert desk.now_is(job).state is JobState.ACCEPTED


@pytest.mark.parametrize("state", list(Circuit))
def test_a_lane_comes_back_from_disk_as_it_was_but_for_a_probe_under_way(state: Circuit) -> None:
    desk_now = Desk().clock.now()
    lane = Lane(
        "demo",
        breaker=Breaker(state, 5, 1, desk_now, desk_now, "refused"),
        cooldown_until=desk_now,
        cooldown_why="429",
        workflow_cooldowns={"wf": desk_now},
        fingerprint="print",
    )
    kept = Circuit.OPEN if state is Circuit.HALF_OPEN else state
    expected = lane.evolve(breaker=replace(lane.breaker, state=kept))
    assert lane_of("demo", lane_text(lane)) == expected


async def test_a_yes_that_waits_for_the_disk_leaves_its_place_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk(concurrency=3)
    disk = asyncio.Event()
    store = desk.runner.control.store

    async def slow(write: Write) -> None:
        if write.job is not None and write.job.state is JobState.ACCEPTED:
            await disk.wait()
        await store(write)

    monkeypatch.setattr(desk.runner.control, "store", slow)
    for _ in range(20):
        await desk.queue()
    async with sending(desk):
        await desk.clock.advance(5)
        # Three wait for the disk, three more at most, and the one that was claimed ahead.
        assert len(desk.tenant.bodies) == 7
        assert desk.tenant.most_in_flight <= 3
        disk.set()
        await desk.clock.advance(5)
        assert len(desk.tenant.instances) == 20
        assert desk.tenant.most_in_flight <= 3


async def test_a_look_that_comes_due_is_not_kept_waiting_by_triggers_without_an_answer() -> None:
    desk = Desk(concurrency=2)
    desk.tenant.answers.append(Unknown("cut"))
    async with sending(desk):
        cut = await desk.queue()
        await desk.clock.advance(1)
        desk.tenant.gate = asyncio.Event()
        for _ in range(4):
            await desk.queue()
        await desk.clock.advance(20)
        assert desk.tenant.in_flight == 2
        assert desk.now_is(cut).wait is Wait.RETRY  # both looks were made meanwhile
        desk.tenant.gate.set()
        await desk.clock.advance(20)
        assert desk.now_is(cut).state is JobState.ACCEPTED
