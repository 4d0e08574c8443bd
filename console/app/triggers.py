"""`trigger`: one job into the queue, and with a wait through it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from console.app.folder import Folder, opened
from console.app.place import Place
from console.app.running import run
from console.app.views import job_view
from console.app.waiting import send_and_wait
from console.domain.job import TriggerJob
from console.domain.payload import TriggerPayload
from console.services.batch import REPEATED_WITHIN
from console.services.commands import TriggerRequest
from console.services.operator import Target
from console.services.ports import Earlier


@dataclass(frozen=True)
class Triggered:
    """The job as `queue list` gives it, and the newest equal one of the last 24 h, if any.

    `other` where the job of the same key asks for something else than this request did.
    """

    job: dict[str, Any]
    earlier: Earlier | None
    other: bool


def trigger(
    data_dir: str | None, profile: str | None, request: TriggerRequest, wait_s: float | None
) -> Triggered:
    """Queue one job; with `wait_s` (-1: the settings' default) send it and wait. Returns it."""
    place = Place.find(data_dir)
    chosen = place.profile(profile)
    seconds = place.settings.wait_default_s if wait_s == -1.0 else wait_s

    async def work(stop: asyncio.Event) -> Triggered:
        async with opened(place) as folder:
            if seconds is not None:
                place.secrets.get(chosen.name)  # no secret, no keyring: said before a job is made
            await folder.journal.settle()
            await folder.custody.claim()
            folder.tell_broken(request.workflow_id)
            job, earlier, other = await _queue(folder, request, folder.target(chosen))
            place.profiles.use(chosen.name)
            sender = folder.sender(only=frozenset({job.job_id}))
            sent_by_someone = folder.someone_sends()

            def mine() -> list[TriggerJob]:
                return [folder.ledger.job(job.job_id) or job]

            if seconds is not None:
                await send_and_wait(folder, sender, mine, stop, seconds)
                sent_by_someone = True
            (kept,) = mine()
            lane = sender.lane(kept.profile)
            view = job_view(kept, lane, folder.clock.now(), sender=sent_by_someone)
            return Triggered(view, earlier, other)

    return run(work)


async def _queue(
    folder: Folder, request: TriggerRequest, target: Target
) -> tuple[TriggerJob, Earlier | None, bool]:
    """Queue the job; beside it the newest equal one, which is named and keeps nothing back.

    True as the third where the key named a job that asks for something else.
    """
    began = folder.clock.now()
    payload = TriggerPayload(request.workflow_id, request.context, metadata=request.metadata)
    content = payload.content_hash()
    equal = folder.ledger.earlier(target.profile, [content], began - REPEATED_WITHIN)
    job = await folder.operator.trigger(request, target)
    other = job.content_hash != content
    if request.again or job.queued_at < began:  # said yes; or the same key, so the same job
        return job, None, other
    return job, equal.get(content), other
