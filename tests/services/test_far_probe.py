"""A probe asked for by one process is carried out by the one that sends, and answered once."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from console.domain.errors import EnvironmentProblem, NotSent
from console.services.far_probe import ASKED, PATIENCE_S, STALE, FarProbes, ask_sender
from console.services.ports import Write
from tests.fakes import World, settle


class TwoProcesses(World):
    """One asks, one sends; both over one ledger. `answers` False: the sender is busy for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.probed: list[str] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()
        self.desk = FarProbes(self.around, self.probe)

    async def probe(self, profile: str) -> None:
        self.probed.append(profile)
        await self.gate.wait()
        if self.error is not None:
            raise self.error

    async def asked(self) -> asyncio.Task[None]:
        task = self.tasks.start(ask_sender(self.around, "demo"), "ask")
        await settle()
        return task

    def open_questions(self) -> dict[str, str]:
        return self.ledger.values_under(ASKED)


@pytest.fixture
def two() -> TwoProcesses:
    return TwoProcesses()


async def test_the_sender_probes_once_and_the_one_who_asked_is_answered(two: TwoProcesses) -> None:
    task = await two.asked()
    two.gate.clear()
    for _ in range(3):
        two.desk.look()
        await settle()
    two.gate.set()
    await settle()
    two.desk.look()
    await two.clock.advance(1)
    assert task.done()
    assert task.result() is None
    assert two.probed == ["demo"]
    assert two.open_questions() == {}


async def test_what_the_tenant_said_is_told_to_the_one_who_asked(two: TwoProcesses) -> None:
    two.error = NotSent("CXone cannot be reached: connection refused.")
    task = await two.asked()
    two.desk.look()
    await two.clock.advance(1)
    with pytest.raises(EnvironmentProblem, match="connection refused"):
        await task
    assert two.open_questions() == {}


async def test_two_who_ask_at_once_are_both_answered(two: TwoProcesses) -> None:
    one, other = await two.asked(), await two.asked()
    two.desk.look()
    await two.clock.advance(1)
    assert one.done()
    assert other.done()
    assert two.probed == ["demo", "demo"]


async def test_without_an_answer_the_asking_ends_after_its_patience(two: TwoProcesses) -> None:
    task = await two.asked()
    await two.clock.advance(PATIENCE_S + 1)
    with pytest.raises(EnvironmentProblem, match="has not tested demo within 30 s"):
        await task
    assert two.open_questions() == {}


async def test_an_answer_for_someone_who_has_gone_leaves_nothing_behind(two: TwoProcesses) -> None:
    two.gate.clear()
    task = await two.asked()
    two.desk.look()
    await two.clock.advance(PATIENCE_S + 1)
    with pytest.raises(EnvironmentProblem):
        await task
    two.gate.set()
    await settle()
    assert (two.open_questions(), two.probed) == ({}, ["demo"])


@pytest.mark.parametrize("answered", [True, False])
async def test_a_question_that_nobody_waits_for_any_more_is_dropped_unasked(
    two: TwoProcesses, answered: bool
) -> None:
    asked = {"profile": "demo", "at": (two.clock.now() - STALE - timedelta(seconds=1)).isoformat()}
    text = json.dumps(asked | ({"answer": ""} if answered else {}))
    await two.journal.write(Write(values={f"{ASKED}left": text}))
    two.desk.look()
    await settle()
    assert (two.probed, two.open_questions()) == ([], {})


async def test_an_answered_question_is_not_answered_again(two: TwoProcesses) -> None:
    text = json.dumps({"profile": "demo", "at": two.clock.now().isoformat(), "answer": ""})
    await two.journal.write(Write(values={f"{ASKED}done": text}))
    two.desk.look()
    await settle()
    assert two.probed == []
