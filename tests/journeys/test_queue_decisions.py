"""What people decide about jobs, as processes: each decision is obeyed elsewhere, kept and recorded."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant

SOUTH = "op-south"


@pytest.fixture
def refunds(console: Program) -> Program:
    """The console with a workflow that needs a second person's approval."""
    definition = {"id": "wf_refund", "title": "Refund", "approval": "required"}
    (console.data_dir / "workflows" / "refund.json").write_text(json.dumps(definition), "utf-8")
    return console


def job(console: Program, *args: str) -> dict[str, Any]:
    """The job that a command prints."""
    ran = console.run(*args, "--json")
    assert ran.code == 0, ran.err
    found: dict[str, Any] = ran.json
    return found


def drained(console: Program) -> int:
    """Send all that can be sent; returns the exit code."""
    ran = console.run("queue", "run", "--until-idle")
    assert "Traceback" not in ran.err
    return ran.code


def state(console: Program, job_id: str) -> str:
    found: str = console.run("queue", "show", job_id, "--json").json["state"]
    return found


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


# -- a second person ------------------------------------------------------------------------------


def test_only_another_operator_can_approve_and_both_are_named(
    refunds: Program, tenant: StrictTenant
) -> None:
    asked = job(
        refunds, "trigger", "wf_refund", "--var", "order:string=O-1", "--reason", "goodwill"
    )
    assert asked["reason"] == "Needs approval by a second person, not op-north"
    assert drained(refunds) == 0
    assert tenant.bodies == []
    own = refunds.run("queue", "approve", asked["jobId"])
    assert (own.code, own.out) == (1, "")
    assert "another operator must decide" in own.one_line
    assert drained(refunds) == 0
    assert tenant.bodies == []
    ran = refunds.run("queue", "approve", asked["jobId"], "--reason", "checked", operator=SOUTH)
    assert (ran.code, ran.err) == (0, "")
    assert drained(refunds) == 0
    assert len(tenant.bodies) == 1
    (record,) = refunds.payloads("TRIGGER_APPROVED")
    assert (record["requestedBy"], record["approvedBy"]) == ("op-north", "op-south")
    assert record["decisionReason"] == "checked"
    shown = refunds.run("queue", "show", asked["jobId"], "--json").json
    assert (shown["approvalRequired"], shown["approvedBy"]) == (True, "op-south")
    assert shown["approvedAt"].endswith("Z")


def test_a_refused_request_is_cancelled_and_never_sent(
    refunds: Program, tenant: StrictTenant
) -> None:
    asked = job(refunds, "trigger", "wf_refund")
    assert refunds.run("queue", "refuse", asked["jobId"]).code == 1
    ran = refunds.run("queue", "refuse", asked["jobId"], "--reason", "too much", operator=SOUTH)
    assert (ran.code, ran.err) == (0, "")
    assert refunds.run("queue", "approve", asked["jobId"], operator=SOUTH).code == 1
    assert drained(refunds) == 0
    assert (state(refunds, asked["jobId"]), tenant.bodies) == ("cancelled", [])
    (record,) = refunds.payloads("TRIGGER_CANCELLED")
    assert (record["operator"], record["decidedBy"]) == ("op-north", "op-south")
    assert (record["decision"], record["decisionReason"]) == ("refused", "too much")


def test_a_sender_that_runs_sends_what_another_process_approves(
    refunds: Program, tenant: StrictTenant
) -> None:
    asked = job(refunds, "trigger", "wf_refund")
    with refunds.started("queue", "run") as sender:
        until(lambda: "CONSOLE_STARTED" in refunds.types(), "the sender has begun")
        assert refunds.run("queue", "approve", asked["jobId"], operator=SOUTH).code == 0
        until(lambda: len(tenant.bodies) == 1, "the approved request is sent")
        sender.interrupt()
        sender.end()


