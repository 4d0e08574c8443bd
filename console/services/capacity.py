"""Slots of each workflow: one count a second at most, shared by all who ask, and honest doubt."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from console.domain.errors import CallError
from console.domain.lane import Capacity
from console.services.ports import Clock, Tenant

FRESH_S: Final = 1.0
RECENT_S: Final = 600.0
LEAST_WATCHED_S: Final = 20.0
UNKNOWN_CEILING: Final = 2
"""Triggers of one workflow under way at once while its count is unknown."""


class Slots:
    """Counts running instances and adds what this process sent since the count began."""

    def __init__(self, tenant: Tenant, clock: Clock, default_limit: int) -> None:
        self._tenant = tenant
        self._clock = clock
        self._default_limit = default_limit
        self._limits: dict[str, int] = {}
        self._counted: dict[str, tuple[float, datetime, int | None, str]] = {}
        self._sends: dict[str, dict[str, tuple[float, float | None]]] = defaultdict(dict)
        self._ends: dict[str, deque[tuple[float, float, int]]] = defaultdict(deque)
        self._per_minute: dict[str, float] = {}
        self._counting: dict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def set_limits(self, limits: Mapping[str, int]) -> None:
        """Take over the limits of the local definitions."""
        self._limits = dict(limits)

    def limit(self, workflow_id: str) -> int:
        """The workflow's limit, with or without a definition."""
        return self._limits.get(workflow_id, self._default_limit)

    async def refresh(self, workflow_id: str) -> CallError | None:
        """Count unless a count of the last second stands; returns what a failed count said."""
        async with self._counting[workflow_id]:
            known = self._counted.get(workflow_id)
            began = self._clock.monotonic()
            if known is not None and began - known[0] < FRESH_S:
                return None
            at = self._clock.now()
            try:
                counted = await self._tenant.count(workflow_id)
            except CallError as error:
                self._counted[workflow_id] = (began, at, None, str(error))
                return error
            self._note_ended(workflow_id, known, began, counted.count)
            self._counted[workflow_id] = (began, at, counted.count, "")
            self._drop_counted(workflow_id, began)
            return None

    def stale(self, workflow_id: str) -> bool:
        """True where the next answer needs a new count."""
        known = self._counted.get(workflow_id)
        return known is None or self._clock.monotonic() - known[0] >= FRESH_S

    def say_full(self, workflow_id: str) -> None:
        """CXone itself said that the workflow is full: as if just counted so."""
        limit = self.limit(workflow_id)
        now = self._clock.monotonic()
        self._counted[workflow_id] = (now, self._clock.now(), limit, "")

    def full(self, workflow_id: str) -> bool:
        """True where the last count and what was sent since leave no free slot."""
        capacity = self.capacity(workflow_id)
        return capacity is not None and capacity.full

    def capacity(self, workflow_id: str) -> Capacity | None:
        """The present answer: free of limit, full, or unknown; None before the first count."""
        known = self._counted.get(workflow_id)
        if known is None:
            return None
        _, at, count, why = known
        limit = self.limit(workflow_id)
        if count is None:
            return Capacity(limit, None, None, at, why)
        ours = len(self._sends[workflow_id])  # what the count includes was dropped with it
        free = max(limit - (count + ours), 0)
        return Capacity(limit, count, free, at, per_minute=self._per_minute.get(workflow_id))

    def may_send(self, workflow_id: str) -> bool:
        """True where a slot is free, or where doubt still allows a few."""
        capacity = self.capacity(workflow_id)
        if capacity is None:
            return False
        if capacity.free is not None:
            return capacity.free > 0
        under_way = sum(1 for _, ended in self._sends[workflow_id].values() if ended is None)
        return under_way < UNKNOWN_CEILING

    def all(self) -> dict[str, Capacity]:
        """Every workflow that was counted."""
        found = {workflow_id: self.capacity(workflow_id) for workflow_id in self._counted}
        return {workflow_id: value for workflow_id, value in found.items() if value is not None}

    def sent(self, workflow_id: str, job_id: str) -> None:
        """A trigger of this workflow is about to go out."""
        self._sends[workflow_id][job_id] = (self._clock.monotonic(), None)

    def ended(self, workflow_id: str, job_id: str, *, may_run: bool) -> None:
        """Its attempt ended; `may_run` keeps its slot until a later count includes it."""
        sent, _ = self._sends[workflow_id].pop(job_id, (0.0, None))
        if may_run:
            self._sends[workflow_id][job_id] = (sent, self._clock.monotonic())

    def _note_ended(
        self,
        workflow_id: str,
        known: tuple[float, datetime, int | None, str] | None,
        now: float,
        count: int,
    ) -> None:
        """Note how many instances must have ended between two counts."""
        if known is None:
            return
        began, _, before, _ = known
        if before is None:
            return
        started = sum(
            1
            for _, ended in self._sends[workflow_id].values()
            if ended is not None and began <= ended < now
        )
        ends = self._ends[workflow_id]
        ends.append((now, now - began, max(before + started - count, 0)))
        while ends and now - ends[0][0] > RECENT_S:
            ends.popleft()
        watched = sum(seconds for _, seconds, _ in ends)
        if watched >= LEAST_WATCHED_S:
            minutes = watched / 60
            self._per_minute[workflow_id] = round(sum(n for _, _, n in ends) / minutes, 1)

    def _drop_counted(self, workflow_id: str, began: float) -> None:
        sends = self._sends[workflow_id]
        for job_id in [key for key, (_, end) in sends.items() if end is not None and end < began]:
            del sends[job_id]
