"""Several consoles over one data folder: one sends, the others read, queue and watch."""

from __future__ import annotations

from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant


def test_while_one_process_sends_another_only_watches_its_job(
    console: Program, tenant: StrictTenant
) -> None:
    with console.started("queue", "run") as sender:
        console.run("trigger", "first")
        until(lambda: len(tenant.bodies) == 1, "the sender has sent")
        tenant.hold()
        with console.started("trigger", "second", "--wait", "--json") as watching:
            until(lambda: len(tenant.bodies) == 2, "the sender has taken the second")
            assert watching.alive
            tenant.release()
            ran = watching.end()
        sender.interrupt()
        assert sender.end().code == 130
    assert (ran.code, ran.json["state"], ran.err) == (0, "accepted", "")
    assert tenant.tokens == 1
    assert [body["workflowId"] for body in tenant.bodies] == ["first", "second"]


def test_two_senders_started_together_send_each_job_once(
    console: Program, tenant: StrictTenant
) -> None:
    for number in range(5):
        console.run("trigger", f"wf-{number}")
    with (
        console.started("queue", "run", "--until-idle") as one,
        console.started("queue", "run", "--until-idle") as two,
    ):
        assert (one.end().code, two.end().code) == (0, 0)
    assert sorted(body["workflowId"] for body in tenant.bodies) == [f"wf-{n}" for n in range(5)]
    assert console.types().count("WORKFLOW_TRIGGERED") == 5


def test_a_pause_stops_a_sender_in_another_process_and_survives_its_end(
    console: Program, tenant: StrictTenant
) -> None:
    assert console.run("queue", "pause", "--reason", "fire drill").code == 0
    assert console.run("queue", "pause").code == 1
    ran = console.run("trigger", "wf", "--wait", "--json")
    assert (ran.code, ran.json["state"]) == (1, "queued")
    assert "Paused by op-north: fire drill" in ran.json["reason"]
    assert console.run("queue", "run", "--until-idle").code == 0
    assert tenant.bodies == []
    with console.started("queue", "run") as sender:
        until(lambda: "CONSOLE_STARTED" in console.types()[-1:], "the sender has begun")
        assert console.run("queue", "resume").code == 0
        until(lambda: len(tenant.bodies) == 1, "it sends again")
        sender.terminate()
        sender.end()
    assert console.types().count("QUEUE_PAUSED") == console.types().count("QUEUE_RESUMED") == 1


def test_a_job_queued_while_a_sender_runs_is_not_said_to_wait_for_one(
    console: Program, tenant: StrictTenant
) -> None:
    console.run("queue", "pause")
    with console.started("queue", "run") as sender:
        until(lambda: "CONSOLE_STARTED" in console.types(), "the sender has begun")
        tenant.running = 50
        console.run("queue", "resume")
        ran = console.run("trigger", "wf", "--json")
        assert ran.json["state"] == "queued"
        assert "Waiting for a sender" not in ran.json["reason"]
        sender.interrupt()
        sender.end()


def test_commands_at_the_same_time_keep_one_trail(console: Program, tenant: StrictTenant) -> None:
    with (
        console.started("trigger", "a") as one,
        console.started("trigger", "b") as two,
        console.started("trigger", "c") as three,
    ):
        assert [one.end().code, two.end().code, three.end().code] == [0, 0, 0]
    assert console.types().count("TRIGGER_QUEUED") == 3
    assert console.types().count("AUDIT_FILE_OPENED") == 1
    assert "AUDIT_RECOVERED" not in console.types()
