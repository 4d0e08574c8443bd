"""The outcome table as one function: each thing that can happen, and what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import (
    CallError,
    CertificateRefused,
    NotSent,
    Rejected,
    SignInRefused,
    SignInUnavailable,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)
from console.domain.job import JobState, TriggerJob, Wait
from console.domain.retry import (
    JITTER,
    Fail,
    LookUp,
    Next,
    Requeue,
    RetryAt,
    RetryRules,
    Review,
    after_look,
    backoff,
    decide,
    is_breaker_failure,
    throttle_delay,
    thrown_back_too_long,
    uses_attempt,
)
from tests.domain.test_job import NOW, a_job

RULES = RetryRules()
EVERY: list[CallError] = [
    NotSent("refused"),
    SignInRefused("401", status=401),
    SignInUnavailable("503", status=503),
    CertificateRefused("expired"),
    Throttled("429", retry_after=3.0),
    WorkflowFull("409", status=409),
    Unauthorized("403", status=403),
    Rejected("422", status=422),
    Unknown("cut"),
    Unreadable("200 without id", status=200),
]


def sending(**more: Any) -> TriggerJob:
    return a_job(state=JobState.SENDING, attempts=1, **more)


def looked(look: int, absent: int = 0, **more: Any) -> TriggerJob:
    about: dict[str, Any] = {
        "wait": Wait.LOOKUP,
        "look": look,
        "looks_absent": absent,
        "attempts": 1,
    }
    return a_job(state=JobState.WAITING, reason="cut", reason_code="unknown", **(about | more))


def decided(error: CallError, job: TriggerJob | None = None, tries: int = 1) -> Next:
    return decide(error, job or sending(), NOW, tries, 0.0, RULES)


def in_s(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize("error", [SignInRefused("no"), CertificateRefused("no")])
def test_what_only_a_person_can_mend_holds_the_connection_and_keeps_the_job(
    error: CallError,
) -> None:
    assert decided(error) == Requeue("no", error.code, NOW, "connection", hold=error.code)


def test_what_was_not_sent_backs_off_with_the_whole_connection() -> None:
    assert decided(NotSent("refused")) == Requeue("refused", "not-sent", in_s(1), "connection")
    assert decided(NotSent("refused"), tries=4) == Requeue(
        "refused",
        "not-sent",
        in_s(8),
        "connection",
    )


def test_a_429_waits_as_long_as_it_was_told() -> None:
    step = decided(Throttled("429", retry_after=12.0))
    assert step == Requeue("429", "throttled", in_s(12), "connection")


def test_a_429_without_a_word_doubles_from_a_second() -> None:
    waits = []
    for tries in range(1, 9):
        step = decided(Throttled("429", retry_after=None), tries=tries)
        assert isinstance(step, Requeue)
        waits.append((step.at - NOW).total_seconds())
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("seconds", "told"), [(301.0, "5 min"), (100_000.0, "27.8 h"), (7200.0, "2 h")]
)
def test_a_wait_beyond_the_cap_holds_the_connection_and_keeps_the_job(
    seconds: float, told: str
) -> None:
    step = decided(Throttled("429", retry_after=seconds))
    assert isinstance(step, Requeue)
    assert (step.hold, step.at) == ("long-retry-after", NOW)
    assert f"wait {told}," in step.reason


def test_short_waits_beyond_a_small_cap_are_told_in_seconds() -> None:
    rules = RetryRules(retry_after_cap_s=10.0)
    step = decide(Throttled("429", retry_after=90.0), sending(), NOW, 1, 0.0, rules)
    assert isinstance(step, Requeue)
    assert "wait 90 s," in step.reason


def test_a_sign_in_that_does_not_answer_waits_like_a_429() -> None:
    error = SignInUnavailable("503", status=503, retry_after=7.0)
    assert decided(error) == Requeue("503", "sign-in-unavailable", in_s(7), "connection")


def test_a_limit_that_cxone_names_is_a_full_workflow() -> None:
    step = decided(WorkflowFull("409", status=409))
    assert isinstance(step, Requeue)
    assert (step.scope, step.at, step.hold) == ("full", NOW, "")


def test_refused_access_fails_the_job_and_holds_the_connection() -> None:
    assert decided(Unauthorized("403")) == Fail("403", "unauthorized", hold="unauthorized")


def test_a_rejected_request_fails_alone() -> None:
    assert decided(Rejected("422: tier")) == Fail("422: tier", "rejected")


@pytest.mark.parametrize("error", [Unknown("cut"), Unreadable("200"), CallError("odd")])
def test_whatever_may_have_run_is_looked_for_first(error: CallError) -> None:
    assert decided(error) == LookUp(in_s(5), 1, str(error), error.code)


def test_being_thrown_back_ends_after_half_an_hour_in_all() -> None:
    just_before = sending(thrown_back_since=NOW - timedelta(seconds=1799.9))
    over = sending(thrown_back_since=NOW - timedelta(seconds=1800))
    assert isinstance(decided(NotSent("refused"), just_before), Requeue)
    for error in (NotSent("refused"), Throttled("refused", retry_after=1.0)):
        step = decided(error, over)
        assert isinstance(step, Fail)
        assert (step.code, step.reason) == (
            "waited-too-long",
            "Thrown back for 30 minutes in all; last: refused",
        )
    assert isinstance(decided(WorkflowFull("full"), over), Requeue)
    assert not thrown_back_too_long(sending(), NOW, RULES)


def after(job: TriggerJob, *, absent: bool) -> Next:
    return after_look(job, absent=absent, now=NOW, jitter=0.0, rules=RULES)


@pytest.mark.parametrize("absent", [True, False])
def test_a_first_look_without_it_is_followed_by_a_second(absent: bool) -> None:
    assert after(looked(1), absent=absent) == LookUp(in_s(10), 2, "cut", "unknown")


def test_two_proofs_of_absence_allow_another_attempt() -> None:
    assert after(looked(2, 1), absent=True) == RetryAt(in_s(1), "cut", "unknown")
    assert after(looked(2, 1, attempts=2), absent=True) == RetryAt(in_s(2), "cut", "unknown")
    assert after(looked(2, 1, attempts=0), absent=True) == RetryAt(in_s(1), "cut", "unknown")


@pytest.mark.parametrize(("earlier", "absent"), [(0, True), (1, False), (0, False)])
def test_one_look_that_proves_nothing_leaves_it_to_a_person(earlier: int, absent: bool) -> None:
    step = after(looked(2, earlier), absent=absent)
    assert isinstance(step, Review)
    assert step.code == "lookup-incomplete"


def test_a_yes_without_an_id_is_never_sent_again_by_itself() -> None:
    step = after(looked(2, 1, answered_ok=True), absent=True)
    assert isinstance(step, Review)
    assert step.code == "no-id"


def test_the_last_attempt_fails_with_how_often_it_was_tried() -> None:
    step = after(looked(2, 1, attempts=3), absent=True)
    assert isinstance(step, Fail)
    assert (step.code, step.hold) == ("attempts-used-up", "")
    assert "3 attempts" in step.reason


@pytest.mark.parametrize("error", EVERY)
def test_only_what_may_have_left_bytes_uses_an_attempt(error: CallError) -> None:
    requeued = isinstance(decided(error), Requeue)
    assert uses_attempt(error) is not requeued


@pytest.mark.parametrize(
    ("error", "counts"),
    [
        (NotSent("refused"), True),
        (Unknown("cut"), True),
        (Unknown("503", status=503), True),
        (SignInUnavailable("503", status=503), True),
        (SignInUnavailable("no answer"), True),
        (SignInUnavailable("429", status=429), False),
        (SignInRefused("401", status=401), False),
        (CertificateRefused("expired"), False),
        (Unreadable("200", status=200), False),
        (Throttled("429", retry_after=None), False),
        (WorkflowFull("409", status=409), False),
        (Unauthorized("403", status=403), False),
        (Rejected("422", status=422), False),
    ],
)
def test_the_circuit_counts_transport_and_5xx_and_nothing_else(
    error: CallError, counts: bool
) -> None:
    assert is_breaker_failure(error) is counts


@given(
    tries=st.integers(-5, 10_000),
    base=st.floats(0, 60),
    cap=st.floats(1, 600),
    jitter=st.floats(0, 1),
)
def test_a_back_off_stays_between_its_base_and_its_cap(
    tries: int, base: float, cap: float, jitter: float
) -> None:
    wait = backoff(tries, base, cap, jitter)
    assert min(base, cap) <= wait <= cap * (1 + JITTER)


@given(
    told=st.one_of(st.none(), st.floats(0, 1e6)),
    tries=st.integers(1, 100),
    jitter=st.floats(0, 1),
)
def test_no_429_is_answered_earlier_than_told_nor_within_a_second(
    told: float | None, tries: int, jitter: float
) -> None:
    wait = throttle_delay(told, tries, RULES, jitter)
    assert wait >= 1.0
    if told is not None:
        assert told <= wait <= max(told * (1 + JITTER), 1.0)


@given(
    error=st.sampled_from(EVERY),
    attempts=st.integers(1, 5),
    tries=st.integers(1, 40),
    jitter=st.floats(0, 1),
    thrown=st.one_of(st.none(), st.integers(0, 4000)),
)
def test_nothing_that_may_have_run_is_ever_put_back_or_failed(
    error: CallError, attempts: int, tries: int, jitter: float, thrown: int | None
) -> None:
    since = None if thrown is None else NOW - timedelta(seconds=thrown)
    job = sending(thrown_back_since=since).evolve(attempts=attempts)
    step = decide(error, job, NOW, tries, jitter, RULES)
    if isinstance(error, Unknown):
        assert isinstance(step, LookUp)
    else:
        assert isinstance(step, Requeue | Fail)
    if isinstance(step, Requeue | LookUp):
        assert step.at >= NOW
