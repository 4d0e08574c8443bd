"""SlotBar: how many slots of a workflow are used, as a bar and in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from console.ui.theme import SPACE_S, theme_changed, tokens
from console.ui.widgets.text import label


class _Bar(QWidget):
    """The painted bar; `part` is 0 to 1, None means unknown (hollow)."""

    def __init__(self) -> None:
        super().__init__()
        self.part: float | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme_changed.connect(self._repaint)

    def sizeHint(self) -> QSize:
        return QSize(108, 8)

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect())
        if self.part is None:
            painter.setPen(QColor(look.edge))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(look.line))
        painter.drawRoundedRect(box, 4, 4)
        if self.part > 0:
            painter.setBrush(QColor(look.bad if self.part >= 1 else look.accent))
            width = max(box.width() * min(self.part, 1.0), 8.0)
            painter.drawRoundedRect(QRectF(0, 0, width, box.height()), 4, 4)

    def _repaint(self, _tokens: object) -> None:
        self.update()


class SlotBar(QWidget):
    """A bar with '23 of 50 slots', or the words alone for all workflows together."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_S)
        self._bar = _Bar()
        self.words = label()
        row.addWidget(self._bar, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.words)
        self.set_slots(None, 0)

    def set_slots(self, used: int | None, limit: int, note: str = "") -> None:
        """Show `used` of `limit` slots (None: unknown), and `note` after it."""
        if limit <= 0:
            text = "no reading yet"
            self._bar.part = None
        elif used is None:
            text = f"unknown of {limit} slots"
            self._bar.part = None
        else:
            full = ", full" if used >= limit else ""
            text = f"{used} of {limit} slots{full}"
            self._bar.part = used / limit
        self._say(f"{text} {note}".rstrip(), bar=True)
        self._bar.update()

    def set_all(self, used: Sequence[int | None]) -> None:
        """Show how many run in all workflows: their limits do not add up, so there is no bar."""
        known = [count for count in used if count is not None]
        if not used:
            self._say("no reading yet", bar=False)
            return
        if not known:
            self._say("how many run is unknown", bar=False)
            return
        text = f"{sum(known):,} running in {len(known)} workflow{'s' if len(known) != 1 else ''}"
        unknown = len(used) - len(known)
        self._say(f"{text}, {unknown} more unknown" if unknown else text, bar=False)

    def _say(self, text: str, *, bar: bool) -> None:
        self._bar.setVisible(bar)
        self.words.setText(text)
        self.setAccessibleName(text)
