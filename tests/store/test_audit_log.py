"""The writer of the trail: days, clocks, full disks, and what it leaves behind."""

import errno
import hashlib
import json
import os
import stat
import sys
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.audit import EventType, UnfitPayload, Verdict, check_line
from console.domain.records import RecordDraft
from console.store.audit_files import sync_folder
from console.store.audit_log import (
    AuditLog,
    ClockJump,
    PlannedLine,
    TrailSyncFailed,
    TrailTrouble,
    TrailWriteFailed,
)

NOON = datetime(2026, 6, 3, 12, 0, 0, 123456, tzinfo=UTC)
TODAY = "workflow_audit_20260603.jsonl"


def draft(number=1, event_type=EventType.TRIGGER_QUEUED):
    return RecordDraft(event_type, {"workflowId": "wf", "jobId": f"job-{number}"})


def write(log, *drafts, now=NOON, **kwargs):
    lines = log.plan(drafts, now, **kwargs)
    log.append(lines)
    return lines


def records(folder, name=TODAY):
    lines = (folder / name).read_bytes().split(b"\n")
    assert lines.pop() == b""
    checks = [check_line(line) for line in lines]
    assert {check.verdict for check in checks} == {Verdict.INTACT}
    return [check.record for check in checks]


def types(folder, name=TODAY):
    return [record["event_type"] for record in records(folder, name)]


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
    empty = hashlib.sha256(b"").hexdigest()
    assert opened["payload"] == {"previous": None, "tree": {"size": 0, "root": empty}}
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


def test_a_new_day_binds_the_file_before_it_by_digest_size_and_tree(log, folder):
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
    leaves = [hashlib.sha256(b"\0" + line).digest() for line in before.split(b"\n")[:-1]]
    left = hashlib.sha256(b"\1" + leaves[0] + leaves[1]).digest()
    root = hashlib.sha256(b"\1" + left + leaves[2]).hexdigest()
    assert opened["tree"] == {"size": 3, "root": root}


def test_the_tree_of_later_days_covers_all_days_whichever_process_opens_them(log, folder):
    for day in range(4):
        write(log, draft(day), draft(day), now=NOON + timedelta(days=day))
    one = log.plan([draft()], NOON + timedelta(days=9))[0].line
    other = AuditLog(folder).plan([draft()], NOON + timedelta(days=9))[0].line
    assert one == other
    assert json.loads(one)["payload"]["tree"]["size"] == 12


def test_a_digest_follows_a_file_that_another_process_made_longer(log, folder):
    write(log, draft(1))
    log.plan([draft()], NOON + timedelta(days=1))
    write(AuditLog(folder), draft(2), now=NOON + timedelta(minutes=1))
    previous = json.loads(log.plan([draft()], NOON + timedelta(days=1))[0].line)["payload"]
    content = (folder / TODAY).read_bytes()
    assert previous["previous"]["sha256"] == hashlib.sha256(content).hexdigest()
    assert previous["tree"]["size"] == 3


def test_a_digest_once_computed_is_not_computed_again(log, folder, monkeypatch):
    write(log, draft(1))
    first = log.plan([draft()], NOON + timedelta(days=1))
    monkeypatch.setattr("console.store.audit_digest.blocks", None)
    assert log.plan([draft()], NOON + timedelta(days=1)) == first


def test_a_last_line_without_its_end_counts_as_a_line_of_the_day_before(log, folder):
    (folder / TODAY).write_bytes(b"one\ntwo")
    opened = json.loads(log.plan([draft()], NOON + timedelta(days=1))[0].line)["payload"]
    assert (opened["previous"]["records"], opened["tree"]["size"]) == (2, 2)


def test_a_trail_too_large_to_hash_at_once_leaves_the_tree_open(log, monkeypatch):
    write(log, draft())
    monkeypatch.setattr("console.store.audit_digest.TREE_LIMIT", 10)
    opened = json.loads(log.plan([draft()], NOON + timedelta(days=1))[0].line)["payload"]
    assert opened["tree"] is None
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
    assert opened["tree"]["size"] == 3
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


class FullDisk:
    """os.write that takes `room` bytes and then says ENOSPC."""

    def __init__(self, room, error=errno.ENOSPC):
        self.room, self.error, self.real = room, error, os.write

    def __call__(self, descriptor, content):
        if self.room <= 0:
            raise OSError(self.error, os.strerror(self.error))
        taken = self.real(descriptor, bytes(content[: self.room]))
        self.room -= taken
        return taken


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO])
def test_a_disk_that_fills_up_at_any_byte_leaves_the_trail_whole_and_the_batch_can_follow(
    tmp_path, monkeypatch, error, proving
):
    pattern = AuditLog(tmp_path / "size").plan([draft(1), draft(2)], NOON)
    ends = {0, 1, *(line.end - 1 for line in pattern), *(line.end for line in pattern[:-1])}
    every = range(pattern[-1].end)
    for room in every if proving else sorted({*every[::41], *ends}):
        folder = tmp_path / f"at-{room}"
        log = AuditLog(folder)
        with monkeypatch.context() as patch:
            patch.setattr(os, "write", FullDisk(room, error))
            with pytest.raises(TrailWriteFailed):
                write(log, draft(1), draft(2))
        assert (folder / TODAY).read_bytes() == b""
        write(log, draft(1), draft(2))
        assert types(folder) == ["AUDIT_FILE_OPENED", "TRIGGER_QUEUED", "TRIGGER_QUEUED"]


