"""The day files of a trail on disk: named, listed, opened and synced without being tricked."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from console.domain.errors import EnvironmentProblem
from console.domain.records import RecordDraft
from console.services.ports import TrailUnsynced

TORN_FOLDER: Final = "torn"
BLOCK: Final = 4 * 1024 * 1024
_DAY_FILE: Final = re.compile(r"workflow_audit_([0-9]{4})([0-9]{2})([0-9]{2})\.jsonl")
# Links are not followed and a pipe does not block; Windows has neither flag and needs BINARY.
_SAFE: Final = (
    getattr(os, "O_NOFOLLOW", 0)
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_BINARY", 0)
)


class TrailTrouble(EnvironmentProblem):
    """The audit folder cannot be used as it is; nothing was written."""


class TrailWriteFailed(TrailTrouble):
    """A batch could not be written; its partial line was cut back, so the trail ends whole."""


class TrailSyncFailed(TrailTrouble, TrailUnsynced):
    """The disk did not confirm a batch: what is really on it is unknown until `check()`."""


@dataclass(frozen=True)
class PlannedLine:
    """One line of the trail with its LF, meant for byte `offset` of `file` (a name, no path)."""

    file: str
    offset: int
    line: bytes

    @property
    def end(self) -> int:
        """The byte after the line."""
        return self.offset + len(self.line)


@dataclass(frozen=True)
class Recovery:
    """What the trail's files were found to lack.

    `missing` are the planned lines to append now, in this order and at their (possibly new)
    offsets, and `found` those before them that stand in the files already; `drafts` are records to
    make about it; `notices` say it to the operator.
    """

    missing: tuple[PlannedLine, ...] = ()
    drafts: tuple[RecordDraft, ...] = ()
    notices: tuple[str, ...] = ()
    found: tuple[PlannedLine, ...] = ()


def day_name(day: date) -> str:
    """Return the file name of a UTC day."""
    return f"workflow_audit_{day:%Y%m%d}.jsonl"


def day_of(name: str) -> date | None:
    """Return the UTC day that `name` stands for, None where it is no day file's name."""
    found = _DAY_FILE.fullmatch(name)
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def day_files(folder: Path) -> list[tuple[str, int]]:
    """Return (name, bytes) of the regular day files in `folder`, in name order."""
    with os.scandir(folder) as entries:
        return sorted(
            (entry.name, entry.stat(follow_symlinks=False).st_size)
            for entry in entries
            if day_of(entry.name) is not None and entry.is_file(follow_symlinks=False)
        )


def open_regular(path: Path, flags: int, mode: int = 0o600) -> int:
    """Open a regular file and nothing else; links, folders and pipes raise TrailTrouble."""
    try:
        descriptor = os.open(path, flags | _SAFE, mode)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EISDIR, errno.ENXIO}:
            raise TrailTrouble(_not_regular(path)) from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise TrailTrouble(_not_regular(path))
    return descriptor


@contextmanager
def opened(path: Path, flags: int, mode: int = 0o600) -> Iterator[int]:
    """Give the descriptor of a regular file and close it afterwards."""
    descriptor = open_regular(path, flags, mode)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def read_at(descriptor: int, offset: int, size: int) -> bytes:
    """Return `size` bytes at `offset`, fewer only at the end of the file."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    parts: list[bytes] = []
    while size > 0:
        part = os.read(descriptor, min(size, BLOCK))
        if not part:
            break
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def blocks(descriptor: int, start: int, end: int, most: int | None = None) -> Iterator[bytes]:
    """Read from byte `start` to byte `end` in large blocks, less where the file ends earlier.

    At most `most` bytes at once: what is only searched is searched quicker while it is in the cache.
    """
    size = BLOCK if most is None else min(BLOCK, most)
    while start < end:
        block = read_at(descriptor, start, min(size, end - start))
        if not block:
            return
        yield block
        start += len(block)


def after_last_newline(descriptor: int, start: int, end: int) -> int | None:
    """Return the byte after the last LF between `start` and `end`, None where there is none."""
    while end > start:
        begin = max(start, end - BLOCK)
        found = read_at(descriptor, begin, end - begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return None


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; a disk that takes only a part gets the rest in further calls."""
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Return once the file is on the disk itself."""
    if sys.platform == "darwin":  # there fsync only reaches the drive's own cache
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        return
    os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make new names in `folder` last; Windows has no such call and does not need it."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make `folder` for this user alone; a link in its place raises TrailTrouble."""
    if folder.is_symlink():
        raise TrailTrouble(f"{folder} is a link. Put a real folder there; links are not followed.")
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        sync_folder(folder.parent)


@contextmanager
def trouble_told(folder: Path) -> Iterator[None]:
    """Turn what the system says into words for the operator."""
    try:
        yield
    except OSError as error:
        raise TrailTrouble(f"The audit folder {folder} cannot be used: {told(error)}") from error


def told(error: OSError) -> str:
    """Say what an error of the system means and what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "the disk is full. Free some space; the console then goes on by itself."
    if error.errno == errno.EROFS:
        return "the disk is read-only. Make it writable; the console then goes on by itself."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return "this account may not write there. Correct the folder's rights."
    if error.errno == errno.EIO:
        return "the disk reports an error. Check the disk before going on."
    return f"{error.strerror or error}. Check the folder and try again."


def contiguous(lines: Sequence[PlannedLine]) -> Iterator[list[PlannedLine]]:
    """Give runs of lines that follow each other in one file, in order."""
    run: list[PlannedLine] = []
    for line in lines:
        if run and (line.file != run[-1].file or line.offset != run[-1].end):
            yield run
            run = []
        run.append(line)
    if run:
        yield run


def _not_regular(path: Path) -> str:
    return f"{path} is no ordinary file. Move it out of the audit folder; it is not followed."
