"""The tutorial's own example by command line: posted once, proved, completed, counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from tests.journeys.program import Program, Ran, until
from tests.journeys.strict_tenant import TOKEN, StrictTenant

TUTORIAL: Final = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
EXAMPLE: Final = (
    *("trigger", TUTORIAL),
    *("--var", "customerId:string=CUST-99887"),
    *("--var", "priorityScore:integer=85"),
    *("--var", "requiresCallback:boolean=true"),
    *("--var", 'routingMetadata:object={"channel": "voice", "queue": "sales"}'),
    *("--priority", "2"),
    *("--meta", "sourceSystem=erp_sync_module"),
    *("--meta", "batchId=BATCH-001"),
    *("--reason", "ticket 4711"),
)
JOB_KEYS: Final = [
    "jobId",
    "profile",
    "workflowId",
    "state",
    "reason",
    "until",
    "attempts",
    "instanceId",
    "priority",
    "operator",
    "operatorReason",
    "queuedAt",
]


def accepted(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    assert ran.err == ""
    job: dict[str, Any] = ran.json
    assert list(job) == JOB_KEYS
    assert job["state"] == "accepted"
    return job


def test_the_tutorials_example_is_posted_once_with_exactly_its_body(
    console: Program, tenant: StrictTenant
) -> None:
    job = accepted(console.run(*EXAMPLE, "--wait", "--json"))
    assert tenant.bodies == [
        {
            "workflowId": TUTORIAL,
            "priority": 2,
            "context": {
                "customerId": "CUST-99887",
                "priorityScore": 85,
                "requiresCallback": True,
                "routingMetadata": {"channel": "voice", "queue": "sales"},
            },
            "metadata": {
                "sourceSystem": "erp_sync_module",
                "batchId": "BATCH-001",
                "consoleJobId": job["jobId"],
            },
        }
    ]
    (headers,) = tenant.headers
    assert headers["Idempotency-Key"] == job["jobId"]
    assert headers["Content-Type"] == "application/json"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert (job["instanceId"], job["attempts"], job["priority"]) == ("inst-0001", 1, 2)
    assert (job["operator"], job["operatorReason"]) == ("op-north", "ticket 4711")


def test_capacity_is_counted_before_the_trigger_goes_out(
    console: Program, tenant: StrictTenant
) -> None:
    accepted(console.run(*EXAMPLE, "--wait", "--json"))
    assert tenant.log[:2] == ["list running", "start"]


def test_its_records_hold_by_the_tutorials_rule_and_name_no_customer(
    console: Program, tenant: StrictTenant
) -> None:
    job = accepted(console.run(*EXAMPLE, "--wait", "--json"))
    tenant.end_all()
    assert console.run("queue", "run", "--until-idle").code == 0
    assert [t for t in console.types() if "TRIGGER" in t or t == "WORKFLOW_COMPLETED"] == [
        "TRIGGER_QUEUED",
        "WORKFLOW_TRIGGERED",
        "WORKFLOW_COMPLETED",
    ]
    (queued,) = console.payloads("TRIGGER_QUEUED")
    (triggered,) = console.payloads("WORKFLOW_TRIGGERED")
    (completed,) = console.payloads("WORKFLOW_COMPLETED")
    for payload in (queued, triggered, completed):
        assert payload["workflowId"] == TUTORIAL
        assert payload["jobId"] == job["jobId"]
        assert (payload["operator"], payload["reason"]) == ("op-north", "ticket 4711")
    assert triggered["instanceId"] == completed["instanceId"] == "inst-0001"
    assert triggered["priority"] == 2
    assert triggered["latency_ms"] > 0
    assert triggered["triggerTimestamp"].endswith("+00:00")
    assert triggered["foundBy"] == "answer"
    assert completed["status"] == "completed"
    assert completed["erpSyncStatus"] == "pending"
    assert queued["contextDigest"] == triggered["contextDigest"]
    trail = b"".join(path.read_bytes() for path in (console.data_dir / "audit").rglob("*.jsonl"))
    for value in (b"CUST-99887", b"sales", b"BATCH-001"):
        assert value not in trail
    assert console.run("audit", "verify", str(console.data_dir)).code == 0


def test_on_the_built_in_tenant_it_shows_among_the_instances_and_in_the_figures(
    demo: Program,
) -> None:
    job = accepted(demo.run(*EXAMPLE, "--wait", "--json"))
    reading = demo.run("instances", "--workflow", TUTORIAL, "--json").json
    assert list(reading) == ["workflowId", "count", "limit", "at", "instances"]
    assert reading["count"] >= 1
    assert reading["limit"] == 50
    (shown,) = (item for item in reading["instances"] if item["jobId"] == job["jobId"])
    assert (shown["id"], shown["ours"], shown["priority"]) == (job["instanceId"], True, 2)
    (figures,) = demo.run("metrics", "--json").json
    assert list(figures) == [
        "workflowId",
        "success_rate",
        "avg_latency_ms",
        "total_executions",
        "p50_ms",
        "p95_ms",
        "p99_ms",
    ]
    assert (figures["workflowId"], figures["success_rate"]) == (TUTORIAL, 1.0)
    assert figures["total_executions"] == 1
    assert figures["avg_latency_ms"] == figures["p50_ms"] == figures["p99_ms"] > 0


def test_instances_without_a_workflow_are_those_of_every_workflow(
    console: Program, tenant: StrictTenant
) -> None:
    for workflow in ("wf-a", "wf-b"):
        accepted(console.run("trigger", workflow, "--wait", "--json"))
    reading = console.run("instances", "--json").json
    assert (reading["workflowId"], reading["count"], reading["limit"]) == (None, 2, None)
    assert {item["workflowId"] for item in reading["instances"]} == {"wf-a", "wf-b"}
    tenant.instances[0]["status"] = "completed"
    reading = console.run("instances", "--status", "completed", "--json").json
    assert (reading["count"], [item["workflowId"] for item in reading["instances"]]) == (
        1,
        ["wf-a"],
    )


def test_a_tenant_that_ignores_what_was_asked_for_shows_no_instance_of_another_workflow(
    console: Program, tenant: StrictTenant
) -> None:
    for workflow in ("wf-a", "wf-b"):
        accepted(console.run("trigger", workflow, "--wait", "--json"))
    tenant.deaf = True
    reading = console.run("instances", "--workflow", "wf-a", "--status", "Running", "--json").json
    assert [item["workflowId"] for item in reading["instances"]] == ["wf-a"]


def test_watched_instances_come_one_reading_a_line(console: Program, tenant: StrictTenant) -> None:
    accepted(console.run("trigger", "wf", "--wait", "--json"))
    with console.started("instances", "--workflow", "wf", "--watch", "--json") as watching:
        for _ in range(2):
            reading = json.loads(watching.first_line())
            assert [item["id"] for item in reading["instances"]] == ["inst-0001"]
        watching.interrupt()
        assert watching.end().code == 130


def test_a_trigger_without_wait_waits_for_a_sender_and_says_so(
    console: Program, tenant: StrictTenant
) -> None:
    ran = console.run("trigger", "wf", "--json")
    assert (ran.code, ran.json["state"]) == (0, "queued")
    assert "Waiting for a sender" in ran.json["reason"]
    assert tenant.log == []
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, ran.err) == (0, "")
    (job,) = console.jobs()
    assert list(job) == JOB_KEYS
    assert (job["state"], job["instanceId"]) == ("accepted", "inst-0001")
    assert len(tenant.bodies) == 1


def test_wait_sends_its_own_job_and_leaves_the_others_queued(
    console: Program, tenant: StrictTenant
) -> None:
    console.run("trigger", "other", "--json")
    accepted(console.run("trigger", "mine", "--wait", "--json"))
    assert [body["workflowId"] for body in tenant.bodies] == ["mine"]
    assert [job["state"] for job in console.jobs()] == ["accepted", "queued"]


def test_a_refused_trigger_ends_failed_with_exit_1_and_the_servers_words(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (
        400,
        {"Content-Type": "application/json"},
        b'{"error": "validation_failed", "field": "context.tier", "message": "gold or silver"}',
    )
    ran = console.run("trigger", "wf", "--var", "tier:string=tin", "--wait", "--json")
    assert (ran.code, ran.json["state"]) == (1, "failed")
    assert "gold or silver" in ran.json["reason"]
    shown = console.run("queue", "show", ran.json["jobId"], "--json").json
    assert (shown["errorStatus"], shown["errorField"]) == (400, "context.tier")
    (failed,) = console.payloads("WORKFLOW_TRIGGER_FAILED")
    assert failed["error"].startswith("status=400 code=rejected field=context.tier textSha256=")
    (figures,) = console.run("metrics", "--json").json
    assert (figures["success_rate"], figures["total_executions"]) == (0.0, 1)


def test_the_same_key_is_the_same_job_and_is_posted_once(
    console: Program, tenant: StrictTenant
) -> None:
    first = accepted(console.run("trigger", "wf", "--key", "order-1", "--wait", "--json"))
    again = accepted(console.run("trigger", "wf", "--key", "order-1", "--wait", "--json"))
    assert first["jobId"] == again["jobId"]
    assert len(tenant.bodies) == 1
    assert console.types().count("TRIGGER_QUEUED") == 1


def test_a_key_that_was_used_for_something_else_is_told(
    console: Program, tenant: StrictTenant
) -> None:
    first = console.run("trigger", "wf", "--var", "n:integer=1", "--key", "order-1", "--json")
    other = console.run("trigger", "wf", "--var", "n:integer=2", "--key", "order-1", "--json")
    assert (first.err, other.code, other.json) == ("", 0, first.json)
    assert "nothing was queued" in other.one_line
    assert len(console.jobs()) == 1


def test_a_definition_that_cannot_be_read_is_told_where_it_may_be_the_one_that_counts(
    console: Program, tmp_path: Path
) -> None:
    (console.data_dir / "workflows" / "refund.json").write_text('{"id": "wf_refund", ', "utf-8")
    ran = console.run("trigger", "wf_refund", "--json")
    assert (ran.code, ran.json["state"]) == (0, "queued")
    assert "refund.json" in ran.one_line
    sheet = tmp_path / "refunds.csv"
    sheet.write_text("amount:integer\n5\n", "utf-8")
    assert "refund.json" in console.run("batch", str(sheet), "--workflow", "wf_refund").one_line


def test_a_payload_that_is_no_utf_8_is_told_so(console: Program, tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_bytes('{"context": {"name": "Müller"}}'.encode("latin-1"))
    ran = console.run("trigger", "wf", "--payload", str(file))
    assert (ran.code, console.jobs()) == (2, [])
    assert "is not UTF-8 text" in ran.one_line


def test_a_payload_file_is_posted_with_its_numbers_exact(
    console: Program, tenant: StrictTenant, tmp_path: Path
) -> None:
    huge = 12345678901234567890123456789012345678901234567890
    payload = {"context": {"huge": huge, "name": "Łódź 😀"}, "priority": 9, "metadata": {"a": "b"}}
    file = tmp_path / "payload.json"
    file.write_text(json.dumps(payload), "utf-8")
    accepted(console.run("trigger", "wf", "--payload", str(file), "--wait", "--json"))
    (body,) = tenant.bodies
    assert (body["context"], body["priority"]) == (payload["context"], 9)
    assert body["metadata"]["a"] == "b"


def test_a_full_workflow_keeps_the_job_queued_until_the_wait_is_over(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.running = 50
    ran = console.run("trigger", "wf", "--wait", "3", "--json")
    assert (ran.code, ran.json["state"], tenant.bodies) == (1, "queued", [])
    assert ran.json["reason"] == "Waiting for a slot: all 50 are in use"
    tenant.running = None
    assert console.run("queue", "run", "--until-idle").code == 0
    assert len(tenant.bodies) == 1


def test_a_429_is_waited_out_as_told_and_posted_again(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda _: (429, {"Retry-After": "1"}, b"")
    with console.started("trigger", "wf", "--wait", "--json") as waiting:
        until(lambda: len(tenant.bodies) == 1, "the first try")
        tenant.makes, tenant.answer = True, None
        job = accepted(waiting.end())
    assert (job["attempts"], len(tenant.bodies), len(tenant.instances)) == (1, 2, 1)


def test_an_ended_wait_tells_the_state_that_is_and_leaves_the_job_to_the_sender(
    console: Program, tenant: StrictTenant
) -> None:
    ran = console.run("trigger", "wf", "--at", "2099-01-01T00:00:00Z", "--wait", "0.3", "--json")
    assert (ran.code, ran.json["state"]) == (1, "queued")
    assert ran.json["until"] == "2099-01-01T00:00:00Z"
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, tenant.bodies) == (0, [])


@pytest.mark.parametrize("place", ["before", "after"])
def test_global_options_stand_before_or_after_the_command(
    console: Program, tenant: StrictTenant, tmp_path: Path, place: str
) -> None:
    elsewhere = str(tmp_path / "elsewhere")
    option = ("--data-dir", elsewhere)
    command = ("queue", "list", "--json")
    args = (*option, *command) if place == "before" else (*command, *option)
    console.run("trigger", "wf")
    assert console.run(*args).json == []
    assert (Path(elsewhere) / "console.db").exists()
