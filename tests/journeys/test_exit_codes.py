"""What a script learns from the exit code, and a person from one line on stderr."""

from __future__ import annotations

import shutil
from pathlib import Path

import apsw
import pytest

from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant


def test_without_a_profile_nothing_can_be_queued(program: Program) -> None:
    ran = program.run("trigger", "wf", "--wait")
    assert (ran.code, ran.out) == (3, "")
    assert "profile add" in ran.one_line
    assert program.jobs() == []


def test_an_unknown_profile_is_named_before_a_job_is_made(console: Program) -> None:
    ran = console.run("trigger", "wf", "--profile", "elsewhere")
    assert ran.code == 3
    assert "elsewhere" in ran.one_line
    assert console.jobs() == []


def test_without_a_secret_and_a_keyring_no_job_is_made(
    console: Program, tenant: StrictTenant
) -> None:
    ran = console.run("trigger", "wf", "--wait", client_secret="")
    assert (ran.code, tenant.log) == (3, [])
    assert "keyring" in ran.one_line
    assert console.jobs() == []


def test_a_sender_without_a_secret_sends_nothing_and_asks_for_a_person(
    console: Program, tenant: StrictTenant
) -> None:
    console.run("trigger", "wf")
    ran = console.run("queue", "run", "--until-idle", client_secret="")
    assert (ran.code, tenant.bodies) == (1, [])
    assert "Traceback" not in ran.err
    (job,) = console.jobs()
    assert job["state"] == "queued"
    assert "keyring" in job["reason"]


def test_a_sender_that_leaves_jobs_undone_says_how_many_and_where_to_look(
    console: Program, tenant: StrictTenant
) -> None:
    tenant.makes = False
    tenant.answer = lambda body: (422 if body["workflowId"] == "wf" else 200, {}, b"{}")
    for workflow in ("wf", "wf-unreadable"):
        console.run("trigger", workflow)
    ran = console.run("queue", "run", "--until-idle", "--json")
    assert ran.code == 1
    assert ran.json == {"handled": 2, "accepted": 0, "failed": 1, "needPerson": 1}
    assert "1 failed and 1 cannot go on without a person" in ran.one_line
    assert "queue list" in ran.one_line


def test_a_refused_sign_in_keeps_the_job_and_says_what_to_do(program: Program) -> None:
    with program.started("simulate", "--port", "0") as simulator:
        program.connect(simulator.first_line().removeprefix("listening on "))
        ran = program.run("trigger", "wf", "--wait", "--json", client_secret="wrong")
        assert (ran.code, ran.json["state"]) == (1, "queued")
        assert "Connection held" in ran.json["reason"]
        probed = program.run("queue", "probe", client_secret="wrong")
        assert probed.code == 3
        assert probed.one_line
        assert program.run("queue", "probe", client_secret="demo-secret").code == 0
        ran = program.run("queue", "run", "--until-idle", client_secret="demo-secret")
        assert ran.code == 0
    assert [job["state"] for job in program.jobs()] == ["accepted"]
    changes = [payload["change"] for payload in program.payloads("CONNECTION_CHANGED")]
    assert changes == ["added", "held", "released"]


def test_a_tenant_that_cannot_be_reached_leaves_the_job_queued(program: Program) -> None:
    program.connect("http://127.0.0.1:1")
    ran = program.run("trigger", "wf", "--wait", "1", "--json")
    assert (ran.code, ran.json["state"], ran.json["attempts"]) == (1, "queued", 0)
    ran = program.run("instances")
    assert ran.code == 3
    assert "127.0.0.1:1" in ran.one_line


