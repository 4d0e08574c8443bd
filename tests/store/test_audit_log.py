"""The writer of the trail: its days, its clocks, and what binds one file to the next."""

import hashlib
import json
import stat
from datetime import datetime, timedelta

import pytest

from console.domain.audit import UnfitPayload
from console.domain.records import RecordDraft
from console.store.audit_log import (
    AuditLog,
    ClockJump,
    Head,
)
from tests.store.audit_trail import NOON, TODAY, draft, records, types, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "audit"


@pytest.fixture
def log(folder):
    return AuditLog(folder)


def test_the_first_record_of_a_trail_opens_its_day_and_names_nothing_before_it(log, folder):
    write(log, draft())
    opened, queued = records(folder)
    assert opened["event_type"] == "AUDIT_FILE_OPENED"
    assert opened["payload"] == {"previous": None, "tree": None}
    assert queued["payload"] == {"workflowId": "wf", "jobId": "job-1"}
    assert queued["timestamp"] == "2026-06-03T12:00:00.123456+00:00"


def test_only_this_user_can_read_folder_and_file(log, folder):
    write(log, draft())
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / TODAY).stat().st_mode) == 0o600


def test_a_second_batch_and_a_second_writer_go_on_in_the_same_file(log, folder):
    write(log, draft(1), draft(2))
    write(AuditLog(folder), draft(3), now=NOON + timedelta(seconds=5))
    write(log, draft(4), now=NOON + timedelta(seconds=6))
    assert types(folder) == ["AUDIT_FILE_OPENED", *["TRIGGER_QUEUED"] * 4]


def test_the_folder_is_the_one_it_was_given(log, folder):
    assert log.folder == folder


def test_nothing_to_record_makes_no_file(log, folder):
    assert log.plan([], NOON) == []
    log.append([])
    assert list(folder.iterdir()) == []


def test_a_new_day_binds_the_file_before_it_by_digest_and_size(log, folder):
    write(log, draft(1), draft(2))
    before = (folder / TODAY).read_bytes()
    write(log, draft(3), now=NOON + timedelta(days=1))
    opened = records(folder, "workflow_audit_20260604.jsonl")[0]["payload"]
    assert opened["previous"] == {
        "file": TODAY,
        "records": 3,
        "bytes": len(before),
        "sha256": hashlib.sha256(before).hexdigest(),
    }


def test_a_new_day_says_of_the_tree_what_the_seal_says_over_all_that_came_before(log, folder):
    asked = []

    def tree(lines):
        asked.append(list(lines))
        return {"size": 7, "root": "00"}

    first = log.plan([draft(1)], NOON, head=Head("", 0, tree))
    second = log.plan([draft(2)], NOON + timedelta(days=1), first, head=Head("", 0, tree))
    assert json.loads(second[0].line)["payload"]["tree"] == {"size": 7, "root": "00"}
    assert asked == [[], [line.line for line in first]]


def test_behind_a_sealed_end_nothing_that_stands_in_the_files_counts(log, folder):
    lines = write(log, draft(1))
    with (folder / TODAY).open("ab") as other:
        other.write(b"{}\n")
    head = Head(TODAY, lines[-1].end, lambda _: None)
    (planned,) = log.plan([draft(2)], NOON, head=head)
    assert (planned.file, planned.offset) == (TODAY, lines[-1].end)
    assert log.ends_at(TODAY, lines[-1].end + 3)
    assert not log.ends_at(TODAY, lines[-1].end)
    (folder / TODAY).unlink()
    assert log.ends_at("", 0)


