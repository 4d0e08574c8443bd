"""The form of one workflow: fields or JSON of the same values, checked while they are typed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

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
from console.domain.schema_pick import required_defaults
from console.domain.schema_secret import has_secrets, masked, unmasked, without_secrets
from console.ui.forms.entry import takes_back
from console.ui.forms.factory import editor_for
from console.ui.forms.field import FormField
from console.ui.forms.form_messages import FormMessages, jump, nearest, walk
from console.ui.forms.free_form import FreeFormEditor, free_spec
from console.ui.forms.group_editor import GroupEditor
from console.ui.forms.history import History, Snapshot
from console.ui.forms.json_editor import JsonEditor
from console.ui.forms.later_editor import Room
from console.ui.forms.reading import same_json
from console.ui.forms.rest_of_fields import UNASKED
from console.ui.forms.whole_editor import WholeEditor
from console.ui.theme import SPACE_S
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.domain.values import Json
    from console.ui.forms.editor import Editor

Mode = Literal["form", "json"]
CHECK_AFTER_MS: Final = 350
SHOWN_LOST: Final = 6


class SchemaForm(QWidget):
    """Values of one workflow's context; `value` gives them with what is wrong.

    `changed` is told for a person's edits, `submitted` for Ctrl+Enter, `to_fix_changed` with the
    number of fields whose message is shown.
    """

    changed = Signal()
    submitted = Signal()
    to_fix_changed = Signal(int)
    mode_changed = Signal(str)
    """Undo led back into the other view."""

    def __init__(
        self, parent: QWidget | None = None, *, waits: bool = False, strict: bool = True
    ) -> None:
        """Show the form of a workflow that nothing is known of; `waits`: nothing, a schema comes.

        Not `strict`: a value that is no object, too, which no workflow takes but a schema may.
        """
        super().__init__(parent)
        self._strict = strict
        self.spec = free_spec()
        self._mode: Mode = "form"
        self._show_all = False
        self._told: dict[str, str] = {}
        self._origin: str | None = None
        self._history = History()
        self._secret: Json | Unset = UNSET
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(SPACE_S)
        self._messages = FormMessages()
        self._messages.chosen.connect(lambda path: jump(self.root, path))
        self._message = self._messages.label
        self._note = label("", "small", wrap=True, name="form_note")
        self._note.hide()
        self._built: Editor | None = None
        self._json: JsonEditor | None = None
        self._column.addWidget(self._note)
        self._column.addWidget(self._messages)
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
        self._column.insertWidget(2, root)
        self._show_mode()
        root.edited.connect(self._edited)
        root.left.connect(self._check_soon)
        root.place("")
        root.call("Values", self.spec.description)
        lost = [
            f"{u.keyword}{f' at {u.path}' if u.path else ''}" for u in self.spec.all_unsupported()
        ]
        more = f" and {len(lost) - SHOWN_LOST} more" if len(lost) > SHOWN_LOST else ""
        named = ", ".join(dict.fromkeys(lost[:SHOWN_LOST])) + more
        self._note.setText(f"Checked, but not shown as fields: {named}.")
        self._note.setVisible(bool(lost))
        self.start_again()

    def start_again(self) -> None:
        """Show nothing but the schema's own defaults of what is required."""
        self.set_value(required_defaults(self.spec))

    def set_value(self, value: Json | Unset) -> None:
        """Show `value` (an object, or UNSET for nothing) as the values; messages start afresh."""
        self._fresh()
        Room.renew()
        if isinstance(value, Unset) or self.root.takes(value):
            self.root.load(value)
        if self._mode == "json":
            self._load_json()
        self._say_nothing()
        self._history.restart(self._snapshot())

    def value(self) -> tuple[dict[str, Json], list[FieldMessage]]:
        """Return the values and all that is wrong with them; with messages they are not to be sent.

        A field whose text is no value of its type holds that text.
        """
        value, unread = self.any_value()
        if isinstance(value, Unset):
            value = {}
        if not isinstance(value, dict):
            return {}, unread or [FieldMessage("", "Needs an object with named values.", "type")]
        covered = {message.path for message in unread}
        judged = [m for m in validate(self.spec.schema, value) if m.path not in covered]
        return value, unread + judged

    def any_value(self) -> tuple[Json | Unset, list[FieldMessage]]:
        """Return whatever stands here, an object or not, and what of it is no value of its type."""
        reading = self._present().read()
        value = reading.value
        if self._mode == "json" and not isinstance(value, Unset):
            value = unmasked(self.spec, value, self._secret)
        return value, list(reading.messages)

    def draft_values(self) -> dict[str, Json]:
        """Return the values as they stand, checked or not, without those that are secret."""
        kept = without_secrets(self.spec, self.held_values())
        return kept if isinstance(kept, dict) else {}

    def is_untouched(self) -> bool:
        """Return True where nothing but the schema's own defaults stands here."""
        start = required_defaults(self.spec)
        value = self.any_value()[0]
        return same_json(value, {}) or same_json(value, start)

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
            value = reading.value
            kept = value if isinstance(value, Unset) else unmasked(self.spec, value, self._secret)
            self.root.load(kept)
        self._mode = mode
        self._show_mode()
        self.check()
        return True

    def json_text(self) -> str:
        """Return the JSON view's text as it stands, for a draft; none where it holds a secret."""
        if self._mode != "json" or has_secrets(self.spec):
            return ""
        return self._as_json().text()

    def show_json_text(self, text: str) -> None:
        """Show `text` in the JSON view, valid or not."""
        self.set_mode("json")
        self._as_json().show_text(text)
        self.check()

    # --- what is wrong ----------------------------------------------------------------------
    def check(self) -> bool:
        """Show what is wrong with the fields that were touched; return True where all is valid."""
        self._timer.stop()
        if self._history.busy:
            self._history.settle(self._snapshot())
        _, messages = self.value()
        for path, words in self._told.items():
            messages.append(FieldMessage(path, words, "told"))
        if self._mode == "json" or isinstance(self.root, JsonEditor):
            # A person who edits JSON sees the whole of it, so all that is wrong may be said.
            started = self._show_all or not self.is_untouched() or bool(self._told)
            self._messages.below(messages if started else [], self._present())
        elif isinstance(self.root, FreeFormEditor):
            self._messages.at_variables(messages, self.root)
        else:
            self._messages.at_fields(messages, self.root, show_all=self._show_all)
        self.to_fix_changed.emit(len(self._messages.to_fix))
        return not messages

    def review(self) -> bool:
        """Show everything that is wrong; return True where nothing is."""
        self._show_all = True
        for field in (None, *self.fields_now()):
            editor = self.root if field is None else field.editor
            if isinstance(editor, GroupEditor) and len(editor.later) <= UNASKED:
                editor.make_more(len(editor.later))
        return self.check()

    def to_fix(self) -> int:
        """Return how many fields show a message."""
        return len(self._messages.to_fix)

    def jump_to_first(self) -> QWidget | None:
        """Put the keyboard into the first field that shows a message, and return it."""
        return self._messages.jump_to_first(self.root)

    def tell(self, field: str, message: str) -> bool:
        """Show what the services or the tenant said about `field`; False where it has no place."""
        self.root.reveal(field if field.startswith("/") else pointer(*field.split(".")))
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
        elif takes_back(event):
            self.take_back() if event.matches(QKeySequence.StandardKey.Undo) else self.do_again()
        else:
            super().keyPressEvent(event)

    def take_back(self) -> None:
        """Undo the last burst of typing, in fields or in JSON."""
        self._go_to(self._history.back(self._snapshot()))

    def do_again(self) -> None:
        """Redo what was undone last."""
        self._go_to(self._history.forward(self._snapshot()))

    def take_focus(self) -> None:
        """Put the keyboard into the first entry."""
        self._present().main_widget().setFocus(Qt.FocusReason.OtherFocusReason)

    def held_values(self) -> dict[str, Json]:
        """Return the values as they stand, checked or not; never to be stored."""
        value = self.any_value()[0]
        return value if isinstance(value, dict) else {}

    def standing(self) -> Callable[[], None]:
        """Return what shows again all that stands here, secrets and half-typed JSON too."""
        return partial(self._go_to, self._snapshot())

    def fields_now(self) -> list[FormField]:
        """Return every field that stands here now, in reading order."""
        return walk(self.root)

    # --- inside -----------------------------------------------------------------------------
    @property
    def root(self) -> Editor:
        """The editor of the whole value."""
        if self._built is None:
            self.set_schema(None)
        assert self._built is not None
        return self._built

    def _new_root(self) -> Editor:
        spec = self.spec
        if not self._strict:
            return WholeEditor(spec, editor_for)
        plain = spec.type is FieldType.OBJECT and not spec.variants
        if plain and (spec.children or spec.keyed or spec.depends):
            return GroupEditor(spec, editor_for, top=True)
        if plain and spec.open and not spec.unsupported:
            return FreeFormEditor(spec)
        if spec.variants:
            return WholeEditor(spec, editor_for)
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
        self._column.insertWidget(3, result)
        return result

    def _show_mode(self) -> None:
        self.root.setVisible(self._mode == "form")
        if self._mode == "json" or self._json is not None:
            self._as_json().setVisible(self._mode == "json")

    def _present(self) -> Editor:
        return self._as_json() if self._mode == "json" else self.root

    def _load_json(self) -> None:
        self._secret = value = self.root.read().value
        self._as_json().load({} if isinstance(value, Unset) else masked(self.spec, value))
        self._origin = self._as_json().text()

    def _fresh(self) -> None:
        self._show_all = False
        self._told.clear()
        for field in self.fields_now():
            field.touched = False

    def _say_nothing(self) -> None:
        """Take all messages away without asking the judge, which costs 60 ms the first time."""
        self._timer.stop()
        self._messages.clear(self.root, self._json)
        self.to_fix_changed.emit(0)

    def _edited(self) -> None:
        self._history.begin()
        self._told.clear()
        self._check_soon()
        self.changed.emit()

    def _check_soon(self) -> None:
        self._timer.start()

    def _snapshot(self) -> Snapshot:
        if self._mode == "json":
            return Snapshot(self._secret, self._as_json().text())
        return Snapshot(self.root.read().value)

    def _go_to(self, snapshot: Snapshot | None) -> None:
        """Show what stood once, in the view that it stood in."""
        if snapshot is None:
            return
        focus = QApplication.focusWidget()
        name = "" if focus is None else focus.objectName()
        if snapshot.text is None:
            self._mode = "form"
            self.root.load(snapshot.value)
        else:
            self._secret, self._mode = snapshot.value, "json"
            self._as_json().show_text(snapshot.text)
        self._show_mode()
        again = self.findChild(QWidget, name) if name else None
        if again is not None:
            again.setFocus(Qt.FocusReason.OtherFocusReason)
        self._told.clear()
        self.check()
        self.mode_changed.emit(self._mode)
        self.changed.emit()

    def _path_of(self, field: str) -> str:
        """Return the pointer for a field as a server names it: context.tier, /tier, tier."""
        parts = pointer_parts(field) if field.startswith("/") else tuple(field.split("."))
        if parts and parts[0] == "context":
            parts = parts[1:]
        known = {f.path for f in self.fields_now()}
        path = pointer(*parts)
        return path if path in known else nearest(path, dict.fromkeys(known))