# -- stopping -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stop", [("stop-the-line", "--reason", "wrong prompt"), ("pause", "--reason", "fire drill")]
)
def test_a_running_sender_begins_nothing_more_once_another_process_stops_it(
    console: Program, tenant: StrictTenant, stop: tuple[str, ...]
) -> None:
    for number in range(4):
        console.run("trigger", f"wf-{number}")
    tenant.hold()
    with console.started("queue", "run", concurrency="2") as sender:
        until(lambda: len(tenant.bodies) == 2, "two are under way")
        assert console.run("queue", *stop).code == 0
        tenant.release()
        until(lambda: console.types().count("WORKFLOW_TRIGGERED") == 2, "both have ended")
        sender.interrupt()
        sender.end()
    assert len(tenant.bodies) == 2
    assert drained(console) == 0
    assert len(tenant.bodies) == 2
    waiting = [item["reason"] for item in console.jobs() if item["state"] == "queued"]
    assert len(waiting) == 2
    assert all("by op-north" in reason and stop[2] in reason for reason in waiting)
    with console.started("queue", "run") as sender:
        until(lambda: console.types()[-1] == "CONSOLE_STARTED", "the sender has begun")
        assert console.run("queue", "resume", "--reason", "over").code == 0
        until(lambda: len(tenant.bodies) == 4, "the rest is sent")
        sender.interrupt()
        sender.end()
    (paused,) = console.payloads("QUEUE_PAUSED")
    (resumed,) = console.payloads("QUEUE_RESUMED")
    assert (paused["decidedBy"], paused["decisionReason"]) == ("op-north", stop[2])
    assert resumed["decisionReason"] == "over"


def test_a_stopped_line_stops_its_own_connection_alone(
    console: Program, tenant: StrictTenant
) -> None:
    second = ("--client-id", "c", "--token-url", f"{tenant.url}/v1/oauth2/token")
    assert console.run("profile", "add", "south", *second, "--api-url", tenant.url).code == 0
    stop = ("queue", "stop-the-line", "--reason", "wrong prompt", "--profile", "demo")
    assert console.run(*stop).code == 0
    assert console.run(*stop).code == 1
    console.run("trigger", "stopped", "--profile", "demo")
    console.run("trigger", "goes on", "--profile", "south")
    assert drained(console) == 0
    assert [body["workflowId"] for body in tenant.bodies] == ["goes on"]


def test_stopping_the_line_needs_a_reason(console: Program, tenant: StrictTenant) -> None:
    assert console.run("queue", "stop-the-line").code == 2
    assert console.run("queue", "stop-the-line", "--reason", "  ").code == 2
    assert "QUEUE_PAUSED" not in console.types()


# -- a copied folder ------------------------------------------------------------------------------


