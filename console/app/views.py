"""Jobs and instances as the documents that the command line prints."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from console.domain.instance import Instance
from console.domain.job import JobEvent, TriggerJob
from console.domain.lane import Lane, explain


def iso(at: datetime | None) -> str | None:
    """ISO 8601 UTC, or None."""
    return None if at is None else at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def job_view(job: TriggerJob, lane: Lane, now: datetime, *, sender: bool = True) -> dict[str, Any]:
    """A job as `queue list` gives it; `reason` says why it is in this state."""
    why = explain(lane, job, now, sender=sender)
    return {
        "jobId": job.job_id,
        "profile": job.profile,
        "workflowId": job.workflow_id,
        "state": str(job.state),
        "reason": why.text,
        "until": iso(why.until),
        "attempts": job.attempts,
        "instanceId": job.instance_id,
        "priority": job.priority,
        "operator": job.operator,
        "operatorReason": job.operator_reason,
        "queuedAt": iso(job.queued_at),
    }


def event_view(event: JobEvent) -> dict[str, Any]:
    """One line of a job's history."""
    return {"at": iso(event.at), "kind": event.kind, "text": event.text, **event.detail}


def instance_view(instance: Instance, *, ours: bool) -> dict[str, Any]:
    """An instance; fields that the contract does not name come last, as they came."""
    return {
        "id": instance.instance_id,
        "workflowId": instance.workflow_id,
        "status": instance.status,
        "priority": instance.priority,
        "context": dict(instance.context),
        "metadata": dict(instance.metadata),
        "startedAt": iso(instance.started_at),
        "jobId": instance.job_id,
        "ours": ours,
        **{
            key: value
            for key, value in instance.more.items()
            if key not in ("jobId", "ours", "id", "workflowId", "status")
        },
    }
