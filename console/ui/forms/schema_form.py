"""The form of one workflow: fields or JSON of the same values, checked while they are typed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.schema import (
    UNSET,
    FieldMessage,
    FieldSpec,
    FieldType,
    Unset,
    pointer,
    pointer_parts,
    validate,
)
from console.ui.forms.factory import editor_for
from console.ui.forms.field import FormField, message_for
from console.ui.forms.free_form import FreeFormEditor, free_spec
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.json_text import json_text
from console.ui.forms.rows_editor import required_defaults
from console.ui.theme import SPACE_S
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.editor import Editor

Mode = Literal["form", "json"]
CHECK_AFTER_MS: Final = 350
SHOWN_BELOW_JSON: Final = 6


class SchemaForm(QWidget):
    """Values of one workflow's context; `value` gives them with what is wrong.

    `changed` is told for a person's edits, `submitted` for Ctrl+Enter, `to_fix_changed` with the
    number of fields whose message is shown.
    """

    changed = Signal()
    submitted = Signal()
    to_fix_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None, *, waits: bool = False) -> None:
        """Show the form of a workflow that nothing is known of; `waits`: nothing, a schema comes."""
        super().__init__(parent)
        self.spec = free_spec()
        self._mode: Mode = "form"
        self._show_all = False
        self._told: dict[str, str] = {}
        self._origin: str | None = None
        self._to_fix: list[QWidget] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_S)
        self._message = label("", "error", wrap=True, name="form_message")
        self._message.hide()
        self._note = label("", "small", wrap=True, name="form_note")
        self._note.hide()
        self._built: Editor | None = None
        self._json: JsonEditor | None = None
        self._column.addWidget(self._note)
        self._column.addWidget(self._message)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(CHECK_AFTER_MS)
        self._timer.timeout.connect(self.check)
        if not waits:
            self.set_schema(None)

    # --- what is shown ----------------------------------------------------------------------
    def set_schema(self, spec: FieldSpec | None) -> None:
        """Show a fresh form for `spec`; None is a workflow that nothing is known of."""
        self.spec = free_spec() if spec is None else spec
        for old in (self._built, self._json):
            if old is not None:
                self._column.removeWidget(old)
                old.hide()
                old.deleteLater()
        self._json = None
        self._built = root = self._new_root()
        self._column.insertWidget(1, root)
        self._show_mode()
        root.edited.connect(self._edited)
        root.left.connect(self._check_soon)
        root.place("")
        root.call("Values", self.spec.description)
        lost = dict.fromkeys(
            f"{u.keyword}{f' at {u.path}' if u.path else ''}" for u in self.spec.all_unsupported()
        )
        self._note.setText(
            f"Edited as checked JSON, because the form cannot show: {', '.join(lost)}."
        )
        self._note.setVisible(bool(lost))
        self.start_again()

    def start_again(self) -> None:
        """Show nothing but the schema's own defaults of what is required."""
        self.set_value(required_defaults(self.spec))

    def set_value(self, value: Json | Unset) -> None:
        """Show `value` (an object, or UNSET for nothing) as the values; messages start afresh."""
        self._fresh()
        if isinstance(value, Unset) or self._root.takes(value):
            self._root.load(value)
        if self._mode == "json":
            self._load_json()
        self._say_nothing()

    def value(self) -> tuple[dict[str, Json], list[FieldMessage]]:
        """Return the values and all that is wrong with them; with messages they are not to be sent.

        A field whose text is no value of its type holds that text.
        """
        reading = self._present().read()
        unread = list(reading.messages)
        value = reading.value
        if isinstance(value, Unset):
            value = {}
        if not isinstance(value, dict):
            return {}, unread or [FieldMessage("", "Needs an object with named values.", "type")]
        covered = {message.path for message in unread}
        judged = [m for m in validate(self.spec.schema, value) if m.path not in covered]
        return value, unread + judged

    def draft_values(self) -> dict[str, Json]:
        """Return the values as they stand, checked or not, without those that are secret."""
        value = self._present().read().value
        secret = {child.name for child in self.spec.children if child.write_only}
        held = value if isinstance(value, dict) else {}
        return {name: part for name, part in held.items() if name not in secret}

    def is_untouched(self) -> bool:
        """Return True where nothing but the schema's own defaults stands here."""
        start = required_defaults(self.spec)
        value = self._present().read().value
        return value in ({}, UNSET) or value == start

    # --- form and JSON ----------------------------------------------------------------------
    @property
    def mode(self) -> Mode:
        """How the values are shown now."""
        return self._mode

    def set_mode(self, mode: Mode) -> bool:
        """Show the same values the other way; False where the JSON text cannot be read."""
        if mode == self._mode:
            return True
        if mode == "json":
            self._load_json()
        elif self._as_json().text() != self._origin:
            reading = self._as_json().read()
            if reading.messages:
                self._show_all = True
                self.check()
                return False
            self._root.load(reading.value)
        self._mode = mode
        self._show_mode()
        self.check()
        return True

    def json_text(self) -> str:
        """Return the JSON view's text as it stands, for a draft."""
        return self._as_json().text() if self._mode == "json" else ""

    def show_json_text(self, text: str) -> None:
        """Show `text` in the JSON view, valid or not."""
        self.set_mode("json")
        self._as_json().show_text(text)
        self.check()

    # --- what is wrong ----------------------------------------------------------------------
    def check(self) -> bool:
        """Show what is wrong with the fields that were touched; return True where all is valid."""
        self._timer.stop()
        _, messages = self.value()
        for path, words in self._told.items():
            messages.append(FieldMessage(path, words, "told"))
        if self._mode == "json" or isinstance(self._root, JsonEditor):
            self._say_below(messages, self._present())
        elif isinstance(self._root, FreeFormEditor):
            self._say_free(messages, self._root)
        else:
            self._say_at_fields(messages)
        self.to_fix_changed.emit(len(self._to_fix))
        return not messages

    def review(self) -> bool:
        """Show everything that is wrong; return True where nothing is."""
        self._show_all = True
        return self.check()

    def to_fix(self) -> int:
        """Return how many fields show a message."""
        return len(self._to_fix)

    def jump_to_first(self) -> QWidget | None:
        """Put the keyboard into the first field that shows a message, and return it."""
        if not self._to_fix:
            return None
        target = self._to_fix[0]
        if isinstance(target, FormField):
            target.take_focus()
        else:
            target.setFocus(Qt.FocusReason.OtherFocusReason)
        return target

    def tell(self, field: str, message: str) -> bool:
        """Show what the services or the tenant said about `field`; False where it has no place."""
        path = self._path_of(field)
        self._told[path] = message
        self.check()
        return bool(path)

    def clear_touched(self) -> None:
        """Take messages away until a person edits again."""
        self._fresh()
        self._say_nothing()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.submitted.emit()
        else:
            super().keyPressEvent(event)

    def take_focus(self) -> None:
        """Put the keyboard into the first entry."""
        self._present().main_widget().setFocus(Qt.FocusReason.OtherFocusReason)

    # --- inside -----------------------------------------------------------------------------
    @property
    def _root(self) -> Editor:
        if self._built is None:
            self.set_schema(None)
        assert self._built is not None
        return self._built

    def _new_root(self) -> Editor:
        spec = self.spec
        if spec.type is FieldType.OBJECT and spec.children:
            return GroupEditor(spec, editor_for, top=True)
        known = spec.unsupported or not spec.open or "additionalProperties" in _keys(spec)
        if spec.type is FieldType.OBJECT and not known:
            return FreeFormEditor(spec)
        return JsonEditor(spec, strict_object=True, least=8, most=24)

    def _as_json(self) -> JsonEditor:
        """Return the JSON view, made at the first call."""
        if self._json is not None:
            return self._json
        self._json = result = JsonEditor(self.spec, strict_object=True, least=14, most=32)
        result.call("Values as JSON", self.spec.description)
        result.edited.connect(self._edited)
        for widget in result.findChildren(QWidget):
            if widget.objectName() == "":
                widget.setObjectName("json")
        result.main_widget().setObjectName("values_json")
        result.hide()
        self._column.insertWidget(2, result)
        return result

    def _show_mode(self) -> None:
        self._root.setVisible(self._mode == "form")
        if self._mode == "json" or self._json is not None:
            self._as_json().setVisible(self._mode == "json")

    def _present(self) -> Editor:
        return self._as_json() if self._mode == "json" else self._root

    def _load_json(self) -> None:
        value = self._root.read().value
        self._as_json().load({} if isinstance(value, Unset) else value)
        self._origin = self._as_json().text()

    def _fresh(self) -> None:
        self._show_all = False
        self._told.clear()
        for field in self._walk():
            field.touched = False

    def _say_nothing(self) -> None:
        """Take all messages away without asking the judge, which costs 60 ms the first time."""
        self._timer.stop()
        self._to_fix = []
        for field in self._walk():
            field.show_message("")
        if isinstance(self._root, FreeFormEditor):
            self._root.say([])
        self._root.mark(invalid=False)
        if self._json is not None:
            self._json.mark(invalid=False)
        self._say("")
        self.to_fix_changed.emit(0)

    def _walk(self) -> list[FormField]:
        return [inner for field in self._root.fields() for inner in field.walk()]

    def _edited(self) -> None:
        self._told.clear()
        self._check_soon()
        self.changed.emit()

    def _check_soon(self) -> None:
        self._timer.start()

    def _say_at_fields(self, messages: list[FieldMessage]) -> None:
        fields = {field.path: field for field in self._walk()}
        by_field: dict[str, list[FieldMessage]] = {}
        for message in messages:
            by_field.setdefault(_nearest(message.path, fields), []).append(message)
        self._to_fix = []
        for path, field in fields.items():
            found = by_field.get(path, [])
            visible = self._show_all or field.touched or any(m.keyword == "told" for m in found)
            field.show_message(message_for(found, path) if visible else "")
            if field.message:
                self._to_fix.append(field)
        whole = [m for m in by_field.get("", []) if self._show_all or m.keyword == "told"]
        self._say(message_for(whole, ""))
        if whole:
            self._to_fix.append(self._root)

    def _say_free(self, messages: list[FieldMessage], root: FreeFormEditor) -> None:
        self._to_fix = root.say(messages)
        whole = [message for message in messages if not message.path]
        self._say(message_for(whole, ""))
        if whole:
            self._to_fix.append(root.main_widget())

    def _say_below(self, messages: list[FieldMessage], editor: Editor) -> None:
        # A person who edits JSON sees the whole of it, so all that is wrong may be said at once.
        started = self._show_all or not self.is_untouched() or bool(self._told)
        said = messages if started else []
        words = [message_for([m], "") for m in said[:SHOWN_BELOW_JSON]]
        if len(said) > SHOWN_BELOW_JSON:
            words.append(f"and {len(said) - SHOWN_BELOW_JSON} more")
        self._say("\n".join(words))
        editor.mark(invalid=bool(said))
        self._to_fix = [editor.main_widget()] * len({m.path for m in said})

    def _say(self, text: str) -> None:
        self._message.setText(text)
        self._message.setVisible(bool(text))

    def _path_of(self, field: str) -> str:
        """Return the pointer for a field as a server names it: context.tier, /tier, tier."""
        parts = pointer_parts(field) if field.startswith("/") else tuple(field.split("."))
        if parts and parts[0] == "context":
            parts = parts[1:]
        known = {f.path for f in self._walk()}
        path = pointer(*parts)
        return path if path in known else _nearest(path, dict.fromkeys(known))


def _nearest(path: str, known: dict[str, FormField] | dict[str, None]) -> str:
    while path and path not in known:
        path = path.rpartition("/")[0]
    return path


def _keys(spec: FieldSpec) -> set[str]:
    return set() if isinstance(spec.schema, bool) else set(spec.schema)


__all__ = ["Mode", "SchemaForm", "json_text"]
