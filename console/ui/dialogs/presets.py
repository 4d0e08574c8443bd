"""All presets of this data folder: use, share, take in, remove."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QListView, QWidget

from console.domain.text import shortened, visible
from console.services.preset_desk import PresetDone, PresetEvent, PresetRefused, PresetsRead
from console.ui.theme import SPACE_S, SPACE_XS
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import label, set_role

if TYPE_CHECKING:
    from console.domain.preset import Preset
    from console.services.preset_desk import PresetsDesk

_FILES = "Presets (*.json *.yaml *.yml)"
_NONE = "No presets yet. Fill in a form, then choose Save as a preset."


class PresetsDialog(Question):
    """Lists the presets, those of the shown workflow first; `chosen` tells the one to use."""

    chosen = Signal(object)  # Preset

    def __init__(self, desk: PresetsDesk, workflow_id: str, parent: QWidget | None = None) -> None:
        super().__init__(
            "Presets",
            "Saved values of forms. A preset is a file that others can take in; it holds no secrets.",
            "Use",
            name="presets",
            parent=parent,
        )
        self._desk = desk
        self._workflow_id = workflow_id
        self._presets: list[Preset] = []
        self._request = ""
        self._again: Path | None = None
        self.setMinimumWidth(560)
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setObjectName("presets_list")
        self.list.setAccessibleName("Presets")
        self.list.setProperty("role", "choices")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setModel(self._model)
        self.list.setMinimumHeight(200)
        self.list.doubleClicked.connect(lambda _index: self.accept())
        frame = Well()
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.list)
        self.body.addWidget(frame, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.take_in_button = button("Take in a file…", name="presets_import", icon="import")
        self.export_button = button("Write to a file…", name="presets_export", icon="export")
        self.remove_button = button("Remove…", "danger", name="presets_remove", icon="trash")
        for part in (self.take_in_button, self.export_button):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.remove_button)
        self.body.addSpacing(SPACE_XS)
        self.body.addLayout(row)
        self.told = label("", "muted", wrap=True, name="presets_told")
        self.body.addWidget(self.told)
        self.cancel_button.setText("Close")
        self.cancel_button.setAccessibleName("Close")
        self.take_in_button.clicked.connect(self.ask_file)
        self.export_button.clicked.connect(self.ask_export)
        self.remove_button.clicked.connect(self.ask_remove)
        self.list.selectionModel().currentChanged.connect(lambda *_: self._selected())
        leave = desk.listen(self._hear)
        self.destroyed.connect(leave)
        self._selected()
        desk.read()

    def present(self) -> Preset | None:
        """The preset that is selected."""
        row = self.list.currentIndex().row()
        return self._presets[row] if 0 <= row < len(self._presets) else None

    def accept(self) -> None:
        preset = self.present()
        if preset is not None:
            super().accept()
            self.chosen.emit(preset)

    def ask_file(self) -> None:
        """Let a person choose a file to take in."""
        dialog = QFileDialog(self, "Take in a preset", "", _FILES)
        dialog.setObjectName("presets_import_file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda text: self.take_in(Path(text)))
        dialog.open()

    def take_in(self, file: Path, *, replace: bool = False) -> None:
        """Keep the preset in `file`."""
        self._request, self._again = uuid.uuid4().hex, file
        self._desk.take_in(self._request, file, replace=replace)

    def ask_export(self) -> None:
        """Let a person choose where to write the selected preset."""
        preset = self.present()
        if preset is None:
            return
        dialog = QFileDialog(self, "Write the preset to a file", "preset.json", _FILES)
        dialog.setObjectName("presets_export_file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(lambda text: self.export(preset, Path(text)))
        dialog.open()

    def export(self, preset: Preset, file: Path) -> None:
        """Write `preset` to `file`."""
        self._request, self._again = uuid.uuid4().hex, None
        self._desk.export(self._request, preset, file)

    def ask_remove(self) -> None:
        """Ask before the selected preset is forgotten."""
        preset = self.present()
        if preset is None:
            return
        question = Question(
            f"Remove the preset {visible(shortened(preset.name, 60))}?",
            "Forms that were filled from it keep their values.",
            "Remove",
            name="presets_removal",
            role="danger",
            parent=self,
        )
        question.accepted.connect(lambda: self._remove(preset))
        question.open()

    def _remove(self, preset: Preset) -> None:
        self._request, self._again = uuid.uuid4().hex, None
        self._desk.remove(self._request, preset)

    def _hear(self, event: PresetEvent) -> None:
        match event:
            case PresetsRead():
                self._show(event)
            case PresetDone(request=request) if request and request == self._request:
                self._say(event.text, "ok")
            case PresetRefused(request=request) if request and request == self._request:
                self._say(event.message, "error")
                if event.field == "name" and self._again is not None and "already" in event.message:
                    self._ask_replace(self._again)

    def _ask_replace(self, file: Path) -> None:
        question = Question(
            "Replace the preset of this name?",
            f"{visible(file.name)} holds a preset whose name this workflow has already.",
            "Replace",
            name="presets_replace",
            parent=self,
        )
        question.accepted.connect(lambda: self.take_in(file, replace=True))
        question.open()

    def _show(self, event: PresetsRead) -> None:
        mine = [p for p in event.presets if p.workflow_id == self._workflow_id]
        self._presets = mine + [p for p in event.presets if p.workflow_id != self._workflow_id]
        before = self.list.currentIndex().row()
        self._model.clear()
        for preset in self._presets:
            parts = [f"{len(preset.values)} values"]
            parts += [f"{len(preset.locked)} locked"] if preset.locked else []
            name = shortened(preset.name, 60)
            words = f"{name}   ·   {preset.workflow_id}   ·   {', '.join(parts)}"
            item = QStandardItem(visible(words))
            item.setEditable(False)
            self._model.appendRow(item)
        if self._presets:
            row = min(max(before, 0), len(self._presets) - 1)
            self.list.setCurrentIndex(self._model.index(row, 0))
        if event.broken:
            self._say("\n".join(event.broken), "error")
        elif not self._presets:
            self._say(_NONE, "muted")
        self._selected()

    def _selected(self) -> None:
        there = self.present() is not None
        for part in (self.export_button, self.remove_button, self.answer_button):
            part.setEnabled(there)

    def _say(self, text: str, role: str) -> None:
        self.told.setText(visible(text))
        set_role(self.told, role)
