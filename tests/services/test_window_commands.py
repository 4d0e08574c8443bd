"""The window's commands: plain calls in, events out; what is not allowed is told, never raised."""

from __future__ import annotations

import pytest

from console.domain.job import JobState, TriggerJob
from console.domain.retry import Review
from console.domain.workflow import Workflow
from console.services import outcomes
from console.services.commands import ConnectionView, TriggerRequest
from console.services.events import (
    CommandDone,
    CommandRefused,
    LaneChanged,
    Notice,
    SubmitRefused,
    Submitted,
)
from console.services.operator import Operator, Target
from console.services.poller import Pace
from console.services.ports import JobFilter
from console.services.sender import Connected, Sender
from console.services.window_commands import WindowCommands
from tests.fakes import START, FixedDefinitions, World, settle
from tests.services.test_sender import Chair, Changes, Seat

WORKFLOW = Workflow("wf", "Callback")
TARGET = Target("demo", "print")
VIEW = ConnectionView("demo", "demo", "workflow-api", "127.0.0.1", "op-north", demo=True)


class Window(World):
    """A window's commands over a sender that may run."""

    def __init__(self, target: Target | None = TARGET, trouble: str = "") -> None:
        super().__init__()
        definitions = FixedDefinitions([WORKFLOW])
        self.paces: list[Pace] = []
        self.operator = Operator(
            "op-north",
            ledger=self.ledger,
            journal=self.journal,
            definitions=definitions,
            clock=self.clock,
            ids=self.ids,
        )
        self.sender = Sender(
            self.around,
            Seat(Chair()),
            Changes(),
            lambda _: Connected(self.tenant, "print"),
            definitions,
        )
        self.commands = WindowCommands(
            self.around,
            self.operator,
            self.sender,
            definitions,
            None if target is None else VIEW,
            target,
            self.paces.append,
            trouble,
        )

    async def queued(self) -> TriggerJob:
        return await self.operator.trigger(TriggerRequest("", "wf", {}), TARGET)

    async def in_review(self) -> TriggerJob:
        job = await self.queued()
        sending = job.move(JobState.SENDING, START)
        stored = await self.journal.job(outcomes.change(job, sending))
        return await self.journal.job(outcomes.review(stored, Review("nobody knows", "cut"), START))

    def state(self, job: TriggerJob) -> JobState:
        kept = self.commands.job(job.job_id)
        assert kept is not None
        return kept.state

    def refused(self) -> list[str]:
        return [event.message for event in self.told if isinstance(event, CommandRefused)]


@pytest.fixture
def window() -> Window:
    return Window()


async def test_what_is_submitted_is_answered_with_its_job_and_sent(window: Window) -> None:
    window.tasks.start(window.sender.run(), "sender")
    window.commands.submit(TriggerRequest("r-1", "wf", {"a": 1}))
    await window.clock.advance(1)
    (answer,) = [event for event in window.told if isinstance(event, Submitted)]
    assert answer.request == "r-1"
    assert window.state(answer.job) is JobState.ACCEPTED
    assert window.commands.counts_by_state() == {JobState.ACCEPTED: 1}
    assert [figures.total_executions for figures in window.commands.figures()] == [1]
    assert window.commands.history(answer.job.job_id)[0].kind == "queued"
    assert window.commands.count_jobs(JobFilter()) == 1
    assert window.commands.jobs(JobFilter(), 0, 10) == [window.commands.job(answer.job.job_id)]
    await window.sender.stop()


async def test_what_does_not_fit_is_refused_at_its_field(window: Window) -> None:
    window.commands.submit(TriggerRequest("r-1", "wf", {}, priority=11))
    window.commands.submit(TriggerRequest("r-2", "wf", {}, key="k"))
    await settle()
    refused = [event for event in window.told if isinstance(event, SubmitRefused)]
    assert [(event.request, event.field) for event in refused] == [("r-1", "priority")]


