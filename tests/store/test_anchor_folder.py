"""A folder elsewhere that keeps checkpoints: whole files, none ever replaced by a different one."""

import errno
import os

import pytest

from console.domain.anchor import Outgoing
from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.tlog.checkpoint import Checkpoint
from console.store import anchor_folder
from console.store.anchor_folder import AnchorFolder, read_small
from tests.store.sealed import KEY, ORIGIN, OTHER

NAME = "cxone-audit_3f1c-3.checkpoint"


def outgoing(size=3, root=bytes(32), signers=(KEY,)):
    states = Checkpoint(ORIGIN, size, root)
    return Outgoing(states.signed(signers), states)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "witness").mkdir()
    return AnchorFolder(tmp_path / "witness")


def names(folder):
    return sorted(path.name for path in folder.folder.iterdir())


def test_a_checkpoint_is_kept_under_its_origin_and_size_for_this_account_alone(folder):
    assert folder.put(outgoing()) == NAME
    assert names(folder) == [NAME]
    assert (folder.folder / NAME).read_bytes() == outgoing().note
    assert (folder.folder / NAME).stat().st_mode & 0o777 == 0o600


def test_the_same_checkpoint_again_changes_nothing_also_with_another_signature(folder):
    folder.put(outgoing())
    before = (folder.folder / NAME).stat()
    assert folder.put(outgoing()) == NAME
    assert folder.put(outgoing(signers=(KEY, OTHER))) == NAME
    assert (folder.folder / NAME).stat().st_mtime_ns == before.st_mtime_ns
    assert (folder.folder / NAME).read_bytes() == outgoing().note


@pytest.mark.parametrize("there", [outgoing(root=bytes([1] * 32)).note, b"garbage\xff"])
def test_a_different_one_of_that_size_stays_and_is_told(folder, there):
    (folder.folder / NAME).write_bytes(there)
    with pytest.raises(Refusal, match="another checkpoint of the same size"):
        folder.put(outgoing())
    assert (folder.folder / NAME).read_bytes() == there
    assert names(folder) == [NAME]


def test_an_empty_file_that_a_crash_left_is_filled(folder):
    (folder.folder / NAME).touch()
    folder.put(outgoing())
    assert (folder.folder / NAME).read_bytes() == outgoing().note


def test_a_link_in_the_files_place_is_not_followed(folder, tmp_path):
    (folder.folder / NAME).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EnvironmentProblem):
        folder.put(outgoing())
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    with pytest.raises(EnvironmentProblem, match="is not there; make it, or see whether its disk"):
        AnchorFolder(tmp_path / "unmounted").put(outgoing())
    assert not (tmp_path / "unmounted").exists()


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_leaves_no_half_file(folder, monkeypatch):
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        folder.put(outgoing())
    assert names(folder) == []


def test_a_full_disk_is_told_for_a_stamp_too(folder, monkeypatch):
    folder.put(outgoing())
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(EnvironmentProblem, match="the disk is full"):
        folder.put_stamp(outgoing(), b"stamp")


def test_where_a_disk_knows_no_links_the_name_is_still_never_taken_from_another(
    folder, monkeypatch
):
    def unknown(*_):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", unknown)
    assert folder.put(outgoing()) == NAME
    assert (folder.folder / NAME).read_bytes() == outgoing().note
    with pytest.raises(FileExistsError):
        anchor_folder._write_new(folder.folder / NAME, b"another")
    assert names(folder) == [NAME]
    assert (folder.folder / NAME).read_bytes() == outgoing().note


def test_another_process_that_was_faster_with_the_same_is_no_trouble(folder, monkeypatch):
    real = anchor_folder._write_new

    def late(path, content):
        real(path, content)
        raise FileExistsError(path)

    monkeypatch.setattr(anchor_folder, "_write_new", late)
    assert folder.put(outgoing()) == NAME

    def other(path, content):
        real(path, b"different")
        raise FileExistsError(path)

    monkeypatch.setattr(anchor_folder, "_write_new", other)
    with pytest.raises(Refusal):
        folder.put(outgoing(size=4))


def test_the_largest_by_name_are_read_first_and_what_is_no_small_file_is_left_out(folder):
    for size in (9, 10, 2):
        folder.put(outgoing(size))
    (folder.folder / "checkpoint").write_bytes(b"c")
    (folder.folder / "checkpoint.12").write_bytes(b"k")
    (folder.folder / "notes.txt").write_bytes(b"n")
    (folder.folder / "mine.checkpoint").write_bytes(b"m")
    (folder.folder / "x-99.checkpoint").write_bytes(bytes(64 * 1024 + 1))
    (folder.folder / "x-98.checkpoint").mkdir()
    (folder.folder / "x-97.checkpoint").symlink_to("checkpoint")
    (folder.folder / "x-96.checkpoint").touch()
    found = [one.path.name for one in folder.notes()]
    assert found[:4] == [
        "checkpoint.12",
        "cxone-audit_3f1c-10.checkpoint",
        "cxone-audit_3f1c-9.checkpoint",
        "cxone-audit_3f1c-2.checkpoint",
    ]
    assert sorted(found[4:]) == ["checkpoint", "mine.checkpoint"]
    assert list(AnchorFolder(folder.folder / "none").notes()) == []


def test_a_pipe_is_read_as_nothing_and_does_not_block(folder):
    os.mkfifo(folder.folder / "x-5.checkpoint")
    assert read_small(folder.folder / "x-5.checkpoint") is None
