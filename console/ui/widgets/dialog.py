"""Question: a window-modal dialog that is opened, never executed, with its buttons at the foot."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from console.ui.tab_order import step
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.buttons import Role, button
from console.ui.widgets.card import CardFooter
from console.ui.widgets.text import label


class Question(QDialog):
    """Title, explanation, `body` for fields, and a foot with Cancel and one named answer.

    Call `open()`; `accepted` and `rejected` tell the answer. It deletes itself when closed.
    """

    def __init__(
        self,
        title: str,
        text: str,
        answer: str,
        *,
        name: str,
        role: Role = "primary",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(440)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        inner = QFrame()
        column = QVBoxLayout(inner)
        column.setContentsMargins(SPACE_L + 4, SPACE_L, SPACE_L + 4, SPACE_L)
        column.setSpacing(SPACE_M)
        heading = label(title, "heading")
        heading.setStyleSheet("font-size: 15px;")
        column.addWidget(heading)
        self.text = label(text, "muted", wrap=True)
        column.addWidget(self.text)
        self.text.setVisible(bool(text))
        self.body = QVBoxLayout()
        self.body.setSpacing(SPACE_S)
        column.addLayout(self.body)
        outer.addWidget(inner, 1)
        foot = CardFooter()
        self.foot = row = QHBoxLayout(foot)
        row.setContentsMargins(SPACE_L + 4, SPACE_M, SPACE_L + 4, SPACE_M)
        row.setSpacing(SPACE_S)
        row.addStretch(1)
        self.cancel_button = button("Cancel", name=f"{name}_cancel")
        self.cancel_button.clicked.connect(self.reject)
        self.answer_button: QPushButton = button(answer, role, name=f"{name}_answer")
        self.answer_button.clicked.connect(self.accept)
        # Enter presses the button that has the keyboard, and the answer only from a field.
        for made in (self.cancel_button, self.answer_button):
            made.setAutoDefault(True)
        row.addWidget(self.cancel_button)
        row.addWidget(self.answer_button)
        outer.addWidget(foot)
        # Not before it stands in the dialog: that would choose another default when it opens.
        self.answer_button.setDefault(True)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's
        return step(self, forward=forward)
