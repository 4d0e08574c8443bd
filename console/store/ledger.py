"""The durable queue with its audit outbox: every change and its records in one transaction.

Order of a commit: lock the trail, change rows and outbox in one transaction (synced), append the
lines to the trail (synced), seal them (a signed checkpoint, synced), then return. A crash in between
is made good by the next commit of any process, because the outbox holds each exact line until a
checkpoint covers it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Final

import apsw

from console.config import find_paths
from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.services.ports import Clock, RecordDraft, TrailBehind, Write
from console.store.audit_keys import AuditKeys, KeyUnavailable
from console.store.audit_log import AuditLog, Head, PlannedLine, TrailWriteFailed
from console.store.database import bury_failed_commit, connect, insert_rows, told
from console.store.identity import folder_identity
from console.store.job_reads import JobReads
from console.store.job_rows import EVENTS, INSERT, UPDATE, event_row, to_row
from console.store.locks import FileLock
from console.store.reserve import Reserve
from console.store.seal import SealedPoint
from console.store.sealing import Sealing

DATABASE: Final = "console.db"
SEALED: Final = "sealed"
OUTBOX: Final = "INSERT INTO outbox(file, offset, line)"


class SqliteLedger(JobReads):
    """The `services.ports.Ledger` of one data folder; one writing and one reading connection.

    `commit` and `settle` are called from one worker thread at a time, the reads from the thread
    that made the object.
    """

    def __init__(self, folder: Path, clock: Clock, keys: AuditKeys | None = None) -> None:
        """`keys` sign the trail; None: those of this account, in the keyring or config folder."""
        path = folder / DATABASE
        self._clock = clock
        self._trail_lock = FileLock(folder / "trail.lock")
        self._writing = connect(path)
        super().__init__(connect(path), path)
        self._log = AuditLog(folder / "audit")
        if keys is None:
            keys = AuditKeys(find_paths(folder).config_dir, folder)
        self._sealing = Sealing(self._log, keys, lambda: folder_identity(folder, path))
        self._sealed_rows: list[int] = []
        self._notices: list[str] = []
        self._keyless: KeyUnavailable | None = None
        self._data_version: int | None = None
        self._date_confirmed = False
        self._reserve = Reserve(folder)
        self._low = False

    def changed(self) -> bool:
        """True where any connection has changed the database since this was last asked."""
        version = int(self._read("PRAGMA data_version", ())[0][0])
        before, self._data_version = self._data_version, version
        return before is not None and before != version

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
            self._sealing.prepare(self._point())
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
            self._sealing.prepare(self._point())
            with self._trail_lock:
                self._settle(self._clock.now())
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
            if trouble is None and (self._has_outbox() or not self._sealing.stands):
                self._settle(now)
        except EnvironmentProblem as error:
            trouble = error
        if trouble is not None:
            pending = tuple(line for _, line in self._outbox())
        head = self._sealing.head() if trouble is None else self._head_in_trouble()
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

    def _seal(self, lines: Sequence[tuple[int, PlannedLine]], now: datetime) -> None:
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
        rows, known = self._outbox(), self._point()
        resumed = self._sealing.resume(known, [line for _, line in rows], now)
        self._notices += resumed.notices
        point = resumed.point
        ids = [row for row, _ in rows]
        done, waiting = ids[: resumed.covered], ids[resumed.covered :]
        unsealed = [line for _, line in rows[resumed.covered :]]
        recovery = self._log.recover(unsealed, now, (point.file, point.offset))
        self._notices += recovery.notices
        placed = [*recovery.found, *recovery.missing]
        moved = [
            (line.file, line.offset, row)
            for row, line, before in zip(waiting, placed, unsealed, strict=True)
            if line != before
        ]
        drafts = (*resumed.drafts, *recovery.drafts)
        new: list[tuple[int, PlannedLine]] = []
        if done or moved or drafts or point != known:
            new = self._store_settled(done, moved, drafts, placed, now)
        if fresh := [*recovery.missing, *(line for _, line in new)]:
            self._log.append(fresh)
        if lines := [*zip(waiting, placed, strict=True), *new]:
            self._sealing.extend([line for _, line in lines])
            self._sealed_rows.extend(row for row, _ in lines)
        elif resumed.unsigned:
            self._sealing.sign()
        self._sealing.resumed()

    def _store_settled(
        self,
        done: Sequence[int],
        moved: Sequence[tuple[str, int, int]],
        drafts: Sequence[RecordDraft],
        placed: Sequence[PlannedLine],
        now: datetime,
    ) -> list[tuple[int, PlannedLine]]:
        """Store where the seal and the waiting lines stand; returns the lines that `drafts` became."""
        lines: list[tuple[int, PlannedLine]] = []
        with self._writing as db:
            self._delete_outbox(db, done)
            self._remember(db)
            db.executemany("UPDATE outbox SET file = ?, offset = ? WHERE id = ?", moved)
            lines += self._planned(db, drafts, now, placed, self._sealing.head())
        return lines

    def _transaction(
        self,
        writes: Sequence[Write],
        pending: Sequence[PlannedLine],
        now: datetime,
        head: Head | None = None,
    ) -> tuple[list[TriggerJob | Exception | None], list[tuple[int, PlannedLine]]]:
        db = self._writing
        db.execute("BEGIN IMMEDIATE")
        try:
            results: list[TriggerJob | Exception | None] = []
            done: list[Write] = []
            lasting: dict[str, str | None] = {}
            for write in writes:
                try:
                    self._room_for(write)
                    results.append(self._applied(db, write, lasting))
                except (Refusal, EnvironmentProblem) as error:
                    results.append(error)
                else:
                    done.append(write)
            insert_rows(db, EVENTS, [event_row(event) for write in done for event in write.events])
            drafts = [draft for write in done for draft in write.records]
            lines = self._planned(db, drafts, now, pending, head)
            if drafts and self._sealed_rows:  # without records nobody holds `trail.lock`
                self._delete_outbox(db, self._sealed_rows)
                self._remember(db)
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
        db: apsw.Connection,
        drafts: Sequence[RecordDraft],
        now: datetime,
        pending: Sequence[PlannedLine],
        head: Head | None,
    ) -> list[tuple[int, PlannedLine]]:
        """Plan the lines of `drafts` and put them into the outbox; returns its rows."""
        planned = self._log.plan(drafts, now, pending, confirmed=self._date_confirmed, head=head)
        insert_rows(db, OUTBOX, [(line.file, line.offset, line.line) for line in planned])
        return list(enumerate(planned, db.last_insert_rowid() - len(planned) + 1))

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

    def _applied(
        self, db: apsw.Connection, write: Write, lasting: dict[str, str | None]
    ) -> TriggerJob | None:
        """Apply one write, without its events, whole or not at all.

        Without `inserts` its first change is the only one that can be refused: that needs no
        savepoint, which costs as much as the change. `lasting` holds what this transaction knows
        of the lasting values.
        """
        with db if write.inserts else nullcontext():
            stored = self._apply(db, write, lasting)
        lasting.update(write.values)
        return stored

    def _apply(
        self, db: apsw.Connection, write: Write, lasting: dict[str, str | None]
    ) -> TriggerJob | None:
        for name, expected in write.when.items():
            if name not in lasting:
                asked = "SELECT value FROM lasting WHERE name = ?"
                lasting[name] = db.execute(asked, (name,)).get
            if lasting[name] != expected:
                raise Refusal("Another process did the same meanwhile; look at it again.")
        job = write.job
        if job is not None:
            if write.expect is None:
                job = job.evolve(number=self._insert(db, job), version=1)
            else:
                job = self._update(db, write, job)
        for new in write.inserts:
            self._insert(db, new)
        for name, value in write.values.items():
            if value is None:
                db.execute("DELETE FROM lasting WHERE name = ?", (name,))
            else:
                db.execute("INSERT OR REPLACE INTO lasting VALUES (?,?)", (name, value))
        return job

    def _insert(self, db: apsw.Connection, job: TriggerJob) -> int:
        """Store a new job as its version 1; returns its number."""
        try:
            return int(db.execute(INSERT, {**to_row(job), "version": 1}).get)
        except apsw.ConstraintError as error:
            raise Refusal("A job with this id or key exists already.") from error

    def _update(self, db: apsw.Connection, write: Write, job: TriggerJob) -> TriggerJob:
        assert write.expect is not None
        job = job.evolve(version=write.expect + 1)
        db.execute(UPDATE, {**to_row(job), "expect": write.expect})
        if db.changes() != 1:
            raise Refusal(f"{job.label} has moved on meanwhile; look at it again.")
        return job

    # -- the outbox ---------------------------------------------------------------------------

    def _has_outbox(self) -> bool:
        """True where a line waits that this process has not sealed itself."""
        rows = {row[0] for row in self._writing.execute("SELECT id FROM outbox")}
        return not rows <= set(self._sealed_rows)

    def _outbox(self) -> list[tuple[int, PlannedLine]]:
        """Every line that waits; those that are sealed too, until `_settle` finds that they are."""
        self._sealed_rows.clear()
        rows = self._writing.execute("SELECT id, file, offset, line FROM outbox ORDER BY id")
        return [(row[0], PlannedLine(row[1], row[2], bytes(row[3]))) for row in rows]

    def _point(self) -> SealedPoint | None:
        """Up to where the trail is sealed, without the rows of the outbox."""
        asked = "SELECT value FROM lasting WHERE name = ?"
        text = self._writing.execute(asked, (SEALED,)).get
        return None if text is None else SealedPoint.from_text(str(text))

    def _head_in_trouble(self) -> Head | None:
        """Where the outbox begins while the seal cannot be read: of the tree nothing is known."""
        point = self._point()
        return None if point is None else Head(point.file, point.offset, lambda _: None)

    def _remember(self, db: apsw.Connection) -> None:
        """Store the point that this process knows; under `trail.lock`, with the rows it covers gone."""
        assert self._sealing.point is not None
        db.execute(
            "INSERT OR REPLACE INTO lasting VALUES (?,?)", (SEALED, self._sealing.point.to_text())
        )

    @staticmethod
    def _delete_outbox(db: apsw.Connection, ids: Sequence[int]) -> None:
        if ids:
            db.execute(
                "DELETE FROM outbox WHERE id IN (SELECT value FROM json_each(?))",
                (json.dumps(list(ids)),),
            )


def _claims(write: Write) -> bool:
    """True where a job is about to be sent.

    Another process may have been killed before that job's record reached the trail: no byte goes
    out before it has.
    """
    return write.job is not None and write.job.state is JobState.SENDING
