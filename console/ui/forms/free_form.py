"""The form of a workflow without a definition: variables with a name, a type and a value."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import FieldMessage, FieldSpec, FieldType, Unset, pointer
from console.domain.values import DataType, FieldError, Json, checked_text, parse, parse_json
from console.ui.forms.editor import Editor
from console.ui.forms.entry import (
    LINE_CAP,
    ComboBox,
    LineEdit,
    LinesEdit,
    LongValue,
    MenuFiller,
    fits_lines,
)
from console.ui.forms.json_text import hides, json_text
from console.ui.forms.reading import Reading
from console.ui.theme import SPACE_S, SPACE_XS, mono_font
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.ui.forms.field import FormField

OTHER = "JSON"
"""Any JSON value: what a workflow of our own definition would not have (null, decimals)."""
_TYPES = (*(str(t) for t in DataType), OTHER)
_TEXTUAL = {"string", "integer", "boolean"}


class VariableRow(QWidget):
    """One variable; its value is read by the type that stands beside its name."""

    edited = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        self.name = LineEdit()
        self.name.setPlaceholderText("name")
        self.type = ComboBox()
        self.type.addItems(list(_TYPES))
        self.line = LineEdit()
        self.line.setPlaceholderText("value")
        self.lines = LinesEdit(2, 10)
        self.lines.setFont(mono_font())
        self.remove = icon_button("close", "Remove", name="remove")
        line.addWidget(self.name, 3)
        line.addWidget(self.type, 2)
        line.addWidget(self.line, 4)
        line.addWidget(self.remove)
        self.long = LongValue()
        column.addLayout(line)
        column.addWidget(self.lines)
        column.addWidget(self.long)
        self.message = label("", "error", wrap=True)
        self.message.hide()
        column.addWidget(self.message)
        self.name.textEdited.connect(self.edited)
        self.line.textEdited.connect(self.edited)
        self.line.outgrown.connect(self._outgrown)
        self.lines.textChanged.connect(self.edited)
        self.lines.outgrown.connect(self._outgrown)
        self.long.cleared.connect(lambda: self._outgrown(""))
        self.type.activated.connect(self._retype)
        self.remove.clicked.connect(self.removed)
        self.entry: QWidget = self.line
        self._show("string", "")

    def data_type(self) -> str:
        """Return the chosen type's name."""
        return self.type.currentText()

    def text(self) -> str:
        """Return the value's text."""
        if self.entry is self.long:
            return self.long.text
        return self.lines.exact_text() if self.entry is self.lines else self.line.text()

    def is_blank(self) -> bool:
        """Return True where nothing was typed at all."""
        return not self.name.text() and not self.text()

    def value(self) -> Json:
        """Return the value, or raise FieldError."""
        text, kind = self.text(), self.data_type()
        return parse_json(text) if kind == OTHER else parse(text, DataType(kind))

    def load(self, name: str, value: Json) -> None:
        """Show the variable so that `value` gives the very same back."""
        self.name.setText(name)
        huge = isinstance(value, str) and not fits_lines(value)
        if isinstance(value, str) and (huge or not hides(value.replace("\n", ""))):
            self._show("string", value)
        elif isinstance(value, bool):
            self._show("boolean", "true" if value else "false")
        elif isinstance(value, int):
            self._show("integer", repr(value))
        elif isinstance(value, dict | list):
            self._show("object" if isinstance(value, dict) else "array", json_text(value))
        else:
            self._show(OTHER, json_text(value))

    def number(self, place: int) -> None:
        """Be row `place`, from 0."""
        parts = {"name": self.name, "type": self.type, "remove": self.remove}
        for part, widget in parts.items():
            widget.setObjectName(f"variable_{part}_{place}")
            widget.setAccessibleName(f"Variable {place + 1}: {part}")
        self.line.setObjectName(f"variable_value_{place}")
        self.lines.setObjectName(f"variable_text_{place}")
        self.long.setObjectName(f"variable_long_{place}")
        self.long.clear_button.setObjectName(f"variable_clear_{place}")
        for entry in (self.line, self.lines, self.long):
            entry.setAccessibleName(f"Variable {place + 1}: value")

    def _show(self, kind: str, text: str) -> None:
        self.type.setCurrentText(kind)
        short = kind in _TEXTUAL and "\n" not in text and len(text) <= LINE_CAP
        self.entry = self.line if short else self.lines if fits_lines(text) else self.long
        for entry in (self.line, self.lines, self.long):
            entry.setVisible(entry is self.entry)
        self.lines.blockSignals(True)
        self.lines.setPlainText(text if self.entry is self.lines else "")
        self.lines.blockSignals(False)
        self.line.setText(text if self.entry is self.line else "")
        self.long.hold(text if self.entry is self.long else "")

    def _retype(self, _place: int) -> None:
        self._show(self.data_type(), self.text())
        self.edited.emit()

    def _outgrown(self, text: str) -> None:
        self._show(self.data_type(), text.replace("\r\n", "\n"))
        self.edited.emit()


