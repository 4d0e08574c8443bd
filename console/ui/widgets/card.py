"""Card: a rounded panel with a header row, a body, and room for a footer that stays."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLayout, QVBoxLayout, QWidget

from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.text import ElidedLabel, label


class CardHeader(QFrame):
    """The header row of a card."""


class CardFooter(QFrame):
    """The footer row of a card."""


class Drawer(QFrame):
    """A part that opens below a table."""


class SideDrawer(QFrame):
    """A part that opens beside a table."""


class Well(QFrame):
    """A sunken box for groups and raw text."""


class Card(QFrame):
    """A panel: title and subtitle at the left, tools at the right, body below.

    Add to the header with `add_tool` (right side) or `add_beside_title`; set the body's layout
    through `body` (a QVBoxLayout without margins).
    """

    def __init__(self, title: str, subtitle: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(title)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        self.header = CardHeader()
        self.header.setMinimumHeight(45)
        self._row = QHBoxLayout(self.header)
        self._row.setContentsMargins(SPACE_L - 2, SPACE_S - 2, SPACE_M, SPACE_S - 2)
        self._row.setSpacing(SPACE_M)
        self.title = label(title, "heading")
        self.subtitle = ElidedLabel(subtitle, "muted")
        self._row.addWidget(self.title)
        self._beside = QHBoxLayout()
        self._beside.setSpacing(SPACE_S)
        self._row.addLayout(self._beside)
        self._row.addWidget(self.subtitle, 1)
        self._tools = QHBoxLayout()
        self._tools.setSpacing(SPACE_S)
        self._row.addLayout(self._tools)
        outer.addWidget(self.header)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        outer.addLayout(self.body, 1)
        self._outer = outer
        self.footer: CardFooter | None = None

    def set_subtitle(self, text: str) -> None:
        """Show `text` muted beside the title."""
        self.subtitle.setText(text)

    def add_tool(self, widget: QWidget) -> None:
        """Put `widget` at the right end of the header."""
        self._tools.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add_beside_title(self, widget: QWidget) -> None:
        """Put `widget` right after the title."""
        self._beside.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def add(self, part: QWidget | QLayout, stretch: int = 0) -> None:
        """Put `part` below what the body has."""
        if isinstance(part, QWidget):
            self.body.addWidget(part, stretch)
        else:
            self.body.addLayout(part, stretch)

    def footer_row(self) -> QHBoxLayout:
        """Return the footer's row; it is made at the first call and stays at the bottom."""
        if self.footer is None:
            self.footer = CardFooter()
            row = QHBoxLayout(self.footer)
            row.setContentsMargins(SPACE_L - 2, SPACE_M - 2, SPACE_L - 2, SPACE_M - 2)
            row.setSpacing(SPACE_M)
            self._outer.addWidget(self.footer)
        row_layout = self.footer.layout()
        assert isinstance(row_layout, QHBoxLayout)
        return row_layout
