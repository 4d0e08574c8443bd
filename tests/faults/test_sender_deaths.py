"""One busy minute, with the process dying at every boundary and between any two awaits of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from tests.faults.lasting_tenant import FATES
from tests.faults.model import Model

BUSY: Final = ("made, then cut", "taken slowly", "503", "429", "yes without an id", "taken")
MINUTE_S: Final = 60.0
SAMPLE: Final = 60


@contextmanager
def busy_minute() -> Iterator[Model]:
    """Six jobs, each with another fate, just queued."""
    model = Model()
    try:
        for name in BUSY:
            model.tenant.fates.append(FATES[name])
            model.queue("wf_a")
        yield model
    finally:
        model.close()


def lengths() -> tuple[int, int]:
    """How many crash points such a minute has, and how many turns of the loop."""
    with busy_minute() as model:
        points, turns = len(model.ledger.death.points), model.loop.turns
        model.passes(MINUTE_S)
        return len(model.ledger.death.points) - points, model.loop.turns - turns


def chosen(count: int, *, proving: bool) -> list[int]:
    numbers = range(1, count + 1)
    return list(numbers) if proving else sorted(random.Random(count).sample(numbers, SAMPLE))


def test_death_at_any_boundary_of_a_transaction_or_a_start_loses_and_doubles_nothing() -> None:
    points, _ = lengths()
    assert points > 40
    for point in range(1, points + 1):
        with busy_minute() as model:
            model.ledger.death.plan(point)
            model.passes(MINUTE_S)
            assert model.deaths == 1
            model.check()
            model.drain()


def test_death_between_any_two_awaits_loses_and_doubles_nothing(proving: bool) -> None:
    _, turns = lengths()
    for turn in chosen(turns, proving=proving):
        with busy_minute() as model:
            model.dies_after(turn)
            model.passes(MINUTE_S + 5.0)
            assert model.deaths == 1, turn
            model.check()
            model.drain()


@pytest.mark.parametrize("seed", range(5))
def test_death_again_and_again_while_it_recovers_loses_and_doubles_nothing(
    proving: bool, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(100 if proving else 5):
        with busy_minute() as model:
            for _ in range(8):
                model.dies_after(chance.randint(1, 60))
                model.passes(chance.choice([0.1, 1.0, 6.0, 12.0]))
                model.check()
            model.loop.at_turn = None
            model.drain()