def test_a_digest_follows_a_file_that_another_process_made_longer(log, folder):
    write(log, draft(1))
    log.plan([draft()], NOON + timedelta(days=1))
    write(AuditLog(folder), draft(2), now=NOON + timedelta(minutes=1))
    previous = json.loads(log.plan([draft()], NOON + timedelta(days=1))[0].line)["payload"]
    content = (folder / TODAY).read_bytes()
    assert previous["previous"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert previous["previous"]["records"] == 3


def test_a_digest_once_computed_is_not_computed_again(log, folder, monkeypatch):
    write(log, draft(1))
    first = log.plan([draft()], NOON + timedelta(days=1))
    monkeypatch.setattr("console.store.audit_digest.blocks", None)
    assert log.plan([draft()], NOON + timedelta(days=1)) == first


def test_a_last_line_without_its_end_counts_as_a_line_of_the_day_before(log, folder):
    (folder / TODAY).write_bytes(b"one\ntwo")
    opened = json.loads(log.plan([draft()], NOON + timedelta(days=1))[0].line)["payload"]
    assert opened["previous"]["records"] == 2


def test_lines_planned_behind_pending_ones_count_as_if_these_were_written(log, folder):
    first = log.plan([draft(1)], NOON)
    second = log.plan([draft(2)], NOON, pending=first)
    assert second[0].offset == first[-1].end
    next_day = log.plan([draft(3)], NOON + timedelta(days=1), pending=[*first, *second])
    log.append([*first, *second])
    content = (folder / TODAY).read_bytes()
    opened = json.loads(next_day[0].line)["payload"]
    assert opened["previous"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert opened["previous"]["records"] == 3
    assert opened["previous"]["bytes"] == len(content)
    log.append(next_day)


def test_a_clock_that_fell_back_over_midnight_goes_on_in_the_newest_file_and_says_so_once(
    log, folder
):
    write(log, draft(1))
    write(log, draft(2), now=NOON - timedelta(days=2))
    write(log, draft(3), now=NOON - timedelta(days=2) + timedelta(minutes=1))
    write(AuditLog(folder), draft(4), now=NOON - timedelta(days=1))
    assert types(folder) == [
        "AUDIT_FILE_OPENED",
        "TRIGGER_QUEUED",
        "CLOCK_CHANGED",
        *["TRIGGER_QUEUED"] * 3,
    ]
    changed = records(folder)[2]
    assert changed["payload"]["from"] == NOON.isoformat()
    assert changed["payload"]["to"] == (NOON - timedelta(days=2)).isoformat()
    assert changed["timestamp"] == (NOON - timedelta(days=2)).isoformat()
    assert [path.name for path in folder.iterdir()] == [TODAY]


def test_a_clock_that_fell_back_within_the_day_is_told(log, folder):
    write(log, draft(1))
    write(log, draft(2), now=NOON - timedelta(hours=2))
    assert types(folder)[2:] == ["CLOCK_CHANGED", "TRIGGER_QUEUED"]


def test_two_processes_whose_clock_readings_overlap_keep_the_order_of_time(log, folder):
    write(log, draft(1))
    write(log, draft(2), now=NOON - timedelta(milliseconds=300))
    stamps = [record["timestamp"] for record in records(folder)]
    assert stamps == sorted(stamps)
    assert "CLOCK_CHANGED" not in types(folder)


def test_a_day_file_of_the_future_that_cannot_be_read_is_gone_on_with_and_told(log, folder):
    future = folder / "workflow_audit_20260901.jsonl"
    future.write_bytes(b"somebody else's words\n")
    log.append(log.plan([draft()], NOON))
    lines = future.read_bytes().split(b"\n")
    assert [json.loads(line)["event_type"] for line in lines[1:3]] == [
        "CLOCK_CHANGED",
        "TRIGGER_QUEUED",
    ]


def test_a_date_far_past_the_last_record_needs_a_persons_yes(log, folder):
    write(log, draft(1))
    later = NOON + timedelta(days=32)
    with pytest.raises(ClockJump, match="2026-06-03") as told:
        log.plan([draft(2)], later)
    assert (told.value.last, told.value.now) == (NOON, later)
    assert [path.name for path in folder.iterdir()] == [TODAY]
    write(log, draft(2), now=later, confirmed=True)
    assert types(folder, "workflow_audit_20260705.jsonl") == [
        "AUDIT_FILE_OPENED",
        "CLOCK_CHANGED",
        "TRIGGER_QUEUED",
    ]


def test_thirty_one_quiet_days_need_nobodys_yes(log, folder):
    write(log, draft(1))
    write(log, draft(2), now=NOON + timedelta(days=31))
    assert types(folder, "workflow_audit_20260704.jsonl") == ["AUDIT_FILE_OPENED", "TRIGGER_QUEUED"]


def test_a_local_clock_is_written_in_utc_and_into_the_utc_day(log, folder):
    east = datetime.fromisoformat("2026-06-03T01:30:00+05:00")
    write(log, draft(), now=east)
    assert records(folder, "workflow_audit_20260602.jsonl")[1]["timestamp"] == (
        "2026-06-02T20:30:00.000000+00:00"
    )


def test_an_unfit_payload_is_refused_before_anything_is_planned(log, folder):
    with pytest.raises(UnfitPayload):
        log.plan([draft(), RecordDraft("X", {"latency_ms": float("nan")})], NOON)
    assert list(folder.iterdir()) == []
