"""Why a connection sends or does not: circuit, cool-downs, hold and pause as frozen values.

A *lane* is the sending side of one profile. All of it is kept across restarts, so that a new
process waits out what the old one was told, and can say why.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from console.domain.job import JobState, TriggerJob, Wait

FAILURES_TO_OPEN: Final = 5
OPEN_FIRST_S: Final = 30.0
OPEN_CAP_S: Final = 300.0
OTHER_API: Final = (
    "Made for another API than this profile points to now; "
    "change the profile back, or cancel the job"
)


class Circuit(StrEnum):
    """Closed: sending. Open: nothing is sent before `until`. Half open: one probe (a count)."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True)
class Breaker:
    """The circuit of one connection; `trips` counts openings since it was last closed."""

    state: Circuit = Circuit.CLOSED
    failures: int = 0
    trips: int = 0
    since: datetime | None = None
    until: datetime | None = None
    why: str = ""

    def failed(self, now: datetime, why: str) -> Breaker:
        """Count one failure; the fifth in a row, or a failed probe, opens the circuit."""
        failures = self.failures + 1
        if self.state is Circuit.CLOSED and failures < FAILURES_TO_OPEN:
            return dataclasses.replace(self, failures=failures, why=why)
        if self.state is Circuit.OPEN:
            return dataclasses.replace(self, failures=failures)
        trips = self.trips + 1
        seconds = min(OPEN_FIRST_S * 2.0 ** min(trips - 1, 16), OPEN_CAP_S)
        return Breaker(Circuit.OPEN, failures, trips, now, now + timedelta(seconds=seconds), why)

    def succeeded(self) -> Breaker:
        """Any answer of the tenant closes the circuit and forgets the failures."""
        return CLOSED if self != CLOSED else self

    def probing(self, now: datetime) -> Breaker:
        """Allow one probe: when the time is over, or because a person asked."""
        return dataclasses.replace(self, state=Circuit.HALF_OPEN, since=now, until=None)

    def due(self, now: datetime) -> bool:
        """True when an open circuit may be probed."""
        return self.state is Circuit.OPEN and (self.until is None or now >= self.until)


CLOSED: Final = Breaker()


@dataclass(frozen=True)
class Hold:
    """The connection waits for a person: `code` is sign-in-refused, certificate-refused, …"""

    code: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Pause:
    """A person paused sending, with a reason; `line_stopped` marks stop-the-line."""

    reason: str
    operator: str
    since: datetime
    line_stopped: bool = False


@dataclass(frozen=True)
class Capacity:
    """Slots of one workflow: `free` None means unknown (the count failed: `why`).

    `per_minute` is how many instances ended a minute lately, None where that is not known yet.
    """

    limit: int
    count: int | None
    free: int | None
    at: datetime
    why: str = ""
    per_minute: float | None = None

    @property
    def forecast(self) -> str:
        """When a slot is likely to be free, in words; empty where nobody can tell."""
        if self.per_minute is None:
            return ""
        if self.per_minute <= 0:
            return "none ended in the last minutes"
        seconds = 60 / self.per_minute
        if seconds < 90:
            return f"about one every {max(round(seconds), 1)} s lately"
        return f"about one every {round(seconds / 60)} min lately"

    @property
    def full(self) -> bool:
        """True where the tenant was counted and no slot is left."""
        return self.free is not None and self.free <= 0


@dataclass(frozen=True)
class Lane:
    """Everything that keeps a profile's jobs from being sent right now.

    `question` waits for an operator's answer; `trouble` says why the connection cannot be opened; `fingerprint` names the API it leads to
    (empty: not known here), and jobs made for another one stay where they are.
    """

    profile: str
    breaker: Breaker = CLOSED
    cooldown_until: datetime | None = None
    cooldown_why: str = ""
    workflow_cooldowns: Mapping[str, datetime] = field(default_factory=dict)
    hold: Hold | None = None
    pause: Pause | None = None
    capacity: Mapping[str, Capacity] = field(default_factory=dict)
    question: str = ""
    trouble: str = ""
    fingerprint: str = ""

    def evolve(self, **changes: object) -> Lane:
        """Return a copy with `changes`."""
        return dataclasses.replace(self, **changes)  # type: ignore[arg-type]  # names are checked by replace

    def leads_to(self, job: TriggerJob) -> bool:
        """True where `job` was made for the API of this connection, as far as that is known."""
        return not self.fingerprint or job.fingerprint == self.fingerprint

    def cooling(self, workflow_id: str, now: datetime) -> datetime | None:
        """The end of the cool-down that applies to this workflow, or None."""
        ends = [
            end
            for end in (self.cooldown_until, self.workflow_cooldowns.get(workflow_id))
            if end is not None and end > now
        ]
        return max(ends, default=None)


