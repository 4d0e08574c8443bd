"""Toast: a short word at the foot of the window about something just done; it goes by itself."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from console.ui import icons
from console.ui.theme import RADIUS_CARD, SPACE_M, SPACE_S, Tone, theme_changed, tokens
from console.ui.widgets.text import label

SHOWN_MS: Final = 6000
_ICONS: dict[str, str] = {
    "neutral": "info",
    "info": "info",
    "ok": "check",
    "warn": "warning",
    "bad": "error",
}


class Toast(QWidget):
    """Floats above `parent`'s foot for six seconds; it takes no focus and blocks nothing."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = parent
        self.setObjectName("toast")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_M, SPACE_S, SPACE_M + 2, SPACE_S)
        row.setSpacing(SPACE_S)
        self._icon = QLabel()
        self.text = label()
        row.addWidget(self._icon)
        row.addWidget(self.text)
        self._tone: Tone = "info"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        theme_changed.connect(self._draw)
        parent.installEventFilter(self)
        self.hide()

    def say(self, text: str, tone: Tone = "info") -> None:
        """Show `text` in `tone` and tell screen readers."""
        self._tone = tone
        self.text.setText(text)
        self.setAccessibleName(text)
        self._draw(tokens())
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
        self._timer.start(SHOWN_MS)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        room = self._ground.rect()
        width = min(self.sizeHint().width(), room.width() - 32)
        self.resize(width, self.sizeHint().height())
        self.move((room.width() - width) // 2, room.height() - self.height() - 44)

    def _draw(self, _tokens: object) -> None:
        foreground, _ = tokens().tone(self._tone)
        drawn = icons.pixmap(_ICONS[self._tone], foreground, 16, self.devicePixelRatioF())
        self._icon.setPixmap(drawn)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        foreground, _ = tokens().tone(self._tone)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(foreground), 1))
        painter.setBrush(QColor(tokens().panel))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, RADIUS_CARD, RADIUS_CARD)
