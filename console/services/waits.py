"""Waits that stay as long as they were told to be, although this computer's clock is set meanwhile.

Times are stored and shown by the wall clock; how much of a wait is left is measured by the clock
that never jumps. (In sleep that clock stands still, so a wait ends a little late, never early.)
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from console.services.ports import Clock

JUMP_S: Final = 1.0
"""The clocks of a computer drift apart all the time; this much is a jump."""
LONG_OVER_S: Final = 7200.0
MANY: Final = 4096


class Waits:
    """Remembers each moment on both clocks from when this process first met it.

    None that it meets lies more than `longest_s` seconds ahead: one that seems to was stored
    before the clock was set back, by a process that has ended.
    """

    def __init__(self, clock: Clock, longest_s: float) -> None:
        self._clock = clock
        self._longest_s = longest_s
        self._known: dict[str, tuple[datetime, float]] = {}
        self._tidy_at = MANY

    def moment(self, key: str, told: datetime) -> datetime:
        """Return `told`, or what the wall clock shows at that moment if it was set since.

        `key` names what begins or ends then; another `told` under the same key is a new moment.
        """
        now, monotonic = self._clock.now(), self._clock.monotonic()
        known = self._known.get(key)
        if known is None or known[0] != told:
            ahead = min((told - now).total_seconds(), self._longest_s)
            known = self._known[key] = (told, monotonic + ahead)
            self._tidy(monotonic)
        moved = now + timedelta(seconds=known[1] - monotonic)
        return told if abs((moved - told).total_seconds()) < JUMP_S else moved

    def _tidy(self, monotonic: float) -> None:
        """Drop what was over long ago, now and then."""
        if len(self._known) > self._tidy_at:
            self._known = {k: v for k, v in self._known.items() if v[1] > monotonic - LONG_OVER_S}
            self._tidy_at = max(2 * len(self._known), MANY)


class JumpWatch:
    """Tells when the wall clock was set (or the computer slept) since it was last asked."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._apart = self._read()

    def jumped(self) -> bool:
        """True once after each jump."""
        before, self._apart = self._apart, self._read()
        return abs(self._apart - before) >= JUMP_S

    def _read(self) -> float:
        return self._clock.now().timestamp() - self._clock.monotonic()
