"""A title and whole sentences below it, each a paragraph of its own."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from console.ui.theme import SPACE_XS
from console.ui.widgets.text import label


class Sentences(QWidget):
    """Told to screen readers as one text under its title."""

    def __init__(self, title: str, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._title = title
        self._labels: list[QLabel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_XS)
        self._column.addWidget(label(title, "heading"))
        self.say(())

    def say(self, sentences: Sequence[str]) -> None:
        """Show `sentences`; the title alone where there are none."""
        while len(self._labels) < len(sentences):
            paragraph = label(wrap=True)
            paragraph.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._labels.append(paragraph)
            self._column.addWidget(paragraph)
        for at, paragraph in enumerate(self._labels):
            there = at < len(sentences)
            paragraph.setText(sentences[at] if there else "")
            paragraph.setVisible(there)
        self.setAccessibleName(self._title)
        self.setAccessibleDescription(self.text())

    def text(self) -> str:
        """What is said, a sentence a line."""
        return "\n".join(part.text() for part in self._labels if part.text())
