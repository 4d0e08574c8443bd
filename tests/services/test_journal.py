"""Group commit: many wait for one sync, each gets its own answer, and nobody waits for ever."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import JobState, TriggerJob
from console.domain.payload import TriggerPayload
from console.domain.records import RecordDraft
from console.services import outcomes
from console.services.events import JobChanged, Notice, TrailGrew
from console.services.journal import Journal, writing_stopped
from console.services.ports import DateUnconfirmed, TrailBehind, TrailUnsynced, Write
from tests.fake_ledger import MemoryLedger
from tests.fakes import START, World, settle

UNSYNCED = "The disk did not confirm the last audit records."


class PickyLedger(MemoryLedger):
    """Fails a whole commit for one job that it cannot take, as a database does; may be slow."""

    def __init__(self) -> None:
        super().__init__()
        self.poison = ""
        self.gate: threading.Event | None = None
        self.notices: tuple[str, ...] = ()
        self.unsynced = False
        self.date_in_doubt = False

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        if self.gate is not None:
            assert self.gate.wait(10)
        if any(write.job is not None and write.job.job_id == self.poison for write in writes):
            raise UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed")
        if self.date_in_doubt:
            raise DateUnconfirmed("This computer's date is far ahead.")
        results = super().commit(writes)
        if self.unsynced:
            raise TrailBehind(UNSYNCED, results) from TrailUnsynced(UNSYNCED)
        return results

    def check(self) -> None:
        super().check()
        self.unsynced = False

    def settle(self) -> tuple[str, ...]:
        if self.unsynced:
            raise TrailUnsynced(UNSYNCED)
        super().settle()
        return self.notices


class Bench(World):
    """A journal over a picky ledger."""

    def __init__(self, thread: Executor | None = None) -> None:
        super().__init__()
        self.picky = PickyLedger()
        self.journal = Journal(self.picky, self.tasks, self.hub, thread)

    def behind(self) -> str | None:
        return self.journal.behind

    def told_of(self, kind: type) -> list[object]:
        return [event for event in self.told if isinstance(event, kind)]


def new(number: int) -> Write:
    return outcomes.new_job(
        TriggerJob(
            job_id=f"job-{number}",
            profile="demo",
            fingerprint="print",
            payload=TriggerPayload("wf", {}),
            operator="op-north",
            operator_reason="",
            salt=b"0123456789abcdef",
            queued_at=START,
        )
    )


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def threaded() -> Iterator[Bench]:
    with ThreadPoolExecutor(1) as thread:
        yield Bench(thread)


async def test_writes_that_come_together_share_one_commit_and_keep_their_order(
    bench: Bench,
) -> None:
    jobs = await asyncio.gather(*(bench.journal.job(new(number)) for number in range(8)))
    assert bench.picky.commits == 1
    assert [job.number for job in jobs] == list(range(1, 9))
    told = [event.job for event in bench.told if isinstance(event, JobChanged)]
    assert told == jobs
    assert len(bench.told_of(TrailGrew)) == 1


async def test_what_comes_during_a_sync_goes_with_the_next(threaded: Bench) -> None:
    threaded.picky.gate = threading.Event()
    first = threaded.tasks.start(threaded.journal.job(new(1)), "first")
    await settle(5)
    others = [threaded.tasks.start(threaded.journal.job(new(n)), "other") for n in range(2, 6)]
    await settle(5)
    assert not first.done()
    threaded.picky.gate.set()
    await asyncio.gather(first, *others)
    assert threaded.picky.commits == 2


async def test_a_refused_write_is_told_to_its_caller_alone(bench: Bench) -> None:
    await bench.journal.job(new(1))
    results = await asyncio.gather(
        *(bench.journal.job(new(number)) for number in (1, 2)), return_exceptions=True
    )
    assert isinstance(results[0], Refusal)
    assert isinstance(results[1], TriggerJob)


async def test_one_write_that_spoils_a_commit_fails_alone_and_the_others_are_stored(
    bench: Bench,
) -> None:
    bench.picky.poison = "job-2"
    results = await asyncio.gather(
        *(bench.journal.job(new(number)) for number in (1, 2, 3)), return_exceptions=True
    )
    assert isinstance(results[1], UnicodeEncodeError)
    assert sorted(bench.picky.rows) == ["job-1", "job-3"]
    assert isinstance(results[0], TriggerJob)
    assert (await bench.journal.job(new(4))).number == 3
    assert bench.crashes == []


async def test_on_a_full_disk_every_waiting_caller_learns_that_nothing_was_stored(
    bench: Bench,
) -> None:
    bench.picky.full = True
    results = await asyncio.gather(
        *(bench.journal.job(new(number)) for number in (1, 2)), return_exceptions=True
    )
    assert [type(result) for result in results] == [EnvironmentProblem] * 2
    assert bench.picky.rows == {}
    assert bench.told == []


async def test_a_trail_that_lags_behind_is_told_once_and_made_good_by_settling(
    bench: Bench,
) -> None:
    bench.picky.trail_full = True
    for number in (1, 2):
        assert (await bench.journal.job(new(number))).state is JobState.QUEUED
    assert bench.behind() == "The trail cannot be written: disk full."
    assert bench.told_of(TrailGrew) == []
    with pytest.raises(EnvironmentProblem):
        await bench.journal.settle()
    assert [notice.code for notice in bench.told if isinstance(notice, Notice)] == ["trail-behind"]
    bench.picky.trail_full = False
    await bench.journal.settle()
    assert bench.behind() is None
    assert [draft.event_type for draft in bench.picky.trail] == ["TRIGGER_QUEUED"] * 2
    notices = [event for event in bench.told if isinstance(event, Notice)]
    assert [(notice.level, notice.code) for notice in notices] == [
        ("error", "trail-behind"),
        ("info", "trail-behind"),
    ]


async def test_a_disk_that_did_not_confirm_goes_on_after_a_persons_check(bench: Bench) -> None:
    await bench.journal.job(new(1))
    bench.picky.unsynced = True
    await bench.journal.job(new(2))
    (notice,) = (event for event in bench.told if isinstance(event, Notice))
    assert notice.action == "Check and resume"
    with pytest.raises(EnvironmentProblem):
        await bench.journal.settle()
    assert bench.journal.closed.is_set()
    assert sum(isinstance(event, Notice) for event in bench.told) == 1
    await bench.journal.check()
    assert bench.behind() is None
    assert not bench.journal.closed.is_set()


async def test_a_start_on_a_disk_that_does_not_confirm_is_told_by_whoever_starts(
    bench: Bench,
) -> None:
    bench.picky.unsynced = True
    with pytest.raises(EnvironmentProblem) as failed:
        await bench.journal.settle()
    assert bench.told == []
    assert bench.journal.closed.is_set()
    assert writing_stopped(failed.value).action == "Check and resume"


async def test_a_date_far_ahead_is_asked_about_once_until_a_person_says_yes(bench: Bench) -> None:
    bench.picky.date_in_doubt = True
    for number in (1, 2):
        with pytest.raises(DateUnconfirmed):
            await bench.journal.job(new(number))
    (notice,) = bench.told
    assert isinstance(notice, Notice)
    assert (notice.code, notice.action) == ("confirm-date", "The date is right")
    bench.journal.confirm_date()
    bench.picky.date_in_doubt = not bench.picky.date_confirmed
    assert (await bench.journal.job(new(1))).number == 1


async def test_what_was_recovered_is_told(bench: Bench) -> None:
    bench.picky.notices = ("A torn line was moved aside.",)
    await bench.journal.settle()
    assert bench.told == [Notice("warning", "A torn line was moved aside.", "trail-recovered")]


async def test_a_caller_that_goes_away_leaves_its_write_done(threaded: Bench) -> None:
    threaded.picky.gate = threading.Event()
    writing = threaded.tasks.start(threaded.journal.job(new(1)), "writing")
    await settle(5)
    writing.cancel()
    await settle(5)
    assert writing.cancelled()
    threaded.picky.gate.set()
    await threaded.journal.drained()
    assert "job-1" in threaded.picky.rows
    assert len(threaded.told_of(JobChanged)) == 1


@pytest.mark.parametrize("fails", [False, True])
async def test_a_commit_under_way_at_the_end_is_finished_and_told(
    threaded: Bench, fails: bool
) -> None:
    threaded.picky.gate = threading.Event()
    threaded.picky.full = fails
    threaded.tasks.start(threaded.journal.job(new(1)), "writing")
    await settle(5)
    closing = asyncio.gather(threaded.tasks.close())
    await settle(5)
    threaded.picky.gate.set()
    await closing
    assert ("job-1" in threaded.picky.rows) is not fails
    assert len(threaded.told_of(JobChanged)) == (0 if fails else 1)


async def test_a_write_without_a_job_returns_none_and_lets_the_trail_grow(bench: Bench) -> None:
    record = RecordDraft("CONSOLE_STARTED", {"version": "1"})
    assert await bench.journal.write(Write(records=(record,))) is None
    assert await bench.journal.write(Write(values={"pause": "now"})) is None
    assert bench.picky.trail == [record]
    assert len(bench.told_of(TrailGrew)) == 1
