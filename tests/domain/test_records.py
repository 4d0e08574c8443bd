"""What an auditor reads: who, what, when and how known, and no customer's value anywhere."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain import records
from console.domain.instance import Instance
from console.domain.job import FoundBy, JobState, TriggerJob
from console.domain.payload import TriggerPayload
from tests.domain.test_job import NOW, a_job

ABOUT = {
    "workflowId": "wf",
    "priority": 2,
    "jobId": "00000000-0000-4000-8000-000000000001",
    "operator": "op-north",
    "reason": "ticket 4711",
    "profile": "demo",
}
PAYLOAD = TriggerPayload("wf", {"customer": {"name": "Grace Hopper"}, "list": [{"x": 1}]}, 2)


def job(**more: Any) -> TriggerJob:
    return a_job(**({"operator_reason": "ticket 4711", "payload": PAYLOAD} | more))


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_queued_trigger_names_its_request_by_a_salted_digest() -> None:
    draft = records.queued(job())
    assert draft.event_type == "TRIGGER_QUEUED"
    body = {
        "workflowId": "wf",
        "priority": 2,
        "context": {"customer": {"name": "Grace Hopper"}, "list": [{"x": 1}]},
        "metadata": {},
    }
    salted = b"0123456789abcdef" + json.dumps(body, sort_keys=True).encode()
    assert draft.payload == {
        **ABOUT,
        "contextDigest": hashlib.sha256(salted).hexdigest(),
        "decidedAt": NOW.isoformat(),
    }


def test_a_resend_and_a_schedule_are_named() -> None:
    payload = records.queued(job(resend_of="old", not_before=NOW + timedelta(hours=1))).payload
    assert payload["resendOf"] == "old"
    assert payload["notBefore"] == "2026-11-23T10:00:00+00:00"


def test_an_accepted_trigger_has_the_tutorials_keys_and_how_it_is_known() -> None:
    done = job(
        state=JobState.ACCEPTED,
        instance_id="inst-1",
        instance_status="running",
        latency_ms=12.5,
        attempts=2,
        found_by=FoundBy.LOOKUP,
    )
    payload = records.triggered(done, NOW).payload
    assert payload["instanceId"] == "inst-1"
    assert payload["latency_ms"] == 12.5
    assert payload["triggerTimestamp"] == payload["decidedAt"] == NOW.isoformat()
    assert (payload["attempt"], payload["foundBy"], payload["status"]) == (2, "look-up", "running")
    assert "decidedBy" not in payload
    assert records.triggered(done, NOW, "op-south").payload["decidedBy"] == "op-south"


def test_a_failed_trigger_says_status_and_code_and_the_digest_of_the_servers_words() -> None:
    done = job(
        state=JobState.FAILED,
        error_code="rejected",
        error_status=422,
        error_field="context.customer.name",
        error_text="Grace Hopper is unknown",
        found_by=FoundBy.ANSWER,
    )
    payload = records.failed(done, NOW).payload
    digest = sha("Grace Hopper is unknown")
    assert payload["error"] == (
        f"status=422 code=rejected field=context.customer.name textSha256={digest}"
    )
    assert payload["foundBy"] == "answer"
    assert "decidedBy" not in payload
    assert records.failed(done, NOW, "op-south").payload["decidedBy"] == "op-south"


def test_without_a_server_the_error_is_our_own_code() -> None:
    assert records.error_summary(job(reason_code="waited-too-long")) == "code=waited-too-long"


@pytest.mark.parametrize(
    "path",
    [
        "priority",
        "customer",
        "context.customer.name",
        "/context/customer/name",
        "$.context['customer'].name",
        "body.context.list[0].x",
        "context.missing",
        "/context/customer/missing-one",
    ],
)
def test_a_path_into_the_request_is_named(path: str) -> None:
    assert records.error_summary(job(error_code="c", error_field=path)) == f"code=c field={path}"


@pytest.mark.parametrize(
    "path",
    ["Grace", "Grace Hopper", "context.Grace Hopper", "Grace.Hopper", "context.a.b", "context.4-2"],
)
def test_what_a_server_calls_a_field_but_is_none_stays_out_of_the_trail(path: str) -> None:
    told = records.error_summary(job(error_code="c", error_field=path))
    assert told == f"code=c fieldSha256={sha(path)}"


def test_a_dotted_metadata_key_is_a_path_of_its_own() -> None:
    tagged = job(
        payload=TriggerPayload("wf", {}, 2, {"source system!": "erp"}),
        error_field="source system!",
    )
    assert "field=source system!" in records.error_summary(tagged)


def test_a_review_says_what_is_not_known() -> None:
    draft = records.review(job(reason_code="lookup-incomplete"), NOW)
    assert draft.event_type == "TRIGGER_REVIEW"
    assert draft.payload["error"] == "code=lookup-incomplete"


def test_doubled_instances_are_all_named() -> None:
    payload = records.doubled(job(), ("inst-1", "inst-2"), NOW).payload
    assert payload["instanceIds"] == ["inst-1", "inst-2"]


def test_a_decision_names_who_decided_what_and_why() -> None:
    cancelled = records.cancelled(job(), "op-south", "wrong customer", NOW)
    resolved = records.resolved(job(), "failed", "op-south", "gone", NOW)
    found = records.resolved(job(instance_id="inst-1"), "accepted", "op-south", "", NOW)
    assert (cancelled.event_type, resolved.event_type) == ("TRIGGER_CANCELLED", "TRIGGER_RESOLVED")
    for draft, why in ((cancelled, "wrong customer"), (resolved, "gone"), (found, "")):
        assert draft.payload["decidedBy"] == "op-south"
        assert draft.payload["decisionReason"] == why
        assert draft.payload["operator"] == "op-north"
    assert (resolved.payload["decision"], found.payload["instanceId"]) == ("failed", "inst-1")


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("completed", {"status": "completed"}),
        ("paused", {"status": "paused"}),
        ("Grace Hopper", {"status": "other", "statusDigest": sha("Grace Hopper")}),
        ("", {"status": "other", "statusDigest": sha("")}),
    ],
)
def test_a_status_from_outside_is_a_known_word_or_a_digest(
    status: str, told: dict[str, str]
) -> None:
    assert records.outside_status(status) == told


def test_a_completion_has_the_tutorials_keys() -> None:
    done = job(state=JobState.ACCEPTED, instance_id="inst-1")
    draft = records.completed(done, Instance("inst-1", status="failed"), NOW)
    assert draft.event_type == "WORKFLOW_COMPLETED"
    assert draft.payload == {
        **ABOUT,
        "instanceId": "inst-1",
        "status": "failed",
        "erpSyncStatus": "pending",
        "foundBy": "poll",
        "decidedAt": NOW.isoformat(),
    }


def test_pauses_connections_and_processes_leave_their_records() -> None:
    drafts = [
        records.queue_paused("demo", "op", "lunch", NOW),
        records.queue_resumed("demo", "op", "", NOW),
        records.connection_changed("demo", "held", "sign-in-refused", NOW),
        records.console_started("1.0", "host", "account", "window"),
        records.console_stopped("1.0", "host", "account", "window"),
    ]
    assert [draft.event_type for draft in drafts] == [
        "QUEUE_PAUSED",
        "QUEUE_RESUMED",
        "CONNECTION_CHANGED",
        "CONSOLE_STARTED",
        "CONSOLE_STOPPED",
    ]
    assert drafts[0].payload["decisionReason"] == "lunch"
    assert drafts[2].payload["code"] == "sign-in-refused"
    assert drafts[3].payload == drafts[4].payload


def test_a_digest_of_half_a_character_is_that_of_its_escape() -> None:
    assert records.text_digest("\udcff") == sha("\\udcff")


@given(
    value=st.text(st.characters(codec="utf-8"), min_size=6),
    field=st.text(st.characters(codec="utf-8")),
)
def test_no_value_and_no_word_of_the_server_is_in_any_record(value: str, field: str) -> None:
    value = f"Grace {value}"
    about = job(
        payload=TriggerPayload("wf", {"customer": value}, 2, {"note": value}),
        state=JobState.ACCEPTED,
        instance_status=value,
        error_text=value,
        error_field=f"{field} {value}",
        found_by=FoundBy.ANSWER,
    )
    drafts = [
        records.queued(about),
        records.triggered(about, NOW),
        records.failed(about, NOW),
        records.review(about, NOW),
        records.completed(about, Instance("inst-1", status=value), NOW),
    ]
    for draft in drafts:
        assert value not in json.dumps(dict(draft.payload), ensure_ascii=False)