def test_a_full_disk_is_told_with_what_to_do(log, monkeypatch):
    monkeypatch.setattr(os, "write", FullDisk(3))
    with pytest.raises(TrailWriteFailed, match=r"disk is full\. Free some space"):
        write(log, draft())


def test_a_disk_that_takes_bytes_in_small_parts_gets_them_all(log, folder, monkeypatch):
    real = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, content: real(descriptor, content[:7]))
    write(log, draft(1), draft(2))
    assert len(types(folder)) == 3


def test_a_full_disk_that_cannot_even_be_cut_back_is_mended_by_the_next_recovery(
    log, folder, monkeypatch
):
    write(log, draft(1))
    whole = (folder / TODAY).read_bytes()
    lines = log.plan([draft(2)], NOON)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", FullDisk(20))
        patch.setattr(os, "ftruncate", FullDisk(0))
        with pytest.raises(TrailWriteFailed):
            log.append(lines)
    assert len((folder / TODAY).read_bytes()) == len(whole) + 20
    assert log.recover(lines, NOON).missing == tuple(lines)
    assert (folder / TODAY).read_bytes() == whole


def test_after_a_failed_sync_nothing_is_written_until_a_person_had_it_checked(
    log, folder, monkeypatch
):
    def broken(descriptor):
        raise OSError(errno.EIO, "Input/output error")

    lines = log.plan([draft(1)], NOON)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", broken)
        with pytest.raises(TrailSyncFailed, match="Check the disk"):
            log.append(lines)
        size = (folder / TODAY).stat().st_size
        with pytest.raises(TrailSyncFailed, match="check and resume"):
            log.append([PlannedLine(TODAY, size, lines[-1].line)])
        with pytest.raises(TrailSyncFailed, match="still"):
            log.check()
    assert (folder / TODAY).stat().st_size == size
    log.check()
    assert log.recover(lines, NOON).missing == ()
    write(log, draft(2))
    assert len(types(folder)) == 3


def test_a_system_without_advice_on_pages_can_be_checked_too(log, monkeypatch):
    write(log, draft())
    monkeypatch.delattr(os, "posix_fadvise", raising=False)
    log.check()


def test_on_a_mac_the_drives_own_cache_is_emptied(log, folder, monkeypatch):
    import fcntl

    asked = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda descriptor, command: asked.append(command))
    write(log, draft())
    assert asked == [51]


def test_on_windows_a_folder_needs_no_sync(folder, log, monkeypatch):
    monkeypatch.setattr(os, "name", "nt")
    monkeypatch.setattr(os, "fsync", None)
    sync_folder(folder)


def test_check_on_an_empty_trail_lets_writing_go_on(log):
    log.check()


def test_a_file_that_changed_between_plan_and_append_is_left_alone(log, folder):
    write(log, draft(1))
    lines = log.plan([draft(2)], NOON)
    with (folder / TODAY).open("ab") as other:
        other.write(b"{}\n")
    before = (folder / TODAY).read_bytes()
    with pytest.raises(TrailTrouble, match="was changed"):
        log.append(lines)
    assert (folder / TODAY).read_bytes() == before


def test_nothing_is_glued_to_a_line_without_its_end(log, folder):
    write(log, draft(1))
    with (folder / TODAY).open("ab") as other:
        other.write(b'{"torn')
    with pytest.raises(TrailTrouble, match="was changed"):
        log.append(log.plan([draft(2)], NOON))


@pytest.mark.parametrize("kind", ["link", "folder", "pipe"])
def test_what_is_no_ordinary_file_is_not_written_through(log, folder, tmp_path, kind):
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious\n")
    path = folder / TODAY
    if kind == "link":
        path.symlink_to(victim)
    elif kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    lines = log.plan([draft()], NOON)
    with pytest.raises(TrailTrouble, match="no ordinary file"):
        log.append(lines)
    with pytest.raises(TrailTrouble, match="no ordinary file"):
        log.recover(lines, NOON)
    assert victim.read_bytes() == b"precious\n"


def test_an_audit_folder_that_is_a_link_is_refused(tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "audit").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TrailTrouble, match="is a link"):
        AuditLog(tmp_path / "audit")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.EROFS, "read-only"),
        (errno.EACCES, "may not write"),
        (errno.ENAMETOOLONG, "try again"),
    ],
)
def test_a_folder_that_cannot_be_used_is_told_in_words(log, monkeypatch, code, words):
    def refuse(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    lines = log.plan([draft()], NOON)
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(TrailTrouble, match=words):
        log.append(lines)