BAD: dict[str, tuple[tuple[str | bytes, ...], str]] = {
    "a word for an integer": (("--var", "n:integer=3.7"), "n"),
    "a word for a boolean": (("--var", "b:boolean=flase"), "b"),
    "an unknown type": (("--var", "x:date=2026-01-01"), "date"),
    "a variable without a type": (("--var", "x=1"), "NAME:TYPE=VALUE"),
    "a variable given twice": (("--var", "x:string=1", "--var", "x:string=2"), "twice"),
    "broken JSON": (("--var", "o:object={"), "o"),
    "a list for an object": (("--var", "o:object=[]"), "o"),
    "a priority of 0": (("--priority", "0"), "riority"),
    "a priority of 11": (("--priority", "11"), "riority"),
    "a priority in words": (("--priority", "high"), "priority"),
    "metadata without a value": (("--meta", "x"), "KEY=VALUE"),
    "our own metadata key": (("--meta", "consoleJobId=mine"), "consoleJobId"),
    "a payload that is not there": (("--payload", "/nowhere/at/all.json"), "all.json"),
    "a time that is none": (("--at", "tomorrow"), "--at"),
    "an end before the beginning": (
        ("--at", "2099-01-02T00:00Z", "--send-before", "2099-01-01T00:00Z"),
        "Send before",
    ),
    "a time that no clock shows": (("--at", "9999-12-31T23:00Z"), "time"),
    "an end that no clock shows": (("--send-before", "9999-12-31T23:00Z"), "time"),
    "a time before all clocks": (("--at", "0001-01-01T00:00Z"), "time"),
    "a key that an empty variable left": (("--key", ""), "key"),
    "a wait below zero": (("--wait=-1",), "--wait"),
    "an option nobody knows": (("--wiat",), "--wiat"),
    "half a character as reason": (("--reason", b"\xff"), "eason"),
    "half a character as key": (("--key", b"\xff"), "ey"),
    "half a character as value": (("--var", b"x:string=\xff"), "x"),
    "half a character as metadata": (("--meta", b"x=\xff"), "x"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_exits_2_in_one_line_and_queues_nothing(console: Program, name: str) -> None:
    args, word = BAD[name]
    ran = console.run("trigger", "wf", *args)
    assert (ran.code, ran.out) == (2, "")
    assert word in ran.one_line
    assert console.jobs() == []


@pytest.mark.parametrize("workflow", ["", " wf", b"wf\xff"])
def test_a_workflow_id_that_cannot_be_one_exits_2(console: Program, workflow: str | bytes) -> None:
    ran = console.run("trigger", workflow)
    assert ran.code == 2
    assert ran.one_line


@pytest.mark.parametrize(
    "command",
    [
        ("instances", "--workflow", b"\xff"),
        ("instances", "--status", b"\xff"),
        ("metrics", "--workflow", b"\xff"),
        ("queue", "list", "--profile", b"\xff"),
    ],
)
def test_a_name_that_is_no_text_exits_2(console: Program, command: tuple[str | bytes, ...]) -> None:
    ran = console.run(*command)
    assert (ran.code, ran.out) == (2, "")
    assert "half of a character" in ran.one_line


@pytest.mark.parametrize(
    "command",
    [
        ("trigger", "wf", "--profile", ""),
        ("trigger", "wf", "--data-dir", ""),
        ("instances", "--workflow", ""),
        ("instances", "--status", ""),
        ("metrics", "--workflow", ""),
    ],
)
def test_a_name_that_an_empty_variable_left_exits_2(
    console: Program, tenant: StrictTenant, command: tuple[str, ...]
) -> None:
    ran = console.run(*command, home=str(console.data_dir.parent))
    assert (ran.code, ran.out, tenant.log) == (2, "", [])
    assert "empty" in ran.one_line
    assert console.jobs() == []


@pytest.mark.parametrize(
    ("command", "word"), [(("queue", "list"), "nroth"), (("queue", "resume"), "nroth")]
)
def test_a_slip_in_a_profiles_name_is_told(
    console: Program, command: tuple[str, ...], word: str
) -> None:
    console.run("trigger", "wf")
    console.run("queue", "pause")
    ran = console.run(*command, "--profile", "nroth", "--json")
    assert (ran.code, ran.out) == (3, "")
    assert word in ran.one_line
    assert "Paused" in console.jobs()[0]["reason"]


def test_jobs_of_a_profile_that_was_removed_are_still_listed(console: Program) -> None:
    console.run("trigger", "wf")
    assert console.run("profile", "remove", "demo").code == 0
    ran = console.run("queue", "list", "--profile", "demo", "--json")
    assert [job["profile"] for job in ran.json] == ["demo"]


def test_a_production_profile_must_be_named(program: Program, tenant: StrictTenant) -> None:
    program.connect(tenant.url, "--environment", "production")
    ran = program.run("trigger", "wf", "--wait")
    assert ran.code == 2
    assert "--profile demo" in ran.one_line
    assert program.run("trigger", "wf", "--wait", "--profile", "demo").code == 0
    ran = program.run("trigger", "wf", profile="demo")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (("cancel",), "J-99"),
        (("retry",), "99999999999999999999"),
        (("show",), "nobody"),
        (("resolve", "--as", "failed"), b"\xff"),
    ],
)
def test_a_job_that_is_not_there_exits_2(
    console: Program, command: tuple[str, ...], name: str | bytes
) -> None:
    ran = console.run("queue", *command, name)
    assert (ran.code, ran.out) == (2, "")
    assert "no job" in ran.one_line


