"""The hub: frozen events from the services to whoever shows them, in the order they happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from console.services.hub import Hub as Hub
from console.services.hub import Listener as Listener

if TYPE_CHECKING:
    from console.domain.anchor import Held
    from console.domain.instance import Instance
    from console.domain.job import TriggerJob
    from console.domain.lane import Lane


@dataclass(frozen=True)
class JobChanged:
    """A job is new or has moved; it and its records are on disk already."""

    job: TriggerJob


@dataclass(frozen=True)
class JobsReloaded:
    """Many jobs changed at once, or by another process: read the pages again."""


@dataclass(frozen=True)
class DefinitionsChanged:
    """A workflow definition was added, replaced or removed, here or by another process."""


@dataclass(frozen=True)
class SubmitRefused:
    """What was submitted under `request` did not become a job; nothing was sent or stored."""

    request: str
    message: str
    field: str = ""


@dataclass(frozen=True)
class Submitted:
    """What was submitted under `request` is now `job`."""

    request: str
    job: TriggerJob


@dataclass(frozen=True)
class CommandRefused:
    """A command of the operator was not carried out; `message` says why and what to do.

    `job_id` names the job that it was about, empty where it was about none.
    """

    message: str
    job_id: str = ""


@dataclass(frozen=True)
class CommandDone:
    """What the operator asked for about the job `job_id` is carried out and stored."""

    job_id: str


@dataclass(frozen=True)
class LaneChanged:
    """Circuit, cool-down, hold, pause or slots of a connection changed."""

    lane: Lane


@dataclass(frozen=True)
class TokenChanged:
    """The token's end; None while signed out."""

    expires_at: datetime | None


@dataclass(frozen=True)
class InstancesRead:
    """One reading of the instances; `limits` maps workflow id to (running, limit)."""

    instances: tuple[Instance, ...]
    slots: dict[str, tuple[int | None, int]]
    read_at: datetime


@dataclass(frozen=True)
class InstancesUnread:
    """A reading failed; what is shown stays and grows old."""

    message: str
    at: datetime


@dataclass(frozen=True)
class TrailGrew:
    """Records were appended and synced; `records` is the trail's new length where known."""

    records: int | None


@dataclass(frozen=True)
class TrailAnchored:
    """What is known of the last anchoring outside: None for never; `places` are set up for it."""

    last: Held | None
    places: int


@dataclass(frozen=True)
class SenderChanged:
    """Whether this process is the one that sends for the data folder."""

    here: bool


@dataclass(frozen=True)
class JobsWaited:
    """Nobody sent for a long time while `count` jobs waited: send, choose or cancel?

    Answered by `Commands.answer_waited`; until then none of them is sent.
    """

    count: int
    closed_s: float


@dataclass(frozen=True)
class Notice:
    """Something the operator must know: `level` is info, warning or error.

    `code` names the subject: a newer notice takes its place, one at level info ends it. `action`
    labels what a person can do about it, by `Commands.act(code)`.
    """

    level: str
    text: str
    code: str = ""
    action: str = ""


Event = (
    JobChanged
    | DefinitionsChanged
    | JobsReloaded
    | SubmitRefused
    | Submitted
    | CommandRefused
    | CommandDone
    | LaneChanged
    | TokenChanged
    | InstancesRead
    | InstancesUnread
    | TrailGrew
    | TrailAnchored
    | SenderChanged
    | JobsWaited
    | Notice
)
