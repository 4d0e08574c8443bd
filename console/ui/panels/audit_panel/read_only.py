"""Plain text to read and copy from, as high as what it holds, up to a limit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QResizeEvent,
    QTextCharFormat,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from console.ui.theme import mono_font, theme_changed, tokens

SHOWN_CHARS: Final = 20_000


class ReadOnlyText(QPlainTextEdit):
    """Monospaced, never rich; wraps anywhere, because a hash or a payload has no spaces."""

    def __init__(
        self, name: str, accessible: str, most_lines: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setFont(mono_font())
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setUndoRedoEnabled(False)
        self._most = most_lines
        self._fitted_width = -1
        self._pairs: tuple[tuple[str, str], ...] | None = None
        theme_changed.connect(self._redraw)

    def show_text(self, text: str) -> None:
        """Show `text`, its first 20,000 characters where it is longer."""
        self._pairs = None
        self.setPlainText(_capped(text))
        self._fit()

    def show_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Show lines of 'name: value', the names in the muted colour."""
        self._pairs = tuple(pairs)
        self.clear()
        cursor = self.textCursor()
        muted, plain = QTextCharFormat(), QTextCharFormat()
        muted.setForeground(QColor(tokens().muted))
        plain.setForeground(QColor(tokens().text))
        left = SHOWN_CHARS
        cursor.beginEditBlock()
        for number, (name, value) in enumerate(self._pairs):
            if left <= 0:
                cursor.insertText(f"\n{len(self._pairs) - number:,} more fields", muted)
                break
            cursor.insertText(("\n" if number else "") + f"{name}: ", muted)
            cursor.insertText(value[:left], plain)
            left -= len(name) + len(value) + 2
        cursor.endEditBlock()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # The event tells the viewport's size, which a bar of our own changes too.
        if self._fitted_width != self.width():
            self._fit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        # What needs no scrolling of its own lets the page around it scroll.
        if self.verticalScrollBar().maximum() == 0:
            event.ignore()
        else:
            super().wheelEvent(event)

    def _fit(self) -> None:
        self._fitted_width = self.width()
        # Measured without a bar: a bar would take room, wrap more, and so keep itself there.
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lines = max(round(self.document().size().height()), 1)
        if lines > self._most:
            lines = self._most
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        frame = self.height() - self.viewport().height()
        margin = 2 * round(self.document().documentMargin())
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + margin + frame)

    def _redraw(self, _tokens: object) -> None:
        if self._pairs is not None:
            self.show_pairs(self._pairs)


def _capped(text: str) -> str:
    if len(text) <= SHOWN_CHARS:
        return text
    return (
        f"{text[:SHOWN_CHARS]}\n\N{HORIZONTAL ELLIPSIS} {len(text) - SHOWN_CHARS:,} more characters"
    )
