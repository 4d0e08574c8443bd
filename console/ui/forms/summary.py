"""What is wrong with a form in one place; each line leads to its field."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.text import shortened, visible
from console.ui.theme import SPACE_XS
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Well
from console.ui.widgets.text import label

SHOWN: Final = 8
LONGEST: Final = 110


class Summary(QWidget):
    """Lines of (title, words, path); `chosen` tells the path of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("form_summary")
        self.setAccessibleName("What has to be mended")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        well = Well()
        outer.addWidget(well)
        self._lines = QVBoxLayout(well)
        self._lines.setSpacing(SPACE_XS)
        self._shown: list[QWidget] = []
        self._told: tuple[tuple[str, str, str], ...] = ()
        self.hide()

    def tell(self, lines: Sequence[tuple[str, str, str]]) -> None:
        """Show `lines`, nothing where there is at most one: its field says it."""
        told = tuple(lines)
        if told == self._told:
            return
        self._told = told
        for old in self._shown:
            self._lines.removeWidget(old)
            old.hide()
            old.deleteLater()
        self._shown = []
        for place, (title, words, path) in enumerate(told[:SHOWN] if len(told) > 1 else ()):
            text = shortened(visible(f"{title}: {words}".replace("\n", " ")), LONGEST)
            line = button(text.replace("&", "&&"), "link", name=f"summary_{place}", accessible=text)
            line.setProperty("role", "fix")
            line.clicked.connect(lambda _on=False, p=path: self.chosen.emit(p))
            self._add(line)
        if len(told) > max(SHOWN, 1):
            self._add(label(f"and {len(told) - SHOWN} more", "small", name="summary_more"))
        self.setVisible(bool(self._shown))

    def _add(self, widget: QWidget) -> None:
        self._shown.append(widget)
        self._lines.addWidget(widget)
