"""Where a data folder may stand: on a disk of this computer, where locks and syncs mean something."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Final

from console.domain.errors import EnvironmentProblem

MOUNTS: Final = Path("/proc/self/mountinfo")
_NETWORK: Final = frozenset(
    {
        *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "coda"),
        *("ceph", "lustre", "gfs", "gfs2", "gpfs", "ocfs2", "orangefs", "pvfs2", "beegfs"),
        *("glusterfs", "davfs", "sshfs", "rclone", "s3fs", "acfs", "panfs", "webdav"),
        *("fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.davfs", "fuse.s3fs"),
        *("fuse.rclone", "fuse.gvfsd-fuse", "fuse.smbnetfs", "fuse.curlftpfs", "fuse.gcsfuse"),
        *("fuse.juicefs", "fuse.mfs", "fuse.moosefs", "fuse.nfs", "fuse.cifs"),
    }
)
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_DRIVE_REMOTE: Final = 4


def refuse_network(folder: Path) -> None:
    """Raise EnvironmentProblem where `folder` stands on a network file system.

    Known for certain on Linux; on Windows by the drive's type; elsewhere nothing is refused.
    """
    kind = network_kind(folder)
    if kind:
        raise EnvironmentProblem(
            f"The data folder {folder} stands on a network file system ({kind}), where two computers "
            "could send the same job. Choose a folder on a local disk with --data-dir."
        )


def network_kind(folder: Path) -> str:
    """Name the network file system under `folder`; empty where there is none, or none is known."""
    if sys.platform == "win32":  # pragma: no cover - the tests run on POSIX
        return _drive_kind(folder)
    try:
        text = MOUNTS.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:  # not Linux, or no /proc
        return ""
    kind = file_system(text, os.path.realpath(folder))
    return kind if kind in _NETWORK else ""


def file_system(mountinfo: str, path: str) -> str:
    """Return the type of the file system under the absolute `path`; empty where none is listed.

    `mountinfo` is the text of /proc/self/mountinfo (proc(5)). The longest mount point counts; of
    two on the same point the later one, which hides the earlier.
    """
    found, longest = "", -1
    for line in mountinfo.splitlines():
        mount, dash, source = line.partition(" - ")
        fields = mount.split(" ")
        if not dash or len(fields) < 5:
            continue
        point = _OCTAL.sub(lambda match: chr(int(match.group(1), 8)), fields[4])
        if _below(path, point) and len(point) >= longest:
            found, longest = source.split(" ")[0], len(point)
    return found


def _below(path: str, point: str) -> bool:
    return path == point or path.startswith(point.rstrip("/") + "/")


if sys.platform == "win32":  # pragma: no cover - the tests run on POSIX

    def _drive_kind(folder: Path) -> str:
        import ctypes

        root = folder.resolve().anchor
        if root.startswith("\\\\"):
            return "a Windows share"
        remote = ctypes.windll.kernel32.GetDriveTypeW(root) == _DRIVE_REMOTE
        return "a network drive" if remote else ""
