"""Why a connection sends or does not: circuit, cool-downs, hold, pause, and the words for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.job import JobState, TriggerJob, Wait
from console.domain.lane import (
    CLOSED,
    FAILURES_TO_OPEN,
    OPEN_CAP_S,
    OPEN_FIRST_S,
    OTHER_API,
    Breaker,
    Capacity,
    Circuit,
    Hold,
    Lane,
    Pause,
    explain,
    gate,
)
from tests.domain.test_job import NOW, a_job

LATER = NOW + timedelta(minutes=5)
OPEN = Breaker(Circuit.OPEN, 5, 1, NOW, LATER, "refused")


def failed_often(times: int, breaker: Breaker = CLOSED) -> Breaker:
    for _ in range(times):
        breaker = breaker.failed(NOW, "refused")
    return breaker


def test_the_fifth_failure_in_a_row_opens_the_circuit() -> None:
    almost = failed_often(FAILURES_TO_OPEN - 1)
    assert (almost.state, almost.failures) == (Circuit.CLOSED, 4)
    opened = almost.failed(NOW, "refused")
    assert (opened.state, opened.trips, opened.why) == (Circuit.OPEN, 1, "refused")
    assert opened.until == NOW + timedelta(seconds=OPEN_FIRST_S)


def test_an_answer_forgets_the_failures() -> None:
    assert failed_often(4).succeeded() == CLOSED
    assert CLOSED.succeeded() is CLOSED


def test_a_failed_probe_opens_it_for_twice_as_long_up_to_five_minutes() -> None:
    breaker, waits = failed_often(FAILURES_TO_OPEN), []
    for _ in range(7):
        assert breaker.until is not None
        assert breaker.since is not None
        waits.append((breaker.until - breaker.since).total_seconds())
        breaker = breaker.probing(NOW).failed(NOW, "still refused")
    assert waits == [30, 60, 120, 240, OPEN_CAP_S, OPEN_CAP_S, OPEN_CAP_S]


def test_what_was_under_way_when_it_opened_does_not_open_it_for_longer() -> None:
    opened = failed_often(FAILURES_TO_OPEN)
    again = opened.failed(NOW + timedelta(seconds=20), "late")
    assert (again.until, again.trips, again.failures) == (opened.until, 1, 6)


def test_an_open_circuit_may_be_probed_when_its_time_is_over() -> None:
    assert not CLOSED.due(NOW)
    assert not OPEN.due(NOW)
    assert OPEN.due(LATER)
    assert Breaker(Circuit.OPEN).due(NOW)
    assert not OPEN.probing(LATER).due(LATER)
    assert OPEN.probing(LATER).state is Circuit.HALF_OPEN


@given(st.lists(st.sampled_from(["failed", "succeeded", "probing"]), max_size=40))
def test_a_closed_circuit_has_fewer_than_five_failures_and_an_open_one_an_end(
    steps: list[str],
) -> None:
    breaker = CLOSED
    for step in steps:
        if step == "failed":
            breaker = breaker.failed(NOW, "refused")
        elif step == "succeeded":
            breaker = breaker.succeeded()
        elif breaker.state is Circuit.OPEN:
            breaker = breaker.probing(NOW)
        if breaker.state is Circuit.CLOSED:
            assert breaker.failures < FAILURES_TO_OPEN
        if breaker.state is Circuit.OPEN:
            assert breaker.until is not None
            assert NOW < breaker.until <= NOW + timedelta(seconds=OPEN_CAP_S)


def test_a_workflow_is_full_only_where_that_was_counted() -> None:
    assert Capacity(50, 50, 0, NOW).full
    assert not Capacity(50, 49, 1, NOW).full
    assert not Capacity(50, None, None, NOW, "500").full


def test_a_workflow_cools_down_with_its_connection_and_by_itself() -> None:
    lane = Lane("demo", cooldown_until=NOW, workflow_cooldowns={"wf": LATER})
    assert lane.cooling("wf", NOW) == LATER
    assert lane.cooling("other", NOW) is None
    assert lane.cooling("wf", LATER) is None
    both = lane.evolve(cooldown_until=LATER + timedelta(seconds=1))
    assert both.cooling("wf", NOW) == both.cooling("other", NOW) == both.cooldown_until


HELD = Hold("sign-in-refused", "the secret is wrong", NOW)
BLOCKS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"trouble": "No keyring."}, {}, "no-connection", "No keyring."),
    ({"fingerprint": "another"}, {}, "other-tenant", OTHER_API),
    ({"pause": Pause("lunch", "op", NOW)}, {}, "paused", "Paused by op: lunch. Resume to send"),
    ({"pause": Pause("", "op", NOW)}, {}, "paused", "Paused by op. Resume to send"),
    (
        {"pause": Pause("fire", "op", NOW, line_stopped=True)},
        {},
        "paused",
        "Line stopped by op: fire. Resume to send",
    ),
    (
        {"hold": HELD},
        {},
        "connection-held",
        "Connection held: the secret is wrong. Test it to go on",
    ),
    ({}, {"not_before": LATER}, "scheduled", "Scheduled"),
    ({}, {"send_before": NOW}, "too-old", "Too old to send unasked; send it or cancel it"),
    ({"breaker": OPEN}, {}, "circuit-open", "Circuit open: refused"),
    ({"cooldown_until": LATER}, {}, "cool-down", "CXone asked us to wait (429)"),
    (
        {"workflow_cooldowns": {"wf": LATER}, "cooldown_why": "full"},
        {},
        "cool-down",
        "full",
    ),
]


@pytest.mark.parametrize(("lane", "job", "code", "text"), BLOCKS)
def test_whatever_keeps_a_job_back_is_said_in_words(
    lane: dict[str, Any], job: dict[str, Any], code: str, text: str
) -> None:
    why = gate(Lane("demo", **lane), a_job(**job), NOW)
    assert why is not None
    assert (why.code, why.text) == (code, text)
    assert explain(Lane("demo", **lane), a_job(**job), NOW) == why


def test_every_clock_that_runs_is_given_with_its_reason() -> None:
    scheduled = gate(Lane("demo"), a_job(not_before=LATER), NOW)
    cooling = gate(Lane("demo", cooldown_until=LATER), a_job(), NOW)
    opened = gate(Lane("demo", breaker=OPEN), a_job(), NOW)
    assert scheduled is not None
    assert cooling is not None
    assert opened is not None
    assert scheduled.until == cooling.until == opened.until == LATER


def test_what_a_person_must_do_is_said_before_what_time_will_do() -> None:
    lane = Lane("demo", cooldown_until=LATER, breaker=OPEN, hold=HELD)
    why = gate(lane, a_job(), NOW)
    assert why is not None
    assert why.code == "connection-held"


def test_a_job_that_nothing_keeps_back_may_go() -> None:
    lane = Lane("demo", fingerprint="print", cooldown_until=NOW, workflow_cooldowns={"wf": NOW})
    assert gate(lane, a_job(not_before=NOW, send_before=LATER), NOW) is None


def why_text(job: TriggerJob, lane: Lane | None = None, *, sender: bool = True) -> str:
    return explain(lane or Lane("demo"), job, NOW, sender=sender).text


def test_a_queued_job_says_what_it_waits_for() -> None:
    full = Lane("demo", capacity={"wf": Capacity(50, 50, 0, NOW)})
    free = Lane("demo", capacity={"wf": Capacity(50, 3, 47, NOW)})
    assert why_text(a_job(), full) == "Waiting for a slot: all 50 are in use"
    assert why_text(a_job(), free) == "Next in line"
    assert why_text(a_job(reason="Sent again by op")) == "Sent again by op"
    assert why_text(a_job(), full, sender=False).startswith("Waiting for a sender")


def test_a_waiting_job_says_which_look_or_try_comes_next() -> None:
    looking = a_job(state=JobState.WAITING, wait=Wait.LOOKUP, look=2, until=LATER)
    assert why_text(looking) == "Looking for the instance, 2 of 2"
    assert why_text(looking.evolve(reason="cut")) == "Looking for the instance, 2 of 2 (cut)"
    retrying = a_job(state=JobState.WAITING, wait=Wait.RETRY, attempts=1, until=LATER)
    assert why_text(retrying) == "Retry 2 of 3"
    assert why_text(retrying.evolve(reason="cut")) == "Retry 2 of 3: cut"
    assert explain(Lane("demo"), retrying, NOW).until == LATER
    assert why_text(looking, Lane("demo", fingerprint="another")) == OTHER_API


@pytest.mark.parametrize(
    "state", [JobState.ACCEPTED, JobState.REVIEW, JobState.FAILED, JobState.CANCELLED]
)
def test_a_job_at_its_end_says_why(state: JobState) -> None:
    assert why_text(a_job(state=state, reason="because")) == "because"


def test_a_job_on_its_way_says_so() -> None:
    assert why_text(a_job(state=JobState.SENDING)) == "Sending now"
