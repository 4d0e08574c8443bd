"""Banner: one line across the top that says what happened and offers what to do."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from console.ui import icons
from console.ui.theme import SPACE_L, SPACE_S, Tone, theme_changed, tokens
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.text import label

Level = Literal["info", "warning", "error"]
_TONES: dict[str, Tone] = {"info": "info", "warning": "warn", "error": "bad"}
_WORDS = {"info": "Note", "warning": "Warning", "error": "Error"}


class Banner(QWidget):
    """A message with a level in words, an action (`acted`) and a way to close it (`closed`)."""

    acted = Signal()
    closed = Signal()

    def __init__(
        self,
        level: Level = "info",
        text: str = "",
        action: str = "",
        *,
        closable: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.level: Level = level
        self.closable = closable
        if text:
            self.say(level, text, action)

    # Most banners have nothing to say yet when a window opens: their parts are made with the words.
    @cached_property
    def text(self) -> QLabel:
        """The words."""
        return label(wrap=True)

    @cached_property
    def action(self) -> QPushButton:
        """The button of what can be done."""
        return button("-", "secondary", name="banner_action")

    @cached_property
    def close_button(self) -> QToolButton:
        """The button that takes the banner away."""
        return icon_button("close", "Close this message", name="banner_close")

    @cached_property
    def _icon(self) -> QLabel:
        return QLabel()

    def _build(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L, SPACE_S - 2, SPACE_S, SPACE_S - 2)
        row.setSpacing(SPACE_S)
        self.action.clicked.connect(self.acted)
        self.close_button.clicked.connect(self._close)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        # Not before it stands here: it would show as a window of its own for a moment.
        self.close_button.setVisible(self.closable)
        theme_changed.connect(self._draw)

    def say(self, level: Level, text: str, action: str = "") -> None:
        """Show `text` at `level` with an optional action."""
        if self.layout() is None:
            self._build()
        self.level = level
        self.text.setText(text)
        self.setAccessibleName(f"{_WORDS[level]}: {text}")
        self.action.setText(action or "-")
        self.action.setAccessibleName(action)
        self.action.setVisible(bool(action))
        self._draw(tokens())

    def _close(self) -> None:
        self.hide()
        self.closed.emit()

    def _draw(self, _tokens: object) -> None:
        foreground, _ = tokens().tone(_TONES[self.level])
        name = "error" if self.level == "error" else self.level
        self._icon.setPixmap(icons.pixmap(name, foreground, 18, self.devicePixelRatioF()))
        self._icon.setAccessibleName(_WORDS[self.level])
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        foreground, background = tokens().tone(_TONES[self.level])
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(background))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(foreground))
        painter.drawRect(QRectF(0, 0, 3, self.height()))
