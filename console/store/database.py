"""The SQLite file of a data folder: opened safely, migrated, with errors in the operator's words.

WAL with synchronous=FULL: a commit that returned survives power loss. SQLite before 3.51.3 can
corrupt a WAL database when several connections write and checkpoint at once, so it is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import apsw

from console.domain.errors import EnvironmentProblem

if TYPE_CHECKING:
    from apsw import SQLiteValue

OLDEST_SAFE: Final = (3, 51, 3)
READ_CACHE_KB: Final = 256
BUSY_MS: Final = 20_000
ROWS_A_STEP: Final = 32

MIGRATIONS: Final = (
    """
    CREATE TABLE jobs(
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        job_id TEXT NOT NULL UNIQUE,
        version INTEGER NOT NULL,
        profile TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        workflow_id TEXT NOT NULL,
        workflow_title TEXT NOT NULL,
        priority INTEGER NOT NULL,
        payload TEXT NOT NULL,
        salt BLOB NOT NULL,
        operator TEXT NOT NULL,
        operator_reason TEXT NOT NULL,
        state TEXT NOT NULL,
        wait TEXT,
        look INTEGER NOT NULL,
        looks_absent INTEGER NOT NULL,
        reason TEXT NOT NULL,
        reason_code TEXT NOT NULL,
        until INTEGER,
        attempts INTEGER NOT NULL,
        max_attempts INTEGER NOT NULL,
        thrown_back INTEGER NOT NULL,
        thrown_back_since INTEGER,
        attempt_started_at INTEGER,
        first_checked_at INTEGER,
        queued_at INTEGER NOT NULL,
        changed_at INTEGER,
        finished_at INTEGER,
        latency_ms REAL,
        api_ms REAL,
        instance_id TEXT,
        instance_status TEXT,
        completed_at INTEGER,
        found_by TEXT,
        error_code TEXT NOT NULL,
        error_status INTEGER,
        error_field TEXT NOT NULL,
        error_text TEXT NOT NULL,
        not_before INTEGER,
        send_before INTEGER,
        key TEXT,
        resend_of TEXT,
        may_have_run INTEGER NOT NULL,
        answered_ok INTEGER NOT NULL
    );
    CREATE UNIQUE INDEX jobs_key ON jobs(profile, key) WHERE key IS NOT NULL;
    CREATE INDEX jobs_queued ON jobs(profile, workflow_id, priority, number)
        WHERE state = 'queued';
    CREATE INDEX jobs_scheduled ON jobs(profile, not_before)
        WHERE state = 'queued' AND not_before IS NOT NULL;
    CREATE INDEX jobs_pending ON jobs(profile, state) WHERE state IN ('sending', 'waiting');
    CREATE INDEX jobs_state ON jobs(state, number);
    CREATE INDEX jobs_instance ON jobs(instance_id) WHERE instance_id IS NOT NULL;
    CREATE INDEX jobs_open_instances ON jobs(profile, number)
        WHERE state = 'accepted' AND completed_at IS NULL;
    CREATE INDEX jobs_latency ON jobs(workflow_id, latency_ms, state)
        WHERE state IN ('accepted', 'failed');
    CREATE TABLE events(
        id INTEGER PRIMARY KEY,
        job_id TEXT NOT NULL,
        at INTEGER NOT NULL,
        kind TEXT NOT NULL,
        text TEXT NOT NULL,
        detail TEXT NOT NULL
    );
    CREATE INDEX events_job ON events(job_id, id);
    CREATE TABLE outbox(
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        file TEXT NOT NULL,
        offset INTEGER NOT NULL,
        line BLOB NOT NULL
    );
    CREATE TABLE lasting(name TEXT PRIMARY KEY, value TEXT NOT NULL);
    """,
    """
    ALTER TABLE jobs ADD COLUMN content_hash TEXT NOT NULL DEFAULT '';
    ALTER TABLE jobs ADD COLUMN approval_required INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE jobs ADD COLUMN approved_by TEXT;
    ALTER TABLE jobs ADD COLUMN approved_at INTEGER;
    ALTER TABLE jobs ADD COLUMN approved_digest TEXT;
    ALTER TABLE jobs ADD COLUMN batch TEXT;
    ALTER TABLE jobs ADD COLUMN batch_row INTEGER;
    CREATE INDEX jobs_content ON jobs(content_hash, queued_at);
    CREATE INDEX jobs_batch ON jobs(batch, batch_row) WHERE batch IS NOT NULL;
    """,
    """
    CREATE INDEX jobs_unapproved ON jobs(number)
        WHERE state = 'queued' AND approval_required = 1 AND approved_by IS NULL;
    CREATE INDEX jobs_send_before ON jobs(send_before)
        WHERE state = 'queued' AND send_before IS NOT NULL;
    """,
    """
    ALTER TABLE jobs ADD COLUMN definition_digest TEXT NOT NULL DEFAULT '';
    ALTER TABLE jobs ADD COLUMN copied_from TEXT;
    """,
)


def connect(path: Path) -> apsw.Connection:
    """Open (and make or migrate) the database at `path`; raises EnvironmentProblem in words."""
    found = tuple(int(part) for part in apsw.sqlite_lib_version().split(".")[:3])
    if found < OLDEST_SAFE:
        raise EnvironmentProblem(
            f"SQLite {apsw.sqlite_lib_version()} can damage the queue; 3.51.3 or newer is needed. "
            "Install the pinned apsw package."
        )
    new = not path.exists()
    with told(path):
        connection = apsw.Connection(str(path))
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        if new:
            path.chmod(0o600)
        _migrate(connection, path)
    return connection


def connect_to_read(path: Path) -> apsw.Connection | None:
    """Open the database at `path` for reading as it stands; None where it has another form.

    None too where there is none yet: `connect` makes and migrates it. Raises EnvironmentProblem.
    """
    if not path.exists():
        return None
    with told(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        connection.set_busy_timeout(BUSY_MS)
        if _form(connection) == len(MIGRATIONS):
            # Counting 100,000 jobs passes through 5 MB once: kept pages would only cost memory.
            connection.pragma("cache_size", -READ_CACHE_KB)
            return connection
        connection.close()
    return None


def insert_rows(
    connection: apsw.Connection, insert: str, rows: Sequence[tuple[SQLiteValue, ...]]
) -> None:
    """Carry out `insert` (INSERT INTO …) for many rows.

    SQLite gives up Python's lock at every step and waits for it afterwards: many rows a step.
    """
    for start in range(0, len(rows), ROWS_A_STEP):
        some = rows[start : start + ROWS_A_STEP]
        places = f"({', '.join('?' for _ in some[0])})"
        values = [value for row in some for value in row]
        connection.execute(f"{insert} VALUES {', '.join(places for _ in some)}", values)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors about disk, rights and damage into EnvironmentProblems."""
    try:
        yield
    except (apsw.FullError, apsw.IOError) as error:
        if not _is_full(error):
            raise EnvironmentProblem(
                f"The queue in {path.parent} cannot be read or written right now: {error}. "
                "Check the disk."
            ) from error
        raise EnvironmentProblem(
            f"The disk of {path.parent} is full: nothing was stored. "
            "Make space; the console goes on by itself."
        ) from error
    except (apsw.ReadOnlyError, apsw.PermissionsError, apsw.CantOpenError) as error:
        raise EnvironmentProblem(
            f"The data folder {path.parent} cannot be written: {error}. Check its owner and rights."
        ) from error
    except (apsw.BusyError, apsw.LockedError, apsw.ProtocolError) as error:
        raise EnvironmentProblem(
            f"The queue in {path.parent} cannot be read or written right now: {error}. "
            "Check the disk."
        ) from error
    except (apsw.CorruptError, apsw.NotADBError) as error:
        raise EnvironmentProblem(
            f"{path} is damaged or no queue of this console: {error}. "
            "Move it aside and restore a copy; the audit trail beside it is untouched."
        ) from error


