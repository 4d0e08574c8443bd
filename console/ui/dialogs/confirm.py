"""Questions with one answer, where a reason may or must be given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel

if TYPE_CHECKING:
    from console.ui.widgets.buttons import Role


class AskReason(Question):
    """Asks before something that goes on record; `answered` tells the reason.

    With `required` the answer stays shut until a reason is typed.
    """

    answered = Signal(str)

    def __init__(
        self,
        title: str,
        text: str,
        answer: str,
        *,
        name: str,
        required: bool = False,
        role: Role = "primary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(title, text, answer, name=name, role=role, parent=parent)
        self._required = required
        self.reason = QLineEdit()
        self.reason.setObjectName(f"{name}_reason")
        self.reason.setMaxLength(500)
        hint = "required, kept in the audit trail" if required else "kept in the audit trail"
        self.body.addWidget(FieldLabel("Reason", hint, self.reason))
        self.body.addWidget(self.reason)
        self.reason.textChanged.connect(self._check)
        self._check()
        self.reason.setFocus()

    def _check(self) -> None:
        told = bool(self.reason.text().strip())
        self.answer_button.setEnabled(told or not self._required)

    def accept(self) -> None:
        if self.answer_button.isEnabled():
            self.answered.emit(self.reason.text().strip())
            super().accept()
