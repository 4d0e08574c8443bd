"""The durable queue with its audit outbox: every change and its records in one transaction.

Order of a commit: lock the trail, change rows and outbox in one transaction (synced), append the
lines to the trail (synced), seal them (a signed checkpoint, synced), then return. A crash in between
is made good by the next commit of any process, because the outbox holds each exact line until a
checkpoint covers it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import apsw

from console.config import find_paths
from console.domain.errors import BadInput, EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.services.ports import Clock, RecordDraft, TrailBehind, Write
from console.store.adoption import finish, stage
from console.store.audit_keys import AuditKeys, KeyUnavailable
from console.store.audit_log import AuditLog, Head, PlannedLine, TrailWriteFailed
from console.store.database import bury_failed_commit, connect, insert_rows, told
from console.store.identity import folder_identity
from console.store.job_reads import JobReads
from console.store.job_rows import EVENTS, event_row
from console.store.job_writes import apply_write
from console.store.locks import FileLock
from console.store.outbox import Outbox, Row
from console.store.reserve import Reserve
from console.store.sealing import Sealing

DATABASE: Final = "console.db"


class SqliteLedger(JobReads):
    """The `services.ports.Ledger` of one data folder; one writing and one reading connection.

    `commit`, `settle` and `changed` are called from one worker thread at a time, the reads from the
    thread that made the object.
    """

    def __init__(self, folder: Path, clock: Clock, keys: AuditKeys | None = None) -> None:
        """`keys` sign the trail; None: those of this account, in the keyring or config folder."""
        path = folder / DATABASE
        self._clock = clock
        self._trail_lock = FileLock(folder / "trail.lock")
        self._writing = connect(path)
        self._outbox = Outbox(self._writing)
        super().__init__(connect(path), path)
        self._log = AuditLog(folder / "audit")
        if keys is None:
            keys = AuditKeys(find_paths(folder).config_dir, folder)
        self._keys = keys
        self._sealing = Sealing(self._log, keys, lambda: folder_identity(folder, path))
        self._sealed_rows: list[int] = []
        self._notices: list[str] = []
        self._keyless: KeyUnavailable | None = None
        self._data_version: int | None = None
        self._date_confirmed = False
        self._reserve = Reserve(folder)
        self._low = False

    def changed(self) -> bool:
        """True where another process has changed the database since this was last asked.

        Asked by the thread that writes: its connection's version does not count its own commits.
        """
        with told(self._path):
            version = int(self._writing.execute("PRAGMA data_version").get)
        before, self._data_version = self._data_version, version
        return before is not None and before != version

    @property
    def sealed(self) -> tuple[int, bytes] | None:
        """Size and root up to which this process has sealed, from memory; any thread may ask."""
        point = self._sealing.point
        return None if point is None else (point.size, point.root)

    def close(self) -> None:
        """Close both connections; everything committed stays."""
        super().close()
        self._writing.close()

    # -- writing ------------------------------------------------------------------------------

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        """See `services.ports.Ledger.commit`; raises TrailBehind, EnvironmentProblem."""
        self._refill()
        with told(self._path):
            try:
                return self._commit(writes)
            except apsw.FullError:
                if not self._reserve.release():
                    raise
                self._low = True
                return self._commit(writes)

    def _commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        if not any(write.records or _claims(write) for write in writes):
            return self._transaction(writes, (), self._clock.now())[0]
        try:
            self._sealing.prepare(self._outbox.point())
        except KeyUnavailable as error:
            self._keyless = error
        else:
            self._keyless = None
        with self._trail_lock:
            return self._commit_with_records(writes)

    def _refill(self) -> None:
        """Keep space in reserve again as soon as the disk has some; until then take nothing new."""
        if self._reserve.make():
            self._low = False

    def settle(self) -> tuple[str, ...]:
        """Bring the trail up to the outbox (at start and after trouble); returns notices."""
        with told(self._path):
            self._sealing.prepare(self._outbox.point())
            with self._trail_lock:
                self._settle(self._clock.now())
        return self.take_notices()

    def adopt(self, source: Path) -> tuple[str, ...]:
        """Copy the trail at `source` into this one, which must be empty, and go on with it.

        Returns notices. Raises BadInput where there is no such trail, or this one has records.
        """
        audit = self._log.folder
        with told(self._path):
            self._sealing.prepare(self._outbox.point())
            with self._trail_lock:
                now = self._clock.now()
                self._settle(now)
                if self._outbox.ids() or not self._log.ends_at("", 0):
                    raise BadInput(
                        f"The trail in {audit} has records already; only an empty one can adopt"
                        " another. Name a new data folder with --data-dir",
                        "data-dir",
                    )
                stage(source, audit)
                self._date_confirmed = True  # an old trail is adopted on purpose
                self._settle(now)
                self._date_confirmed = False
                finish(audit)
        return self.take_notices()

    def rotate_key(self, reason: str, operator: str) -> tuple[str, ...]:
        """See `services.ports.Ledger.rotate_key`."""
        with told(self._path):
            self._sealing.prepare(self._outbox.point())
            with self._trail_lock:
                now = self._clock.now()
                self._settle(now)
                try:
                    present, seed = self._sealing.renew(reason, operator)
                    self._settle(now)
                finally:
                    self._sealing.hold()
        try:
            self._keys.promote(present, seed)
        except KeyUnavailable as error:
            self._notices.append(str(error))
        return self.take_notices()

    def take_notices(self) -> tuple[str, ...]:
        """See `services.ports.Ledger.take_notices`."""
        told_now, self._notices = tuple(self._notices), []
        return told_now

    def check(self) -> None:
        """See `services.ports.Ledger.check`."""
        with self._trail_lock:
            self._log.check()
            self._sealing.check()

    def confirm_date(self) -> None:
        """See `services.ports.Ledger.confirm_date`."""
        self._date_confirmed = True

    def _commit_with_records(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        now = self._clock.now()
        trouble: EnvironmentProblem | None = self._keyless
        pending: tuple[PlannedLine, ...] = ()
        try:
            if trouble is None and (self._waits() or not self._sealing.stands):
                self._settle(now)
        except EnvironmentProblem as error:
            trouble = error
        if trouble is not None:
            self._sealed_rows.clear()  # another process may have forgotten them meanwhile
            pending = tuple(line for _, line in self._outbox.rows())
        head = self._sealing.head() if trouble is None else self._outbox.head()
        results, lines = self._transaction(writes, pending, now, head)
        if trouble is None and lines:
            try:
                self._append([line for _, line in lines])
                self._seal(lines, now)
            except EnvironmentProblem as error:
                trouble = error
        if trouble is not None:
            raise TrailBehind(str(trouble), results) from trouble
        return results

    def _append(self, lines: Sequence[PlannedLine]) -> None:
        """Append, if need be into the space kept in reserve."""
        try:
            self._log.append(lines)
        except TrailWriteFailed:
            if not self._reserve.release():
                raise
            self._low = True
            self._log.append(lines)

    def _seal(self, lines: Sequence[Row], now: datetime) -> None:
        """Seal what was appended, if need be into the space kept in reserve."""
        try:
            self._sealing.extend([line for _, line in lines])
        except TrailWriteFailed:
            if not self._reserve.release():
                raise
            self._low = True
            self._settle(now)  # as another process would: what is on the disk decides
        else:
            self._sealed_rows.extend(row for row, _ in lines)

    def _settle(self, now: datetime) -> None:
        """Bring trail and seal up to the outbox, whoever left them as they are."""
        self._sealed_rows.clear()
        try:
            self._settle_rows(self._outbox.rows(), now)
        except BaseException:
            self._sealing.drop()
            raise

    def _settle_rows(self, rows: Sequence[Row], now: datetime) -> None:
        known = self._outbox.point()
        resumed = self._sealing.resume(known, [line for _, line in rows], now)
        self._notices += resumed.notices
        point, waiting = resumed.point, rows[resumed.covered :]
        recovery = self._log.recover([line for _, line in waiting], now, (point.file, point.offset))
        self._notices += recovery.notices
        found = [*recovery.found, *recovery.missing]
        placed = [(row, line) for (row, _), line in zip(waiting, found, strict=True)]
        moved = [one for one, before in zip(placed, waiting, strict=True) if one != before]
        drafts = (*resumed.drafts, *recovery.drafts)
        new: list[Row] = []
        if resumed.covered or moved or drafts or point != known:
            with self._writing:
                self._outbox.forget([row for row, _ in rows[: resumed.covered]], point)
                self._outbox.move(moved)
                new += self._planned(drafts, now, found, self._sealing.head())
        if fresh := [*recovery.missing, *(line for _, line in new)]:
            self._log.append(fresh)
        if lines := [*placed, *new]:
            self._sealing.extend([line for _, line in lines])
            self._sealed_rows.extend(row for row, _ in lines)
        elif resumed.unsigned:
            self._sealing.sign()
        self._sealing.resumed()

    def _transaction(
        self,
        writes: Sequence[Write],
        pending: Sequence[PlannedLine],
        now: datetime,
        head: Head | None = None,
    ) -> tuple[list[TriggerJob | Exception | None], list[Row]]:
        db = self._writing
        db.execute("BEGIN IMMEDIATE")
        try:
            results: list[TriggerJob | Exception | None] = []
            done: list[Write] = []
            lasting: dict[str, str | None] = {}
            for write in writes:
                try:
                    self._room_for(write)
                    results.append(apply_write(db, write, lasting))
                except (Refusal, EnvironmentProblem) as error:
                    results.append(error)
                else:
                    done.append(write)
            insert_rows(db, EVENTS, [event_row(event) for write in done for event in write.events])
            drafts = [draft for write in done for draft in write.records]
            lines = self._planned(drafts, now, pending, head)
            if drafts and self._sealed_rows:  # without records nobody holds `trail.lock`
                self._outbox.forget(self._sealed_rows, self._sealing.point)
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, apsw.IOError):
                bury_failed_commit(db)
            raise
        if drafts:
            self._sealed_rows.clear()
        self._date_confirmed = self._date_confirmed and not lines
        return results, lines

    def _planned(
        self,
        drafts: Sequence[RecordDraft],
        now: datetime,
        pending: Sequence[PlannedLine],
        head: Head | None,
    ) -> list[Row]:
        """Plan the lines of `drafts` and put them into the outbox; returns its rows."""
        confirmed = self._date_confirmed
        return self._outbox.add(
            self._log.plan(drafts, now, pending, confirmed=confirmed, head=head)
        )

    def _room_for(self, write: Write) -> None:
        """Refuse what is new while the disk is full: what is left is for outcomes in flight.

        So too while the trail's key cannot be had: what is under way is recorded once it can.
        """
        job = write.job
        new = _claims(write) or (job is not None and write.expect is None)
        if self._keyless is not None and new:
            raise EnvironmentProblem(f"Nothing new is queued or sent. {self._keyless}")
        if self._low and new:
            raise EnvironmentProblem(
                f"The disk of {self._path.parent} is full: nothing new is queued or sent. "
                "Make space; the console goes on by itself."
            )

    def _waits(self) -> bool:
        """True where a line waits that this process has not sealed itself."""
        return not self._outbox.ids() <= set(self._sealed_rows)


def _claims(write: Write) -> bool:
    """True where a job is about to be sent.

    Another process may have been killed before that job's record reached the trail: no byte goes
    out before it has.
    """
    return write.job is not None and write.job.state is JobState.SENDING
