"""Where the messages of a form stand: at their fields, above them, and in a summary that leads there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.schema import FieldMessage
from console.ui.forms.field import FormField, message_for
from console.ui.forms.free_form import FreeFormEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.theme import SPACE_S
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.ui.forms.editor import Editor
    from console.ui.forms.summary import Summary

SHOWN_BELOW_JSON: Final = 6


class FormMessages(QWidget):
    """Says what is wrong; `to_fix` are the widgets to be mended, in reading order."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.to_fix: list[QWidget] = []
        self.first_path = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_S)
        self.label = label("", "error", wrap=True, name="form_message")
        column.addWidget(self.label)
        self.label.hide()
        self._column = column
        self._summary: Summary | None = None
        self.hide()

    def clear(self, root: Editor, json: JsonEditor | None) -> None:
        """Take all messages away."""
        self.to_fix = []
        for field in walk(root):
            field.show_message("")
        if isinstance(root, FreeFormEditor):
            root.say([])
        root.mark(invalid=False)
        if json is not None:
            json.mark(invalid=False)
        self._say("", [])

    def at_fields(self, messages: list[FieldMessage], root: Editor, *, show_all: bool) -> None:
        """Put each message at the field nearest to it, where a person has been or all is shown."""
        fields = {field.path: field for field in walk(root)}
        by_field: dict[str, list[FieldMessage]] = {}
        for message in messages:
            by_field.setdefault(nearest(message.path, fields), []).append(message)
        self.to_fix = []
        lines: list[tuple[str, str, str]] = []
        for path, field in fields.items():
            found = by_field.get(path, [])
            visible = show_all or field.touched or any(m.keyword == "told" for m in found)
            field.show_message(message_for(found, path) if visible else "")
            if field.message:
                self.to_fix.append(field)
                lines += [(field.title, message_for([m], path), m.path) for m in found]
        whole = [m for m in by_field.get("", []) if show_all or m.keyword == "told"]
        self.first_path = lines[0][2] if lines else ""
        self._say(message_for(whole, ""), lines if show_all else [])
        if whole:
            self.to_fix.append(root)

    def at_variables(self, messages: list[FieldMessage], root: FreeFormEditor) -> None:
        """Put each message at the variable it names."""
        self.to_fix = root.say(messages)
        whole = [message for message in messages if not message.path]
        self._say(message_for(whole, ""), [])
        if whole:
            self.to_fix.append(root.main_widget())

    def below(self, messages: list[FieldMessage], editor: Editor) -> None:
        """Say the first few in words beside one text that holds everything."""
        words = [message_for([m], "") for m in messages[:SHOWN_BELOW_JSON]]
        if len(messages) > SHOWN_BELOW_JSON:
            words.append(f"and {len(messages) - SHOWN_BELOW_JSON} more")
        self._say("\n".join(words), [])
        editor.mark(invalid=bool(messages))
        self.to_fix = [editor.main_widget()] * len({m.path for m in messages})

    def jump_to_first(self, root: Editor) -> QWidget | None:
        """Put the keyboard into the first field that shows a message, and return it."""
        if not self.to_fix:
            return None
        target = self.to_fix[0]
        if isinstance(target, FormField):
            return jump(root, self.first_path) or target
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        return target

    def _say(self, text: str, lines: list[tuple[str, str, str]]) -> None:
        self.label.setText(text)
        self.label.setVisible(bool(text))
        if self._summary is None and len(lines) > 1:
            from console.ui.forms.summary import Summary

            self._summary = Summary()
            self._summary.chosen.connect(self.chosen)
            self._column.addWidget(self._summary)
        if self._summary is not None:
            self._summary.tell(lines)
        self.setVisible(bool(text) or len(lines) > 1)


def walk(root: Editor) -> list[FormField]:
    """Return the fields of a form in reading order."""
    return [inner for field in root.fields() for inner in field.walk()]


def nearest(path: str, known: dict[str, FormField] | dict[str, None]) -> str:
    """Return the path of the field that holds `path`, empty where none does."""
    while path and path not in known:
        path = path.rpartition("/")[0]
    return path


def jump(root: Editor, path: str) -> FormField | None:
    """Put the keyboard into the field nearest to `path`, on whatever page of a list it stands."""
    before = None
    root.reveal(path)
    while True:
        fields = {field.path: field for field in walk(root)}
        place = nearest(path, fields)
        if place == before or not place:
            break
        before = place
        fields[place].editor.reveal(path[len(place) :])
    if not place:
        return None
    fields[place].take_focus()
    return fields[place]
