"""What the hash rule says of a trail, edited or hostile, and what it cannot say."""

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.domain.audit import Verdict, compliance_hash
from console.domain.audit_view import RecordFilter
from console.domain.records import RecordDraft
from console.store import audit_files, hash_rule, line_work, trail_files, trail_reader
from console.store.audit_log import AuditLog
from console.store.trail_reader import TrailReader
from tests.store.trails import AT, DAY1, DAY2, DAY3, TUTORIAL, counted, jobs, line


@pytest.fixture
def folder(tmp_path):
    """Two days, of three and two records."""
    folder = tmp_path / "audit"
    folder.mkdir()
    (folder / DAY1).write_bytes(b"".join(line(number) for number in range(3)))
    (folder / DAY2).write_bytes(b"".join(line(number) for number in (3, 4)))
    return folder


def test_the_tutorials_trail_opens_and_every_hash_holds():
    report = TrailReader.open(TUTORIAL).verify()
    assert report.intact
    assert report.records == 480
    assert [(file.file, file.records) for file in report.files] == [
        (DAY1, 160),
        (DAY2, 160),
        (DAY3, 160),
    ]
    assert "completeness" in [item.code for item in report.not_proven]


def test_the_tutorials_trail_gives_the_tutorials_own_verdict_on_every_line():
    trail = counted(TUTORIAL)
    rows = {row.position: row for row in trail.rows(range(480))}
    for file, number, raw in trail.lines(range(480)):
        record = json.loads(raw)
        digest = hashlib.sha256(json.dumps(record["payload"], sort_keys=True).encode()).hexdigest()
        row = rows[file.first + number]
        assert (row.verdict is Verdict.INTACT) == (digest == record["compliance_hash"])
        assert row.event_type == record["event_type"]


def test_what_our_own_writer_wrote_is_intact(tmp_path):
    log = AuditLog(tmp_path / "audit")
    for day in range(3):
        log.append(log.plan([RecordDraft("X", {"day": day})], AT + timedelta(days=day)))
    report = TrailReader.open(tmp_path).verify()
    assert (report.intact, report.records) == (True, 6)


def test_a_line_beyond_all_measure_is_unreadable_and_the_rest_is_judged(folder, monkeypatch):
    for module in (trail_files, trail_reader, line_work, hash_rule):
        monkeypatch.setattr(module, "MAX_LINE", 2000)
    for module in (audit_files, trail_files, line_work):
        monkeypatch.setattr(module, "BLOCK", 512)
    content = line(0) + b"y" * 10_250 + b"\n" + line(1, reason="z") + b"x" * 5000
    (folder / DAY1).write_bytes(content)
    trail = counted(folder)
    report = trail.verify()
    assert report.counts == {Verdict.INTACT: 4, Verdict.UNREADABLE: 2}
    assert report.first_bad is not None
    assert (report.first_bad.line, report.first_bad.why) == (2, "Longer than 256 MiB.")
    assert list(trail.matching(RecordFilter(text="job-1"))) == [2]
    assert list(trail.matching(RecordFilter(text="yyyy"))) == []


def test_a_changed_value_is_found_with_file_line_and_index(folder):
    path = folder / DAY2
    path.write_bytes(path.read_bytes().replace(b"job-4", b"job-9"))
    report = TrailReader.open(folder).verify()
    assert report.verdict is Verdict.EDITED
    assert [file.verdict for file in report.files] == [Verdict.INTACT, Verdict.EDITED]
    bad = report.files[1].first_bad
    assert bad is not None
    assert (bad.line, bad.index, bad.code) == (2, 4, Verdict.EDITED)
    assert (report.bad, report.counts) == (1, {Verdict.INTACT: 4, Verdict.EDITED: 1})


HOSTILE = {
    "ten megabytes": b'{"payload": "' + b"x" * 10_000_000 + b'"}',
    "nesting": b"[" * 100_000,
    "zeros": b"\0" * 1000,
    "not utf-8": b"\xff\xfe\xfd",
    "byte order mark": b"\xef\xbb\xbf" + line(9)[:-1],
    "surrogate": b'{"payload": "\\ud800", "compliance_hash": 1}',
    "digits": b'{"payload": ' + b"9" * 5000 + b', "compliance_hash": 1}',
    "not a number": b'{"payload": NaN, "compliance_hash": "x"}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_gets_a_verdict_a_row_and_a_detail(folder, name):
    (folder / DAY2).write_bytes(line(3) + HOSTILE[name] + b"\n" + line(4))
    trail = counted(folder)
    report = trail.verify()
    assert report.records == 6
    assert report.first_bad is not None
    assert report.first_bad.index == 4
    trail.judge_long([4])
    assert trail.rows([4])[0].verdict is report.first_bad.code
    assert trail.detail(4) is not None
    assert jobs(trail.rows([3, 5])) == ["job-3", "job-4"]
    assert trail.newest(10)


@pytest.mark.parametrize("kind", ["link", "folder", "pipe", "locked"])
def test_a_day_file_that_cannot_be_read_is_a_verdict_and_the_others_are_judged(
    folder, tmp_path, kind, monkeypatch
):
    path = folder / DAY3
    if kind == "link":
        (tmp_path / "target").write_bytes(line(5))
        path.symlink_to(tmp_path / "target")
    elif kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(line(5))
        real = os.open

        def locked(name, *args, **kwargs):
            if Path(name).name == DAY3:
                raise PermissionError(13, "Permission denied")
            return real(name, *args, **kwargs)

        monkeypatch.setattr(os, "open", locked)
    trail = counted(folder)
    report = trail.verify()
    assert [file.verdict for file in report.files] == ["intact", "intact", "unreadable"]
    assert report.verdict is Verdict.UNREADABLE
    assert report.files[2].why
    assert report.to_json()["files"][2]["firstBad"] is None
    assert trail.records == 5
    assert jobs(trail.newest(1)) == ["job-4"]
    assert list(trail.matching(RecordFilter(text="job-"))) == [0, 1, 2, 3, 4]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_edit_of_a_payload_is_ever_called_intact(tmp_path, data):
    numbers = data.draw(st.lists(st.integers(0, 99), min_size=1, max_size=5))
    content = b"".join(line(number) for number in numbers)
    digit = data.draw(st.sampled_from([n for n in range(len(content)) if _in_payload(content, n)]))
    other = data.draw(st.integers(48, 57).filter(lambda byte: byte != content[digit]))
    path = tmp_path / "edited.jsonl"
    path.write_bytes(content[:digit] + bytes([other]) + content[digit + 1 :])
    assert not TrailReader.open(path).verify().intact


def _in_payload(content, at):
    begin = content.rfind(b"\n", 0, at) + 1
    payload = content.index(b'"payload"', begin)
    return payload < at < content.index(b"compliance", begin) and content[at : at + 1].isdigit()


def test_the_hash_alone_cannot_see_a_record_that_is_gone_and_the_report_says_so(folder):
    path = folder / DAY1
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[1:]))
    report = TrailReader.open(folder).verify()
    assert report.intact
    assert any("removed" in item.text for item in report.not_proven)


def test_a_hash_computed_again_after_an_edit_is_intact_and_the_report_says_so(folder):
    payload = {"jobId": "forged"}
    record = json.loads(line(0)) | {
        "payload": payload,
        "compliance_hash": compliance_hash(payload),
    }
    (folder / DAY2).write_bytes(json.dumps(record).encode() + b"\n")
    report = TrailReader.open(folder).verify()
    assert report.intact
    assert any("computed its hash again" in item.text for item in report.not_proven)
