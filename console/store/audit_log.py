"""Writes the trail: one line a record, one file a UTC day, on the disk before anything is shown.

The caller holds `trail.lock` around every call, since several processes may write one folder;
nothing that another process can change is believed without looking again.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from console.domain.audit import EventType, check_line, read_timestamp, record_line
from console.domain.records import RecordDraft
from console.services.ports import DateUnconfirmed
from console.store.audit_digest import TrailDigests
from console.store.audit_files import (
    PlannedLine,
    Recovery,
    TrailSyncFailed,
    TrailTrouble,
    TrailWriteFailed,
    contiguous,
    day_files,
    day_name,
    day_of,
    make_private,
    open_regular,
    opened,
    read_at,
    sync,
    sync_folder,
    told,
    trouble_told,
    write_all,
)
from console.store.audit_recovery import TrailRecovery

__all__ = [
    "AuditLog",
    "ClockJump",
    "PlannedLine",
    "Recovery",
    "TrailSyncFailed",
    "TrailTrouble",
    "TrailWriteFailed",
]

MAX_JUMP: Final = timedelta(days=31)
# Two processes that take turns read their clocks before they get the lock: so much is no jump.
TOLERANCE: Final = timedelta(seconds=1)
_TAIL: Final = 256 * 1024


class ClockJump(TrailTrouble, DateUnconfirmed):
    """This computer's date lies far past the last record: a person must say that it is right.

    Call `plan` with `confirmed=True` after that yes. Both times are aware UTC.
    """

    def __init__(self, last: datetime, now: datetime) -> None:
        super().__init__(
            f"This computer says {now:%Y-%m-%d}, but the last audit record is of"
            f" {last:%Y-%m-%d}, more than {MAX_JUMP.days} days ago. Correct the clock, or"
            " confirm the date in the window, before anything is recorded."
        )
        self.last = last
        self.now = now


@dataclass(frozen=True)
class _End:
    """Where the trail ends once everything pending is written; `last` is its last timestamp."""

    name: str
    size: int
    last: datetime | None


@dataclass(frozen=True)
class Head:
    """Where a sealed trail ends; `tree` gives {size, root} over it and the lines behind it."""

    file: str
    offset: int
    tree: Callable[[Sequence[bytes]], dict[str, Any] | None]


class AuditLog:
    """The writer of one audit folder; makes the folder on first use, for this user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._digests = TrailDigests(folder)
        self._recovery = TrailRecovery(folder)
        self._unsynced = ""
        self._written: _End | None = None
        with trouble_told(folder):
            make_private(folder)

    @property
    def folder(self) -> Path:
        """Where the day files stand."""
        return self._folder

    def plan(
        self,
        drafts: Sequence[RecordDraft],
        now: datetime,
        pending: Sequence[PlannedLine] = (),
        *,
        confirmed: bool = False,
        head: Head | None = None,
    ) -> list[PlannedLine]:
        """Return the lines that `drafts` become at `now`, placed behind file and `pending`.

        `head` is where a sealed trail ends: what stands in the files behind it counts for nothing.
        A new UTC day begins with AUDIT_FILE_OPENED; a clock that went back is told by
        CLOCK_CHANGED and the newest file goes on. Raises UnfitPayload, or ClockJump where the
        date lies more than 31 days past the last record and nobody `confirmed` it.
        """
        if not drafts:
            return []
        now = now.astimezone(UTC)
        with trouble_told(self._folder):
            end = self._end(pending, head)
            today = day_name(now.date())
            opening: list[RecordDraft] = []
            name, offset = today, 0
            if end is None or today > end.name:
                if end is not None:
                    opening = _jumped_ahead(end, now, confirmed=confirmed)
                opening.insert(0, self._file_opened(end, pending, head))
            else:
                name, offset = end.name, end.size
            if end is not None and _went_back(end, now, past_today=name > today):
                opening.append(_clock_changed(end, now))
        at = now
        if end is not None and end.last is not None and now < end.last <= now + TOLERANCE:
            at = end.last
        lines: list[PlannedLine] = []
        for draft in (*opening, *drafts):
            line = record_line(at, draft.event_type, draft.payload)
            lines.append(PlannedLine(name, offset, line))
            offset += len(line)
        return lines

    def append(self, lines: Sequence[PlannedLine]) -> None:
        """Write planned lines at their offsets and return once they are on the disk.

        Raises TrailWriteFailed (the partial line was cut back) where the disk is full or broken,
        TrailSyncFailed where it did not confirm; after that only `check` lets writing go on.
        Raises TrailTrouble where the file does not end where the lines were planned: `recover`.
        """
        self._refuse_unsynced()
        for run in contiguous(lines):
            self._append(run)
        if lines:
            end = lines[-1]
            self._written = _End(end.file, end.end, _last_timestamp([end.line]))

    def check(self) -> None:
        """Let writing go on after a failed sync, once the folder can be written and synced again.

        The caller compares the outbox with `recover` afterwards: what it then reads comes from
        the disk, not from memory. Raises TrailSyncFailed where the disk still does not confirm.
        """
        with trouble_told(self._folder):
            names = [name for name, size in day_files(self._folder) if size]
        if names:
            try:
                self._confirm(names[-1])
            except OSError as error:
                raise TrailSyncFailed(f"The disk still does not confirm: {told(error)}") from error
        self._unsynced = ""

    def recover(
        self,
        pending: Sequence[PlannedLine],
        now: datetime,
        sealed: tuple[str, int] | None = None,
    ) -> Recovery:
        """Bring the files' ends into order and say which of the `pending` lines are missing.

        `sealed` is where the sealed lines end, as `TrailRecovery.run` takes it.

        A line that is not missing is on the disk: a process that was killed may have written it
        without a sync, and the caller forgets it. Raises TrailSyncFailed as `append` does.
        """
        self._refuse_unsynced()
        with trouble_told(self._folder):
            for name in sorted({line.file for line in pending}):
                if not (self._folder / name).exists():
                    continue
                try:
                    self._confirm(name)
                    sync_folder(self._folder)
                except OSError as error:
                    raise self._sync_failed(name, error) from error
            return self._recovery.run(pending, now, sealed)

    def _confirm(self, name: str) -> None:
        """Return once the file is on the disk; the next look reads it from there, not from memory.

        After a failed sync the system's memory holds what the disk does not, and calls it clean.
        """
        with opened(self._folder / name, os.O_RDWR) as descriptor:
            sync(descriptor)
            if hasattr(os, "posix_fadvise"):
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def _refuse_unsynced(self) -> None:
        if self._unsynced:
            raise TrailSyncFailed(self._unsynced)

    def _sync_failed(self, name: str, error: OSError) -> TrailSyncFailed:
        """Close the writer; every later call says the same, so that it is told once."""
        self._unsynced = (
            f"The disk did not confirm the audit records in {name}: {told(error)} Then choose"
            " check and resume, or start the console again."
        )
        return TrailSyncFailed(self._unsynced)

    def ends_at(self, file: str, offset: int) -> bool:
        """True where the newest file is `file` and has `offset` bytes: nobody else wrote there."""
        with trouble_told(self._folder):
            found = [(name, size) for name, size in day_files(self._folder) if size]
        return found[-1:] == ([(file, offset)] if file else [])

    def _end(self, pending: Sequence[PlannedLine], head: Head | None) -> _End | None:
        if head is None:
            sizes = {name: size for name, size in day_files(self._folder) if size}
        else:
            sizes = {head.file: head.offset} if head.file else {}
        for line in pending:
            sizes[line.file] = max(sizes.get(line.file, 0), line.end)
        if not sizes:
            return None
        name = max(sizes)
        known = self._written
        if known is not None and (known.name, known.size) == (name, sizes[name]):
            return known  # what this process wrote last is still the end
        planned = [line.line for line in pending if line.file == name]
        last = _last_timestamp(planned)
        if last is None and (self._folder / name).exists():
            with opened(self._folder / name, os.O_RDONLY) as descriptor:
                size = os.fstat(descriptor).st_size
                tail = read_at(descriptor, max(0, size - _TAIL), _TAIL)
            last = _last_timestamp(tail.split(b"\n"))
        return _End(name, sizes[name], last)

    def _file_opened(
        self, end: _End | None, pending: Sequence[PlannedLine], head: Head | None
    ) -> RecordDraft:
        previous = None if end is None else self._digests.previous(end.name, end.size, pending)
        tree = None if head is None else head.tree([line.line for line in pending])
        return RecordDraft(EventType.AUDIT_FILE_OPENED, {"previous": previous, "tree": tree})

    def _append(self, run: Sequence[PlannedLine]) -> None:
        path, start = self._folder / run[0].file, run[0].offset
        with trouble_told(self._folder):
            descriptor = open_regular(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
        try:
            whole = start == 0 or read_at(descriptor, start - 1, 1) == b"\n"
            if not whole or os.fstat(descriptor).st_size != start:
                raise TrailTrouble(
                    f"{path.name} was changed while records were being written. The console"
                    " compares it with what it knows and goes on."
                )
            try:
                write_all(descriptor, b"".join(line.line for line in run))
            except OSError as error:
                _cut_back(descriptor, start)
                raise TrailWriteFailed(
                    f"Audit records could not be written to {path.name}: {told(error)}"
                ) from error
            try:
                sync(descriptor)
                if start == 0:
                    sync_folder(self._folder)
            except OSError as error:
                raise self._sync_failed(path.name, error) from error
        finally:
            os.close(descriptor)


def _cut_back(descriptor: int, size: int) -> None:
    # Where even this fails, the torn end is found and moved aside by the next `recover`.
    with suppress(OSError):
        os.ftruncate(descriptor, size)
        sync(descriptor)


def _last_timestamp(lines: Sequence[bytes]) -> datetime | None:
    """The timestamp of the last line that has one."""
    for raw in reversed(lines):
        record = check_line(raw).record
        at = None if record is None else read_timestamp(record)
        if at is not None:
            return at
    return None


def _jumped_ahead(end: _End, now: datetime, *, confirmed: bool) -> list[RecordDraft]:
    day = day_of(end.name)
    assert day is not None
    last = end.last or datetime.combine(day, time.max, UTC)
    if now - last <= MAX_JUMP:
        return []
    if not confirmed:
        raise ClockJump(last, now)
    return [_clock_changed(end, now)]


def _went_back(end: _End, now: datetime, *, past_today: bool) -> bool:
    """True where this clock reading lies before the trail's end and no record says so yet."""
    if end.last is not None and now < end.last - TOLERANCE:
        return True
    told_already = end.last is not None and day_name(end.last.date()) < end.name
    return past_today and not told_already


def _clock_changed(end: _End, now: datetime) -> RecordDraft:
    return RecordDraft(
        EventType.CLOCK_CHANGED,
        {
            "from": None if end.last is None else end.last.isoformat(),
            "to": now.isoformat(),
            "file": end.name,
            "decidedAt": now.isoformat(),
        },
    )
