"""A record as a person sees it: row, detail, what the verdict proves, and what looks odd."""

import json
from datetime import UTC, datetime

import pytest

from console.domain.audit import Verdict, check_line, compliance_hash, record_line
from console.domain.audit_detail import (
    SHOWN_BYTES,
    cut_detail,
    record_detail,
    trail_row,
    unjudged_row,
)
from console.domain.audit_report import BadLine, FileReport, judge

AT = datetime(2026, 6, 1, 7, tzinfo=UTC)
FILE = "workflow_audit_20260601.jsonl"


def line_of(payload, **more):
    record = {
        "timestamp": AT.isoformat(),
        "event_type": "WORKFLOW_TRIGGERED",
        "payload": payload,
        "compliance_hash": compliance_hash(payload),
    }
    return json.dumps(record | more).encode()


def detail_of(raw):
    return record_detail(raw, 4, FILE, 5)


def test_a_row_tells_who_did_what_and_why():
    payload = {
        "workflowId": "wf",
        "instanceId": "i",
        "jobId": "j",
        "operator": "ann",
        "reason": "r",
    }
    row = trail_row(check_line(record_line(AT, "WORKFLOW_TRIGGERED", payload)), 4, FILE, 5)
    assert (row.position, row.verdict, row.timestamp) == (4, Verdict.INTACT, AT)
    assert row.event_type == "WORKFLOW_TRIGGERED"
    assert (row.workflow_id, row.instance_id, row.job_id) == ("wf", "i", "j")
    assert (row.operator, row.reason, row.file, row.line) == ("ann", "r", FILE, 5)


def test_a_failure_without_a_reason_shows_its_error():
    row = trail_row(check_line(line_of({"error": "Access denied"})), 0, FILE, 1)
    assert row.reason == "Access denied"


def test_a_row_of_a_hostile_record_is_short_and_shows_what_hides():
    payload = {"workflowId": "a\u202eb", "operator": {"x": [1]}, "reason": "x" * 10_000}
    row = trail_row(check_line(line_of(payload)), 0, FILE, 1)
    assert row.workflow_id == "a[U+202E]b"
    assert row.operator == '{"x": [1]}'
    assert len(row.reason) == 301


@pytest.mark.parametrize("raw", [b"garbage", b"[1]", line_of([1, 2]), line_of(None)])
def test_what_is_no_record_still_has_a_row_and_a_detail(raw):
    detail = detail_of(raw)
    assert (detail.row.workflow_id, detail.row.operator) == ("", "")
    assert detail.raw


def test_the_detail_of_an_intact_record_sets_both_hashes_side_by_side():
    payload = {"reason": "why", "nested": {"a": 1}}
    detail = detail_of(line_of(payload))
    assert detail.stored_hash == detail.computed_hash == compliance_hash(payload)
    assert dict(detail.fields) == {
        "timestamp": AT.isoformat(),
        "event_type": "WORKFLOW_TRIGGERED",
        "reason": "why",
        "nested": '{"a": 1}',
    }
    assert json.loads(detail.payload) == payload
    assert detail.payload.count("\n") == 5
    assert (detail.cut, detail.notes) == (False, ())
    assert len(detail.proves) == 1
    assert any("seal" in sentence for sentence in detail.does_not_prove)


def test_the_detail_of_an_edited_record_says_that_the_two_hashes_differ():
    payload = {"priority": 1}
    detail = detail_of(line_of(payload, compliance_hash=compliance_hash({"priority": 5})))
    assert detail.row.verdict is Verdict.EDITED
    assert detail.stored_hash != detail.computed_hash == compliance_hash(payload)
    assert any("do not belong together" in sentence for sentence in detail.proves)
    assert any("Who" in sentence for sentence in detail.does_not_prove)


def test_the_detail_of_an_unreadable_line_gives_the_line_and_the_reason():
    detail = detail_of(b'{"torn \xff\x00')
    assert detail.raw == '{"torn \\xff[U+0000]'
    assert (detail.payload, detail.fields, detail.computed_hash) == ("", (), "")
    assert any("Not UTF-8 at byte 8" in sentence for sentence in detail.proves)


