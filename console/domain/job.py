"""A job: one trigger in our queue, as frozen data, and the table of its allowed moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from console.domain.errors import Refusal

if TYPE_CHECKING:
    from console.domain.payload import TriggerPayload


class JobState(StrEnum):
    """Where a job stands (product.md, *Words on the screen*)."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting"
    ACCEPTED = "accepted"
    REVIEW = "review"
    FAILED = "failed"
    CANCELLED = "cancelled"


MOVES: Final[Mapping[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.SENDING, JobState.CANCELLED, JobState.FAILED}),
    JobState.SENDING: frozenset(
        {
            JobState.ACCEPTED,
            JobState.WAITING,
            JobState.QUEUED,  # certainly not sent, or 429
            JobState.FAILED,
            JobState.REVIEW,
        }
    ),
    JobState.WAITING: frozenset(
        {
            JobState.SENDING,  # only when proved not to run
            JobState.ACCEPTED,
            JobState.FAILED,
            JobState.REVIEW,
            JobState.CANCELLED,  # not during a look-up
        }
    ),
    JobState.ACCEPTED: frozenset(),
    JobState.REVIEW: frozenset({JobState.ACCEPTED, JobState.FAILED, JobState.QUEUED}),
    JobState.FAILED: frozenset({JobState.ACCEPTED}),  # found late; a resend is a new job
    JobState.CANCELLED: frozenset(),
}
ENDED: Final = frozenset({JobState.ACCEPTED, JobState.FAILED, JobState.CANCELLED})
"""States in which the queue has nothing left to do."""


class Wait(StrEnum):
    """What a job in state *waiting* waits for."""

    RETRY = "retry"
    LOOKUP = "lookup"


class FoundBy(StrEnum):
    """How the outcome of a job became known, for the record."""

    ANSWER = "answer"
    LOOKUP = "look-up"
    PERSON = "person"


LOOKS: Final = 2
"""Listings that must agree before a job counts as not run."""


class InLine(NamedTuple):
    """A queued job's place in the line: the smaller sorts first and is sent first."""

    priority: int
    number: int
    workflow_id: str
    job_id: str


class Standing(NamedTuple):
    """Where a job stands, for whoever compares many with what a tenant lists."""

    job_id: str
    profile: str
    fingerprint: str
    workflow_id: str
    state: JobState
    reason_code: str
    instance_id: str | None


@dataclass(frozen=True)
class TriggerJob:
    """One trigger with everything needed to send it, explain it and prove it.

    `version` grows by one with every stored change, so that a decision can name the state it
    was made on. `number` is the order of arrival (0 until stored). Times are aware UTC.
    `definition_digest` names the definition that judged it; a later one changes nothing here.
    """

    job_id: str
    profile: str
    fingerprint: str
    payload: TriggerPayload
    operator: str
    operator_reason: str
    salt: bytes
    queued_at: datetime
    number: int = 0
    version: int = 0
    state: JobState = JobState.QUEUED
    wait: Wait | None = None
    look: int = 0
    looks_absent: int = 0
    reason: str = ""
    reason_code: str = ""
    until: datetime | None = None
    attempts: int = 0
    max_attempts: int = 3
    thrown_back: int = 0
    thrown_back_since: datetime | None = None
    attempt_started_at: datetime | None = None
    first_checked_at: datetime | None = None
    changed_at: datetime | None = None
    finished_at: datetime | None = None
    latency_ms: float | None = None
    api_ms: float | None = None
    instance_id: str | None = None
    instance_status: str | None = None
    completed_at: datetime | None = None
    found_by: FoundBy | None = None
    error_code: str = ""
    error_status: int | None = None
    error_field: str = ""
    error_text: str = ""
    not_before: datetime | None = None
    send_before: datetime | None = None
    key: str | None = None
    resend_of: str | None = None
    may_have_run: bool = False
    answered_ok: bool = False
    workflow_title: str = ""
    content_hash: str = ""
    approval_required: bool = False
    approved_by: str | None = None
    approved_at: datetime | None = None
    approved_digest: str | None = None
    batch: str | None = None
    batch_row: int | None = None
    definition_digest: str = ""
    copied_from: str | None = None

    @property
    def workflow_id(self) -> str:
        """The workflow this job triggers."""
        return self.payload.workflow_id

    @property
    def priority(self) -> int:
        """1 (highest) to 10."""
        return self.payload.priority

    @property
    def awaits_approval(self) -> bool:
        """True until a second person has approved this very request."""
        return self.approval_required and self.approved_by is None

    def needs_person(self, now: datetime) -> bool:
        """True where nobody but a person can move it: review, approval, or too old at `now`."""
        if self.state is not JobState.QUEUED:
            return self.state is JobState.REVIEW
        return self.awaits_approval or (self.send_before is not None and now >= self.send_before)

    @property
    def ended(self) -> bool:
        """True when the queue has nothing left to do for this job."""
        return self.state in ENDED

    @property
    def label(self) -> str:
        """The short name on the screen, for example J-1042."""
        return f"J-{self.number}"

    def evolve(self, **changes: Any) -> TriggerJob:
        """Return a copy with `changes`; the state may not be changed this way (see `move`)."""
        if "state" in changes:
            raise TypeError("use move() to change the state")
        return self._with(changes)

    def move(self, state: JobState, at: datetime, **changes: Any) -> TriggerJob:
        """Return a copy in `state`; raise Refusal where the table of moves has no such move.

        The fields that explain a state (reason, until, wait) start empty in the new one.
        """
        if state not in MOVES[self.state]:
            raise Refusal(f"A job that is {self.state} cannot become {state}.")
        if state is JobState.CANCELLED and self.wait is Wait.LOOKUP:
            raise Refusal("This job may already run; it can be cancelled after the look-up.")
        fresh: dict[str, Any] = {
            "reason": "",
            "reason_code": "",
            "until": None,
            "wait": None,
            "look": 0,
            "looks_absent": 0,
            "changed_at": at,
        }
        if state in ENDED:
            fresh["finished_at"] = at
        return self._with({"state": state, **fresh, **changes})

    def _with(self, changes: dict[str, Any]) -> TriggerJob:
        """As `dataclasses.replace`, which takes ten times as long for some fifty fields."""
        if not changes.keys() <= self.__dict__.keys():
            raise TypeError(f"a job has no {', '.join(changes.keys() - self.__dict__.keys())}")
        after = object.__new__(TriggerJob)
        after.__dict__.update(self.__dict__, **changes)
        return after


@dataclass(frozen=True)
class JobEvent:
    """One line of a job's history: an attempt, a wait, a decision; `detail` holds plain values."""

    job_id: str
    at: datetime
    kind: str
    text: str
    detail: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
