"""One figure, large, with what it is above and one remark below."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from console.ui.theme import SPACE_L, SPACE_M, SPACE_XS
from console.ui.widgets.card import Card
from console.ui.widgets.text import ElidedLabel, label


class Tile(Card):
    """Its accessible name says all three as one sentence."""

    def __init__(self, name: str, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent=parent)
        self.setObjectName(name)
        self._title = title
        self.header.hide()
        box = QFrame()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_M)
        column.setSpacing(SPACE_XS)
        column.addWidget(ElidedLabel(title, "small"))
        self.value = label("\N{EN DASH}", "title")
        self.remark = ElidedLabel("", "small")
        column.addWidget(self.value)
        column.addWidget(self.remark)
        self.add(box)

    def say(self, value: str, remark: str) -> None:
        """Show another figure."""
        self.value.setText(value)
        self.remark.setText(remark)
        self.setAccessibleName(f"{self._title}: {value}, {remark}")
