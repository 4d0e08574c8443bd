"""Everything an operator fills in for one trigger: workflow, priority, values, metadata, reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.errors import BadInput
from console.domain.payload import (
    MAX_BODY_BYTES,
    PRIORITY_DEFAULT,
    PRIORITY_HIGHEST,
    PRIORITY_LOWEST,
    TriggerPayload,
)
from console.domain.schema import read_schema
from console.domain.wire_json import to_text
from console.ui.forms.drafts import Draft
from console.ui.forms.editor import mark_invalid
from console.ui.forms.entry import LineEdit, SpinBox
from console.ui.forms.origins import Origins, preset_from, text_of
from console.ui.forms.pairs import PairsEditor
from console.ui.forms.reading import TOO_LARGE
from console.ui.forms.schema_form import SchemaForm
from console.ui.forms.send_time import SendTime
from console.ui.forms.workflow_picker import WorkflowPicker
from console.ui.theme import SPACE_L, SPACE_M, SPACE_XS
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.domain.preset import Preset
    from console.domain.values import Json
    from console.domain.workflow import Workflow
    from console.services.commands import TriggerRequest

PRIORITY_PX: Final = 124


class TriggerFields(QWidget):
    """The fields of one trigger; `edited` is told for a person's edits, `checked` after a check."""

    edited = Signal()
    checked = Signal()
    submitted = Signal()
    workflow_chosen = Signal(str)

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "clear")
        self.send = SendTime(now)
        self.workflow: Workflow | None = None
        self.resend_of: str | None = None
        self.resend_label = ""
        self.copies = False
        self._build()
        self.origins = Origins(self.form)
        self.picker.chosen.connect(self.workflow_chosen)
        self.form.changed.connect(self._edited)
        self.form.to_fix_changed.connect(lambda _count: self.checked.emit())
        self.form.submitted.connect(self.submitted)
        self.metadata.edited.connect(self._edited)
        self.priority.valueChanged.connect(self._edited)
        self.reason.textEdited.connect(self._edited)
        self.send.edited.connect(self._edited)

    # --- one workflow's fields ----------------------------------------------------------------
    def show_workflow(
        self, workflow_id: str, workflow: Workflow | None, draft: Draft | None
    ) -> None:
        """Show the fields of a workflow (None: it has no definition here), filled from `draft`."""
        self.workflow = workflow
        self.picker.show_choice(workflow_id)
        self.form.set_schema(None if workflow is None else read_schema(workflow.schema))
        needed = workflow is not None and workflow.reason_required
        kept = "kept in the audit trail"
        self._reason_label.set_hint(f"required · {kept}" if needed else kept)
        if draft is None:
            self.clear()
        else:
            self.show_draft(draft)

    def clear(self) -> None:
        """Start again with the definition's own defaults."""
        self.form.start_again()
        self._set_priority(self._usual_priority())
        self.metadata.load({})
        self.reason.clear()
        self.send.clear()
        self.resend_of, self.resend_label, self.copies = None, "", False
        self.origins.forget()
        self.clear_messages()

    def storable_values(self) -> dict[str, Json]:
        """Return the values as they stand, checked or not, without secrets at any depth."""
        from console.domain.schema_secret import without_secrets

        kept = without_secrets(self.form.spec, self.form.held_values())
        return kept if isinstance(kept, dict) else {}

    def draft(self) -> Draft:
        """Return what stands here, checked or not, without secrets."""
        from console.domain.schema_secret import has_secrets

        # In a text that holds a secret somewhere nothing can be told apart: the values stand for it.
        secret = has_secrets(self.form.spec)
        return Draft(
            values=self.storable_values(),
            json="" if secret else self.form.json_text(),
            priority=self.priority.value(),
            metadata=[list(pair) for pair in self.metadata.pairs()],
            reason=self.reason.text(),
            resend_of=self.resend_of,
            resend_label=self.resend_label,
            at=_iso(self.send.send_at()),
            send_before=_iso(self.send.not_after()),
            copies=self.copies,
            preset=text_of(self.origins.preset),
        )

    def show_draft(self, draft: Draft) -> None:
        """Show what `draft` returned once."""
        if draft.json:
            self.form.show_json_text(draft.json)
        else:
            self.form.set_value(draft.values)
        self._set_priority(self._usual_priority() if draft.priority is None else draft.priority)
        self.metadata.load([(pair[0], pair[1]) for pair in draft.metadata])
        self.reason.setText(draft.reason)
        self.send.show_times(_moment(draft.at), _moment(draft.send_before))
        self.resend_of, self.resend_label = draft.resend_of, draft.resend_label
        self.copies = draft.copies
        self.origins.forget()
        self.origins.use_preset(preset_from(draft.preset))
        self.clear_messages()

    def show_preset(self, preset: Preset) -> None:
        """Begin afresh with the values of `preset`; what no longer fits is told at its field."""
        from console.domain.preset import misfits

        self.clear()
        self.form.set_value({**self.form.held_values(), **preset.values})
        if preset.priority is not None:
            self._set_priority(preset.priority)
        self.metadata.load(dict(preset.metadata or {}))
        self.reason.setText(preset.reason or "")
        self.origins.use_preset(preset)
        for message in misfits(preset, self.workflow.schema) if self.workflow else ():
            self.form.tell(message.path, message.message)
        self.checked.emit()

    def change_workflow(self, workflow: Workflow | None) -> None:
        """Show the same values, secrets too, in the form of a definition that has changed."""
        show_again, draft = self.form.standing(), self.draft()
        if draft.priority == self._usual_priority():
            draft = replace(draft, priority=None)  # nobody chose it: the new one's holds
        self.show_workflow(self.picker.workflow_id, workflow, draft)
        show_again()
        self.origins.show()

    def is_blank(self) -> bool:
        """Return True where nothing was filled in that would be worth keeping."""
        rest = self.metadata.pairs() or self.reason.text() or self.resend_of
        usual = self.priority.value() == self._usual_priority()
        return self.form.is_untouched() and not rest and usual and self.send.is_usual()

    # --- what is wrong ------------------------------------------------------------------------
    def review(self) -> bool:
        """Show everything that is wrong; return True where nothing is."""
        if not self.picker.workflow_id:
            self.picker.say("Choose a workflow first.")
        self.form.review()
        self.origins.check_locks()
        self._check_metadata()
        self._check_reason()
        self.send.check()
        self.checked.emit()
        return self.to_fix() == 0

    def to_fix(self) -> int:
        """Return how many fields show a message."""
        reason = self._reason_message.text()
        others = (self.picker.message, self.metadata.message, reason, self.send.message)
        return self.form.to_fix() + sum(bool(message) for message in others)

    def jump_to_first(self) -> QWidget | None:
        """Put the keyboard into the first field that shows a message, and return it."""
        if self.picker.message:
            self.picker.combo.setFocus()
            return self.picker
        target = self.form.jump_to_first()
        if target is None and self.metadata.message:
            self.metadata.take_focus()
            target = self.metadata
        elif target is None and self._reason_message.text():
            self.reason.setFocus()
            target = self.reason
        elif target is None and self.send.message:
            self.send.take_focus()
            target = self.send
        return target

    def tell(self, field: str, message: str) -> bool:
        """Show `message` at the field that `field` names; False where it has no place here."""
        name = field.removeprefix("/").split(".", maxsplit=1)[0].split("/", maxsplit=1)[0]
        if name == "metadata":
            self.metadata.show_message(message)
        elif name == "reason":
            self._show_reason(message)
        elif name in {"at", "sendBefore"}:
            self.send.say(message, end=name == "sendBefore")
        elif name == "workflowId":
            self.picker.say(message)
        elif not name or name == "priority":
            return False
        else:
            self.form.tell(field, message)
        self.checked.emit()
        return True

    def clear_messages(self) -> None:
        """Take all messages away until a person edits again."""
        self.form.clear_touched()
        self.metadata.show_message("")
        self._show_reason("")
        self.send.say("")
        self.picker.say("")
        self.checked.emit()

    # --- what will be sent ----------------------------------------------------------------------
    def request(self) -> tuple[TriggerRequest, TriggerPayload]:
        """Return the trigger that stands here, under an id of its own; BadInput where none does."""
        values, messages = self.form.value()
        if messages:
            raise BadInput(messages[0].message, messages[0].path)
        import uuid

        from console.services.commands import TriggerRequest

        request = TriggerRequest(
            request=str(uuid.uuid4()),
            workflow_id=self.picker.workflow_id,
            context=values,
            priority=self.priority.value(),
            metadata=self.metadata.value(),
            reason=self.reason.text().strip(),
            at=self.send.send_at(),
            send_before=self.send.not_after(),
            resend_of=None if self.copies else self.resend_of,
            copied_from=self.resend_of if self.copies else None,
        )
        payload = TriggerPayload(
            request.workflow_id, values, self.priority.value(), request.metadata
        )
        if len(to_text(payload.body(request.request), ensure_ascii=True).encode()) > MAX_BODY_BYTES:
            raise BadInput(TOO_LARGE, "context")
        return request, payload

    def take_focus(self) -> None:
        """Put the keyboard into the form where a workflow is chosen, else into the picker."""
        if self.picker.workflow_id:
            self.form.take_focus()
        else:
            self.picker.combo.setFocus()

    # --- inside -----------------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        # Only now: the style sheet, which decides a combo's height, comes after the form is built.
        self.priority.setFixedHeight(self.picker.combo.sizeHint().height())
        super().showEvent(event)

    def _usual_priority(self) -> int:
        return self.workflow.priority if self.workflow else PRIORITY_DEFAULT

    def _set_priority(self, priority: int) -> None:
        self.priority.blockSignals(True)
        self.priority.setValue(priority)
        self.priority.blockSignals(False)

    def _edited(self) -> None:
        if self.metadata.message:
            self._check_metadata()
        if self._reason_message.text():
            self._check_reason()
        self.edited.emit()
        self.checked.emit()

    def _check_metadata(self) -> None:
        try:
            self.metadata.value()
            self.metadata.show_message("")
        except BadInput as error:
            self.metadata.show_message(str(error))

    def _check_reason(self) -> None:
        needed = self.workflow is not None and self.workflow.reason_required
        missing = needed and not self.reason.text().strip()
        self._show_reason("Say why: this workflow asks for a reason." if missing else "")

    def _show_reason(self, text: str) -> None:
        self._reason_message.setText(text)
        self._reason_message.setVisible(bool(text))
        mark_invalid(self.reason, invalid=bool(text))
        self.reason.setAccessibleDescription(text)

    def _build(self) -> None:
        self.picker = WorkflowPicker()
        self.priority = SpinBox()
        self.priority.setObjectName("priority")
        self.priority.setRange(PRIORITY_HIGHEST, PRIORITY_LOWEST)
        self.priority.setValue(PRIORITY_DEFAULT)
        self.form = SchemaForm(waits=True)
        self.metadata = PairsEditor("Metadata", "sent with the trigger")
        self.reason = LineEdit()
        self.reason.setObjectName("reason")
        self._reason_label = FieldLabel("Reason", "", self.reason)
        self._reason_message = label("", "error", wrap=True, name="reason_message")
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_L)
        column.setSpacing(SPACE_M)
        top = QHBoxLayout()
        top.setSpacing(SPACE_M)
        top.addWidget(self.picker, 1)
        title = FieldLabel("Priority", "1 highest", self.priority)
        self.picker.combo.ensurePolished()
        priority = _stacked(title, self.priority)
        priority.setMinimumWidth(PRIORITY_PX)
        top.addWidget(priority)
        column.addLayout(top)
        column.addWidget(self.form)
        column.addWidget(self.metadata)
        column.addWidget(_stacked(self._reason_label, self.reason, self._reason_message))
        column.addWidget(self.send)
        column.addStretch(1)
        self._reason_message.hide()


def _iso(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()


def _moment(text: str) -> datetime | None:
    """The aware time that `text` tells, None where it tells none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _stacked(*widgets: QWidget) -> QWidget:
    result = QWidget()
    column = QVBoxLayout(result)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(SPACE_XS)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch(1)
    return result
