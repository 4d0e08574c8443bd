"""One write of the queue inside a transaction: jobs, lasting values, and what refuses it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import apsw

from console.domain.errors import Refusal
from console.domain.job import TriggerJob
from console.services.ports import Write
from console.store.database import insert_rows
from console.store.job_rows import INSERT, INSERT_MANY, UPDATE, row_values, to_row


def apply_write(
    db: apsw.Connection, write: Write, lasting: dict[str, str | None]
) -> TriggerJob | None:
    """Apply one write, without its events, whole or not at all.

    Without `inserts` its first change is the only one that can be refused: that needs no
    savepoint, which costs as much as the change. `lasting` holds what this transaction knows
    of the lasting values.
    """
    with _savepoint(db) if write.inserts else nullcontext():
        stored = _apply(db, write, lasting)
    lasting.update(write.values)
    return stored


def _apply(db: apsw.Connection, write: Write, lasting: dict[str, str | None]) -> TriggerJob | None:
    for name, expected in write.when.items():
        if name not in lasting:
            asked = "SELECT value FROM lasting WHERE name = ?"
            lasting[name] = db.execute(asked, (name,)).get
        if lasting[name] != expected:
            raise Refusal("Another process did the same meanwhile; look at it again.")
    job = write.job
    if job is not None:
        if write.expect is None:
            job = job.evolve(number=_insert(db, job), version=1)
        else:
            job = _update(db, write, job)
    if write.inserts:
        with _new_ids():
            insert_rows(db, INSERT_MANY, [row_values(new) for new in write.inserts])
    for name, value in write.values.items():
        if value is None:
            db.execute("DELETE FROM lasting WHERE name = ?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO lasting VALUES (?,?)", (name, value))
    return job


def _insert(db: apsw.Connection, job: TriggerJob) -> int:
    """Store a new job as its version 1; returns its number."""
    with _new_ids():
        return int(db.execute(INSERT, {**to_row(job), "version": 1}).get)


def _update(db: apsw.Connection, write: Write, job: TriggerJob) -> TriggerJob:
    assert write.expect is not None
    job = job.evolve(version=write.expect + 1)
    db.execute(UPDATE, {**to_row(job), "expect": write.expect})
    if db.changes() != 1:
        raise Refusal(f"{job.label} has moved on meanwhile; look at it again.")
    return job


@contextmanager
def _savepoint(db: apsw.Connection) -> Iterator[None]:
    """What apsw's `with connection` does, but for a full disk, where SQLite has undone it all."""
    db.execute("SAVEPOINT one_write")
    try:
        yield
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK TO one_write")
            db.execute("RELEASE one_write")
        raise
    db.execute("RELEASE one_write")


@contextmanager
def _new_ids() -> Iterator[None]:
    try:
        yield
    except apsw.ConstraintError as error:
        raise Refusal("A job with this id or key exists already.") from error
