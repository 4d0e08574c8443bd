"""Every row of the outcome table over real sockets, from the queue on disk to the tenant."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.job import JobState
from console.domain.lane import Circuit, explain
from console.simulator.scenario_files import scenario_names
from tests.faults.matrix import ROWS, Row
from tests.faults.socket_desk import SCENARIOS, WORKFLOW, SocketDesk, desk_on

SOON_S = 0.4
LONG_S = 120.0
TENANT_AHEAD = timedelta(hours=2)
"""The tenant's clock is another than ours, so that no row confuses the two."""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.scenario)
async def test_a_trigger_ends_as_the_outcome_table_says(tmp_path: Path, row: Row) -> None:
    async with desk_on(tmp_path, row.scenario, ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(SOON_S)
        now = desk.clock.now()
        soon = explain(desk.lane, desk.now_is(job), now)
        assert row.soon in soon.text
        wait = None if soon.until is None else (soon.until - now).total_seconds() + SOON_S
        assert wait == row.wait
        assert desk.lane.breaker.failures == row.failures

        await desk.passes(LONG_S - SOON_S)
        done = desk.now_is(job)
        assert desk.post_times(job) == list(row.posts)
        assert (done.state, done.attempts) == (row.state, row.attempts)
        assert done.found_by == row.found_by
        assert row.says in desk.why(job)
        assert len(desk.instances(job)) == row.instances
        assert (desk.lane.hold.code if desk.lane.hold else "") == row.hold
        assert desk.lane.breaker.state is Circuit.CLOSED
        assert desk.simulator.requests["token"] == row.tokens
        tell_the_same(desk, row)
        desk.check()


def tell_the_same(desk: SocketDesk, row: Row) -> None:
    """Records and history agree with the job, and a held connection is a record of its own."""
    (job,) = desk.ledger.jobs(desk.everything)
    last = desk.records()[-1]["payload"]
    if job.state is JobState.ACCEPTED:
        assert (last["instanceId"], last["attempt"]) == (job.instance_id, row.attempts)
        assert last["foundBy"] == row.found_by
    elif job.state is JobState.FAILED:
        failed = desk.payload(job, "WORKFLOW_TRIGGER_FAILED")
        assert row.error in failed["error"]
        assert (failed["attempt"], failed["foundBy"]) == (row.attempts, row.found_by)
    elif job.state is JobState.REVIEW:
        assert desk.types(job)[-1] == "TRIGGER_REVIEW"
    changes = [r["payload"] for r in desk.records() if r["event_type"] == "CONNECTION_CHANGED"]
    assert [change["code"] for change in changes] == ([row.hold] if row.hold else [])
    attempts = [event for event in desk.ledger.history(job.job_id) if event.kind == "attempt"]
    twice = row.scenario.startswith("fault-401")  # the second post is the same attempt
    assert len(attempts) == (1 if twice else len(row.posts))


def test_every_fault_of_the_program_is_held_to_its_outcome() -> None:
    here = Path(__file__).parent
    tests = "".join(file.read_text("utf-8") for file in here.glob("*.py"))
    faults = [name for name in scenario_names(SCENARIOS) if name.startswith("fault-")]
    assert [name for name in faults if f'"{name}"' not in tests] == []


def test_every_fault_of_the_program_is_told_in_the_readme() -> None:
    told = (SCENARIOS / "README.md").read_text("utf-8")
    faults = [name for name in scenario_names(SCENARIOS) if name.startswith("fault-")]
    assert [name for name in faults if f"| `{name}` |" not in told] == []


@pytest.mark.parametrize(
    ("scenario", "first", "second"),
    [
        ("fault-token-500", 1.0, 3),
        ("fault-token-html-200", 1.0, 3),
        ("fault-token-503", 6.0, 2),
        ("fault-token-429", 7.0, 2),
    ],
)
async def test_a_sign_in_that_fails_for_now_uses_no_attempt_and_is_tried_again_when_told(
    tmp_path: Path, scenario: str, first: float, second: int
) -> None:
    async with desk_on(tmp_path, scenario, ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(SOON_S)
        assert desk.state(job) is JobState.QUEUED
        assert "Signing in failed" in desk.why(job)
        await desk.passes(LONG_S)
        assert desk.post_times(job) == [first]
        assert (desk.state(job), desk.now_is(job).attempts) == (JobState.ACCEPTED, 1)
        assert desk.simulator.requests["token"] == second
        desk.check()


@pytest.mark.parametrize(
    ("scenario", "post"),
    [("fault-token-late", 10.0), ("fault-token-cut", 0.0), ("fault-token-no-token", 0.0)],
)
async def test_a_sign_in_without_an_answer_costs_the_count_and_the_trigger_goes_all_the_same(
    tmp_path: Path, scenario: str, post: float
) -> None:
    async with desk_on(tmp_path, scenario, ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(LONG_S)
        assert desk.post_times(job) == [post]
        assert desk.now_is(job).attempts == 1
        desk.check()


@pytest.mark.parametrize("status", [429, 409, 400])
async def test_a_full_workflow_waits_alone_whatever_the_status_that_says_so(
    tmp_path: Path, status: int
) -> None:
    scenarios = {429: "fault-full-429", 409: "fault-full-409", 400: "fault-full-400"}
    scenario, limits = scenarios[status], {WORKFLOW: 1}
    async with desk_on(tmp_path, scenario, ahead=TENANT_AHEAD, limits=limits) as desk:
        first = await desk.queue()
        await desk.passes(2)
        second = await desk.queue()
        other = await desk.queue("wf_another")
        await desk.passes(0.3)
        assert desk.state(first) is JobState.ACCEPTED
        assert desk.state(second) is JobState.QUEUED
        assert desk.post_times(second) == [2.0]
        assert desk.lane.cooldown_until is None
        assert (WORKFLOW in desk.lane.workflow_cooldowns) == (status == 429)
        await desk.passes(1)
        assert desk.state(other) is JobState.ACCEPTED
        await desk.passes(20)
        assert "Waiting for a slot" in desk.why(second)
        await desk.passes(20)
        assert desk.state(second) is JobState.ACCEPTED
        assert desk.now_is(second).thrown_back_since is None
        assert len(desk.post_times(second)) == 2
        assert 30.0 <= desk.post_times(second)[1] < 32.5
        desk.check()


async def test_being_turned_away_for_half_an_hour_in_all_ends_the_job(tmp_path: Path) -> None:
    async with desk_on(tmp_path, "fault-429-for-ever", ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(1795)
        assert desk.state(job) is JobState.QUEUED
        await desk.passes(10)
        assert desk.state(job) is JobState.FAILED
        assert "Thrown back for 30 minutes in all" in desk.why(job)
        assert desk.post_times(job) == [60.0 * n for n in range(31)]
        desk.check()


async def test_an_outage_opens_the_circuit_and_its_end_is_found_by_counts(tmp_path: Path) -> None:
    async with desk_on(tmp_path, "fault-outage", ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.until(lambda: desk.lane.breaker.state is Circuit.OPEN, 60)
        assert "Circuit open: Signing in failed for now" in desk.why(job)
        assert desk.lane.breaker.failures == 5
        before = desk.simulator.requests
        await desk.passes(29)
        assert desk.simulator.requests == before
        await desk.passes(200)
        assert desk.state(job) is JobState.ACCEPTED
        assert desk.lane.breaker.state is Circuit.CLOSED
        assert len(desk.post_times(job)) == 1
        assert any("Still no answer" in text for text in desk.notices())
        desk.check()


async def test_two_instances_of_one_start_are_recorded_and_shown(tmp_path: Path) -> None:
    async with desk_on(tmp_path, "fault-duplicate", ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(1)
        assert await desk.poller.read()
        assert desk.types(job) == ["TRIGGER_QUEUED", "WORKFLOW_TRIGGERED", "TRIGGER_DOUBLED"]
        told = desk.payload(job, "TRIGGER_DOUBLED")["instanceIds"]
        assert sorted(told) == sorted(desk.instances(job))
        assert await desk.poller.read()
        assert desk.types(job).count("TRIGGER_DOUBLED") == 1
        desk.check(most_instances=2)


async def test_two_instances_and_no_answer_are_both_named_and_asked(tmp_path: Path) -> None:
    async with desk_on(tmp_path, "fault-duplicate-cut", ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(LONG_S)
        assert desk.state(job) is JobState.REVIEW
        assert all(instance in desk.why(job) for instance in desk.instances(job))
        assert desk.types(job) == ["TRIGGER_QUEUED", "TRIGGER_DOUBLED", "TRIGGER_REVIEW"]
        assert len(desk.post_times(job)) == 1
        desk.check(most_instances=2)


async def test_an_instance_listed_after_two_complete_lists_without_it_is_told_as_doubled(
    tmp_path: Path,
) -> None:
    # No client could know: the list declares itself complete. What counts is that it is told.
    async with desk_on(tmp_path, "fault-look-too-late", ahead=TENANT_AHEAD) as desk:
        job = await desk.queue()
        await desk.passes(80)
        assert len(desk.instances(job)) == 2
        assert await desk.poller.read()
        assert "TRIGGER_DOUBLED" in desk.types(job)
        desk.check(most_instances=2)


@pytest.mark.parametrize("scenario", ["fault-date-ahead", "fault-date-ahead-once"])
async def test_a_wrong_date_header_hides_no_instance_from_the_look_up(
    tmp_path: Path, scenario: str
) -> None:
    async with desk_on(tmp_path, scenario, ahead=TENANT_AHEAD) as desk:
        await desk.passes(1)
        job = await desk.queue()
        await desk.passes(LONG_S)
        assert (desk.state(job), desk.now_is(job).found_by) == (JobState.ACCEPTED, "look-up")
        assert len(desk.post_times(job)) == 1
        desk.check()