class FreeFormEditor(Editor):
    """Variables as they are typed; `read` gives them as one object."""

    kind = "variables"

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._rows: list[VariableRow] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE_S)
        note = "This workflow has no definition here: its variables are sent as you type them."
        outer.addWidget(label(note, "small", wrap=True))
        self._column = QVBoxLayout()
        self._column.setSpacing(SPACE_S)
        outer.addLayout(self._column)
        foot = QHBoxLayout()
        self._add = button("Add variable", "link", name="variable_add", icon="plus")
        self._add.clicked.connect(self._add_by_hand)
        foot.addWidget(self._add)
        foot.addStretch(1)
        outer.addLayout(foot)

    def fields(self) -> Iterator[FormField]:
        yield from ()

    def read(self) -> Reading:
        values: dict[str, Json] = {}
        messages: list[FieldMessage] = []
        for row in self._rows:
            name = row.name.text()
            if row.is_blank():
                continue
            words = ""
            value: Json = row.text()
            try:
                value = row.value()
                words = _wrong_name(checked_text(name), values)
            except FieldError as error:
                words = str(error)
            if words:
                messages.append(FieldMessage(pointer(name), words, "variable"))
            values[name] = value
        return Reading(values, tuple(messages))

    def takes(self, value: Json) -> bool:
        return isinstance(value, dict)

    def load(self, value: Json | Unset) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        for name, held in value.items() if isinstance(value, dict) else ():
            self._append().load(name, held)
        if not self._rows:
            self._append()
        self._renumber()

    def say(self, messages: list[FieldMessage]) -> list[QWidget]:
        """Put each message under the variable that it names; return the entries to be mended."""
        wrong: list[QWidget] = []
        for row in self._rows:
            path = pointer(row.name.text())
            own = [m.message for m in messages if m.path == path or m.path.startswith(f"{path}/")]
            words = "" if row.is_blank() else "\n".join(own)
            row.message.setText(words)
            row.message.setVisible(bool(words))
            if words:
                wrong.append(row.entry if row.name.text() else row.name)
        return wrong

    def main_widget(self) -> QWidget:
        return self._rows[0].name if self._rows else self._add

    def call(self, title: str, description: str) -> None:
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)

    def place(self, path: str) -> None:
        self.setObjectName(f"field_{path}")

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: each variable has its own words."""

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: a variable has no states besides being there."""

    def _append(self) -> VariableRow:
        row = VariableRow()
        row.edited.connect(self.edited)
        row.removed.connect(lambda r=row: self._remove(r))
        self._rows.append(row)
        self._column.addWidget(row)
        return row

    def _add_by_hand(self) -> None:
        row = self._append()
        self._renumber()
        row.name.setFocus()
        self.edited.emit()

    def _remove(self, row: VariableRow) -> None:
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


def free_spec() -> FieldSpec:
    """Return the spec of a context that nothing is known of."""
    return FieldSpec(
        "", "", FieldType.OBJECT, "Variables", required=True, schema={"type": "object"}
    )


def _wrong_name(name: str, before: dict[str, Json]) -> str:
    if not name:
        return "A variable needs a name."
    return "A variable of this name stands above already." if name in before else ""
