"""A data folder on a network file system is refused, by what the system says is mounted there."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.app.place import Place
from console.domain.errors import EnvironmentProblem
from console.store import local_disk
from console.store.local_disk import file_system, network_kind, refuse_network

LOCAL = "27 1 254:0 / / rw,relatime - ext4 /dev/vda rw"


def mounted(kind: str, point: str, number: int = 40, optional: str = "shared:7 ") -> str:
    return f"{number} 27 0:55 / {point} rw,noatime {optional}- {kind} server:/export rw,vers=4.2"


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(f"{LOCAL}\n", "ascii")
    monkeypatch.setattr(local_disk, "MOUNTS", file)
    return file


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph"])
def test_a_folder_on_a_network_file_system_is_refused_and_it_is_named(
    mounts: Path, tmp_path: Path, kind: str
) -> None:
    mounts.write_text(f"{LOCAL}\n{mounted(kind, str(tmp_path))}\n", "ascii")
    with pytest.raises(EnvironmentProblem, match=rf"network file system \({kind}\).*--data-dir"):
        refuse_network(tmp_path / "data" / "deep")


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "zfs", "fuse.ntfs"])
def test_a_folder_on_a_local_disk_is_taken(mounts: Path, tmp_path: Path, kind: str) -> None:
    mounts.write_text(f"{LOCAL}\n{mounted(kind, str(tmp_path))}\n", "ascii")
    refuse_network(tmp_path)


def test_a_local_disk_mounted_below_a_network_one_is_taken() -> None:
    text = f"{LOCAL}\n{mounted('nfs4', '/srv')}\n{mounted('ext4', '/srv/local')}"
    assert file_system(text, "/srv/local/data") == "ext4"
    assert file_system(text, "/srv/localised") == "nfs4"
    assert file_system(text, "/srvers") == "ext4"


def test_of_two_mounts_on_one_point_the_later_counts() -> None:
    text = f"{LOCAL}\n{mounted('ext4', '/srv')}\n{mounted('nfs', '/srv', 41)}"
    assert file_system(text, "/srv/data") == "nfs"


def test_a_mount_point_with_spaces_is_read_as_it_is_written_there() -> None:
    text = f"{LOCAL}\n{mounted('cifs', chr(92).join(['/mnt/team', '040share']), optional='')}"
    assert file_system(text, "/mnt/team share/data") == "cifs"
    assert file_system(text, "/mnt/team") == "ext4"


def test_a_link_into_a_network_folder_is_followed(mounts: Path, tmp_path: Path) -> None:
    (tmp_path / "share").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "share")
    mounts.write_text(f"{LOCAL}\n{mounted('nfs', str(tmp_path / 'share'))}\n", "ascii")
    assert network_kind(tmp_path / "here") == "nfs"


def test_without_a_list_of_mounts_nothing_is_refused(mounts: Path, tmp_path: Path) -> None:
    mounts.unlink()
    refuse_network(tmp_path)
    assert file_system("no list at all\n", "/data") == ""


def test_no_command_opens_a_data_folder_on_a_network_file_system(
    mounts: Path, tmp_path: Path
) -> None:
    mounts.write_text(f"{LOCAL}\n{mounted('nfs4', str(tmp_path))}\n", "ascii")
    with pytest.raises(EnvironmentProblem, match="nfs4"):
        Place.find(str(tmp_path / "data"))
    assert not (tmp_path / "data").exists()
