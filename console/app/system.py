"""The real clock and the real source of ids and chance."""

from __future__ import annotations

import asyncio
import random
import secrets
import time
import uuid
from contextlib import suppress
from datetime import UTC, datetime


class SystemClock:
    """This computer's time; fulfils `services.ports.Clock`."""

    def now(self) -> datetime:
        """Wall time, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait about `seconds`; qasync may wake up 5 % early."""
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        """Wait until `event` is set, at most about `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


class SystemIds:
    """Fresh ids and chance; fulfils `services.ports.Ids`."""

    def job_id(self) -> str:
        """A random UUID."""
        return str(uuid.uuid4())

    def salt(self) -> bytes:
        """16 bytes nobody can guess."""
        return secrets.token_bytes(16)

    def jitter(self) -> float:
        """0 to 1."""
        return random.random()  # noqa: S311 - spreads retries, keeps nothing secret
