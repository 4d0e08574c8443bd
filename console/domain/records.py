"""The audit records that jobs and decisions cause: their types and payloads, never a value.

Payload keys of the tutorial: workflowId, instanceId, priority, latency_ms, triggerTimestamp,
error, status, erpSyncStatus, webhookReceivedAt; ours stand beside them (interfaces.md, *The
trail*). Customers' values appear as a salted digest only, the server's words as their SHA-256.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from console.domain.instance import KNOWN_STATUSES, Instance

if TYPE_CHECKING:
    from console.domain.job import TriggerJob

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True)
class RecordDraft:
    """One audit record to be: its timestamp is set when the line is made for append."""

    event_type: str
    payload: Mapping[str, Any]


def text_digest(text: str) -> str:
    """SHA-256 hex of `text`; halves of characters count as their escape."""
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def outside_status(status: str) -> dict[str, str]:
    """A status word from outside: the known words as they are, else *other* and a digest."""
    if status in KNOWN_STATUSES:
        return {"status": status}
    return {"status": "other", "statusDigest": text_digest(status)}


def queued(job: TriggerJob) -> RecordDraft:
    """A trigger entered the queue."""
    payload = {
        **_about(job),
        "contextDigest": job.payload.digest(job.salt),
        "decidedAt": job.queued_at.isoformat(),
    }
    if job.resend_of is not None:
        payload["resendOf"] = job.resend_of
    if job.copied_from is not None:
        payload["copiedFrom"] = job.copied_from
    if job.not_before is not None:
        payload["notBefore"] = job.not_before.isoformat()
    if job.definition_digest:
        payload["definitionDigest"] = job.definition_digest
    if job.batch is not None:
        payload |= {"batch": job.batch, "batchRow": job.batch_row}
    return RecordDraft("TRIGGER_QUEUED", payload)


def triggered(job: TriggerJob, at: datetime, operator: str | None = None) -> RecordDraft:
    """The job is accepted: exactly one such record for each."""
    payload = {
        **_about(job),
        "instanceId": job.instance_id,
        "latency_ms": job.latency_ms,
        "triggerTimestamp": at.isoformat(),
        "contextDigest": job.payload.digest(job.salt),
        "attempt": job.attempts,
        "foundBy": str(job.found_by),
        "status": outside_status(job.instance_status or "")["status"],
        "decidedAt": at.isoformat(),
    }
    if operator is not None:
        payload["decidedBy"] = operator
    return RecordDraft("WORKFLOW_TRIGGERED", payload)


def failed(job: TriggerJob, at: datetime, operator: str | None = None) -> RecordDraft:
    """The job failed: exactly one such record for each."""
    payload = {
        **_about(job),
        "error": error_summary(job),
        "latency_ms": job.latency_ms,
        "triggerTimestamp": at.isoformat(),
        "contextDigest": job.payload.digest(job.salt),
        "attempt": job.attempts,
        "foundBy": str(job.found_by),
        "decidedAt": at.isoformat(),
    }
    if operator is not None:
        payload["decidedBy"] = operator
    return RecordDraft("WORKFLOW_TRIGGER_FAILED", payload)


def error_summary(job: TriggerJob) -> str:
    """Status, field path, our code and the digest of the server's text, in one line."""
    parts = [f"code={job.error_code or job.reason_code}"]
    if job.error_status is not None:
        parts.insert(0, f"status={job.error_status}")
    if job.error_field:
        parts.append(_field(job))
    if job.error_text:
        parts.append(f"textSha256={text_digest(job.error_text)}")
    return " ".join(parts)


def _field(job: TriggerJob) -> str:
    """The path that the server named, if it leads into this very request; else its digest.

    Servers put what they like where a field belongs, a customer's name too. The last step may be
    a name that the request lacks: a missing field is what many refusals are about.
    """
    path = job.error_field[:200]
    known = {"context", "metadata", "priority", "workflowId", *job.payload.metadata}
    _add_keys(job.payload.context, known)
    steps = [step for step in re.split(r"[./\[\]\"'$]+", path) if step not in ("", "body")]
    strange = [n for n, step in enumerate(steps) if step not in known and not step.isdecimal()]
    missing = strange == [len(steps) - 1] and len(steps) > 1 and _NAME.fullmatch(steps[-1])
    if path in known or not strange or missing:
        return f"field={path}"
    return f"fieldSha256={text_digest(job.error_field)}"


def _add_keys(value: Any, known: set[str]) -> None:
    if isinstance(value, Mapping):
        known.update(value)
        for item in value.values():
            _add_keys(item, known)
    elif isinstance(value, list):
        for item in value:
            _add_keys(item, known)


def review(job: TriggerJob, at: datetime) -> RecordDraft:
    """Only a person can decide about this job."""
    return RecordDraft(
        "TRIGGER_REVIEW",
        {**_about(job), "error": error_summary(job), "decidedAt": at.isoformat()},
    )


