"""StartPage: the first run, with the two ways to begin."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from console.ui import icons
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S, theme_changed, tokens
from console.ui.widgets.buttons import Role, button
from console.ui.widgets.card import Well
from console.ui.widgets.text import label


class _Way(Well):
    """One way to begin: a picture, what it is, what it needs, and its button."""

    def __init__(self, icon: str, title: str, text: str, press: tuple[str, Role, str]) -> None:
        super().__init__()
        self._icon = icon
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L + 4, SPACE_L + 4, SPACE_L + 4, SPACE_L + 4)
        column.setSpacing(SPACE_S)
        self._picture = QLabel()
        column.addWidget(self._picture)
        column.addWidget(label(title, "heading"))
        told = label(text, "muted", wrap=True)
        told.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(told, 1)
        words, role, name = press
        self.button: QPushButton = button(words, role, name=name)
        column.addSpacing(SPACE_S)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFixedSize(320, 226)
        theme_changed.connect(self._draw)
        self._draw(tokens())

    def _draw(self, _tokens: object) -> None:
        drawn = icons.pixmap(self._icon, tokens().accent, 28, self.devicePixelRatioF())
        self._picture.setPixmap(drawn)


class StartPage(QWidget):
    """Shown while no connection is open; says what each way does and needs."""

    connect_requested = Signal()
    demo_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("start_page")
        outer = QVBoxLayout(self)
        outer.setSpacing(SPACE_M)
        outer.addStretch(2)
        title = label("Trigger workflows, watch them run, prove what happened", "title", wrap=True)
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(title)
        told = label("Nothing is connected yet. How do you want to begin?", "muted")
        told.setAlignment(Qt.AlignmentFlag.AlignCenter)
        outer.addWidget(told)
        outer.addSpacing(SPACE_L)
        row = QHBoxLayout()
        row.setSpacing(SPACE_L)
        row.addStretch(1)
        connect = _Way(
            "connect",
            "Connect to CXone",
            "You need a client id and its secret. The secret goes into this computer's keyring; "
            "nothing is sent before you test the connection.",
            ("Connect", "primary", "start_connect"),
        )
        demo = _Way(
            "demo",
            "Look around first",
            "A simulated contact center on this computer: no account, no network, and its own "
            "data folder, so nothing mixes with real work.",
            ("Try the demo", "secondary", "start_demo"),
        )
        connect.button.clicked.connect(self.connect_requested)
        demo.button.clicked.connect(self.demo_requested)
        self.setFocusProxy(connect.button)
        row.addWidget(connect)
        row.addWidget(demo)
        row.addStretch(1)
        outer.addLayout(row)
        outer.addStretch(3)
