"""Banner: one line across the top that says what happened and offers what to do."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

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
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L, SPACE_S - 2, SPACE_S, SPACE_S - 2)
        row.setSpacing(SPACE_S)
        self._icon = QLabel()
        self.text = label(wrap=True)
        self.action = button("-", "secondary", name="banner_action")
        self.action.clicked.connect(self.acted)
        self.close_button = icon_button("close", "Close this message", name="banner_close")
        self.closable = closable
        self.close_button.setVisible(closable)
        self.close_button.clicked.connect(self._close)
        row.addWidget(self._icon)
        row.addWidget(self.text, 1)
        row.addWidget(self.action)
        row.addWidget(self.close_button)
        self.level: Level = level
        theme_changed.connect(self._draw)
        self.say(level, text, action)

    def say(self, level: Level, text: str, action: str = "") -> None:
        """Show `text` at `level` with an optional action."""
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
