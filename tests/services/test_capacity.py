"""Slots: one count a second, shared; what was sent since counts too; doubt is shown as doubt."""

from __future__ import annotations

import asyncio

import pytest

from console.domain.errors import Unknown
from console.services.capacity import FRESH_S, UNKNOWN_CEILING, Slots
from tests.fakes import ManualClock, ScriptedTenant, World


class Counting:
    """Slots over a tenant on a script; 50 a workflow unless defined."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.tenant = ScriptedTenant(self.clock)
        self.slots = Slots(self.tenant, self.clock, 50)

    async def counted(self, running: int) -> None:
        self.tenant.limit_by_count["wf"] = running
        assert await self.slots.refresh("wf") is None

    def free(self) -> int | None:
        capacity = self.slots.capacity("wf")
        assert capacity is not None
        return capacity.free


@pytest.fixture
def counting() -> Counting:
    return Counting()


async def test_before_the_first_count_nothing_is_known_and_nothing_goes_out(
    counting: Counting,
) -> None:
    assert counting.slots.capacity("wf") is None
    assert counting.slots.stale("wf")
    assert not counting.slots.may_send("wf")
    assert not counting.slots.full("wf")
    assert counting.slots.all() == {}


async def test_however_many_ask_at_once_one_count_answers_for_a_second(counting: Counting) -> None:
    await asyncio.gather(*(counting.slots.refresh("wf") for _ in range(10)))
    assert counting.tenant.counts == 1
    await counting.clock.advance(FRESH_S - 0.001)
    assert not counting.slots.stale("wf")
    await counting.slots.refresh("wf")
    assert counting.tenant.counts == 1
    await counting.clock.advance(0.001)
    assert counting.slots.stale("wf")
    await counting.slots.refresh("wf")
    assert counting.tenant.counts == 2


async def test_free_is_the_limit_less_what_runs_and_what_was_sent_since(counting: Counting) -> None:
    counting.slots.set_limits({"wf": 10})
    await counting.counted(4)
    assert counting.free() == 6
    counting.slots.sent("wf", "a")
    counting.slots.sent("wf", "b")
    assert counting.free() == 4
    counting.slots.ended("wf", "a", may_run=True)
    counting.slots.ended("wf", "b", may_run=False)
    assert counting.free() == 5
    await counting.clock.advance(FRESH_S)
    await counting.counted(5)
    assert counting.free() == 5


async def test_a_trigger_that_is_under_way_while_a_count_begins_is_counted_besides(
    counting: Counting,
) -> None:
    counting.slots.sent("wf", "a")
    await counting.clock.advance(FRESH_S)
    await counting.counted(0)
    assert counting.free() == 49


async def test_a_workflow_without_a_definition_has_the_default_limit(counting: Counting) -> None:
    counting.slots.set_limits({"other": 3})
    assert (counting.slots.limit("wf"), counting.slots.limit("other")) == (50, 3)


async def test_more_running_than_the_limit_leaves_no_negative_slots(counting: Counting) -> None:
    await counting.counted(70)
    assert counting.free() == 0
    assert counting.slots.full("wf")
    assert not counting.slots.may_send("wf")


async def test_a_failed_count_is_unknown_and_lets_a_few_through(counting: Counting) -> None:
    counting.tenant.count_errors.append(Unknown("500", status=500))
    error = await counting.slots.refresh("wf")
    assert isinstance(error, Unknown)
    assert counting.free() is None
    assert not counting.slots.full("wf")
    capacity = counting.slots.all()["wf"]
    assert (capacity.count, capacity.why) == (None, "500")
    for number in range(UNKNOWN_CEILING):
        assert counting.slots.may_send("wf")
        counting.slots.sent("wf", str(number))
    assert not counting.slots.may_send("wf")
    counting.slots.ended("wf", "0", may_run=True)
    assert counting.slots.may_send("wf")


async def test_cxones_own_word_that_it_is_full_counts_as_a_count(counting: Counting) -> None:
    await counting.counted(0)
    counting.slots.say_full("wf")
    assert counting.slots.full("wf")
    await counting.clock.advance(FRESH_S)
    await counting.counted(0)
    assert counting.free() == 50


async def test_an_attempt_that_was_never_announced_can_end(counting: Counting) -> None:
    await counting.counted(0)
    counting.slots.ended("wf", "never", may_run=False)
    assert counting.free() == 50


async def test_the_wait_for_a_slot_is_forecast_from_how_fast_instances_ended_lately() -> None:
    world = World()
    slots = Slots(world.tenant, world.clock, 50)
    for count in range(50, 44, -1):  # one ends every ten seconds
        world.tenant.limit_by_count["wf"] = count
        await slots.refresh("wf")
        await world.clock.advance(10)
    capacity = slots.capacity("wf")
    assert capacity is not None
    assert capacity.per_minute == 6.0
    assert capacity.forecast == "about one every 10 s lately"


async def test_a_workflow_in_which_nothing_ends_says_so() -> None:
    world = World()
    slots = Slots(world.tenant, world.clock, 50)
    world.tenant.limit_by_count["wf"] = 50
    for _ in range(4):
        await slots.refresh("wf")
        await world.clock.advance(10)
    capacity = slots.capacity("wf")
    assert capacity is not None
    assert capacity.forecast == "none ended in the last minutes"