def test_a_copied_folder_opens_paused_and_the_original_goes_on(
    console: Program, tenant: StrictTenant, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        console.run("trigger", name)
    copied = Program(tmp_path / "copy")
    copied.data_dir.parent.mkdir()
    subprocess.run(["cp", "-a", console.data_dir, copied.data_dir], check=True)
    drained(copied)
    assert tenant.bodies == []
    assert all("it is a copy" in item["reason"] for item in copied.jobs())
    assert copied.types().count("FOLDER_COPIED") == 1
    assert drained(console) == 0
    assert len(tenant.bodies) == 2
    assert "FOLDER_COPIED" not in console.types()
    assert copied.run("queue", "resume").code == 0
    assert drained(copied) == 1
    assert len(tenant.bodies) == 2
    second, first = copied.jobs()
    assert "Too old to send unasked" in first["reason"]
    assert copied.run("queue", "cancel", first["jobId"]).code == 0
    assert copied.run("queue", "retry", second["jobId"]).code == 0
    assert drained(copied) == 0
    assert [body["workflowId"] for body in tenant.bodies][2:] == ["second"]


# -- keys and times -------------------------------------------------------------------------------


def test_the_same_key_is_the_same_job_also_while_it_waits(
    console: Program, tenant: StrictTenant
) -> None:
    first = job(console, "trigger", "wf", "--key", "order-1", "--var", "n:integer=1")
    again = console.run("trigger", "wf", "--key", "order-1", "--var", "n:integer=2", "--json")
    assert (again.code, "asks for something else" in again.one_line) == (0, True)
    assert again.json["jobId"] == first["jobId"]
    other = job(console, "trigger", "wf", "--key", "order-2", "--var", "n:integer=2")
    assert other["jobId"] != first["jobId"]
    assert drained(console) == 0
    assert [body["context"]["n"] for body in tenant.bodies] == [1, 2]


def test_a_scheduled_job_is_sent_at_its_time_and_not_before(
    console: Program, tenant: StrictTenant
) -> None:
    at = in_seconds(2)
    asked = job(console, "trigger", "wf", "--at", at.isoformat())
    assert (asked["reason"], asked["state"]) == ("Scheduled", "queued")
    assert datetime.fromisoformat(asked["until"]) == at
    with console.started("queue", "run") as sender:
        until(lambda: tenant.instances, "its time has come")
        sender.interrupt()
        sender.end()
    assert datetime.fromisoformat(tenant.instances[0]["startedAt"]) >= at
    (record,) = console.payloads("TRIGGER_QUEUED")
    assert datetime.fromisoformat(record["notBefore"]) == at


def test_a_job_past_its_send_before_waits_for_a_person(
    console: Program, tenant: StrictTenant
) -> None:
    end = in_seconds(6)  # time enough for a slow machine to start the command
    asked = job(console, "trigger", "wf", "--send-before", end.isoformat())
    until(lambda: datetime.now(UTC) > end, "its time is over")
    assert drained(console) == 1
    assert tenant.bodies == []
    (kept,) = console.jobs()
    assert kept["reason"] == "Too old to send unasked; send it or cancel it"
    sent = ("queue", "retry", asked["jobId"], "--reason", "the customer still waits")
    assert console.run(*sent, operator=SOUTH).code == 0
    assert drained(console) == 0
    assert len(tenant.bodies) == 1
    (decision,) = console.payloads("TRIGGER_RESOLVED")
    assert (decision["jobId"], decision["decision"]) == (asked["jobId"], "send-now")
    assert decision["decidedBy"] == SOUTH
    assert decision["decisionReason"] == "the customer still waits"


def test_a_send_before_that_lies_in_the_past_is_refused(
    console: Program, tenant: StrictTenant
) -> None:
    ran = console.run("trigger", "wf", "--send-before", in_seconds(-60).isoformat())
    assert (ran.code, console.jobs()) == (2, [])
    assert "Send before" in ran.one_line


def test_a_time_so_long_past_that_the_job_is_too_old_at_once_is_refused(
    console: Program, tenant: StrictTenant
) -> None:
    ran = console.run("trigger", "wf", "--at", in_seconds(-5 * 3600).isoformat())
    assert (ran.code, console.jobs()) == (2, [])
    assert "past" in ran.one_line
    assert job(console, "trigger", "wf", "--at", in_seconds(-60).isoformat())["state"] == "queued"


# -- reviews and failures -------------------------------------------------------------------------


def test_a_review_is_resolved_in_each_of_three_ways_and_recorded(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (200, {"Content-Type": "application/json"}, b"{}")
    ids = [job(console, "trigger", f"wf-{number}")["jobId"] for number in range(3)]
    assert drained(console) == 1
    assert [state(console, item) for item in ids] == ["review"] * 3
    assert len(tenant.bodies) == 3
    ran, gone, again = ids
    assert console.run("queue", "resolve", ran, "--as", "accepted").code == 2
    decide = ("queue", "resolve")
    accepted = (*decide, ran, "--as", "accepted", "--instance", "inst-seen", "--reason", "seen")
    assert job(console, *accepted)["instanceId"] == "inst-seen"
    assert job(console, *decide, gone, "--as", "failed", "--reason", "late")["state"] == "failed"
    assert job(console, *decide, again, "--as", "send-again")["state"] == "queued"
    assert console.run(*decide, gone, "--as", "send-again").code == 1
    tenant.makes, tenant.answer = True, None
    assert drained(console) == 0
    assert [state(console, item) for item in ids] == ["accepted", "failed", "accepted"]
    assert [body["workflowId"] for body in tenant.bodies[3:]] == ["wf-2"]
    decisions = [
        (record["jobId"], record["decision"], record["decidedBy"], record["decisionReason"])
        for record in console.payloads("TRIGGER_RESOLVED")
    ]
    assert decisions == [
        (ran, "accepted", "op-north", "seen"),
        (gone, "failed", "op-north", "late"),
        (again, "send-again", "op-north", ""),
    ]
    assert len(console.payloads("WORKFLOW_TRIGGERED")) == 2
    assert len(console.payloads("WORKFLOW_TRIGGER_FAILED")) == 1


def test_a_retry_of_a_failed_job_is_a_new_job_that_names_it(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (422, {}, b"no such queue")
    failed = console.run("trigger", "wf", "--var", "n:integer=7", "--wait", "--json").json
    assert failed["state"] == "failed"
    tenant.makes, tenant.answer = True, None
    new = job(console, "queue", "retry", failed["jobId"], "--reason", "queue exists now")
    assert new["jobId"] != failed["jobId"]
    assert drained(console) == 0
    assert state(console, failed["jobId"]) == "failed"
    shown = console.run("queue", "show", new["jobId"], "--json").json
    assert (shown["state"], shown["resendOf"]) == ("accepted", failed["jobId"])
    assert [body["context"] for body in tenant.bodies] == [{"n": 7}, {"n": 7}]
    assert [record.get("resendOf") for record in console.payloads("TRIGGER_QUEUED")] == [
        None,
        failed["jobId"],
    ]


# -- equal triggers -------------------------------------------------------------------------------


def test_an_equal_trigger_is_queued_all_the_same_and_the_earlier_one_is_named(
    console: Program, tenant: StrictTenant
) -> None:
    values = ("--var", "customerId:string=CUST-1")
    first = console.run("trigger", "wf", *values)
    assert (first.code, first.err) == (0, "")
    second = console.run("trigger", "wf", *values, "--priority", "1")
    assert second.code == 0
    assert "J-1 (queued)" in second.one_line
    assert "asked for the same" in second.one_line
    third = console.run("trigger", "wf", *values, "--again")
    assert (third.code, third.err) == (0, "")
    other = console.run("trigger", "wf", "--var", "customerId:string=CUST-2")
    assert (other.code, other.err) == (0, "")
    assert len(console.jobs()) == 4


# -- a probe of another process -------------------------------------------------------------------


def test_a_probe_is_carried_out_by_the_process_that_sends(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (403, {}, b"missing scope")
    console.run("trigger", "refused")
    with console.started("queue", "run") as sender:
        until(lambda: "WORKFLOW_TRIGGER_FAILED" in console.types(), "the connection is held")
        waiting = job(console, "trigger", "waits")
        assert "Connection held" in waiting["reason"]
        tenant.makes, tenant.answer = True, None
        ran = console.run("queue", "probe", "--json")
        assert (ran.code, ran.err) == (0, "")
        assert ran.json == {"profile": "demo", "answered": True}
        until(lambda: len(tenant.instances) == 1, "the held job goes on")
        sender.interrupt()
        sender.end()
    assert tenant.tokens == 1, "only the sender has signed in"


def test_a_probe_that_fails_elsewhere_tells_what_the_sender_was_told(
    console: Program, tenant: StrictTenant
) -> None:
    with console.started("queue", "run", client_secret="") as sender:
        until(console.sends, "the sender has begun")
        ran = console.run("queue", "probe")
        assert (ran.code, ran.out) == (3, "")
        assert "keyring" in ran.one_line
        sender.interrupt()
        sender.end()
    assert tenant.tokens == 0
