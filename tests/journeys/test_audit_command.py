"""Support staff at the command line: verify, search and export a trail, with no account at all."""

import asyncio
import csv
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.app.audit import desk_for
from console.app.folder import Place, opened
from console.cli import main
from console.domain.audit import check_line, compliance_hash, record_line
from console.domain.records import RecordDraft
from console.services.audit_desk import AuditEvent, TrailExported
from console.services.ports import Write
from console.store.audit_log import AuditLog

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "tests" / "data" / "tutorial_trail"
DAY = "workflow_audit_20260602.jsonl"
AT = datetime(2026, 6, 1, 7, tzinfo=UTC)


@pytest.fixture
def trail(tmp_path):
    return Path(shutil.copytree(TUTORIAL, tmp_path / "trail"))


@pytest.fixture
def run(capfd):
    """Run a command in this process: exit code, stdout, stderr."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return run


def records(out):
    return json.loads(out)


def test_the_tutorials_trail_is_intact_by_its_own_rule_and_the_report_says_what_stays_open(run):
    code, out, err = run("audit", "verify", TUTORIAL, "--rule", "hash")
    assert (code, err) == (0, "")
    assert "every hash of 480 records in 3 files holds" in out
    assert "Judged by the hash rule alone" in out
    assert "removed or added cannot be told" in out


@pytest.mark.parametrize(
    ("rule", "verdict", "exit_code"),
    [((), "cannot-know", 1), (("--rule", "hash"), "intact", 0), (("--deep",), "cannot-know", 1)],
)
def test_a_foreign_trail_is_intact_by_the_hash_rule_only_where_one_asks_for_it(
    run, rule, verdict, exit_code
):
    code, out, _ = run("audit", "verify", TUTORIAL, "--json", *rule)
    report = json.loads(out)
    assert code == exit_code
    assert set(report) == {
        "verdict", "files", "records", "checkpoint", "keyTrust", "pinned", "notProven"
    }  # fmt: skip
    assert (report["verdict"], report["records"]) == (verdict, 480)
    assert [file["records"] for file in report["files"]] == [160, 160, 160]
    assert {file["verdict"] for file in report["files"]} == {verdict}
    assert report["checkpoint"] is report["pinned"] is None
    assert report["keyTrust"] == "folder"
    assert {"order", "completeness"} <= {item["code"] for item in report["notProven"]}


def test_an_edited_record_is_found_with_its_place_and_exit_1(run, trail):
    lines = (trail / DAY).read_bytes().split(b"\n")
    lines[7] = lines[7].replace(b'"workflowId": "wf_', b'"workflowId": "wf-')
    (trail / DAY).write_bytes(b"\n".join(lines))
    code, out, _ = run("audit", "verify", trail, "--json")
    report = json.loads(out)
    assert (code, report["verdict"]) == (1, "edited")
    assert report["files"][1] == {
        "file": DAY,
        "verdict": "edited",
        "records": 160,
        "firstBad": {"line": 8, "index": 167, "code": "edited"},
    }
    code, out, _ = run("audit", "verify", trail)
    assert code == 1
    assert "first bad: line 8" in out


def test_a_torn_line_is_unreadable_and_exit_1(run, trail):
    with (trail / DAY).open("ab") as file:
        file.write(b'{"timestamp": "2026')
    code, out, _ = run("audit", "verify", trail, "--json")
    assert (code, json.loads(out)["verdict"]) == (1, "unreadable")
    assert json.loads(out)["files"][1]["records"] == 161


def test_one_file_and_a_data_folder_can_be_verified(run, tmp_path):
    log = AuditLog(tmp_path / "data" / "audit")
    log.append(log.plan([RecordDraft("CONSOLE_STARTED", {})], AT))
    hashes = ("--rule", "hash")
    assert run("audit", "verify", tmp_path / "data", *hashes)[0] == 0
    assert run("audit", "verify", TUTORIAL / DAY, *hashes)[0] == 0
    assert "cannot-know" in run("audit", "verify", TUTORIAL / DAY)[1]
    assert "no-checkpoint" in run("audit", "verify", tmp_path / "data", "--json")[1]


@pytest.mark.parametrize("action", [("verify",), ("search",), ("export", "out.csv")])
def test_what_is_no_trail_is_exit_2_with_one_line(run, tmp_path, action):
    code, out, err = run("audit", action[0], tmp_path / "nowhere", *action[1:])
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "nowhere" in err


@pytest.mark.parametrize("option", [("--key", "k"), ("--against", "c"), ("--key", "/")])
def test_keys_and_checkpoints_that_are_none_are_refused(run, option):
    code, _, err = run("audit", "verify", TUTORIAL, *option)
    assert (code, err.count("\n")) == (2, 1)


def test_searching_gives_every_matching_record_as_it_stands(run):
    code, out, _ = run("audit", "search", TUTORIAL, "--text", "KARENINOVÁ", "--json")
    found = records(out)
    assert code == 0
    assert len(found) == 3
    for item in found:
        lines = (TUTORIAL / item["file"]).read_bytes().split(b"\n")
        assert item["record"] == json.loads(lines[item["line"] - 1])
        assert item["verdict"] == "intact"
        day = int(item["file"][-7:-6])
        assert item["index"] == 160 * (day - 1) + item["line"] - 1
        assert item["eventType"] == item["record"]["event_type"]
        assert datetime.fromisoformat(item["timestamp"]).tzinfo is not None


def test_filters_combine_and_equal_a_count_by_hand(run):
    every = [
        json.loads(line)
        for path in sorted(TUTORIAL.iterdir())
        for line in path.read_bytes().splitlines()
    ]
    workflow = every[0]["payload"]["workflowId"]
    expected = [
        record
        for record in every
        if record["event_type"] == "WORKFLOW_TRIGGERED"
        and record["payload"]["workflowId"] == workflow
        and "2026-06-02" <= record["timestamp"] < "2026-06-03"
    ]
    assert expected
    filters = ["--event-type", "WORKFLOW_TRIGGERED", "--workflow", workflow]
    filters += ["--since", "2026-06-02", "--until", "2026-06-02"]
    _, out, _ = run("audit", "search", TUTORIAL, "--json", *filters)
    assert [item["record"] for item in records(out)] == expected
    _, out, _ = run("audit", "search", TUTORIAL, "--json", "--limit", "2", *filters)
    assert [item["record"] for item in records(out)] == expected[-2:]


def test_an_instance_and_an_exact_time_can_be_searched_for(run):
    first = json.loads((TUTORIAL / DAY).read_bytes().split(b"\n")[0])
    instance = first["payload"]["instanceId"]
    _, out, _ = run("audit", "search", TUTORIAL, "--json", "--instance", instance)
    assert first in [item["record"] for item in records(out)]
    at = datetime.fromisoformat(first["timestamp"])
    since, until = at.isoformat(), (at + timedelta(microseconds=1)).replace(tzinfo=None).isoformat()
    _, out, _ = run("audit", "search", TUTORIAL, "--json", "--since", since, "--until", until)
    assert [item["record"] for item in records(out)] == [first]


def test_operator_and_job_can_be_searched_for(run, tmp_path):
    path = tmp_path / DAY
    path.write_bytes(
        record_line(AT, "TRIGGER_QUEUED", {"operator": "ann", "jobId": "j1", "reason": "why"})
        + record_line(AT, "TRIGGER_QUEUED", {"operator": "bob", "jobId": "j2"})
    )
    _, out, _ = run("audit", "search", path, "--operator", "ann")
    assert "operator=ann" in out
    assert "reason=why" in out
    assert "bob" not in out
    _, out, _ = run("audit", "search", path, "--job", "j2", "--json")
    assert [item["record"]["payload"]["operator"] for item in records(out)] == ["bob"]


def test_nothing_found_is_an_empty_list_and_no_failure(run):
    assert run("audit", "search", TUTORIAL, "--text", "nobody", "--json") == (0, "[]\n", "")
    assert run("audit", "search", TUTORIAL, "--text", "nobody") == (0, "", "")
    assert run("audit", "search", TUTORIAL, "--limit", "0", "--json") == (0, "[]\n", "")


@pytest.mark.parametrize(
    "option",
    [
        ("--since", "yesterday"),
        ("--until", "2026-13-01"),
        ("--since", "0001-01-01T00:00+23:59"),
        ("--until", "9999-12-31"),
        ("--limit", "-1"),
        ("--limit", "many"),
    ],
)
def test_an_option_that_cannot_be_read_is_exit_2_with_its_name(run, option):
    code, _, err = run("audit", "search", TUTORIAL, *option)
    assert code == 2
    assert option[0] in err


def test_hostile_lines_are_found_without_breaking_the_output(run, tmp_path):
    path = tmp_path / DAY
    infinite = json.dumps({"payload": {"a": 1}, "compliance_hash": compliance_hash({"a": 1})})
    path.write_bytes(
        b"\xff\x00 needle \x1b[31m\n"
        + infinite.replace("1", "1e400", 1).replace("{", '{"needle": 0, ', 1).encode()
        + b"\n"
        + b'{"event_type": NaN, "needle": "\\ud800", "payload": 1, "compliance_hash": 2}\n'
        + "{} needle \u202e\n".encode()
    )
    code, out, _ = run("audit", "search", path, "--text", "needle", "--json")
    found = records(out)
    assert code == 0
    assert [item["record"] for item in found] == [None] * 4
    assert found[0]["raw"] == "\\xff\0 needle \x1b[31m"
    assert found[2]["eventType"] is None
    json.loads(out, parse_constant=pytest.fail)
    code, out, _ = run("audit", "search", path, "--text", "needle")
    assert (code, out.count("\n")) == (0, 4)
    assert not {"\x1b", "\x00", "\u202e"} & set(out)


def test_records_are_exported_as_json_lines_and_as_a_table(run, tmp_path):
    out = tmp_path / "out.jsonl"
    code, told, _ = run("audit", "export", TUTORIAL, out, "--event-type", "WORKFLOW_COMPLETED")
    lines = out.read_bytes().splitlines()
    assert code == 0
    assert f"{len(lines)} records written" in told
    assert {check_line(line).verdict for line in lines} == {"intact"}
    assert {json.loads(line)["event_type"] for line in lines} == {"WORKFLOW_COMPLETED"}
    table = tmp_path / "out.csv"
    code, told, _ = run("audit", "export", TUTORIAL, table, "--limit", "1", "--json")
    assert json.loads(told) == {"path": str(table), "records": 1}
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["index"] for row in rows] == ["479"]
    assert run("audit", "export", TUTORIAL, table, "--limit", "1")[1].startswith("1 record written")


def test_a_bundle_of_a_trail_without_a_seal_is_refused_with_what_can_be_exported_instead(
    run, tmp_path
):
    code, _, err = run("audit", "export", TUTORIAL, tmp_path / "out.zip")
    assert code == 1
    assert "Export .jsonl, .csv or .pdf instead" in err
    assert list(tmp_path.iterdir()) == []


def test_an_export_of_the_own_trail_is_a_record_there(run, tmp_path):
    data = tmp_path / "console"
    log = AuditLog(data / "audit")
    log.append(log.plan([RecordDraft("CONSOLE_STARTED", {})], datetime.now(UTC)))
    code, _, _ = run("--data-dir", data, "audit", "export", data, tmp_path / "out.csv")
    assert code == 0
    _, out, _ = run("audit", "search", data, "--event-type", "AUDIT_EXPORTED", "--json")
    (exported,) = [item["record"]["payload"] for item in records(out)]
    assert (exported["kind"], exported["records"], exported["filtered"]) == ("csv", 2, False)
    assert exported["operator"]
    assert run("audit", "verify", data)[0] == 0


async def test_an_export_from_the_window_is_recorded_and_the_trail_still_holds(tmp_path):
    place = Place.find(str(tmp_path / "console"))
    async with opened(place) as folder:
        desk = desk_for(folder)
        events: list[AuditEvent] = []
        desk.hub.listen(events.append)
        await folder.journal.write(Write(records=(RecordDraft("CONSOLE_STARTED", {}),)))
        desk.open(None)
        await until(lambda: desk.matching == 2)
        desk.export(tmp_path / "out.csv", "csv")
        await until(lambda: any(isinstance(event, TrailExported) for event in events))
        await until(lambda: desk.matching == 3)
        exported = desk.rows(0, 1)[0]
        assert (exported.event_type, exported.verdict) == ("AUDIT_EXPORTED", "intact")


async def until(true):
    while not true():
        await asyncio.sleep(0.005)


def test_verifying_searching_and_exporting_write_nothing_where_they_read(run, trail, tmp_path):
    before = sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))
    run("audit", "verify", trail)
    run("audit", "search", trail, "--text", "wf")
    run("audit", "export", trail, trail / "out.csv")
    assert before == sorted((path, path.stat().st_mtime_ns) for path in tmp_path.rglob("*"))


def test_a_terminal_sees_how_far_a_verification_is(run, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    code, _, err = run("audit", "verify", TUTORIAL, "--rule", "hash")
    assert code == 0
    assert "100 %" in err


def test_the_program_itself_verifies_without_a_profile_a_display_or_a_home(tmp_path):
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "console", "audit", "verify", str(TUTORIAL), "--json"],
        capture_output=True,
        env=environment,
        cwd=tmp_path,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    assert json.loads(done.stdout)["verdict"] == "cannot-know"
    assert list(tmp_path.iterdir()) == []
