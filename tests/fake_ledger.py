"""The queue in memory, with the real rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import InLine, JobEvent, JobState, Standing, TriggerJob
from console.domain.metrics import Figures, figures_of
from console.services.ports import Earlier, JobFilter, RecordDraft, TrailBehind, Write


class MemoryLedger:
    """The queue in memory with the real rules: versions, unique keys, all or nothing.

    `trail` holds the records in order; `full` makes every commit fail as a full disk does,
    `trail_full` only the append.
    """

    def __init__(self) -> None:
        self.rows: dict[str, TriggerJob] = {}
        self.events: list[JobEvent] = []
        self.trail: list[RecordDraft] = []
        self.outbox: list[RecordDraft] = []
        self.values: dict[str, str] = {}
        self.full = False
        self.trail_full = False
        self.unreadable = False
        self.commits = 0
        self.date_confirmed = False

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        if self.full:
            raise EnvironmentProblem("The disk is full: nothing was stored.")
        self.commits += 1
        results: list[TriggerJob | Exception | None] = []
        for write in writes:
            try:
                results.append(self._apply(write))
            except Refusal as error:
                results.append(error)
        if self.trail_full and self.outbox:
            raise TrailBehind("The trail cannot be written: disk full.", results)
        self.trail += self.outbox
        self.outbox.clear()
        return results

    def check(self) -> None:
        self.trail_full = False

    def confirm_date(self) -> None:
        self.date_confirmed = True

    def take_notices(self) -> tuple[str, ...]:
        return ()

    def rotate_key(self, reason: str, operator: str) -> tuple[str, ...]:
        if self.full:
            raise EnvironmentProblem("The disk is full: nothing was stored.")
        payload = {"reason": reason, "operator": operator}
        self.trail.append(RecordDraft("AUDIT_KEY_CHANGED", payload))
        return ("The audit trail is signed with another key from now on.",)

    def settle(self) -> tuple[str, ...]:
        if self.trail_full and self.outbox:
            raise EnvironmentProblem("The trail cannot be written: disk full.")
        self.trail += self.outbox
        self.outbox.clear()
        return ()

    def _apply(self, write: Write) -> TriggerJob | None:
        if any(self.values.get(name) != value for name, value in write.when.items()):
            raise Refusal("Another process did the same meanwhile; look at it again.")
        if any(new.job_id in self.rows for new in write.inserts):
            raise Refusal("A job with this id or key exists already.")
        for new in write.inserts:
            self.rows[new.job_id] = new.evolve(number=len(self.rows) + 1, version=1)
        job = write.job
        if job is not None:
            kept = self.rows.get(job.job_id)
            if write.expect is None:
                taken = job.key is not None and self.job_by_key(job.profile, job.key)
                if kept is not None or taken:
                    raise Refusal("A job with this id or key exists already.")
                job = job.evolve(number=len(self.rows) + 1, version=1)
            else:
                if kept is None or kept.version != write.expect:
                    raise Refusal(f"{job.label} has moved on meanwhile; look at it again.")
                job = job.evolve(version=write.expect + 1)
            self.rows[job.job_id] = job
        self.events += write.events
        self.outbox += write.records
        for name, value in write.values.items():
            if value is None:
                self.values.pop(name, None)
            else:
                self.values[name] = value
        return job

    def job(self, job_id: str) -> TriggerJob | None:
        return self.rows.get(job_id)

    def job_by_number(self, number: int) -> TriggerJob | None:
        return next((job for job in self.rows.values() if job.number == number), None)

    def job_by_key(self, profile: str, key: str) -> TriggerJob | None:
        return next(
            (job for job in self.rows.values() if job.profile == profile and job.key == key), None
        )

    def jobs(
        self, wanted: JobFilter, offset: int = 0, limit: int | None = None
    ) -> list[TriggerJob]:
        found = [
            job
            for job in sorted(self.rows.values(), key=lambda job: -job.number)
            if (wanted.states is None or job.state in wanted.states)
            and wanted.workflow_id in (None, job.workflow_id)
            and wanted.profile in (None, job.profile)
            and (wanted.person_at is None or job.needs_person(wanted.person_at))
            and wanted.batch in (None, job.batch)
            and wanted.text.lower() in f"{job.job_id} {job.label} {job.workflow_id}".lower()
        ]
        return found[offset:] if limit is None else found[offset : offset + limit]

    def count_jobs(self, wanted: JobFilter) -> int:
        return len(self.jobs(wanted))

    def counts_by_state(self, profile: str | None = None) -> dict[JobState, int]:
        counts: dict[JobState, int] = {}
        for job in self.rows.values():
            if profile in (None, job.profile):
                counts[job.state] = counts.get(job.state, 0) + 1
        return counts

    def ready(
        self,
        profile: str,
        limit: int,
        now: datetime,
        fingerprint: str | None = None,
        only: frozenset[str] | None = None,
    ) -> list[InLine]:
        queued = sorted(
            InLine(job.priority, job.number, job.workflow_id, job.job_id)
            for job in self.rows.values()
            if job.state is JobState.QUEUED
            and job.profile == profile
            and fingerprint in (None, job.fingerprint)
            and (only is None or job.job_id in only)
            and (job.not_before is None or job.not_before <= now)
            and (job.send_before is None or job.send_before > now)
            and not job.awaits_approval
        )
        taken: dict[str, int] = {}
        found = []
        for place in queued:
            taken[place.workflow_id] = taken.get(place.workflow_id, 0) + 1
            if taken[place.workflow_id] <= limit:
                found.append(place)
        return found

    def earlier(
        self, profile: str, content_hashes: Sequence[str], since: datetime
    ) -> dict[str, Earlier]:
        return {
            job.content_hash: Earlier(job.job_id, job.label, job.state, job.queued_at)
            for job in sorted(self.rows.values(), key=lambda job: job.queued_at)
            if job.profile == profile
            and job.content_hash in content_hashes
            and job.queued_at >= since
        }

    def next_scheduled(self, profile: str, now: datetime) -> datetime | None:
        return min(
            (
                job.not_before
                for job in self.rows.values()
                if job.state is JobState.QUEUED and job.not_before and job.not_before > now
            ),
            default=None,
        )

    def waiting(self, profile: str) -> list[TriggerJob]:
        return [job for job in self.pending(profile) if job.state is JobState.WAITING]

    def pending(self, profile: str) -> list[TriggerJob]:
        if self.unreadable:
            raise EnvironmentProblem("The queue cannot be read right now.")
        return [
            job
            for job in self.rows.values()
            if job.profile == profile and job.state in (JobState.SENDING, JobState.WAITING)
        ]

    def standings(self, job_ids: Iterable[str]) -> list[Standing]:
        return [_standing(self.rows[job_id]) for job_id in job_ids if job_id in self.rows]

    def uncompleted(self, profile: str, limit: int = 2000) -> list[Standing]:
        return [
            _standing(job)
            for job in self.rows.values()
            if job.profile == profile
            and job.state is JobState.ACCEPTED
            and job.completed_at is None
        ][:limit]

    def unsettled(self, profile: str, since: datetime) -> list[str]:
        return sorted(
            {
                job.workflow_id
                for job in self.rows.values()
                if job.profile == profile
                and (job.state is JobState.REVIEW or job.state is JobState.FAILED)
                and (job.state is JobState.REVIEW or job.may_have_run)
                and job.changed_at is not None
                and job.changed_at > since
            }
        )

    def profiles_seen(self) -> list[str]:
        stopped = [name.removeprefix("stop:") for name in self.values if name.startswith("stop:")]
        return sorted({job.profile for job in self.rows.values()} | set(stopped))

    def profiles(self) -> list[str]:
        return sorted({job.profile for job in self.rows.values() if not job.ended})

    def history(self, job_id: str) -> list[JobEvent]:
        return [event for event in self.events if event.job_id == job_id]

    def value(self, name: str) -> str | None:
        return self.values.get(name)

    def values_under(self, prefix: str) -> dict[str, str]:
        return {name: text for name, text in self.values.items() if name.startswith(prefix)}

    def figures(self, workflow_id: str | None = None) -> list[Figures]:
        rows = sorted(
            (job.workflow_id, job.latency_ms, job.state is JobState.ACCEPTED)
            for job in self.rows.values()
            if job.latency_ms is not None and workflow_id in (None, job.workflow_id)
        )
        return figures_of(rows)


def _standing(job: TriggerJob) -> Standing:
    return Standing(
        job.job_id,
        job.profile,
        job.fingerprint,
        job.workflow_id,
        job.state,
        job.reason_code,
        job.instance_id,
    )
