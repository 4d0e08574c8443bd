"""Editors for a choice: one of several values, yes or no, or a set of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QWidget

from console.domain.schema import UNSET, FieldSpec, Unset
from console.domain.schema_words import shown
from console.domain.text import shortened, visible
from console.ui.forms.editor import Editor, mark_invalid
from console.ui.forms.entry import ComboBox
from console.ui.forms.reading import Reading, same_json
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.text import set_role

if TYPE_CHECKING:
    from console.domain.values import Json

HALF_UP_TO: Final = 20
QUARTER_UP_TO: Final = 8
MAX_CHECKS: Final = 12
_VALUE: Final = Qt.ItemDataRole.UserRole + 1


class ChoiceEditor(Editor):
    """One of the schema's values; a loaded value that is none of them is shown as such."""

    kind = "choice"
    holds_states = True

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._values: list[Json | Unset] = []
        self._model = QStandardItemModel(self)
        self._combo = ComboBox()
        self._combo.setModel(self._model)
        unset = "Unset"
        if not isinstance(spec.default, Unset):
            unset = f"Unset · default {shown(spec.default, 30)}"
        self._add(UNSET, "Choose" if spec.required else unset)
        labels = spec.labels or tuple(self._words(choice) for choice in spec.enum or ())
        for choice, words in zip(spec.enum or (), labels, strict=True):
            self._add(choice, visible(shortened(words, 200)))
        if spec.nullable and not any(choice is None for choice in spec.enum or ()):
            self._add(None, "Null")
        self._known = len(self._values)
        self.half = all(len(words) <= HALF_UP_TO for words in labels)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._combo)
        self._combo.activated.connect(self._chosen)
        self.setFocusProxy(self._combo)
        self._dress()

    def read(self) -> Reading:
        return Reading(self._values[self._combo.currentIndex()])

    def takes(self, value: Json) -> bool:
        return not isinstance(value, dict | list) or self._place_of(value) is not None

    def load(self, value: Json | Unset) -> None:
        while len(self._values) > self._known:
            self._values.pop()
            self._model.removeRow(self._model.rowCount() - 1)
        place = self._place_of(value)
        if place is None:
            assert not isinstance(value, Unset)
            self._add(value, f"{self._words(value)} (not allowed)")
            place = len(self._values) - 1
        self._combo.setCurrentIndex(place)
        self._dress()

    def main_widget(self) -> QWidget:
        return self._combo

    def _place_of(self, value: Json | Unset) -> int | None:
        return next((i for i, v in enumerate(self._values) if same_json(v, value)), None)

    def _words(self, choice: Json) -> str:
        if choice == "":
            return "Empty text"
        if isinstance(choice, str):
            return visible(shortened(choice, 200))
        return "Null" if choice is None else shown(choice)

    def _add(self, value: Json | Unset, text: str) -> None:
        item = QStandardItem(text)
        item.setEditable(False)
        self._values.append(value)
        self._model.appendRow(item)

    def _chosen(self, _place: int) -> None:
        self._dress()
        self.edited.emit()

    def _dress(self) -> None:
        # An unset choice reads like a placeholder, not like a value.
        set_role(self._combo, "unset" if self._combo.currentIndex() == 0 else "")


