"""An instance that turns up after everybody stopped looking makes its job accepted."""

from __future__ import annotations

import pytest

from console.domain.job import FoundBy, JobState
from console.domain.retry import Fail, Review
from console.services import outcomes
from console.services.poller import EXPECT_LATE, Poller
from tests.fakes import FixedDefinitions
from tests.services.watch import Watch


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.REVIEW, JobState.FAILED])
async def test_an_instance_that_turns_up_late_makes_its_job_accepted(
    watch: Watch, state: JobState
) -> None:
    job = await watch.stuck(state)
    await watch.accepted()  # so that the workflow is read
    watch.tenant.make(job.payload, job.job_id)
    await watch.poller.read()
    found = watch.kept(job)
    assert (found.state, found.instance_id, found.found_by) == (
        JobState.ACCEPTED,
        "inst-0002",
        FoundBy.LOOKUP,
    )
    assert [
        draft.payload["foundBy"]
        for draft in watch.ledger.trail
        if draft.event_type == "WORKFLOW_TRIGGERED" and draft.payload["jobId"] == job.job_id
    ] == ["look-up"]


@pytest.mark.parametrize("ended", [True, False])
async def test_an_instance_that_turns_up_late_is_looked_for_in_a_workflow_nothing_else_asks_for(
    watch: Watch, ended: bool
) -> None:
    job = await watch.stuck(JobState.WAITING)
    now = watch.clock.now()
    write = (
        outcomes.failed(job, Fail("given up", "given-up"), now)
        if ended
        else outcomes.review(job, Review("nobody knows", "cut"), now)
    )
    await watch.store(write)
    watch.tenant.make(job.payload, job.job_id)
    await watch.poller.read()
    assert watch.kept(job).state is JobState.ACCEPTED


async def test_a_list_is_read_for_a_late_instance_for_a_day_and_not_for_a_plain_refusal(
    watch: Watch,
) -> None:
    await watch.stuck(JobState.FAILED)  # refused: nothing of it can run
    await watch.poller.read()
    assert watch.tenant.lists == 0
    await watch.stuck(JobState.REVIEW)
    await watch.poller.read()
    assert watch.tenant.lists == 1
    await watch.clock.advance(EXPECT_LATE.total_seconds())
    await watch.poller.read()
    assert watch.tenant.lists == 1


async def test_an_instance_at_another_api_proves_nothing_about_a_job(watch: Watch) -> None:
    job = await watch.stuck(JobState.REVIEW)
    watch.tenant.make(job.payload, job.job_id)
    elsewhere = Poller("demo", watch.tenant, watch.around, FixedDefinitions(), fingerprint="other")
    await elsewhere.read()
    assert watch.kept(job).state is JobState.REVIEW
