"""Edits one workflow definition: its rules as fields, its schema as checked JSON."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from console.domain.payload import PRIORITY_HIGHEST, PRIORITY_LOWEST
from console.domain.text import visible
from console.domain.values import FieldError, parse_json
from console.domain.workflow import (
    DEFAULT_SEND_BEFORE_HOURS,
    LARGEST_LIMIT,
    LONGEST_HOURS,
    LONGEST_ID,
    LONGEST_TITLE,
    Workflow,
    document_of,
)
from console.services.definition_window import DefinitionDone, DefinitionEvent, DefinitionRefused
from console.ui.forms.entry import SpinBox
from console.ui.forms.json_text import json_text
from console.ui.theme import SPACE_M, SPACE_S, SPACE_XS, mono_font
from console.ui.widgets.banner import Banner
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.services.definition_window import DefinitionsWindow

_PLACE: Final = re.compile(r"line (\d+), column (\d+)")
_FIELDS: Final = ("id", "title", "description", "limit", "priority", "sendBeforeHours", "schema")
_AROUND: Final = 200


class _HoursBox(QDoubleSpinBox):
    """Hours, scrolled past by the mouse wheel like every field of a form."""

    def __init__(self) -> None:
        super().__init__()
        self.lineEdit().setTextMargins(SPACE_S, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class DefinitionDialog(Question):
    """A new definition, or one that exists; what is saved is judged and put on record.

    `before` is the digest of the one that is edited, None for a new one.
    """

    def __init__(
        self,
        desk: DefinitionsWindow,
        workflow: Workflow,
        *,
        before: str | None,
        parent: QWidget | None = None,
    ) -> None:
        new = before is None
        super().__init__(
            "New workflow" if new else f"Edit {visible(workflow.title)}",
            "Every change is kept in the audit trail. Jobs that are queued already keep the rules"
            " they were queued under.",
            "Add" if new else "Save",
            name="definition",
            parent=parent,
        )
        self.setMinimumWidth(640)
        self._desk = desk
        self._workflow = workflow
        self._before = before
        self._request = ""
        self._errors: dict[str, Any] = {}
        self._entries: dict[str, QWidget] = {}
        self.failure = Banner("error", closable=False)
        self.failure.hide()
        self.body.addWidget(self.failure)
        self._column = self._page()
        self._build(new=new)
        self._fill(workflow)
        self._start = self._text()
        leave = desk.listen(self._hear)
        self.destroyed.connect(leave)
        (self.workflow_id if new and not workflow.workflow_id else self.title).setFocus()

    # --- building -------------------------------------------------------------------------------
    def _page(self) -> QVBoxLayout:
        area = QScrollArea()
        area.setObjectName("definition_fields")
        area.setAccessibleName("Definition")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        screen = self.screen().availableGeometry().height()
        area.setMinimumHeight(max(min(560, screen - _AROUND), 160))
        page = QWidget()
        page.setProperty("role", "clear")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, SPACE_S, 0)
        column.setSpacing(SPACE_M)
        area.setWidget(page)
        self._area = area
        self.body.addWidget(area, 1)
        return column

    def _build(self, *, new: bool) -> None:
        self.workflow_id = _line("definition_id", LONGEST_ID)
        self.workflow_id.setReadOnly(not new)
        self.title = _line("definition_title", LONGEST_TITLE)
        id_hint = "as CXone knows it" if new else "cannot be changed"
        self._pair(
            self._field("id", "ID", id_hint, self.workflow_id),
            self._field("title", "Title", "shown in the form", self.title),
        )
        self.description = QPlainTextEdit()
        self.description.setObjectName("definition_description")
        self.description.setTabChangesFocus(True)
        self.description.setFixedHeight(58)
        self._column.addWidget(self._field("description", "Description", "", self.description))
        self.limit = SpinBox()
        self.limit.setObjectName("definition_limit")
        self.limit.setRange(1, LARGEST_LIMIT)
        self.limit.setGroupSeparatorShown(True)
        self.priority = SpinBox()
        self.priority.setObjectName("definition_priority")
        self.priority.setRange(PRIORITY_HIGHEST, PRIORITY_LOWEST)
        self.hours = _HoursBox()
        self.hours.setObjectName("definition_hours")
        self.hours.setRange(0.01, LONGEST_HOURS)
        self.hours.setDecimals(2)
        self.hours.setSuffix(" h")
        self._pair(
            self._field("limit", "Limit", "running at once", self.limit),
            self._field("priority", "Priority", "1 highest", self.priority),
            self._field("sendBeforeHours", "Send before", "after queuing", self.hours),
        )
        self.never = _check("definition_never", "Never too old to be sent unasked")
        self.never.toggled.connect(lambda on: self.hours.setEnabled(not on))
        self.approval = _check("definition_approval", "A second person approves each trigger")
        self.reason = _check("definition_reason_required", "A reason is required")
        self.guard = _check("definition_guard", "At production, ask to type the connection's name")
        for box in (self.never, self.approval, self.reason, self.guard):
            self._column.addWidget(box)
        self.schema = QPlainTextEdit()
        self.schema.setObjectName("definition_schema")
        self.schema.setFont(mono_font())
        self.schema.setTabChangesFocus(True)
        self.schema.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.schema.setMinimumHeight(200)
        hint = "JSON Schema of the values, 2020-12 or draft 7"
        self._column.addWidget(self._field("schema", "Schema", hint, self.schema), 1)
        self.why = _line("definition_why", 500)
        self._column.addWidget(self._field("reason", "Reason", "kept in the audit trail", self.why))

    def _field(self, key: str, title: str, hint: str, entry: QWidget) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        column.addWidget(FieldLabel(title, hint, entry))
        column.addWidget(entry, 1)
        error = label("", "error", wrap=True, name=f"definition_{key}_error")
        error.hide()
        column.addWidget(error)
        self._errors[key], self._entries[key] = error, entry
        return box

    def _pair(self, *fields: QWidget) -> None:
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        for field in fields:
            row.addWidget(field, 1)
        self._column.addLayout(row)

    def _fill(self, workflow: Workflow) -> None:
        self.workflow_id.setText(workflow.workflow_id)
        self.title.setText(workflow.title)
        self.description.setPlainText(workflow.description)
        self.limit.setValue(workflow.limit)
        self.priority.setValue(workflow.priority)
        hours = workflow.send_before_hours
        self.hours.setValue(DEFAULT_SEND_BEFORE_HOURS if hours is None else hours)
        self.never.setChecked(hours is None)
        self.approval.setChecked(workflow.approval_required)
        self.reason.setChecked(workflow.reason_required)
        self.guard.setChecked(workflow.production_guard)
        self.schema.setPlainText(json_text(dict(workflow.schema)))

    # --- what a person does ---------------------------------------------------------------------
    def document(self) -> dict[str, Any]:
        """The definition as it stands here; FieldError where the schema is no JSON."""
        kept = document_of(self._workflow)
        hours: float = self.hours.value()
        if hours == self._hours_shown():
            hours = kept["sendBeforeHours"]  # more decimals than the field shows
        return {
            **kept,
            "id": self.workflow_id.text().strip(),
            "title": self.title.text().strip(),
            "description": self.description.toPlainText(),
            "schema": parse_json(self.schema.toPlainText()),
            "limit": self.limit.value(),
            "priority": self.priority.value(),
            "reasonRequired": self.reason.isChecked(),
            "approval": "required" if self.approval.isChecked() else None,
            "sendBeforeHours": None if self.never.isChecked() else hours,
            "productionGuard": self.guard.isChecked(),
        }

    def accept(self) -> None:
        if self._request:
            return
        self._clear()
        try:
            document = self.document()
        except FieldError as error:
            self._say("schema", str(error))
            return
        self._request = uuid.uuid4().hex
        self.answer_button.setEnabled(False)
        self._desk.save(self._request, document, self.why.text().strip(), self._before)

    def reject(self) -> None:
        if self._text() == self._start:
            super().reject()
            return
        question = Question(
            "Leave without saving?",
            "What you changed in this definition is lost.",
            "Leave",
            name="definition_discard",
            role="danger",
            parent=self,
        )
        question.accepted.connect(self._leave)
        question.open()

    def _leave(self) -> None:
        self._start = self._text()
        self.reject()

    # --- what the desk tells --------------------------------------------------------------------
    def _hear(self, event: DefinitionEvent) -> None:
        match event:
            case DefinitionDone(request=request) if request and request == self._request:
                super().accept()
            case DefinitionRefused(request=request) if request and request == self._request:
                self._request = ""
                self.answer_button.setEnabled(True)
                self._say(event.field, event.message)

    def _say(self, key: str, message: str) -> None:
        """Say what is wrong at its field, or above all where it has none here."""
        if key not in self._errors:
            self.failure.say("error", message)
            self.failure.show()
            return
        self._errors[key].setText(visible(message))
        self._errors[key].show()
        entry = self._entries[key]
        entry.setAccessibleDescription(message)
        entry.setFocus()
        # Twice through the loop: first the words are laid out, then the area takes their height.
        show = partial(self._area.ensureWidgetVisible, self._errors[key], 0, SPACE_M)
        QTimer.singleShot(0, self, partial(QTimer.singleShot, 0, self, show))
        found = _PLACE.search(message)
        if key == "schema" and found is not None:
            self._go_to(int(found[1]), int(found[2]))

    def _go_to(self, line: int, column: int) -> None:
        block = self.schema.document().findBlockByNumber(line - 1)
        cursor = QTextCursor(block)
        steps = min(column - 1, max(block.length() - 1, 0))
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.MoveAnchor, steps)
        self.schema.setTextCursor(cursor)
        self.schema.ensureCursorVisible()

    def _clear(self) -> None:
        self.failure.hide()
        for key, error in self._errors.items():
            error.hide()
            self._entries[key].setAccessibleDescription("")

    def _hours_shown(self) -> float | None:
        hours = self._workflow.send_before_hours
        return None if hours is None else round(hours, 2)

    def _text(self) -> Mapping[str, object]:
        """Everything that can be changed here, to see whether it was."""
        return {
            "texts": [e.text() for e in (self.workflow_id, self.title, self.why)],
            "long": [e.toPlainText() for e in (self.description, self.schema)],
            "numbers": [self.limit.value(), self.priority.value(), self.hours.value()],
            "checks": [
                box.isChecked() for box in (self.never, self.approval, self.reason, self.guard)
            ],
        }


def _line(name: str, longest: int) -> QLineEdit:
    result = QLineEdit()
    result.setObjectName(name)
    result.setMaxLength(longest)
    return result


def _check(name: str, text: str) -> QCheckBox:
    result = QCheckBox(text)
    result.setObjectName(name)
    result.setAccessibleName(text)
    return result
