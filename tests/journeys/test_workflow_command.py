"""`workflow` from the outside: definitions in, out and away, each on record."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.program import ROOT, Program

SCHEMA = {
    "type": "object",
    "required": ["customerId"],
    "properties": {"customerId": {"type": "string"}},
}


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


def definition(folder: Path, name: str = "wf.json", **more: object) -> str:
    file = folder / name
    file.write_text(json.dumps({"id": "wf_a", "title": "Callback", "schema": SCHEMA, **more}))
    return str(file)


def records(program: Program) -> list[dict[str, Any]]:
    lines = [
        json.loads(line)
        for file in sorted((program.data_dir / "audit").glob("*.jsonl"))
        for line in file.read_text().splitlines()
    ]
    return [line["payload"] for line in lines if line["event_type"] == "DEFINITION_CHANGED"]


def test_a_definition_goes_in_and_comes_out_as_the_same_bytes(program, tmp_path):
    file = definition(tmp_path)
    added = program.run("workflow", "add", file, "--json", "--reason", "new line of business")
    assert added.code == 0
    assert added.json["change"] == "added"
    out, again = tmp_path / "out.json", tmp_path / "again.json"
    assert program.run("workflow", "show", "wf_a", "--output", str(out)).code == 0
    assert hashlib.sha256(out.read_bytes()).hexdigest() == added.json["digestAfter"]
    assert program.run("workflow", "remove", "wf_a").code == 0
    assert program.run("workflow", "add", str(out)).code == 0
    told = program.run("workflow", "show", "wf_a", "--output", str(again), "--json")
    assert told.json["digest"] == added.json["digestAfter"]
    assert again.read_bytes() == out.read_bytes()
    assert program.run("workflow", "show", "wf_a", "--json").json == json.loads(out.read_text())
    first = records(program)[0]
    assert first["reason"] == "new line of business"
    assert first["operator"] == "op-north"
    assert program.run("audit", "verify", str(program.data_dir)).code == 0


def test_a_definition_that_exists_is_replaced_only_when_asked(program, tmp_path):
    program.run("workflow", "add", definition(tmp_path))
    refused = program.run("workflow", "add", definition(tmp_path, limit=3))
    assert refused.code == 2
    assert "--replace" in refused.one_line
    replaced = program.run("workflow", "add", definition(tmp_path, limit=3), "--replace", "--json")
    assert replaced.json["keys"] == ["limit"]
    (listed,) = program.run("workflow", "list", "--json").json
    assert listed["limit"] == 3
    assert listed["digest"] == records(program)[-1]["digestAfter"]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"limmit": 5}, "limmit"),
        ({"limit": 0}, "limit must be a whole number from 1"),
        ({"schema": {"type": "objet"}}, "schema"),
        ({"id": ""}, "id is needed"),
    ],
)
def test_a_file_that_is_no_definition_is_refused_in_one_line_and_nothing_is_stored(
    program, tmp_path, more, words
):
    ran = program.run("workflow", "add", definition(tmp_path, **more))
    assert ran.code == 2
    assert words in ran.one_line
    assert program.run("workflow", "list", "--json").json == []
    assert records(program) == []


def test_what_does_not_exist_is_bad_input(program, tmp_path):
    for command in (("show", "wf_x"), ("remove", "wf_x"), ("add", str(tmp_path / "none.json"))):
        ran = program.run("workflow", *command)
        assert ran.code == 2
        assert ran.one_line


def test_a_broken_file_is_told_beside_the_list(program, tmp_path):
    program.run("workflow", "add", definition(tmp_path))
    (program.data_dir / "workflows" / "broken.json").write_text("{")
    ran = program.run("workflow", "list", "--json")
    assert ran.code == 0
    assert [item["id"] for item in ran.json] == ["wf_a"]
    assert "broken.json" in ran.one_line


def test_a_yaml_definition_judges_triggers_and_its_digest_stands_in_their_records(
    program, tmp_path
):
    program.connect("http://127.0.0.1:9")
    file = tmp_path / "wf.yaml"
    file.write_text(f"id: wf_a\nschema: {json.dumps(SCHEMA)}\n")
    added = program.run("workflow", "add", str(file), "--json")
    assert program.run("trigger", "wf_a", "--profile", "demo").code == 2
    ran = program.run(
        *("trigger", "wf_a", "--profile", "demo", "--var", "customerId:string=CUST-1")
    )
    assert ran.code == 0, ran.err
    trail = "".join(f.read_text() for f in (program.data_dir / "audit").glob("*.jsonl"))
    (queued,) = [
        json.loads(line)["payload"] for line in trail.splitlines() if '"TRIGGER_QUEUED"' in line
    ]
    assert queued["definitionDigest"] == added.json["digestAfter"]


def test_the_lists_for_people_name_what_matters(program, tmp_path):
    assert "No workflow definitions yet" in program.run("workflow", "list").out
    assert program.run("workflow", "add", definition(tmp_path)).out == "Added wf_a.\n"
    again = program.run("workflow", "add", definition(tmp_path), "--replace").out
    assert "this very definition already" in again
    changed = definition(tmp_path, priority=1, approval="required", sendBeforeHours=None)
    replaced = program.run("workflow", "add", changed, "--replace").out
    assert replaced == "Replaced wf_a: priority, approval, sendBeforeHours.\n"
    assert "never too old" in program.run("workflow", "list").out
    assert (
        "Wrote wf_a"
        in program.run("workflow", "show", "wf_a", "--output", str(tmp_path / "out.json")).out
    )
    assert "Removed wf_a" in program.run("workflow", "remove", "wf_a").out


def test_a_change_that_a_crash_interrupted_is_carried_out_by_whoever_looks_next(program, tmp_path):
    """The record is stored, the file is not in place yet: there the process was killed."""
    killer = (
        "import os, sys\n"
        "from console.store.definitions import DefinitionStore\n"
        "DefinitionStore.carry_out = lambda *_: os._exit(9)\n"
        "from console.cli import main\n"
        "sys.exit(main())\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", killer, "workflow", "add", definition(tmp_path)],
        cwd=ROOT,
        env={**os.environ, **program.settings},
        check=False,
    )
    assert ran.returncode == 9
    assert not list((program.data_dir / "workflows").glob("*.json"))
    (listed,) = program.run("workflow", "list", "--json").json
    assert listed["digest"] == records(program)[-1]["digestAfter"]
    assert [record["change"] for record in records(program)] == ["added"]
