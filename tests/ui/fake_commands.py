"""An open console in memory with the real rules of jobs: the table of moves and stale decisions."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from console.domain.errors import BadInput, Refusal
from console.domain.job import FoundBy, JobEvent, JobState, TriggerJob, Wait
from console.domain.lane import Lane, Pause, Why, explain
from console.domain.metrics import Figures
from console.domain.payload import PRIORITY_DEFAULT, TriggerPayload
from console.domain.workflow import Workflow
from console.resources import resource_path
from console.services.commands import ConnectionView, TriggerRequest
from console.services.events import (
    CommandDone,
    CommandRefused,
    Event,
    Hub,
    JobChanged,
    LaneChanged,
    SubmitRefused,
    Submitted,
)
from console.services.ports import JobFilter

NOON = datetime(2026, 11, 20, 10, 41, 7, tzinfo=UTC)
DEMO = ConnectionView("demo", "demo", "workflow-api", "127.0.0.1:8765", "op-north", demo=True)
PRODUCTION = ConnectionView("main", "production", "workflow-api", "us-2.api.cxone.com", "op-north")


def shipped_workflows() -> tuple[Workflow, ...]:
    """The definitions that come with the program, by title."""
    result = []
    for path in sorted(resource_path("workflows").glob("*.json")):
        read = json.loads(path.read_text(encoding="utf-8"))
        result.append(
            Workflow(
                read["id"],
                read["title"],
                read.get("description", ""),
                read["schema"],
                read.get("limit", 50),
                read.get("priority", 5),
                read.get("reasonRequired", False),
                read.get("approvalRequired", False),
                read.get("sendBeforeHours", 4.0),
            )
        )
    return tuple(sorted(result, key=lambda workflow: workflow.title))


class FakeCommands:
    """`Commands` in memory: answers come at once over the hub, time stands until `advance`."""

    def __init__(
        self,
        workflows: tuple[Workflow, ...] | None = None,
        connection: ConnectionView | None = DEMO,
    ) -> None:
        self._hub = Hub()
        self._workflows = shipped_workflows() if workflows is None else workflows
        self._connection = connection
        self._now = NOON
        self._jobs: dict[str, TriggerJob] = {}
        self._history: dict[str, list[JobEvent]] = {}
        self._requests: dict[str, str] = {}
        self._lane: Lane | None = Lane("demo")
        self.figures_now: list[Figures] = []
        self.requests: list[TriggerRequest] = []
        self.polling: list[tuple[float, bool, bool]] = []
        self.probes = 0
        self.acted: list[str] = []
        self.waited: list[str] = []
        self.pages: list[tuple[int, int]] = []

    # --- what a test does to the world ------------------------------------------------------
    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def tell(self, event: Event) -> None:
        self._hub.tell(event)

    def put(self, job: TriggerJob, *, quiet: bool = False, why: str = "queued") -> TriggerJob:
        """Store `job` (a new number for a new one) and tell it."""
        number = job.number or len(self._jobs) + 1
        stored = job.evolve(number=number)
        self._jobs[stored.job_id] = stored
        line = JobEvent(stored.job_id, self._now, stored.state.value, stored.reason or why)
        self._history.setdefault(stored.job_id, []).append(line)
        if not quiet:
            self._hub.tell(JobChanged(stored))
        return stored

    def move(self, job: TriggerJob, state: JobState, **changes: object) -> TriggerJob:
        """Move the stored job as the services would."""
        stored = self._jobs[job.job_id]
        moved = stored.move(state, self._now, **changes).evolve(version=stored.version + 1)
        return self.put(moved)

    def new_job(self, workflow_id: str = "wf_callback", **changes: object) -> TriggerJob:
        """A stored, queued job."""
        number = len(self._jobs) + 1
        payload = TriggerPayload(workflow_id, {"customerId": f"CUST-{10000 + number}"})
        job = TriggerJob(
            f"00000000-0000-4000-8000-{number:012d}",
            "demo",
            "f",
            payload,
            "op-north",
            "ticket 4711",
            b"0" * 16,
            self._now,
            number=number,
            **changes,  # type: ignore[arg-type]
        )
        return self.put(job, quiet=True)

    def jobs_now(self) -> list[TriggerJob]:
        """Every stored job, oldest first."""
        return list(self._jobs.values())

    def set_lane(self, lane: Lane | None) -> None:
        self._lane = lane
        if lane is not None:
            self._hub.tell(LaneChanged(lane))

    def set_connection(self, connection: ConnectionView | None) -> None:
        self._connection = connection

    # --- Commands -----------------------------------------------------------------------------
    @property
    def hub(self) -> Hub:
        return self._hub

    def connection(self) -> ConnectionView | None:
        return self._connection

    def workflows(self) -> tuple[Workflow, ...]:
        return self._workflows

    def lane(self) -> Lane | None:
        return self._lane

    def now(self) -> datetime:
        return self._now

    def explain(self, job: TriggerJob) -> Why:
        return explain(self._lane or Lane("demo"), job, self._now)

    def submit(self, request: TriggerRequest) -> None:
        self.requests.append(request)
        if request.request in self._requests:
            job = self._jobs[self._requests[request.request]]
            self._hub.tell(Submitted(request.request, job))
            return
        try:
            payload = TriggerPayload(
                request.workflow_id, request.context, self._priority(request), request.metadata
            )
        except BadInput as error:
            self._hub.tell(SubmitRefused(request.request, str(error), error.field))
            return
        job = self.new_job()
        job = dataclasses.replace(
            job,
            payload=payload,
            operator_reason=request.reason,
            resend_of=request.resend_of,
            key=request.key,
            not_before=request.at,
            send_before=request.send_before,
        )
        self._requests[request.request] = job.job_id
        self.put(job)
        self._hub.tell(Submitted(request.request, job))

    def _priority(self, request: TriggerRequest) -> int:
        if request.priority is not None:
            return request.priority
        defined = {w.workflow_id: w.priority for w in self._workflows}
        return defined.get(request.workflow_id, PRIORITY_DEFAULT)

    def cancel(self, job: TriggerJob, reason: str = "") -> None:
        self._decide(job, lambda now: now.move(JobState.CANCELLED, self._now, reason=reason))

    def retry_now(self, job: TriggerJob, reason: str = "") -> None:
        def sooner(stored: TriggerJob) -> TriggerJob:
            if stored.state not in {JobState.QUEUED, JobState.WAITING}:
                raise Refusal(f"A job that is {stored.state} cannot be tried now.")
            if stored.wait is Wait.LOOKUP:
                raise Refusal("The look-up decides when this job may be tried again.")
            return stored.evolve(until=None, not_before=None, send_before=None)

        self._decide(job, sooner)

    def resolve_accepted(self, job: TriggerJob, instance_id: str, reason: str) -> None:
        self._decide(
            job,
            lambda now: now.move(
                JobState.ACCEPTED,
                self._now,
                instance_id=instance_id,
                found_by=FoundBy.PERSON,
                reason=reason,
            ),
        )

    def resolve_failed(self, job: TriggerJob, reason: str) -> None:
        self._decide(job, lambda now: now.move(JobState.FAILED, self._now, reason=reason))

    def resolve_send_again(self, job: TriggerJob, reason: str) -> None:
        self._decide(job, lambda now: now.move(JobState.QUEUED, self._now, reason=reason))

    def approve(self, job: TriggerJob, reason: str = "") -> None:
        def change(stored: TriggerJob) -> TriggerJob:
            name = self._second_person(stored)
            return stored.evolve(approved_by=name, reason=f"Approved by {name}")

        self._decide(job, change)

    def refuse(self, job: TriggerJob, reason: str = "") -> None:
        def change(stored: TriggerJob) -> TriggerJob:
            why = f"Refused by {self._second_person(stored)}: {reason}"
            return stored.move(JobState.CANCELLED, self._now, reason=why)

        self._decide(job, change)

    def answer_waited(self, answer: str) -> None:
        self.waited.append(answer)
        self.set_lane((self._lane or Lane("demo")).evolve(question=""))

    def pause(self, reason: str, *, line_stopped: bool = False) -> None:
        lane = self._lane or Lane("demo")
        self.set_lane(lane.evolve(pause=Pause(reason, "op-north", self._now, line_stopped)))

    def resume(self, reason: str = "") -> None:
        self.set_lane((self._lane or Lane("demo")).evolve(pause=None))

    def probe(self) -> None:
        self.probes += 1

    def act(self, code: str) -> None:
        self.acted.append(code)

    def jobs(self, wanted: JobFilter, offset: int, limit: int) -> list[TriggerJob]:
        self.pages.append((offset, limit))
        return self._matching(wanted)[offset : offset + limit]

    def count_jobs(self, wanted: JobFilter) -> int:
        return len(self._matching(wanted))

    def counts_by_state(self) -> dict[JobState, int]:
        result: dict[JobState, int] = {}
        for job in self._jobs.values():
            result[job.state] = result.get(job.state, 0) + 1
        return result

    def job(self, job_id: str) -> TriggerJob | None:
        return self._jobs.get(job_id)

    def history(self, job_id: str) -> list[JobEvent]:
        return list(self._history.get(job_id, ()))

    def figures(self) -> list[Figures]:
        return list(self.figures_now)

    def set_polling(self, seconds: float, *, paused: bool, visible: bool) -> None:
        self.polling.append((seconds, paused, visible))

    # --- rules --------------------------------------------------------------------------------
    def _decide(self, seen: TriggerJob, change: Callable[[TriggerJob], TriggerJob]) -> None:
        stored = self._jobs[seen.job_id]
        try:
            if stored.version != seen.version:
                raise Refusal(
                    f"{stored.label} is now {stored.state}; look at it again and decide anew."
                )
            changed = change(stored)
        except Refusal as refusal:
            self._hub.tell(CommandRefused(str(refusal), stored.job_id))
            return
        self.put(changed.evolve(version=stored.version + 1))
        self._hub.tell(CommandDone(stored.job_id))

    def _second_person(self, job: TriggerJob) -> str:
        name = self._connection.operator if self._connection else ""
        if not job.awaits_approval:
            raise Refusal(f"{job.label} does not await an approval.")
        if name == job.operator:
            raise Refusal(f"{job.label} was requested by {name}; another operator must decide.")
        return name

    def _matching(self, wanted: JobFilter) -> list[TriggerJob]:
        text = wanted.text.lower()
        found = [
            job
            for job in self._jobs.values()
            if (wanted.states is None or job.state in wanted.states)
            and (wanted.workflow_id is None or job.workflow_id == wanted.workflow_id)
            and (wanted.profile is None or job.profile == wanted.profile)
            and (wanted.person_at is None or job.needs_person(wanted.person_at))
            and text
            in f"{job.job_id} {job.label} {job.workflow_id} {job.operator} {job.operator_reason}".lower()
        ]
        return sorted(found, key=lambda job: -job.number)
