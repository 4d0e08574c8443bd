"""What must be settled before a process may send: is this the folder it was, and how long idle.

A folder that was copied or restored may hold jobs that its original sends too, so it opens
paused and every unfinished job needs a person's decision.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from console.domain import records
from console.domain.audit import EventType
from console.domain.errors import Refusal
from console.domain.job import JobState, TriggerJob
from console.domain.lane import Pause
from console.domain.records import RecordDraft
from console.domain.retry import Review
from console.services import outcomes
from console.services.journal import Journal
from console.services.lane_state import PAUSE_KEY, pause_text
from console.services.ports import Clock, JobFilter, Ledger, Write

IDENTITY_KEY: Final = "folder"
ALIVE_KEY: Final = "alive"
ALIVE_EVERY_S: Final = 60.0
LONG_CLOSED: Final = timedelta(minutes=15)
CONSOLE: Final = "the console"


class Custody:
    """Keeps a data folder's identity and the time at which somebody last sent for it.

    `identity` reads what the folder is now; `differ(before, now)` says in words how two
    identities differ, empty where they are one.
    """

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        clock: Clock,
        identity: Callable[[], str],
        differ: Callable[[str, str], str],
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._identity = identity
        self._differ = differ
        self._alive_at: datetime | None = None

    async def take(self) -> timedelta | None:
        """Settle what this folder is; returns how long nobody sent, None where it is new."""
        await self.claim()
        known, now_is = self._ledger.value(IDENTITY_KEY), self._identity()
        if known is not None and known != now_is:
            await self._copied(self._differ(known, now_is), now_is)
        before = self._ledger.value(ALIVE_KEY)
        await self.alive()
        if before is None:
            return None
        return self._clock.now() - datetime.fromisoformat(before)

    async def claim(self) -> None:
        """Note which folder this is where nobody has; before its first job, so no copy is missed."""
        if self._ledger.value(IDENTITY_KEY) is None:
            await self._journal.write(Write(values={IDENTITY_KEY: self._identity()}))

    async def alive(self) -> None:
        """Note, once a minute, that somebody sends for this folder."""
        now = self._clock.now()
        if self._alive_at is not None and now - self._alive_at < timedelta(seconds=ALIVE_EVERY_S):
            return
        self._alive_at = now
        await self._journal.write(Write(values={ALIVE_KEY: now.isoformat()}))

    async def _copied(self, how: str, identity: str) -> None:
        now = self._clock.now()
        why = f"This data folder is not where it was: {how}"
        pause = pause_text(Pause(f"{why}. Decide about its unfinished jobs", CONSOLE, now))
        draft = RecordDraft(EventType.FOLDER_COPIED, {"how": how, "decidedAt": now.isoformat()})
        paused = records.queue_paused("", CONSOLE, why, now)
        await self._journal.write(Write(records=(draft, paused), values={PAUSE_KEY: pause}))
        unfinished = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING})
        for job in self._ledger.jobs(JobFilter(states=unfinished)):
            await self._unsure(job, why, now)
        # Last: a crash on the way comes here again.
        await self._journal.write(Write(values={IDENTITY_KEY: identity}))

    async def _unsure(self, job: TriggerJob, why: str, now: datetime) -> None:
        if job.state is JobState.QUEUED:
            after = replace(job, send_before=now, changed_at=now)
            told = outcomes.event(after, now, "unsure", f"{why}; it is not sent unasked")
            write = outcomes.change(job, after, told)
        else:
            step = Review(f"{why}; the original may have sent it", "folder-copied")
            write = outcomes.review(job, step, now)
        try:
            await self._journal.write(write)
        except Refusal:
            return  # another process moved it on meanwhile; that stands
