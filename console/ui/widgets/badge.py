"""Badges: a word, an icon and a tint; never colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from console.ui import icons
from console.ui.theme import RADIUS_BADGE, Tone, small_font, theme_changed, tokens

BADGE_ROLE: Final = int(Qt.ItemDataRole.UserRole) + 1
"""The role under which a model hands out the `BadgeLook` of a cell; DisplayRole is its word."""
_HEIGHT: Final = 20
_ICON: Final = 13
_PAD: Final = 8
_GAP: Final = 4


@dataclass(frozen=True)
class BadgeLook:
    """What a badge shows."""

    word: str
    tone: Tone
    icon: str


LOOKS: Final[Mapping[str, BadgeLook]] = {
    # jobs
    "queued": BadgeLook("queued", "warn", "clock"),
    "sending": BadgeLook("sending", "info", "sending"),
    "waiting": BadgeLook("waiting", "warn", "retry"),
    "looking": BadgeLook("looking", "warn", "lookup"),
    "accepted": BadgeLook("accepted", "ok", "check"),
    "review": BadgeLook("review", "bad", "question"),
    "failed": BadgeLook("failed", "bad", "cross"),
    "cancelled": BadgeLook("cancelled", "neutral", "cancelled"),
    # instances
    "running": BadgeLook("running", "info", "running"),
    "completed": BadgeLook("completed", "ok", "check"),
    "paused": BadgeLook("paused", "warn", "pause"),
    # records
    "intact": BadgeLook("intact", "ok", "check"),
    "edited": BadgeLook("edited", "bad", "cross"),
    "unreadable": BadgeLook("unreadable", "bad", "cross"),
    "cannot-know": BadgeLook("cannot know", "warn", "question"),
}


def look(state: str) -> BadgeLook:
    """Return the look of a known state; an unknown word is shown as it came, neutrally."""
    return LOOKS.get(state) or BadgeLook(state or "unknown", "neutral", "info")


@lru_cache(maxsize=256)
def _pill(shown: BadgeLook, foreground: str, background: str, ratio: float) -> QPixmap:
    font = small_font()
    width = _PAD + _ICON + _GAP + QFontMetricsF(font).horizontalAdvance(shown.word) + _PAD + 1
    result = QPixmap(round(width * ratio), round(_HEIGHT * ratio))
    result.setDevicePixelRatio(ratio)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    # A faint outline keeps the badge's shape on a selected row of nearly the same tint.
    outline = QColor(foreground)
    outline.setAlpha(70)
    painter.setPen(QPen(outline, 1))
    painter.setBrush(QColor(background))
    box = QRectF(0.5, 0.5, width - 1, _HEIGHT - 1)
    painter.drawRoundedRect(box, RADIUS_BADGE, RADIUS_BADGE)
    top = (_HEIGHT - _ICON) / 2
    small = icons.pixmap(shown.icon, foreground, _ICON, ratio)
    painter.drawPixmap(QRectF(_PAD, top, _ICON, _ICON), small, QRectF(small.rect()))
    painter.setPen(QColor(foreground))
    painter.setFont(font)
    left = _PAD + _ICON + _GAP
    words = QRectF(left, 0, width - left, _HEIGHT)
    painter.drawText(
        words, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), shown.word
    )
    painter.end()
    return result


def pill(shown: BadgeLook, ratio: float) -> QPixmap:
    """Return the badge drawn in the present theme at device pixel `ratio`; drawn once, kept."""
    foreground, background = tokens().tone(shown.tone)
    return _pill(shown, foreground, background, ratio)


class Badge(QWidget):
    """A badge that stands alone; its accessible name is its word."""

    def __init__(self, state: str | BadgeLook = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look("")
        self.set_state(state)
        theme_changed.connect(self._repaint)

    def set_state(self, state: str | BadgeLook) -> None:
        """Show a known state's look, or any look."""
        self._look = state if isinstance(state, BadgeLook) else look(state)
        self.setAccessibleName(self._look.word)
        self.setFixedSize(self.sizeHint())
        self.update()

    @property
    def word(self) -> str:
        """The word on the badge."""
        return self._look.word

    def sizeHint(self) -> QSize:
        return pill(self._look, 1.0).size()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 0, pill(self._look, self.devicePixelRatioF()))

    def _repaint(self, _tokens: object) -> None:
        self.update()


class BadgeDelegate(QStyledItemDelegate):
    """Paints the `BADGE_ROLE` of a cell; the background (selection, focus) is the style's."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        shown = index.data(BADGE_ROLE)
        if not isinstance(shown, BadgeLook):
            super().paint(painter, option, index)
            return
        super().paint(painter, option, index)
        box: QRect = option.rect
        drawn = pill(shown, painter.deviceTransform().m11())
        top = box.top() + (box.height() - _HEIGHT) // 2
        painter.save()
        painter.setClipRect(box)
        painter.drawPixmap(box.left() + _PAD, top, drawn)
        painter.restore()

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if isinstance(index.data(BADGE_ROLE), BadgeLook):
            option.text = ""

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        shown = index.data(BADGE_ROLE)
        if not isinstance(shown, BadgeLook):
            return super().sizeHint(option, index)
        size = pill(shown, 1.0).size()
        return QSize(size.width() + 2 * _PAD, size.height() + 8)
