"""Names of the operator's own with their values: added, renamed, taken out, each typed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset, pointer
from console.domain.schema_pick import start_of
from console.domain.values import FieldError, checked_text
from console.ui.forms.editor import Editor, mark_invalid
from console.ui.forms.entry import LineEdit
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.json_text import hides
from console.ui.forms.reading import Reading
from console.ui.theme import SPACE_M, SPACE_S, SPACE_XS
from console.ui.widgets.buttons import button, icon_button

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller

MAX_KEYS: Final = 200
MAX_DEEP_KEYS: Final = 40
"""Beyond this the names are edited as JSON: rows of widgets would make the window slow."""
Lookup = Callable[[str], FieldSpec | None]
_FLAT: Final = {FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN}


class KeyRow(QWidget):
    """One name and the field of its value, which changes with the name where its type does."""

    edited = Signal()
    left = Signal()
    removed = Signal()

    def __init__(self, name: str, make: MakeEditor, lookup: Lookup) -> None:
        super().__init__()
        self._make, self._lookup = make, lookup
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_XS)
        self._line = QHBoxLayout()
        self._line.setSpacing(SPACE_XS)
        self._column.addLayout(self._line)
        self.name = LineEdit()
        self.name.setPlaceholderText("name")
        self.name.setText(name)
        self.remove = icon_button("close", "Remove", name="remove")
        self._line.addWidget(self.name, 2)
        self._line.addWidget(self.remove)
        self.field = self._made(name)
        self._put()
        self.name.textEdited.connect(self._renamed)
        self.name.left.connect(self.left)
        self.remove.clicked.connect(self.removed)

    def _made(self, name: str) -> FormField:
        spec = self._lookup(name) or _anything(name)
        field = FormField(spec, self._make, path=pointer(name), bare=True, title=name or "Value")
        field.edited.connect(self.edited)
        field.left.connect(self.left)
        return field

    def _put(self) -> None:
        flat = self.field.spec.type in _FLAT and not self.field.spec.variants
        if flat:
            self._line.insertWidget(1, self.field, 3)
        else:
            self._column.addWidget(self.field)

    def _renamed(self) -> None:
        spec = self._lookup(self.name.text()) or _anything(self.name.text())
        if spec.schema != self.field.spec.schema:
            old, value = self.field, self.field.read().value
            self.field = self._made(self.name.text())
            self.field.load(value)
            self._put()
            old.hide()
            old.deleteLater()
        self.edited.emit()


class KeysEditor(Editor):
    """An object whose names the operator chooses; without any it is unset until said empty."""

    kind = "keys"

    def __init__(
        self, spec: FieldSpec, make: MakeEditor, lookup: Lookup, parent: QWidget | None = None
    ) -> None:
        super().__init__(spec, parent)
        self._make, self._lookup = make, lookup
        self._path = ""
        self._title = spec.title
        self._description = ""
        self._state: Json | Unset = UNSET
        self._rows: list[KeyRow] = []
        self._locked = False
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_S)
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE_S)
        outer.addLayout(self._column)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_M)
        self._add_button = button("Add a name", "link", name="add", icon="plus")
        self._add_button.clicked.connect(self._add_by_hand)
        foot.addWidget(self._add_button)
        foot.addStretch(1)
        outer.addLayout(foot)
        self.setFocusProxy(self._add_button)

    def fields(self) -> Iterator[FormField]:
        for row in self._rows:
            yield row.field

    def read(self) -> Reading:
        values: dict[str, Json] = {}
        messages: list[FieldMessage] = []
        for row in self._rows:
            name, reading = row.name.text(), row.field.read()
            wrong = _wrong_name(name, values)
            if wrong and (name or not isinstance(reading.value, Unset)):
                messages.append(FieldMessage("", wrong, "name"))
            mark_invalid(row.name, invalid=bool(wrong) and bool(self._state_is_told(row)))
            if wrong:
                continue
            if isinstance(reading.value, Unset):
                words = "Needs a value, or take the name out."
                messages.append(FieldMessage(pointer(name), words, "row"))
                continue
            values[name] = reading.value
            above = pointer(name)
            messages += [
                FieldMessage(above + m.path, m.message, m.keyword) for m in reading.messages
            ]
        if values or messages:
            return Reading(values, tuple(messages))
        return Reading(self._state)

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return (
            isinstance(value, dict)
            and len(value) <= MAX_KEYS
            and sum(isinstance(part, dict | list) for part in value.values()) <= MAX_DEEP_KEYS
            and "" not in value
            and not any(hides(name) for name in value)
        )

    def load(self, value: Json | Unset) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        self._state = {} if isinstance(value, dict) else value
        for name, part in value.items() if isinstance(value, dict) else ():
            self._append(name).field.load(part)
        self._renumber()

    def main_widget(self) -> QWidget:
        return self._rows[0].name if self._rows else self._add_button

    def place(self, path: str) -> None:
        self._path = path.removesuffix("/ others")
        self.setObjectName(f"field_{path}")
        self._add_button.setObjectName(f"add_{path}")
        self._renumber()

    def call(self, title: str, description: str) -> None:
        self._title, self._description = title, description
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self._add_button.setAccessibleName(f"{title}: add a name")
        self._add_button.setAccessibleDescription(description)
        self._renumber()

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: the words under the names say it, and each value has a mark of its own."""

    def lock(self) -> None:
        self._locked = True
        self._renumber()

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: the values have menus of their own."""

    def state_words(self) -> str:
        if self._rows:
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty"

    def _state_is_told(self, row: KeyRow) -> bool:
        return bool(row.name.text()) or row.field.touched

    def _append(self, name: str) -> KeyRow:
        row = KeyRow(name, self._make, self._lookup)
        row.edited.connect(self._changed)
        row.left.connect(self.left)
        row.removed.connect(lambda r=row: self._remove(r))
        self._rows.append(row)
        self._column.addWidget(row)
        return row

    def _changed(self) -> None:
        self._renumber()
        self.edited.emit()

    def _add_by_hand(self) -> None:
        row = self._append("")
        row.field.load(start_of(row.field.spec))
        self._renumber()
        row.name.setFocus()
        self.edited.emit()

    def _remove(self, row: KeyRow) -> None:
        self._rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._state = UNSET
        self._renumber()
        self._add_button.setFocus()
        self.edited.emit()

    def _renumber(self) -> None:
        for place, row in enumerate(self._rows, start=1):
            name = row.name.text()
            row.name.setObjectName(f"name_{self._path}/{place}")
            row.name.setAccessibleName(f"{self._title}: name {place}")
            row.remove.setObjectName(f"remove_{self._path}/{place}")
            row.remove.setAccessibleName(f"{self._title}: remove {name or place}")
            row.field.place(f"{self._path}{pointer(name or f' {place}')}")
            row.field.rename(name or f"{self._title}: value {place}")
            if self._locked:
                row.name.setReadOnly(True)
                row.remove.setEnabled(False)
                row.field.lock()
        self._add_button.setEnabled(len(self._rows) < MAX_KEYS and not self._locked)


def _wrong_name(name: str, before: dict[str, Json]) -> str:
    if not name:
        return "A value needs a name."
    try:
        checked_text(name)
    except FieldError as error:
        return str(error)
    return f"The name {name} stands twice." if name in before else ""


def _anything(name: str) -> FieldSpec:
    return FieldSpec(path=pointer(name), name=name, type=FieldType.ANY, title=name, required=True)
