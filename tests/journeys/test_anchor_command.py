"""Anchoring as scripts and people meet it: `audit anchor`, the sender by itself, the seal in a start."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.domain.tlog.checkpoint import open_checkpoint, parse_checkpoint
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import parse_note
from tests import naive_seal
from tests.journeys.anchor_places import Outside, outside
from tests.journeys.program import Program, until
from tests.journeys.strict_tenant import StrictTenant


@pytest.fixture
def place() -> Iterator[Outside]:
    with outside() as opened:
        yield opened


@pytest.fixture
def witness(tmp_path: Path) -> Path:
    folder = tmp_path / "witness"
    folder.mkdir()
    return folder


def lines_of(console: Program) -> list[bytes]:
    return naive_seal.lines_of(console.data_dir / "audit")


def all_places(console: Program, place: Outside, witness: Path) -> None:
    ca = console.data_dir.parent / "ca.pem"
    ca.write_bytes(place.stamper.ca)
    console.settings |= {
        "CXONE_CONSOLE_ANCHOR_FOLDER": str(witness),
        "CXONE_CONSOLE_ANCHOR_URL": f"{place.url}/keep?token=WITNESS-PASS",
        "CXONE_CONSOLE_ANCHOR_TSA_URL": f"{place.url}/tsa",
        "CXONE_CONSOLE_ANCHOR_TSA_CA": str(ca),
    }


def test_the_checkpoint_goes_to_every_place_and_each_is_on_record(
    console: Program, tenant: StrictTenant, place: Outside, witness: Path
) -> None:
    all_places(console, place, witness)
    assert console.run("trigger", "wf").code == 0
    before = naive_seal.check(console.data_dir / "audit")
    root = naive_seal.tree_hash(naive_seal.leaf_hashes(lines_of(console))).hex()
    ran = console.run("audit", "anchor", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["size"], ran.json["root"]) == (before.size, root)
    assert [(one["kind"], one["anchored"]) for one in ran.json["places"]] == [
        ("folder", True),
        ("url", True),
        ("time-stamp", True),
    ]
    [note] = place.kept
    [file] = witness.iterdir()
    assert file.read_bytes() == note
    assert file.name == f"{before.origin.replace('/', '_')}-{before.size}.checkpoint"
    key = VerifierKey.from_text((console.data_dir / "audit/seal/vkey").read_text().strip())
    assert open_checkpoint(note, [key], before.origin).checkpoint.size == before.size
    assert hashlib.sha256(note).digest() in place.queries[0]
    assert sorted(head["content-type"] for head in place.headers) == [
        "application/timestamp-query",
        "text/plain; charset=utf-8",
    ]
    records = console.payloads("AUDIT_ANCHORED")
    assert sorted(one["kind"] for one in records) == ["folder", "time-stamp", "url"]
    for one in records:
        assert (one["size"], one["root"], one["operator"]) == (
            before.size,
            root,
            "op-north",
        )
    assert b"WITNESS-PASS" not in console.written()
    assert naive_seal.check(console.data_dir / "audit").size == before.size + 3
    assert tenant.bodies == []


def test_the_verdict_says_when_it_was_anchored_and_what_came_after(
    console: Program, place: Outside, witness: Path
) -> None:
    all_places(console, place, witness)
    assert console.run("trigger", "wf").code == 0
    assert console.run("audit", "anchor").code == 0
    ran = console.run("audit", "verify", str(console.data_dir))
    size = parse_checkpoint(parse_note(place.kept[0]).text).size
    assert ran.code == 0
    assert f"Last anchored outside on 2026-11-23 at 10:30 UTC: its first {size} records" in ran.out
    ran = console.run("audit", "verify", str(console.data_dir), "--json")
    said = {one["code"]: one["text"] for one in ran.json["notProven"]}
    assert f"the last 3 records, from number {size} on" in said["key-holder"]
    [stamp] = (console.data_dir / "audit/seal/anchors").glob("*.tsr")
    ran = console.run("audit", "verify", str(console.data_dir), "--against", str(stamp))
    assert (ran.code, "a time stamp by CN=Test stamper" in ran.out) == (0, True)
    # Somebody else, who has the folder alone.
    console.settings["CXONE_CONSOLE_ANCHOR_FOLDER"] = ""
    console.settings["CXONE_CONSOLE_ANCHOR_TSA_CA"] = ""
    ran = console.run("audit", "verify", str(console.data_dir), "--against", str(witness))
    assert ran.code == 0
    assert f"its first {size} records (the checkpoint" in ran.out


def test_by_an_address_alone_the_verdict_rests_on_the_consoles_own_word(
    console: Program, place: Outside
) -> None:
    console.settings["CXONE_CONSOLE_ANCHOR_URL"] = f"{place.url}/keep"
    assert console.run("trigger", "wf").code == 0
    assert console.run("audit", "anchor").code == 0
    ran = console.run("audit", "verify", str(console.data_dir))
    assert "by this console's own word: its first" in ran.out
    assert "Nothing of that is at hand here" in ran.out


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        ({}, "No place outside is configured"),
        ({"ANCHOR_URL": "http://example.com/x"}, "anchor_url: "),
        ({"ANCHOR_TSA_URL": "https://u:p@example.com"}, "anchor_tsa_url: "),
        ({"ANCHOR_FOLDER": "relative"}, "no whole path"),
        ({"ANCHOR_FOLDER": "~nobody-of-that-name/x"}, "cannot be found"),
        (
            {"ANCHOR_TSA_URL": "http://127.0.0.1:1", "ANCHOR_TSA_CA": "/nowhere.pem"},
            "cannot be read",
        ),
        ({"ANCHOR_MINUTES": "-1"}, "anchor_minutes must be a number from 0 to 10080"),
        ({"CONSOLE_SEAL": "perhaps"}, "console_seal must be true or false"),
    ],
)
def test_settings_that_name_no_usable_place_are_bad_input_in_one_line(
    console: Program, settings: dict[str, str], why: str
) -> None:
    console.settings |= {f"CXONE_CONSOLE_{name}": value for name, value in settings.items()}
    ran = console.run("audit", "anchor")
    assert ran.code == 2
    assert why in ran.one_line


def test_a_folder_within_the_data_folder_is_no_place_outside(console: Program) -> None:
    console.settings["CXONE_CONSOLE_ANCHOR_FOLDER"] = str(console.data_dir / "witness")
    ran = console.run("audit", "anchor")
    assert ran.code == 2
    assert "lies in the data folder" in ran.one_line


def test_a_place_that_says_no_is_exit_1_one_that_is_away_exit_3(
    console: Program, place: Outside, witness: Path
) -> None:
    assert console.run("trigger", "wf").code == 0
    console.settings["CXONE_CONSOLE_ANCHOR_FOLDER"] = str(witness)
    for status, code in ((403, 1), (302, 1), (500, 3)):
        place.status = status
        console.settings["CXONE_CONSOLE_ANCHOR_URL"] = f"{place.url}/keep"
        ran = console.run("audit", "anchor")
        assert (ran.code, "Not everybody took it" in ran.err) == (code, True)
        assert "anchored    folder" in ran.out
    console.settings["CXONE_CONSOLE_ANCHOR_URL"] = "http://127.0.0.1:1/"
    assert console.run("audit", "anchor", "--json").code == 3
    console.settings["CXONE_CONSOLE_ANCHOR_URL"] = ""
    witness.rmdir() if not any(witness.iterdir()) else witness.rename(witness.parent / "gone")
    ran = console.run("audit", "anchor")
    assert ran.code == 3
    assert "is not there" in ran.err


def test_a_stamp_that_nobody_named_can_vouch_for_is_refused_and_not_kept(
    console: Program, place: Outside, witness: Path
) -> None:
    all_places(console, place, witness)
    assert console.run("trigger", "wf").code == 0
    place.stamper = type(place.stamper)()
    ran = console.run("audit", "anchor")
    assert ran.code == 1
    assert "does not lead to a certificate of anchor_tsa_ca" in ran.err
    assert not (console.data_dir / "audit/seal/anchors").exists()
    assert len(console.payloads("AUDIT_ANCHORED")) == 2


def test_before_the_first_record_there_is_nothing_to_anchor(
    program: Program, witness: Path
) -> None:
    program.settings["CXONE_CONSOLE_ANCHOR_FOLDER"] = str(witness)
    ran = program.run("audit", "anchor")
    assert ran.code == 1
    assert "no checkpoint yet" in ran.one_line


def test_the_sender_anchors_by_itself_and_comes_to_rest(
    console: Program, tenant: StrictTenant, place: Outside, witness: Path
) -> None:
    all_places(console, place, witness)
    console.settings["CXONE_CONSOLE_ANCHOR_MINUTES"] = "0.001"
    assert console.run("trigger", "wf").code == 0
    with console.started("queue", "run") as running:
        until(lambda: len(console.payloads("AUDIT_ANCHORED")) >= 3, "three places on record")
        until(lambda: tenant.bodies, "the job is sent meanwhile")
        running.interrupt()
        assert running.end().code == 130
    assert place.kept
    assert list(witness.iterdir())
    assert "operator" not in console.payloads("AUDIT_ANCHORED")[0]
    assert console.run("audit", "verify", str(console.data_dir)).code == 0


def test_a_run_that_has_nothing_to_send_still_hands_the_checkpoint_over(
    console: Program, place: Outside, witness: Path
) -> None:
    all_places(console, place, witness)
    assert console.run("queue", "pause").code == 0
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, ran.err) == (0, "")
    assert len(console.payloads("AUDIT_ANCHORED")) == 3
    assert console.run("queue", "run", "--until-idle").code == 0
    assert len(console.payloads("AUDIT_ANCHORED")) == 3  # an hour has not passed


def test_places_that_do_not_answer_cost_the_sender_neither_a_job_nor_its_end(
    console: Program, tenant: StrictTenant, tmp_path: Path
) -> None:
    console.settings |= {
        "CXONE_CONSOLE_ANCHOR_FOLDER": str(tmp_path / "unmounted"),
        "CXONE_CONSOLE_ANCHOR_URL": "http://127.0.0.1:1/",
    }
    assert console.run("trigger", "wf").code == 0
    ran = console.run("queue", "run", "--until-idle")
    assert ran.code == 0
    assert len(tenant.bodies) == 1
    assert "Traceback" not in ran.err


def test_a_setting_that_is_no_place_is_told_and_the_sender_sends(
    console: Program, tenant: StrictTenant
) -> None:
    console.settings["CXONE_CONSOLE_ANCHOR_URL"] = "http://example.com/"
    assert console.run("trigger", "wf").code == 0
    ran = console.run("queue", "run", "--until-idle")
    assert (ran.code, len(tenant.bodies)) == (0, 1)
    assert "The trail is not anchored outside: anchor_url" in ran.err


# --- consoleSeal ---------------------------------------------------------------------------------


def test_switched_on_every_start_carries_a_size_and_root_that_the_trail_really_had(
    console: Program, tenant: StrictTenant
) -> None:
    console.settings["CXONE_CONSOLE_CONSOLE_SEAL"] = "true"
    for number in range(3):
        ran = console.run("trigger", "wf", "--var", f"n:integer={number}", "--wait")
        assert ran.code == 0, ran.err
    lines = lines_of(console)
    sizes = []
    for body in tenant.bodies:
        size, root = body["metadata"]["consoleSeal"].split(":")
        sizes.append(int(size))
        leaves = naive_seal.leaf_hashes(lines[: int(size)])
        assert base64.b64decode(root) == naive_seal.tree_hash(leaves)
    assert sizes == sorted(set(sizes))
    assert len(sizes) == 3
    assert sizes[0] >= 2


def test_switched_off_nothing_of_the_trail_leaves_with_a_start(
    console: Program, tenant: StrictTenant
) -> None:
    assert console.run("trigger", "wf", "--wait").code == 0
    assert "consoleSeal" not in tenant.bodies[0]["metadata"]


def test_the_digest_on_record_is_the_same_with_and_without_the_seal(
    console: Program, tenant: StrictTenant
) -> None:
    console.settings["CXONE_CONSOLE_CONSOLE_SEAL"] = "true"
    assert console.run("trigger", "wf", "--wait").code == 0
    [queued] = console.payloads("TRIGGER_QUEUED")
    [triggered] = console.payloads("WORKFLOW_TRIGGERED")
    assert queued["contextDigest"] == triggered["contextDigest"]
    body = tenant.bodies[0]
    del body["metadata"]["consoleJobId"], body["metadata"]["consoleSeal"]
    salt = _salt(console)
    text = json.dumps(body, sort_keys=True).encode()
    assert hashlib.sha256(salt + text).hexdigest() == queued["contextDigest"]


def _salt(console: Program) -> bytes:
    import apsw

    connection = apsw.Connection(str(console.data_dir / "console.db"))
    try:
        return bytes(connection.execute("SELECT salt FROM jobs").get)
    finally:
        connection.close()
