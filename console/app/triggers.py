"""`trigger`: one job into the queue, and with a wait through it."""

from __future__ import annotations

import asyncio
from typing import Any, Final

from console.app.folder import Folder, Place, opened
from console.app.running import Troubles, run, until
from console.app.views import job_view
from console.domain.job import JobState, TriggerJob
from console.domain.lane import explain
from console.services.commands import TriggerRequest
from console.services.sender import Sender

PERSON_ONLY: Final = frozenset(
    {"paused", "connection-held", "no-connection", "other-tenant", "too-old", "awaiting-approval"}
)
WATCH_S: Final = 0.1


def trigger(
    data_dir: str | None, profile: str | None, request: TriggerRequest, wait_s: float | None
) -> dict[str, Any]:
    """Queue one job; with `wait_s` (-1: the settings' default) send it and wait. Returns it."""
    place = Place.find(data_dir)
    chosen = place.profile(profile)
    seconds = place.settings.wait_default_s if wait_s == -1.0 else wait_s

    async def work(stop: asyncio.Event) -> dict[str, Any]:
        async with opened(place) as folder:
            if seconds is not None:
                place.secrets.get(chosen.name)  # no secret, no keyring: said before a job is made
            await folder.journal.settle()
            await folder.custody.claim()
            job = await folder.operator.trigger(request, folder.target(chosen))
            place.profiles.use(chosen.name)
            sender = folder.sender(only=job.job_id)
            sent_by_someone = folder.someone_sends()
            if seconds is not None:
                folder.hub.listen(Troubles())
                await _send(folder, sender, job, seconds, stop)
                sent_by_someone = True
            kept = folder.ledger.job(job.job_id) or job
            lane = sender.lane(kept.profile)
            return job_view(kept, lane, folder.clock.now(), sender=sent_by_someone)

    return run(work)


async def _send(
    folder: Folder, sender: Sender, job: TriggerJob, seconds: float, stop: asyncio.Event
) -> None:
    running = folder.tasks.start(sender.run(), "sender")
    try:
        await until(folder.tasks, _ended(folder, sender, job.job_id, seconds), stop)
    finally:
        await sender.stop(folder.settings.request_deadline_s + 1)
        await running


async def _ended(folder: Folder, sender: Sender, job_id: str, seconds: float) -> None:
    """Return when the job has ended, only a person can move it, or the time is over."""
    end = folder.clock.monotonic() + seconds
    while folder.clock.monotonic() < end:
        job = folder.ledger.job(job_id)
        assert job is not None
        if job.ended or job.state is JobState.REVIEW:
            return
        lane = sender.lane(job.profile)
        why = explain(lane, job, folder.clock.now())
        if job.state is JobState.QUEUED or why.code == "other-tenant":
            if why.code in PERSON_ONLY and sender.settled:
                return
        elif job.state is JobState.WAITING and lane.hold is not None:
            return
        await folder.clock.sleep(min(WATCH_S, max(end - folder.clock.monotonic(), 0.0)))
