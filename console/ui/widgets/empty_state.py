"""What a part shows while it has nothing: what that means, and what to do next."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from console.ui import icons
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S, theme_changed, tokens
from console.ui.widgets.buttons import button
from console.ui.widgets.text import label


class EmptyState(QWidget):
    """Icon, one line, one sentence, and at most one action (`acted`)."""

    acted = Signal()

    def __init__(
        self,
        icon: str,
        title: str,
        text: str = "",
        action: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L, SPACE_L, SPACE_L, SPACE_L)
        column.setSpacing(SPACE_S)
        column.addStretch(1)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "heading")
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.text = label(text, "muted", wrap=True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._picture)
        column.addWidget(self.title)
        column.addWidget(self.text)
        self.action = button(action or "-", "secondary", name="empty_action")
        self.action.clicked.connect(self.acted)
        column.addSpacing(SPACE_M - SPACE_S)
        column.addWidget(self.action, 0, Qt.AlignmentFlag.AlignHCenter)
        # Not before it stands here: it would show as a window of its own for a moment.
        self.action.setVisible(bool(action))
        column.addStretch(2)
        theme_changed.connect(self._draw)
        self._draw(tokens())

    def say(self, title: str, text: str = "", action: str = "") -> None:
        """Show other words."""
        self.title.setText(title)
        self.text.setText(text)
        self.action.setText(action or "-")
        self.action.setAccessibleName(action)
        self.action.setVisible(bool(action))

    def _draw(self, _tokens: object) -> None:
        drawn = icons.pixmap(self._icon, tokens().edge, 32, self.devicePixelRatioF())
        self._picture.setPixmap(drawn)
