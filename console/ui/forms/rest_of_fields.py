"""The fields of a large form that are still to be made: in small slices, or when asked for.

Two hundred fields take most of a second to make. Those in sight come first, so that an operator can
begin; thousands come only when somebody wants to see them.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.ui.widgets.buttons import button

AT_ONCE: Final = 28
A_SLICE: Final = 8
PAUSE_MS: Final = 25
UNASKED: Final = 400
ASKED: Final = 100


class RestOfFields(QWidget):
    """Asks for more fields while it is in sight: by itself where few are left, else by a button."""

    wanted = Signal(int)

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        self._button = button("", "link", name="more_fields", icon="plus")
        self._button.clicked.connect(lambda: self.wanted.emit(ASKED))
        row.addWidget(self._button)
        row.addStretch(1)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(lambda: self.wanted.emit(A_SLICE))
        self._by_itself = count <= UNASKED
        self.tell(count)

    def tell(self, count: int) -> None:
        """So many fields are left."""
        self._count = count
        words = f"Show {min(count, ASKED)} more of {count:,} fields"
        self._button.setText(words)
        self._button.setAccessibleName(words)
        if not count:
            self.hide()
        if count and self._by_itself and self.isVisible():
            self._timer.start()

    def place(self, path: str) -> None:
        """Stand in the group at `path`."""
        self._button.setObjectName(f"more_fields_{path}")

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._by_itself and self._count:
            self._timer.start()
