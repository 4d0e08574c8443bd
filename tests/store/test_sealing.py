"""The trail's seal as the queue's writer makes it: whole after every commit, whatever happens."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.services import outcomes
from console.services.ports import RecordDraft, TrailBehind, TrailUnsynced, Write
from console.store import seal_files
from console.store.audit_log import AuditLog
from console.store.ledger import SqliteLedger
from console.store.seal import Seal
from tests import naive_seal
from tests.fakes import ManualClock
from tests.store.test_ledger import a_job, lines, stored, types


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, clock)
    yield opened
    opened.close()


def seal_of(folder: Path) -> naive_seal.Sealed:
    return naive_seal.check(folder / "audit")


def trail_file(folder: Path) -> Path:
    return max((folder / "audit").glob("*.jsonl"))


def payload(folder: Path, event_type: str) -> dict[str, object]:
    (found,) = [line["payload"] for line in lines(folder) if line["event_type"] == event_type]
    assert isinstance(found, dict)
    return found


def another(folder: Path, clock: ManualClock) -> SqliteLedger:
    """Another process over the same folder."""
    return SqliteLedger(folder, clock)


def test_a_commit_returns_when_its_record_is_sealed(ledger: SqliteLedger, tmp_path: Path) -> None:
    for number in range(1, 5):
        stored(ledger, a_job(number))
        assert seal_of(tmp_path).size == number + 1


def test_files_and_folders_of_the_seal_are_this_accounts_alone(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    stored(ledger, a_job())
    for path in (tmp_path / "audit").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, path


def test_over_more_than_one_tile_the_full_ones_stay_and_no_partial_ones_pile_up(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    for number in range(12):
        ledger.commit([outcomes.new_job(a_job(100 * number + n)) for n in range(50)])
    sealed = seal_of(tmp_path)
    assert sealed.size == 601
    tiles = {
        str(path.relative_to(tmp_path / "audit" / "seal" / "tile")) for path in files(tmp_path)
    }
    # The partial tile of the checkpoint before stays, for whoever is reading by it.
    assert tiles == {"0/000", "0/001", "0/002.p/39", "0/002.p/89", "1/000.p/2"}


def files(folder: Path) -> list[Path]:
    return [path for path in (folder / "audit" / "seal" / "tile").rglob("*") if path.is_file()]


def test_two_processes_that_take_turns_seal_one_tree(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    other = another(tmp_path, clock)
    for number in range(6):
        stored((ledger, other)[number % 2], a_job(number))
    assert seal_of(tmp_path).size == 7
    assert len((tmp_path / "audit" / "seal" / "vkey").read_text().splitlines()) == 1
    other.close()


def test_an_outbox_row_is_forgotten_only_when_a_checkpoint_covers_its_line(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stored(ledger, a_job(1))
    with monkeypatch.context() as patch:
        patch.setattr(seal_files.SealFiles, "write_checkpoint", full)
        for number in (2, 3):
            with pytest.raises(TrailBehind, match="could not be sealed: the disk is full"):
                ledger.commit([outcomes.new_job(a_job(number))])
    # The lines are there or wait; none was forgotten.
    assert ledger.settle() == ()
    assert types(tmp_path).count("TRIGGER_QUEUED") == 3
    assert seal_of(tmp_path).size == 4


@pytest.mark.parametrize("step", ["write_tile", "write_checkpoint", "add_key", "make"])
@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_disk_that_refuses_any_step_of_a_seal_stops_sending_and_loses_nothing(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, step: str, error: int
) -> None:
    def refuses(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    ledger = SqliteLedger(tmp_path, clock)
    with monkeypatch.context() as patch:
        patch.setattr(seal_files.SealFiles, step, refuses)
        with pytest.raises(TrailBehind, match="could not be sealed") as caught:
            ledger.commit([outcomes.new_job(a_job(1))])
        assert (error == errno.EIO) == isinstance(caught.value.__cause__, TrailUnsynced)
    if error == errno.EIO:
        with pytest.raises(TrailUnsynced, match="check and resume"):
            ledger.settle()
        ledger.check()
    ledger.settle()
    assert types(tmp_path).count("TRIGGER_QUEUED") == 1
    assert seal_of(tmp_path).size == len(lines(tmp_path))
    ledger.close()


def test_a_seal_that_does_not_fit_is_made_in_the_space_kept_in_reserve(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = seal_files.SealFiles.write_checkpoint

    def fits(self: seal_files.SealFiles, note: bytes) -> None:
        if (tmp_path / "reserve").exists():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(self, note)

    stored(ledger, a_job(1))
    monkeypatch.setattr(seal_files.SealFiles, "write_checkpoint", fits)
    stored(ledger, a_job(2))
    assert seal_of(tmp_path).size == 3


STEPS = (
    (AuditLog, "append"),
    (seal_files.SealFiles, "write_tile"),
    (seal_files.SealFiles, "add_key"),
    (seal_files.SealFiles, "write_checkpoint"),
    (Seal, "extend"),
)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("step", range(len(STEPS)))
def test_killed_before_or_after_any_step_the_next_process_seals_each_record_once(
    tmp_path: Path, clock: ManualClock, step: int, after: bool
) -> None:
    first = SqliteLedger(tmp_path, clock)
    stored(first, a_job(1))
    owner, name = STEPS[step]
    real = getattr(owner, name)

    def killed(*rest: object, **more: object) -> None:
        if after:
            real(*rest, **more)
        raise KeyboardInterrupt

    dying = SqliteLedger(tmp_path, clock)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(owner, name, killed)
        with pytest.raises(KeyboardInterrupt):
            dying.commit([outcomes.new_job(a_job(2))])
    dying._trail_lock.release()
    stored(first, a_job(3))
    assert first.take_notices() == ()
    third = SqliteLedger(tmp_path, clock)
    assert third.settle() == ()
    assert types(tmp_path) == ["AUDIT_FILE_OPENED", *["TRIGGER_QUEUED"] * 3]
    assert seal_of(tmp_path).size == 4
    for one in (first, dying, third):
        one.close()


def test_each_day_closes_with_a_checkpoint_that_is_kept_and_named_by_the_next_day(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    for number in range(1, 4):
        stored(ledger, a_job(number))
        clock.jump(timedelta(days=1).total_seconds())
    sealed = seal_of(tmp_path)
    kept = sorted(path.name for path in (tmp_path / "audit" / "seal").glob("checkpoint.*"))
    assert kept == ["checkpoint.2", "checkpoint.4"]
    opened = [
        line["payload"] for line in lines(tmp_path) if line["event_type"] == "AUDIT_FILE_OPENED"
    ]
    all_lines = naive_seal.lines_of(tmp_path / "audit")
    for record, size in zip(opened, (0, 2, 4), strict=True):
        assert isinstance(record, dict)
        root = naive_seal.tree_hash(naive_seal.leaf_hashes(all_lines[:size])).hex()
        assert record["tree"] == {"size": size, "root": root}
    assert sealed.size == 6


def test_records_that_waited_over_midnight_close_their_day_when_they_are_sealed(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    stored(ledger, a_job(1))
    with monkeypatch.context() as patch:
        patch.setattr(seal_files.SealFiles, "write_tile", full)
        with pytest.raises(TrailBehind):
            ledger.commit([outcomes.new_job(a_job(2))])
        clock.jump(timedelta(days=1).total_seconds())
        with pytest.raises(TrailBehind):
            ledger.commit([outcomes.new_job(a_job(3))])
    ledger.settle()
    assert seal_of(tmp_path).size == 5
    assert (tmp_path / "audit" / "seal" / "checkpoint.3").exists()


def test_the_checkpoint_that_covers_an_export_is_kept(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.commit([Write(records=(RecordDraft("AUDIT_EXPORTED", {"kind": "csv"}),))])
    assert seal_of(tmp_path).size == 2
    kept = tmp_path / "audit" / "seal" / "checkpoint.2"
    assert kept.read_bytes() == (tmp_path / "audit" / "seal" / "checkpoint").read_bytes()


def test_a_clock_that_goes_back_over_midnight_goes_on_in_the_newest_file_sealed(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    clock.jump(-timedelta(days=2).total_seconds())
    stored(ledger, a_job(2))
    assert types(tmp_path) == [
        *("AUDIT_FILE_OPENED", "TRIGGER_QUEUED", "CLOCK_CHANGED", "TRIGGER_QUEUED")
    ]
    assert seal_of(tmp_path).size == 4


def test_the_point_that_the_queue_remembers_holds_no_secret(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    stored(ledger, a_job(1))
    stored(ledger, a_job(2))
    point = json.loads(ledger.value("sealed") or "")
    assert set(point) == {"origin", "size", "root", "file", "offset", "keys", "folder"}
    assert "PRIVATE" not in json.dumps(point)
