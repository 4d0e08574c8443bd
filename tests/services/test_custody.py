"""Before anything is sent: is this the folder it was, and does a person know how long it slept."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from console.domain.audit import EventType
from console.domain.job import JobState, TriggerJob
from console.domain.lane import explain
from console.services.commands import TriggerRequest
from console.services.custody import ALIVE_KEY, IDENTITY_KEY, Custody
from console.services.events import JobsWaited
from console.services.operator import Operator, Target
from console.services.sender import Connected, Sender
from tests.fakes import FixedDefinitions, World, settle

TARGET = Target("demo", "print")


class Seat:
    """A sender lock that is free."""

    held = False

    def acquire(self, *, block: bool = True) -> bool:
        self.held = True
        return True

    def release(self) -> None:
        self.held = False


class Unchanged:
    def changed(self) -> bool:
        return False


class Shelf(World):
    """A folder that can be copied: `identity` is what it is now."""

    def __init__(self) -> None:
        super().__init__()
        self.identity = "here"
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions(),
            clock=self.clock,
            ids=self.ids,
        )

    def custody(self) -> Custody:
        def differ(before: str, now: str) -> str:
            return "" if before == now else f"{before} became {now}"

        return Custody(self.ledger, self.journal, self.clock, lambda: self.identity, differ)

    def sender(self, *, asks: bool = False) -> Sender:
        return Sender(
            self.around,
            Seat(),
            Unchanged(),
            lambda _profile: Connected(self.tenant, "print"),
            FixedDefinitions(),
            custody=self.custody(),
            asks=asks,
        )

    async def queue(self) -> TriggerJob:
        return await self.operator.trigger(TriggerRequest("", "wf", {}), TARGET)

    def state(self, job: TriggerJob) -> JobState:
        kept = self.ledger.job(job.job_id)
        assert kept is not None
        return kept.state

    def types(self) -> list[str]:
        return [draft.event_type for draft in self.ledger.trail]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def test_a_folder_where_it_was_sends_and_notes_the_time(shelf: Shelf) -> None:
    job = await shelf.queue()
    sender = shelf.sender()
    shelf.tasks.start(sender.run(), "sender")
    await shelf.clock.advance(1)
    assert shelf.state(job) is JobState.ACCEPTED
    assert shelf.ledger.value(IDENTITY_KEY) == "here"
    first = shelf.ledger.value(ALIVE_KEY)
    await shelf.clock.advance(61)
    assert shelf.ledger.value(ALIVE_KEY) != first
    await sender.stop()
    assert shelf.crashes == []


async def test_a_copied_folder_opens_paused_and_sends_nothing_unasked(shelf: Shelf) -> None:
    await shelf.custody().take()
    queued, sent = await shelf.queue(), await shelf.queue()
    claimed = shelf.ledger.rows[sent.job_id].move(JobState.SENDING, shelf.clock.now())
    shelf.ledger.rows[sent.job_id] = claimed
    shelf.identity = "elsewhere"
    sender = shelf.sender()
    shelf.tasks.start(sender.run(), "sender")
    await shelf.clock.advance(3600)
    assert shelf.tenant.bodies == []
    assert shelf.state(sent) is JobState.REVIEW
    assert shelf.state(queued) is JobState.QUEUED
    assert shelf.types().count("FOLDER_COPIED") == 1
    assert set(shelf.types()) <= set(EventType), "the viewer would call the record not ours"
    await shelf.operator.resume("the original is switched off")
    sender.wake()
    await shelf.clock.advance(60)
    kept = shelf.ledger.rows[queued.job_id]
    assert explain(sender.lane("demo"), kept, shelf.clock.now()).code == "too-old"
    await shelf.operator.retry(kept)
    sender.wake()
    await shelf.clock.advance(5)
    assert shelf.state(queued) is JobState.ACCEPTED
    await sender.stop()
    assert shelf.crashes == []


async def test_a_crash_while_a_copy_is_noticed_notices_it_again(shelf: Shelf) -> None:
    await shelf.custody().take()
    job = await shelf.queue()
    shelf.identity = "elsewhere"
    taking = shelf.tasks.start(shelf.custody().take(), "take")
    for _ in range(4):
        await asyncio.sleep(0)
    taking.cancel()
    await settle()
    await shelf.custody().take()
    assert shelf.ledger.value(IDENTITY_KEY) == "elsewhere"
    assert shelf.ledger.rows[job.job_id].send_before is not None


@pytest.mark.parametrize(
    ("closed", "asked"), [(timedelta(minutes=14), False), (timedelta(minutes=16), True)]
)
async def test_a_window_asks_after_a_long_closed_time_before_it_sends(
    shelf: Shelf, closed: timedelta, asked: bool
) -> None:
    await shelf.custody().take()
    job = await shelf.queue()
    await shelf.clock.advance(closed.total_seconds())
    sender = shelf.sender(asks=True)
    shelf.tasks.start(sender.run(), "sender")
    await shelf.clock.advance(5)
    questions = [event for event in shelf.told if isinstance(event, JobsWaited)]
    assert [event.count for event in questions] == ([1] if asked else [])
    assert (shelf.state(job) is JobState.QUEUED) == asked
    sender.answer()
    await shelf.clock.advance(5)
    assert shelf.state(job) is JobState.ACCEPTED
    await sender.stop()


async def test_a_command_sends_after_a_long_closed_time_without_a_question(shelf: Shelf) -> None:
    await shelf.custody().take()
    job = await shelf.queue()
    await shelf.clock.advance(3600)
    sender = shelf.sender()
    shelf.tasks.start(sender.run(), "sender")
    await shelf.clock.advance(5)
    assert shelf.state(job) is JobState.ACCEPTED
    await sender.stop()
