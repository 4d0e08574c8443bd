"""JSON as text, checked while it is typed, with line and column of what is wrong."""

from __future__ import annotations

from PySide6.QtWidgets import QStackedLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset
from console.domain.schema_words import shown
from console.domain.values import FieldError, Json, parse_json
from console.ui.forms.editor import Editor, mark_invalid
from console.ui.forms.entry import LinesEdit, LongValue, MenuFiller, fits_lines
from console.ui.forms.json_text import json_text
from console.ui.forms.reading import MAX_TEXT, TOO_LARGE, Reading
from console.ui.theme import mono_font
from console.ui.widgets.text import set_role


class JsonEditor(Editor):
    """Any JSON value as text; an empty text is unset. `strict_object` refuses all but objects."""

    kind = "json"

    def __init__(
        self,
        spec: FieldSpec,
        parent: QWidget | None = None,
        *,
        strict_object: bool = False,
        least: int = 3,
        most: int = 12,
    ) -> None:
        super().__init__(spec, parent)
        self._strict_object = strict_object
        self._known: tuple[str, Reading] | None = None
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._text = LinesEdit(least, most)
        self._text.undone_outside = True
        self._text.setFont(mono_font())
        self._text.textChanged.connect(self.edited)
        self._text.outgrown.connect(self._outgrown)
        self._text.left.connect(self.left)
        self._text.setPlaceholderText(self._placeholder())
        self._long = LongValue()
        self._long.secret = spec.write_only
        self._long.cleared.connect(lambda: self._outgrown(""))
        self._stack.addWidget(self._text)
        self._stack.addWidget(self._long)
        self.setFocusProxy(self._text)

    def text(self) -> str:
        """Return the text as it stands."""
        if self._stack.currentWidget() is self._long:
            return self._long.text
        return self._text.exact_text()

    def show_text(self, text: str) -> None:
        """Show `text`, JSON or not, without telling `edited`."""
        if fits_lines(text) and not (self.spec.write_only and text):
            self._text.blockSignals(True)
            self._text.setPlainText(text)
            self._text.blockSignals(False)
            self._stack.setCurrentWidget(self._text)
        else:
            self._long.hold(text)
            self._stack.setCurrentWidget(self._long)
        self.setFocusProxy(self.main_widget())

    def read(self) -> Reading:
        text = self.text()
        if self._known is None or self._known[0] != text:
            self._known = (text, self._parsed(text))
        return self._known[1]

    def takes(self, value: Json) -> bool:  # noqa: ARG002 - JSON is what it is for
        return True

    def load(self, value: Json | Unset) -> None:
        if isinstance(value, Unset):
            self.show_text("")
            self._known = ("", Reading(UNSET))
        else:
            text = json_text(value)
            self.show_text(text)
            self._known = (text, Reading(value))

    def main_widget(self) -> QWidget:
        return self._stack.currentWidget() or self._text

    def place(self, path: str) -> None:
        self._text.setObjectName(f"field_{path}")
        self._long.setObjectName(f"field_{path}_long")
        self._long.clear_button.setObjectName(f"field_{path}_clear")

    def call(self, title: str, description: str) -> None:
        for widget in (self._text, self._long):
            widget.setAccessibleName(title)
            widget.setAccessibleDescription(description)

    def mark(self, *, invalid: bool) -> None:
        mark_invalid(self._text, invalid=invalid)
        set_role(self._long.size_words, "error" if invalid else "small")

    def lock(self) -> None:
        self._text.setReadOnly(True)
        self._long.clear_button.setEnabled(False)

    def fill_menus(self, filler: MenuFiller) -> None:
        self._text.fill_menu = filler

    def _parsed(self, text: str) -> Reading:
        if not text.strip():
            return Reading(UNSET)
        if len(text) > MAX_TEXT:
            return Reading(text[:1], (FieldMessage("", TOO_LARGE, "size"),))
        try:
            value = parse_json(text)
        except FieldError as error:
            return Reading(text, (FieldMessage("", str(error), "json"),))
        if self._strict_object and not isinstance(value, dict):
            words = "Needs an object with named values: { … }."
            return Reading(text, (FieldMessage("", words, "type"),))
        return Reading(value)

    def _outgrown(self, text: str) -> None:
        self.show_text(text)
        self.edited.emit()

    def _placeholder(self) -> str:
        spec = self.spec
        start = "" if spec.required else "unset"
        more = ""
        if not isinstance(spec.default, Unset):
            more = f"default {shown(spec.default)}"
        elif spec.examples:
            more = f"for example {shown(spec.examples[0])}"
        elif spec.type is FieldType.OBJECT:
            more = 'for example {"name": "value"}'
        elif spec.type is FieldType.ARRAY:
            more = 'for example ["a", "b"]'
        return " · ".join(part for part in (start, more) if part)
