"""Takes somebody else's trail into an empty audit folder: copied, compared, then put in place.

The copies gather in a folder of their own until every one is on the disk and as its original is;
a crash before that leaves nothing behind that counts, a crash after it is made good at the next
start.
"""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.tlog.checkpoint import parse_checkpoint
from console.domain.tlog.errors import SealError
from console.domain.tlog.note import parse_note
from console.store.audit_files import (
    blocks,
    day_files,
    make_private,
    open_regular,
    opened,
    read_at,
    sync,
    sync_folder,
    told,
    write_all,
)
from console.store.seal_files import SealFiles
from console.store.seal_place import ScannedFile, scan
from console.store.trail_files import find_trail

STAGE: Final = "adopting"
_READY: Final = "ready"


@dataclass(frozen=True)
class Staged:
    """What was copied: `newline` is the file whose last line got its end, with its digest before."""

    newline: dict[str, str] | None
    checkpoint: dict[str, Any] | None


def stage(source: Path, audit: Path) -> None:
    """Copy the trail at `source` and make sure that the copy is the same; raises BadInput."""
    root, files = find_trail(source)
    if root.is_file():
        raise BadInput(f"{source} is one file. Name the folder that holds the whole trail.", "DIR")
    if root == audit.resolve():
        raise BadInput(f"{source} is this console's own trail already.", "DIR")
    for file in files:
        if file.trouble:
            raise BadInput(f"{file.path} cannot be adopted. {file.trouble}", "DIR")
    folder = audit / STAGE
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of an attempt that did not come to its end
        make_private(folder)
        originals = scan(root)
        for original in originals:
            _copy(root / original.name, folder / original.name)
        _compare(originals, scan(folder))
        newline = _ended(folder, originals[-1]) if originals else None
        content = {"newline": newline, "checkpoint": named_note(SealFiles(root).checkpoint())}
        _write(folder / _READY, json.dumps(content).encode())
        sync_folder(folder)
    except OSError as error:
        raise EnvironmentProblem(f"The trail could not be copied: {told(error)}") from error


def put_in_place(audit: Path) -> Staged | None:
    """Give the copies their places, as far as a crash has not let that happen; None without any."""
    folder = audit / STAGE
    try:
        with opened(folder / _READY, os.O_RDONLY) as descriptor:
            content = json.loads(read_at(descriptor, 0, os.fstat(descriptor).st_size))
    except (FileNotFoundError, NotADirectoryError):
        return None
    for name, _ in day_files(folder):
        (folder / name).replace(audit / name)
    sync_folder(folder)
    sync_folder(audit)
    return Staged(content["newline"], content["checkpoint"])


def finish(audit: Path) -> None:
    """The adoption is on record: what helped to make it is not needed any more."""
    shutil.rmtree(audit / STAGE, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    descriptor = open_regular(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        with opened(source, os.O_RDONLY) as original:
            for block in blocks(original, 0, os.fstat(original).st_size):
                write_all(descriptor, block)
        sync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes) -> None:
    with opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as descriptor:
        write_all(descriptor, content)
        sync(descriptor)


def _compare(originals: list[ScannedFile], copies: list[ScannedFile]) -> None:
    for original, copy in zip(originals, copies, strict=True):
        if original != copy:
            raise EnvironmentProblem(
                f"The copy of {original.name} is not the same as the original. Something changes it"
                " meanwhile, or the disk is in trouble; nothing was adopted."
            )


def _ended(folder: Path, last: ScannedFile) -> dict[str, str] | None:
    """Give the newest file's last line its end: our records must not be glued to it."""
    if last.whole:
        return None
    with opened(folder / last.name, os.O_WRONLY | os.O_APPEND) as descriptor:
        write_all(descriptor, b"\n")
        sync(descriptor)
    return {"file": last.name, "sha256": last.sha256}


def named_note(note: bytes | None) -> dict[str, Any] | None:
    """How a record names a checkpoint that nothing vouches for; None where there is none."""
    if note is None:
        return None
    try:
        found = parse_checkpoint(parse_note(note).text)
    except SealError:
        return None
    return {"origin": found.origin, "size": found.size, "root": found.root.hex()}
