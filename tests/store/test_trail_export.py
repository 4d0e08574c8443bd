"""Exports: what a spreadsheet or another program gets, complete or not at all."""

import csv
import errno
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.audit import check_line, record_line
from console.domain.audit_view import RecordFilter
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.text import harmless
from console.store.trail_export import COLUMNS, TrailShelf, export, export_kind
from console.store.trail_reader import TrailReader

AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
DAY = "workflow_audit_20260601.jsonl"


def lines():
    return [
        record_line(AT, "WORKFLOW_TRIGGERED", {"workflowId": "wf", "jobId": "j-1", "priority": 5}),
        record_line(AT + timedelta(minutes=1), "X", {"reason": "=1+1", "operator": "@ann"}),
        b"\0 no record \xff\n",
        b'{"payload": [1, "\\ud800"], "compliance_hash": 7}\n',
    ]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "trail"
    folder.mkdir()
    (folder / DAY).write_bytes(b"".join(lines()))
    return folder


@pytest.fixture
def trail(folder):
    trail = TrailReader.open(folder)
    trail.count()
    return trail


def test_json_lines_are_the_records_as_they_stand(trail, tmp_path):
    assert export(trail, range(4), tmp_path / "out.jsonl", "jsonl") == 4
    assert (tmp_path / "out.jsonl").read_bytes() == b"".join(lines())


def test_a_filtered_view_exports_only_what_it_shows(trail, tmp_path):
    out = tmp_path / "out.jsonl"
    assert export(trail, trail.matching(RecordFilter(job_id="j-1")), out, "jsonl") == 1
    assert out.read_bytes() == lines()[0]


def test_a_table_has_a_row_a_record_with_its_verdict(trail, tmp_path):
    out = tmp_path / "out.csv"
    assert export(trail, range(4), out, "csv") == 4
    with out.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    assert tuple(head) == COLUMNS
    first, second, third, fourth = (dict(zip(head, row, strict=True)) for row in rows)
    assert (first["index"], first["file"], first["line"]) == ("0", DAY, "1")
    assert (first["verdict"], first["workflowId"], first["jobId"]) == ("intact", "wf", "j-1")
    assert json.loads(first["payload"])["priority"] == 5
    assert len(first["compliance_hash"]) == 64
    assert (second["reason"], second["operator"]) == ("'=1+1", "'@ann")
    assert (third["verdict"], third["payload"]) == ("unreadable", "[U+0000] no record \ufffd")
    assert (fourth["verdict"], fourth["payload"]) == ("edited", '[1, "\\ud800"]')
    assert fourth["compliance_hash"] == "7"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\ta", "\ra", "\na"])
def test_no_cell_can_start_a_formula(text):
    assert harmless(text) == "'" + text


def test_harmless_text_stays_as_it_is():
    assert harmless("a=1") == "a=1"


def test_a_value_too_deep_for_a_cell_says_so(trail, tmp_path, monkeypatch):
    def too_deep(*args, **kwargs):
        raise RecursionError

    check = check_line(lines()[3])
    monkeypatch.setattr("console.store.trail_export.check_line", lambda raw: check)
    monkeypatch.setattr("console.store.trail_export.json.dumps", too_deep)
    export(trail, [3], tmp_path / "out.csv", "csv")
    assert "(nested too deeply)" in (tmp_path / "out.csv").read_text()


@pytest.mark.parametrize(
    ("name", "kind"), [("a.csv", "csv"), ("A.JSONL", "jsonl"), ("a.Pdf", "pdf"), ("a.b.zip", "zip")]
)
def test_the_ending_of_the_name_decides(tmp_path, name, kind):
    assert export_kind(tmp_path / name) == kind


@pytest.mark.parametrize("name", ["a.docx", "a.txt", "a", ".zip"])
def test_another_ending_is_refused_with_those_that_there_are(tmp_path, name):
    with pytest.raises(BadInput, match=r"exports are \.csv, \.jsonl, \.pdf or \.zip"):
        export_kind(tmp_path / name)


def test_nothing_is_ever_written_into_the_trail(trail, folder):
    for out in (folder / "out.csv", folder / "deep" / "out.csv", folder / ".." / "trail" / "o.csv"):
        with pytest.raises(BadInput, match="lies in the trail itself"):
            export(trail, range(4), out, "csv")
    single = TrailReader.open(folder / DAY)
    single.count()
    with pytest.raises(BadInput, match="lies in the trail itself"):
        export(single, range(4), folder / DAY, "jsonl")
    assert [path.name for path in folder.iterdir()] == [DAY]


def test_a_disk_that_is_full_leaves_the_old_file_and_no_rest(trail, tmp_path, monkeypatch):
    out = tmp_path / "out.csv"
    out.write_bytes(b"the export of yesterday")

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="disk is full"):
        export(trail, range(4), out, "csv")
    assert out.read_bytes() == b"the export of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "trail"]


def test_a_record_that_went_away_meanwhile_makes_no_export_with_a_gap(trail, folder, tmp_path):
    (folder / DAY).unlink()
    with pytest.raises(EnvironmentProblem, match="not there any more"):
        export(trail, range(4), tmp_path / "out.csv", "csv")
    assert [path.name for path in tmp_path.iterdir()] == ["trail"]


def test_a_folder_that_does_not_exist_is_told(trail, tmp_path):
    with pytest.raises(BadInput, match="does not exist"):
        export(trail, range(4), tmp_path / "nowhere" / "out.csv", "csv")


def test_the_shelf_opens_our_own_trail_even_while_it_is_empty(folder, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    shelf = TrailShelf(own)
    assert shelf.open(None).count() == 0
    other = shelf.open(folder)
    assert other.count() == 4
    assert shelf.export(other, [0], tmp_path / "one.jsonl", "jsonl") == 1
