"""A start that is cut after any byte of its request or answer ends with one instance, one record."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from console.domain.job import FoundBy, JobState
from tests.faults.front import Cut, front_of
from tests.faults.socket_desk import Wiring, desk_on, simulator_on

SAMPLE = 6


async def lengths(folder: Path) -> tuple[int, int]:
    """How many bytes a start has, and its answer."""
    async with simulator_on("calm-day") as (simulator, clock), front_of(simulator) as front:
        wiring = Wiring(api_url=front.url)
        async with desk_on(folder, (simulator, clock), wire=lambda _: wiring) as desk:
            await desk.queue()
            await desk.passes(1)
            return front.request_bytes, front.answer_bytes


async def cut_at(folder: Path, cut: Cut) -> tuple[FoundBy | None, int, int]:
    """How the outcome became known, how many starts arrived whole, and how many instances run."""
    async with (
        simulator_on("calm-day") as (simulator, clock),
        front_of(simulator, cut=cut) as front,
    ):
        wiring = Wiring(api_url=front.url)
        async with desk_on(folder, (simulator, clock), wire=lambda _: wiring) as desk:
            job = await desk.queue()
            await desk.passes(60)
            assert front.cut is None
            assert desk.state(job) is JobState.ACCEPTED, (cut, desk.why(job))
            desk.check()
            found_by = desk.now_is(job).found_by
            return found_by, desk.posts(job), len(desk.instances(job))


def chosen(count: int, *, proving: bool) -> list[int]:
    """All of the numbers up to `count`, or a sample with both ends."""
    if proving:
        return list(range(count + 1))
    return sorted({0, 1, count - 1, count, *random.Random(count).sample(range(count), SAMPLE)})


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_start_cut_within_its_request_is_sent_again_after_two_lists_without_it(
    tmp_path: Path, proving: bool, reset: bool
) -> None:
    request, _ = await lengths(tmp_path)
    for at in chosen(request - 1, proving=proving):
        outcome = await cut_at(tmp_path / f"{at}", Cut(request=at, reset=reset))
        assert outcome == (FoundBy.ANSWER, 1, 1), at


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_start_cut_after_its_request_is_found_and_not_sent_again(
    tmp_path: Path, reset: bool
) -> None:
    request, _ = await lengths(tmp_path)
    outcome = await cut_at(tmp_path / "whole", Cut(request=request, reset=reset))
    assert outcome == (FoundBy.LOOKUP, 1, 1)


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
async def test_a_start_cut_within_its_answer_is_found_and_not_sent_again(
    tmp_path: Path, proving: bool, reset: bool
) -> None:
    _, answer = await lengths(tmp_path)
    for at in chosen(answer - 1, proving=proving):
        outcome = await cut_at(tmp_path / f"{at}", Cut(answer=at, reset=reset))
        assert outcome == (FoundBy.LOOKUP, 1, 1), at
    outcome = await cut_at(tmp_path / "whole", Cut(answer=answer))
    assert outcome == (FoundBy.ANSWER, 1, 1)
