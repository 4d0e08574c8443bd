"""The writer of the trail on disks that fill up, fail or hold something else in its place."""

import errno
import os
import sys

import pytest

from console.store.audit_files import sync_folder
from console.store.audit_log import (
    AuditLog,
    PlannedLine,
    TrailSyncFailed,
    TrailTrouble,
    TrailWriteFailed,
)
from tests.store.audit_trail import NOON, TODAY, draft, types, write


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "data" / "audit"


@pytest.fixture
def log(folder):
    return AuditLog(folder)


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
