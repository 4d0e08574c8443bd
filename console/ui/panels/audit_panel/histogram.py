"""When records were written: painted bars over time, of which a span can be chosen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.domain.audit_histogram import Histogram
from console.ui.theme import SPACE_S, small_font, theme_changed, tokens
from console.ui.times import minute_text, stamp_text

HEIGHT: Final = 58
_FOOT: Final = 16
_MICRO: Final = timedelta(microseconds=1)
_TOLD: Final = 40


class TimeHistogram(QWidget):
    """Bars of a `Histogram`; `chosen` tells from when (included) to when (not included).

    Arrow keys go from bar to bar, with Shift they choose several, Enter takes them, Escape lets go.
    All that is painted stands in the accessible description; `told` says what is under the cursor.
    """

    chosen = Signal(object, object)  # datetime, datetime
    told = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_histogram")
        self.setAccessibleName("Records over time")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._shown: Histogram | None = None
        self._first = self._last = -1  # the bars that are chosen, where the cursor is
        theme_changed.connect(self._repaint)

    def show_counts(self, shown: Histogram | None) -> None:
        """Paint `shown`; None is nothing yet."""
        same = self._shown is not None and shown is not None
        if not same or (self._shown and shown and self._shown.low != shown.low):
            self._first = self._last = -1
        self._shown = shown
        self.setAccessibleDescription(self.text())
        self.update()

    def text(self) -> str:
        """Everything that is painted, in words: each bar that holds records, at most 40 of them."""
        shown = self._shown
        if shown is None or not shown.timed:
            return "No record has a time."
        some = [at for at, number in enumerate(shown.counts) if number]
        parts = [self.words(at, at) for at in some[:_TOLD]]
        if len(some) > _TOLD:
            parts.append(f"and {len(some) - _TOLD} more parts")
        return f"{shown.timed:,} records. " + "; ".join(parts)

    def words(self, first: int, last: int) -> str:
        """How many records bars hold, and of which time."""
        assert self._shown is not None
        since, until = self._shown.span(first, last)
        number = self._shown.within(first, last)
        short = self._shown.width < 60_000_000
        begin, end = (stamp_text(since), stamp_text(until)) if short else (
            minute_text(since), minute_text(until))  # fmt: skip
        if begin[:10] == end[:10]:
            end = end[11:]
        return f"{number:,} {'record' if number == 1 else 'records'}, {begin} to {end}"

    def sizeHint(self) -> QSize:
        return QSize(400, HEIGHT)

    # --- choosing -------------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        bars = 0 if self._shown is None else len(self._shown.counts)
        keys = {
            int(Qt.Key.Key_Left): max(self._last - 1, 0),
            int(Qt.Key.Key_Right): min(self._last + 1, bars - 1),
            int(Qt.Key.Key_Home): 0,
            int(Qt.Key.Key_End): bars - 1,
        }
        key = event.key()
        if bars and key in keys:
            several = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._go(keys[key], several=several)
        elif self._first >= 0 and key in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._take()
        elif self._first >= 0 and key == Qt.Key.Key_Escape:
            self._first = self._last = -1
            self.update()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._bar_at(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self._go(at, several=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._bar_at(event.position())
        if at is not None and event.buttons() & Qt.MouseButton.LeftButton and self._first >= 0:
            self._go(at, several=True)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._first >= 0:
            self._take()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = self._bar_at(QPointF(event.pos()))
            words = "" if at is None else self.words(at, at)
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _go(self, at: int, *, several: bool) -> None:
        self._last = at
        if not several or self._first < 0:
            self._first = at
        said = self.words(self._first, self._last)
        self.setAccessibleDescription(f"{said}. {self.text()}")
        self.told.emit(said)
        self.update()

    def _take(self) -> None:
        assert self._shown is not None
        since, until = self._shown.span(self._first, self._last)
        self._first = self._last = -1
        self.chosen.emit(since, until)

    def _bar_at(self, place: QPointF) -> int | None:
        bars = 0 if self._shown is None else len(self._shown.counts)
        if not bars or self.width() <= 0:
            return None
        return min(max(int(place.x() * bars / self.width()), 0), bars - 1)

    # --- painting -------------------------------------------------------------------------------
    def paintEvent(self, _event: QPaintEvent) -> None:
        look, shown = tokens(), self._shown
        painter = QPainter(self)
        floor = self.height() - _FOOT
        painter.setPen(QPen(QColor(look.line), 1))
        painter.drawLine(QPointF(0, floor + 0.5), QPointF(self.width(), floor + 0.5))
        if shown is not None and shown.counts:
            self._paint_bars(painter, shown, floor)
            self._paint_ends(painter, shown)
        if self.hasFocus():
            painter.setPen(QPen(QColor(look.ring), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _paint_bars(self, painter: QPainter, shown: Histogram, floor: int) -> None:
        look = tokens()
        step = self.width() / len(shown.counts)
        first, last = sorted((self._first, self._last))
        if first >= 0:
            painter.fillRect(
                QRectF(first * step, 0, (last - first + 1) * step, floor), QColor(look.select)
            )
        gap = 1.0 if step > 3 else 0.0
        wide = min(step - gap, 40.0)
        for at, number in enumerate(shown.counts):
            if not number:
                continue
            # One record among a million still shows: no bar is lower than two pixels.
            high = max(2.0, (floor - 4) * number / shown.most)
            colour = look.accent if first < 0 or first <= at <= last else look.muted
            left = at * step + (step - wide) / 2
            painter.fillRect(QRectF(left, floor - high, wide, high), QColor(colour))

    def _paint_ends(self, painter: QPainter, shown: Histogram) -> None:
        painter.setFont(small_font())
        painter.setPen(QColor(tokens().muted))
        since, until = shown.span(0, len(shown.counts) - 1)
        foot = QRectF(SPACE_S - 2, self.height() - _FOOT, self.width() - SPACE_S, _FOOT)
        words = (
            _moment(since, shown.width),
            _moment(until - _MICRO if until > since else until, shown.width),
        )
        for text, side in zip(
            words, (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight), strict=True
        ):
            painter.drawText(foot, int(side | Qt.AlignmentFlag.AlignVCenter), text)

    def _repaint(self, _tokens: object) -> None:
        self.update()


def _moment(at: datetime, width: int) -> str:
    if width >= 86_400_000_000:
        return stamp_text(at)[:10]
    return minute_text(at) if width >= 60_000_000 else stamp_text(at)
