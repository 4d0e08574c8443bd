"""What a disk did not confirm is neither forgotten, nor does it come to life later."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from console.domain.errors import EnvironmentProblem
from console.services import outcomes
from console.services.ports import TrailBehind, TrailUnsynced
from console.store import audit_log
from console.store.database import bury_failed_commit
from console.store.ledger import SqliteLedger
from tests.fakes import ManualClock
from tests.store.test_ledger import a_job, stored
from tests.store.test_ledger_trouble import queued_ids, trail_file


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, clock)
    yield opened
    opened.close()


def broken(_: int) -> None:
    raise OSError(5, os.strerror(5))


def outbox(folder: Path) -> int:
    connection = apsw.Connection(str(folder / "console.db"))
    try:
        return int(connection.execute("SELECT count(*) FROM outbox").get)
    finally:
        connection.close()


def test_a_record_that_the_disk_lost_after_all_is_written_again_after_a_persons_check(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(ledger, a_job(1))
    file = trail_file(tmp_path)
    confirmed = file.stat().st_size
    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "sync", broken)
        with pytest.raises(TrailBehind):
            ledger.commit([outcomes.new_job(a_job(2))])
    for _ in range(2):  # as the sender does each second
        with pytest.raises(TrailUnsynced):
            ledger.settle()
    assert file.stat().st_size > confirmed  # in this computer's memory
    os.truncate(file, confirmed)
    ledger.check()
    ledger.settle()
    assert queued_ids(tmp_path) == [a_job(1).job_id, a_job(2).job_id]


def test_a_failed_sync_is_told_in_the_same_words_until_it_is_checked(
    ledger: SqliteLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(ledger, a_job(1))
    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "sync", broken)
        with pytest.raises(TrailBehind) as first:
            ledger.commit([outcomes.new_job(a_job(2))])
    with pytest.raises(TrailUnsynced) as later:
        ledger.settle()
    assert str(first.value) == str(later.value)


def test_a_record_that_a_killed_process_wrote_is_forgotten_only_once_the_disk_has_it(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(_: int) -> None:
        raise KeyboardInterrupt

    first = SqliteLedger(tmp_path, clock)
    stored(first, a_job(1))
    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "sync", killed)
        with pytest.raises(KeyboardInterrupt):
            first.commit([outcomes.new_job(a_job(2))])
    first._trail_lock.release()
    first.close()
    second = SqliteLedger(tmp_path, clock)
    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "sync", broken)
        with pytest.raises(TrailUnsynced):
            second.settle()
    assert outbox(tmp_path) > 0
    second.close()
    third = SqliteLedger(tmp_path, clock)
    assert third.settle() == ()
    assert third.settle() == ()  # now it is sealed, too
    assert outbox(tmp_path) == 0
    assert queued_ids(tmp_path) == [a_job(1).job_id, a_job(2).job_id]
    third.close()


class BrokenDisk(apsw.VFS):
    """SQLite's own files on a disk that does not confirm the next `failures` times."""

    def __init__(self) -> None:
        self.failures = 0
        super().__init__("broken", "")

    def xOpen(  # noqa: N802 - SQLite's name
        self, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> apsw.VFSFile:
        return BrokenFile(self, name, flags)


class BrokenFile(apsw.VFSFile):
    def __init__(
        self, disk: BrokenDisk, name: str | apsw.URIFilename | None, flags: list[int]
    ) -> None:
        self._disk = disk
        super().__init__("", name, flags)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's name
        if self._disk.failures:
            self._disk.failures -= 1
            raise apsw.IOError("disk I/O error")
        super().xSync(flags)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[BrokenDisk]:
    disk = BrokenDisk()
    real = apsw.Connection

    def connection(name: str, flags: int = 6, **rest: object) -> apsw.Connection:
        return real(name, flags, vfs="broken")

    monkeypatch.setattr(apsw, "Connection", connection)
    yield disk
    monkeypatch.undo()
    disk.unregister()


def test_a_trigger_of_which_was_said_that_it_is_not_stored_is_not_sent_after_a_crash(
    tmp_path: Path, clock: ManualClock, disk: BrokenDisk
) -> None:
    """Else its operator presses again, as told, and the workflow runs twice."""
    (tmp_path / "data").mkdir()
    ledger = SqliteLedger(tmp_path / "data", clock)
    stored(ledger, a_job(1))
    disk.failures = 2  # not even what is written over it
    with pytest.raises(EnvironmentProblem, match="cannot be read or written"):
        ledger.commit([outcomes.new_job(a_job(2))])
    # What a process that was killed leaves: the files as they stand, with nobody closing them.
    shutil.copytree(tmp_path / "data", tmp_path / "left", ignore=shutil.ignore_patterns("*-shm"))
    after = SqliteLedger(tmp_path / "left", clock)
    assert after.job(a_job(1).job_id) is not None
    assert after.job(a_job(2).job_id) is None
    after.close()
    ledger.commit([outcomes.new_job(a_job(2))])
    assert ledger.job(a_job(2).job_id) is not None
    ledger.close()


class FailingCommit(apsw.Connection):
    """A connection whose COMMIT fails, which ends the transaction as SQLite often does."""

    ends = True

    def execute(self, statements: str, *rest: object, **more: object) -> apsw.Cursor:
        if statements == "COMMIT":
            if self.ends:
                super().execute("ROLLBACK")
            raise apsw.IOError("disk I/O error")
        return super().execute(statements)


def test_a_queue_that_the_disk_does_not_let_be_made_is_told_and_made_later(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(apsw, "Connection", FailingCommit)
        with pytest.raises(EnvironmentProblem, match="cannot be read or written"):
            SqliteLedger(tmp_path, clock)
    ledger = SqliteLedger(tmp_path, clock)
    stored(ledger, a_job(1))
    ledger.close()


def test_where_not_even_the_burial_can_be_stored_no_transaction_stays_open(
    tmp_path: Path,
) -> None:
    connection = FailingCommit(str(tmp_path / "console.db"))
    connection.ends = False
    bury_failed_commit(connection)
    assert not connection.in_transaction
    connection.close()