def _is_full(error: apsw.Error) -> bool:
    """True where the disk has no space; SQLite calls that an I/O error for its shared memory."""
    full = isinstance(error, apsw.FullError)
    return full or getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE


def bury_failed_commit(connection: apsw.Connection) -> None:
    """Make sure that a COMMIT which failed with an I/O error never comes to life.

    SQLite writes a transaction's pages into the log before it asks the disk to confirm them. Where
    the disk does not, the transaction is undone in memory, but the pages stay: a process that is
    killed now would leave them to the next one, which takes them for committed. Another
    transaction, which changes nothing, is written over their beginning.
    """
    with suppress(apsw.Error):  # a disk that takes nothing at all cannot be helped
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.pragma("user_version", _form(connection))
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")


def _migrate(connection: apsw.Connection, path: Path) -> None:
    if _form(connection) == len(MIGRATIONS):
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _form(connection)  # another process may have been first
        if version > len(MIGRATIONS):
            raise EnvironmentProblem(
                f"{path} was written by a newer console (form {version}); install that version."
            )
        for number, script in enumerate(MIGRATIONS[version:], start=version + 1):
            connection.execute(script)
            connection.pragma("user_version", number)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a COMMIT that failed has ended it already
            connection.execute("ROLLBACK")
        raise


def _form(connection: apsw.Connection) -> int:
    return int(str(connection.pragma("user_version")))
