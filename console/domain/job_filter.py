"""Which jobs are asked for, and what was found to be the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.domain.job import JobState


@dataclass(frozen=True)
class JobFilter:
    """Which jobs: None means any. `text` is matched against id, workflow, operator, reason.

    `person_at`: only what nobody but a person can move at this time: reviews, and queued jobs
    that await an approval or are too old to be sent unasked.
    """

    states: frozenset[JobState] | None = None
    workflow_id: str | None = None
    profile: str | None = None
    text: str = ""
    person_at: datetime | None = None
    batch: str | None = None


@dataclass(frozen=True)
class Earlier:
    """A job that asked for the same as another request does: the newest one of them."""

    job_id: str
    label: str
    state: JobState
    queued_at: datetime
