"""Brings the files and the outbox together again after a crash, a full disk or a foreign hand.

Nothing that stands in a file is overwritten: torn bytes are moved aside first, foreign lines
stay. Whatever was moved aside is told by one record, even where a crash came in between.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.domain.audit import EventType
from console.domain.records import RecordDraft
from console.store.audit_files import (
    TORN_FOLDER,
    PlannedLine,
    Recovery,
    after_last_newline,
    blocks,
    contiguous,
    day_files,
    day_of,
    make_private,
    opened,
    read_at,
    sync,
    sync_folder,
    write_all,
)

_SEARCHED: Final = 64 * 1024 * 1024  # foreign bytes among which our own lines are looked for


class TrailRecovery:
    """Compares the end of the trail with what was planned; remembers only what cannot change."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: set[str] = set()

    def run(self, pending: Sequence[PlannedLine], now: datetime) -> Recovery:
        """Mend the ends of the files and return what is missing and what to tell."""
        missing: list[PlannedLine] = []
        notices: list[str] = []
        drafts: list[RecordDraft] = []
        for group in contiguous(pending):
            lines, lost = self._compare(group, notices)
            missing += lines
            if lost:
                drafts.append(_lost_draft(group[0].file, lost, now))
        newest = [name for name, size in day_files(self._folder) if size]
        if newest:
            self._cut_torn_end(newest[-1], 0, notices)
        drafts += self._untold(pending, now)
        return Recovery(tuple(missing), tuple(drafts), tuple(notices))

    def _compare(
        self, group: list[PlannedLine], notices: list[str]
    ) -> tuple[list[PlannedLine], tuple[int, int] | None]:
        """Return the lines of `group` to append, and the range of bytes that somebody removed."""
        name, path = group[0].file, self._folder / group[0].file
        size, there, line_start = 0, 0, 0
        with suppress(FileNotFoundError), opened(path, os.O_RDONLY) as descriptor:
            size = os.fstat(descriptor).st_size
            there = _matching(descriptor, group)
            if there < len(group):
                # Behind a torn end that is still in the file, our line starts where that one does.
                line_start = after_last_newline(descriptor, 0, group[there].offset) or 0
        rest = group[there:]
        if not rest:
            return [], None
        start = rest[0].offset
        if size < start:
            end = self._cut_torn_end(name, 0, notices) if size else 0
            if self._was_kept_aside(name, start - end):
                return _moved(rest, end), None
            notices.append(
                f"{name} is shorter than it was: {start - end} bytes of records that were"
                " written are gone. Keep the file as it is and ask who changed it."
            )
            return _moved(rest, end), (end, start)
        start = line_start
        end = self._cut_torn_end(name, start, notices) if size else 0
        if end == start:
            return _moved(rest, end), None
        rest = self._not_among(name, start, end, rest)
        notices.append(
            f"{name} holds {end - start} bytes that this console did not write there. They stay;"
            " the console's own records follow them."
        )
        return _moved(rest, end), None

    def _not_among(
        self, name: str, start: int, end: int, lines: list[PlannedLine]
    ) -> list[PlannedLine]:
        """Leave out the lines that stand among the foreign ones: none is written twice."""
        if end - start > _SEARCHED:
            return lines
        with opened(self._folder / name, os.O_RDONLY) as descriptor:
            foreign = set(read_at(descriptor, start, end - start).splitlines(keepends=True))
        return [line for line in lines if line.line not in foreign]

    def _cut_torn_end(self, name: str, start: int, notices: list[str]) -> int:
        """Move what follows the last LF after byte `start` aside; return the file's new end."""
        path = self._folder / name
        with opened(path, os.O_RDWR) as descriptor:
            size = os.fstat(descriptor).st_size
            if size <= start or read_at(descriptor, size - 1, 1) == b"\n":
                return size
            found = after_last_newline(descriptor, start, size)
            end = start if found is None else found
            kept = self._keep_aside(descriptor, name, end, size)
            os.ftruncate(descriptor, end)
            sync(descriptor)
        notices.append(
            f"The last line of {name} was cut off in the middle ({size - end} bytes), as after a"
            f" power cut. The torn bytes are kept in audit/{kept}; the trail goes on."
        )
        return end

    def _was_kept_aside(self, name: str, size: int) -> bool:
        """True where that many bytes were moved aside from `name` after the lines were planned."""
        torn = self._folder / TORN_FOLDER
        return torn.is_dir() and any(
            path.name.startswith(f"{name}.") and path.stat().st_size == size
            for path in torn.iterdir()
        )

    def _keep_aside(self, descriptor: int, name: str, start: int, end: int) -> str:
        """Copy the bytes into the folder of torn ends, on the disk; return where."""
        torn = self._folder / TORN_FOLDER
        make_private(torn)
        digest = hashlib.sha256()
        for block in blocks(descriptor, start, end):
            digest.update(block)
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
        return f"{TORN_FOLDER}/{kept}"

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
            digest, size = hashlib.sha256(), 0
            with opened(path, os.O_RDONLY) as descriptor:
                for block in blocks(descriptor, 0, os.fstat(descriptor).st_size):
                    digest.update(block)
                    size += len(block)
            yield RecordDraft(
                EventType.AUDIT_RECOVERED,
                {
                    "tornSha256": digest.hexdigest(),
                    "bytes": size,
                    "movedTo": moved_to,
                    "missing": None,
                    "decidedAt": now.astimezone(UTC).isoformat(),
                },
            )

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


def _matching(descriptor: int, group: Sequence[PlannedLine]) -> int:
    """How many lines of `group`, from its start, stand in the file byte for byte."""
    for number, line in enumerate(group):
        if read_at(descriptor, line.offset, len(line.line)) != line.line:
            return number
    return len(group)


def _moved(lines: Sequence[PlannedLine], offset: int) -> list[PlannedLine]:
    moved: list[PlannedLine] = []
    for line in lines:
        moved.append(PlannedLine(line.file, offset, line.line))
        offset += len(line.line)
    return moved


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
