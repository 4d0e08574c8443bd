"""The simulator's only source of time, so that tests move time without sleeping."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Two readings of time, and a wait measured in the first of them."""

    def monotonic(self) -> float:
        """Seconds that never go back; only differences mean anything."""

    def wall(self) -> datetime:
        """The aware UTC time that the tenant would put into its Date header."""

    async def sleep(self, seconds: float) -> None:
        """Return once `monotonic` has moved on by `seconds`."""


class SystemClock:
    """The computer's own clocks."""

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        # An event loop may wake a little early, so the clock is read again (see Clock.sleep).
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            await asyncio.sleep(left)
