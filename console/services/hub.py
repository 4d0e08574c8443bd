"""Who hears what the services tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.services.events import Event

Listener = Callable[["Event"], None]


class Hub:
    """Calls every listener with every event, in order; listeners must not block."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Add `listener`; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def tell(self, event: Event) -> None:
        """Hand `event` to every listener."""
        for listener in tuple(self._listeners):
            listener(event)