def test_a_decision_that_the_state_does_not_allow_exits_1(
    console: Program, tenant: StrictTenant
) -> None:
    job = console.run("trigger", "wf", "--wait", "--json").json
    for decision in (("cancel",), ("retry",), ("resolve", "--as", "failed")):
        ran = console.run("queue", *decision, job["jobId"])
        assert ran.code == 1
        assert ran.one_line
    assert [job["state"] for job in console.jobs()] == ["accepted"]


@pytest.mark.parametrize(
    "folder", ["/proc/self/nowhere", "/dev/null", "/dev/null/below", "~nobody-here/x"]
)
def test_a_folder_that_cannot_be_used_is_named(program: Program, folder: str) -> None:
    ran = program.run("queue", "list", "--data-dir", folder)
    assert ran.code in (2, 3)
    assert folder.rsplit("/", 1)[0] in ran.one_line


@pytest.mark.parametrize("spoiled", ["console.db", "trail.lock", "audit", "profiles.toml"])
def test_a_folder_in_disorder_is_named(console: Program, spoiled: str) -> None:
    path = console.data_dir / spoiled
    _spoil(path)
    ran = console.run("trigger", "wf")
    assert ran.code == 3
    assert spoiled in ran.one_line or str(console.data_dir) in ran.one_line


def _spoil(path: Path) -> None:
    """Put a folder where a file belongs, or a file where a folder does."""
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("not a folder")
    else:
        path.unlink(missing_ok=True)
        path.mkdir()


@pytest.mark.parametrize("setting", ["concurrency", "lookup_first_s"])
def test_a_setting_out_of_bounds_is_named(console: Program, setting: str) -> None:
    console.settings[f"CXONE_CONSOLE_{setting.upper()}"] = "many"
    ran = console.run("queue", "list")
    assert ran.code == 2
    assert setting in ran.one_line


@pytest.mark.parametrize("limit", [0, 1000, 8000])
def test_a_disk_that_takes_no_more_is_told_in_one_line(
    console: Program, tenant: StrictTenant, limit: int
) -> None:
    before = console.jobs()
    ran = console.run("trigger", "wf", file_limit=limit)
    assert ran.code == 3
    assert ran.one_line
    assert console.jobs() == before
    assert console.run("trigger", "wf", "--wait").code == 0


def test_a_sender_on_a_full_disk_says_so_and_sends_nothing(
    console: Program, tenant: StrictTenant
) -> None:
    console.run("trigger", "wf")
    with console.started("queue", "run", file_limit=1000) as running:
        ran = running.end()
    assert (ran.code, tenant.bodies) == (3, [])
    assert ran.one_line


def test_a_reader_that_goes_away_is_no_error(console: Program, tenant: StrictTenant) -> None:
    console.run("trigger", "wf", "--wait")
    with console.started("instances", "--watch", "--json") as watching:
        watching.first_line()
        watching.close_output()
        until(lambda: not watching.alive, "it has noticed")
        assert watching.end().err == ""


@pytest.mark.parametrize("url", ["https://example.com/hook", "nowhere", "http://example.com"])
def test_a_simulator_that_could_not_call_its_webhook_does_not_start(
    program: Program, url: str
) -> None:
    ran = program.run("simulate", "--webhook-url", url)
    assert (ran.code, ran.out) == (2, "")
    assert ran.one_line


@pytest.mark.parametrize("command", [("trigger", "wf"), ("queue", "run", "--until-idle")])
def test_a_torn_line_that_was_mended_is_told(console: Program, command: tuple[str, ...]) -> None:
    (file,) = (console.data_dir / "audit").glob("*.jsonl")
    with file.open("ab") as stream:
        stream.write(b'{"timestamp": "2026')
    ran = console.run(*command)
    assert ran.code == 0
    assert "cut off in the middle" in ran.one_line
    assert console.types().count("AUDIT_RECOVERED") == 1


@pytest.mark.parametrize("command", [("queue", "run"), ("trigger", "wf", "--wait")])
def test_a_sender_that_breaks_ends_instead_of_waiting_for_ever(
    console: Program, tenant: StrictTenant, command: tuple[str, ...]
) -> None:
    job = console.run("trigger", "wf", "--json").json
    database = apsw.Connection(str(console.data_dir / "console.db"))
    # What no version of this program writes, and no code of it expects.
    database.execute("UPDATE jobs SET state = 'sending', payload = '{'")
    database.close()
    ran = console.run(*command)
    assert ran.code == 1
    assert "cxone-console: Something in the console itself went wrong" in ran.err
    assert tenant.bodies == []
    assert job["state"] == "queued"
