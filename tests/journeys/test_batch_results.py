"""What becomes of a batch: sent alone, watched to its end, told row by row in a file."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from tests.journeys.program import Program, Ran, until
from tests.journeys.strict_tenant import StrictTenant

HEADER = "customerId:string,score:integer,callback:boolean\n"
GOOD = HEADER + "CUST-1,85,yes\nCUST-2,,no\nCUST-3,7,\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return tmp_path / "today.csv"


def queued_by(console: Program, sheet: Path, text: str, *more: str) -> Ran:
    """Queue a file that holds `text` for the workflow wf."""
    sheet.write_text(text, "utf-8", newline="")
    return console.run("batch", str(sheet), "--workflow", "wf", *more)


def nothing_queued(console: Program) -> bool:
    return console.jobs() == [] and "TRIGGER_QUEUED" not in console.types()


def results(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))


# -- a dry run ------------------------------------------------------------------------------------


def test_a_dry_run_says_what_would_be_queued_and_queues_nothing(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    ran = queued_by(console, sheet, GOOD, "--dry-run", "--priority", "3", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["batch"], ran.json["queued"], ran.json["jobs"]) == (None, 0, [])
    assert ran.json["wouldQueue"][1] == {
        "row": 2,
        "workflowId": "wf",
        "priority": 3,
        "context": {"customerId": "CUST-2", "callback": False},
        "metadata": {},
    }
    assert nothing_queued(console)
    assert queued_by(console, sheet, GOOD).code == 0  # the dry run left nothing to repeat
    assert queued_by(console, sheet, GOOD, "--dry-run").code == 2


# -- sending and results --------------------------------------------------------------------------


def test_wait_sends_the_batch_alone_and_the_results_tell_every_row(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path
) -> None:
    for number in range(10):  # more than are sent at once, older and of the same workflow
        console.run("trigger", "wf", "--var", f"n:integer={number}", "--priority", "1")
    out = tmp_path / "out.csv"
    text = HEADER.replace("\n", ",note:string\n") + '=1+1,1,no,"a, b"\nCUST-2,2,yes,-x\n'
    ran = queued_by(console, sheet, text, "--wait", "--results", str(out), "--json")
    assert (ran.code, ran.err) == (0, "")
    assert [body["context"]["customerId"] for body in tenant.bodies] == ["=1+1", "CUST-2"]
    assert [job["state"] for job in console.jobs()].count("queued") == 10
    jobs = ran.json["jobs"]
    assert [job["state"] for job in jobs] == ["accepted"] * 2
    rows = results(out)
    assert list(rows[0])[-5:] == ["row", "jobId", "state", "instanceId", "reason"]
    assert [row["customerId:string"] for row in rows] == ["'=1+1", "CUST-2"]
    assert [row["note:string"] for row in rows] == ["a, b", "'-x"]
    assert [row["jobId"] for row in rows] == [job["jobId"] for job in jobs]
    assert [(row["row"], row["state"], row["instanceId"]) for row in rows] == [
        ("1", "accepted", "inst-0001"),
        ("2", "accepted", "inst-0002"),
    ]


def test_the_results_come_in_the_form_of_the_file_and_at_once(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    out.write_text("older results", "utf-8")
    text = "\ufeff" + GOOD.replace(",", ";")
    assert queued_by(console, sheet, text, "--results", str(out)).code == 0
    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [row["state"] for row in results(out, ";")] == ["queued"] * 3
    assert [path.name for path in tmp_path.glob(".out.csv*")] == []


def test_a_row_that_fails_makes_the_answer_no_and_is_told(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path
) -> None:
    tenant.answer = lambda body: (
        (400, {}, b"no such customer")
        if body["context"]["customerId"] == "CUST-2"
        else (201, {}, json.dumps({"id": "inst-x", "status": "running"}).encode())
    )
    out = tmp_path / "out.csv"
    ran = queued_by(console, sheet, GOOD, "--wait", "--results", str(out))
    assert ran.code == 1
    assert "2 accepted, 1 failed" in ran.out
    assert "no such customer" in ran.out
    assert [row["state"] for row in results(out)] == ["accepted", "failed", "accepted"]
    assert "no such customer" in results(out)[1]["reason"]


def test_wait_ends_where_only_a_person_can_go_on(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    definition = '{"id": "wf", "title": "W", "approval": "required"}'
    (console.data_dir / "workflows" / "wf.json").write_text(definition, "utf-8")
    ran = queued_by(console, sheet, GOOD, "--wait", "--json")
    assert ran.code == 1
    assert {job["reason"] for job in ran.json["jobs"]} == {
        "Needs approval by a second person, not op-north"
    }
    assert tenant.bodies == []


def test_while_another_process_sends_wait_watches_its_batch(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    with console.started("queue", "run") as sender:
        until(lambda: "CONSOLE_STARTED" in console.types(), "the sender has begun")
        ran = queued_by(console, sheet, GOOD, "--wait", "--json")
        assert (ran.code, [job["state"] for job in ran.json["jobs"]]) == (0, ["accepted"] * 3)
        sender.interrupt()
        sender.end()
    assert tenant.tokens == 1


def test_ctrl_c_finishes_what_is_under_way_and_the_results_say_so(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    sheet.write_text(GOOD, "utf-8")
    tenant.hold()
    command = ("batch", str(sheet), "--workflow", "wf", "--wait", "--results", str(out), "--json")
    with console.started(*command, concurrency="1") as running:
        until(lambda: tenant.bodies, "the first POST is on its way")
        running.interrupt()
        until(lambda: console.run("queue", "list").code == 0, "another command reads")
        tenant.release()
        ran = running.end()
    assert (ran.code, ran.err) == (130, "")
    assert [row["state"] for row in results(out)] == ["accepted", "queued", "queued"]
    assert [job["state"] for job in ran.json["jobs"]] == ["accepted", "queued", "queued"]
    assert len(tenant.bodies) == 1


@pytest.mark.parametrize("place", ["no-folder/out.csv", "today.csv", ".", "home/data/out.csv"])
def test_results_that_cannot_stand_there_are_refused_before_anything_is_queued(
    console: Program, tenant: StrictTenant, sheet: Path, tmp_path: Path, place: str
) -> None:
    ran = queued_by(console, sheet, GOOD, "--results", str(tmp_path / place))
    assert (ran.code, ran.out) == (2, "")
    assert "--results" in ran.one_line
    assert nothing_queued(console)
    assert sheet.read_text("utf-8") == GOOD


def test_without_a_secret_wait_queues_nothing(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    sheet.write_text(GOOD, "utf-8")
    ran = console.run("batch", str(sheet), "--workflow", "wf", "--wait", client_secret="")
    assert (ran.code, ran.out) == (3, "")
    assert nothing_queued(console)


def test_a_production_profile_must_be_named_for_a_batch(
    console: Program, tenant: StrictTenant, sheet: Path
) -> None:
    more = ("--client-id", "c", "--token-url", f"{tenant.url}/v1/oauth2/token")
    place = ("--api-url", tenant.url, "--environment", "production")
    assert console.run("profile", "add", "live", *more, *place).code == 0
    assert queued_by(console, sheet, GOOD, "--profile", "live").code == 0
    ran = queued_by(console, sheet, GOOD.replace("CUST", "C"))
    assert ran.code == 2
    assert "--profile live" in ran.one_line
