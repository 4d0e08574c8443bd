"""One sender a folder: who it is, which connections it opens, and how it hands over."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from console.domain.errors import CallError, EnvironmentProblem, NotFound, SignInRefused
from console.domain.job import JobState, TriggerJob
from console.domain.workflow import Workflow
from console.services.commands import TriggerRequest
from console.services.events import JobsReloaded, Notice, SenderChanged
from console.services.lane_state import PAUSE_KEY, lane_key
from console.services.operator import Operator, Target
from console.services.sender import CLOSE_S, WATCH_S, Connected, Sender
from tests.fakes import FixedDefinitions, ScriptedTenant, World, settle


class Chair:
    """One seat; whoever holds it sends."""

    def __init__(self) -> None:
        self.taken_by: Seat | None = None


class Seat:
    """A lock on the chair."""

    def __init__(self, chair: Chair) -> None:
        self._chair = chair

    @property
    def held(self) -> bool:
        return self._chair.taken_by is self

    def acquire(self, *, block: bool = True) -> bool:
        if self._chair.taken_by is None:
            self._chair.taken_by = self
        return self.held

    def release(self) -> None:
        if self.held:
            self._chair.taken_by = None


class Changes:
    """Says once that another process changed the queue, or that it cannot be read."""

    def __init__(self) -> None:
        self.seen = False
        self.error: EnvironmentProblem | None = None

    def changed(self) -> bool:
        if self.error is not None:
            raise self.error
        seen, self.seen = self.seen, False
        return seen


class House(World):
    """A folder with profiles; `connections` may be changed while the sender runs."""

    def __init__(self) -> None:
        super().__init__()
        self.chair = Chair()
        self.changes = Changes()
        self.connections: dict[str, Connected | Exception] = {
            "demo": Connected(self.tenant, "print")
        }
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions(),
            clock=self.clock,
            ids=self.ids,
        )

    def connect(self, profile: str) -> Connected:
        found = self.connections.get(profile, NotFound(f"There is no profile {profile!r} here."))
        if isinstance(found, Exception):
            raise found
        return found

    def sender(self, *workflows: Workflow, only: frozenset[str] | None = None) -> Sender:
        definitions = FixedDefinitions(workflows)
        seat = Seat(self.chair)
        return Sender(self.around, seat, self.changes, self.connect, definitions, only=only)

    def run(self, sender: Sender) -> asyncio.Task[None]:
        return self.tasks.start(sender.run(), "sender")

    async def queue(self, profile: str = "demo", print_: str = "print", **more: Any) -> TriggerJob:
        request = TriggerRequest("", more.pop("workflow", "wf"), {}, **more)
        return await self.operator.trigger(request, Target(profile, print_))

    def state(self, job: TriggerJob) -> JobState:
        kept = self.ledger.job(job.job_id)
        assert kept is not None
        return kept.state

    def notices(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Notice)]


@pytest.fixture
def house() -> House:
    return House()


async def test_the_sender_opens_a_lane_for_each_profile_with_jobs(house: House) -> None:
    other = ScriptedTenant(house.clock)
    house.connections["other"] = Connected(other, "print")
    first, second = await house.queue(), await house.queue("other")
    sender = house.sender()
    house.run(sender)
    await house.clock.advance(2)
    assert (house.state(first), house.state(second)) == (JobState.ACCEPTED, JobState.ACCEPTED)
    assert (len(house.tenant.bodies), len(other.bodies)) == (1, 1)
    assert sender.tenant("other") is other
    assert sender.tenant("nobody") is None
    assert sender.idle()
    await sender.stop()
    assert house.crashes == []


async def test_before_it_is_known_who_sends_nothing_is_settled(house: House) -> None:
    await house.queue()
    sender = house.sender()
    before = (sender.settled, sender.idle())
    house.run(sender)
    await house.clock.advance(2)
    assert (before, sender.settled) == ((False, False), True)
    assert SenderChanged(here=True) in house.told
    await sender.stop()


async def test_a_second_sender_waits_its_turn_and_takes_over(house: House) -> None:
    first, second = house.sender(), house.sender()
    house.run(first)
    await settle()
    house.run(second)
    await settle()
    assert (first.here, second.here) == (True, False)
    assert second.settled
    job = await house.queue()
    second.wake()
    await settle()
    assert house.tenant.bodies == []
    await first.stop()
    assert not first.here
    await house.clock.advance(WATCH_S)
    assert second.here
    assert house.state(job) is JobState.ACCEPTED
    await second.stop()


async def test_where_another_process_sends_a_paused_queue_is_idle(house: House) -> None:
    await house.operator.pause("lunch")
    await house.queue()
    first, second = house.sender(), house.sender()
    for sender in (first, second):
        house.run(sender)
        await house.clock.advance(2)
    assert (first.idle(), second.idle()) == (True, True)
    await house.operator.resume()
    assert not second.idle()
    first.wake()
    await house.clock.advance(2)
    assert second.idle()
    await first.stop()
    await second.stop()


async def test_limits_come_from_the_definitions(house: House) -> None:
    for _ in range(5):
        await house.queue()
    sender = house.sender(Workflow("wf", "WF", limit=2))
    house.run(sender)
    await house.clock.advance(0.5)
    assert len(house.tenant.bodies) == 2
    await sender.stop()


async def test_a_limit_that_changes_holds_for_a_sender_that_runs_already(house: House) -> None:
    definitions = FixedDefinitions([Workflow("wf", "Callback", limit=7)])
    sender = Sender(house.around, Seat(house.chair), house.changes, house.connect, definitions)
    await house.queue()
    house.tasks.start(sender.run(), "sender")
    await settle()
    slots = sender._lanes["demo"].slots
    assert slots.limit("wf") == 7
    definitions._workflows["wf"] = Workflow("wf", "Callback", limit=2)
    await house.clock.advance(WATCH_S)
    await settle()
    assert slots.limit("wf") == 2
    del definitions._workflows["wf"]
    await house.clock.advance(WATCH_S)
    await settle()
    assert slots.limit("wf") == 50
    await sender.stop()


async def test_a_profile_that_cannot_be_opened_is_told_once_and_its_jobs_say_why(
    house: House,
) -> None:
    house.connections["demo"] = EnvironmentProblem("This computer has no keyring.")
    job = await house.queue()
    sender = house.sender()
    house.run(sender)
    await house.clock.advance(10)
    assert house.notices() == ["This computer has no keyring."]
    assert sender.troubles == {"demo": "This computer has no keyring."}
    assert sender.lane("demo").trouble == "This computer has no keyring."
    assert sender.idle()
    house.connections["demo"] = Connected(house.tenant, "print")
    await house.clock.advance(1)
    assert house.state(job) is JobState.ACCEPTED
    assert sender.lane("demo").trouble == ""
    await sender.stop()


async def test_an_edited_profile_is_opened_anew_after_what_was_under_way_has_ended(
    house: House,
) -> None:
    house.tenant.gate = asyncio.Event()
    old = await house.queue()
    sender = house.sender()
    house.run(sender)
    await house.clock.advance(1)
    edited = ScriptedTenant(house.clock)
    house.connections["demo"] = Connected(edited, "new print")
    new = await house.queue(print_="new print")
    await house.clock.advance(2)
    assert edited.bodies == []
    house.tenant.gate.set()
    await house.clock.advance(2)
    assert (house.state(old), house.state(new)) == (JobState.ACCEPTED, JobState.ACCEPTED)
    assert (len(house.tenant.bodies), len(edited.bodies)) == (1, 1)
    assert sender.tenant("demo") is edited
    await sender.stop()
    assert house.crashes == []


async def test_a_profile_that_was_removed_sends_no_more(house: House) -> None:
    sender = house.sender()
    await house.queue()
    house.run(sender)
    await house.clock.advance(1)
    house.connections.clear()
    left = await house.queue()
    await house.clock.advance(CLOSE_S)
    assert house.state(left) is JobState.QUEUED
    assert sender.tenant("demo") is None
    assert "no profile" in sender.lane("demo").trouble
    await sender.stop()


async def test_with_one_job_to_send_the_others_are_left_alone(house: House) -> None:
    other = await house.queue("other")
    before, job = await house.queue(), await house.queue()
    sender = house.sender(only=frozenset({job.job_id}))
    house.run(sender)
    await house.clock.advance(3)
    assert house.state(job) is JobState.ACCEPTED
    assert (house.state(before), house.state(other)) == (JobState.QUEUED, JobState.QUEUED)
    assert house.notices() == []
    await sender.stop()


async def test_with_no_job_to_send_none_is_sent(house: House) -> None:
    job = await house.queue()
    sender = house.sender(only=frozenset())
    house.run(sender)
    await house.clock.advance(3)
    assert house.state(job) is JobState.QUEUED
    await sender.probe("demo")
    assert house.tenant.counts == 1
    await sender.stop()


async def test_what_another_process_queued_is_noticed(house: House) -> None:
    sender = house.sender()
    first = await house.queue()
    house.run(sender)
    await house.clock.advance(1)
    assert house.state(first) is JobState.ACCEPTED
    job = await house.queue()
    house.changes.seen = True
    await house.clock.advance(WATCH_S)
    assert JobsReloaded() in house.told
    assert house.state(job) is JobState.ACCEPTED
    await sender.stop()


async def test_a_queue_that_cannot_be_read_is_told_and_read_again(house: House) -> None:
    house.changes.error = EnvironmentProblem("The queue cannot be read right now.")
    sender = house.sender()
    running = house.run(sender)
    await house.clock.advance(1)
    assert house.notices()[0] == "The queue cannot be read right now."
    house.changes.error = None
    job = await house.queue()
    await house.clock.advance(1)
    assert house.state(job) is JobState.ACCEPTED
    await sender.stop()
    await running


async def test_a_probe_asks_the_tenant_and_says_what_it_said(house: House) -> None:
    house.tenant.count_errors.append(SignInRefused("The secret is wrong.", status=401))
    job = await house.queue()
    sender = house.sender()
    house.run(sender)
    await house.clock.advance(1)
    assert sender.lane("demo").hold is not None
    house.tenant.count_errors.append(SignInRefused("The secret is still wrong.", status=401))
    with pytest.raises(CallError, match="still wrong"):
        await sender.probe("demo")
    await sender.probe("demo")
    await house.clock.advance(1)
    assert house.state(job) is JobState.ACCEPTED
    await sender.stop()


async def test_a_probe_needs_to_be_the_sender_and_a_connection(house: House) -> None:
    waiting = house.sender()
    with pytest.raises(EnvironmentProblem, match="Another process"):
        await waiting.probe("demo")
    sender = house.sender()
    house.run(sender)
    await settle()
    with pytest.raises(EnvironmentProblem, match="no profile"):
        await sender.probe("nobody")
    await sender.stop()


async def test_a_process_that_does_not_send_shows_the_lane_that_the_sender_stored(
    house: House,
) -> None:
    house.tenant.count_errors.append(SignInRefused("The secret is wrong.", status=401))
    await house.queue()
    sender, reader = house.sender(), house.sender()
    house.run(sender)
    await house.clock.advance(1)
    await house.operator.pause("lunch")
    house.changes.seen = True
    await house.clock.advance(1)
    assert set(house.ledger.values) == {PAUSE_KEY, lane_key("demo")}
    assert reader.lane("demo").hold == sender.lane("demo").hold
    assert reader.lane("demo").pause == sender.lane("demo").pause
    await sender.stop()


async def test_stopping_gives_up_after_its_grace_and_leaves_the_job_to_a_look_up(
    house: House,
) -> None:
    house.tenant.gate = asyncio.Event()
    job = await house.queue()
    sender = house.sender()
    house.run(sender)
    await house.clock.advance(1)
    stopping = house.tasks.start(sender.stop(3.0), "stop")
    await house.clock.advance(2.9)
    assert not stopping.done()
    await house.clock.advance(0.2)
    assert stopping.done()
    assert not sender.here
    assert house.state(job) is JobState.SENDING
    await house.tasks.close()
