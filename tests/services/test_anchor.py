"""Anchoring by itself: at each day's close and every N minutes, never in the sender's way."""

import asyncio
import hashlib
from datetime import timedelta
from itertools import pairwise

import pytest

from console.domain.anchor import ANCHORED_KEY, AnchorState, Held, Outgoing, PlaceKind
from console.domain.audit import EventType
from console.domain.errors import ConsoleError, EnvironmentProblem, NotSent, Rejected
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.hashes import EMPTY_ROOT
from console.domain.tlog.keys import SigningKey
from console.services.anchor import LOOK_S, Anchoring, refused
from console.services.events import Event, Hub, Notice, TrailAnchored
from console.services.journal import Journal
from console.services.ports import RecordDraft, Write
from console.services.tasks import Tasks
from tests.fake_ledger import MemoryLedger
from tests.fakes import START, ManualClock, settle

KEY = SigningKey("cxone-audit/a", bytes(32))
ORIGIN = KEY.name


class Someone:
    """A place that keeps what it gets, unless `error` says no; `gate` makes it slow."""

    kind = PlaceKind.FOLDER

    def __init__(self, name="there"):
        self.name, self.key = name, f"folder:{name}"
        self.got = []
        self.error = None
        self.gate = None

    async def hand(self, outgoing):
        if self.gate is not None:
            await self.gate.wait()
        if self.error is not None:
            raise self.error
        self.got.append(outgoing.states.size)
        return {"file": f"{outgoing.states.size}.checkpoint"}


class Desk:
    """A trail in memory whose every record is sealed at once, and the anchoring over it."""

    def __init__(self, *places, minutes=60.0, start=START):
        self.clock = ManualClock(start)
        self.ledger = MemoryLedger()
        self.hub, self.tasks = Hub(), Tasks()
        self.told: list[Event] = []
        self.hub.listen(self.told.append)
        self.journal = Journal(self.ledger, self.tasks, self.hub)
        self.head_error = None
        self.here = True
        self.places = places
        self.anchoring = self.again(minutes)

    def again(self, minutes=60.0):
        return Anchoring(
            self.places,
            self.head,
            self.ledger,
            self.journal,
            self.clock,
            self.hub,
            self.tasks,
            timedelta(minutes=minutes),
            lambda: self.here,
        )

    def head(self):
        if self.head_error is not None:
            raise self.head_error
        size = len(self.ledger.trail)
        root = hashlib.sha256(str(size).encode()).digest() if size else EMPTY_ROOT
        states = Checkpoint(ORIGIN, size, root)
        return Outgoing(states.signed([KEY]), states) if size else None

    async def record(self, count=1):
        for _ in range(count):
            draft = RecordDraft(EventType.QUEUE_PAUSED, {})
            await self.journal.write(Write(records=(draft,)))

    @property
    def anchored(self):
        return [one.payload for one in self.ledger.trail if one.event_type == "AUDIT_ANCHORED"]

    @property
    def notices(self):
        return [(one.level, one.text) for one in self.told if isinstance(one, Notice)]

    async def run(self):
        self.running = self.tasks.start(self.anchoring.run(), "anchors")
        await settle()

    async def end(self):
        self.anchoring.stop()
        await self.clock.advance(LOOK_S)
        await self.tasks.close()
        assert not self.tasks.broken.is_set()


@pytest.fixture
async def there():
    return Someone()


async def test_the_first_checkpoint_is_handed_over_at_once_and_put_on_record(there):
    desk = Desk(there)
    await desk.record(3)
    await desk.run()
    assert there.got == [3]
    [payload] = desk.anchored
    root = desk_root(3)
    assert {key: payload[key] for key in ("kind", "place", "size", "root", "file")} == {
        "kind": "folder",
        "place": "there",
        "size": 3,
        "root": root,
        "file": "3.checkpoint",
    }
    assert "operator" not in payload
    await desk.end()


def desk_root(size):
    return hashlib.sha256(str(size).encode()).hexdigest()


async def test_where_nothing_else_happens_an_anchoring_is_not_followed_by_another(there):
    desk = Desk(there, Someone("second"), minutes=1)
    await desk.record()
    await desk.run()
    await desk.clock.advance(2 * 3600)
    assert there.got == [1]
    assert len(desk.ledger.trail) == 3
    await desk.end()


