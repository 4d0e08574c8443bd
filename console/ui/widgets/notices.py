"""Notices: what the operator must know, stacked over the page, one line a subject."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.text import shortened, visible
from console.ui.widgets.banner import Banner, Level

MOST: Final = 3


class Notices(QWidget):
    """Warnings and errors stay until closed; a newer one on the same subject takes its place."""

    acted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(1)
        self._shown: dict[str, Banner] = {}
        self.hide()

    def say(
        self, level: Level, text: str, subject: str = "", action: str = "", *, stays: bool = False
    ) -> None:
        """Show `text`; `acted` tells `subject` when its action is pressed.

        One that `stays` cannot be closed, nor pushed out by newer ones: only `drop` ends it.
        """
        key = subject or text
        words = visible(shortened(text, 400))
        if key in self._shown:
            self._shown[key].say(level, words, action)
            return
        banner = Banner(level, words, action, closable=not stays)
        place = subject or f"{len(self._shown) + 1}"
        banner.setObjectName(f"notice_{place}")
        banner.action.setObjectName(f"notice_{place}_action")
        banner.close_button.setObjectName(f"notice_{place}_close")
        banner.acted.connect(lambda: self.acted.emit(key))
        banner.closed.connect(lambda: self.drop(key))
        self._shown[key] = banner
        self._column.addWidget(banner)
        passing = [key for key, other in self._shown.items() if other.closable]
        for old in passing[:-MOST]:
            self.drop(old)
        self.show()

    def drop(self, subject: str) -> None:
        """Take the line about `subject` away where there is one."""
        banner = self._shown.pop(subject, None)
        if banner is not None:
            self._column.removeWidget(banner)
            banner.hide()
            banner.deleteLater()
        self.setVisible(bool(self._shown))

    def texts(self) -> list[str]:
        """Return what is shown, oldest first."""
        return [banner.text.text() for banner in self._shown.values()]
