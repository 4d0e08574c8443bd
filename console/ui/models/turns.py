"""Turns: tables change one after the other, so that no pass of the event loop repaints two.

Painting a table takes as long as a frame. Timers that run out in one pass would go on to do so for
ever, since each begins again when its change is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

BETWEEN_MS: Final = 40


class Turns(QObject):
    """Calls what was asked for, each in a pass of its own, in the order of asking."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Callable[[], None]] = deque()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._next)

    def ask(self, change: Callable[[], None]) -> None:
        """Call `change` at its turn; once, however often it is asked for until then."""
        if change not in self._waiting:
            self._waiting.append(change)
        if not self._timer.isActive():
            self._timer.start(0)

    def _next(self) -> None:
        if not self._waiting:
            return
        change = self._waiting.popleft()
        self._timer.start(BETWEEN_MS)  # also with nobody waiting: who comes next keeps the distance
        owner = getattr(change, "__self__", None)
        if not isinstance(owner, QObject) or isValid(owner):  # one may be gone with its page
            change()
