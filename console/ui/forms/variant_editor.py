"""A value that can take several forms: choose one, and fill it in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldSpec, FieldType, Unset
from console.domain.schema_pick import best, kept, start_of
from console.domain.text import shortened, visible
from console.ui.forms.editor import Editor
from console.ui.forms.entry import ComboBox
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.reading import Reading
from console.ui.theme import SPACE_S

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller
    from console.ui.forms.field import FormField, MakeEditor

_SMALL: Final = {FieldType.INTEGER, FieldType.NUMBER, FieldType.BOOLEAN, FieldType.STRING}


class VariantEditor(Editor):
    """One of several forms; switching keeps what means the same in the other form."""

    kind = "choice-of-forms"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._make = make
        self._path = ""
        self._title, self._description = spec.title, ""
        self._filler: MenuFiller | None = None
        self._editors: dict[int, Editor] = {}
        self._at = 0
        self._locked = False
        self.deep = 0
        """How many choices stand around this one in the same field."""
        self._combo = ComboBox()
        model = QStandardItemModel(self._combo)
        for title in spec.variant_titles:
            item = QStandardItem(visible(shortened(title, 80)))
            item.setEditable(False)
            model.appendRow(item)
        self._combo.setModel(model)
        small = all(v.type in _SMALL and not v.variants for v in spec.variants)
        self._box = QHBoxLayout(self) if small else QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(SPACE_S)
        self._small = small
        self._box.addWidget(self._combo, 2 if small else 0)
        self._combo.activated.connect(self._chosen)
        self._show(0)
        self.setFocusProxy(self._combo)

    @property
    def present(self) -> Editor:
        """The editor of the form that is chosen."""
        return self._editor(self._at)

    def fields(self) -> Iterator[FormField]:
        yield from self.present.fields()

    def read(self) -> Reading:
        return self.present.read()

    def takes(self, value: Json) -> bool:
        if value is None and self.spec.nullable:
            return True
        return self._editor(self._place_of(value)).takes(value)

    def load(self, value: Json | Unset) -> None:
        if not isinstance(value, Unset) and not (value is None and self.spec.nullable):
            self._show(self._place_of(value))
        self._combo.setCurrentIndex(self._at)
        self.present.load(value)

    def main_widget(self) -> QWidget:
        return self._combo

    def place(self, path: str) -> None:
        self._path = path
        self.setObjectName(f"form_{path}")
        self._combo.setObjectName(f"choice_{path}{f' {self.deep}' if self.deep else ''}")
        for editor in self._editors.values():
            editor.place(path)

    def call(self, title: str, description: str) -> None:
        self._title, self._description = title, description
        self.setAccessibleName(title)
        self._combo.setAccessibleName(f"{title}: which{f' {self.deep + 1}' if self.deep else ''}")
        self._combo.setAccessibleDescription(description)
        for editor in self._editors.values():
            editor.call(title, description)

    def mark(self, *, invalid: bool) -> None:
        self.present.mark(invalid=invalid)

    def lock(self) -> None:
        self._locked = True
        self._combo.setEnabled(False)
        for editor in self._editors.values():
            editor.lock()

    def fill_menus(self, filler: MenuFiller) -> None:
        self._filler = filler
        for editor in self._editors.values():
            editor.fill_menus(filler)

    def state_words(self) -> str:
        return self.present.state_words()

    def states(self) -> list[tuple[str, Json | Unset]]:
        own = super().states()
        known = {words for words, _ in own}
        inner = [(words, value) for words, value in self.present.states() if words not in known]
        return own + inner

    def nest(self, deep: int) -> None:
        """Be inside `deep` other choices of the same field."""
        self.deep = deep
        for editor in self._editors.values():
            if isinstance(editor, VariantEditor):
                editor.nest(deep + 1)

    def _place_of(self, value: Json) -> int:
        return best(self.spec.variants, value)

    def _editor(self, place: int) -> Editor:
        if place in self._editors:
            return self._editors[place]
        spec = self.spec.variants[place]
        plain = spec.type is FieldType.OBJECT and not spec.variants
        has_fields = bool(spec.children) or spec.keyed or spec.depends
        editor = GroupEditor(spec, self._make) if plain and has_fields else self._make(spec)
        self._editors[place] = editor
        if isinstance(editor, VariantEditor):
            editor.nest(self.deep + 1)
        editor.place(self._path)
        editor.call(self._title, self._description)
        editor.edited.connect(self.edited)
        editor.left.connect(self.left)
        editor.replaced.connect(self.replaced)
        if self._filler is not None:
            editor.fill_menus(self._filler)
        self._box.addWidget(editor, 3 if self._small else 0)
        if self._small:
            self._box.setAlignment(editor, Qt.AlignmentFlag.AlignTop)
        if self._locked:
            editor.lock()
        editor.hide()
        editor.load(UNSET)
        return editor

    def _show(self, place: int) -> None:
        if self._at in self._editors and place != self._at:
            self._editors[self._at].hide()
        self._at = place
        self.present.show()

    def _chosen(self, place: int) -> None:
        if place == self._at:
            return
        old, value = self.spec.variants[self._at], self.read().value
        new = self.spec.variants[place]
        start = start_of(new) if isinstance(value, Unset) else kept(value, old, new)
        self._show(place)
        if isinstance(start, Unset) or self.present.takes(start):
            self.present.load(start)
        self.edited.emit()
