"""Labels: elided to the room they have, and a field's label with its hint at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QWidget,
)

from console.ui.theme import SPACE_S, is_dressed


def label(text: str = "", role: str = "", *, name: str = "", wrap: bool = False) -> QLabel:
    """Return a plain-text label in `role` (title, heading, muted, small, error, ok, warn)."""
    result = QLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    result.setWordWrap(wrap)
    if role:
        result.setProperty("role", role)
    if name:
        result.setObjectName(name)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Change a widget's dress after it was polished."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        if not is_dressed():
            return
        widget.style().unpolish(widget)
        widget.style().polish(widget)


class ElidedLabel(QLabel):
    """One line of plain text, cut with an ellipsis where room ends; the whole is its tool tip."""

    def __init__(
        self,
        text: str = "",
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if role:
            self.setProperty("role", role)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._tell()
        super().resizeEvent(event)

    def setText(self, text: str) -> None:
        if text != self.text():
            super().setText(text)
            self._tell()

    def _tell(self) -> None:
        cut = self.fontMetrics().horizontalAdvance(self.text()) > self.contentsRect().width()
        self.setToolTip(self.text() if cut else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        box = self.contentsRect()
        text = self.fontMetrics().elidedText(self.text(), self._mode, box.width())
        # The sheet gives labels a colour and a font, and no box that would have to be drawn.
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(box, int(self.alignment()), text)


class FieldLabel(QWidget):
    """A field's title at the left, its hint ("integer 0 to 100") muted at the right.

    The title is the buddy of `field`, so that screen readers and Alt+letter find it.
    """

    def __init__(
        self,
        title: str,
        hint: str = "",
        field: QWidget | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        # An ampersand in a title would be taken for a shortcut.
        self.title = label(title.replace("&", "&&"), "heading")
        self.hint = ElidedLabel(hint, "small")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.title)
        row.addWidget(self.hint, 1)
        if field is not None:
            self.set_field(field, title)

    def set_field(self, field: QWidget, name: str) -> None:
        """Make the title the buddy of `field`, whose accessible name becomes `name`."""
        self.title.setBuddy(field)
        field.setAccessibleName(name)
        line = field.lineEdit() if isinstance(field, QComboBox) else None
        if line is not None:
            # What takes the typing in an editable combo box is a control of its own.
            line.setAccessibleName(name)
            line.setObjectName(line.objectName() or f"{field.objectName()}_text")

    def set_hint(self, hint: str) -> None:
        """Show another hint."""
        self.hint.setText(hint)
