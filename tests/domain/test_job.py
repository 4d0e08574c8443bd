"""A job moves only as the table says, and every state begins with its own explanation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import Refusal
from console.domain.job import ENDED, MOVES, JobState, TriggerJob, Wait
from console.domain.payload import TriggerPayload

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
Q, S, W, A, R, F, C = (
    JobState.QUEUED,
    JobState.SENDING,
    JobState.WAITING,
    JobState.ACCEPTED,
    JobState.REVIEW,
    JobState.FAILED,
    JobState.CANCELLED,
)
ALLOWED = {
    *((Q, to) for to in (S, C, F)),
    *((S, to) for to in (A, W, Q, F, R)),
    *((W, to) for to in (S, A, F, R, C)),
    *((R, to) for to in (A, F, Q)),
    (F, A),
}
"""The table of the product, written once more by hand."""


def a_job(**more: Any) -> TriggerJob:
    values: dict[str, Any] = {
        "job_id": "00000000-0000-4000-8000-000000000001",
        "profile": "demo",
        "fingerprint": "print",
        "payload": TriggerPayload("wf", {"customerId": "CUST-99887"}, 2),
        "operator": "op-north",
        "operator_reason": "",
        "salt": b"0123456789abcdef",
        "queued_at": NOW,
    }
    return TriggerJob(**(values | more))


@pytest.mark.parametrize(("before", "after"), list(product(JobState, JobState)))
def test_only_the_moves_of_the_table_are_allowed(before: JobState, after: JobState) -> None:
    job = a_job(state=before)
    if (before, after) in ALLOWED:
        moved = job.move(after, NOW)
        assert (moved.state, moved.changed_at) == (after, NOW)
    else:
        with pytest.raises(Refusal, match=f"{before} cannot become {after}"):
            job.move(after, NOW)


def test_every_state_has_its_row() -> None:
    assert set(MOVES) == set(JobState)
    assert {(before, after) for before, row in MOVES.items() for after in row} == ALLOWED


def test_a_job_that_is_looked_for_cannot_be_cancelled() -> None:
    waiting = a_job(state=W, wait=Wait.LOOKUP)
    with pytest.raises(Refusal, match="after the look-up"):
        waiting.move(C, NOW)
    assert replace(waiting, wait=Wait.RETRY).move(C, NOW).state is C
    assert waiting.move(A, NOW).state is A


def test_a_new_state_begins_without_the_explanations_of_the_old_one() -> None:
    old = a_job(
        state=W,
        wait=Wait.LOOKUP,
        look=2,
        looks_absent=1,
        reason="cut",
        reason_code="unknown",
        until=NOW,
    )
    new = old.move(R, NOW + timedelta(seconds=1), reason="nobody knows")
    assert (new.reason, new.reason_code, new.until) == ("nobody knows", "", None)
    assert (new.wait, new.look, new.looks_absent) == (None, 0, 0)
    assert old.reason == "cut"


@pytest.mark.parametrize("state", [A, F, C])
def test_an_ended_job_knows_when_it_ended(state: JobState) -> None:
    job = a_job(state=W).move(state, NOW)
    assert job.ended
    assert job.finished_at == NOW
    assert state in ENDED


@pytest.mark.parametrize("state", [Q, S, W, R])
def test_a_job_that_has_not_ended_says_so(state: JobState) -> None:
    assert not a_job(state=state).ended
    assert a_job(state=R).move(Q, NOW).finished_at is None


def test_the_state_changes_by_a_move_only() -> None:
    with pytest.raises(TypeError, match="move"):
        a_job().evolve(state=A)
    assert a_job().evolve(attempts=2).attempts == 2


def test_a_job_names_its_workflow_priority_and_number() -> None:
    job = a_job(number=1042)
    assert (job.workflow_id, job.priority, job.label) == ("wf", 2, "J-1042")


@given(st.lists(st.sampled_from(list(JobState)), max_size=12))
def test_whatever_is_tried_no_job_leaves_accepted_or_cancelled(tried: list[JobState]) -> None:
    job = a_job()
    ended: JobState | None = None
    for state in tried:
        try:
            job = job.move(state, NOW)
        except Refusal:
            continue
        assert ended is None
        if state in (A, C):
            ended = state
    assert ended in (None, job.state)
