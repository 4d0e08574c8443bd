"""A list as rows: add, remove, move, and paste rows from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset, pointer
from console.ui.forms.editor import Editor
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.pasted import values_from_rows
from console.ui.forms.reading import Reading
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S, SPACE_XS
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.card import Well

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller

MAX_ROWS: Final = 60
"""Beyond this a list is edited as JSON: rows of widgets would make the window slow."""
_FLAT: Final = {FieldType.STRING, FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN}


class Row(QWidget):
    """One entry with its tools; Alt+Up and Alt+Down move it, Alt+Delete takes it out."""

    wanted = Signal(str)

    def __init__(self, field: FormField, *, in_title: bool) -> None:
        super().__init__()
        self.field = field
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_XS)
        line.addWidget(field, 1)
        self.buttons = {
            "up": icon_button("chevron-up", "Move up", name="up"),
            "down": icon_button("chevron-down", "Move down", name="down"),
            "remove": icon_button("close", "Remove", name="remove"),
        }
        tips = {"up": "Alt+Up", "down": "Alt+Down", "remove": "Alt+Delete"}
        for key, tool in self.buttons.items():
            tool.setToolTip(f"{tool.accessibleName()} ({tips[key]})")
            tool.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            tool.clicked.connect(lambda _on=False, k=key: self.wanted.emit(k))
            if in_title:
                field.add_tool(tool)
            else:
                line.addWidget(tool, 0, Qt.AlignmentFlag.AlignTop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        keys = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Delete: "remove"}
        wish = keys.get(Qt.Key(event.key())) if alt else None
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and plain and isinstance(self.field.editor.main_widget(), QLineEdit):
            wish = "add"
        if wish is None:
            super().keyPressEvent(event)
        else:
            self.wanted.emit(wish)


class RowsEditor(Editor):
    """A list whose entries are alike, one row each; without rows it is unset until said empty."""

    kind = "rows"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        assert spec.item is not None
        self._item = spec.item
        self._make = make
        self._path = ""
        self._title = spec.title
        self._state: Json | Unset = UNSET
        self._rows: list[Row] = []
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        well = Well()
        outer.addWidget(well)
        inner = QVBoxLayout(well)
        inner.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        inner.setSpacing(SPACE_S)
        self._column = QVBoxLayout()
        flat = spec.item.type in _FLAT
        self._column.setSpacing(SPACE_S if flat else SPACE_L)
        inner.addLayout(self._column)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE_M)
        self._noun = (self._item.title or "entry").lower()
        self._add_button = button(f"Add {self._noun}", "link", name="add", icon="plus")
        self._add_button.clicked.connect(self._add_by_hand)
        self._paste_button = button("Paste rows", "link", name="paste")
        self._paste_button.setToolTip("One entry a line, columns as in a spreadsheet")
        self._paste_button.clicked.connect(self._paste)
        foot.addWidget(self._add_button)
        foot.addWidget(self._paste_button)
        foot.addStretch(1)
        inner.addLayout(foot)
        self.setFocusProxy(self._add_button)

    def fields(self) -> Iterator[FormField]:
        for row in self._rows:
            yield row.field

    def read(self) -> Reading:
        if not self._rows:
            return Reading(self._state)
        values: list[Json] = []
        messages: list[FieldMessage] = []
        for place, row in enumerate(self._rows):
            reading = row.field.read()
            above = pointer(place)
            if isinstance(reading.value, Unset):
                values.append(None)
                messages.append(FieldMessage(above, "Needs a value, or remove the row.", "row"))
            else:
                values.append(reading.value)
            messages += [
                FieldMessage(above + m.path, m.message, m.keyword) for m in reading.messages
            ]
        return Reading(values, tuple(messages))

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return isinstance(value, list) and len(value) <= MAX_ROWS

    def load(self, value: Json | Unset) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        self._state = [] if isinstance(value, list) else value
        for entry in value if isinstance(value, list) else []:
            self._append(entry)
        self._renumber()

    def main_widget(self) -> QWidget:
        return self._rows[0].field.editor.main_widget() if self._rows else self._add_button

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"field_{path}")
        self._add_button.setObjectName(f"add_{path}")
        self._paste_button.setObjectName(f"paste_{path}")
        self._renumber()

    def call(self, title: str, description: str) -> None:
        self._title = title
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self._add_button.setAccessibleName(f"{title}: add {self._noun}")
        self._paste_button.setAccessibleName(f"{title}: paste rows")
        self._add_button.setAccessibleDescription(description)
        self._renumber()

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: the words under the list say it, and its rows have marks of their own."""

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: the rows' own entries have menus."""

    def state_words(self) -> str:
        if self._rows:
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty list"

    def _append(self, value: Json | Unset, at: int | None = None) -> Row:
        flat = self._item.type in _FLAT
        field = FormField(
            self._item, self._make if flat else self._make_group, path=f"{self._path}/0", bare=flat
        )
        field.load(value)
        field.edited.connect(self.edited)
        field.left.connect(self.left)
        row = Row(field, in_title=not flat)
        row.wanted.connect(lambda wish, r=row: self._row_wants(r, wish))
        place = len(self._rows) if at is None else at
        self._rows.insert(place, row)
        self._column.insertWidget(place, row)
        return row

    def _make_group(self, spec: FieldSpec) -> Editor:
        return GroupEditor(spec, self._make, plain=True)

    def _row_wants(self, row: Row, wish: str) -> None:
        place = self._rows.index(row)
        if wish == "add":
            self._add_by_hand(at=place + 1)
        elif wish == "remove":
            self._remove(place)
        else:
            self._move(place, place + (-1 if wish == "up" else 1))

    def _add_by_hand(self, _on: bool = False, at: int | None = None) -> None:  # noqa: FBT001, FBT002 - Qt's signal
        if len(self._rows) >= MAX_ROWS:
            return
        row = self._append(_start_of(self._item), at)
        self._renumber()
        row.field.take_focus()
        self.edited.emit()

    def _remove(self, place: int) -> None:
        row = self._rows.pop(place)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self._state = UNSET
        self._renumber()
        if self._rows:
            self._rows[min(place, len(self._rows) - 1)].field.take_focus()
        else:
            self._add_button.setFocus()
        self.edited.emit()

    def _move(self, place: int, to: int) -> None:
        if not 0 <= to < len(self._rows):
            return
        row = self._rows.pop(place)
        self._rows.insert(to, row)
        self._column.removeWidget(row)
        self._column.insertWidget(to, row)
        self._renumber()
        row.field.take_focus()
        self.edited.emit()

    def _paste(self) -> None:
        rows = values_from_rows(self._item, QGuiApplication.clipboard().text())
        if rows:
            before = self.read().value
            whole = (before if isinstance(before, list) else []) + rows
            self.replaced.emit(whole)  # the field loads it: it may be too long for rows

    def _renumber(self) -> None:
        name = self._item.title or self._title
        for place, row in enumerate(self._rows):
            path = f"{self._path}/{place}"
            row.field.place(path)
            row.field.rename(f"{name} {place + 1}")
            for key, tool in row.buttons.items():
                tool.setObjectName(f"{key}_{path}")
                tool.setAccessibleName(f"{tool.toolTip().split(' (')[0]}: {name} {place + 1}")
            row.buttons["up"].setEnabled(place > 0)
            row.buttons["down"].setEnabled(place < len(self._rows) - 1)
        self._add_button.setEnabled(len(self._rows) < MAX_ROWS)


def _start_of(item: FieldSpec) -> Json | Unset:
    """Return what a new row starts with: the schema's defaults of parts that must be there."""
    if not isinstance(item.default, Unset):
        return item.default
    return required_defaults(item)


def required_defaults(spec: FieldSpec) -> Json | Unset:
    """Return the defaults of what is required in `spec`; optional parts add no key by themselves."""
    if spec.type is not FieldType.OBJECT:
        return UNSET
    start: dict[str, Json] = {}
    for child in spec.children:
        if child.required:
            value = child.default
            if isinstance(value, Unset):
                value = required_defaults(child)
            if not isinstance(value, Unset):
                start[child.name] = value
    return start or UNSET
