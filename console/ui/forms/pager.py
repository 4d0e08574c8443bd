"""Which part of a long list is in sight, and the way to the others."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from console.ui.theme import SPACE_S
from console.ui.widgets.buttons import icon_button
from console.ui.widgets.text import label

PAGE: Final = 50
PAGE_OF_GROUPS: Final = 10


class Pager(QWidget):
    """'51 to 100 of 10,000' with buttons; `wanted` tells the first row of another page."""

    wanted = Signal(int)

    def __init__(self, page: int) -> None:
        super().__init__()
        self._start = self._count = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        self.words = label("", "small")
        self.before = icon_button("chevron-up", "Entries before", name="page_before")
        self.after = icon_button("chevron-down", "Entries after", name="page_after")
        self.before.clicked.connect(lambda: self.wanted.emit(self._start - page))
        self.after.clicked.connect(lambda: self.wanted.emit(self._start + page))
        for widget in (self.before, self.after, self.words):
            row.addWidget(widget)
        row.addStretch(1)

    def show_place(self, start: int, shown: int, count: int) -> None:
        """Say that `shown` of `count` entries are in sight, from `start` on."""
        self._start, self._count = start, count
        self.words.setText(f"{start + 1:,} to {start + shown:,} of {count:,}")
        self.before.setEnabled(start > 0)
        self.after.setEnabled(start + shown < count)
        self.setVisible(count > shown)

    def call(self, title: str, path: str) -> None:
        """Be the pager of the list `title` at `path`."""
        for part, button in (("before", self.before), ("after", self.after)):
            button.setObjectName(f"page_{part}_{path}")
            button.setAccessibleName(f"{title}: entries {part}")
        self.words.setAccessibleName(f"{title}: {self.words.text()}")
