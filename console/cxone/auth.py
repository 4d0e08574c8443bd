"""The token of one connection: fetched when needed, kept until 60 s before its end, renewed once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from console.domain.errors import CallError
from console.logs import never_log
from console.services.ports import Clock, TokenLife
from console.services.tasks import Tasks

log = logging.getLogger(__name__)

RENEW_BEFORE_S: Final = 60.0
LONGEST_LIFE_S: Final = 86_400.0
"""A longer promise is not believed: a token is fetched again at least once a day."""

FetchToken = Callable[[], Awaitable[tuple[str, float | None]]]
"""One request to the token endpoint: the token and its life in seconds (None: not told)."""


@dataclass(frozen=True)
class Token:
    """An access token with its promised end; `life_s` None means good for those who waited for it."""

    value: str
    life_s: float | None
    asked_at: datetime
    asked_monotonic: float

    @property
    def expires_at(self) -> datetime | None:
        """Its end, aware UTC; None where the server told no sensible life."""
        return None if self.life_s is None else self.asked_at + timedelta(seconds=self.life_s)

    def __repr__(self) -> str:
        return f"<Token until {self.expires_at}>"


class TokenKeeper:
    """Hands out the present token. However many callers wait, one request renews it.

    The renewal is a task of its own: a caller that is cancelled leaves it running for the others.
    """

    def __init__(self, fetch: FetchToken, clock: Clock, tasks: Tasks) -> None:
        self._fetch = fetch
        self._clock = clock
        self._tasks = tasks
        self._held: Token | None = None
        self._renewal: asyncio.Task[Token | CallError] | None = None

    @property
    def life(self) -> TokenLife:
        """The present token's end; None where there is none."""
        return TokenLife(None if self._held is None else self._held.expires_at)

    async def token(self) -> Token:
        """Return a token that is good for another minute; raises what the renewal raised."""
        if self._held is not None and self._is_fresh(self._held):
            return self._held
        if self._renewal is None:
            self._renewal = self._tasks.start(self._renew(), "renew the token")
        renewed = await asyncio.shield(self._renewal)
        if isinstance(renewed, CallError):
            raise renewed
        return renewed

    def refused(self, token: Token) -> None:
        """Drop `token` after a 401, unless it has been replaced meanwhile."""
        if self._held is token:
            self._held = None

    async def _renew(self) -> Token | CallError:
        at, monotonic = self._clock.now(), self._clock.monotonic()
        try:
            value, life_s = await self._fetch()
        except CallError as error:
            # A value, not a raise: where every waiter has gone, nobody is left to be told.
            return error
        finally:
            self._renewal = None
        never_log(value)
        life_s = None if life_s is None else min(life_s, LONGEST_LIFE_S)
        token = Token(value, life_s, at, monotonic)
        self._held = token
        log.info("signed in; the token is good for %s s", "?" if life_s is None else round(life_s))
        return token

    def _is_fresh(self, token: Token) -> bool:
        if token.life_s is None:
            return False
        # Both clocks: the wall clock may be set back, the other one stands still in sleep.
        passed = max(
            self._clock.monotonic() - token.asked_monotonic,
            (self._clock.now() - token.asked_at).total_seconds(),
        )
        return passed < token.life_s - RENEW_BEFORE_S
