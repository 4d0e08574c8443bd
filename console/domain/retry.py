"""What to do after a call: the outcome table of product.md as one pure function, and back-off."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.domain.errors import (
    CallError,
    CertificateRefused,
    NotSent,
    Rejected,
    SignInRefused,
    SignInUnavailable,
    Throttled,
    Unauthorized,
    Unreadable,
    WorkflowFull,
)
from console.domain.job import LOOKS, TriggerJob

JITTER: Final = 0.25


@dataclass(frozen=True)
class RetryRules:
    """The figures of the outcome table; seconds, settings may change them."""

    max_attempts: int = 3
    base_delay_s: float = 1.0
    backoff_cap_s: float = 60.0
    retry_after_cap_s: float = 300.0
    lookup_first_s: float = 5.0
    lookup_second_s: float = 10.0
    thrown_back_limit_s: float = 1800.0

    @property
    def longest_wait_s(self) -> float:
        """No wait that follows from these rules is longer."""
        longest = max(self.backoff_cap_s, self.retry_after_cap_s) * (1.0 + JITTER)
        return max(longest, self.lookup_first_s, self.lookup_second_s)


@dataclass(frozen=True)
class Requeue:
    """Certainly not accepted: back to *queued*, uses no attempt; the connection waits until `at`.

    `scope` says whose cool-down this is: "workflow", "connection" or "none" (a count follows).
    `hold` is a reason code where only a person can mend the connection.
    """

    reason: str
    code: str
    at: datetime
    scope: str
    hold: str = ""


@dataclass(frozen=True)
class LookUp:
    """Nobody knows whether it ran: look for the instance at `at`, look number `look` (from 1)."""

    at: datetime
    look: int
    reason: str
    code: str


@dataclass(frozen=True)
class RetryAt:
    """Proved not to run: attempt again at `at`."""

    at: datetime
    reason: str
    code: str


@dataclass(frozen=True)
class Fail:
    """This job ends; `hold` is a reason code where the whole connection must wait for a person."""

    reason: str
    code: str
    hold: str = ""


@dataclass(frozen=True)
class Review:
    """Only a person can decide."""

    reason: str
    code: str


Next = Requeue | LookUp | RetryAt | Fail | Review


def backoff(tries: int, base_s: float, cap_s: float, jitter: float) -> float:
    """Return seconds to wait after `tries` failures in a row (1 or more); jitter is 0 to 1."""
    plain = min(base_s * 2.0 ** min(max(tries, 1) - 1, 32), cap_s)
    return plain * (1.0 + JITTER * jitter)


def throttle_delay(
    retry_after: float | None, tries: int, rules: RetryRules, jitter: float
) -> float:
    """Seconds to wait after a 429: never earlier than told, at least 1 s, jitter adds 0 to 25 %."""
    told = retry_after
    if told is None:
        told = min(rules.base_delay_s * 2.0 ** min(max(tries, 1) - 1, 32), rules.backoff_cap_s)
    return max(told * (1.0 + JITTER * jitter), 1.0)


def asked_to_wait(
    error: Throttled | SignInUnavailable,
    now: datetime,
    tries: int,
    jitter: float,
    rules: RetryRules,
) -> Requeue:
    """Return how long a 429 keeps the connection: until its time, beyond the cap for a person."""
    if error.retry_after is not None and error.retry_after > rules.retry_after_cap_s:
        reason = f"CXone asked to wait {_minutes(error.retry_after)}, longer than the console waits"
        return Requeue(reason, error.code, now, "connection", hold="long-retry-after")
    delay = throttle_delay(error.retry_after, tries, rules, jitter)
    return Requeue(str(error), error.code, now + timedelta(seconds=delay), "connection")


def decide(
    error: CallError, job: TriggerJob, now: datetime, tries: int, jitter: float, rules: RetryRules
) -> Next:
    """Return what follows after `error` ended the attempt of `job` (state *sending*) at `now`.

    `tries` counts how often in a row the connection was thrown back, this time included.
    """
    if isinstance(error, SignInRefused):
        return Requeue(str(error), error.code, now, "connection", hold=error.code)
    if isinstance(error, CertificateRefused):
        return Requeue(str(error), error.code, now, "connection", hold=error.code)
    if isinstance(error, Throttled | SignInUnavailable):
        step = asked_to_wait(error, now, tries, jitter, rules)
        return step if step.hold else _unless_too_long(step, job, now, rules)
    if isinstance(error, NotSent):
        delay = backoff(tries, rules.base_delay_s, rules.backoff_cap_s, jitter)
        step = Requeue(str(error), error.code, now + timedelta(seconds=delay), "connection")
        return _unless_too_long(step, job, now, rules)
    if isinstance(error, WorkflowFull):
        return Requeue("CXone says the workflow is full", error.code, now, "full")
    if isinstance(error, Unauthorized):
        return Fail(str(error), error.code, hold=error.code)
    if isinstance(error, Rejected):
        return Fail(str(error), error.code)
    at = now + timedelta(seconds=rules.lookup_first_s)
    return LookUp(at, 1, str(error), error.code)


def after_look(
    job: TriggerJob, *, absent: bool, now: datetime, jitter: float, rules: RetryRules
) -> Next:
    """Return what follows after look number `job.look` did not find the instance.

    `absent` is True only where the contract and this very listing prove that it is not there;
    a listing that failed or changed on the way proves nothing. Only two proofs allow a resend.
    """
    if job.look < LOOKS:
        at = now + timedelta(seconds=rules.lookup_second_s)
        return LookUp(at, job.look + 1, job.reason, job.reason_code)
    if not absent or job.looks_absent + 1 < LOOKS:
        return Review(
            "CXone's list could not be read completely, so nobody can tell whether it ran",
            "lookup-incomplete",
        )
    if job.answered_ok:
        return Review("CXone said yes without a readable id, and lists no instance", "no-id")
    if job.attempts >= job.max_attempts:
        return Fail(
            f"Not found running after {job.attempts} attempts; each ended without an answer",
            "attempts-used-up",
        )
    delay = backoff(max(job.attempts, 1), rules.base_delay_s, rules.backoff_cap_s, jitter)
    return RetryAt(now + timedelta(seconds=delay), job.reason, job.reason_code)


def thrown_back_too_long(job: TriggerJob, now: datetime, rules: RetryRules) -> bool:
    """True once being thrown back for other reasons than a full workflow lasted over its limit."""
    since = job.thrown_back_since
    return since is not None and (now - since).total_seconds() >= rules.thrown_back_limit_s


def uses_attempt(error: CallError) -> bool:
    """True where bytes of the trigger may have left and the answer was not a plain 'later'."""
    return not isinstance(error, NotSent | Throttled | WorkflowFull)


def is_breaker_failure(error: CallError) -> bool:
    """True for what counts towards the circuit: transport and 5xx; 429 and 4xx do not.

    Refused sign-in and certificates hold the connection instead.
    """
    if isinstance(error, SignInRefused | CertificateRefused | Unreadable):
        return False
    if isinstance(error, Throttled | WorkflowFull | Unauthorized | Rejected):
        return False
    if isinstance(error, SignInUnavailable):
        return error.status is None or error.status >= 500
    return True


def _unless_too_long(step: Requeue, job: TriggerJob, now: datetime, rules: RetryRules) -> Next:
    if not thrown_back_too_long(job, now, rules):
        return step
    minutes = round(rules.thrown_back_limit_s / 60)
    why = f"Thrown back for {minutes} minutes in all; last: {step.reason}"
    return Fail(why, "waited-too-long")


def _minutes(seconds: float) -> str:
    if seconds < 120:
        return f"{round(seconds)} s"
    if seconds < 7200:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600, 1):g} h"
