"""A scenario: how the simulated tenant behaves, as frozen values without any reading of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum
from pathlib import Path
from typing import Final

Range = tuple[float, float]

OPERATIONS: Final = ("token", "start", "list", "count", "look", "get")
"""What a fault can be meant for: `count` and `look` are the two kinds of `list`, by its page of one."""


class FaultKind(StrEnum):
    """What a scripted fault does to one request; resources/scenarios/README.md tells each."""

    STATUS = "status"
    HTML = "html"
    REDIRECT = "redirect"
    CUT_BEFORE = "cut-before"
    CUT_AFTER = "cut-after"
    CUT_DURING = "cut-during"
    TRICKLE = "trickle"
    TRUNCATED_JSON = "truncated-json"
    NO_ID = "no-id"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    BAD_DATE = "bad-date"
    WRONG_TOTAL = "wrong-total"
    REPEAT_IDS = "repeat-ids"


MADE_BY_DEFAULT: Final = frozenset(
    {
        FaultKind.CUT_AFTER,
        FaultKind.CUT_DURING,
        FaultKind.TRICKLE,
        FaultKind.TRUNCATED_JSON,
        FaultKind.NO_ID,
        FaultKind.DUPLICATE,
        FaultKind.WRONG_TOTAL,
        FaultKind.REPEAT_IDS,
    }
)
"""Kinds after which the request was carried out, so that a start has left an instance."""


@dataclass(frozen=True)
class DateIn:
    """A Retry-After written as a date, `seconds` after the answer's own Date."""

    seconds: float


RetryAfter = str | DateIn | None


def retry_after_text(value: RetryAfter, answered_at: datetime) -> str | None:
    """The header's text as it goes out, or None where the header is left out."""
    if isinstance(value, DateIn):
        return format_datetime(answered_at + timedelta(seconds=value.seconds), usegmt=True)
    return value


@dataclass(frozen=True)
class Deed:
    """What happens once a fault's selectors match; only the fields of its `kind` are read.

    `made` says whether the request is carried out first; `seconds` is the delay, the pause
    before each byte of a trickle, or the error of the Date header; `body` is what an altered
    answer says, as text or as a JSON value; `copies` is how many instances a start that is
    carried out leaves; `by` is how far a listing's total is off.
    """

    kind: FaultKind
    made: bool = False
    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    content_type: str | None = None
    retry_after: RetryAfter = None
    location: str = "http://127.0.0.1:9/elsewhere"
    seconds: float = 1.0
    reset: bool = False
    copies: int = 1
    by: int = 1


@dataclass(frozen=True)
class Fault:
    """One line of a fault script; every selector that is given must match.

    `nth` counts the matching requests from 1, `every` takes each k-th of them, `times` ends the
    fault after so many strikes, `start` and `end` are seconds since the scenario began.
    """

    on: frozenset[str]
    do: Deed
    workflow_id: str | None = None
    nth: frozenset[int] | None = None
    every: int | None = None
    times: int | None = None
    start: float = 0.0
    end: float | None = None
    probability: float | None = None


@dataclass(frozen=True)
class RunProfile:
    """How instances of a workflow fare; shares are from 0 to 1, ranges are seconds."""

    seconds: Range = (20.0, 75.0)
    waiting: float = 0.2
    waiting_seconds: Range = (5.0, 25.0)
    failed: float = 0.05
    cancelled: float = 0.02
    steps: tuple[str, ...] = ("Received", "Context checked", "Routed", "Closed")
    decisions: tuple[str, ...] = ("Routed to the default queue",)
    failures: tuple[str, ...] = ("No agent became free in time",)


@dataclass(frozen=True)
class Scenario:
    """Everything that makes one tenant differ from another.

    `token_expires_in` is what the token endpoint promises, `token_valid_seconds` how long a
    token is really taken; `limits` replaces the workflows' own limits (`*` for all others);
    `runs` needs the key `*`; `folder` is where other scenarios can be found by name. Listings
    and counts show an instance only `listing_lag_seconds` after its start.
    """

    name: str
    title: str = ""
    description: str = ""
    accept_unknown_workflows: bool = False
    token_expires_in: int = 3600
    token_valid_seconds: float = 3600.0
    latency_ms: Range = (0.0, 0.0)
    full_status: int = 429
    full_retry_after: RetryAfter = "2"
    limits: Mapping[str, int] = field(default_factory=dict)
    page_cap: int = 100
    listing_lag_seconds: float = 0.0
    foreign_count: int = 0
    foreign_every_seconds: float | None = None
    runs: Mapping[str, RunProfile] = field(default_factory=lambda: {"*": RunProfile()})
    faults: tuple[Fault, ...] = ()
    folder: Path | None = None

    def run_profile(self, workflow_id: str) -> RunProfile:
        """How instances of that workflow fare."""
        return self.runs.get(workflow_id) or self.runs["*"]
