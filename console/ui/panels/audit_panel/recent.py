"""Trails that were opened before: kept, offered, and told where one could not be opened again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMenu

from console.domain.text import visible

KEPT: Final = 10
KEY: Final = "audit/recent"


class RecentTrails:
    """The last ten trails other than our own, the last one first.

    Whether one is still there is asked of no disk while a menu opens: a share that is gone would
    keep the window waiting. One that could not be opened is told so, and can be taken off.
    """

    def __init__(self, settings: QSettings) -> None:
        self._settings = settings
        self._missing: set[str] = set()

    def all(self) -> list[str]:
        """Paths, the last one first."""
        kept = self._settings.value(KEY, [])
        if isinstance(kept, str):  # an INI gives a list of one back as a text
            kept = [kept] if kept else []
        return [str(text) for text in kept][:KEPT] if isinstance(kept, list) else []

    def opened(self, path: Path) -> None:
        """Keep a trail that was opened as the last one."""
        self._missing.discard(str(path))
        self._keep([str(path), *(text for text in self.all() if text != str(path))])

    def not_opened(self, path: Path) -> None:
        """Tell of this trail from now on that it could not be opened."""
        self._missing.add(str(path))

    def words(self, text: str) -> str:
        """One of them as a menu shows it."""
        shown = visible(text).replace("&", "&&")
        return f"{shown} (could not be opened)" if text in self._missing else shown

    def add_tidying(self, menu: QMenu) -> None:
        """Offer to take off what could not be opened, or all."""
        gone = [text for text in self.all() if text in self._missing]
        if gone:
            rest = [text for text in self.all() if text not in self._missing]
            action = menu.addAction("Take off what could not be opened")
            action.setObjectName("audit_recent_tidy")
            action.triggered.connect(lambda _=False: self._keep(rest))
        action = menu.addAction("Clear this list")
        action.setObjectName("audit_recent_clear")
        action.triggered.connect(lambda _=False: self._keep([]))

    def _keep(self, paths: list[str]) -> None:
        self._settings.setValue(KEY, paths[:KEPT])
