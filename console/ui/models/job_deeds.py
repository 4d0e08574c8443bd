"""What a person can do with a job as it is shown, and why not: one rule for links and buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from console.domain.job import JobState, TriggerJob, Wait

if TYPE_CHECKING:
    from console.domain.lane import Why

Key = Literal["approve", "refuse", "decide", "resend", "reuse", "retry", "cancel"]
KEYS: Final[tuple[Key, ...]] = (
    "approve",
    "refuse",
    "decide",
    "resend",
    "reuse",
    "retry",
    "cancel",
)
AWAITING: Final = "awaiting-approval"
TOO_OLD: Final = "too-old"
SEND_NOW: Final = frozenset({TOO_OLD, "scheduled"})
"""Reasons to wait that a person can end by sending now; the others end by other means."""


@dataclass(frozen=True)
class Deed:
    """One thing to do with a job: its key and the words on the link or button."""

    key: Key
    text: str


def same_person(one: str, other: str) -> bool:
    """True where two operators' names name one person."""
    return one.strip().casefold() == other.strip().casefold()


def deeds(job: TriggerJob, why: Why, me: str) -> tuple[Deed, ...]:
    """Return everything that `me` can do with `job` now, the obvious first."""
    able = []
    if _awaits(job) and not same_person(job.operator, me):
        able += [Deed("approve", "Approve…"), Deed("refuse", "Refuse…")]
    if job.state is JobState.REVIEW:
        able.append(Deed("decide", "Decide…"))
    if job.ended:
        able.append(Deed("resend", "Edit and resend"))
    if job.state is JobState.FAILED:
        able.append(Deed("retry", "Send again…"))
    elif job.state is JobState.QUEUED and why.code in SEND_NOW:
        able.append(Deed("retry", "Send now"))
    elif job.state is JobState.WAITING and job.wait is Wait.RETRY:
        able.append(Deed("retry", "Retry now"))
    if can_cancel(job):
        able.append(Deed("cancel", "Cancel…"))
    able.append(Deed("reuse", "Use as new trigger"))
    return tuple(able)


def links(job: TriggerJob, why: Why, me: str) -> tuple[Deed, ...]:
    """Return what stands as links in the job's row: only where it cannot go on without a person."""
    able = deeds(job, why, me)
    if job.state is JobState.QUEUED and why.code == TOO_OLD:
        wanted = {"retry", "cancel"}
    elif job.state is JobState.FAILED:
        wanted = {"resend"}
    else:
        wanted = {"approve", "refuse", "decide"}
    return tuple(deed for deed in able if deed.key in wanted)


def can_cancel(job: TriggerJob) -> bool:
    """True where the rules allow to cancel: not while sending or looking up."""
    return job.state is JobState.QUEUED or (
        job.state is JobState.WAITING and job.wait is not Wait.LOOKUP
    )


def why_not(key: Key, job: TriggerJob, me: str) -> str:
    """Say why `key` cannot be done with `job` as it is shown."""
    if key in {"approve", "refuse"}:
        if not _awaits(job):
            return "It does not await an approval"
        if same_person(job.operator, me):
            return "You asked for it; another operator must decide"
    if job.state is JobState.SENDING:
        return "It is being sent now"
    if job.state is JobState.WAITING and job.wait is Wait.LOOKUP:
        return "It may already run; the look-up decides first"
    if job.state is JobState.REVIEW:
        return "It is in review; decide on it"
    if job.state is JobState.QUEUED:
        return "It goes as soon as what it waits for ends"
    return f"It is {job.state}"


def _awaits(job: TriggerJob) -> bool:
    return job.state is JobState.QUEUED and job.awaits_approval
