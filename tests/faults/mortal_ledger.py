"""A console's queue that dies wherever it is told, and what it has put on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.job import TriggerJob
from console.services.ports import TrailBehind, Write
from tests.fake_ledger import MemoryLedger


class Crash(BaseException):
    """The process is gone: no clean-up, no last word."""


class Death:
    """Decides where the process dies; after that nothing of it reaches disk or tenant."""

    def __init__(self) -> None:
        self.happened = asyncio.Event()
        self.points: list[str] = []
        self._at: int | None = None

    def plan(self, points: int) -> None:
        """Die at that crash point from here, counted from 1."""
        self._at = len(self.points) + points

    def now(self) -> None:
        self.happened.set()

    def reach(self, point: str) -> None:
        """Go past a crash point, alive; a dead process never does."""
        if self.happened.is_set():
            raise Crash(point)
        self.points.append(point)
        if self._at is not None and len(self.points) >= self._at:
            self.happened.set()
            raise Crash(point)


class MortalLedger(MemoryLedger):
    """The queue in memory, with a crash point on both sides of every step to the disk.

    `decided` is what was ever put on record, in the order in which it was decided.
    """

    def __init__(self) -> None:
        super().__init__()
        self.death = Death()
        self.decided: list[Any] = []

    def commit(self, writes: Sequence[Write]) -> list[TriggerJob | Exception | None]:
        self.death.reach("before the commit")
        if self.full:
            raise EnvironmentProblem("The disk is full: nothing was stored.")
        results: list[TriggerJob | Exception | None] = []
        for write in writes:
            try:
                results.append(self._apply(write))
            except Refusal as error:
                results.append(error)
            else:
                self.decided += write.records
        self.death.reach("stored, not yet in the trail")
        try:
            self._append()
        except EnvironmentProblem as error:
            raise TrailBehind(str(error), results) from error
        self.death.reach("in the trail, not yet told")
        return results

    def settle(self) -> tuple[str, ...]:
        self.death.reach("before the trail is settled")
        self._append()
        self.death.reach("after the trail was settled")
        return ()

    def _append(self) -> None:
        while self.outbox:
            if self.trail_full:
                raise EnvironmentProblem("The trail cannot be written: disk full.")
            self.trail.append(self.outbox.pop(0))

    def changed(self) -> bool:
        return False
