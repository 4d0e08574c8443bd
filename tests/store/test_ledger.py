"""The queue on disk: atomic with its records, versions kept, everything there after a crash."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import apsw
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit import check_line
from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import FoundBy, JobState, TriggerJob, Wait
from console.domain.payload import TriggerPayload
from console.services import outcomes
from console.services.ports import JobFilter, RecordDraft, TrailBehind, Write
from console.store.audit_log import AuditLog, TrailWriteFailed
from console.store.job_rows import from_row, micros, moment, to_row
from console.store.ledger import SqliteLedger
from tests.fakes import START, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ledger(tmp_path: Path, clock: ManualClock) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, clock)
    yield opened
    opened.close()


def a_job(number: int = 1, **more: object) -> TriggerJob:
    values: dict[str, object] = {
        "job_id": f"00000000-0000-4000-8000-{number:012d}",
        "profile": "demo",
        "fingerprint": "print",
        "payload": TriggerPayload("wf", {"customerId": "CUST-99887", "big": 10**30}, 2, {"a": "b"}),
        "operator": "op-north",
        "operator_reason": "ticket 4711",
        "salt": b"0123456789abcdef",
        "queued_at": START,
    }
    return TriggerJob(**(values | more))  # type: ignore[arg-type]


def stored(ledger: SqliteLedger, job: TriggerJob) -> TriggerJob:
    result = ledger.commit([outcomes.new_job(job)])[0]
    assert isinstance(result, TriggerJob)
    return result


def lines(folder: Path) -> list[dict[str, object]]:
    found = []
    for file in sorted((folder / "audit").glob("*.jsonl")):
        found += [json.loads(line) for line in file.read_bytes().splitlines()]
    return found


def types(folder: Path) -> list[str]:
    return [str(line["event_type"]) for line in lines(folder)]


def test_a_new_job_stands_in_the_queue_and_its_record_in_the_trail(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    job = stored(ledger, a_job())
    assert (job.number, job.version) == (1, 1)
    assert ledger.job(job.job_id) == job
    assert types(tmp_path) == ["AUDIT_FILE_OPENED", "TRIGGER_QUEUED"]
    record = (tmp_path / "audit").glob("*.jsonl").__next__().read_bytes().splitlines()[1]
    assert check_line(record).verdict == "intact"
    assert b"CUST-99887" not in record


def test_every_field_of_a_job_comes_back_as_it_was(ledger: SqliteLedger) -> None:
    late = START + timedelta(microseconds=123457)
    full = a_job(
        state=JobState.WAITING,
        wait=Wait.LOOKUP,
        look=2,
        looks_absent=1,
        reason="cut",
        reason_code="unknown",
        until=late,
        attempts=2,
        thrown_back=3,
        thrown_back_since=late,
        attempt_started_at=late,
        first_checked_at=late,
        changed_at=late,
        finished_at=late,
        latency_ms=12.25,
        api_ms=3.5,
        instance_id="inst-9223372036854775807",
        instance_status="running",
        completed_at=late,
        found_by=FoundBy.LOOKUP,
        error_code="unknown",
        error_status=503,
        error_field="/context/tier",
        error_text="\u202eرسالة 😀",
        not_before=late,
        send_before=late,
        key="k",
        resend_of="other",
        may_have_run=True,
        answered_ok=True,
        workflow_title="Callback",
    )
    kept = stored(ledger, full)
    again = ledger.job(full.job_id)
    assert again == kept
    for field in fields(TriggerJob):
        if field.name not in ("number", "version"):
            assert getattr(again, field.name) == getattr(full, field.name), field.name


@given(st.datetimes(timezones=st.just(START.tzinfo)))
def test_a_time_keeps_every_microsecond(at) -> None:
    assert moment(micros(at)) == at


def test_a_row_read_back_is_the_same_value() -> None:
    job = a_job(number=7)
    row = to_row(job)
    names = [field.name for field in fields(TriggerJob)]
    assert from_row([row[name] for name in names]) == job


def test_a_decision_on_a_job_that_has_moved_on_is_refused_and_changes_nothing(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    seen = stored(ledger, a_job())
    moved = seen.move(JobState.SENDING, START)
    ledger.commit([outcomes.change(seen, moved)])
    cancelled = seen.move(JobState.CANCELLED, START)
    draft = RecordDraft("TRIGGER_CANCELLED", {"jobId": seen.job_id})
    result = ledger.commit([outcomes.change(seen, cancelled, drafts=(draft,))])[0]
    assert isinstance(result, Refusal)
    kept = ledger.job(seen.job_id)
    assert kept is not None
    assert kept.state is JobState.SENDING
    assert "TRIGGER_CANCELLED" not in types(tmp_path)


def test_one_refused_write_of_a_batch_leaves_the_others_stored(ledger: SqliteLedger) -> None:
    results = ledger.commit(
        [outcomes.new_job(a_job(1)), outcomes.new_job(a_job(1)), outcomes.new_job(a_job(2))]
    )
    assert [type(result) for result in results] == [TriggerJob, Refusal, TriggerJob]
    assert ledger.count_jobs(JobFilter()) == 2


def test_workflows_whose_jobs_may_run_after_all_are_known_for_as_long_as_asked(
    ledger: SqliteLedger,
) -> None:
    def ends(number: int, state: JobState, **more: object) -> None:
        payload = TriggerPayload(f"wf-{number}", {})
        job = stored(ledger, a_job(number, payload=payload, profile=more.pop("profile", "demo")))
        sending = ledger.commit([outcomes.change(job, job.move(JobState.SENDING, START))])[0]
        assert isinstance(sending, TriggerJob)
        ledger.commit([outcomes.change(sending, sending.move(state, START, **more))])

    ends(1, JobState.REVIEW)
    ends(2, JobState.FAILED, may_have_run=True)
    ends(3, JobState.FAILED)
    ends(4, JobState.ACCEPTED, may_have_run=True)
    ends(5, JobState.REVIEW, profile="other")
    before = START - timedelta(seconds=1)
    assert ledger.unsettled("demo", before) == ["wf-1", "wf-2"]
    assert ledger.unsettled("demo", START) == []


def test_the_same_key_is_the_same_job(ledger: SqliteLedger) -> None:
    first = stored(ledger, a_job(1, key="order-1"))
    second = ledger.commit([outcomes.new_job(a_job(2, key="order-1"))])[0]
    assert isinstance(second, Refusal)
    assert ledger.job_by_key("demo", "order-1") == first


def test_a_crash_between_the_commit_and_the_append_is_made_good_by_the_next_process(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = SqliteLedger(tmp_path, clock)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", killed)
        with pytest.raises(KeyboardInterrupt):
            dying.commit([outcomes.new_job(a_job())])
    dying._trail_lock.release()
    assert not list((tmp_path / "audit").glob("*.jsonl"))
    assert dying.job(a_job().job_id) is not None
    after = SqliteLedger(tmp_path, clock)
    after.settle()
    assert types(tmp_path) == ["AUDIT_FILE_OPENED", "TRIGGER_QUEUED"]
    after.settle()
    assert types(tmp_path) == ["AUDIT_FILE_OPENED", "TRIGGER_QUEUED"]
    dying.close()
    after.close()


@pytest.mark.parametrize("kept_bytes", [0, 1, 40, 300])
def test_a_crash_in_the_middle_of_an_append_loses_and_doubles_no_record(
    tmp_path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, kept_bytes: int
) -> None:
    dying = SqliteLedger(tmp_path, clock)
    stored(dying, a_job(1))
    file = next((tmp_path / "audit").glob("*.jsonl"))
    before = file.read_bytes()
    real = AuditLog.append

    def cut(self: AuditLog, planned: object) -> None:
        real(self, planned)  # type: ignore[arg-type]
        os.truncate(file, len(before) + kept_bytes)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", cut)
        with pytest.raises(KeyboardInterrupt):
            dying.commit([outcomes.new_job(a_job(2))])
    dying._trail_lock.release()
    dying.close()
    after = SqliteLedger(tmp_path, clock)
    after.settle()
    found = types(tmp_path)
    assert found.count("TRIGGER_QUEUED") == 2
    assert file.read_bytes().startswith(before)
    assert ("AUDIT_RECOVERED" in found) == (kept_bytes > 0)
    after.close()


def test_records_that_cannot_be_appended_wait_in_order_and_the_change_is_stored(
    ledger: SqliteLedger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise TrailWriteFailed("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(AuditLog, "append", full)
        for number in (1, 2):
            with pytest.raises(TrailBehind) as caught:
                ledger.commit([outcomes.new_job(a_job(number))])
            assert isinstance(caught.value.results[0], TriggerJob)
    assert ledger.count_jobs(JobFilter()) == 2
    ledger.settle()
    found = lines(tmp_path)
    ids = [line["payload"]["jobId"] for line in found if line["event_type"] == "TRIGGER_QUEUED"]  # type: ignore[index]
    assert ids == [a_job(1).job_id, a_job(2).job_id]


def test_two_processes_take_turns_in_one_trail(tmp_path: Path, clock: ManualClock) -> None:
    one, two = SqliteLedger(tmp_path, clock), SqliteLedger(tmp_path, clock)
    for number in range(1, 9):
        stored(one if number % 2 else two, a_job(number))
    found = lines(tmp_path)
    assert types(tmp_path).count("TRIGGER_QUEUED") == 8
    ids = [line["payload"]["jobId"] for line in found if line["event_type"] == "TRIGGER_QUEUED"]  # type: ignore[index]
    assert ids == [a_job(number).job_id for number in range(1, 9)]
    two.changed()  # asked once: what follows is new
    stored(one, a_job(10))
    assert two.changed()
    assert not two.changed()
    stored(two, a_job(12))
    assert not two.changed()  # what this process wrote itself is told as it is written
    stored(one, a_job(13))
    stored(two, a_job(14))
    assert two.changed()
    one.close()
    two.close()


def test_ready_jobs_come_by_priority_then_arrival_and_leave_out_what_is_not_due(
    ledger: SqliteLedger,
) -> None:
    def of(number: int, priority: int, workflow: str = "wf", **more: object) -> TriggerJob:
        return a_job(number, payload=TriggerPayload(workflow, {}, priority), **more)

    for job in (
        of(1, 5),
        of(2, 1),
        of(3, 5, "other"),
        of(4, 1, not_before=START + timedelta(hours=1)),
        of(5, 1, send_before=START - timedelta(hours=1)),
        of(6, 5),
        of(7, 5),
    ):
        stored(ledger, job)
    found = ledger.ready("demo", 2, START)
    assert [place.number for place in found] == [2, 1, 3]
    assert found[0] == (1, 2, "wf", a_job(2).job_id)
    assert ledger.next_scheduled("demo", START) == START + timedelta(hours=1)
    assert ledger.ready("elsewhere", 2, START) == []


def test_jobs_are_found_by_text_without_wildcards_and_shown_newest_first(
    ledger: SqliteLedger,
) -> None:
    for number in range(1, 6):
        stored(ledger, a_job(number, operator_reason=f"100% sure {number}"))
    assert [job.number for job in ledger.jobs(JobFilter(), 1, 2)] == [4, 3]
    assert [job.number for job in ledger.jobs(JobFilter(text="100% sure 3"))] == [3]
    assert ledger.jobs(JobFilter(text="100_ sure")) == []
    assert [job.number for job in ledger.jobs(JobFilter(text="J-2"))] == [2]


def test_what_only_a_person_can_move_is_found_as_the_job_itself_says(
    ledger: SqliteLedger,
) -> None:
    jobs = [
        a_job(1, state=JobState.REVIEW),
        a_job(2),
        a_job(3, approval_required=True),
        a_job(4, approval_required=True, approved_by="op-south"),
        a_job(5, send_before=START),
        a_job(6, send_before=START + timedelta(seconds=1)),
        a_job(7, state=JobState.FAILED, approval_required=True, send_before=START),
    ]
    kept = [stored(ledger, job) for job in jobs]
    wanted = JobFilter(person_at=START)
    assert [job.number for job in ledger.jobs(wanted)] == [5, 3, 1]
    assert ledger.count_jobs(wanted) == 3
    assert [job.number for job in reversed(kept) if job.needs_person(START)] == [5, 3, 1]


def test_figures_are_the_tutorials_and_count_jobs_that_ended(ledger: SqliteLedger) -> None:
    for number, (latency, state) in enumerate(
        [(10.0, JobState.ACCEPTED), (30.0, JobState.FAILED), (20.0, JobState.ACCEPTED)], start=1
    ):
        stored(ledger, a_job(number, latency_ms=latency, state=state))
    stored(ledger, a_job(9))
    (found,) = ledger.figures()
    assert (found.success_rate, found.avg_latency_ms, found.total_executions) == (2 / 3, 20.0, 3)
    assert (found.p50_ms, found.p95_ms, found.p99_ms) == (20.0, 30.0, 30.0)
    assert ledger.figures("never") == []


def test_the_queue_is_for_its_owner_alone(ledger: SqliteLedger, tmp_path: Path) -> None:
    mode = stat.S_IMODE((tmp_path / "console.db").stat().st_mode)
    assert mode == 0o600


def test_a_queue_of_a_newer_console_is_refused_in_words(tmp_path: Path, clock: ManualClock) -> None:
    SqliteLedger(tmp_path, clock).close()
    db = apsw.Connection(str(tmp_path / "console.db"))
    db.pragma("user_version", 99)
    db.close()
    with pytest.raises(EnvironmentProblem, match="newer console"):
        SqliteLedger(tmp_path, clock)


def test_a_damaged_queue_is_named_in_words(tmp_path: Path, clock: ManualClock) -> None:
    (tmp_path / "console.db").write_bytes(b"this is no database" * 100)
    with pytest.raises(EnvironmentProblem, match="damaged"):
        SqliteLedger(tmp_path, clock)


def test_a_lasting_value_is_kept_replaced_and_forgotten(ledger: SqliteLedger) -> None:
    ledger.commit([Write(values={"pause": "a", "other": "b"})])
    ledger.commit([Write(values={"pause": "c", "other": None})])
    assert (ledger.value("pause"), ledger.value("other")) == ("c", None)


def test_a_history_is_read_in_the_order_it_happened(ledger: SqliteLedger) -> None:
    job = stored(ledger, a_job())
    told = outcomes.event(job, START, "attempt", "Attempt 1 of 3", attempt=1)
    ledger.commit([outcomes.change(job, replace(job, attempts=1), told)])
    assert [event.kind for event in ledger.history(job.job_id)] == ["queued", "attempt"]
    assert ledger.history(job.job_id)[1].detail == {"attempt": 1}
