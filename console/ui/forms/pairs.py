"""Rows of a name and a text: the metadata of a trigger."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.errors import BadInput
from console.domain.payload import checked_metadata
from console.ui.forms.editor import mark_invalid
from console.ui.forms.entry import LineEdit
from console.ui.theme import SPACE_S, SPACE_XS
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.text import FieldLabel, label


class PairRow(QWidget):
    """One name and its text."""

    edited = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_XS)
        self.key = LineEdit()
        self.key.setPlaceholderText("name")
        self.text = LineEdit()
        self.text.setPlaceholderText("text")
        self.remove = icon_button("close", "Remove", name="remove")
        line.addWidget(self.key, 2)
        line.addWidget(self.text, 3)
        line.addWidget(self.remove)
        self.key.textEdited.connect(self.edited)
        self.text.textEdited.connect(self.edited)
        self.remove.clicked.connect(self.removed)

    def number(self, place: int) -> None:
        """Be row `place`, from 0."""
        for part, widget in (("key", self.key), ("text", self.text), ("remove", self.remove)):
            widget.setObjectName(f"metadata_{part}_{place}")
        self.key.setAccessibleName(f"Metadata {place + 1}: name")
        self.text.setAccessibleName(f"Metadata {place + 1}: text")
        self.remove.setAccessibleName(f"Remove metadata {place + 1}")


class PairsEditor(QWidget):
    """Names with texts; `problem` says what is wrong in plain words, empty where nothing is."""

    edited = Signal()

    def __init__(self, title: str, hint: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("metadata")
        self.setAccessibleName(title)
        self._rows: list[PairRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        column.addWidget(FieldLabel(title, hint))
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE_S)
        column.addLayout(self._column)
        self._message = label("", "error", wrap=True, name="metadata_message")
        self._message.hide()
        column.addWidget(self._message)
        foot = QHBoxLayout()
        self._add = button(f"Add {title.lower()}", "link", name="metadata_add", icon="plus")
        self._add.clicked.connect(self._add_by_hand)
        foot.addWidget(self._add)
        foot.addStretch(1)
        column.addLayout(foot)

    def pairs(self) -> list[tuple[str, str]]:
        """Return the rows as they stand, without those that are wholly empty."""
        rows = [(row.key.text(), row.text.text()) for row in self._rows]
        return [pair for pair in rows if any(pair)]

    def value(self) -> dict[str, str]:
        """Return the names with their texts; raises BadInput where they cannot be sent."""
        pairs = self.pairs()
        names = [name for name, _ in pairs]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise BadInput(f"The name {twice!r} stands twice.", "metadata")
        if "" in names:
            raise BadInput("A text needs a name.", "metadata")
        return checked_metadata(dict(pairs))

    def load(self, pairs: Mapping[str, str] | list[tuple[str, str]]) -> None:
        """Show `pairs`."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for key, text in pairs.items() if isinstance(pairs, Mapping) else pairs:
            row = self._append()
            row.key.setText(key)
            row.text.setText(text)
        self._renumber()

    def show_message(self, text: str) -> None:
        """Say what is wrong below the rows; an empty text takes it away."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        for row in self._rows:
            mark_invalid(row.key, invalid=bool(text))

    @property
    def message(self) -> str:
        """What is said to be wrong now."""
        return self._message.text()

    def take_focus(self) -> None:
        """Put the keyboard into the first row."""
        (self._rows[0].key if self._rows else self._add).setFocus()

    def _append(self) -> PairRow:
        row = PairRow()
        row.edited.connect(self.edited)
        row.removed.connect(lambda r=row: self._remove(r))
        self._rows.append(row)
        self._column.addWidget(row)
        return row

    def _add_by_hand(self) -> None:
        row = self._append()
        self._renumber()
        row.key.setFocus()
        self.edited.emit()

    def _remove(self, row: PairRow) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._renumber()
        self._add.setFocus()
        self.edited.emit()

    def _renumber(self) -> None:
        for place, row in enumerate(self._rows):
            row.number(place)
