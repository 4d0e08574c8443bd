"""`queue …`: the sender without a window, and decisions from the command line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from console.app.anchor import SenderAnchors
from console.app.folder import Folder, Place, opened
from console.app.running import run, until
from console.app.views import event_view, iso, job_view
from console.domain.job import JobState, TriggerJob
from console.domain.lane import Lane, explain
from console.services.completions import Completions
from console.services.events import Event, JobChanged
from console.services.far_probe import ask_sender
from console.services.lane_state import stored_lane
from console.services.ports import JobFilter
from console.services.sender import Sender

IDLE_POLL_S: Final = 0.05
ANCHOR_GRACE_S: Final = 5.0
NEEDS_PERSON: Final = frozenset({"connection-held", "no-connection", "other-tenant", "too-old"})


@dataclass(frozen=True)
class Drained:
    """What a run came to: jobs that it moved, how those ended, and all that need a person.

    `stopped`: the disk did not confirm a record, and nothing is written before a person's check.
    """

    handled: int
    accepted: int
    failed: int
    need_person: int
    stopped: bool = False

    @property
    def clean(self) -> bool:
        """True where no job that it moved failed, and none needs a person."""
        return not (self.failed or self.need_person or self.stopped)


def list_jobs(data_dir: str | None, profile: str | None) -> list[dict[str, Any]]:
    """Every job, newest first, each with why it is where it is."""
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> list[dict[str, Any]]:
        async with opened(place) as folder:
            _refuse_slip(folder, profile)
            lanes = _Lanes(folder)
            return [lanes.view(job) for job in folder.ledger.jobs(JobFilter(profile=profile))]

    return run(work)


def show_job(data_dir: str | None, name: str) -> dict[str, Any]:
    """One job with what the server said and its history."""
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> dict[str, Any]:
        async with opened(place) as folder:
            job = folder.job(name)
            history = [event_view(event) for event in folder.ledger.history(job.job_id)]
            return {
                **_Lanes(folder).view(job),
                "error": job.error_text or None,
                "errorStatus": job.error_status,
                "errorField": job.error_field or None,
                "resendOf": job.resend_of,
                "copiedFrom": job.copied_from,
                "definitionDigest": job.definition_digest or None,
                "approvalRequired": job.approval_required,
                "approvedBy": job.approved_by,
                "approvedAt": iso(job.approved_at),
                "batch": job.batch,
                "batchRow": job.batch_row,
                "instanceStatus": job.instance_status,
                "latencyMs": job.latency_ms,
                "history": history,
            }

    return run(work)


def cancel(data_dir: str | None, name: str, reason: str) -> dict[str, Any]:
    """Cancel a job that is not sent yet."""
    return _decide(data_dir, name, lambda folder, job: folder.operator.cancel(job, reason))


def retry(data_dir: str | None, name: str, reason: str) -> dict[str, Any]:
    """Send a waiting job now; an ended one again, as a new job that names it."""
    return _decide(data_dir, name, lambda folder, job: folder.operator.retry(job, reason))


def resolve(
    data_dir: str | None, name: str, decision: str, instance: str, reason: str
) -> dict[str, Any]:
    """Decide a review: accepted (with the instance's id), failed, or send-again."""

    def decide(folder: Folder, job: TriggerJob) -> Awaitable[TriggerJob]:
        if decision == "accepted":
            return folder.operator.resolve_accepted(job, instance, reason)
        if decision == "failed":
            return folder.operator.resolve_failed(job, reason)
        return folder.operator.resolve_send_again(job, reason)

    return _decide(data_dir, name, decide)


def approve(data_dir: str | None, name: str, reason: str) -> dict[str, Any]:
    """Approve, as a second person, what another operator requested."""
    return _decide(data_dir, name, lambda folder, job: folder.operator.approve(job, reason))


def refuse(data_dir: str | None, name: str, reason: str) -> dict[str, Any]:
    """Refuse, as a second person, what another operator requested."""
    return _decide(data_dir, name, lambda folder, job: folder.operator.refuse(job, reason))


def stop_the_line(data_dir: str | None, profile: str | None, reason: str) -> str:
    """Stop everything on one connection at once; returns the profile."""
    place = Place.find(data_dir)
    chosen = place.profile(profile)

    async def work(_: asyncio.Event) -> str:
        async with opened(place) as folder:
            await folder.journal.settle()
            await folder.operator.stop_line(chosen.name, reason)
            return chosen.name

    return run(work)


def switch(data_dir: str | None, profile: str | None, action: str, reason: str) -> None:
    """Pause or resume sending for the whole folder (resume: of `profile`, where one is named)."""
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> None:
        async with opened(place) as folder:
            await folder.journal.settle()
            if action == "pause":
                await folder.operator.pause(reason)
            else:
                _refuse_slip(folder, profile)
                await folder.operator.resume(reason, profile)

    run(work)


def _refuse_slip(folder: Folder, profile: str | None) -> None:
    """Raise EnvironmentProblem for a name that is no profile, nor was one that had jobs."""
    if profile and profile not in folder.ledger.profiles_seen():
        folder.place.profile(profile)


def probe(data_dir: str | None, profile: str | None) -> str:
    """Test a held connection or an open circuit now; returns the profile that answered."""
    place = Place.find(data_dir)
    chosen = place.profile(profile)

    async def work(_: asyncio.Event) -> str:
        async with opened(place) as folder:
            sender = folder.sender(only=frozenset())
            running = folder.tasks.start(sender.run(), "sender")
            try:
                await asyncio.sleep(0)
                if sender.here:
                    await sender.probe(chosen.name)
                else:
                    await ask_sender(folder.around, chosen.name)
            finally:
                await sender.stop()
                await running
            return chosen.name

    return run(work)


def run_queue(data_dir: str | None, profile: str | None, *, until_idle: bool) -> Drained:
    """Send for every profile of the folder; returns what the run came to."""
    place = Place.find(data_dir)
    if profile:
        place.profile(profile)

    async def work(stop: asyncio.Event) -> Drained:
        async with opened(place) as folder:
            await folder.started("queue run")
            sender = folder.sender()
            handled: dict[str, TriggerJob] = {}

            def hear(event: Event) -> None:
                if isinstance(event, JobChanged):
                    handled[event.job.job_id] = event.job

            folder.hub.listen(hear)
            running = folder.tasks.start(sender.run(), "sender")
            completions = Completions(
                folder.around,
                folder.definitions,
                folder.connect,
                folder.profile_names,
                place.settings.poll_interval_s,
            )
            watching = folder.tasks.start(completions.watch(lambda: sender.here), "instances")
            anchors = SenderAnchors(folder, lambda: sender.here)
            anchors.start()
            try:
                waiting = _idle(folder, sender) if until_idle else folder.journal.closed.wait()
                await until(folder.tasks, waiting, stop)
                closed = folder.journal.closed.is_set()
                if until_idle and sender.here and not stop.is_set() and not closed:
                    await completions.read()
            finally:
                watching.cancel()
                await sender.stop(folder.settings.request_deadline_s + 1)
                await asyncio.wait({running})  # its crash is told by `until`
                # A short run is over before a place has answered: it would never have its turn.
                await anchors.stop(ANCHOR_GRACE_S)
            await folder.stopped("queue run")
            return _came_to(folder, sender, handled, stopped=closed)

    return run(work)


async def _idle(folder: Folder, sender: Sender) -> None:
    while not (folder.journal.closed.is_set() or (sender.settled and sender.idle())):
        await folder.clock.sleep(IDLE_POLL_S)


def _came_to(
    folder: Folder, sender: Sender, handled: dict[str, TriggerJob], *, stopped: bool
) -> Drained:
    now = folder.clock.now()
    jobs = [folder.ledger.job(job_id) for job_id in handled]
    states = [job.state for job in jobs if job is not None]
    stuck = folder.ledger.jobs(JobFilter(states=frozenset({JobState.QUEUED, JobState.WAITING})))
    need_person = states.count(JobState.REVIEW) + sum(
        explain(sender.lane(job.profile), job, now).code in NEEDS_PERSON for job in stuck
    )
    return Drained(
        len(handled),
        states.count(JobState.ACCEPTED),
        states.count(JobState.FAILED),
        need_person,
        stopped,
    )


def _decide(
    data_dir: str | None,
    name: str,
    decision: Callable[[Folder, TriggerJob], Awaitable[TriggerJob]],
) -> dict[str, Any]:
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> dict[str, Any]:
        async with opened(place) as folder:
            await folder.journal.settle()
            job = await decision(folder, folder.job(name))
            return _Lanes(folder).view(job)

    return run(work)


class _Lanes:
    """The stored lanes, and whether anybody sends at all."""

    def __init__(self, folder: Folder) -> None:
        self._ledger = folder.ledger
        self._now = folder.clock.now()
        self._sender = folder.someone_sends()
        self._known: dict[str, Lane] = {}

    def view(self, job: TriggerJob) -> dict[str, Any]:
        """The job with why it is where it is."""
        if job.profile not in self._known:
            self._known[job.profile] = stored_lane(self._ledger, job.profile)
        return job_view(job, self._known[job.profile], self._now, sender=self._sender)
