"""The durable queue with its audit outbox: every change and its records in one transaction.

Order of a commit: lock the trail, change rows and outbox in one transaction (synced), append the
lines to the trail (synced), then return. A crash in between is made good by the next commit of
any process, because the outbox holds each exact line and its place in the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Final

import apsw

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.services.ports import Clock, TrailBehind, Write
from console.store.audit_log import AuditLog, PlannedLine, TrailWriteFailed
from console.store.database import bury_failed_commit, connect, insert_rows, told
from console.store.job_reads import JobReads
from console.store.job_rows import EVENTS, INSERT, UPDATE, event_row, to_row
from console.store.locks import FileLock
from console.store.reserve import Reserve

DATABASE: Final = "console.db"
OUTBOX: Final = "INSERT INTO outbox(file, offset, line)"


class SqliteLedger(JobReads):
    """The `services.ports.Ledger` of one data folder; one writing and one reading connection.

    `commit` and `settle` are called from one worker thread at a time, the reads from the thread
    that made the object.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        path = folder / DATABASE
        self._clock = clock
        self._trail_lock = FileLock(folder / "trail.lock")
        self._writing = connect(path)
        super().__init__(connect(path), path)
        self._log = AuditLog(folder / "audit")
        self._appended: list[int] = []
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
        with self._trail_lock:
            return self._commit_with_records(writes)

    def _refill(self) -> None:
        """Keep space in reserve again as soon as the disk has some; until then take nothing new."""
        if self._reserve.make():
            self._low = False

    def settle(self) -> tuple[str, ...]:
        """Bring the trail up to the outbox (at start and after trouble); returns notices."""
        with self._trail_lock, told(self._path):
            return self._settle(self._clock.now())

    def check(self) -> None:
        """See `services.ports.Ledger.check`."""
        with self._trail_lock:
            self._log.check()

    def confirm_date(self) -> None:
        """See `services.ports.Ledger.confirm_date`."""
        self._date_confirmed = True

    def _commit_with_records(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        now = self._clock.now()
        trouble: EnvironmentProblem | None = None
        pending: tuple[PlannedLine, ...] = ()
        if self._has_outbox():
            try:
                self._settle(now)
            except EnvironmentProblem as error:
                trouble = error
                pending = tuple(line for _, line in self._outbox())
        results, lines = self._transaction(writes, pending, now)
        if trouble is None and lines:
            try:
                self._append([line for _, line in lines])
            except EnvironmentProblem as error:
                trouble = error
            else:
                self._appended.extend(row for row, _ in lines)
        if trouble is not None:
            raise TrailBehind(str(trouble), results) from trouble
        return results

    def _append(self, lines: list[PlannedLine]) -> None:
        """Append, if need be into the space kept in reserve."""
        try:
            self._log.append(lines)
        except TrailWriteFailed:
            if not self._reserve.release():
                raise
            self._low = True
            self._log.append(lines)

    def _settle(self, now: datetime) -> tuple[str, ...]:
        rows = self._outbox()
        recovery = self._log.recover([line for _, line in rows], now)
        missing = self._replaced(rows, recovery.missing)
        self._log.append([line for _, line in missing])
        self._appended.extend(row for row, _ in missing)
        if recovery.drafts:
            _, lines = self._transaction([Write(records=recovery.drafts)], (), now)
            self._log.append([line for _, line in lines])
            self._appended.extend(row for row, _ in lines)
        return recovery.notices

    def _replaced(
        self, rows: list[tuple[int, PlannedLine]], missing: Sequence[PlannedLine]
    ) -> list[tuple[int, PlannedLine]]:
        """Store where the `missing` lines will stand now; what is in the trail leaves the outbox.

        A line may have another place than it was planned for, so it is known by its bytes.
        """
        waiting = list(missing)
        kept: list[tuple[int, PlannedLine]] = []
        done: list[int] = []
        for row, line in rows:
            if waiting and waiting[0].line == line.line:
                kept.append((row, waiting.pop(0)))
            else:
                done.append(row)
        assert not waiting, "recovery returns lines of the outbox, in its order"
        moved = [(line.file, line.offset, row) for row, line in kept]
        if moved or done:
            with self._writing as db:
                db.executemany("UPDATE outbox SET file = ?, offset = ? WHERE id = ?", moved)
                self._delete_outbox(db, done)
        return kept

    def _transaction(
        self, writes: Sequence[Write], pending: Sequence[PlannedLine], now: datetime
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
            planned = self._log.plan(drafts, now, pending, confirmed=self._date_confirmed)
            insert_rows(db, OUTBOX, [(line.file, line.offset, line.line) for line in planned])
            first = db.last_insert_rowid() - len(planned) + 1
            lines = list(enumerate(planned, first))
            self._delete_outbox(db, self._appended)
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, apsw.IOError):
                bury_failed_commit(db)
            raise
        self._appended.clear()
        self._date_confirmed = self._date_confirmed and not lines
        return results, lines

    def _room_for(self, write: Write) -> None:
        """Refuse what is new while the disk is full: what is left is for outcomes in flight."""
        job = write.job
        new = _claims(write) or (job is not None and write.expect is None)
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
        """True where a line waits that this process has not appended itself."""
        rows = {row[0] for row in self._writing.execute("SELECT id FROM outbox")}
        return not rows <= set(self._appended)

    def _outbox(self) -> list[tuple[int, PlannedLine]]:
        self._forget(self._appended)
        self._appended.clear()
        rows = self._writing.execute("SELECT id, file, offset, line FROM outbox ORDER BY id")
        return [(row[0], PlannedLine(row[1], row[2], bytes(row[3]))) for row in rows]

    def _forget(self, ids: Sequence[int]) -> None:
        if ids:
            with self._writing:
                self._delete_outbox(self._writing, ids)

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
