"""Brings the files and the outbox together again after a crash, a full disk or a foreign hand.

Nothing that was sealed is changed or overwritten. What stands behind it and is none of our lines is
moved aside, torn bytes and foreign lines alike: they must not be sealed with ours in silence.
Whatever was moved aside is told by one record, even where a crash came in between.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from console.domain.audit import EventType
from console.domain.records import RecordDraft
from console.store.audit_files import (
    TORN_FOLDER,
    PlannedLine,
    Recovery,
    after_last_newline,
    blocks,
    day_files,
    day_of,
    make_private,
    opened,
    read_at,
    sync,
    sync_folder,
    write_all,
)


class TrailRecovery:
    """Compares the end of the trail with what was planned; remembers only what cannot change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: set[str] = set()

    def run(
        self, pending: Sequence[PlannedLine], now: datetime, sealed: tuple[str, int] | None = None
    ) -> Recovery:
        """Mend the ends of the files and return what is missing and what to tell.

        `sealed` is (file, byte) where the sealed lines end, ('', 0) where there are none: behind
        it stand `pending` lines in order, and nothing else. None for a trail without a seal: the
        first pending line's place stands for it.
        """
        notices: list[str] = []
        drafts: list[RecordDraft] = []
        if sealed is None:
            file, offset = self._unsealed_start(pending, notices, drafts, now)
        else:
            file, offset = sealed
        found, file, offset = self._matching(pending, file, offset)
        if sealed is not None or pending:
            self._move_strays(file, offset, notices)
        missing: list[PlannedLine] = []
        for line in pending[len(found) :]:
            if line.file > file:
                file, offset = line.file, 0
            missing.append(PlannedLine(file, offset, line.line))
            offset += len(line.line)
        drafts += self._untold(pending, now)
        return Recovery(tuple(missing), tuple(drafts), tuple(notices), tuple(found))

    def _unsealed_start(
        self,
        pending: Sequence[PlannedLine],
        notices: list[str],
        drafts: list[RecordDraft],
        now: datetime,
    ) -> tuple[str, int]:
        """Where the pending lines begin in a trail without a seal."""
        files = dict(day_files(self._folder))
        newest = max((name for name, size in files.items() if size), default="")
        if not pending:
            return newest, self._cut_torn_end(newest, 0, notices) if newest else 0
        name, start = pending[0].file, pending[0].offset
        size = files.get(name, 0)
        if not size:
            end = 0
        else:
            with opened(self._folder / name, os.O_RDONLY) as descriptor:
                # Behind a torn end that is still there, our line starts where that one does.
                end = after_last_newline(descriptor, 0, min(start, size)) or 0
        if size < start and not self._was_kept_aside(name, start - end):
            notices.append(
                f"{name} is shorter than it was: {start - end} bytes of records that were"
                " written are gone. Keep the file as it is and ask who changed it."
            )
            drafts.append(_lost_draft(name, (end, start), now))
        return name, end

    def _matching(
        self, pending: Sequence[PlannedLine], file: str, offset: int
    ) -> tuple[list[PlannedLine], str, int]:
        """The pending lines, from the first, that stand there byte for byte, and where they end."""
        found: list[PlannedLine] = []
        for line in pending:
            name, start = (line.file, 0) if line.file > file else (file, offset)
            try:
                with opened(self._folder / name, os.O_RDONLY) as descriptor:
                    if read_at(descriptor, start, len(line.line)) != line.line:
                        break
            except FileNotFoundError:
                break
            found.append(PlannedLine(name, start, line.line))
            file, offset = name, start + len(line.line)
        return found, file, offset

    def _move_strays(self, file: str, offset: int, notices: list[str]) -> None:
        """Move aside everything behind byte `offset` of `file`: it is torn, or not ours.

        It must not stay: what follows would be counted as other lines than those that are sealed.
        """
        for name, size in day_files(self._folder):
            end = offset if name == file else 0
            if name < file or size <= end:
                continue
            with opened(self._folder / name, os.O_RDWR) as descriptor:
                kept, lines = self._keep_aside(descriptor, name, end, size)
                if name == file:
                    os.ftruncate(descriptor, end)
                    sync(descriptor)
            if name != file:
                (self._folder / name).unlink()
                sync_folder(self._folder)
            if lines:
                notices.append(
                    f"{name} held {size - end} bytes that this console did not write there. They"
                    f" are kept in audit/{kept}; ask who wrote them. The trail goes on without them."
                )
            else:
                notices.append(_torn(name, size - end, kept))

    def _cut_torn_end(self, name: str, start: int, notices: list[str]) -> int:
        """Move what follows the last LF after byte `start` aside; return the file's new end."""
        path = self._folder / name
        with opened(path, os.O_RDWR) as descriptor:
            size = os.fstat(descriptor).st_size
            if size <= start or read_at(descriptor, size - 1, 1) == b"\n":
                return size
            found = after_last_newline(descriptor, start, size)
            end = start if found is None else found
            kept, _ = self._keep_aside(descriptor, name, end, size)
            os.ftruncate(descriptor, end)
            sync(descriptor)
        notices.append(_torn(name, size - end, kept))
        return end

    def _was_kept_aside(self, name: str, size: int) -> bool:
        """True where that many bytes were moved aside from `name` after the lines were planned."""
        torn = self._folder / TORN_FOLDER
        return torn.is_dir() and any(
            path.name.startswith(f"{name}.") and path.stat().st_size == size
            for path in torn.iterdir()
        )

    def _keep_aside(self, descriptor: int, name: str, start: int, end: int) -> tuple[str, int]:
        """Copy the bytes into the folder of torn ends, on the disk; return where, and their LFs."""
        torn = self._folder / TORN_FOLDER
        make_private(torn)
        digest, lines = hashlib.sha256(), 0
        for block in blocks(descriptor, start, end):
            digest.update(block)
            lines += block.count(b"\n")
        stem = f"{name}.{digest.hexdigest()[:8]}"
        kept, number = stem, 1
        while (torn / kept).exists() and self._is_told(f"{TORN_FOLDER}/{kept}", ()):
            number += 1
            kept = f"{stem}.{number}"
        part = torn / f"{kept}.part"
        with suppress(FileNotFoundError):
            part.unlink()
        with opened(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL) as copy:
            for block in blocks(descriptor, start, end):
                write_all(copy, block)
            sync(copy)
        part.replace(torn / kept)
        sync_folder(torn)
        return f"{TORN_FOLDER}/{kept}", lines

    def _untold(self, pending: Sequence[PlannedLine], now: datetime) -> Iterable[RecordDraft]:
        """Make a record for each torn end that no record names yet."""
        torn = self._folder / TORN_FOLDER
        if not torn.is_dir() or torn.is_symlink():
            return
        for path in sorted(torn.iterdir()):
            moved_to = f"{TORN_FOLDER}/{path.name}"
            if path.suffix == ".part" or path.is_symlink() or not path.is_file():
                continue
            if day_of(path.name.partition(".jsonl")[0] + ".jsonl") is None:
                continue
            if self._is_told(moved_to, pending):
                continue
            digest, size, lines = hashlib.sha256(), 0, 0
            with opened(path, os.O_RDONLY) as descriptor:
                for block in blocks(descriptor, 0, os.fstat(descriptor).st_size):
                    digest.update(block)
                    size += len(block)
                    lines += block.count(b"\n")
            payload: dict[str, Any] = {
                "tornSha256": digest.hexdigest(),
                "bytes": size,
                "movedTo": moved_to,
                "missing": None,
                "decidedAt": now.astimezone(UTC).isoformat(),
            }
            if lines:  # whole lines: not torn by a crash, but written by somebody else
                payload["inserted"] = lines
            yield RecordDraft(EventType.AUDIT_RECOVERED, payload)

    def _is_told(self, moved_to: str, pending: Sequence[PlannedLine]) -> bool:
        """True where a record on disk or in the outbox names this torn end."""
        if moved_to in self._told:
            return True
        needle = f'"movedTo": {json.dumps(moved_to)}'.encode("ascii")
        if any(needle in line.line for line in pending):
            return True
        oldest = moved_to.removeprefix(f"{TORN_FOLDER}/").partition(".jsonl")[0] + ".jsonl"
        for name, size in reversed(day_files(self._folder)):
            if name < oldest:
                break
            if self._holds(name, size, needle):
                self._told.add(moved_to)
                return True
        return False

    def _holds(self, name: str, size: int, needle: bytes) -> bool:
        last = b""
        with opened(self._folder / name, os.O_RDONLY) as descriptor:
            for block in blocks(descriptor, 0, size):
                if needle in last + block:
                    return True
                last = block[-len(needle) :]
        return False


def missing_draft(name: str, missing: tuple[int, int], now: datetime) -> RecordDraft:
    """The record of sealed leaves whose lines are gone: `missing` are the first and the one after."""
    payload = dict(_lost_draft(name, (0, 0), now).payload)
    del payload["lostBytes"]
    return RecordDraft(EventType.AUDIT_RECOVERED, payload | {"missing": list(missing)})


def _torn(name: str, size: int, kept: str) -> str:
    return (
        f"The last line of {name} was cut off in the middle ({size} bytes), as after a power cut."
        f" The torn bytes are kept in audit/{kept}; the trail goes on."
    )


def _lost_draft(name: str, lost: tuple[int, int], now: datetime) -> RecordDraft:
    return RecordDraft(
        EventType.AUDIT_RECOVERED,
        {
            "tornSha256": None,
            "bytes": 0,
            "movedTo": None,
            "missing": None,
            "file": name,
            "lostBytes": list(lost),
            "decidedAt": now.astimezone(UTC).isoformat(),
        },
    )