async def test_places_that_take_turns_in_failing_come_to_rest_too(there):
    second = Someone("second")
    second.error = NotSent("away")
    desk = Desk(there, second, minutes=1)
    await desk.record()
    await desk.run()
    await desk.clock.advance(600)
    second.error = None
    await desk.clock.advance(3600)
    before = len(desk.ledger.trail)
    await desk.clock.advance(2 * 3600)
    assert len(desk.ledger.trail) == before <= 6
    assert there.got[0] == 1
    assert second.got
    await desk.end()


async def test_what_is_new_goes_out_when_the_minutes_are_over(there):
    desk = Desk(there, minutes=10)
    await desk.record()
    await desk.run()
    await desk.record(2)
    await desk.clock.advance(9 * 60)
    assert there.got == [1]
    await desk.clock.advance(60 + LOOK_S)
    assert there.got == [1, 4]
    await desk.end()


async def test_with_zero_minutes_the_days_close_alone_brings_it_out(there):
    desk = Desk(there, minutes=0, start=START.replace(hour=23))
    await desk.record()
    await desk.run()
    await desk.record()
    await desk.clock.advance(3600 - LOOK_S)
    assert there.got == [1]
    await desk.clock.advance(2 * LOOK_S)
    assert there.got == [1, 3]
    await desk.end()


async def test_only_the_sender_anchors_by_itself_and_a_trail_without_records_waits(there):
    desk = Desk(there)
    desk.here = False
    await desk.run()
    await desk.record()
    await desk.clock.advance(60)
    assert there.got == []
    desk.here = True
    await desk.clock.advance(LOOK_S)
    assert there.got == [1]
    await desk.end()
    empty = Desk(Someone())
    await empty.run()
    await empty.clock.advance(60)
    assert empty.anchored == []
    await empty.end()


async def test_a_failure_is_told_once_tried_less_and_less_often_and_its_end_is_told(there):
    there.error = NotSent("No connection to h")
    tries = []
    real = there.hand

    async def counted(outgoing):
        tries.append(desk.clock.monotonic())
        return await real(outgoing)

    there.hand = counted
    desk = Desk(there)
    await desk.record()
    await desk.run()
    await desk.clock.advance(600)
    waits = [round(after - before) for before, after in pairwise(tries)]
    assert waits == [60, 120, 240]
    assert desk.notices == [
        ("warning", "The trail's checkpoint was not kept outside (there): No connection to h.")
    ]
    assert desk.anchored == []
    there.error = None
    await desk.clock.advance(600)
    assert desk.notices[1:] == [("info", "The checkpoint is kept outside again: there.")]
    assert len(desk.anchored) == 1
    await desk.end()


async def test_a_place_that_never_answers_holds_up_neither_the_others_nor_the_sender(there):
    slow = Someone("slow")
    slow.gate = asyncio.Event()
    desk = Desk(there, slow)
    await desk.record()
    await desk.run()
    assert [one["place"] for one in desk.anchored] == ["there"]
    await desk.record()  # the sender's own writes go on
    slow.gate.set()
    await settle()
    assert [one["place"] for one in desk.anchored] == ["there", "slow"]
    assert slow.got == [1]
    await desk.end()


async def test_a_success_that_cannot_be_recorded_is_told_and_tried_again(there):
    desk = Desk(there)
    await desk.record()
    desk.ledger.full = True
    await desk.run()
    assert desk.anchored == []
    [(level, text)] = [one for one in desk.notices if "It was kept" in one[1]]
    assert (level, "that is not on record" in text) == ("warning", True)
    desk.ledger.full = False
    await desk.clock.advance(60 + LOOK_S)
    assert there.got == [1, 1]
    assert len(desk.anchored) == 1
    await desk.end()


async def test_trouble_with_our_own_trail_is_told_once_and_ends_nothing(there):
    desk = Desk(there)
    desk.head_error = EnvironmentProblem("The audit folder cannot be used")
    await desk.run()
    await desk.clock.advance(60)
    assert desk.notices == [("warning", "The audit folder cannot be used")]
    desk.head_error = None
    await desk.record()
    await desk.clock.advance(LOOK_S)
    assert there.got == [1]
    assert desk.notices[1:] == [("info", "The trail's checkpoint can be read again.")]
    await desk.end()


