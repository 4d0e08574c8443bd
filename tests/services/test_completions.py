"""Without a window too it becomes known what ended, and a failing connection is left in peace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.domain.errors import EnvironmentProblem, NotFound, SignInRefused
from console.domain.job import FoundBy, JobState, TriggerJob
from console.services import outcomes
from console.services.commands import TriggerRequest
from console.services.completions import Completions
from console.services.events import Notice
from console.services.operator import Operator, Target
from console.services.poller import SINGLES, SLOWEST_S
from console.services.sender import Connected
from tests.fakes import FixedDefinitions, World

USUAL_S = 3.0


class House(World):
    """One profile, whose connection may be changed, and nobody at a window."""

    def __init__(self) -> None:
        super().__init__()
        self.connection: Connected | Exception = Connected(self.tenant, "print")
        self.here = True
        self.names: list[str] | Exception = ["demo"]
        self.completions = Completions(
            self.around, FixedDefinitions(), self._connect, self._names, USUAL_S
        )
        self._operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=FixedDefinitions(),
            clock=self.clock,
            ids=self.ids,
        )

    def _connect(self, _: str) -> Connected:
        if isinstance(self.connection, Exception):
            raise self.connection
        return self.connection

    def _names(self) -> list[str]:
        if isinstance(self.names, Exception):
            raise self.names
        return self.names

    def start(self) -> None:
        self.tasks.start(self.completions.watch(lambda: self.here), "instances")

    async def accepted(self, print_: str = "print") -> str:
        """An accepted job; returns its instance's id."""
        request = TriggerRequest("", "wf", {})
        job = await self._operator.trigger(request, Target("demo", print_))
        now = self.clock.now()
        sending = await self._store(job, job.move(JobState.SENDING, now, attempts=1))
        started = self.tenant.make(sending.payload, sending.job_id)
        write = outcomes.accepted(
            sending, started.instance_id, "running", FoundBy.ANSWER, now, latency_ms=1.0
        )
        await self.journal.job(write)
        return started.instance_id

    async def _store(self, before: TriggerJob, after: TriggerJob) -> TriggerJob:
        return await self.journal.job(outcomes.change(before, after))

    def completed(self) -> int:
        return sum(draft.event_type == "WORKFLOW_COMPLETED" for draft in self.ledger.trail)

    def notices(self) -> list[str]:
        return [event.text for event in self.told if isinstance(event, Notice)]


@pytest.fixture
def house() -> House:
    return House()


async def test_instances_that_vanished_keep_no_older_one_from_being_seen_to_end(
    house: House,
) -> None:
    oldest = await house.accepted()
    for _ in range(SINGLES + 5):
        del house.tenant.instances[await house.accepted()]
    # Not in the workflow's list any more, but still to be read by its id.
    moved = replace(house.tenant.instances[oldest], workflow_id="elsewhere", status="completed")
    house.tenant.instances[oldest] = moved
    house.start()
    await house.clock.advance(3 * USUAL_S)
    assert house.completed() == 1


async def test_a_connection_that_fails_is_asked_less_and_less_often(house: House) -> None:
    await house.accepted()
    house.tenant.list_errors.extend([SignInRefused("wrong secret")] * 1000)
    house.start()
    await house.clock.advance(600)
    assert 10 < house.tenant.lists < 2 * 600 / SLOWEST_S
    house.tenant.list_errors.clear()
    house.tenant.end("inst-0001")
    await house.clock.advance(2 * SLOWEST_S)
    assert house.completed() == 1


async def test_a_connection_that_cannot_be_opened_is_told_and_opened_later(house: House) -> None:
    house.tenant.end(await house.accepted())
    good, house.connection = house.connection, NotFound("There is no profile demo here.")
    house.start()
    await house.clock.advance(USUAL_S)
    assert house.notices() == ["demo: There is no profile demo here."]
    house.connection = good
    await house.clock.advance(3 * USUAL_S)
    assert house.completed() == 1


async def test_an_instance_of_the_same_id_at_another_api_ends_no_job(house: House) -> None:
    house.tenant.end(await house.accepted(print_="old address"))
    await house.completions.read()
    assert house.completed() == 0
    house.connection = Connected(house.tenant, "old address")
    await house.completions.read()
    assert house.completed() == 1


async def test_whoever_does_not_send_does_not_read_either(house: House) -> None:
    house.tenant.end(await house.accepted())
    house.here = False
    house.start()
    await house.clock.advance(2 * USUAL_S)
    assert house.tenant.lists == 0
    house.here = True
    await house.clock.advance(USUAL_S)
    assert house.completed() == 1


async def test_profiles_that_cannot_be_read_just_now_are_told_and_read_later(
    house: House,
) -> None:
    house.tenant.end(await house.accepted())
    house.names = EnvironmentProblem("profiles.toml cannot be read.")
    house.start()
    await house.clock.advance(USUAL_S)
    assert house.notices() == ["profiles.toml cannot be read."]
    house.names = ["demo"]
    await house.clock.advance(USUAL_S)
    assert house.completed() == 1
    assert house.crashes == []
