"""Instances are read without overlap; what ended becomes a record once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from console.domain.errors import EnvironmentProblem, Unknown
from console.domain.instance import Instance, Listing
from console.domain.job import JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.domain.retry import Review
from console.domain.workflow import Workflow
from console.services import outcomes
from console.services.events import InstancesRead, InstancesUnread, TokenChanged
from console.services.poller import KEEP_ENDED, SINGLES, SLOWEST_S, Pace, Poller
from console.services.ports import TokenLife
from tests.fakes import START, FixedDefinitions, settle
from tests.services.watch import PagedTenant, Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


def a_workflow(workflow_id: str, limit: int = 50) -> Workflow:
    return Workflow(workflow_id, workflow_id, limit=limit)


async def test_an_instance_that_was_seen_to_end_is_recorded_once(watch: Watch) -> None:
    job = await watch.accepted()
    assert await watch.poller.read()
    assert "WORKFLOW_COMPLETED" not in watch.types()
    watch.tenant.end("inst-0001")
    for _ in range(3):
        assert await watch.poller.read()
    assert watch.types().count("WORKFLOW_COMPLETED") == 1
    done = watch.kept(job)
    assert (done.state, done.instance_status, done.completed_at) == (
        JobState.ACCEPTED,
        "completed",
        START,
    )
    assert watch.ledger.trail[-1].payload["status"] == "completed"


async def test_a_status_nobody_knows_is_shown_and_is_no_end(watch: Watch) -> None:
    await watch.accepted()
    watch.tenant.end("inst-0001", "snoozing")
    assert await watch.poller.read()
    assert "WORKFLOW_COMPLETED" not in watch.types()
    assert [item.status for item in watch.last_read().instances] == ["snoozing"]


async def test_slots_are_what_runs_of_the_limit_for_defined_and_used_workflows() -> None:
    watch = Watch(a_workflow("defined", 7))
    await watch.accepted()
    await watch.accepted()
    watch.tenant.end("inst-0001", "waiting")
    await watch.poller.read()
    assert watch.last_read().slots == {"defined": (0, 7), "wf": (1, 50)}


async def test_where_a_page_is_not_all_the_running_ones_are_read_as_well() -> None:
    watch = Watch(a_workflow("wf"))
    watch.tenant.shown = 2
    for number in range(5):
        watch.tenant.make(TriggerPayload("wf", {"n": number}), f"elsewhere-{number}")
    watch.tenant.end("inst-0005")
    await watch.poller.read()
    assert watch.last_read().slots == {"wf": (4, 50)}
    assert len(watch.last_read().instances) == 5


async def test_our_own_instances_that_no_page_shows_are_read_a_few_at_a_time(watch: Watch) -> None:
    jobs = [await watch.accepted() for _ in range(SINGLES + 5)]
    watch.tenant.shown = 0
    for job in jobs:
        watch.tenant.end(job.instance_id or "")
    watch.tenant.instances.pop("inst-0003")
    await watch.poller.read()
    assert watch.tenant.gets == SINGLES
    for _ in range(3):
        await watch.poller.read()
    assert watch.types().count("WORKFLOW_COMPLETED") == len(jobs) - 1


async def test_an_ended_instance_stays_in_view_for_a_while_after_the_tenant_dropped_it(
    watch: Watch,
) -> None:
    await watch.accepted()
    watch.tenant.end("inst-0001")
    await watch.poller.read()
    watch.tenant.instances.clear()
    await watch.poller.read()
    assert [item.status for item in watch.last_read().instances] == ["completed"]
    await watch.clock.advance(KEEP_ENDED.total_seconds())
    await watch.poller.read()
    assert watch.last_read().instances == ()


async def test_a_job_that_is_being_sent_is_left_to_its_sender(watch: Watch) -> None:
    job = await watch.sending()
    await watch.accepted()
    watch.tenant.make(job.payload, job.job_id)
    await watch.poller.read()
    assert watch.kept(job).state is JobState.SENDING


async def test_instances_of_other_profiles_and_other_consoles_are_none_of_ours(
    watch: Watch,
) -> None:
    other = await watch.sending("other")
    stuck = await watch.store(outcomes.review(other, Review("?", "cut"), START))
    await watch.accepted()
    watch.tenant.make(other.payload, other.job_id)
    watch.tenant.make(TriggerPayload("wf", {}), "nobody-knows-this-job")
    watch.tenant.instances["foreign"] = Instance("foreign", "wf", "running")
    await watch.poller.read()
    assert watch.kept(stuck) == stuck


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.REVIEW])
async def test_two_instances_of_one_job_wait_for_a_person_however_often_they_are_seen(
    watch: Watch, state: JobState
) -> None:
    job = await watch.stuck(state)
    await watch.accepted()
    watch.tenant.make(job.payload, job.job_id)
    watch.tenant.make(job.payload, job.job_id)
    for _ in range(3):
        await watch.poller.read()
    doubled = watch.kept(job)
    assert (doubled.state, doubled.reason_code) == (JobState.REVIEW, "doubled")
    assert "inst-0002, inst-0003" in doubled.reason
    assert watch.types().count("TRIGGER_DOUBLED") == 1
    watch.tenant.make(job.payload, job.job_id)
    await watch.poller.read()
    assert watch.types().count("TRIGGER_DOUBLED") == 2
    watch.tenant.instances.pop("inst-0002")
    watch.tenant.instances.pop("inst-0003")
    await watch.poller.read()
    assert watch.kept(job).state is JobState.REVIEW


async def test_a_second_instance_of_an_accepted_job_is_recorded_and_the_job_stays(
    watch: Watch,
) -> None:
    job = await watch.accepted()
    watch.tenant.make(job.payload, job.job_id)
    for _ in range(2):
        await watch.poller.read()
    assert watch.kept(job).state is JobState.ACCEPTED
    assert watch.types().count("TRIGGER_DOUBLED") == 1
    watch.tenant.end("inst-0001")
    await watch.poller.read()
    await watch.poller.read()
    assert watch.types().count("WORKFLOW_COMPLETED") == 1


async def test_a_failed_job_that_ran_twice_is_accepted_and_told_as_doubled(watch: Watch) -> None:
    job = await watch.stuck(JobState.FAILED)
    await watch.accepted()
    watch.tenant.make(job.payload, job.job_id)
    watch.tenant.make(job.payload, job.job_id)
    for _ in range(2):
        await watch.poller.read()
    assert watch.kept(job).state is JobState.ACCEPTED
    assert watch.types().count("TRIGGER_DOUBLED") == 1


async def test_a_failed_reading_is_told_and_what_is_shown_stays(watch: Watch) -> None:
    await watch.accepted()
    watch.tenant.list_errors.append(Unknown("503", status=503))
    assert not await watch.poller.read()
    assert watch.told[-1] == InstancesUnread("503", START)
    assert await watch.poller.read()


async def test_a_disk_that_takes_no_completion_is_told_and_asked_again(watch: Watch) -> None:
    await watch.accepted()
    watch.tenant.end("inst-0001")
    watch.ledger.full = True
    assert await watch.poller.read()
    assert any(isinstance(event, InstancesUnread) for event in watch.told)
    watch.ledger.full = False
    await watch.poller.read()
    assert watch.types().count("WORKFLOW_COMPLETED") == 1


async def test_a_queue_that_cannot_be_read_is_told(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(*_: Any) -> list[TriggerJob]:
        raise EnvironmentProblem("The queue cannot be read right now.")

    monkeypatch.setattr(watch.ledger, "uncompleted", unreadable)
    assert not await watch.poller.read()
    assert watch.told[-1] == InstancesUnread("The queue cannot be read right now.", START)


async def test_a_job_that_moves_while_it_is_noted_is_noted_next_time(
    watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await watch.accepted()
    watch.tenant.end("inst-0001")
    stale = job.evolve(version=job.version - 1)
    with monkeypatch.context() as patch:
        patch.setattr(watch.ledger, "job", lambda _: stale)
        assert await watch.poller.read()
    assert "WORKFLOW_COMPLETED" not in watch.types()
    await watch.poller.read()
    assert watch.types().count("WORKFLOW_COMPLETED") == 1


async def test_the_tokens_end_is_told_when_it_is_another(watch: Watch) -> None:
    await watch.poller.read()
    watch.tenant.token = TokenLife(START)
    await watch.poller.read()
    await watch.poller.read()
    told = [event for event in watch.told if isinstance(event, TokenChanged)]
    assert told == [TokenChanged(START)]


def readings(watch: Watch) -> int:
    return sum(isinstance(event, InstancesRead) for event in watch.told)


async def test_readings_come_at_their_pace_slower_unseen_and_not_at_all_while_paused() -> None:
    watch = Watch(pace=Pace(2.0))
    watch.tasks.start(watch.poller.run(), "poller")
    await watch.clock.advance(0)
    assert readings(watch) == 1
    await watch.clock.advance(6)
    assert readings(watch) == 4
    watch.poller.set_pace(Pace(2.0, visible=False))
    await watch.clock.advance(8)
    assert readings(watch) == 6
    watch.poller.set_pace(Pace(2.0, paused=True))
    await watch.clock.advance(600)
    assert readings(watch) == 6
    watch.poller.wake()
    await settle()
    assert readings(watch) == 6
    watch.poller.set_pace(Pace(2.0))
    await settle()
    assert readings(watch) == 7
    watch.poller.wake()
    await settle()
    assert readings(watch) == 8
    await watch.tasks.close()
    assert watch.crashes == []


def test_a_failing_tenant_is_asked_ever_more_seldom() -> None:
    pace = Pace(3.0)
    assert [pace.delay(failures, 0.0) for failures in range(7)] == [3, 3, 6, 12, 24, 48, SLOWEST_S]
    assert Pace(90.0).delay(3, 0.0) == 90.0


async def test_one_reading_ends_before_the_next_begins() -> None:
    watch = Watch(a_workflow("wf"), pace=Pace(0.2))
    gate = asyncio.Event()
    under_way = most = 0

    class Slow(PagedTenant):
        async def page(self, *args: Any, **more: Any) -> Listing:
            nonlocal under_way, most
            under_way += 1
            most = max(most, under_way)
            await gate.wait()
            under_way -= 1
            return await super().page(*args, **more)

    watch.poller = Poller(
        "demo", Slow(watch.clock), watch.around, FixedDefinitions([a_workflow("wf")]), Pace(0.2)
    )
    watch.tasks.start(watch.poller.run(), "poller")
    await watch.clock.advance(10)
    watch.poller.wake()
    await settle()
    gate.set()
    await watch.clock.advance(1)
    await watch.tasks.close()
    assert most == 1
