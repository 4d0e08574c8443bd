"""Saves what stands in a form as a preset: its name, what is locked, what goes with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QListView, QWidget

from console.domain.errors import BadInput
from console.domain.preset import LONGEST_NAME, Preset, checked_name
from console.domain.schema import pointer
from console.domain.text import shortened, visible
from console.services.preset_desk import PresetDone, PresetEvent, PresetRefused
from console.ui.forms.json_text import json_text
from console.ui.theme import ROW_PX, SPACE_L
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.services.preset_desk import PresetsDesk

_POINTER = int(Qt.ItemDataRole.UserRole) + 1
_CELL = 80


class SavePreset(Question):
    """Asks for a name and for what is locked; `saved` tells the preset that is on disk."""

    saved = Signal(object)  # Preset

    def __init__(
        self,
        desk: PresetsDesk,
        present: Preset,
        titles: Mapping[str, str],
        *,
        secrets: bool,
        parent: QWidget | None = None,
    ) -> None:
        """`present` holds all that the form holds; `titles` are those of its values by name."""
        super().__init__(
            "Save as a preset",
            "Its values can be filled in again at once; locked ones cannot be changed then.",
            "Save preset",
            name="preset_save",
            parent=parent,
        )
        self._desk = desk
        self._present = present
        self._request = ""
        self._asked: Preset | None = None
        self._replace = False
        self.name = QLineEdit(present.name)
        self.name.setObjectName("preset_name")
        self.name.setMaxLength(LONGEST_NAME)
        self.body.addWidget(FieldLabel("Name", "", self.name))
        self.body.addWidget(self.name)
        self.error = label("", "error", wrap=True, name="preset_error")
        self.error.hide()
        self.body.addWidget(self.error)
        self._list_values(titles)
        if secrets:
            note = "Secret fields are left out: a preset never holds them."
            self.body.addWidget(label(note, "small", wrap=True, name="preset_secrets"))
        self.priority = _check("Priority", "preset_priority", on=False)
        self.metadata = _check("Metadata", "preset_metadata", on=bool(present.metadata))
        self.reason = _check("Reason", "preset_reason", on=False)
        self.metadata.setEnabled(bool(present.metadata))
        self.reason.setEnabled(bool(present.reason))
        row = QHBoxLayout()
        row.setSpacing(SPACE_L)
        row.addWidget(label("Also save", "muted"))
        for box in (self.priority, self.metadata, self.reason):
            row.addWidget(box)
        row.addStretch(1)
        self.body.addLayout(row)
        self.name.textChanged.connect(lambda _text: self._say(""))
        leave = desk.listen(self._hear)
        self.destroyed.connect(leave)
        self.name.setFocus()

    def _list_values(self, titles: Mapping[str, str]) -> None:
        self._model = QStandardItemModel(self)
        for name, value in self._present.values.items():
            text = value if isinstance(value, str) else json_text(value)
            title = titles.get(name) or name
            words = visible(shortened(f"{title}:  {' '.join(text.split())}", _CELL))
            item = QStandardItem(words)
            item.setData(pointer(name), _POINTER)
            item.setEditable(False)
            item.setCheckable(True)
            locked = pointer(name) in self._present.locked
            item.setCheckState(Qt.CheckState.Checked if locked else Qt.CheckState.Unchecked)
            self._model.appendRow(item)
        self.values = QListView()
        self.values.setObjectName("preset_locked")
        self.values.setProperty("role", "choices")
        self.values.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.values.setModel(self._model)
        self.values.setTextElideMode(Qt.TextElideMode.ElideRight)
        frame = Well()
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.values)
        count = self._model.rowCount()
        frame.setMinimumHeight(ROW_PX)
        frame.setMaximumHeight(min(max(count, 2), 7) * (ROW_PX - 5) + 6)
        hint = "ticked values are locked" if count else "the form is empty"
        self.body.addWidget(FieldLabel("Lock", hint, self.values))
        self.body.addWidget(frame, 1)

    def preset(self) -> Preset:
        """The preset as chosen here; BadInput where the name cannot be used."""
        items = (self._model.item(row) for row in range(self._model.rowCount()))
        locked = [i.data(_POINTER) for i in items if i.checkState() is Qt.CheckState.Checked]
        present = self._present
        return replace(
            present,
            name=checked_name(self.name.text().strip()),
            locked=tuple(locked),
            priority=present.priority if self.priority.isChecked() else None,
            metadata=present.metadata if self.metadata.isChecked() else None,
            reason=present.reason if self.reason.isChecked() else None,
        )

    def accept(self) -> None:
        if self._request:
            return
        try:
            self._asked = self.preset()
        except BadInput as error:
            self._say(str(error))
            self.name.setFocus()
            return
        self._request = uuid.uuid4().hex
        self.answer_button.setEnabled(False)
        self._desk.save(self._request, self._asked, replace=self._replace)

    def _hear(self, event: PresetEvent) -> None:
        match event:
            case PresetDone(request=request) if request and request == self._request:
                self.saved.emit(self._asked)
                super().accept()
            case PresetRefused(request=request) if request and request == self._request:
                self._request = ""
                self.answer_button.setEnabled(True)
                self._say(event.message)
                if event.field == "name":
                    self._replace = True
                    self.answer_button.setText("Replace it")
                    self.answer_button.setAccessibleName("Replace it")

    def _say(self, message: str) -> None:
        self.error.setText(message)
        self.error.setVisible(bool(message))
        if not message and self._replace:
            self._replace = False
            self.answer_button.setText("Save preset")
            self.answer_button.setAccessibleName("Save preset")


def _check(text: str, name: str, *, on: bool) -> QCheckBox:
    result = QCheckBox(text)
    result.setObjectName(name)
    result.setAccessibleName(f"Also save: {text}")
    result.setChecked(on)
    return result
