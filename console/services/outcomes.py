"""How an outcome becomes a stored change with its history and its records: one place for all.

The sender, the poller and the operator's decisions all end a job through these functions, so a
job is accepted or failed in exactly one way. They are pure; the caller writes what they return.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from console.domain import records
from console.domain.errors import CallError
from console.domain.instance import Instance
from console.domain.job import MOVES, FoundBy, JobEvent, JobState, TriggerJob, Wait
from console.domain.retry import Fail, LookUp, Requeue, RetryAt, Review
from console.services.ports import RecordDraft, Write

Detail = str | int | float | bool | None


def event(job: TriggerJob, at: datetime, kind: str, text: str, **detail: Detail) -> JobEvent:
    """One line of the history of `job`."""
    return JobEvent(job.job_id, at, kind, text, detail)


def change(
    before: TriggerJob,
    after: TriggerJob,
    *events: JobEvent,
    drafts: tuple[RecordDraft, ...] = (),
) -> Write:
    """The write that turns the stored `before` into `after`."""
    return Write(job=after, expect=before.version, events=events, records=drafts)


def with_error(job: TriggerJob, error: CallError) -> TriggerJob:
    """The job with what the server said; its text stays here and never enters the trail."""
    return job.evolve(
        error_code=error.code,
        error_status=error.status,
        error_field=error.field,
        error_text=error.server_text[:20_000],
    )


def accepted(
    job: TriggerJob,
    instance_id: str,
    status: str,
    found_by: FoundBy,
    at: datetime,
    *,
    latency_ms: float | None = None,
    api_ms: float | None = None,
    operator: str | None = None,
    reason: str = "",
) -> Write:
    """The job runs as `instance_id`: state, history and its one WORKFLOW_TRIGGERED record."""
    after = job.move(
        JobState.ACCEPTED,
        at,
        instance_id=instance_id,
        instance_status=status or "running",
        found_by=found_by,
        latency_ms=_latency(job, at, latency_ms),
        api_ms=api_ms if api_ms is not None else job.api_ms,
        reason=f"Runs as {instance_id}" if found_by is FoundBy.ANSWER else f"Found: {instance_id}",
        reason_code="accepted",
    )
    drafts = [records.triggered(after, at, operator)]
    if operator is not None:
        drafts.insert(0, records.resolved(after, "accepted", operator, reason, at))
    text = f"Accepted as {instance_id}, known by {found_by}"
    told = event(after, at, "accepted", text, instanceId=instance_id, latencyMs=after.latency_ms)
    return change(job, after, told, drafts=tuple(drafts))


def failed(
    job: TriggerJob,
    step: Fail,
    at: datetime,
    *,
    latency_ms: float | None = None,
    found_by: FoundBy = FoundBy.ANSWER,
    operator: str | None = None,
    reason: str = "",
) -> Write:
    """The job ends as failed with its one WORKFLOW_TRIGGER_FAILED record."""
    after = job.move(
        JobState.FAILED,
        at,
        reason=step.reason,
        reason_code=step.code,
        found_by=found_by if operator is None else FoundBy.PERSON,
        latency_ms=_latency(job, at, latency_ms),
    )
    drafts = [records.failed(after, at, operator)]
    if operator is not None:
        drafts.insert(0, records.resolved(after, "failed", operator, reason, at))
    told = event(after, at, "failed", step.reason, code=step.code, status=job.error_status)
    return change(job, after, told, drafts=tuple(drafts))


def review(job: TriggerJob, step: Review, at: datetime) -> Write:
    """The job waits for a person's decision."""
    after = job.move(JobState.REVIEW, at, reason=step.reason, reason_code=step.code)
    told = event(after, at, "review", step.reason, code=step.code)
    return change(job, after, told, drafts=(records.review(after, at),))


def doubled_key(job_id: str) -> str:
    """The lasting value under which it stands which instances of a job were told as doubled."""
    return f"doubled:{job_id}"


def doubled_value(instance_ids: Iterable[str]) -> str:
    """That value: the same ids in any order are told once."""
    return " ".join(sorted(instance_ids))


