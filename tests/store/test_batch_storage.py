"""A batch on disk: all rows or none, with what was asked for before found by one indexed query."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import apsw
import pytest

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.services import outcomes
from console.services.ports import JobFilter, Write
from console.store.ledger import SqliteLedger
from tests.fakes import START, ManualClock

OPEN: Final = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING})


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[SqliteLedger]:
    opened = SqliteLedger(tmp_path, ManualClock())
    yield opened
    opened.close()


def row(number: int, **more: object) -> TriggerJob:
    payload = TriggerPayload("wf", {"n": number})
    job = TriggerJob(
        job_id=f"00000000-0000-4000-8000-{number:012d}",
        profile="demo",
        fingerprint="print",
        payload=payload,
        operator="op-north",
        operator_reason="",
        salt=b"0123456789abcdef",
        queued_at=START,
        content_hash=payload.content_hash(),
        batch="batch-1",
        batch_row=number,
    )
    return replace(job, **more)  # type: ignore[arg-type]


def batch(*jobs: TriggerJob, **more: object) -> Write:
    writes = [outcomes.new_job(job) for job in jobs]
    write = Write(
        inserts=jobs,
        events=tuple(event for one in writes for event in one.events),
        records=tuple(draft for one in writes for draft in one.records),
    )
    return replace(write, **more)  # type: ignore[arg-type]


def records(folder: Path) -> int:
    files = (folder / "audit").glob("*.jsonl")
    return sum(file.read_bytes().count(b"TRIGGER_QUEUED") for file in files)


def test_the_rows_of_a_batch_are_numbered_in_their_order_each_with_its_record(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    assert ledger.commit([batch(row(3), row(1), row(2))]) == [None]
    kept = ledger.jobs(JobFilter(batch="batch-1"))[::-1]
    assert [(job.number, job.batch_row, job.version) for job in kept] == [
        (1, 3, 1),
        (2, 1, 1),
        (3, 2, 1),
    ]
    assert ledger.jobs(JobFilter(batch="batch-2")) == []
    assert [event.kind for event in ledger.history(kept[0].job_id)] == ["queued"]
    assert records(tmp_path) == 3


def test_one_row_that_cannot_be_stored_keeps_all_back_and_other_writes_stand(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    ledger.commit([outcomes.new_job(row(2, batch=None))])
    alone = outcomes.new_job(row(9, batch=None))
    refused, other = ledger.commit([batch(row(1), row(2), row(3)), alone])
    assert isinstance(refused, Refusal)
    assert isinstance(other, TriggerJob)
    assert ledger.jobs(JobFilter(batch="batch-1")) == []
    assert ledger.history(row(1).job_id) == []
    assert records(tmp_path) == 2


def test_a_write_whose_ground_has_moved_is_refused_and_changes_nothing(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    first = batch(row(1), when={"batch:a": None}, values={"batch:a": "seen"})
    assert ledger.commit([first]) == [None]
    second = batch(row(2), when={"batch:a": None}, values={"batch:a": "again"})
    (refused,) = ledger.commit([second])
    assert isinstance(refused, Refusal)
    assert (ledger.value("batch:a"), ledger.job(row(2).job_id)) == ("seen", None)
    third = batch(row(2), when={"batch:a": "seen"}, values={"batch:a": "again"})
    assert ledger.commit([third]) == [None]
    assert (ledger.value("batch:a"), records(tmp_path)) == ("again", 2)


def test_a_disk_that_is_full_stores_no_row(ledger: SqliteLedger, tmp_path: Path) -> None:
    ledger.commit([outcomes.new_job(row(5000, batch=None))])
    pages = int(ledger._writing.execute("PRAGMA page_count").get)
    ledger._writing.execute(f"PRAGMA max_page_count = {pages + 5}")
    with pytest.raises(EnvironmentProblem, match="full"):
        ledger.commit([batch(*(row(number) for number in range(500)))])
    assert ledger.jobs(JobFilter(batch="batch-1")) == []
    assert records(tmp_path) == 1


def test_the_newest_equal_job_of_the_profile_since_a_time_is_found(ledger: SqliteLedger) -> None:
    content = row(1).content_hash
    hour = timedelta(hours=1)
    for number, at in ((1, START), (2, START + 2 * hour), (3, START + hour)):
        ledger.commit([outcomes.new_job(row(number, content_hash=content, queued_at=at))])
    ledger.commit([outcomes.new_job(row(4, content_hash=content, profile="other"))])
    asked = [content, "f" * 64]
    found = ledger.earlier("demo", asked, START)
    assert {key: (item.label, item.queued_at, item.state) for key, item in found.items()} == {
        content: ("J-2", START + 2 * hour, JobState.QUEUED)
    }
    assert found[content].job_id == row(2).job_id
    assert ledger.earlier("demo", asked, START + 3 * hour) == {}
    assert ledger.earlier("demo", [], START) == {}


@pytest.mark.parametrize(
    ("ask", "index"),
    [
        (lambda ledger: ledger.earlier("demo", ["a"], START), "jobs_content"),
        (lambda ledger: ledger.jobs(JobFilter(OPEN, batch="batch-1"), 0, 50), "jobs_batch"),
        (lambda ledger: ledger.values_under("probe:"), "lasting"),
    ],
)
def test_what_is_asked_about_a_batch_reads_an_index_and_not_the_whole_queue(
    ledger: SqliteLedger, ask: Callable[[SqliteLedger], object], index: str
) -> None:
    asked: list[tuple[str, Any]] = []

    def keep(_cursor: object, sql: str, values: Any) -> bool:
        asked.append((sql, values))
        return True

    ledger._reading.exec_trace = keep
    ask(ledger)
    ledger._reading.exec_trace = None
    ((sql, values),) = asked
    steps = [str(step[3]) for step in ledger._reading.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert index in " ".join(steps)
    assert not any(step.startswith("SCAN") and "VIRTUAL" not in step for step in steps)


def test_only_the_chosen_jobs_are_ready_however_many_stand_before_them(
    ledger: SqliteLedger,
) -> None:
    ledger.commit([batch(*(row(number) for number in range(1, 101)))])
    chosen = frozenset({row(70).job_id, row(99).job_id})
    ready = ledger.ready("demo", 8, START, "print", chosen)
    assert [place.job_id for place in ready] == [row(70).job_id, row(99).job_id]
    assert ledger.ready("demo", 8, START, "print", frozenset()) == []
    assert len(ledger.ready("demo", 8, START, "print")) == 8


def test_lasting_values_are_found_by_the_beginning_of_their_names(ledger: SqliteLedger) -> None:
    values: dict[str, str | None] = {
        "probe:a": "1",
        "probe:\U0001f600": "2",
        "probes": "3",
        "pro": "4",
    }
    ledger.commit([Write(values=values)])
    assert ledger.values_under("probe:") == {"probe:a": "1", "probe:\U0001f600": "2"}


def test_another_connection_sees_a_batch_whole_or_not_at_all(
    ledger: SqliteLedger, tmp_path: Path
) -> None:
    other = apsw.Connection(str(tmp_path / "console.db"))
    seen: list[int] = []

    def look(*_: object) -> bool:
        seen.append(int(other.execute("SELECT count(*) FROM jobs").get))
        return False

    ledger._writing.set_progress_handler(look, 500)
    ledger.commit([batch(*(row(number) for number in range(300)))])
    ledger._writing.set_progress_handler(None)
    look()
    assert set(seen) == {0, 300}
    assert seen[-1] == 300
    other.close()