@pytest.mark.parametrize(
    ("trouble", "told"), [("", "Connect first"), ("The keyring is locked.", "The keyring is")]
)
async def test_without_a_connection_a_trigger_is_refused_with_what_to_do(
    trouble: str, told: str
) -> None:
    window = Window(None, trouble)
    window.commands.submit(TriggerRequest("r-1", "wf", {}))
    await settle()
    (refused,) = [event for event in window.told if isinstance(event, SubmitRefused)]
    assert refused.message.startswith(told)
    assert window.commands.connection() is None
    assert window.commands.lane() is None
    window.commands.probe()
    window.commands.resume()
    await settle()
    assert window.refused() == ["Sending is not paused."]


async def test_each_of_many_decisions_is_answered_for_its_own_job(window: Window) -> None:
    gone, stays = await window.queued(), await window.queued()
    window.commands.cancel(gone)
    await settle()
    for job in (gone, stays):
        window.commands.cancel(job, "the list was wrong")
    await settle()
    done = [event.job_id for event in window.told if isinstance(event, CommandDone)]
    refused = [event.job_id for event in window.told if isinstance(event, CommandRefused)]
    assert done == [gone.job_id, stays.job_id]
    assert refused == [gone.job_id]


async def test_decisions_are_carried_out_and_the_lane_is_told(window: Window) -> None:
    first, second = await window.queued(), await window.queued()
    window.commands.cancel(first, "wrong customer")
    window.commands.retry_now(second)
    window.commands.pause("lunch")
    await settle()
    assert (window.state(first), window.state(second)) == (JobState.CANCELLED, JobState.QUEUED)
    assert window.commands.explain(second).text.startswith("Paused by op-north: lunch")
    window.commands.resume()
    await settle()
    lane = window.commands.lane()
    assert lane is not None
    assert lane.pause is None
    assert sum(isinstance(event, LaneChanged) for event in window.told) >= 4
    assert window.refused() == []


async def test_stopping_the_line_needs_a_reason(window: Window) -> None:
    window.commands.pause("", line_stopped=True)
    await settle()
    assert window.refused() == ["Stopping the line needs a reason."]
    window.commands.pause("fire", line_stopped=True)
    await settle()
    (record,) = window.ledger.trail
    assert record.event_type == "QUEUE_PAUSED"
    assert (record.payload["profile"], record.payload["decisionReason"]) == ("demo", "fire")


async def test_each_way_out_of_a_review(window: Window) -> None:
    jobs = [await window.in_review() for _ in range(3)]
    window.commands.resolve_accepted(jobs[0], "inst-1", "")
    window.commands.resolve_failed(jobs[1], "")
    window.commands.resolve_send_again(jobs[2], "")
    await settle()
    assert [window.state(job) for job in jobs] == [
        JobState.ACCEPTED,
        JobState.FAILED,
        JobState.QUEUED,
    ]


async def test_a_decision_that_comes_too_late_is_told(window: Window) -> None:
    job = await window.queued()
    window.commands.cancel(job)
    window.commands.cancel(job)
    await settle()
    (refused,) = window.refused()
    assert "moved on" in refused


async def test_a_probe_that_fails_is_told(window: Window) -> None:
    window.commands.probe()
    await settle()
    assert window.refused() == ["Another process is the sender."]


async def test_what_a_notice_offers_is_done(window: Window) -> None:
    window.ledger.trail_full = True
    await window.queued()
    assert [event.code for event in window.told if isinstance(event, Notice)] == ["trail-behind"]
    window.commands.act("trail-behind")
    window.commands.act("confirm-date")
    window.commands.act("a notice without an action")
    await settle()
    assert window.journal.behind is None
    assert window.ledger.date_confirmed


def test_the_window_reads_what_is_there_without_waiting(window: Window) -> None:
    assert window.commands.workflows() == (WORKFLOW,)
    assert window.commands.connection() == VIEW
    assert window.commands.now() == START
    assert window.commands.job("nobody") is None
    window.commands.set_polling(5.0, paused=True, visible=False)
    assert window.paces == [Pace(5.0, paused=True, visible=False)]