def test_a_hash_that_is_no_text_is_shown_as_it_is():
    assert detail_of(line_of({}, compliance_hash=[1])).stored_hash == "[1]"


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (line_of({}) + b"\r", "carriage return"),
        (b"\xef\xbb\xbf" + line_of({}), "byte order mark"),
        (line_of({}, timestamp="noon"), "cannot be read as a time"),
        (line_of({}, note="x", hidden="\u200b"), "outside the hash: note, hidden"),
        (line_of({}, event_type="SOMETHING"), "none that this console writes"),
        (line_of({}, event_type=["X"]), "none that this console writes"),
        (b'{"payload": {"a": 1, "a": 1}, "compliance_hash": ""}', "stands twice"),
        (b'{"payload": {}, "compliance_hash": ""}', "has no timestamp"),
        (b'{"payload": {}, "compliance_hash": ""}', "has no event_type"),
    ],
)
def test_what_looks_odd_is_said(raw, words):
    assert any(words in note for note in detail_of(raw).notes)


def test_a_very_long_record_is_shown_in_part_and_says_so():
    detail = detail_of(line_of({"reason": "x" * SHOWN_BYTES}))
    assert detail.cut
    assert len(detail.raw) == len(detail.payload) == SHOWN_BYTES
    assert detail.row.verdict is Verdict.INTACT


def test_half_a_character_in_a_record_is_shown_by_its_number():
    detail = detail_of(line_of({"reason": "\ud800"}))
    assert "[U+D800]" in detail.payload
    assert dict(detail.fields)["reason"] == "[U+D800]"


def test_a_record_too_deep_to_be_shown_says_so(monkeypatch):
    def too_deep(*args, **kwargs):
        raise RecursionError

    raw = line_of({"a": [1]})
    check = check_line(raw)
    monkeypatch.setattr("console.domain.audit_detail.check_line", lambda raw: check)
    monkeypatch.setattr("console.domain.audit_detail.json.dumps", too_deep)
    monkeypatch.setattr("console.domain.audit_detail.json.loads", too_deep)
    detail = detail_of(raw)
    assert detail.payload == "(nested too deeply to be shown)"
    assert dict(detail.fields)["a"] == "(nested too deeply to be shown)"


def test_a_line_that_is_still_being_judged_shows_what_there_is():
    detail = cut_detail(b"x\x00" * 10, unjudged_row(3, FILE, 4))
    assert (detail.row.verdict, detail.row.line, detail.cut) == (None, 4, True)
    assert detail.raw.startswith("x[U+0000]")


def test_the_whole_is_judged_by_its_first_file_that_is_not_intact():
    bad = BadLine(3, 12, Verdict.EDITED, "why")
    files = (
        FileReport("a", Verdict.INTACT, 10),
        FileReport("b", Verdict.EDITED, 10, bad, "why", 2),
        FileReport("c", Verdict.UNREADABLE, 0, None, "It is a link."),
    )
    report = judge(files, {Verdict.INTACT: 18, Verdict.EDITED: 2})
    assert (report.verdict, report.records, report.bad) == (Verdict.EDITED, 20, 2)
    assert report.first_bad is bad
    assert report.summary == "2 lines of 20 in 3 files not intact; the first: line 3 of b."
    assert report.to_json()["files"][1]["firstBad"] == {"line": 3, "index": 12, "code": "edited"}
    assert report.to_json()["keyTrust"] == "folder"


def test_a_file_that_cannot_be_read_is_named_in_the_summary():
    report = judge((FileReport("c", Verdict.UNREADABLE, 0, None, "It is a link."),), {})
    assert report.summary == "0 lines of 0 in 1 file not intact; c: It is a link."


def test_an_intact_trail_says_by_which_rule_and_what_that_leaves_open():
    report = judge((FileReport("a", Verdict.INTACT, 1),), {Verdict.INTACT: 1})
    assert report.summary == "Intact by the hash rule: every hash of 1 record in 1 file holds."
    codes = [item["code"] for item in report.to_json()["notProven"]]
    assert codes == ["order", "completeness", "fields", "author"]
    assert report.rule == "hash"
