"""After a crash: what the outbox planned and what the files hold are brought together again."""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta

import pytest

from console.domain.audit import Verdict, check_line
from console.domain.records import RecordDraft
from console.store.audit_log import AuditLog, PlannedLine, TrailTrouble

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
TODAY = "workflow_audit_20260603.jsonl"


def draft(number):
    return RecordDraft("TRIGGER_QUEUED", {"workflowId": "wf", "jobId": f"job-{number}"})


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "audit"


@pytest.fixture
def log(folder):
    log = AuditLog(folder)
    log.append(log.plan([draft(0)], NOON))
    return log


@pytest.fixture
def path(folder):
    return folder / TODAY


def go_on(log, recovery, pending=()):
    """What the ledger does with a recovery: append the missing, then what there is to tell."""
    log.append(recovery.missing)
    log.append(log.plan(recovery.drafts, NOON))


def jobs(path):
    lines = path.read_bytes().split(b"\n")
    assert lines.pop() == b""
    checks = [check_line(line) for line in lines]
    assert {check.verdict for check in checks} == {Verdict.INTACT}
    found = [check.record or {} for check in checks]
    return [record["payload"].get("jobId", record["event_type"]) for record in found]


def torn_files(folder):
    return sorted((folder / "torn").iterdir()) if (folder / "torn").exists() else []


def test_an_orderly_end_leaves_nothing_to_do(log, path):
    before = path.read_bytes()
    recovery = log.recover([], NOON)
    assert (recovery.missing, recovery.drafts, recovery.notices) == ((), (), ())
    assert path.read_bytes() == before


def test_lines_that_reached_the_file_are_not_written_twice(log, path):
    pending = log.plan([draft(1), draft(2)], NOON)
    log.append(pending)
    recovery = log.recover(pending, NOON)
    assert (recovery.missing, recovery.notices) == ((), ())


def test_lines_that_never_reached_the_file_are_written_now(log, path):
    pending = log.plan([draft(1), draft(2)], NOON)
    go_on(log, log.recover(pending, NOON))
    assert jobs(path) == ["AUDIT_FILE_OPENED", "job-0", "job-1", "job-2"]


def test_a_batch_cut_at_any_byte_ends_up_whole_with_each_record_once(log, path, folder, proving):
    start = path.read_bytes()
    pending = log.plan([draft(1), draft(2)], NOON)
    batch = b"".join(line.line for line in pending)
    ends = {0, 1, len(pending[0].line) - 1, len(pending[0].line), len(batch) - 1, len(batch)}
    for cut in range(len(batch) + 1) if proving else sorted({*range(0, len(batch), 37), *ends}):
        path.write_bytes(start + batch[:cut])
        torn = start + batch[:cut]
        torn = torn[torn.rfind(b"\n") + 1 :]
        recovery = log.recover(pending, NOON)
        go_on(log, recovery)
        found = jobs(path)
        assert found[:4] == ["AUDIT_FILE_OPENED", "job-0", "job-1", "job-2"], cut
        assert len(recovery.drafts) == len(recovery.notices) == bool(torn), cut
        if torn:
            payload = recovery.drafts[0].payload
            assert payload["tornSha256"] == hashlib.sha256(torn).hexdigest()
            assert payload["bytes"] == len(torn)
            assert payload["missing"] is None
            assert (folder / payload["movedTo"]).read_bytes() == torn
            assert found[4:] == ["AUDIT_RECOVERED"]
        again = log.recover((), NOON)
        assert (again.missing, again.drafts, again.notices) == ((), (), ())


def test_a_first_file_of_which_nothing_reached_the_disk_is_written_anew(tmp_path):
    log = AuditLog(tmp_path / "new")
    pending = log.plan([draft(1)], NOON)
    go_on(log, log.recover(pending, NOON))
    assert jobs(tmp_path / "new" / TODAY) == ["AUDIT_FILE_OPENED", "job-1"]


