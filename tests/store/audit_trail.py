"""What the tests of the trail's writer share: drafts, a batch, and what stands in a file."""

from datetime import UTC, datetime

from console.domain.audit import EventType, Verdict, check_line
from console.domain.records import RecordDraft

NOON = datetime(2026, 6, 3, 12, 0, 0, 123456, tzinfo=UTC)


TODAY = "workflow_audit_20260603.jsonl"


def draft(number=1, event_type=EventType.TRIGGER_QUEUED):
    return RecordDraft(event_type, {"workflowId": "wf", "jobId": f"job-{number}"})


def write(log, *drafts, now=NOON, **kwargs):
    lines = log.plan(drafts, now, **kwargs)
    log.append(lines)
    return lines


def records(folder, name=TODAY):
    lines = (folder / name).read_bytes().split(b"\n")
    assert lines.pop() == b""
    checks = [check_line(line) for line in lines]
    assert {check.verdict for check in checks} == {Verdict.INTACT}
    return [check.record for check in checks]


def types(folder, name=TODAY):
    return [record["event_type"] for record in records(folder, name)]