async def test_nothing_is_handed_over_while_records_cannot_reach_the_trail(there):
    desk = Desk(there)
    await desk.record()
    desk.journal.behind = "The disk is full"
    await desk.run()
    await desk.clock.advance(60)
    assert there.got == []
    desk.journal.behind = None
    await desk.clock.advance(LOOK_S)
    assert there.got == [1]
    await desk.end()


async def test_without_places_what_another_process_anchored_is_told_once_and_no_more():
    desk = Desk()
    await desk.run()
    await desk.clock.advance(60)
    assert desk.told == [TrailAnchored(None, 0)]
    held = Held(PlaceKind.URL, "h", ORIGIN, 3, "00", START)
    desk.ledger.values[ANCHORED_KEY] = AnchorState().taken("x", held).to_text()
    await desk.clock.advance(60)
    assert desk.told[1:] == [TrailAnchored(held, 0)]
    await desk.end()


async def test_a_record_that_came_in_between_makes_one_more_anchoring_and_no_chain(
    there, monkeypatch
):
    desk = Desk(there, minutes=1)
    await desk.record()
    real = desk.journal.write

    async def crowded(write):
        if write.records and write.records[0].event_type == "AUDIT_ANCHORED" and not desk.anchored:
            await desk.record()
        return await real(write)

    monkeypatch.setattr(desk.journal, "write", crowded)
    await desk.run()
    await desk.clock.advance(3600)
    assert there.got == [1, 3]
    await desk.end()


async def test_a_restart_remembers_what_each_place_holds(there):
    desk = Desk(there)
    await desk.record()
    await desk.run()
    last = AnchorState.from_text(desk.ledger.value(ANCHORED_KEY)).last
    assert last is not None
    assert last.size == 1
    await desk.end()
    desk.tasks = Tasks()
    desk.journal = Journal(desk.ledger, desk.tasks, desk.hub)
    desk.anchoring = desk.again()
    desk.told.clear()
    await desk.run()
    assert desk.told == [TrailAnchored(last, 1)]
    assert there.got == [1]
    await desk.end()


# --- now, because a person says so ---------------------------------------------------------------


async def test_a_person_hands_it_over_at_once_whoever_sends_and_is_named(there):
    desk = Desk(there)
    desk.here = False
    await desk.record()
    for _ in range(2):
        outcomes = await desk.anchoring.hand_now("ana")
        assert refused(outcomes) is None
    assert there.got == [1, 2]
    assert [one["operator"] for one in desk.anchored] == ["ana", "ana"]
    told = desk.told[-1]
    assert isinstance(told, TrailAnchored)
    assert told.last is not None
    assert told.last.size == 2
    await desk.end()


async def test_a_trail_without_records_has_nothing_to_hand_over(there):
    desk = Desk(there)
    with pytest.raises(ConsoleError, match="no checkpoint yet"):
        await desk.anchoring.hand_now("ana")
    await desk.end()


async def test_a_no_decides_over_a_place_that_was_away(there):
    no, away = Someone("no"), Someone("away")
    no.error, away.error = Rejected("h refused it (403)"), NotSent("No connection")
    desk = Desk(there, away, no)
    await desk.record()
    outcomes = await desk.anchoring.hand_now("ana")
    decides, only_away = refused(outcomes), refused(outcomes[:2])
    assert decides is not None
    assert only_away is not None
    assert (decides.place, decides.unreached) == (no, False)
    assert (only_away.place, only_away.unreached) == (away, True)
    assert len(desk.anchored) == 1
    await desk.end()


async def test_a_place_that_does_not_answer_in_time_was_not_reached(there, monkeypatch):
    monkeypatch.setattr("console.services.anchor.PATIENCE_S", 0.01)
    there.gate = asyncio.Event()
    desk = Desk(there)
    await desk.record()
    [outcome] = await desk.anchoring.hand_now("ana")
    assert str(outcome.error) == "there does not answer"
    assert outcome.unreached
    await desk.end()