@dataclass(frozen=True)
class Why:
    """Why a job is where it is, in one line, and until when (None: no clock runs)."""

    text: str
    code: str
    until: datetime | None = None


def gate(lane: Lane, job: TriggerJob, now: datetime) -> Why | None:
    """Return what keeps `job` from being sent at `now`, or None where nothing does."""
    return _for_a_person(lane, job) or _for_its_time(lane, job, now)


def standstill(lane: Lane, workflow_id: str, now: datetime) -> Why | None:
    """Return what keeps every job of a workflow from being sent at `now`, whatever it is like."""
    person = _trouble(lane) or _paused(lane) or _held(lane)
    return person or _circuit_open(lane) or _cooling(lane, workflow_id, now)


def _for_a_person(lane: Lane, job: TriggerJob) -> Why | None:
    """What only a person can take out of the way."""
    if lane.trouble:
        return _trouble(lane)
    if not lane.leads_to(job):
        return Why(OTHER_API, "other-tenant")
    if job.awaits_approval:
        text = f"Needs approval by a second person, not {job.operator}"
        return Why(text, "awaiting-approval")
    return _paused(lane) or _held(lane)


def _trouble(lane: Lane) -> Why | None:
    return Why(lane.trouble, "no-connection") if lane.trouble else None


def _paused(lane: Lane) -> Why | None:
    if lane.pause is not None:
        word = "Line stopped" if lane.pause.line_stopped else "Paused"
        told = f": {lane.pause.reason}" if lane.pause.reason else ""
        return Why(f"{word} by {lane.pause.operator}{told}. Resume to send", "paused")
    return Why(lane.question, "asks") if lane.question else None


def _held(lane: Lane) -> Why | None:
    if lane.hold is None:
        return None
    return Why(f"Connection held: {lane.hold.reason}. Test it to go on", "connection-held")


def _circuit_open(lane: Lane) -> Why | None:
    if lane.breaker.state is Circuit.CLOSED:
        return None
    return Why(f"Circuit open: {lane.breaker.why}", "circuit-open", lane.breaker.until)


def _for_its_time(lane: Lane, job: TriggerJob, now: datetime) -> Why | None:
    """What ends by itself, or came too late."""
    if job.not_before is not None and job.not_before > now:
        return Why("Scheduled", "scheduled", job.not_before)
    if job.send_before is not None and now >= job.send_before:
        return Why("Too old to send unasked; send it or cancel it", "too-old")
    return _circuit_open(lane) or _cooling(lane, job.workflow_id, now)


def _cooling(lane: Lane, workflow_id: str, now: datetime) -> Why | None:
    cooling = lane.cooling(workflow_id, now)
    if cooling is None:
        return None
    return Why(lane.cooldown_why or "CXone asked us to wait (429)", "cool-down", cooling)


def explain(lane: Lane, job: TriggerJob, now: datetime, *, sender: bool = True) -> Why:
    """Say in one line why `job` is where it is; `sender` tells whether any process sends."""
    if job.state is JobState.QUEUED:
        blocked = gate(lane, job, now)
        if blocked is not None:
            return blocked
        if not sender:
            return Why("Waiting for a sender: open the window or run the queue", "no-sender")
        capacity = lane.capacity.get(job.workflow_id)
        if capacity is not None and capacity.full:
            told = f"; {capacity.forecast}" if capacity.forecast else ""
            text = f"Waiting for a slot: all {capacity.limit} are in use{told}"
            return Why(text, "waiting-for-slot")
        return Why(job.reason or "Next in line", job.reason_code or "next")
    if job.state is JobState.WAITING:
        return _waiting(lane, job, now)
    if job.state is JobState.SENDING:
        return Why("Sending now", "sending")
    return Why(job.reason, job.reason_code, job.until)


def _waiting(lane: Lane, job: TriggerJob, now: datetime) -> Why:
    """What a waiting job waits for: its time, and then whatever keeps it longer."""
    if not lane.leads_to(job):
        return Why(OTHER_API, "other-tenant")
    due = job.until is None or job.until <= now
    if job.wait is Wait.LOOKUP:
        # A pause stops triggers, not look-ups.
        blocked = _trouble(lane) or _held(lane) or _circuit_open(lane)
        if due and blocked is not None:
            text = f"{blocked.text}. Then the console looks for the instance"
            return Why(text, blocked.code, blocked.until)
        told = f" ({job.reason})" if job.reason else ""
        return Why(f"Looking for the instance, {job.look} of 2{told}", "look-up", job.until)
    later = gate(lane, job, now) if due else None
    if later is not None:
        return later
    text = f"Retry {job.attempts + 1} of {job.max_attempts}"
    return Why(f"{text}: {job.reason}" if job.reason else text, "retry", job.until)
