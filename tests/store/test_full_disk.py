"""On a full disk nothing new is taken, and what is in flight is still stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import apsw
import pytest

from console.domain.errors import EnvironmentProblem
from console.domain.job import JobState, TriggerJob
from console.domain.retry import Review
from console.services import outcomes
from console.store import reserve as reserve_module
from console.store.audit_log import AuditLog, TrailWriteFailed
from console.store.ledger import SqliteLedger
from console.store.reserve import Reserve
from tests.fakes import START, ManualClock
from tests.store.test_ledger import a_job, stored, types


class Disk:
    """A disk that can be full: writes fail until the reserve is given up or space is made."""

    def __init__(self) -> None:
        self.full = False
        self.releases = 0


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk()
    transaction, append = SqliteLedger._transaction, AuditLog.append
    release, make = Reserve.release, Reserve.make

    def guarded(self: SqliteLedger, *rest: object) -> object:
        if disk.full:
            raise apsw.FullError("database or disk is full")
        return transaction(self, *rest)  # type: ignore[arg-type]

    def appended(self: AuditLog, lines: object) -> None:
        if disk.full:
            raise TrailWriteFailed("The disk is full.")
        append(self, lines)  # type: ignore[arg-type]

    def released(self: Reserve) -> bool:
        if not release(self):
            return False
        disk.full = False
        disk.releases += 1
        return True

    def made(self: Reserve) -> bool:
        return not (disk.full or disk.releases) and make(self)

    monkeypatch.setattr(SqliteLedger, "_transaction", guarded)
    monkeypatch.setattr(AuditLog, "append", appended)
    monkeypatch.setattr(Reserve, "release", released)
    monkeypatch.setattr(Reserve, "make", made)
    return disk


@pytest.fixture
def ledger(tmp_path: Path, disk: Disk) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, ManualClock())
    yield opened
    opened.close()


def test_an_outcome_in_flight_is_stored_from_the_reserve_and_nothing_new_is_taken(
    ledger: SqliteLedger, disk: Disk, tmp_path: Path
) -> None:
    first, second = stored(ledger, a_job(1)), stored(ledger, a_job(2))
    claimed = ledger.commit([outcomes.change(first, first.move(JobState.SENDING, START))])[0]
    assert isinstance(claimed, TriggerJob)
    disk.full = True
    failed = outcomes.review(claimed, Review("cut", "unknown"), START)
    claim = outcomes.change(second, second.move(JobState.SENDING, START))
    results = ledger.commit([failed, claim, outcomes.new_job(a_job(3))])
    assert isinstance(results[0], TriggerJob)
    assert [type(result) for result in results[1:]] == [EnvironmentProblem] * 2
    assert types(tmp_path)[-1] == "TRIGGER_REVIEW"
    disk.releases = 0  # space was made
    again = ledger.commit([claim, outcomes.new_job(a_job(3))])
    assert all(isinstance(result, TriggerJob) for result in again)


def test_without_any_reserve_left_the_full_disk_is_told_and_nothing_is_half_written(
    ledger: SqliteLedger, disk: Disk
) -> None:
    stored(ledger, a_job(1))
    assert Reserve(ledger._path.parent).release()
    disk.full = True
    with pytest.raises(EnvironmentProblem, match="full"):
        ledger.commit([outcomes.new_job(a_job(2))])
    assert ledger.job(a_job(2).job_id) is None


def test_a_reserve_is_an_eighth_of_what_is_free_and_at_most_sixteen_mebibytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Reserve(tmp_path)
    assert kept.make()
    assert (tmp_path / "reserve").stat().st_size == reserve_module.FULL_SIZE
    assert kept.make()
    assert kept.release()
    assert not kept.release()
    usage = SimpleNamespace(free=8 * 1024 * 1024)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert kept.make()
    assert (tmp_path / "reserve").stat().st_size == 1024 * 1024
    kept.release()
    usage.free = 1000
    assert not kept.make()
    assert list(tmp_path.iterdir()) == []


def test_space_given_back_on_a_full_disk_is_not_taken_for_space_that_somebody_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Reserve(tmp_path)
    assert kept.make()
    usage = SimpleNamespace(free=4096)
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    assert kept.release()
    usage.free = reserve_module.FULL_SIZE
    assert not kept.make()
    usage.free = 2 * reserve_module.FULL_SIZE
    assert kept.make()
