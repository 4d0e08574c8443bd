"""The queue's history of a job as it goes into an evidence bundle, and which records were chosen.

What a server said may hold what a customer said: it stays in the queue, and its SHA-256 goes out
(as in the trail), unless a person chose to disclose the job's values.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from console.domain.audit_view import RecordFilter
from console.domain.job import JobEvent, TriggerJob
from console.domain.records import outside_status, text_digest
from console.domain.text import visible

# Kinds of events whose text is the console's own words, or the operator's, which the trail has too.
_OWN_WORDS: Final = frozenset(
    {
        "queued",
        "attempt",
        "accepted",
        "looked",
        "clock",
        "cancelled",
        "asked",
        "kept-back",
        "resolved",
    }
    | {"approved", "refused", "disapproved", "doubled"}
)
_OWN_DETAIL: Final = frozenset({"code", "instanceId"})


def history_lines(
    jobs: Iterable[tuple[TriggerJob, Sequence[JobEvent]]], disclosed: frozenset[str] = frozenset()
) -> bytes:
    """Return one line of JSON a job, oldest first; of jobs in `disclosed` with the server's words."""
    lines = [
        json.dumps(_job(job, events, whole=job.job_id in disclosed), sort_keys=True)
        for job, events in sorted(jobs, key=lambda each: each[0].number)
    ]
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def selected(wanted: RecordFilter, limit: int | None = None) -> str:
    """Say in words which records were chosen; every text is safe to show."""
    parts = [
        f"{name} {visible(text)}"
        for name, text in (
            ("text", wanted.text),
            ("type", ", ".join(sorted(wanted.event_types))),
            ("workflow", wanted.workflow_id),
            ("instance", wanted.instance_id),
            ("job", wanted.job_id),
            ("operator", wanted.operator),
            ("since", _iso(wanted.since) or ""),
            ("until", _iso(wanted.until) or ""),
            ("the newest", "" if limit is None else str(limit)),
        )
        if text
    ]
    return "; ".join(parts) or "all records"


def _job(job: TriggerJob, events: Sequence[JobEvent], *, whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "jobId": job.job_id,
        "job": job.label,
        "profile": job.profile,
        "workflowId": job.workflow_id,
        "state": str(job.state),
        "priority": job.priority,
        "operator": job.operator,
        "operatorReason": job.operator_reason,
        "queuedAt": _iso(job.queued_at),
        "notBefore": _iso(job.not_before),
        "sendBefore": _iso(job.send_before),
        "finishedAt": _iso(job.finished_at),
        "attempts": job.attempts,
        "instanceId": job.instance_id,
        "foundBy": None if job.found_by is None else str(job.found_by),
        "approvedBy": job.approved_by,
        "approvedAt": _iso(job.approved_at),
        "resendOf": job.resend_of,
        "batch": job.batch,
        "batchRow": job.batch_row,
        "errorCode": job.error_code or None,
        "errorStatus": job.error_status,
        "errorTextSha256": text_digest(job.error_text) if job.error_text else None,
        "events": [_event(event, whole=whole) for event in events],
    }
    if whole:
        told |= {"reason": job.reason, "errorText": job.error_text, "errorField": job.error_field}
    return told


def _event(event: JobEvent, *, whole: bool) -> dict[str, Any]:
    told: dict[str, Any] = {"at": _iso(event.at), "kind": event.kind}
    if whole or event.kind in _OWN_WORDS:
        told["text"] = event.text
    else:
        told["textSha256"] = text_digest(event.text)
    for name, value in event.detail.items():
        if name == "status" and isinstance(value, str) and not whole:
            told |= outside_status(value)
        elif whole or name in _OWN_DETAIL or not isinstance(value, str):
            told[name] = value
        else:
            told[f"{name}Sha256"] = text_digest(value)
    return told


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
