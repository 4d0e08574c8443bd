"""The window's commands over the services: each starts a task and answers by events."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from console.domain.errors import BadInput, ConsoleError
from console.domain.job import JobEvent, JobState, TriggerJob
from console.domain.lane import Lane, Why, explain
from console.domain.metrics import Figures
from console.domain.workflow import Workflow
from console.services.commands import ConnectionView, TriggerRequest
from console.services.events import (
    CommandDone,
    CommandRefused,
    LaneChanged,
    SubmitRefused,
    Submitted,
)
from console.services.journal import CONFIRM_DATE, TRAIL_BEHIND
from console.services.lane_control import Surroundings
from console.services.operator import Operator, Target
from console.services.poller import Pace
from console.services.ports import Definitions, JobFilter
from console.services.sender import Sender


class WindowCommands:
    """Fulfils `services.commands.Commands` for one open profile (None: not connected yet)."""

    def __init__(
        self,
        around: Surroundings,
        operator: Operator,
        sender: Sender,
        definitions: Definitions,
        connection: ConnectionView | None,
        target: Target | None,
        set_pace: Callable[[Pace], None],
        trouble: str = "",
    ) -> None:
        self._around = around
        self.hub = around.hub
        self._operator = operator
        self._sender = sender
        self._definitions = definitions
        self._connection = connection
        self._target = target
        self._set_pace = set_pace
        self._trouble = trouble
        self._submissions: deque[TriggerRequest] = deque()

    def connection(self) -> ConnectionView | None:
        """The open connection, or None before there is one."""
        return self._connection

    def workflows(self) -> tuple[Workflow, ...]:
        """The local definitions."""
        return self._definitions.all()

    def lane(self) -> Lane | None:
        """The lane of the open connection."""
        return None if self._target is None else self._sender.lane(self._target.profile)

    def now(self) -> datetime:
        """The console's clock, aware UTC."""
        return self._around.clock.now()

    def explain(self, job: TriggerJob) -> Why:
        """Why this job is where it is."""
        return explain(self._sender.lane(job.profile), job, self.now())

    def submit(self, request: TriggerRequest) -> None:
        """Queue one job; answered by `Submitted` or `SubmitRefused`."""
        self._submissions.append(request)
        if len(self._submissions) == 1:
            self._around.tasks.start(self._begin_submissions(), "submissions")

    def cancel(self, job: TriggerJob, reason: str = "") -> None:
        """Cancel in the state that `job` shows."""
        self._do(self._operator.cancel(job, reason), "cancel", job)

    def retry_now(self, job: TriggerJob, reason: str = "") -> None:
        """Send a waiting job now, or an ended one again as a new job."""
        self._do(self._operator.retry(job, reason), "retry", job)

    def resolve_accepted(self, job: TriggerJob, instance_id: str, reason: str) -> None:
        """It runs as `instance_id`."""
        self._do(self._operator.resolve_accepted(job, instance_id, reason), "resolve", job)

    def resolve_failed(self, job: TriggerJob, reason: str) -> None:
        """Give up."""
        self._do(self._operator.resolve_failed(job, reason), "resolve", job)

    def resolve_send_again(self, job: TriggerJob, reason: str) -> None:
        """It did not run: send it again."""
        self._do(self._operator.resolve_send_again(job, reason), "resolve", job)

    def approve(self, job: TriggerJob, reason: str = "") -> None:
        """Approve as a second person."""
        self._do(self._operator.approve(job, reason), "approve", job)

    def refuse(self, job: TriggerJob, reason: str = "") -> None:
        """Refuse as a second person."""
        self._do(self._operator.refuse(job, reason), "refuse", job)

    def pause(self, reason: str, *, line_stopped: bool = False) -> None:
        """Stop sending; `line_stopped` is the alarm of this connection, with its reason."""
        if line_stopped and self._target is not None:
            self._do(self._operator.stop_line(self._target.profile, reason), "stop the line")
        else:
            self._do(self._operator.pause(reason), "pause")

    def resume(self, reason: str = "") -> None:
        """Send again."""
        profile = None if self._target is None else self._target.profile
        self._do(self._operator.resume(reason, profile), "resume")

    def probe(self) -> None:
        """Test a held connection or an open circuit now."""
        if self._target is not None:
            self._do(self._sender.probe(self._target.profile), "probe")

    def answer_waited(self, answer: str) -> None:
        """Answer `JobsWaited`: send, choose or cancel."""
        self._do(self._answer_waited(answer), "answer")

    def act(self, code: str) -> None:
        """Do what the notice of this code offers."""
        if code == TRAIL_BEHIND:
            self._do(self._around.journal.check(), "check and resume")
        elif code == CONFIRM_DATE:
            self._around.journal.confirm_date()

    def jobs(self, wanted: JobFilter, offset: int, limit: int) -> list[TriggerJob]:
        """One page of jobs, newest first."""
        return self._around.ledger.jobs(wanted, offset, limit)

    def count_jobs(self, wanted: JobFilter) -> int:
        """How many jobs `wanted` names."""
        return self._around.ledger.count_jobs(wanted)

    def counts_by_state(self) -> dict[JobState, int]:
        """How many jobs stand in each state."""
        return self._around.ledger.counts_by_state()

    def job(self, job_id: str) -> TriggerJob | None:
        """The job of this id."""
        return self._around.ledger.job(job_id)

    def history(self, job_id: str) -> list[JobEvent]:
        """The job's events, oldest first."""
        return self._around.ledger.history(job_id)

    def figures(self) -> list[Figures]:
        """The figures of each workflow."""
        return self._around.ledger.figures()

    def set_polling(self, seconds: float, *, paused: bool, visible: bool) -> None:
        """How often the instances are read."""
        self._set_pace(Pace(seconds, paused, visible))

    async def _begin_submissions(self) -> None:
        """Begin one after the other, a turn of the loop each: many at once must not stop the window."""
        while self._submissions:
            self._around.tasks.start(self._submit(self._submissions[0]), "submit")
            await asyncio.sleep(0)
            self._submissions.popleft()

    async def _submit(self, request: TriggerRequest) -> None:
        try:
            if self._target is None:
                raise BadInput(self._trouble or "Connect first: add a connection in Settings.")
            job = await self._operator.trigger(request, self._target)
        except ConsoleError as error:
            field = error.field if isinstance(error, BadInput) else ""
            self.hub.tell(SubmitRefused(request.request, str(error), field))
            return
        self.hub.tell(Submitted(request.request, job))
        self._sender.wake()

    async def _answer_waited(self, answer: str) -> None:
        queued = JobFilter(states=frozenset({JobState.QUEUED}))
        if answer in ("choose", "cancel"):
            for job in reversed(self._around.ledger.jobs(queued)):
                if answer == "cancel":
                    await self._operator.cancel(job, "not sent after a long closed time")
                else:
                    await self._operator.keep_back(job)
        self._sender.answer()

    def _do(
        self, work: Coroutine[Any, Any, object], name: str, job: TriggerJob | None = None
    ) -> None:
        job_id = "" if job is None else job.job_id
        self._around.tasks.start(self._guarded(work, job_id), name)

    async def _guarded(self, work: Coroutine[Any, Any, object], job_id: str) -> None:
        try:
            await work
        except ConsoleError as error:
            self.hub.tell(CommandRefused(str(error), job_id))
        else:
            if job_id:
                self.hub.tell(CommandDone(job_id))
        lane = self.lane()
        if lane is not None:
            self.hub.tell(LaneChanged(lane))
        self._sender.wake()