def doubled(job: TriggerJob, instance_ids: tuple[str, ...], at: datetime) -> Write:
    """More than one instance carries this job's id: recorded, and a person decides if one still can.

    A job that has ended stays as it is.
    """
    why = f"More than one instance carries this job's id: {', '.join(instance_ids)}"
    about = {"reason": why, "reason_code": "doubled", "changed_at": at}
    drafts = [records.doubled(job, instance_ids, at)]
    after = job
    if JobState.REVIEW in MOVES[job.state]:
        after = job.move(JobState.REVIEW, at, **about)
        drafts.append(records.review(after, at))
    elif job.state is JobState.REVIEW:
        after = job.evolve(**about)
    told = event(after, at, "doubled", why)
    write = change(job, after, told, drafts=tuple(drafts))
    return replace(write, values={doubled_key(job.job_id): doubled_value(instance_ids)})


def look_up(job: TriggerJob, step: LookUp, at: datetime, *, absent: bool = False) -> Write:
    """The job waits for look number `step.look`; `absent` says that the last look proved so."""
    looks_absent = job.looks_absent + 1 if absent else job.looks_absent
    about: dict[str, Any] = {
        "wait": Wait.LOOKUP,
        "look": step.look,
        "looks_absent": looks_absent,
        "until": step.at,
        "reason": step.reason,
        "reason_code": step.code,
        "changed_at": at,
    }
    if job.state is JobState.WAITING:
        after = replace(job, **about)
    else:
        after = job.move(JobState.WAITING, at, **about, may_have_run=True)
    told = event(after, at, "look-up", f"Look {step.look} follows: {step.reason}", code=step.code)
    return change(job, after, told)


def moved(job: TriggerJob, until: datetime, at: datetime) -> Write:
    """The wall clock was set: the job waits as long as before, and the time it shows is right."""
    after = job.evolve(until=until, changed_at=at)
    text = "This computer's clock was set; the wait stays as long as it was"
    return change(job, after, event(job, at, "clock", text))


def retry_at(job: TriggerJob, step: RetryAt, at: datetime) -> Write:
    """Proved not to run: the job waits for its next attempt."""
    after = replace(
        job,
        wait=Wait.RETRY,
        look=0,
        looks_absent=0,
        may_have_run=False,
        until=step.at,
        reason=step.reason,
        reason_code=step.code,
        changed_at=at,
    )
    text = f"Not found running in two listings; next attempt follows: {step.reason}"
    return change(job, after, event(after, at, "retry", text, code=step.code))


def thrown_back(job: TriggerJob, step: Requeue, at: datetime, *, counts: bool) -> Write:
    """Certainly not accepted: back to *queued*; `counts` starts the limit of being thrown back."""
    after = job.move(
        JobState.QUEUED,
        at,
        reason=step.reason,
        reason_code=step.code,
        attempts=max(job.attempts - 1, 0),
        thrown_back=job.thrown_back + 1,
        thrown_back_since=(job.thrown_back_since or at) if counts else None,
        until=step.at if step.at > at else None,
    )
    told = event(after, at, "thrown-back", step.reason, code=step.code, status=job.error_status)
    return change(job, after, told)


def interrupted(job: TriggerJob, at: datetime, look_at: datetime) -> Write:
    """A job that a crash left in *sending*: look first; the cut attempt is not counted."""
    step = LookUp(look_at, 1, "the console stopped while this was being sent", "interrupted")
    return look_up(job.evolve(attempts=max(job.attempts - 1, 0)), step, at)


def completed(job: TriggerJob, instance: Instance, at: datetime) -> Write:
    """The job's instance was seen to end: its one WORKFLOW_COMPLETED record."""
    after = job.evolve(instance_status=instance.status, completed_at=at, changed_at=at)
    told = event(after, at, "ended", f"Instance ended: {instance.status}", status=instance.status)
    return change(job, after, told, drafts=(records.completed(after, instance, at),))


def preceded(write: Write, told: JobEvent) -> Write:
    """`write` with one more line of history before its own."""
    return replace(write, events=(told, *write.events))


def new_job(job: TriggerJob) -> Write:
    """A trigger enters the queue with its TRIGGER_QUEUED record."""
    told = event(job, job.queued_at, "queued", f"Queued by {job.operator}")
    return Write(job=job, events=(told,), records=(records.queued(job),))


def _latency(job: TriggerJob, at: datetime, measured: float | None) -> float | None:
    if measured is not None:
        return round(measured, 3)
    if job.first_checked_at is None:
        return None
    return max(round((at - job.first_checked_at).total_seconds() * 1000, 3), 0.0)
