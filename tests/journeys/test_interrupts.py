"""Ctrl-C and SIGTERM: what is under way is finished or stored, and nothing else is begun."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest

from console.__main__ import main
from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant


@pytest.mark.parametrize("command", ["trigger", "queue"])
def test_ctrl_c_during_a_post_finishes_it_and_exits_130(
    console: Program, tenant: StrictTenant, command: str
) -> None:
    args = ("trigger", "wf", "--wait") if command == "trigger" else ("queue", "run")
    args = (*args, "--json")
    if command == "queue":
        console.run("trigger", "wf")
    tenant.hold()
    with console.started(*args) as running:
        until(lambda: tenant.bodies, "the POST is on its way")
        running.interrupt()
        console.run("trigger", "later")  # queued before the interrupt it might still go out
        until(lambda: console.run("queue", "list").code == 0, "another command reads")
        assert running.alive
        tenant.release()
        ran = running.end()
    assert (ran.code, ran.err) == (130, "")
    later, sent = console.jobs()
    assert (sent["state"], sent["instanceId"]) == ("accepted", "inst-0001")
    counts = {"handled": 1, "accepted": 1, "failed": 0, "needPerson": 0}
    assert ran.json == (sent if command == "trigger" else counts)
    assert later["state"] == "queued"
    assert len(tenant.bodies) == 1
    assert console.types().count("WORKFLOW_TRIGGERED") == 1


def test_ctrl_c_during_a_post_that_never_ends_stores_it_for_a_look_up(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.hold()
    with console.started("trigger", "wf", "--wait", request_deadline_s="1") as running:
        until(lambda: tenant.bodies, "the POST is on its way")
        running.interrupt()
        ran = running.end()
    assert (ran.code, ran.err) == (130, "")
    tenant.release()
    (job,) = console.jobs()
    assert job["state"] in ("waiting", "accepted")
    assert console.run("queue", "run", "--until-idle").code == 0
    (job,) = console.jobs()
    assert (job["state"], job["instanceId"]) == ("accepted", "inst-0001")
    assert len(tenant.bodies) == 1


def test_a_sender_told_to_end_records_its_end(console: Program, tenant: StrictTenant) -> None:
    with console.started("queue", "run") as running:
        until(lambda: "CONSOLE_STARTED" in console.types(), "it has begun")
        running.terminate()
        ran = running.end()
    assert (ran.code, ran.err) == (130, "")
    assert console.types()[-1] == "CONSOLE_STOPPED"


def test_ctrl_c_while_the_program_is_still_being_read_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class StillRead(ModuleType):
        def __getattr__(self, name: str) -> object:
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "console.cli", StillRead("console.cli"))
    assert main() == 130