def test_pending_lines_over_midnight_go_into_their_own_files(log, path, folder):
    first = log.plan([draft(1)], NOON)
    second = log.plan([draft(2)], NOON + timedelta(days=1), pending=first)
    pending = [*first, *second]
    path.write_bytes(path.read_bytes() + first[0].line[:10])
    recovery = log.recover(pending, NOON)
    log.append(recovery.missing)
    assert jobs(path) == ["AUDIT_FILE_OPENED", "job-0", "job-1"]
    assert jobs(folder / "workflow_audit_20260604.jsonl") == ["AUDIT_FILE_OPENED", "job-2"]
    opened = json.loads((folder / "workflow_audit_20260604.jsonl").read_bytes().split(b"\n")[0])
    assert opened["payload"]["previous"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_zeros_left_by_a_power_cut_count_as_torn(log, path):
    start = path.read_bytes()
    pending = log.plan([draft(1)], NOON)
    path.write_bytes(start + b"\0" * len(pending[0].line))
    recovery = log.recover(pending, NOON)
    assert recovery.missing == tuple(pending)
    assert path.read_bytes() == start


def test_a_torn_end_that_nobody_planned_is_kept_aside_and_told(log, path, folder):
    start = path.read_bytes()
    path.write_bytes(start + b'{"timestamp": "2026')
    recovery = log.recover([], NOON)
    assert path.read_bytes() == start
    assert "cut off in the middle (19 bytes)" in recovery.notices[0]
    go_on(log, recovery)
    assert jobs(path)[-1] == "AUDIT_RECOVERED"
    assert [file.read_bytes() for file in torn_files(folder)] == [b'{"timestamp": "2026']


def test_a_file_that_is_one_torn_line_starts_over(tmp_path):
    folder = tmp_path / "audit"
    log = AuditLog(folder)
    (folder / TODAY).write_bytes(b'{"timestamp": "2026')
    go_on(log, log.recover([], NOON))
    assert jobs(folder / TODAY) == ["AUDIT_FILE_OPENED", "AUDIT_RECOVERED"]


def test_a_crash_between_moving_aside_and_recording_it_is_made_good(log, path, folder):
    path.write_bytes(path.read_bytes() + b"torn")
    log.recover([], NOON)  # the process dies before the ledger stored the draft
    recovery = AuditLog(folder).recover([], NOON)
    assert [draft.payload["movedTo"] for draft in recovery.drafts] == [
        f"torn/{torn_files(folder)[0].name}"
    ]
    pending = log.plan(recovery.drafts, NOON)
    assert AuditLog(folder).recover(pending, NOON).drafts == ()
    go_on(log, recovery)
    assert AuditLog(folder).recover([], NOON).drafts == ()


def test_older_days_are_not_searched_for_what_a_newer_day_lost(log, folder):
    later = NOON + timedelta(days=1)
    log.append(log.plan([draft(1)], later))
    newest = folder / "workflow_audit_20260604.jsonl"
    newest.write_bytes(newest.read_bytes() + b"torn")
    recovery = log.recover([], later)
    assert [draft.event_type for draft in recovery.drafts] == ["AUDIT_RECOVERED"]


def test_a_crash_between_the_copy_aside_and_the_cut_keeps_one_copy(log, path, folder, monkeypatch):
    def dies(descriptor, size):
        raise KeyboardInterrupt

    path.write_bytes(path.read_bytes() + b"torn")
    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", dies)
        with pytest.raises(KeyboardInterrupt):
            log.recover([], NOON)
    recovery = log.recover([], NOON)
    assert len(torn_files(folder)) == len(recovery.drafts) == 1


def test_the_same_torn_bytes_a_second_time_are_a_second_event(log, path, folder):
    for _ in range(3):
        path.write_bytes(path.read_bytes() + b"torn")
        go_on(log, log.recover([], NOON))
    assert [file.read_bytes() for file in torn_files(folder)] == [b"torn"] * 3
    assert jobs(path).count("AUDIT_RECOVERED") == 3


def test_a_half_made_copy_of_a_torn_end_is_replaced(log, path, folder):
    (folder / "torn").mkdir()
    stem = f"{TODAY}.{hashlib.sha256(b'torn').hexdigest()[:8]}"
    (folder / "torn" / f"{stem}.part").write_bytes(b"to")
    path.write_bytes(path.read_bytes() + b"torn")
    assert len(log.recover([], NOON).drafts) == 1
    assert [file.read_bytes() for file in torn_files(folder)] == [b"torn"]


def test_strangers_in_the_folder_of_torn_ends_make_no_records(log, folder, tmp_path):
    torn = folder / "torn"
    torn.mkdir()
    (torn / "notes.txt").write_bytes(b"x")
    (torn / "deep").mkdir()
    (torn / f"{TODAY}.link").symlink_to(tmp_path)
    assert log.recover([], NOON).drafts == ()


def test_a_folder_of_torn_ends_that_is_a_link_is_not_followed(log, path, folder, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (folder / "torn").symlink_to(tmp_path / "elsewhere")
    path.write_bytes(path.read_bytes() + b"torn")
    with pytest.raises(TrailTrouble, match="link"):
        log.recover([], NOON)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_foreign_lines_at_our_place_are_kept_aside_told_and_never_counted_among_ours(
    log, path, folder
):
    start = path.read_bytes()
    pending = log.plan([draft(1), draft(2)], NOON)
    foreign = b'{"somebody": "else"}\n'
    path.write_bytes(start + foreign)
    recovery = log.recover(pending, NOON)
    assert "did not write" in recovery.notices[0]
    assert recovery.missing == tuple(pending)
    (told,) = recovery.drafts
    assert (told.event_type, told.payload["inserted"]) == ("AUDIT_RECOVERED", 1)
    assert told.payload["tornSha256"] == hashlib.sha256(foreign).hexdigest()
    assert (folder / told.payload["movedTo"]).read_bytes() == foreign
    go_on(log, recovery)
    assert path.read_bytes().startswith(start + pending[0].line + pending[1].line)


def test_a_torn_end_behind_foreign_lines_is_kept_aside_with_them(log, path, folder):
    start = path.read_bytes()
    pending = log.plan([draft(1)], NOON)
    path.write_bytes(start + b"{}\n{tor")
    assert log.recover(pending, NOON).missing == tuple(pending)
    assert [file.read_bytes() for file in torn_files(folder)] == [b"{}\n{tor"]


def test_our_records_that_somebody_shifted_are_in_the_trail_once(log, path, folder):
    start = path.read_bytes()
    pending = log.plan([draft(1), draft(2)], NOON)
    path.write_bytes(start + b"{}\n" + pending[0].line)
    recovery = log.recover(pending, NOON)
    assert recovery.missing == tuple(pending)
    go_on(log, recovery)
    assert jobs(path) == ["AUDIT_FILE_OPENED", "job-0", "job-1", "job-2", "AUDIT_RECOVERED"]


def test_behind_the_sealed_lines_whole_files_of_others_are_kept_aside_too(log, path, folder):
    size = path.stat().st_size
    stray = folder / "workflow_audit_20990101.jsonl"
    stray.write_bytes(b"{}\n")
    recovery = log.recover([], NOON, (TODAY, size))
    assert not stray.exists()
    assert [file.read_bytes() for file in torn_files(folder)] == [b"{}\n"]
    assert recovery.drafts[0].payload["inserted"] == 1
    assert log.recover([], NOON, (TODAY, size)).notices == ()


def test_lines_that_stand_elsewhere_than_planned_are_said_to_stand_there(log, path):
    pending = log.plan([draft(1)], NOON)
    size = path.stat().st_size
    log.append(pending)
    path.write_bytes(b"changed\n" + path.read_bytes())
    recovery = log.recover(pending, NOON, (TODAY, size + 8))
    assert recovery.missing == ()
    assert recovery.found == (PlannedLine(TODAY, size + 8, pending[0].line),)


def test_records_that_somebody_removed_from_the_end_are_told_and_the_trail_goes_on(log, path):
    start = path.read_bytes()
    first = log.plan([draft(1)], NOON)
    log.append(first)
    pending = log.plan([draft(2)], NOON)
    path.write_bytes(start)
    recovery = log.recover(pending, NOON)
    assert "are gone" in recovery.notices[0]
    assert recovery.drafts[0].payload["lostBytes"] == [len(start), pending[0].offset]
    assert recovery.missing == (PlannedLine(TODAY, len(start), pending[0].line),)
    go_on(log, recovery)
    assert jobs(path) == ["AUDIT_FILE_OPENED", "job-0", "job-2", "AUDIT_RECOVERED"]


def test_a_whole_file_that_is_gone_is_told(log, path):
    pending = log.plan([draft(2)], NOON)
    path.unlink()
    recovery = log.recover(pending, NOON)
    assert "are gone" in recovery.notices[0]
    assert recovery.missing[0].offset == 0


def test_long_torn_ends_and_long_days_are_read_in_blocks(log, path, monkeypatch):
    for module in ("console.store.audit_files",):
        monkeypatch.setattr(f"{module}.BLOCK", 64)
    start = path.read_bytes()
    path.write_bytes(start + b"x" * 1000)
    recovery = log.recover([], NOON)
    assert path.read_bytes() == start
    go_on(log, recovery)
    assert AuditLog(path.parent).recover([], NOON).drafts == ()


def test_an_audit_folder_that_vanished_is_told(log, path, folder):
    path.unlink()
    folder.rmdir()
    with pytest.raises(TrailTrouble, match="cannot be used"):
        log.recover([], NOON)


def test_lines_planned_behind_a_torn_end_nobody_had_seen_follow_the_last_whole_line(log, path):
    start = path.read_bytes()
    path.write_bytes(start + b"torn")
    pending = log.plan([draft(1)], NOON)
    with pytest.raises(TrailTrouble):
        log.append(pending)
    recovery = log.recover(pending, NOON)
    assert recovery.missing == (PlannedLine(TODAY, len(start), pending[0].line),)
    assert len(recovery.notices) == 1
    go_on(log, recovery)
    assert jobs(path) == ["AUDIT_FILE_OPENED", "job-0", "job-1", "AUDIT_RECOVERED"]


def test_a_crash_after_that_cut_does_not_call_the_torn_bytes_lost_records(log, path):
    start = path.read_bytes()
    path.write_bytes(start + b"torn")
    pending = log.plan([draft(1)], NOON)
    log.recover(pending, NOON)  # the process dies before the lines were placed anew
    recovery = log.recover(pending, NOON)
    assert recovery.missing == (PlannedLine(TODAY, len(start), pending[0].line),)
    assert recovery.notices == ()
    assert [draft.event_type for draft in recovery.drafts] == ["AUDIT_RECOVERED"]


def test_foreign_bytes_glued_to_a_torn_end_before_our_line_are_all_kept_aside(log, path, folder):
    start = path.read_bytes()
    path.write_bytes(start + b"torn")
    pending = log.plan([draft(1)], NOON)
    path.write_bytes(start + b"torn" + b"and more")
    recovery = log.recover(pending, NOON)
    assert recovery.missing == (PlannedLine(TODAY, len(start), pending[0].line),)
    assert [file.read_bytes() for file in torn_files(folder)] == [b"tornand more"]
