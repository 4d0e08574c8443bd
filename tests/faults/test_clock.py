"""This computer's clock is set while something waits: nothing goes early, nothing waits longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.job import FoundBy, JobState
from console.domain.lane import Circuit, explain
from console.domain.retry import RetryRules
from console.services.waits import MANY, Waits
from console.simulator.scenario import Scenario
from console.simulator.scenario_files import parse_scenario
from tests.fakes import ManualClock
from tests.faults.socket_desk import SCENARIOS, WORKFLOW, SocketDesk, desk_on, scenario_named
from tests.faults.virtual_time import START

HOUR = 3600.0
JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR], ids=["ahead", "back"])


def on(*faults: dict[str, object]) -> Scenario:
    """A calm day with these faults."""
    document = {"extends": "calm-day", "faults": list(faults)}
    return parse_scenario(document, name="a test", folder=SCENARIOS)


BUSY = replace(
    scenario_named("fault-date-ahead-once"),
    foreign_every_seconds=0.25,
    limits={"*": 10_000},
)
"""Listed one by one, and more come in all the time."""


def left(desk: SocketDesk) -> float:
    """Seconds on the countdown of the one job, as the queue shows it."""
    (job,) = desk.ledger.jobs(desk.everything)
    now = desk.clock.now()
    until = explain(desk.lane, job, now).until
    assert until is not None
    return (until - now).total_seconds()


@JUMPS
async def test_a_cool_down_lasts_as_long_as_it_was_told(tmp_path: Path, jump: float) -> None:
    async with desk_on(tmp_path, "fault-429-seconds") as desk:
        job = await desk.queue()
        await desk.passes(3)
        desk.clock.jump(jump)
        await desk.passes(1)
        assert left(desk) == pytest.approx(3.0)
        await desk.passes(10)
        assert desk.post_times(job) == [0.0, 7.0]
        assert desk.state(job) is JobState.ACCEPTED
        desk.check()


@JUMPS
async def test_a_cool_down_that_was_moved_is_kept_for_the_next_process(
    tmp_path: Path, jump: float
) -> None:
    async with desk_on(tmp_path, "fault-429-seconds") as desk:
        job = await desk.queue()
        await desk.passes(3)
        desk.clock.jump(jump)
        await desk.passes(1)
        await desk.restart()
        await desk.passes(10)
        assert desk.post_times(job) == [0.0, pytest.approx(7.0, abs=0.01)]
        desk.check()


@JUMPS
@pytest.mark.parametrize("count_s", [0.0, 4.0])
async def test_a_full_workflow_is_asked_again_after_the_time_it_told(
    tmp_path: Path, jump: float, count_s: float
) -> None:
    day = scenario_named("fault-full-429")
    slow = on({"on": "count", "nth": 3, "do": {"kind": "delay", "seconds": count_s}})
    day = replace(day, full_retry_after="9", faults=(*day.faults, *slow.faults))
    async with desk_on(tmp_path, day, limits={WORKFLOW: 1}) as desk:
        await desk.queue()
        await desk.passes(2)
        second = await desk.queue()
        await desk.passes(1)
        desk.clock.jump(jump)
        await desk.passes(6)
        assert "(429)" in desk.why(second)
        assert WORKFLOW in desk.lane.workflow_cooldowns
        await desk.passes(4)
        assert "Waiting for a slot" in desk.why(second)
        await desk.passes(30)
        assert desk.state(second) is JobState.ACCEPTED
        desk.check()


@JUMPS
async def test_a_look_up_comes_when_it_was_announced(tmp_path: Path, jump: float) -> None:
    async with desk_on(tmp_path, "fault-cut-after") as desk:
        job = await desk.queue()
        await desk.passes(2)
        desk.clock.jump(jump)
        await desk.passes(1)
        assert left(desk) == pytest.approx(2.0)
        assert desk.state(job) is JobState.WAITING
        await desk.passes(2.1)
        assert desk.now_is(job).found_by is FoundBy.LOOKUP
        assert "clock" in [event.kind for event in desk.ledger.history(job.job_id)]
        desk.check()


@JUMPS
@pytest.mark.parametrize("dies", [False, True], ids=["lives", "dies"])
async def test_a_clock_set_as_soon_as_a_look_up_is_announced_does_not_move_it_by_hours(
    tmp_path: Path, jump: float, dies: bool
) -> None:
    async with desk_on(tmp_path, "fault-cut-after") as desk:
        job = await desk.queue()
        while desk.state(job) is not JobState.WAITING:
            await asyncio.sleep(0)
        if dies:
            await desk.restart()
        desk.clock.jump(2 * jump)
        # Who was not there when the clock was set waits as long as any wait may take.
        await desk.passes(380 if dies else 5.1)
        assert desk.now_is(job).found_by is FoundBy.LOOKUP
        desk.check()


@JUMPS
async def test_looks_and_the_next_attempt_keep_their_distance(tmp_path: Path, jump: float) -> None:
    rules = RetryRules(base_delay_s=20.0)
    async with desk_on(tmp_path, "fault-cut-before", rules=rules) as desk:
        job = await desk.queue()
        await desk.passes(8)
        desk.clock.jump(jump)
        await desk.passes(12)
        desk.clock.jump(jump)
        await desk.passes(1)
        assert left(desk) == pytest.approx(14.0)
        await desk.passes(30)
        assert desk.post_times(job) == [0.0, pytest.approx(35.0)]
        desk.check()


@JUMPS
async def test_a_clock_that_is_set_while_a_start_is_on_its_way_hides_no_instance(
    tmp_path: Path, jump: float
) -> None:
    async with desk_on(tmp_path, "fault-late-answer") as desk:
        job = await desk.queue()
        await desk.passes(2)
        assert desk.state(job) is JobState.SENDING
        desk.clock.jump(jump)
        await desk.passes(40)
        assert desk.now_is(job).found_by is FoundBy.LOOKUP
        assert desk.post_times(job) == [0.0]
        desk.check()


@JUMPS
async def test_a_clock_that_is_set_before_an_attempt_does_not_shorten_the_list_that_is_read(
    tmp_path: Path, jump: float
) -> None:
    # The list is read back to five minutes before the attempt, one by one, newest first: an
    # attempt that seemed an hour later would end the reading before its own instance.
    cuts = on(
        {"on": "start", "nth": 1, "do": {"kind": "cut-before"}},
        {"on": "start", "nth": 2, "do": {"kind": "cut-after"}},
    )
    async with desk_on(tmp_path, replace(BUSY, faults=cuts.faults)) as desk:
        job = await desk.queue()
        await desk.passes(15.5)
        desk.clock.jump(jump)
        await desk.passes(60)
        assert desk.post_times(job) == [0.0, 16.0]
        assert desk.now_is(job).found_by is FoundBy.LOOKUP
        desk.check()


async def test_a_tenant_that_never_tells_its_time_has_its_whole_list_read(tmp_path: Path) -> None:
    silent = on(
        {
            "on": ["token", "start", "list"],
            "do": {"kind": "bad-date", "seconds": -3 * 366 * 86400},
        }
    )
    busy = replace(BUSY, faults=(*silent.faults, *scenario_named("fault-cut-after").faults))
    async with desk_on(tmp_path, busy, ahead=timedelta(hours=-2)) as desk:
        await desk.passes(20)
        job = await desk.queue()
        await desk.passes(60)
        assert desk.now_is(job).found_by is FoundBy.LOOKUP
        assert len(desk.post_times(job)) == 1
        desk.check()


@JUMPS
async def test_an_open_circuit_is_probed_after_its_thirty_seconds(
    tmp_path: Path, jump: float
) -> None:
    async with desk_on(tmp_path, "fault-outage") as desk:
        await desk.queue()
        await desk.until(lambda: desk.lane.breaker.state is Circuit.OPEN, 60)
        before = desk.simulator.requests["token"]
        await desk.passes(10)
        desk.clock.jump(jump)
        await desk.passes(1)
        assert left(desk) == pytest.approx(19.0, abs=0.1)
        await desk.passes(18)
        assert desk.simulator.requests["token"] == before
        await desk.passes(2)
        assert desk.simulator.requests["token"] == before + 1
        desk.check()


@JUMPS
async def test_the_half_hour_of_being_turned_away_is_half_an_hour(
    tmp_path: Path, jump: float
) -> None:
    async with desk_on(tmp_path, "fault-429-for-ever") as desk:
        job = await desk.queue(send_before=START + timedelta(hours=9))
        await desk.passes(100)
        desk.clock.jump(jump)
        await desk.passes(1690)
        assert desk.state(job) is JobState.QUEUED
        await desk.passes(20)
        assert desk.state(job) is JobState.FAILED
        assert desk.post_times(job) == [pytest.approx(60.0 * n, abs=0.5) for n in range(31)]
        desk.check()


async def test_a_time_of_day_that_is_passed_by_setting_the_clock_has_come(tmp_path: Path) -> None:
    async with desk_on(tmp_path) as desk:
        job = await desk.queue(at=START + timedelta(minutes=30))
        await desk.passes(5)
        assert desk.why(job) == "Scheduled"
        desk.clock.jump(HOUR)
        await desk.passes(1)
        assert desk.state(job) is JobState.ACCEPTED
        desk.check()


@JUMPS
async def test_a_clock_that_is_set_during_a_count_delays_nothing(
    tmp_path: Path, jump: float
) -> None:
    slow = on({"on": "count", "do": {"kind": "delay", "seconds": 8}})
    async with desk_on(tmp_path, slow) as desk:
        job = await desk.queue()
        await desk.passes(4)
        desk.clock.jump(jump)
        await desk.passes(20)
        assert desk.state(job) is JobState.ACCEPTED
        desk.check()


async def test_clocks_that_drift_apart_by_less_than_a_second_move_nothing() -> None:
    clock = ManualClock()
    waits = Waits(clock, 375)
    end = clock.now() + timedelta(seconds=60)
    assert waits.moment("x", end) == end
    clock.jump(0.9)
    assert waits.moment("x", end) == end
    clock.jump(0.2)
    assert waits.moment("x", end) == end + timedelta(seconds=1.1)


async def test_what_was_over_long_ago_is_not_remembered_for_ever() -> None:
    clock = ManualClock()
    waits = Waits(clock, 375)
    for number in range(3 * MANY):
        waits.moment(str(number), clock.now())
        clock._mono += 5
        clock.jump(5)
    assert len(waits._known) < 2 * MANY
