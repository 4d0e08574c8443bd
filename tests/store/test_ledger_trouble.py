"""What the ledger does when trail and outbox disagree: nothing lost, and a person asked."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console.domain.job import JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.services import outcomes
from console.services.ports import DateUnconfirmed, TrailBehind, TrailUnsynced
from console.store import audit_log
from console.store.audit_log import AuditLog, TrailWriteFailed
from console.store.ledger import SqliteLedger
from tests.fakes import START, ManualClock
from tests.store.test_ledger import a_job, stored, types


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, clock)
    yield opened
    opened.close()


def queued_ids(folder: Path) -> list[str]:
    found = []
    for file in sorted((folder / "audit").glob("*.jsonl")):
        for line in file.read_bytes().splitlines():
            record = json.loads(line)
            if record["event_type"] == "TRIGGER_QUEUED":
                found.append(record["payload"]["jobId"])
    return found


def trail_file(folder: Path) -> Path:
    return next((folder / "audit").glob("*.jsonl"))


def test_a_record_that_must_move_behind_foreign_bytes_survives_a_full_disk_meanwhile(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(ledger, a_job(1))

    def full(*_: object) -> None:
        raise TrailWriteFailed("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        with pytest.raises(TrailBehind):
            ledger.commit([outcomes.new_job(a_job(2))])
        with trail_file(tmp_path).open("ab") as stream:
            stream.write(b'{"somebody": "else"}\n')
        with pytest.raises(TrailWriteFailed):
            ledger.settle()
    ledger.settle()
    assert queued_ids_of_valid(tmp_path) == [a_job(1).job_id, a_job(2).job_id]
    ledger.settle()
    assert queued_ids_of_valid(tmp_path) == [a_job(1).job_id, a_job(2).job_id]


def queued_ids_of_valid(folder: Path) -> list[str]:
    text = trail_file(folder).read_text(encoding="utf-8")
    kept = [line for line in text.splitlines() if "compliance_hash" in line]
    records = [json.loads(line) for line in kept]
    return [r["payload"]["jobId"] for r in records if r["event_type"] == "TRIGGER_QUEUED"]


def test_after_a_failed_sync_only_a_persons_check_lets_records_go_on(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(ledger, a_job(1))

    def broken(_: int) -> None:
        raise OSError(5, os.strerror(5))

    with monkeypatch.context() as patch:
        patch.setattr(audit_log, "sync", broken)
        with pytest.raises(TrailBehind) as caught:
            ledger.commit([outcomes.new_job(a_job(2))])
        assert isinstance(caught.value.__cause__, TrailUnsynced)
        with pytest.raises(TrailUnsynced):
            ledger.check()
    with pytest.raises(TrailBehind):
        ledger.commit([outcomes.new_job(a_job(3))])
    ledger.check()
    ledger.settle()
    assert queued_ids(tmp_path) == [a_job(number).job_id for number in (1, 2, 3)]


def test_a_date_far_past_the_last_record_is_recorded_only_after_a_persons_yes(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    stored(ledger, a_job(1))
    clock.jump(timedelta(days=40).total_seconds())
    with pytest.raises(DateUnconfirmed, match="Correct the clock"):
        ledger.commit([outcomes.new_job(a_job(2))])
    assert ledger.job(a_job(2).job_id) is None
    ledger.confirm_date()
    stored(ledger, a_job(2))
    assert types(tmp_path).count("CLOCK_CHANGED") == 1
    clock.jump(timedelta(days=40).total_seconds())
    with pytest.raises(DateUnconfirmed):
        ledger.commit([outcomes.new_job(a_job(3))])


def test_a_record_the_rule_cannot_carry_refuses_its_own_write_and_no_other(
    ledger: SqliteLedger,
) -> None:
    from console.domain.audit import UnfitPayload
    from console.services.ports import RecordDraft, Write

    with pytest.raises(UnfitPayload):
        ledger.commit([Write(records=(RecordDraft("WORKFLOW_TRIGGERED", {"id": "\ud800"}),))])
    stored(ledger, a_job(1, payload=TriggerPayload("wf", {}, 5), queued_at=START))


def queue_and_be_killed(ledger: SqliteLedger, number: int) -> None:
    """Store a job and end before its record reaches the trail."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AuditLog, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            ledger.commit([outcomes.new_job(a_job(number))])
    ledger._trail_lock.release()
    ledger.close()


def claim(ledger: SqliteLedger, number: int) -> TriggerJob:
    job = ledger.job(a_job(number).job_id)
    assert job is not None
    sending = job.move(JobState.SENDING, START)
    told = outcomes.event(sending, START, "attempt", "Attempt 1 of 3")
    stored_claim = ledger.commit([outcomes.change(job, sending, told)])[0]
    assert isinstance(stored_claim, TriggerJob)
    return stored_claim


def test_a_job_of_a_killed_process_is_sent_only_after_its_record_is_in_the_trail(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    queue_and_be_killed(SqliteLedger(tmp_path, clock), 1)
    assert not list((tmp_path / "audit").glob("*.jsonl"))
    assert claim(ledger, 1).state is JobState.SENDING
    assert queued_ids(tmp_path) == [a_job(1).job_id]


def test_a_claim_whose_jobs_record_cannot_reach_the_trail_says_so(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue_and_be_killed(SqliteLedger(tmp_path, clock), 1)

    def full(*_: object) -> None:
        raise TrailWriteFailed("The disk is full.")

    monkeypatch.setattr(AuditLog, "append", full)
    with pytest.raises(TrailBehind):
        claim(ledger, 1)


def test_another_processes_waiting_record_is_not_taken_for_one_of_our_own(
    ledger: SqliteLedger, tmp_path: Path, clock: ManualClock
) -> None:
    for number in (1, 2):
        stored(ledger, a_job(number))
    other = SqliteLedger(tmp_path, clock)
    other.settle()  # our one row is in the trail and leaves the outbox; the next one is not ours
    queue_and_be_killed(other, 3)
    stored(ledger, a_job(4))
    assert queued_ids(tmp_path) == [a_job(number).job_id for number in (1, 2, 3, 4)]
    assert ledger.settle() == ()
