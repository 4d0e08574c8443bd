"""Ctrl-C and SIGTERM for a window."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSocketNotifier


class SignalWakeup:
    """Lets Ctrl-C and SIGTERM end the window: Qt's loop runs no Python until something happens."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._theirs.fileno())
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._handlers = {n: signal.signal(n, partial(_asked, stop)) for n in numbers}
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._drain)

    def _drain(self) -> None:
        self._ours.recv(4096)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()


def _asked(stop: Callable[[], None], _number: int, _frame: object) -> None:
    stop()
