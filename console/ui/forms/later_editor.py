"""A part that lies in itself, or deep down: its fields are made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldSpec, Unset
from console.domain.schema_pick import right_type, start_of
from console.ui.forms.editor import Editor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.reading import Reading
from console.ui.widgets.buttons import button

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller
    from console.ui.forms.field import FormField, MakeEditor


UNASKED: Final = 20
"""How many such parts one value may open by itself: a tree of thousands would never be there."""


class Room:
    """How many parts may still be opened unasked; a form renews it with each value it is given."""

    left = UNASKED

    @classmethod
    def renew(cls) -> None:
        """Begin again."""
        cls.left = UNASKED


class LaterEditor(Editor):
    """A button until there is a value, then the editor of that value.

    A value that nobody has asked to see is kept as it is, closed.
    """

    kind = "group"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._make = make
        self._made: Editor | None = None
        self._open = False
        self._held: Json | Unset = UNSET
        self._locked = False
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
            self._adopt(self._make(replace(self.spec, grows=False)))
        assert self._made is not None
        return self._made

    def _adopt(self, made: Editor) -> None:
        if self._made is not None:
            self._made.hide()
            self._made.deleteLater()
        self._made = made
        made.place(self._path)
        made.call(self._title, self._description)
        made.edited.connect(self.edited)
        made.left.connect(self.left)
        made.replaced.connect(self.replaced)
        if self._filler is not None:
            made.fill_menus(self._filler)
        if self._locked:
            made.lock()
        made.hide()
        self._column.addWidget(made)

    def fields(self) -> Iterator[FormField]:
        if self._open:
            yield from self.inner.fields()

    def read(self) -> Reading:
        return self.inner.read() if self._open else Reading(self._held)

    def takes(self, value: Json) -> bool:
        return bool(self.spec.variants) or right_type(self.spec, value)

    def load(self, value: Json | Unset) -> None:
        if isinstance(value, Unset):
            if self._made is not None:
                self.inner.load(UNSET)
            self._close(UNSET)
        elif Room.left > 0 or self._open:
            Room.left -= 1
            self._fill(value)
        else:
            self._close(value)

    def reveal(self, path: str) -> None:
        """Open what lies inside, where `path` leads there."""
        if not isinstance(self._held, Unset):
            self._fill(self._held)
        if self._open:
            self.inner.reveal(path)

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
        self._button.setAccessibleName(f"{self._button.text().split()[0]} {title}")
        self._button.setAccessibleDescription(description)
        if self._made is not None:
            self._made.call(title, description)

    def mark(self, *, invalid: bool) -> None:
        if self._made is not None:
            self._made.mark(invalid=invalid)

    def lock(self) -> None:
        self._locked = True
        self._button.setEnabled(False)
        if self._made is not None:
            self._made.lock()

    def fill_menus(self, filler: MenuFiller) -> None:
        self._filler = filler

    def state_words(self) -> str:
        if self._open:
            return self.inner.state_words()
        return "unset" if isinstance(self._held, Unset) else ""

    def _close(self, value: Json | Unset) -> None:
        self._held, self._open = value, False
        title = self.spec.title
        words = f"Add {title.lower()}" if isinstance(value, Unset) else f"Show {title.lower()}"
        self._button.setText(words.strip())
        self._button.setAccessibleName(f"{words.split(maxsplit=1)[0]} {self._title}")
        self._button.show()
        if self._made is not None:
            self._made.hide()
        self.setFocusProxy(self._button)

    def _fill(self, value: Json | Unset) -> None:
        """Show the editor with `value`, as JSON where its fields would bend it."""
        self._held, self._open = UNSET, True
        self._button.hide()
        if not isinstance(value, Unset) and not self.inner.takes(value):
            self._adopt(JsonEditor(self.spec))
        self.inner.load(value)
        self.inner.show()
        self.setFocusProxy(self.inner.main_widget())

    def _asked(self) -> None:
        held = self._held
        self._fill(start_of(self.spec) if isinstance(held, Unset) else held)
        self.inner.main_widget().setFocus()
        if isinstance(held, Unset):
            self.edited.emit()
