"""One field of a form: title and hint, the editor, its states, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QToolButton, QVBoxLayout, QWidget

from console.domain.schema import UNSET, FieldMessage, FieldSpec, FieldType, Unset
from console.domain.schema_words import hint
from console.ui.forms.editor import Editor
from console.ui.forms.json_editor import JsonEditor
from console.ui.theme import SPACE_XS
from console.ui.widgets.buttons import icon_button
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.reading import Reading

HINT_PX: Final = 56
MakeEditor = Callable[[FieldSpec], Editor]


class FormField(QWidget):
    """A labelled editor at a JSON Pointer; a value the editor would bend is edited as JSON instead.

    `edited` is told for a person's edits only. `touched` is True once a person has edited here:
    only then, or after a review, is a message shown.
    """

    edited = Signal()
    left = Signal()

    def __init__(
        self, spec: FieldSpec, make: MakeEditor, *, path: str, bare: bool = False, title: str = ""
    ) -> None:
        super().__init__()
        self.spec = spec
        self.path = path
        self.touched = False
        self.message = ""
        self._locked = False
        self._origin = ("", "", False)
        self._title = title or spec.title or spec.name
        self._typed = make(spec)
        self._raw: JsonEditor | None = None
        self.editor: Editor = self._typed
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_XS)
        self._label = FieldLabel(self._title, hint(spec))
        # Made when they are needed: a form of 200 fields has to be there at once.
        self._message: QLabel | None = None
        self._tools: QHBoxLayout | None = None
        self._top: QHBoxLayout | None = None
        self._build(bare=bare)
        self._adopt(self._typed)
        self.place(path)
        if spec.read_only:
            self.lock()

    def fits_half(self, width: int) -> bool:
        """Return True where `width` pixels are enough for title and editor."""
        return self.editor.half and self._label.title.sizeHint().width() + HINT_PX <= width

    def add_tool(self, tool: QWidget) -> None:
        """Put a tool of the row that this field is behind the title."""
        if self._tools is None:
            self._tools = QHBoxLayout()
            self._tools.setSpacing(0)
            self._top_row().addLayout(self._tools)
        self._label.hint.setText("")
        self._tools.addWidget(tool)

    @property
    def title(self) -> str:
        """The name on the screen."""
        return self._title

    def read(self) -> Reading:
        """Return the value here; message paths start at this field."""
        return self.editor.read()

    def load(self, value: Json | Unset) -> None:
        """Show `value` exactly, as JSON text where the typed editor could not give it back."""
        if isinstance(value, Unset) or self._typed.takes(value):
            self._swap(self._typed)
        else:
            self._swap(self._as_json())
        self.editor.load(value)
        self._tell_state()

    def place(self, path: str) -> None:
        """Stand at `path`; object names of everything inside follow."""
        self.path = path
        self.setObjectName(f"row_{path}")
        if self._message is not None:
            self._message.setObjectName(f"message_{path}")
        self._typed.place(path)
        if self._raw is not None:
            self._raw.place(path)

    def rename(self, title: str) -> None:
        """Go by another title, for example after a list's entries have moved."""
        self._title = title
        self._label.title.setText(title.replace("&", "&&"))
        for editor in (self._typed, self._raw):
            if editor is not None:
                editor.call(title, self._description())

    def walk(self) -> Iterator[FormField]:
        """Yield this field and those inside, in reading order."""
        yield self
        for inner in self.editor.fields():
            yield from inner.walk()

    def show_message(self, text: str) -> None:
        """Say what is wrong under the field; an empty text takes it away."""
        if text == self.message:
            return
        self.message = text
        if self._message is None:
            self._message = label("", "error", wrap=True, name=f"message_{self.path}")
            self._column.addWidget(self._message)
        self._message.setText(text)
        self._message.setVisible(bool(text))
        self.editor.mark(invalid=bool(text))
        described = " ".join(part for part in (text, self._description()) if part)
        self.editor.call(self._title, described)

    def show_origin(self, words: str, tip: str, *, locked: bool = False) -> None:
        """Mark where the value comes from; a locked one can be read and not changed."""
        if (words, tip, locked) == self._origin:
            return
        self._origin = (words, tip, locked)
        for editor in (self._typed, self._raw):
            if editor is not None:
                editor.setEnabled(not locked)
        self._label.setToolTip(self._description())
        self._tell_state()
        described = " ".join(part for part in (self.message, self._description()) if part)
        self.editor.call(self._title, described)

    @property
    def has_origin(self) -> bool:
        """True where the field is marked."""
        return bool(self._origin[0])

    def take_focus(self) -> None:
        """Put the keyboard here."""
        self.editor.main_widget().setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if control and event.key() == Qt.Key.Key_Space and self._has_states():
            self._open_states()
        else:
            super().keyPressEvent(event)

    def lock(self) -> None:
        """Show the value and let nobody change it."""
        self._locked = True
        for editor in (self._typed, self._raw):
            if editor is not None:
                editor.lock()

    def fill_menu(self, menu: QMenu) -> None:
        """Add this field's states and views to `menu`."""
        if self._locked:
            return
        for words, value in self._typed.states():
            menu.addAction(words).triggered.connect(lambda _on=False, v=value: self._choose(v))
        if self.editor is self._raw:
            back = menu.addAction("Edit in fields")
            value = self._raw.read().value
            back.setEnabled(isinstance(value, Unset) or self._typed.takes(value))
            back.triggered.connect(lambda: self._choose(self._as_json().read().value))
        elif not isinstance(self._typed, JsonEditor):
            menu.addAction("Edit as JSON").triggered.connect(self._edit_as_json)

    def _build(self, *, bare: bool) -> None:
        if bare:
            self._label.hide()
        elif self._has_states(besides_unset=True):
            self._top_row().addWidget(self._states_button())
        else:
            self._column.addWidget(self._label)
        self._column.addWidget(self._typed)
        self._label.setToolTip(self._description())

    def _top_row(self) -> QHBoxLayout:
        """Return the line of the title; it becomes a line with tools at the first call."""
        if self._top is None:
            self._top = QHBoxLayout()
            self._top.setSpacing(SPACE_XS)
            self._column.removeWidget(self._label)
            self._top.addWidget(self._label, 1)
            self._column.insertLayout(0, self._top)
        return self._top

    def _states_button(self) -> QToolButton:
        result = icon_button("more", f"{self._title}: more choices", name=f"more_{self.path}")
        result.setToolTip("Unset, null, empty, JSON (Ctrl+Space)")
        # Ctrl+Space and the context menu open the same menu: no second tab stop a field.
        result.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        result.setProperty("role", "tiny")
        result.setFixedSize(18, 18)
        result.clicked.connect(self._open_states)
        return result

    def _adopt(self, editor: Editor) -> None:
        editor.edited.connect(self._edited)
        editor.left.connect(self.left)
        editor.replaced.connect(self._choose)
        editor.fill_menus(self.fill_menu)
        editor.call(self._title, self._description())
        self._label.title.setBuddy(editor.main_widget())
        editor.load(UNSET)
        self._tell_state()

    def _has_states(self, *, besides_unset: bool = False) -> bool:
        """Return True where the menu has a choice; clearing an entry unsets it without a menu."""
        if self._typed.holds_states or self.spec.read_only:
            return False
        states = [value for _, value in self._typed.states()]
        return any(not (besides_unset and isinstance(value, Unset)) for value in states)

    def _description(self) -> str:
        return " ".join(part for part in (self.spec.description, self._origin[1]) if part)

    def _as_json(self) -> JsonEditor:
        if self._raw is None:
            self._raw = JsonEditor(self.spec, least=1)
            self._column.insertWidget(self._column.indexOf(self._typed) + 1, self._raw)
            self._adopt(self._raw)
            self._raw.place(self.path)
            self._raw.setEnabled(not self._origin[2])
            self._raw.hide()
            if self._locked:
                self._raw.lock()
        return self._raw

    def _swap(self, editor: Editor) -> None:
        if editor is not self.editor:
            self.editor.hide()
            self.editor = editor
            editor.show()
            self._label.title.setBuddy(editor.main_widget())
            editor.mark(invalid=bool(self.message))

    def _edit_as_json(self) -> None:
        value = self.editor.read().value
        self._swap(self._as_json())
        self.editor.load(value)
        self._tell_state()
        self.take_focus()

    def _choose(self, value: Json | Unset) -> None:
        self.load(value)
        self.take_focus()
        self._edited()

    def _edited(self) -> None:
        self.touched = True
        self._tell_state()
        self.edited.emit()

    def _tell_state(self) -> None:
        words = [part for part in (self._origin[0], hint(self.spec)) if part]
        if self.editor is self._raw:
            words.append("as JSON")
        elif self.spec.type in {FieldType.ARRAY, FieldType.OBJECT}:
            state = self.editor.state_words()
            if state and not (self.spec.required and state == "unset"):
                words.append(state)
        self._label.set_hint(" · ".join(words) if self._tools is None else "")

    def _open_states(self) -> None:
        if self._origin[2]:
            return
        if self.focusProxy() is None and not self.isAncestorOf(_focus_of(self)):
            self.take_focus()
        menu = QMenu(self)
        menu.setObjectName(f"states_{self.path}")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.fill_menu(menu)
        corner = self._label.mapToGlobal(QPoint(self._label.width(), self._label.height()))
        menu.popup(
            corner if self._label.isVisible() else self.mapToGlobal(QPoint(0, self.height()))
        )


def _focus_of(widget: QWidget) -> QWidget:
    focused: QWidget | None = widget.window().focusWidget()
    return widget.window() if focused is None else focused


def message_for(messages: list[FieldMessage], path: str) -> str:
    """Return the words to stand at the field at `path` for messages there and below it.

    What lies deeper than any field (inside JSON) is named by its way there.
    """
    words = []
    for message in messages:
        below = message.path.removeprefix(path)
        where = ", ".join(_step(part) for part in below.split("/")[1:])
        words.append(f"{where}: {message.message}" if where else message.message)
    return "\n".join(dict.fromkeys(words[:3]))


def _step(part: str) -> str:
    part = part.replace("~1", "/").replace("~0", "~")
    return f"entry {int(part) + 1}" if part.isdecimal() else part
