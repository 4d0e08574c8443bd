"""An object as a group of fields, two beside each other where both are short."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset, pointer
from console.ui.forms.editor import Editor
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.reading import Reading
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.card import Well

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller

TWO_FROM_PX: Final = 300
NARROWEST_PX: Final = 180


class PairLayout(QWidget):
    """Fields below each other; two short ones share a line where there is room for both."""

    def __init__(self, fields: Sequence[FormField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_M)
        self._grid.setVerticalSpacing(SPACE_M)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[list[FormField]] = []
        self._lay(0)

    def minimumSizeHint(self) -> QSize:
        # Two columns are no reason not to become narrow enough for one.
        return QSize(NARROWEST_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(event.size().width())

    def _lay(self, width: int) -> None:
        lines = self._broken(width)
        if lines == self._lines:
            return
        self._lines = lines
        for row, line in enumerate(lines):
            span = 3 - len(line)
            for column, field in enumerate(line):
                self._grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)

    def _broken(self, width: int) -> list[list[FormField]]:
        """Return the fields line by line for `width` pixels."""
        half = (width - SPACE_M) // 2 if width >= TWO_FROM_PX else 0
        lines: list[list[FormField]] = []
        for field in self._fields:
            short = field.fits_half(half)
            last = lines[-1] if lines else []
            if short and len(last) == 1 and last[0].fits_half(half):
                last.append(field)
            else:
                lines.append([field])
        return lines


class GroupEditor(Editor):
    """An object's named parts as fields; names that the schema does not know stay as JSON.

    Unset where every part is unset, unless a person said that it is an empty object.
    """

    kind = "group"

    def __init__(
        self,
        spec: FieldSpec,
        make: MakeEditor,
        parent: QWidget | None = None,
        *,
        top: bool = False,
        plain: bool = False,
    ) -> None:
        super().__init__(spec, parent)
        self._path = ""
        self._top = top
        self._state: Json | Unset = UNSET
        self._parts = [FormField(child, make, path=pointer(child.name)) for child in spec.children]
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inner = outer
        if not (top or plain):
            self._well = Well()
            inner = QVBoxLayout(self._well)
            inner.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_M)
            outer.addWidget(self._well)
        inner.setSpacing(SPACE_M)
        inner.addWidget(PairLayout(self._parts))
        self._inner = inner
        for field in self._parts:
            field.edited.connect(self._edited)
            field.left.connect(self.left)
        if self._parts:
            self.setFocusProxy(self._parts[0])

    @cached_property
    def _others(self) -> FormField:
        """The field of names that the schema does not know; made when there are any."""
        made = FormField(
            _others_spec(),
            lambda s: JsonEditor(s, strict_object=True),
            path=f"{self._path}/ others",
        )
        made.hide()
        made.edited.connect(self._edited)
        made.left.connect(self.left)
        self._inner.addWidget(made)
        return made

    @property
    def _has_others(self) -> bool:
        return "_others" in vars(self) and not self._others.isHidden()

    def fields(self) -> Iterator[FormField]:
        yield from self._parts
        if self._has_others:
            yield self._others

    def read(self) -> Reading:
        values: dict[str, Json] = {}
        messages: list[FieldMessage] = []
        for field in self._parts:
            reading = field.read()
            if not isinstance(reading.value, Unset):
                values[field.spec.name] = reading.value
            above = pointer(field.spec.name)
            messages += [
                FieldMessage(above + m.path, m.message, m.keyword) for m in reading.messages
            ]
        messages += self._read_others(values)
        if values or messages:
            return Reading(values, tuple(messages))
        return Reading({} if self._needed() else self._state)

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return isinstance(value, dict)

    def load(self, value: Json | Unset) -> None:
        held = value if isinstance(value, dict) else {}
        self._state = {} if isinstance(value, dict) else value
        names = {field.spec.name for field in self._parts}
        for field in self._parts:
            field.load(held.get(field.spec.name, UNSET))
        others: dict[str, Json] = {key: held[key] for key in held if key not in names}
        if others or self._has_others:
            self._others.load(others or UNSET)
            self._others.setVisible(bool(others))

    def main_widget(self) -> QWidget:
        return self._parts[0].editor.main_widget() if self._parts else self

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"field_{path}")
        for field in self._parts:
            field.place(path + pointer(field.spec.name))
        if "_others" in vars(self):
            self._others.place(f"{path}/ others")

    def call(self, title: str, description: str) -> None:
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)

    def mark(self, *, invalid: bool) -> None:
        """Mark nothing: the words under the group say it, and its parts have marks of their own."""

    def fill_menus(self, filler: MenuFiller) -> None:
        """Add nothing: the entries inside have menus of their own."""

    def state_words(self) -> str:
        if any(not isinstance(field.read().value, Unset) for field in self.fields()):
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty"

    def _needed(self) -> bool:
        """Return True where an object without any value still is one."""
        return (self._top or self.spec.required) and isinstance(self._state, Unset)

    def _read_others(self, values: dict[str, Json]) -> list[FieldMessage]:
        if not self._has_others:
            return []
        reading = self._others.read()
        if isinstance(reading.value, dict):
            twice = [key for key in reading.value if key in {f.spec.name for f in self._parts}]
            if not twice:
                values.update(reading.value)
                return []
            words = f"{', '.join(twice)}: has a field of its own above."
            return [FieldMessage("/ others", words, "others")]
        return [FieldMessage("/ others" + m.path, m.message, m.keyword) for m in reading.messages]

    def _edited(self) -> None:
        if isinstance(self._state, Unset) or self._state is None:
            self._state = UNSET
        self.edited.emit()


def _others_spec() -> FieldSpec:
    return FieldSpec(
        path="",
        name="",
        type=FieldType.OBJECT,
        title="Other values",
        description="Values under names that the workflow's form does not know.",
    )
