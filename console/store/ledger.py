"""The durable queue with its audit outbox: every change and its records in one transaction.

Order of a commit: lock the trail, change rows and outbox in one transaction (synced), append the
lines to the trail (synced), then return. A crash in between is made good by the next commit of
any process, because the outbox holds each exact line and its place in the file.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import apsw

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import JobEvent, JobState, TriggerJob
from console.domain.metrics import Figures, figures_of
from console.services.ports import Clock, JobFilter, RecordDraft, TrailBehind, Write
from console.store.audit_log import AuditLog, PlannedLine
from console.store.database import connect, told
from console.store.job_rows import (
    INSERT,
    SELECT,
    UPDATE,
    event_from_row,
    event_row,
    from_row,
    micros,
    moment,
    to_row,
)
from console.store.locks import FileLock

DATABASE: Final = "console.db"


_QUEUED_WORKFLOWS: Final = """
    WITH RECURSIVE w(id) AS (
        SELECT min(workflow_id) FROM jobs WHERE state = 'queued' AND profile = ?
        UNION ALL
        SELECT (SELECT min(workflow_id) FROM jobs
                WHERE state = 'queued' AND profile = ? AND workflow_id > w.id)
        FROM w WHERE w.id IS NOT NULL
    )
    SELECT id FROM w WHERE id IS NOT NULL
