"""The root of a form whose value is no plain group: typed where it can be, else as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.schema import FieldSpec, Unset
from console.ui.forms.editor import Editor
from console.ui.forms.field import FormField, MakeEditor
from console.ui.forms.reading import Reading

if TYPE_CHECKING:
    from console.domain.values import Json


class WholeEditor(Editor):
    """One field without a label of its own that takes any value."""

    kind = "whole"

    def __init__(self, spec: FieldSpec, make: MakeEditor, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.field = FormField(spec, make, path="", bare=True, title=spec.title or "Values")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.field)
        self.field.edited.connect(self.edited)
        self.field.left.connect(self.left)

    def fields(self) -> Iterator[FormField]:
        yield from self.field.editor.fields()

    def read(self) -> Reading:
        return self.field.read()

    def takes(self, value: Json) -> bool:  # noqa: ARG002 - as JSON where need be
        return True

    def load(self, value: Json | Unset) -> None:
        self.field.load(value)

    def main_widget(self) -> QWidget:
        return self.field.editor.main_widget()

    def place(self, path: str) -> None:
        self.setObjectName(f"whole_{path}")
        self.field.place(path)

    def call(self, title: str, description: str) -> None:
        self.setAccessibleName(title)
        self.setAccessibleDescription(description)
        self.field.rename(self.spec.title or title)

    def mark(self, *, invalid: bool) -> None:
        self.field.editor.mark(invalid=invalid)

    def reveal(self, path: str) -> None:
        self.field.editor.reveal(path)