def doubled(job: TriggerJob, instance_ids: tuple[str, ...], at: datetime) -> RecordDraft:
    """More than one instance carries this job's id."""
    return RecordDraft(
        "TRIGGER_DOUBLED",
        {**_about(job), "instanceIds": list(instance_ids), "decidedAt": at.isoformat()},
    )


def approved(job: TriggerJob, operator: str, reason: str, at: datetime) -> RecordDraft:
    """A second person approved exactly this request; both are named."""
    payload = {
        **_about(job),
        **_decision(operator, reason, at),
        "requestedBy": job.operator,
        "approvedBy": operator,
        "contextDigest": job.payload.digest(job.salt),
    }
    return RecordDraft("TRIGGER_APPROVED", payload)


def refused(job: TriggerJob, operator: str, reason: str, at: datetime) -> RecordDraft:
    """A second person refused the request; it was never sent."""
    payload = {**_about(job), **_decision(operator, reason, at), "decision": "refused"}
    return RecordDraft("TRIGGER_CANCELLED", payload)


def cancelled(job: TriggerJob, operator: str, reason: str, at: datetime) -> RecordDraft:
    """A person cancelled the job before it was sent."""
    return RecordDraft("TRIGGER_CANCELLED", {**_about(job), **_decision(operator, reason, at)})


def resolved(
    job: TriggerJob, decision: str, operator: str, reason: str, at: datetime
) -> RecordDraft:
    """A person decided: a review (accepted, failed, send-again), or what waited (send-now)."""
    payload = {**_about(job), **_decision(operator, reason, at), "decision": decision}
    if job.instance_id is not None:
        payload["instanceId"] = job.instance_id
    return RecordDraft("TRIGGER_RESOLVED", payload)


def completed(job: TriggerJob, instance: Instance, at: datetime) -> RecordDraft:
    """The instance of an accepted job was seen to end: one such record for each."""
    payload = {
        **_about(job),
        "instanceId": job.instance_id,
        **outside_status(instance.status),
        "erpSyncStatus": "pending",
        "foundBy": "poll",
        "decidedAt": at.isoformat(),
    }
    return RecordDraft("WORKFLOW_COMPLETED", payload)


def queue_paused(profile: str, operator: str, reason: str, at: datetime) -> RecordDraft:
    """A person paused sending."""
    return RecordDraft("QUEUE_PAUSED", {"profile": profile, **_decision(operator, reason, at)})


def queue_resumed(profile: str, operator: str, reason: str, at: datetime) -> RecordDraft:
    """A person resumed sending."""
    return RecordDraft("QUEUE_RESUMED", {"profile": profile, **_decision(operator, reason, at)})


def connection_changed(profile: str, what: str, code: str, at: datetime) -> RecordDraft:
    """A connection was held, released, added, edited or removed; `what` names which."""
    return RecordDraft(
        "CONNECTION_CHANGED",
        {"profile": profile, "change": what, "code": code, "decidedAt": at.isoformat()},
    )


def definition_changed(
    workflow_id: str,
    what: str,
    before: str | None,
    after: str | None,
    keys: Sequence[str],
    operator: str,
    reason: str,
    at: datetime,
    *,
    noticed_by: str = "",
) -> RecordDraft:
    """A workflow definition was added, replaced, removed, or found or gone without this console.

    `before` and `after` are its SHA-256 as `workflow show --output` writes it, None where there
    was or is none; `keys` are those whose values changed.
    """
    payload: dict[str, Any] = {
        "workflowId": workflow_id,
        "change": what,
        "digestBefore": before,
        "digestAfter": after,
        "keys": list(keys),
        "operator": operator,
        "reason": reason,
        "decidedAt": at.isoformat(),
    }
    if noticed_by:
        payload["noticedBy"] = noticed_by
    return RecordDraft("DEFINITION_CHANGED", payload)


def console_started(version: str, host: str, account: str, how: str) -> RecordDraft:
    """A process that sends for this folder began; `how` is window, queue run, trigger …"""
    return RecordDraft(
        "CONSOLE_STARTED", {"version": version, "host": host, "osAccount": account, "mode": how}
    )


def console_stopped(version: str, host: str, account: str, how: str) -> RecordDraft:
    """That process ended in an orderly way."""
    return RecordDraft(
        "CONSOLE_STOPPED", {"version": version, "host": host, "osAccount": account, "mode": how}
    )


def _about(job: TriggerJob) -> dict[str, Any]:
    return {
        "workflowId": job.workflow_id,
        "priority": job.priority,
        "jobId": job.job_id,
        "operator": job.operator,
        "reason": job.operator_reason,
        "profile": job.profile,
    }


def _decision(operator: str, reason: str, at: datetime) -> dict[str, Any]:
    return {"decidedBy": operator, "decisionReason": reason, "decidedAt": at.isoformat()}