"""
"""The workflows with queued jobs, by jumping along the index instead of reading it whole."""


class SqliteLedger:
    """The `services.ports.Ledger` of one data folder; one writing and one reading connection.

    `commit` and `settle` are called from one worker thread at a time, the reads from the thread
    that made the object.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._path = folder / DATABASE
        self._clock = clock
        self._trail_lock = FileLock(folder / "trail.lock")
        self._writing = connect(self._path)
        self._reading = connect(self._path)
        self._log = AuditLog(folder / "audit")
        self._appended: list[int] = []
        self._data_version: int | None = None
        self._date_confirmed = False

    def changed(self) -> bool:
        """True where any connection has changed the database since this was last asked."""
        version = int(self._read("PRAGMA data_version", ())[0][0])
        before, self._data_version = self._data_version, version
        return before is not None and before != version

    def close(self) -> None:
        """Close both connections; everything committed stays."""
        self._reading.close()
        self._writing.close()

    # -- writing ------------------------------------------------------------------------------

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        """See `services.ports.Ledger.commit`; raises TrailBehind, EnvironmentProblem."""
        if not any(write.records for write in writes):
            with told(self._path):
                return self._transaction(writes, (), self._clock.now())[0]
        with self._trail_lock, told(self._path):
            return self._commit_with_records(writes)

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
                self._log.append([line for _, line in lines])
            except EnvironmentProblem as error:
                trouble = error
            else:
                self._appended.extend(row for row, _ in lines)
        if trouble is not None:
            raise TrailBehind(str(trouble), results) from trouble
        return results

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
            drafts: list[RecordDraft] = []
            for write in writes:
                try:
                    with db:
                        results.append(self._apply(db, write))
                except Refusal as error:
                    results.append(error)
                else:
                    drafts.extend(write.records)
            planned = self._log.plan(drafts, now, pending, confirmed=self._date_confirmed)
            lines = [
                (
                    int(
                        db.execute(
                            "INSERT INTO outbox(file, offset, line) VALUES (?,?,?) RETURNING id",
                            (line.file, line.offset, line.line),
                        ).get
                    ),
                    line,
                )
                for line in planned
            ]
            self._delete_outbox(db, self._appended)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        self._appended.clear()
        self._date_confirmed = self._date_confirmed and not lines
        return results, lines

    def _apply(self, db: apsw.Connection, write: Write) -> TriggerJob | None:
        job = write.job
        if job is not None:
            job = self._insert(db, job) if write.expect is None else self._update(db, write, job)
        for event in write.events:
            db.execute(
                "INSERT INTO events(job_id, at, kind, text, detail) VALUES (?,?,?,?,?)",
                event_row(event),
            )
        for name, value in write.values.items():
            if value is None:
                db.execute("DELETE FROM lasting WHERE name = ?", (name,))
            else:
                db.execute("INSERT OR REPLACE INTO lasting VALUES (?,?)", (name, value))
        return job

    def _insert(self, db: apsw.Connection, job: TriggerJob) -> TriggerJob:
        job = job.evolve(version=1)
        try:
            number = db.execute(INSERT, to_row(job)).get
        except apsw.ConstraintError as error:
            raise Refusal("A job with this id or key exists already.") from error
        return job.evolve(number=int(number))

    def _update(self, db: apsw.Connection, write: Write, job: TriggerJob) -> TriggerJob:
        assert write.expect is not None
        job = job.evolve(version=write.expect + 1)
        db.execute(UPDATE, {**to_row(job), "expect": write.expect})
        if db.changes() != 1:
            raise Refusal(f"{job.label} has moved on meanwhile; look at it again.")
        return job

    # -- the outbox ---------------------------------------------------------------------------

    def _has_outbox(self) -> bool:
        known = len(self._appended)
        found = self._writing.execute("SELECT count(*) FROM outbox").get
        return int(found) != known

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
            db.executemany("DELETE FROM outbox WHERE id = ?", [(row,) for row in ids])

    # -- reading ------------------------------------------------------------------------------

    def job(self, job_id: str) -> TriggerJob | None:
        """The job of this id, or None."""
        return self._one(f"{SELECT} WHERE job_id = ?", (job_id,))

    def job_by_number(self, number: int) -> TriggerJob | None:
        """The job shown as J-`number`, or None."""
        return self._one(f"{SELECT} WHERE number = ?", (number,))

    def job_by_key(self, profile: str, key: str) -> TriggerJob | None:
        """The job that was queued under this key, or None."""
        return self._one(f"{SELECT} WHERE profile = ? AND key = ?", (profile, key))

    def jobs(
        self, wanted: JobFilter, offset: int = 0, limit: int | None = None
    ) -> list[TriggerJob]:
        """Jobs of `wanted`, newest first."""
        where, values = _where(wanted)
        count = -1 if limit is None else limit
        return self._many(
            f"{SELECT}{where} ORDER BY number DESC LIMIT ? OFFSET ?", (*values, count, offset)
        )

    def count_jobs(self, wanted: JobFilter) -> int:
        """How many jobs `wanted` names."""
        where, values = _where(wanted)
        return int(self._read(f"SELECT count(*) FROM jobs{where}", values)[0][0])

    def counts_by_state(self, profile: str | None = None) -> dict[JobState, int]:
        """How many jobs stand in each state; states without a job are left out."""
        where = "" if profile is None else " WHERE profile = ?"
        rows = self._read(
            f"SELECT state, count(*) FROM jobs{where} GROUP BY state",
            () if profile is None else (profile,),
        )
        return {JobState(row[0]): int(row[1]) for row in rows}

    def ready(
        self, profile: str, limit: int, now: datetime, fingerprint: str | None = None
    ) -> list[TriggerJob]:
        """See `services.ports.Ledger.ready`; walks the index from workflow to workflow."""
        found: list[TriggerJob] = []
        at = micros(now)
        for (workflow_id,) in self._read(_QUEUED_WORKFLOWS, (profile, profile)):
            found += self._many(
                f"{SELECT} WHERE state = 'queued' AND profile = ? AND workflow_id = ? "
                "AND (not_before IS NULL OR not_before <= ?) "
                "AND (send_before IS NULL OR send_before > ?) "
                "AND (? IS NULL OR fingerprint = ?) "
                "ORDER BY priority, number LIMIT ?",
                (profile, workflow_id, at, at, fingerprint, fingerprint, limit),
            )
        return sorted(found, key=lambda job: (job.priority, job.number))

    def next_scheduled(self, profile: str, now: datetime) -> datetime | None:
        """The next time after `now` for which a queued job is scheduled."""
        rows = self._read(
            "SELECT min(not_before) FROM jobs WHERE state = 'queued' AND profile = ? "
            "AND not_before > ?",
            (profile, micros(now)),
        )
        return None if rows[0][0] is None else moment(rows[0][0])

    def pending(self, profile: str) -> list[TriggerJob]:
        """Jobs of `profile` in sending or waiting, in order of arrival."""
        return self._many(
            f"{SELECT} WHERE state IN ('sending', 'waiting') AND profile = ? ORDER BY number",
            (profile,),
        )

    def uncompleted(self, profile: str, limit: int = 2000) -> list[TriggerJob]:
        """Accepted jobs whose instance has not been seen to end, newest first."""
        return self._many(
            f"{SELECT} WHERE state = 'accepted' AND completed_at IS NULL AND profile = ? "
            "ORDER BY number DESC LIMIT ?",
            (profile, limit),
        )

    def profiles(self) -> list[str]:
        """Profiles that have unfinished jobs."""
        rows = self._read(
            "SELECT DISTINCT profile FROM jobs WHERE state IN ('queued', 'sending', 'waiting')",
            (),
        )
        return [str(row[0]) for row in rows]

    def history(self, job_id: str) -> list[JobEvent]:
        """The job's events, oldest first."""
        rows = self._read(
            "SELECT job_id, at, kind, text, detail FROM events WHERE job_id = ? ORDER BY id",
            (job_id,),
        )
        return [event_from_row(row) for row in rows]

    def value(self, name: str) -> str | None:
        """A lasting value, or None."""
        rows = self._read("SELECT value FROM lasting WHERE name = ?", (name,))
        return str(rows[0][0]) if rows else None

    def figures(self, workflow_id: str | None = None) -> list[Figures]:
        """The tutorial's figures of each workflow (or one) that has finished jobs."""
        where = "" if workflow_id is None else " AND workflow_id = ?"
        rows = self._read(
            "SELECT workflow_id, latency_ms, state = 'accepted' FROM jobs "
            f"WHERE state IN ('accepted', 'failed') AND latency_ms IS NOT NULL{where} "
            "ORDER BY workflow_id, latency_ms",
            () if workflow_id is None else (workflow_id,),
        )
        return figures_of((str(row[0]), float(row[1]), bool(row[2])) for row in rows)

    def _one(self, sql: str, values: tuple[Any, ...]) -> TriggerJob | None:
        found = self._many(sql, values)
        return found[0] if found else None

    def _many(self, sql: str, values: tuple[Any, ...]) -> list[TriggerJob]:
        return [from_row(row) for row in self._read(sql, values)]

    def _read(self, sql: str, values: Iterable[Any]) -> list[tuple[Any, ...]]:
        with told(self._path):
            return list(self._reading.execute(sql, tuple(values)))


def _where(wanted: JobFilter) -> tuple[str, tuple[Any, ...]]:
    parts: list[str] = []
    values: list[Any] = []
    if wanted.states is not None:
        states = sorted(wanted.states)
        parts.append(f"state IN ({', '.join('?' for _ in states)})")
        values += [str(state) for state in states]
    if wanted.workflow_id is not None:
        parts.append("workflow_id = ?")
        values.append(wanted.workflow_id)
    if wanted.profile is not None:
        parts.append("profile = ?")
        values.append(wanted.profile)
    if wanted.text:
        like = "%" + wanted.text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        columns = (
            "job_id",
            "'J-' || number",
            "workflow_id",
            "workflow_title",
            "operator",
            "operator_reason",
            "ifnull(instance_id, '')",
            "reason",
        )
        parts.append("(" + " OR ".join(f"{column} LIKE ? ESCAPE '\\'" for column in columns) + ")")
        values += [like] * len(columns)
    return (" WHERE " + " AND ".join(parts) if parts else ""), tuple(values)


def lasting_json(value: str | None) -> Any:
    """A lasting value that was written as JSON, or None."""
    return None if value is None else json.loads(value)
