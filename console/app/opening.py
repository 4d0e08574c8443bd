"""What a window shows before the services run: the folder as it stands, read and never changed.

Only what the first painted window needs is imported; `app.live` follows after it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from console.services.connection import ConnectionView

if TYPE_CHECKING:
    from console.app.place import Place
    from console.config import Settings
    from console.domain.job import JobEvent, JobState, TriggerJob
    from console.domain.job_filter import JobFilter
    from console.domain.lane import Lane, Why
    from console.domain.metrics import Figures
    from console.domain.workflow import Workflow
    from console.store.job_reads import JobReads
    from console.store.profiles import Profile


class Opening:
    """The `services.commands.Reads` of a folder that nothing runs in yet; `close` it after.

    Raises EnvironmentProblem where the queue cannot be read at all.
    """

    def __init__(self, place: Place, profile: Profile | None) -> None:
        self._place = place
        self._profile = profile
        self._view = None if profile is None else view_of(profile, place.settings)
        self._lanes: dict[str, Lane] = {}
        self._queue = None if profile is None else _queue_of(place)

    def close(self) -> None:
        """Let go of the queue."""
        if self._queue is not None:
            self._queue.close()

    def connection(self) -> ConnectionView | None:
        """The connection that will be open."""
        return self._view

    def workflows(self) -> tuple[Workflow, ...]:
        """The local definitions, their schemas not yet judged."""
        return self._workflows

    @cached_property
    def _workflows(self) -> tuple[Workflow, ...]:
        return self._place.definitions.unjudged()

    def lane(self) -> Lane | None:
        """The lane of the connection as it was stored last."""
        return None if self._profile is None else self._lane(self._profile.name)

    def now(self) -> datetime:
        """This computer's time, aware UTC."""
        return datetime.now(UTC)

    def explain(self, job: TriggerJob) -> Why:
        """Why this job is where it is."""
        from console.domain.lane import explain

        return explain(self._lane(job.profile), job, self.now())

    def jobs(self, wanted: JobFilter, offset: int, limit: int) -> list[TriggerJob]:
        """One page of jobs, newest first."""
        return [] if self._queue is None else self._queue.jobs(wanted, offset, limit)

    def count_jobs(self, wanted: JobFilter) -> int:
        """How many jobs `wanted` names."""
        return 0 if self._queue is None else self._queue.count_jobs(wanted)

    def counts_by_state(self) -> dict[JobState, int]:
        """How many jobs stand in each state."""
        return {} if self._queue is None else self._queue.counts_by_state()

    def job(self, job_id: str) -> TriggerJob | None:
        """The job of this id."""
        return None if self._queue is None else self._queue.job(job_id)

    def history(self, job_id: str) -> list[JobEvent]:
        """The job's events, oldest first."""
        return [] if self._queue is None else self._queue.history(job_id)

    def figures(self) -> list[Figures]:
        """The figures of each workflow."""
        return [] if self._queue is None else self._queue.figures()

    def _lane(self, profile: str) -> Lane:
        if profile not in self._lanes:
            from console.services.lane_state import lane_of, stored_lane

            queue = self._queue
            self._lanes[profile] = (
                lane_of(profile, None) if queue is None else stored_lane(queue, profile)
            )
        return self._lanes[profile]


def view_of(profile: Profile, settings: Settings) -> ConnectionView:
    """An open profile as the window names it."""
    from console.cxone.settings import host_of

    return ConnectionView(
        profile.name,
        profile.environment,
        profile.contract,
        host_of(profile.api_url),
        settings.operator,
        demo=profile.environment == "demo",
        seals=settings.console_seal,
    )


def _queue_of(place: Place) -> JobReads | None:
    from console.store.database import connect_to_read
    from console.store.job_reads import JobReads

    path = place.paths.database_file
    connection = connect_to_read(path)
    return None if connection is None else JobReads(connection, path)
