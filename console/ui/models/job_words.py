"""What the queue says about a job, cell by cell, in the operator's words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.domain.job import JobState, TriggerJob, Wait
from console.domain.text import visible
from console.ui import times
from console.ui.models.job_deeds import AWAITING, same_person
from console.ui.widgets.badge import BadgeLook, look

if TYPE_CHECKING:
    from console.domain.lane import Why

LONGEST: Final = 300
NOTHING: Final = "\N{EN DASH}"


def badge_of(job: TriggerJob) -> BadgeLook:
    """Return the badge of the job's state; a look-up has its own."""
    if job.state is JobState.WAITING and job.wait is Wait.LOOKUP:
        return look("looking")
    return look(job.state.value)


def why_text(job: TriggerJob, why: Why, now: datetime, me: str = "") -> str:
    """Say why the job is where it is and, where a clock runs, how long still; `me` reads it."""
    if job.state is JobState.ACCEPTED:
        parts = [job.instance_id or "instance id unknown"]
        if job.api_ms is not None:
            parts.append(f"{job.api_ms:.0f} ms")
        if job.found_by is not None and job.found_by.value != "answer":
            parts.append(f"found by {job.found_by.value}")
        return visible(" · ".join(parts))
    if why.code == AWAITING:
        asked = "you asked for it" if same_person(job.operator, me) else f"asked by {job.operator}"
        return visible(f"Needs approval by a second person; {asked}")
    told = visible(why.text[:LONGEST])
    if job.state is JobState.CANCELLED and not told:
        return "Cancelled before it was sent"
    if why.until is None:
        return told
    # First the clock: the end of a long reason is cut off where the column is narrow.
    left = (why.until - now).total_seconds()
    if left <= 0:
        return f"Any moment · {told}"
    if left > 3600:
        return f"At {times.near_text(why.until, now)} · {told}"
    return f"{times.duration_text(left + 0.999)} left · {told}"


def attempt_text(job: TriggerJob) -> str:
    """Return '2 of 3', or a dash before the first attempt."""
    return f"{job.attempts} of {job.max_attempts}" if job.attempts else NOTHING


def hover_text(job: TriggerJob, why: Why) -> str:
    """Return the whole reason and the times in UTC, for the tool tip."""
    lines = [visible(why.text[:2000])] if why.text else []
    lines.append(f"Job {job.job_id}")
    lines.append(f"Queued {times.utc_text(job.queued_at)}")
    if why.until is not None:
        lines.append(f"Until {times.utc_text(why.until)}")
    if job.operator_reason:
        lines.append(f"Reason given: {visible(job.operator_reason[:LONGEST])}")
    return "\n".join(lines)
