"""What nobody knows is looked up before any resend, and asked where no listing can prove it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Final

import pytest

from console.domain.errors import (
    Unknown,
    Unreadable,
)
from console.domain.instance import Instance
from console.domain.job import FoundBy, JobState, Wait
from tests.fakes import START, made_then_cut
from tests.services.desk import Desk, sending


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_a_cut_after_the_instance_was_made_is_found_and_not_sent_again(desk: Desk) -> None:
    desk.tenant.answers.append(made_then_cut)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(4.9)
        waiting = desk.now_is(job)
        assert (waiting.state, waiting.wait, waiting.look) == (JobState.WAITING, Wait.LOOKUP, 1)
        await desk.clock.advance(0.2)
        done = desk.now_is(job)
    assert (done.state, done.instance_id) == (JobState.ACCEPTED, "inst-0001")
    assert done.found_by is FoundBy.LOOKUP
    assert len(desk.tenant.bodies) == 1
    assert desk.types().count("WORKFLOW_TRIGGERED") == 1


async def test_two_complete_listings_without_it_allow_the_next_attempt(desk: Desk) -> None:
    desk.tenant.answers.append(Unknown("503", status=503))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(14.9)
        assert len(desk.tenant.bodies) == 1
        await desk.clock.advance(10)
        done = desk.now_is(job)
    assert (done.state, done.attempts, len(desk.tenant.bodies)) == (JobState.ACCEPTED, 2, 2)


async def test_after_three_proved_absent_attempts_the_job_fails(desk: Desk) -> None:
    desk.tenant.answers.extend(Unknown("503", status=503) for _ in range(9))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(400)
    assert desk.now_is(job).state is JobState.FAILED
    assert len(desk.tenant.bodies) == 3


def incomplete(desk: Desk) -> None:
    desk.tenant.listing_complete = False


def unlistable(desk: Desk) -> None:
    desk.tenant.capabilities = replace(desk.tenant.capabilities, list=False)


def broken_list(desk: Desk) -> None:
    desk.tenant.list_errors.extend(Unknown("500", status=500) for _ in range(2))


def undeclared(desk: Desk) -> None:
    desk.tenant.capabilities = replace(desk.tenant.capabilities, complete_listing=False)


@pytest.mark.parametrize("spoil", [incomplete, unlistable, broken_list, undeclared])
async def test_what_no_listing_can_prove_is_asked_and_never_sent_again(
    desk: Desk, spoil: Callable[[Desk], None]
) -> None:
    desk.tenant.answers.append(Unknown("cut"))
    spoil(desk)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(600)
    assert desk.now_is(job).state is JobState.REVIEW
    assert len(desk.tenant.bodies) == 1
    assert desk.types()[-1] == "TRIGGER_REVIEW"


OURS: Final = {"customerId": "CUST-1"}
SUMMARY: Final = Instance("inst-9", "wf", "running", metadata_told=False)


@pytest.mark.parametrize("shown", [SUMMARY, replace(SUMMARY, context=OURS, started_at=START)])
async def test_an_instance_whose_metadata_the_list_leaves_out_may_be_the_one_and_is_asked_about(
    desk: Desk, shown: Instance
) -> None:
    desk.tenant.instances[shown.instance_id] = shown
    desk.tenant.answers.append(Unknown("cut"))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(600)
    assert desk.now_is(job).state is JobState.REVIEW
    assert "leaves out their metadata" in desk.now_is(job).reason
    assert len(desk.tenant.bodies) == 1


@pytest.mark.parametrize(
    "shown",
    [
        replace(SUMMARY, metadata_told=True),
        replace(SUMMARY, context={"a": 2}),
        replace(SUMMARY, started_at=START - timedelta(minutes=6)),
    ],
)
async def test_an_instance_that_something_tells_from_ours_hinders_no_retry(
    desk: Desk, shown: Instance
) -> None:
    desk.tenant.instances[shown.instance_id] = shown
    desk.tenant.answers.append(Unknown("cut"))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(600)
    assert (desk.now_is(job).state, len(desk.tenant.bodies)) == (JobState.ACCEPTED, 2)


async def test_a_yes_without_an_id_is_never_sent_again_by_itself(desk: Desk) -> None:
    desk.tenant.answers.append(Unreadable("200 without an id", status=200))
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(600)
    assert desk.now_is(job).state is JobState.REVIEW
    assert len(desk.tenant.bodies) == 1


async def test_two_instances_with_one_job_id_are_both_named_and_asked(desk: Desk) -> None:
    def twice(tenant, payload, job_id):
        tenant.make(payload, job_id)
        return made_then_cut(tenant, payload, job_id)

    desk.tenant.answers.append(twice)
    async with sending(desk):
        job = await desk.queue()
        await desk.clock.advance(60)
    assert desk.now_is(job).state is JobState.REVIEW
    assert "inst-0001" in desk.now_is(job).reason
    assert "inst-0002" in desk.now_is(job).reason
    assert desk.types()[-2:] == ["TRIGGER_DOUBLED", "TRIGGER_REVIEW"]


async def test_a_job_left_sending_by_a_crash_is_looked_up_and_its_attempt_is_not_counted() -> None:
    desk = Desk()
    desk.tenant.gate = asyncio.Event()
    desk.tasks.start(desk.runner.run(), "lane")
    job = await desk.queue()
    await desk.clock.advance(1)
    assert desk.now_is(job).state is JobState.SENDING
    payload, job_id = desk.tenant.bodies[0]
    desk.tenant.make(payload, job_id)
    await desk.tasks.close()  # the process dies; the instance lives

    after = Desk()
    after.ledger.rows = desk.ledger.rows
    after.tenant.instances = desk.tenant.instances
    async with sending(after):
        await after.clock.advance(0.1)
        waiting = after.now_is(job)
        assert (waiting.state, waiting.wait, waiting.attempts) == (
            JobState.WAITING,
            Wait.LOOKUP,
            0,
        )
        await after.clock.advance(6)
        assert after.now_is(job).state is JobState.ACCEPTED
    assert after.tenant.bodies == []
