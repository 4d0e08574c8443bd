"""A part that lies in itself, or deep down: its fields are made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldSpec, Unset
from console.domain.schema_pick import start_of
from console.ui.forms.editor import Editor
from console.ui.forms.reading import Reading
from console.ui.widgets.buttons import button

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller
    from console.ui.forms.field import FormField, MakeEditor


class LaterEditor(Editor):
    """A button until there is a value, then the editor of that value."""

    kind = "group"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._make = make
        self._made: Editor | None = None
        self._open = False
        self._path = ""
        self._title, self._description = spec.title, ""
        self._filler: MenuFiller | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        self._button = button(f"Add {spec.title.lower()}", "link", name="grow", icon="plus")
        self._button.clicked.connect(self._asked)
        line.addWidget(self._button)
        line.addStretch(1)
        self._column.addLayout(line)
        self.setFocusProxy(self._button)

    @property
    def inner(self) -> Editor:
        """The editor of the value, made at the first call."""
        if self._made is None:
            self._made = made = self._make(replace(self.spec, grows=False))
            made.place(self._path)
            made.call(self._title, self._description)
            made.edited.connect(self.edited)
            made.left.connect(self.left)
            made.replaced.connect(self.replaced)
            if self._filler is not None:
                made.fill_menus(self._filler)
            made.hide()
            self._column.addWidget(made)
        return self._made

    def fields(self) -> Iterator[FormField]:
        if self._open:
            yield from self.inner.fields()

    def read(self) -> Reading:
        return self.inner.read() if self._open else Reading(UNSET)

    def takes(self, value: Json) -> bool:
        return self.inner.takes(value)

    def load(self, value: Json | Unset) -> None:
        self._show(is_open=not isinstance(value, Unset))
        if self._made is not None:
            self.inner.load(value)

    def main_widget(self) -> QWidget:
        return self.inner.main_widget() if self._open else self._button

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"later_{path}")
        self._button.setObjectName(f"grow_{path}")
        if self._made is not None:
            self._made.place(path)

    def call(self, title: str, description: str) -> None:
        self._title, self._description = title, description
        self.setAccessibleName(title)
        self._button.setAccessibleName(f"Add {title}")
        self._button.setAccessibleDescription(description)
        if self._made is not None:
            self._made.call(title, description)

    def mark(self, *, invalid: bool) -> None:
        if self._made is not None:
            self._made.mark(invalid=invalid)

    def lock(self) -> None:
        self._button.setEnabled(False)
        if self._made is not None:
            self._made.lock()

    def fill_menus(self, filler: MenuFiller) -> None:
        self._filler = filler

    def state_words(self) -> str:
        return self.inner.state_words() if self._open else "unset"

    def _show(self, *, is_open: bool) -> None:
        self._open = is_open
        self._button.setVisible(not is_open)
        if is_open or self._made is not None:
            self.inner.setVisible(is_open)
        self.setFocusProxy(self.main_widget())

    def _asked(self) -> None:
        start = start_of(self.spec)
        self._show(is_open=True)
        self.inner.load(start)
        self.inner.main_widget().setFocus()
        self.edited.emit()
