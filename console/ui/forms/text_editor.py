"""Editors for what is typed as text: strings, whole numbers and numbers of any size."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QStackedLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, Unset
from console.domain.schema_formats import FORMATS
from console.domain.schema_words import shown
from console.domain.values import (
    DataType,
    FieldError,
    Json,
    checked_text,
    is_number,
    parse,
    parse_json,
)
from console.domain.wire_json import to_text
from console.ui.forms.editor import Editor, mark_invalid
from console.ui.forms.entry import (
    LINE_CAP,
    LineEdit,
    LinesEdit,
    LongValue,
    MenuFiller,
    fits_lines,
)
from console.ui.forms.json_text import hides
from console.ui.forms.reading import MAX_TEXT, TOO_LARGE, Reading
from console.ui.widgets.text import set_role

if TYPE_CHECKING:
    from console.ui.forms.format_tools import FormatTool

LINES_FROM: Final = 200
HALF_UP_TO: Final = 24
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_HELPED: Final = frozenset({"date", "date-time", "uuid"})
_COMMA: Final = re.compile(r"-?[0-9]+,[0-9]+\Z")


class TextEditor(Editor):
    """Text in one line, in several where it may be long, held as it is where it is huge.

    An empty entry is unset until a person says that it is empty text or null.
    """

    kind = "text"

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        short = spec.format in {"date", "time"} or (spec.max_length or LINE_CAP) <= HALF_UP_TO
        self.half = short
        self._state: Json | Unset = UNSET
        self._filler: MenuFiller | None = None
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._line = LineEdit()
        self._line.undone_outside = True
        self._line.textEdited.connect(self._typed)
        self._line.outgrown.connect(self._outgrown)
        self._line.left.connect(self.left)
        if spec.write_only:
            self._line.setEchoMode(QLineEdit.EchoMode.Password)
        self._tool = self._made_tool()
        self._stack.addWidget(self._line)
        self._lines: LinesEdit | None = None
        self._long: LongValue | None = None
        self._many_lines = self.wants_lines(spec)
        self._show("")
        self.setFocusProxy(self.main_widget())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        if self._tool is not None and alt and event.key() == Qt.Key.Key_Down:
            self._tool.press()
        else:
            super().keyPressEvent(event)

    @staticmethod
    def wants_lines(spec: FieldSpec) -> bool:
        """Return True where a text may be long enough to need several lines."""
        return spec.max_length is not None and spec.max_length > LINES_FROM

    def parse(self, text: str) -> Json:
        """Return the value that `text` writes, or raise FieldError."""
        return checked_text(text)

    def text(self) -> str:
        """Return what stands in the entry."""
        shown_now = self._stack.currentWidget()
        if shown_now is self._long and self._long is not None:
            return self._long.text
        if shown_now is self._lines and self._lines is not None:
            return self._lines.exact_text()
        return self._line.text()

    def read(self) -> Reading:
        text = self.text()
        if not text:
            return Reading(self._state)
        if len(text) > MAX_TEXT:
            return Reading(text, (FieldMessage("", TOO_LARGE, "size"),))
        try:
            return Reading(self.parse(text))
        except FieldError as error:
            return Reading(text, (FieldMessage("", str(error), "parse"),))

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        return isinstance(value, str) and self._shows(value)

    def load(self, value: Json | Unset) -> None:
        if isinstance(value, Unset) or value is None or value == "":
            self._state = value
            self._show("")
        else:
            self._state = UNSET
            self._show(self.written(value))
        self._say_state()

    def written(self, value: Json) -> str:
        """Return the text that `parse` reads back as `value`."""
        assert isinstance(value, str)
        return value

    def main_widget(self) -> QWidget:
        return self._stack.currentWidget() or self._line

    def place(self, path: str) -> None:
        for widget in (self._line, self._lines, self._long):
            if widget is not None:
                widget.setObjectName(f"field_{path}")
        if self._long is not None:
            self._long.clear_button.setObjectName(f"field_{path}_clear")
        self._path = path
        if self._tool is not None:
            self._tool.call(self._title, path)

    def call(self, title: str, description: str) -> None:
        self._title, self._description = title, description
        for widget in (self._line, self._lines):
            if widget is not None:
                widget.setAccessibleName(title)
                widget.setAccessibleDescription(description)
        if self._long is not None:
            self._long.setAccessibleName(title)
        if self._tool is not None:
            self._tool.call(title, self._path)

    def mark(self, *, invalid: bool) -> None:
        for widget in (self._line, self._lines):
            if widget is not None:
                mark_invalid(widget, invalid=invalid)
        if self._long is not None:
            set_role(self._long.size_words, "error" if invalid else "small")

    def lock(self) -> None:
        self._locked = True
        for entry in (self._line, self._lines):
            if entry is not None:
                entry.setReadOnly(True)
        if self._long is not None:
            self._long.clear_button.setEnabled(False)
        if self._tool is not None:
            self._tool.lock()

    def fill_menus(self, filler: MenuFiller) -> None:
        self._filler = filler
        self._line.fill_menu = filler
        if self._lines is not None:
            self._lines.fill_menu = filler

    def state_words(self) -> str:
        if self.text():
            return ""
        if isinstance(self._state, Unset):
            return "unset"
        return "null" if self._state is None else "empty text"

    _locked = False
    _path = ""
    _title = ""
    _description = ""

    def _made_tool(self) -> FormatTool | None:
        if self.spec.format not in _HELPED or self.spec.write_only or self.kind != "text":
            return None
        from console.ui.forms.format_tools import FormatTool  # few forms have such a field

        return FormatTool(self._line, self.spec, self._outgrown)

    def _shows(self, text: str) -> bool:
        too_long = len(text) > LINE_CAP or not fits_lines(text)
        return too_long or not hides(text.replace("\n", ""))

    def _show(self, text: str) -> None:
        """Show `text` in the smallest entry that has room for it."""
        had_focus = self.main_widget().hasFocus()
        # A secret of several lines is not laid out for everybody to read.
        if not fits_lines(text) or (self.spec.write_only and "\n" in text):
            long = self._long or self._make_long()
            long.hold(text)
            self._stack.setCurrentWidget(long)
        elif (
            (self._many_lines and not self.spec.write_only) or "\n" in text or len(text) > LINE_CAP
        ):
            lines = self._lines or self._make_lines()
            lines.blockSignals(True)
            lines.setPlainText(text)
            lines.blockSignals(False)
            self._stack.setCurrentWidget(lines)
        else:
            self._line.setText(text)
            self._line.setCursorPosition(0)
            self._stack.setCurrentWidget(self._line)
        self.setFocusProxy(self.main_widget())
        if had_focus:
            self.main_widget().setFocus()

    def _make_lines(self) -> LinesEdit:
        self._lines = LinesEdit()
        self._lines.undone_outside = True
        self._lines.setReadOnly(self._locked)
        self._lines.textChanged.connect(self._lines_typed)
        self._lines.outgrown.connect(self._outgrown)
        self._lines.left.connect(self.left)
        self._lines.fill_menu = self._filler
        self._stack.addWidget(self._lines)
        self.place(self._path)
        self.call(self._title, self._description)
        return self._lines

    def _make_long(self) -> LongValue:
        self._long = LongValue()
        self._long.secret = self.spec.write_only
        self._long.clear_button.setEnabled(not self._locked)
        self._long.cleared.connect(lambda: self._outgrown(""))
        self._stack.addWidget(self._long)
        self.place(self._path)
        self.call(self._title, self._description)
        return self._long

    def _outgrown(self, text: str) -> None:
        self._state = UNSET
        self._show(text.replace("\r\n", "\n"))
        entry = self.main_widget()
        if isinstance(entry, LinesEdit):
            entry.moveCursor(entry.textCursor().MoveOperation.End)
        self._say_state()
        self.edited.emit()

    def _typed(self, _text: str) -> None:
        self._state = UNSET
        self._say_state()
        self.edited.emit()

    def _lines_typed(self) -> None:
        self._typed("")

    def _say_state(self) -> None:
        words = self.state_words() or "unset"
        if words == "unset":
            words = self._placeholder()
        self._line.setPlaceholderText(words)
        if self._lines is not None:
            self._lines.setPlaceholderText(words)

    def _placeholder(self) -> str:
        spec = self.spec
        start = "" if spec.required else "unset"
        more = ""
        if not isinstance(spec.default, Unset):
            more = f"default {shown(spec.default, 40)}"
        elif spec.examples:
            more = f"for example {shown(spec.examples[0], 40)}"
        elif spec.format in FORMATS:
            more = FORMATS[spec.format][1].rpartition("such as ")[2].rstrip(".")
        return " · ".join(part for part in (start, more) if part)


class IntegerEditor(TextEditor):
    """A whole number of any size; no spin box, because Qt's ends at 32 bits."""

    kind = "integer"

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.half = True

    @staticmethod
    def wants_lines(spec: FieldSpec) -> bool:  # noqa: ARG004 - a number never does
        return False

    def parse(self, text: str) -> Json:
        return parse(text, DataType.INTEGER)

    def takes(self, value: Json) -> bool:
        if value is None:
            return self.spec.nullable
        if isinstance(value, str):
            # A text that is no number stays as it was typed; "85" would become the number 85.
            return self._shows(value) and self._is_no_number(value)
        return self._is_number(value)

    def written(self, value: Json) -> str:
        return value if isinstance(value, str) else to_text(value)

    def _is_number(self, value: Json) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def _is_no_number(self, text: str) -> bool:
        try:
            self.parse(text)
        except FieldError:
            return bool(text)
        return False


class NumberEditor(IntegerEditor):
    """A number with or without decimals, exactly as it will be sent."""

    kind = "number"

    def parse(self, text: str) -> Json:
        trimmed = text.strip()
        if _COMMA.match(trimmed):
            raise FieldError(f"Write decimals with a point: {trimmed.replace(',', '.')}.")
        if not _NUMBER.match(trimmed):
            raise FieldError("Needs a number such as 42, -7 or 3.5.")
        return parse_json(trimmed)

    def _is_number(self, value: Json) -> bool:
        return is_number(value)
