"""The entries that editors are made of: exact, capped so that a huge paste cannot freeze them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
    QValidator,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from console.domain.text import shortened, visible
from console.ui.theme import SPACE_M, SPACE_S, mono_font
from console.ui.widgets.buttons import button
from console.ui.widgets.text import ElidedLabel, label

LINE_CAP: Final = 5_000
LINES_CAP: Final = 400_000
LONGEST_LINE: Final = 20_000
PREVIEW: Final = 120
_QT_MAX: Final = 2_000_000_000
MenuFiller = Callable[[QMenu], None]


class _Cap(QValidator):
    """Refuses a text beyond the cap before the line lays it out, and hands it over."""

    exceeded = Signal(str)

    def validate(self, text: str, place: int) -> object:
        if len(text) > LINE_CAP or "\n" in text:
            self.exceeded.emit(text)
            return QValidator.State.Invalid, text, place
        return QValidator.State.Acceptable, text, place


class LineEdit(QLineEdit):
    """One line that keeps every character; `outgrown` hands over what needs more room than that."""

    outgrown = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # Qt cuts at 32,767 characters without a word.
        self.setMaxLength(_QT_MAX)
        self.fill_menu: MenuFiller | None = None
        self.undone_outside = False
        """True where the form takes edits back, across all its fields."""
        cap = _Cap(self)
        cap.exceeded.connect(self.outgrown, Qt.ConnectionType.QueuedConnection)
        self.setValidator(cap)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.undone_outside and takes_back(event):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _open_menu(self.createStandardContextMenu(), self.fill_menu, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()


class LinesEdit(QPlainTextEdit):
    """Several lines that keep every character; Tab leaves; `outgrown` hands over what is too much.

    `exact_text` is the text: Qt's own `toPlainText` turns no-break spaces into spaces.
    """

    outgrown = Signal(str)
    left = Signal()
    added_line = Signal()

    def __init__(self, least: int = 3, most: int = 8, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabChangesFocus(True)
        self.fill_menu: MenuFiller | None = None
        self.undone_outside = False
        self._least, self._most = least, most
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().blockCountChanged.connect(self._grow)
        self._grow()

    def exact_text(self) -> str:
        """Return the text with line feeds between lines and every other character as it is."""
        return self.document().toRawText().replace("\u2029", "\n")

    def insertFromMimeData(self, source: QMimeData) -> None:
        text = source.text()
        if len(text) + self.document().characterCount() > LINES_CAP or _has_long_line(text):
            cursor = self.textCursor()
            whole = self.exact_text()
            start, end = sorted((cursor.anchor(), cursor.position()))
            self.outgrown.emit(whole[:start] + text + whole[end:])
        else:
            super().insertFromMimeData(source)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        _open_menu(self.createStandardContextMenu(), self.fill_menu, event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        # Ctrl+Enter belongs to the form: it asks for the review.
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        form = enter and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if form or (self.undone_outside and takes_back(event)):
            event.ignore()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._grow()

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def _grow(self) -> None:
        lines = min(max(self.document().blockCount(), self._least), self._most)
        self.setFixedHeight(self.fontMetrics().lineSpacing() * lines + 22)


class LongValue(QWidget):
    """Stands for a text too long to edit: its size, its beginning, and a way to clear it."""

    cleared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.text = ""
        self.secret = False
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_S, 0, 0, 0)
        row.setSpacing(SPACE_M)
        self.size_words = label("", "small")
        self.preview = ElidedLabel()
        self.preview.setFont(mono_font())
        self.clear_button = button("Clear", "secondary", name="long_clear")
        self.clear_button.clicked.connect(self.cleared)
        row.addWidget(self.size_words)
        row.addWidget(self.preview, 1)
        row.addWidget(self.clear_button)
        self.setFocusProxy(self.clear_button)

    def hold(self, text: str) -> None:
        """Keep `text` as it is and show how long it is."""
        self.text = text
        self.size_words.setText(f"{len(text):,} characters, kept as they are")
        self.preview.setText("" if self.secret else visible(shortened(text, PREVIEW)))
        self.clear_button.setAccessibleName(f"Clear {len(text):,} characters")


class ComboBox(QComboBox):
    """A combo box that the mouse wheel scrolls past instead of changing it unseen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumContentsLength(6)
        policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.setSizeAdjustPolicy(policy)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SpinBox(QSpinBox):
    """A spin box that the mouse wheel scrolls past instead of changing it unseen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lineEdit().setTextMargins(SPACE_S, 0, 0, 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        # Qt keeps the size that it had undressed; a suffix set anew makes it look again.
        self.setSuffix(self.suffix())

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


def takes_back(event: QKeyEvent) -> bool:
    """Return True for the keys that undo and redo."""
    undo, redo = QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo
    return bool(event.matches(undo) or event.matches(redo))


def fits_lines(text: str) -> bool:
    """Return True where `text` can be laid out at once without a visible pause."""
    return len(text) <= LINES_CAP and not _has_long_line(text)


def _has_long_line(text: str) -> bool:
    return len(text) > LONGEST_LINE and any(len(line) > LONGEST_LINE for line in text.split("\n"))


def _open_menu(menu: QMenu, fill: MenuFiller | None, event: QContextMenuEvent) -> None:
    if fill is not None:
        menu.addSeparator()
        fill(menu)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.popup(event.globalPos())
