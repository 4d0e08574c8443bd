"""What a person can do with a job, and why not: the same rule for links, buttons and many rows."""

from dataclasses import replace

import pytest

from console.domain.job import JobState, Wait
from console.ui.models.job_deeds import deeds, links, same_person, why_not
from tests.ui.fake_commands import NOON


def made(commands, state, **more):
    job = commands.new_job()
    if state is not JobState.QUEUED:
        job = job.move(JobState.SENDING, NOON)
        job = job if state is JobState.SENDING else job.move(state, NOON)
    return replace(job, **more)


@pytest.mark.parametrize(
    ("key", "state", "more", "told"),
    [
        ("approve", JobState.QUEUED, {}, "It does not await an approval"),
        ("refuse", JobState.FAILED, {"approval_required": True}, "It does not await an approval"),
        (
            "approve",
            JobState.QUEUED,
            {"approval_required": True},
            "You asked for it; another operator must decide",
        ),
        ("cancel", JobState.SENDING, {}, "It is being sent now"),
        (
            "cancel",
            JobState.WAITING,
            {"wait": Wait.LOOKUP},
            "It may already run; the look-up decides first",
        ),
        ("retry", JobState.REVIEW, {}, "It is in review; decide on it"),
        ("retry", JobState.QUEUED, {}, "It goes as soon as what it waits for ends"),
        ("cancel", JobState.ACCEPTED, {}, "It is accepted"),
    ],
)
def test_what_cannot_be_done_has_its_reason(commands, key, state, more, told):
    job = made(commands, state, **more)
    able = [deed.key for deed in deeds(job, commands.explain(job), "op-north")]
    assert key not in able
    assert why_not(key, job, "op-north") == told


def test_a_look_up_offers_its_values_alone_and_a_wait_for_a_retry_has_no_link(commands):
    looking = made(commands, JobState.WAITING, wait=Wait.LOOKUP)
    (only,) = deeds(looking, commands.explain(looking), "op-north")
    assert only.key == "reuse"
    waiting = made(commands, JobState.WAITING, wait=Wait.RETRY)
    assert links(waiting, commands.explain(waiting), "op-north") == ()
    able = [deed.text for deed in deeds(waiting, commands.explain(waiting), "op-north")]
    assert able == ["Retry now", "Cancel…", "Use as new trigger"]


def test_a_name_is_one_person_however_it_is_written():
    assert same_person(" Op-North", "op-north ")
    assert not same_person("op-north", "op-south")
