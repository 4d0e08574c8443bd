"""TopBar: where one is, how the connection stands, and the way to everything (Ctrl+K)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from console.domain.text import shortened, visible
from console.ui import times
from console.ui.icons import set_icon
from console.ui.theme import (
    RADIUS_BADGE,
    SPACE_L,
    SPACE_M,
    SPACE_S,
    small_font,
    theme_changed,
    tokens,
)
from console.ui.widgets.lane_line import circuit_words, lane_words
from console.ui.widgets.text import label, set_role

if TYPE_CHECKING:
    from console.services.commands import ConnectionView
    from console.ui.bridge import Bridge

PRODUCT: Final = "CXone Operator Console"
_TICK_MS: Final = 5000
_ROLES: Final = {"bad": "error", "warn": "warn"}
WIDE: Final = 1100
NARROW: Final = 760


def environment_words(view: ConnectionView | None) -> tuple[str, str]:
    """Return (words, environment) for the badge: which environment, which connection."""
    if view is None:
        return "NOT CONNECTED", ""
    if view.demo:
        return "DEMO · built-in simulator", "demo"
    place = visible(shortened(f"{view.environment.upper()} · {view.profile}", 48))
    return place, view.environment


class EnvironmentBadge(QWidget):
    """The environment in its colour and in words; production is red, the demo violet."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("environment")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._words, self._environment = environment_words(None)
        theme_changed.connect(self._repaint)

    def show_connection(self, view: ConnectionView | None) -> None:
        """Show the environment of `view`."""
        self._words, self._environment = environment_words(view)
        self.setAccessibleName(self._words)
        self.setToolTip("" if view is None else f"{view.contract} at {visible(view.api_host)}")
        self.updateGeometry()
        self.update()

    @property
    def words(self) -> str:
        """What the badge says."""
        return self._words

    def sizeHint(self) -> QSize:
        width = QFontMetrics(self._font()).horizontalAdvance(self._words)
        return QSize(width + 2 * SPACE_M, 22)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    @staticmethod
    def _font() -> QFont:
        font = QFont(small_font())
        font.setBold(True)
        return font

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = tokens()
        known = bool(self._environment)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.environment(self._environment) if known else look.line))
        box = QRectF(self.rect())
        painter.drawRoundedRect(box, RADIUS_BADGE + 1, RADIUS_BADGE + 1)
        painter.setFont(self._font())
        painter.setPen(QColor(look.on_environment if known else look.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self._words)

    def _repaint(self, _tokens: object) -> None:
        self.update()


class _Dot(QWidget):
    """The circuit's dot; its meaning stands in words beside it."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(9, 9)
        self.shade = "muted"
        theme_changed.connect(self._repaint)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(getattr(tokens(), self.shade)))
        painter.drawEllipse(self.rect())

    def _repaint(self, _tokens: object) -> None:
        self.update()


class TopBar(QFrame):
    """Product, environment, search, circuit, token and operator; `searched` opens the palette."""

    searched = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("top_bar")
        self._bridge = bridge
        self._expires_at: datetime | None = None
        self.setFixedHeight(44)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L - 2, 0, SPACE_L - 2, 1)
        row.setSpacing(SPACE_M)
        self.product = label(PRODUCT, "heading")
        row.addWidget(self.product)
        self.environment = EnvironmentBadge()
        row.addWidget(self.environment)
        self.search = QPushButton("Search workflows, jobs, actions")
        self.search.setObjectName("search")
        self.search.setAccessibleName("Search workflows, jobs and actions")
        self.search.setToolTip("Search workflows, jobs and actions (Ctrl+K)")
        self.search.setProperty("role", "search")
        self.search.setMinimumWidth(120)
        self.search.setMaximumWidth(330)
        self.search.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        set_icon(self.search, "search", "muted")
        self.search.clicked.connect(self.searched)
        hint = QHBoxLayout(self.search)
        hint.setContentsMargins(0, 0, 10, 0)
        hint.addStretch(1)
        self.keys = label("Ctrl+K", "small")
        hint.addWidget(self.keys)
        row.addWidget(self.search, 3)
        row.addStretch(1)
        self.dot = _Dot()
        self.circuit = label("", "muted", name="circuit")
        self.token = label("", "muted", name="token")
        self.operator = label("", "muted", name="operator")
        state = QHBoxLayout()
        state.setSpacing(SPACE_S - 2)
        state.addWidget(self.dot)
        state.addWidget(self.circuit)
        row.addLayout(state)
        row.addWidget(self.token)
        row.addWidget(self.operator)
        bridge.lane_changed.connect(self._show_lane)
        bridge.token_changed.connect(self._token_told)
        bridge.connection_changed.connect(self._show_connection)
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._show_token)
        self._tick.start()
        self._show_connection()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width()
        # What matters least goes first where the window is narrow.
        self.product.setVisible(width >= WIDE)
        self.keys.setVisible(width >= WIDE)
        self.operator.setVisible(width >= NARROW)
        self.search.setText("Search workflows, jobs, actions" if width >= WIDE else "Search")

    def _show_connection(self) -> None:
        view = self._bridge.connection()
        self.environment.show_connection(view)
        self.operator.setText("" if view is None else visible(shortened(view.operator, 40)))
        self.operator.setAccessibleName(f"Operator {self.operator.text()}")
        self._expires_at = None
        self._show_lane()
        self._show_token()

    def _show_lane(self) -> None:
        connected = self._bridge.connected
        words, shade = circuit_words(self._bridge.lane())
        self.circuit.setText(words if connected else "")
        set_role(self.circuit, _ROLES.get(shade, "muted"))
        told = [line.text for line in lane_words(self._bridge.lane(), self._bridge.now())]
        self.circuit.setToolTip(visible(shortened("\n".join(told), 600)))
        self.circuit.setAccessibleDescription(self.circuit.toolTip())
        self.dot.setVisible(connected)
        self.dot.shade = shade
        self.dot.update()

    def _token_told(self, expires_at: datetime | None) -> None:
        self._expires_at = expires_at
        self._show_token()

    def _show_token(self) -> None:
        if not self._bridge.connected:
            self.token.setText("")
            return
        if self._expires_at is None:
            self.token.setText("No token yet")
            self.token.setToolTip("The first call to CXone signs in.")
            return
        left = (self._expires_at - self._bridge.now()).total_seconds()
        self.token.setText(f"Token {times.rough_text(left)}" if left > 0 else "Token expired")
        self.token.setToolTip(f"Valid until {times.utc_text(self._expires_at)}; renewed by itself")
