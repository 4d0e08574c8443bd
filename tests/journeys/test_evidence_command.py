"""The evidence of one trigger handed to a third party, from the command line and from outside."""

import hashlib
import json
import os
import stat
import subprocess
import sys
import zipfile

import pytest

from console.resources import resource_path
from tests.journeys.program import SECRET, Program
from tests.store.sealed import KEY, day, sealed_trail

CANARY = "CUST-CANARY-4711"


@pytest.fixture
def desk(tmp_path):
    """A console with two queued triggers; nothing is sent."""
    program = Program(tmp_path / "home")
    program.settings["CXONE_CONSOLE_STATE_DIR"] = str(tmp_path / "state")
    program.connect("http://127.0.0.1:9")
    for customer in (CANARY, "CUST-2"):
        ran = program.run("trigger", "wf_callback", "--var", f"customerId:string={customer}")
        assert ran.code == 0, ran.err
    return program


def handed_out(bundle, key):
    """Exit code and text of the verifier, as the third party runs it."""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", resource_path("evidence", "verify.py"), bundle, "--key", key],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.stderr == ""
    return ran.returncode, ran.stdout


def key_of(program):
    return (program.data_dir / "audit" / "seal" / "vkey").read_text().strip()


def unpacked(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_one_triggers_evidence_is_proven_and_holds_no_customers_value(desk, tmp_path):
    job = desk.jobs()[-1]["jobId"]
    out = tmp_path / "evidence.zip"
    ran = desk.run("audit", "export", str(desk.data_dir), str(out), "--job", job, "--json")
    assert (ran.code, ran.json) == (0, {"path": str(out), "records": 1})
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    code, text = handed_out(out, key_of(desk))
    assert code == 0, text
    members = unpacked(out)
    assert all(
        CANARY.encode() not in raw and SECRET.encode() not in raw for raw in members.values()
    )
    [history] = [json.loads(line) for line in members["queue/jobs.jsonl"].splitlines()]
    assert (history["jobId"], [event["kind"] for event in history["events"]]) == (job, ["queued"])
    ran = desk.run("audit", "verify", str(out), "--key", key_of(desk), "--json")
    assert (ran.code, ran.json["verdict"], ran.json["records"]) == (0, "intact", 1)
    assert list(ran.json) == [
        "verdict", "files", "records", "checkpoint", "keyTrust", "pinned", "notProven"
    ]  # fmt: skip
    assert [file["file"] for file in ran.json["files"]] == ["records.jsonl"]
    assert {"content", "selection", "history"} <= {one["code"] for one in ran.json["notProven"]}


def test_an_export_of_evidence_is_on_record_and_its_checkpoint_is_kept(desk, tmp_path):
    out = tmp_path / "evidence.zip"
    assert desk.run("audit", "export", str(desk.data_dir), str(out)).code == 0
    [told] = desk.payloads("AUDIT_EXPORTED")
    members = unpacked(out)
    assert told["kind"] == "zip"
    assert told["records"] == len(members["records.jsonl"].splitlines())
    assert told["historySha256"] == hashlib.sha256(members["queue/jobs.jsonl"]).hexdigest()
    assert (told["filtered"], told["valuesDisclosed"], told["operator"]) == (False, [], "op-north")
    assert json.loads(members["context.jsonl"].splitlines()[-1])["payload"] == told
    seal = desk.data_dir / "audit" / "seal"
    assert members["checkpoint"] == (seal / "checkpoint").read_bytes()
    assert (seal / f"checkpoint.{len(desk.records())}").read_bytes() == members["checkpoint"]


@pytest.mark.parametrize("kind", ["csv", "jsonl", "pdf", "zip"])
def test_every_kind_of_export_is_on_record_also_of_one_file_of_our_own_trail(desk, tmp_path, kind):
    seal = desk.data_dir / "audit" / "seal"
    [file] = (desk.data_dir / "audit").glob("*.jsonl")
    for number, place in enumerate((desk.data_dir, file)):
        out = tmp_path / f"out{number}.{kind}"
        ran = desk.run("audit", "export", str(place), str(out))
        assert ran.code == 0, ran.err
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        told = desk.payloads("AUDIT_EXPORTED")
        assert (len(told), told[-1]["kind"]) == (number + 1, kind)
        assert (seal / f"checkpoint.{len(desk.records())}").exists()
    assert desk.run("audit", "verify", str(desk.data_dir)).code == 0


def test_values_are_disclosed_by_an_explicit_choice_and_checked_by_the_third_party(desk, tmp_path):
    job = desk.jobs()[-1]["jobId"]
    out = tmp_path / "evidence.zip"
    ran = desk.run(
        "audit", "export", str(desk.data_dir), str(out), "--job", job, "--disclose-values"
    )
    assert ran.code == 0, ran.err
    assert "customers' values in clear" in ran.out
    members = unpacked(out)
    salt, body = members[f"disclosed/{job}.salt"], members[f"disclosed/{job}.body"]
    assert json.loads(body)["context"] == {"customerId": CANARY}
    [digest] = {p["contextDigest"] for p in desk.payloads("TRIGGER_QUEUED") if p["jobId"] == job}
    assert hashlib.sha256(salt + body).hexdigest() == digest
    assert len(salt) == 16
    code, text = handed_out(out, key_of(desk))
    assert (code, "values disclosed of 1 jobs" in text) == (0, True)
    assert desk.payloads("AUDIT_EXPORTED")[0]["valuesDisclosed"] == [job]


@pytest.mark.parametrize(
    ("out", "more", "code", "says"),
    [
        ("e.csv", ["--disclose-values"], 2, "in an evidence bundle (.zip) only"),
        ("nowhere/e.zip", [], 2, "does not exist"),
        ("e.zip", ["--job", "nobody"], 2, "No record passes"),
        ("e.docx", [], 2, "end the name with one of these"),
        ("home/data/audit/e.zip", [], 2, "lies in the trail itself"),
    ],
)
def test_what_cannot_be_exported_is_told_in_one_line_and_leaves_no_record(
    desk, tmp_path, out, more, code, says
):
    ran = desk.run("audit", "export", str(desk.data_dir), str(tmp_path / out), *more)
    assert (ran.code, says in ran.one_line) == (code, True), ran.err
    assert desk.payloads("AUDIT_EXPORTED") == []


def test_a_bundle_that_cannot_be_written_after_its_record_is_told_by_a_second_record(
    desk, tmp_path
):
    folder = tmp_path / "closed"
    folder.mkdir()
    folder.chmod(0o500)
    if os.access(
        folder, os.W_OK
    ):  # root may write everywhere: let the file itself stand in the way
        folder.chmod(0o700)
        (folder / "e.zip").mkdir()
    ran = desk.run("audit", "export", str(desk.data_dir), str(folder / "e.zip"))
    folder.chmod(0o700)
    assert ran.code == 3
    assert "could not be written" in ran.one_line
    first, second = desk.payloads("AUDIT_EXPORTED")
    assert first["records"] > 0
    assert (second["records"], second["failed"]) == (0, True)


def test_a_foreign_trail_is_exported_without_history_and_without_a_data_folder(tmp_path):
    program = Program(tmp_path / "home")
    program.settings["CXONE_CONSOLE_STATE_DIR"] = str(tmp_path / "state")
    trail = sealed_trail(tmp_path / "trail")
    out = tmp_path / "e.zip"
    for place in (trail.folder, trail.folder / day(1)):
        ran = program.run("audit", "export", str(place), str(out), "--limit", "2")
        assert ran.code == 0, ran.err
        assert handed_out(out, KEY.verifier.text)[0] == 0
        members = unpacked(out)
        assert "queue/jobs.jsonl" not in members
        last = trail.lines if place == trail.folder else trail.files[day(1)]
        assert members["records.jsonl"] == b"".join(last[-2:])
    ran = program.run("audit", "export", str(trail.folder), str(out), "--disclose-values")
    assert (ran.code, "this installation's own trail only" in ran.one_line) == (2, True)
    assert not program.data_dir.exists()
    ran = program.run("audit", "export", str(out), str(tmp_path / "again.zip"))
    assert (ran.code, "evidence bundle already" in ran.one_line) == (2, True)
    ran = program.run("audit", "export", str(out), str(tmp_path / "rows.csv"))
    assert ran.code == 0, ran.err


def test_a_trail_without_a_seal_is_refused_in_one_line_that_names_what_to_do(tmp_path):
    program = Program(tmp_path / "home")
    trail = sealed_trail(tmp_path / "trail")
    for place in sorted((trail.folder / "seal").rglob("*"), reverse=True):
        place.rmdir() if place.is_dir() else place.unlink()
    (trail.folder / "seal").rmdir()
    ran = program.run("audit", "export", str(trail.folder), str(tmp_path / "e.zip"))
    assert ran.code == 1
    assert "would prove nothing" in ran.one_line
    assert ".jsonl, .csv or .pdf" in ran.one_line
    assert not (tmp_path / "e.zip").exists()


def test_a_bundle_is_searched_like_a_trail_and_says_where_each_record_stood(desk, tmp_path):
    trail = sealed_trail(tmp_path / "trail")
    out = tmp_path / "e.zip"
    assert desk.run("audit", "export", str(trail.folder), str(out), "--limit", "8").code == 0
    ran = desk.run("audit", "search", str(out), "--job", "job-14", "--json")
    [found] = ran.json
    assert (found["index"], found["file"], found["line"]) == (14, day(2), 5)
    assert found["verdict"] == "intact"


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_bundle_is_told_with_exit_code_2(desk, tmp_path, damage):
    bad = tmp_path / "bad.zip"
    bad.write_bytes(damage)
    ran = desk.run("audit", "verify", str(bad))
    if damage:
        assert ran.code == 2
        assert "cannot be read as an evidence bundle" in ran.one_line
    else:
        assert ran.code in {0, 1}


def test_a_tampered_bundle_is_told_with_exit_code_1_and_its_first_bad_line(desk, tmp_path):
    out = tmp_path / "e.zip"
    assert desk.run("audit", "export", str(desk.data_dir), str(out)).code == 0
    members = unpacked(out)
    lines = members["records.jsonl"].splitlines(keepends=True)
    lines[2] = lines[2].replace(b"T", b"t", 1)
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw in members.items():
            archive.writestr(name, b"".join(lines) if name == "records.jsonl" else raw)
    ran = desk.run("audit", "verify", str(out), "--json")
    assert (ran.code, ran.json["verdict"]) == (1, "edited")
    assert ran.json["files"][0]["firstBad"] == {"line": 3, "index": 2, "code": "edited"}
    assert handed_out(out, key_of(desk))[0] == 1
    ran = desk.run("audit", "verify", str(out))
    assert "records.jsonl, line 3" in ran.out
