"""Sends chosen jobs and waits until each has ended or only a person can move it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from console.app.folder import Folder
from console.app.running import until
from console.domain.job import JobState, TriggerJob
from console.domain.lane import explain
from console.services.sender import Sender

PERSON_ONLY: Final = frozenset(
    {"paused", "connection-held", "no-connection", "other-tenant", "too-old", "awaiting-approval"}
)
WATCH_S: Final = 0.1


async def send_and_wait(
    folder: Folder,
    sender: Sender,
    jobs: Callable[[], Iterable[TriggerJob]],
    stop: asyncio.Event,
    seconds: float | None = None,
    watch_s: float = WATCH_S,
) -> None:
    """Run `sender` until none of `jobs()` can move by itself, `stop` is set or the time is over.

    `jobs` reads the jobs anew and lazily: it is asked every `watch_s` and read as far as needed.
    What is under way at the end is finished. Where another process sends, this one watches.
    """
    running = folder.tasks.start(sender.run(), "sender")
    try:
        await until(folder.tasks, _ended(folder, sender, jobs, seconds, watch_s), stop)
    finally:
        await sender.stop(folder.settings.request_deadline_s + 1)
        await asyncio.wait({running})  # its crash is told by `until`


async def _ended(
    folder: Folder,
    sender: Sender,
    jobs: Callable[[], Iterable[TriggerJob]],
    seconds: float | None,
    watch_s: float,
) -> None:
    end = None if seconds is None else folder.clock.monotonic() + seconds
    while any(_moves(folder, sender, job) for job in jobs()):
        if sender.here and folder.journal.closed.is_set():
            return
        left = watch_s if end is None else min(watch_s, end - folder.clock.monotonic())
        if left <= 0:
            return
        await folder.clock.sleep(left)


def _moves(folder: Folder, sender: Sender, job: TriggerJob) -> bool:
    """True where the job can go on without a person."""
    if job.ended or job.state is JobState.REVIEW:
        return False
    lane = sender.lane(job.profile)
    why = explain(lane, job, folder.clock.now())
    if job.state is JobState.QUEUED or why.code == "other-tenant":
        return not (why.code in PERSON_ONLY and sender.settled)
    return not (job.state is JobState.WAITING and lane.hold is not None)