class BooleanEditor(Editor):
    """Yes, no or unset, and null where the schema allows it; all of them in sight."""

    kind = "boolean"
    half = True
    holds_states = True
    _KEYS: Final[Mapping[str, bool | Unset | None]] = {
        "yes": True,
        "no": False,
        "unset": UNSET,
        "null": None,
    }

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        choices = [("yes", "Yes"), ("no", "No"), ("unset", "Unset")]
        if spec.nullable:
            choices.append(("null", "Null"))
        self._choices = Segmented(choices, name="field", accessible=spec.title)
        self._choices.set_value("unset")
        # Nothing chosen must not look like a choice.
        self._choices.segment("unset").setProperty("unset", "true")
        self._choices.chosen.connect(self.edited)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 1, 0, 1)
        row.addWidget(self._choices)
        row.addStretch(1)
        self.setFocusProxy(self._choices)

    def read(self) -> Reading:
        return Reading(self._KEYS[self._choices.value()])

    def takes(self, value: Json) -> bool:
        return isinstance(value, bool) or (value is None and self.spec.nullable)

    def load(self, value: Json | Unset) -> None:
        key = next(key for key, held in self._KEYS.items() if held is value)
        self._choices.set_value(key)

    def main_widget(self) -> QWidget:
        return self._choices

    def place(self, path: str) -> None:
        super().place(path)
        for key in self._KEYS:
            if key != "null" or self.spec.nullable:
                self._choices.segment(key).setObjectName(f"field_{path}_{key}")

    def call(self, title: str, description: str) -> None:
        super().call(title, description)
        for key in self._KEYS:
            if key != "null" or self.spec.nullable:
                segment = self._choices.segment(key)
                segment.setAccessibleName(f"{title}: {segment.text()}")
                segment.setAccessibleDescription(description)


class ChecksEditor(Editor):
    """A list of different values out of a few: one check box each, in the order of ticking."""

    kind = "checks"

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        assert spec.item is not None
        self._values = list(spec.item.enum or ())
        self._chosen: list[Json] = []
        self._state: Json | Unset = UNSET
        self._boxes = [QCheckBox(shown(value).replace("&", "&&")) for value in self._values]
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 4, 0, 2)
        longest = max(len(shown(value)) for value in self._values)
        columns = 4 if longest <= QUARTER_UP_TO else 2 if longest <= HALF_UP_TO else 1
        for place, box in enumerate(self._boxes):
            grid.addWidget(box, place // columns, place % columns)
            box.clicked.connect(lambda on, n=place: self._ticked(n, on=on))
        self.setFocusProxy(self._boxes[0])

    @classmethod
    def suits(cls, spec: FieldSpec) -> bool:
        """Return True for a list of different texts out of a few."""
        choices = spec.item.enum if spec.item is not None else None
        return bool(
            spec.unique_items
            and choices
            and len(choices) <= MAX_CHECKS
            and all(isinstance(choice, str) and choice for choice in choices)
        )

    def read(self) -> Reading:
        return Reading(list(self._chosen) if self._chosen else self._state)

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return (
            isinstance(value, list)
            and all(isinstance(entry, str) and entry in self._values for entry in value)
            and len({entry for entry in value if isinstance(entry, str)}) == len(value)
        )

    def load(self, value: Json | Unset) -> None:
        self._chosen = list(value) if isinstance(value, list) else []
        self._state = [] if isinstance(value, list) else value
        for box, choice in zip(self._boxes, self._values, strict=True):
            box.setChecked(choice in self._chosen)

    def main_widget(self) -> QWidget:
        return self._boxes[0]

    def place(self, path: str) -> None:
        self.setObjectName(f"field_{path}")
        for place, box in enumerate(self._boxes):
            box.setObjectName(f"field_{path}_{place}")

    def call(self, title: str, description: str) -> None:
        self.setAccessibleName(title)
        for box, choice in zip(self._boxes, self._values, strict=True):
            box.setAccessibleName(f"{title}: {shown(choice)}")
            box.setAccessibleDescription(description)

    def lock(self) -> None:
        for box in self._boxes:
            box.setEnabled(False)

    def mark(self, *, invalid: bool) -> None:
        for box in self._boxes:
            mark_invalid(box, invalid=invalid)

    def state_words(self) -> str:
        if self._chosen:
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty list"

    def _ticked(self, place: int, *, on: bool) -> None:
        choice = self._values[place]
        if on:
            self._chosen.append(choice)
        else:
            self._chosen.remove(choice)
        self._state = UNSET
        self.edited.emit()
