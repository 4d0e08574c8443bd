"""A job that nobody moves says in one line why, until when, and what would move it."""

from __future__ import annotations

from pathlib import Path

from console.domain.job import JobState, Wait
from console.domain.lane import Circuit, explain
from console.domain.retry import RetryRules
from console.simulator.scenario import Scenario
from console.simulator.scenario_files import parse_scenario
from tests.faults.socket_desk import SCENARIOS, desk_on

CUT = {"on": "start", "times": 1, "do": {"kind": "cut-after"}}
CUT_BEFORE = {"on": "start", "times": 1, "do": {"kind": "cut-before"}}


def day(*faults: object, **more: object) -> Scenario:
    document = {"extends": "calm-day", "faults": list(faults), **more}
    return parse_scenario(document, name="a test", folder=SCENARIOS)


async def test_a_look_up_behind_a_held_connection_says_that_and_goes_on_after_the_test(
    tmp_path: Path,
) -> None:
    refused = {"on": "token", "nth": [2, 3, 4], "do": {"kind": "status", "status": 401}}
    withdrawn = day(CUT, refused, token={"expiresIn": 600, "validSeconds": 2})
    async with desk_on(tmp_path, withdrawn) as desk:
        job = await desk.queue()
        await desk.passes(4)
        assert "Looking for the instance, 1 of 2" in desk.why(job)
        await desk.passes(60)
        assert "Connection held: Signing in was refused" in desk.why(job)
        assert desk.why(job).endswith("Then the console looks for the instance")
        assert desk.now_is(job).wait is Wait.LOOKUP
        desk.play("calm-day")
        assert await desk.probe() is None
        await desk.passes(1)
        assert desk.state(job) is JobState.ACCEPTED
        assert len(desk.post_times(job)) == 1
        desk.check()


async def test_a_look_up_behind_an_open_circuit_says_until_when(tmp_path: Path) -> None:
    down = {"on": "list", "from": 1, "to": 45, "do": {"kind": "status", "status": 500}}
    async with desk_on(tmp_path, day({**CUT, "times": 4}, down)) as desk:
        jobs = [await desk.queue() for _ in range(4)]
        await desk.until(lambda: desk.lane.breaker.state is Circuit.OPEN, 20)
        await desk.passes(20)
        waiting = [job for job in jobs if desk.state(job) is JobState.WAITING]
        assert waiting
        for job in waiting:
            why = explain(desk.lane, desk.now_is(job), desk.clock.now())
            assert (
                why.text
                == "Circuit open: CXone answered 500. Then the console looks for the instance"
            )
            assert why.until == desk.lane.breaker.until
        await desk.passes(120)
        assert [desk.state(job) for job in jobs] == [JobState.ACCEPTED] * 4
        desk.check()


async def test_a_retry_that_is_due_in_a_pause_names_the_pause(tmp_path: Path) -> None:
    async with desk_on(tmp_path, day(CUT_BEFORE), rules=RetryRules(base_delay_s=20)) as desk:
        job = await desk.queue()
        await desk.passes(16)
        await desk.operator.pause("fire drill")
        await desk.passes(2)
        assert desk.why(job).startswith("Retry 2 of 3: ")
        await desk.passes(30)
        assert desk.why(job) == "Paused by op-north: fire drill. Resume to send"
        await desk.operator.resume()
        await desk.passes(2)
        assert desk.state(job) is JobState.ACCEPTED
        desk.check()


async def test_a_network_that_is_gone_for_a_minute_leaves_no_decision_to_a_person(
    tmp_path: Path,
) -> None:
    # A look that reached nobody proves nothing and is no look: it is made when there is an answer.
    gone = {"on": ["token"], "from": 3, "to": 70, "do": {"kind": "cut-before"}}
    withdrawn = day(CUT, gone, token={"expiresIn": 600, "validSeconds": 2})
    async with desk_on(tmp_path, withdrawn) as desk:
        job = await desk.queue()
        await desk.passes(30)
        assert "Looking for the instance, 1 of 2" in desk.why(job)
        kinds = [event.kind for event in desk.ledger.history(job.job_id)]
        assert kinds.count("put-off") >= 2
        await desk.passes(200)
        assert desk.state(job) is JobState.ACCEPTED
        assert len(desk.post_times(job)) == 1
        desk.check()
