"""What every editor of a form promises: read, load, name itself, and tell when a person edits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from console.domain.schema import UNSET, FieldSpec, FieldType, Unset
from console.domain.schema_formats import FORMATS
from console.domain.schema_words import shown
from console.ui.theme import is_dressed

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.entry import MenuFiller
    from console.ui.forms.field import FormField
    from console.ui.forms.reading import Reading


_EMPTY: dict[FieldType, tuple[str, Json]] = {
    FieldType.STRING: ("Set to empty text", ""),
    FieldType.ARRAY: ("Set to an empty list", []),
    FieldType.OBJECT: ("Set to an empty object", {}),
}


class Editor(QWidget):
    """Edits one value of `spec`; `edited` is told for a person's edits, never for `load`."""

    edited = Signal()
    left = Signal()
    replaced = Signal(object)
    """A person put a whole new value here (a paste): the field loads it, as JSON if need be."""
    kind = "editor"
    half = False
    """True where it needs half the form's width at most."""
    holds_states = False
    """True where unset and null can be chosen in the editor itself, so that no menu is needed."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec

    def read(self) -> Reading:
        """Return the value; message paths are relative to this editor."""
        raise NotImplementedError

    def takes(self, value: Json) -> bool:
        """Return True where this editor can show `value` and give the very same back."""
        raise NotImplementedError

    def load(self, value: Json | Unset) -> None:
        """Show `value`, which `takes` said yes to, or UNSET."""
        raise NotImplementedError

    def main_widget(self) -> QWidget:
        """Return the widget that takes the focus and carries the name."""
        raise NotImplementedError

    def place(self, path: str) -> None:
        """Stand at JSON Pointer `path`: object names follow from it."""
        self.main_widget().setObjectName(f"field_{path}")

    def call(self, title: str, description: str) -> None:
        """Give the main widget its accessible name and description."""
        self.main_widget().setAccessibleName(title)
        self.main_widget().setAccessibleDescription(description)

    def mark(self, *, invalid: bool) -> None:
        """Show or take away the mark of an invalid value."""
        mark_invalid(self.main_widget(), invalid=invalid)

    def lock(self) -> None:
        """Show the value only: the schema says that nobody but the workflow sets it."""
        self.main_widget().setEnabled(False)

    def reveal(self, path: str) -> None:
        """Bring what `path` (relative to this editor) leads to into sight."""

    def fill_menus(self, filler: MenuFiller) -> None:
        """Let `filler` add the field's own actions to context menus."""

    def state_words(self) -> str:
        """Return 'unset', 'null' or 'empty' where the editor itself shows nothing, else ''."""
        return ""

    def fields(self) -> Iterator[FormField]:
        """Yield the fields inside, in reading order."""
        yield from ()

    def states(self) -> list[tuple[str, Json | Unset]]:
        """Return the states besides a typed value: words for the menu, and what to load."""
        spec = self.spec
        result: list[tuple[str, Json | Unset]] = []
        if not spec.required:
            result.append(("Leave unset", UNSET))
        if spec.type in _EMPTY and spec.enum is None and not self.never_empty():
            result.append(_EMPTY[spec.type])
        if spec.nullable:
            result.append(("Set to null", None))
        if not isinstance(spec.default, Unset):
            result.append((f"Use the default: {shown(spec.default, 40)}", spec.default))
        return result

    def never_empty(self) -> bool:
        """Return True where the schema refuses an empty value, so that none is offered."""
        spec = self.spec
        if spec.type is FieldType.STRING:
            return bool(spec.min_length or spec.pattern or spec.format in FORMATS)
        return spec.type is FieldType.ARRAY and bool(spec.min_items)


def mark_invalid(widget: QWidget, *, invalid: bool) -> None:
    """Dress `widget` as invalid or not; the words stand in its field's message."""
    said = "true" if invalid else "false"
    if widget.property("invalid") != said:
        widget.setProperty("invalid", said)
        if not is_dressed():
            return
        widget.style().unpolish(widget)
        widget.style().polish(widget)
