"""Small painted bars: success rate and latencies of each workflow, told as text as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from console.domain.metrics import Figures
from console.ui.models.figures import milliseconds, percent
from console.ui.theme import SPACE_L, SPACE_S, small_font, theme_changed, tokens, ui_font

ROW: Final = 40
_BAR: Final = 10
_NAME: Final = 190
_VALUE: Final = 84


class Bars(QWidget):
    """One bar a workflow; a row can be chosen with the mouse, the table above has the keyboard.

    The accessible description says in words what is painted.
    """

    chosen = Signal(str)

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._figures: tuple[Figures, ...] = ()
        self._title: Callable[[str], str] = str
        theme_changed.connect(self._repaint)

    def show_figures(self, figures: Sequence[Figures], title: Callable[[str], str]) -> None:
        """Paint these figures, top to bottom."""
        self._figures = tuple(figures)
        self._title = title
        self.setAccessibleDescription(self.text())
        self.updateGeometry()
        self.update()

    def text(self) -> str:
        """Everything that is painted, a workflow a line."""
        return "\n".join(
            f"{self._title(row.workflow_id)}: {self.words(row)}" for row in self._figures
        )

    def words(self, row: Figures) -> str:
        """The figures of one bar in words."""
        raise NotImplementedError

    def paint_bar(self, painter: QPainter, row: Figures, box: QRectF) -> str:
        """Paint one bar inside `box`, 10 px high; return the value that stands right of it."""
        raise NotImplementedError

    def sizeHint(self) -> QSize:
        return QSize(360, ROW * max(len(self._figures), 1))

    def minimumSizeHint(self) -> QSize:
        return QSize(280, self.sizeHint().height())

    def paintEvent(self, _event: QPaintEvent) -> None:
        look = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        name_width = min(_NAME, self.width() * 0.36)
        bold, small = ui_font(), small_font()
        for at, row in enumerate(self._figures):
            top = at * ROW
            painter.setFont(bold)
            painter.setPen(QColor(look.text))
            name = QRectF(0, top, name_width - SPACE_S, ROW)
            flags = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            title = self._title(row.workflow_id)
            cut = QFontMetricsF(bold).elidedText(title, Qt.TextElideMode.ElideRight, name.width())
            painter.drawText(name, flags, cut)
            left = name_width
            width = max(self.width() - left - _VALUE - SPACE_L, 20.0)
            box = QRectF(left, top + (ROW - _BAR) / 2, width, _BAR)
            value = self.paint_bar(painter, row, box)
            painter.setFont(small)
            painter.setPen(QColor(look.muted))
            place = QRectF(self.width() - _VALUE, top, _VALUE, ROW)
            right = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight)
            painter.drawText(place, right, value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self._row_at(event.position())
        if row is not None:
            self.chosen.emit(row.workflow_id)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = self._row_at(QPointF(event.pos()))
            words = "" if row is None else f"{self._title(row.workflow_id)}\n{self.words(row)}"
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def _row_at(self, place: QPointF) -> Figures | None:
        at = int(place.y() // ROW)
        return self._figures[at] if 0 <= at < len(self._figures) else None

    def _repaint(self, _tokens: object) -> None:
        self.update()


class SuccessBars(Bars):
    """Share of executions that ended accepted: full width is 100 %."""

    def words(self, row: Figures) -> str:
        if not row.total_executions:
            return "no executions yet"
        failed = round((1 - row.success_rate) * row.total_executions)
        return (
            f"{percent(row.success_rate)} accepted, {failed:,} of {row.total_executions:,} failed"
        )

    def paint_bar(self, painter: QPainter, row: Figures, box: QRectF) -> str:
        look = tokens()
        _rounded(painter, box, look.neutral_tint)
        if not row.total_executions:
            return "\N{EN DASH}"
        good = QRectF(box)
        good.setWidth(box.width() * row.success_rate)
        if row.success_rate < 1:
            # What failed is hatched as well as red: no meaning by colour alone.
            bad = QRectF(box)
            bad.setLeft(good.right())
            bad.setWidth(max(box.right() - good.right(), 3.0))
            _hatched(painter, bad, look.bad, look.bad_tint)
        if good.width() > 0:
            _rounded(painter, good, look.ok)
        return percent(row.success_rate)


class LatencyBars(Bars):
    """p50, p95 and p99 on one common scale: a bar to p95, a tick at p50, a whisker to p99."""

    def words(self, row: Figures) -> str:
        if row.p50_ms is None:
            return "no latency yet"
        return (
            f"p50 {milliseconds(row.p50_ms)}, p95 {milliseconds(row.p95_ms)},"
            f" p99 {milliseconds(row.p99_ms)}, average {milliseconds(row.avg_latency_ms)}"
        )

    def paint_bar(self, painter: QPainter, row: Figures, box: QRectF) -> str:
        look = tokens()
        most = max((f.p99_ms or f.p95_ms or f.p50_ms or 0.0 for f in self._figures), default=0.0)
        _rounded(painter, box, look.neutral_tint)
        if row.p50_ms is None or most <= 0:
            return "\N{EN DASH}"
        scale = box.width() / most
        p95 = (row.p95_ms or row.p50_ms) * scale
        p99 = (row.p99_ms or row.p95_ms or row.p50_ms) * scale
        bar = QRectF(box)
        bar.setWidth(max(p95, 4.0))
        painter.setPen(QPen(QColor(look.accent), 2))
        middle = box.center().y()
        painter.drawLine(QPointF(bar.right(), middle), QPointF(box.left() + p99, middle))
        painter.drawLine(
            QPointF(box.left() + p99, middle - 4), QPointF(box.left() + p99, middle + 4)
        )
        _rounded(painter, bar, look.accent)
        painter.setPen(QPen(QColor(look.on_accent), 2))
        half = min(max(box.left() + row.p50_ms * scale, box.left() + 2), bar.right() - 1)
        painter.drawLine(QPointF(half, box.top() + 1), QPointF(half, box.bottom() - 1))
        return milliseconds(row.p95_ms)


def _rounded(painter: QPainter, box: QRectF, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    radius = min(4.0, box.width() / 2)
    painter.drawRoundedRect(box, radius, radius)


def _hatched(painter: QPainter, box: QRectF, line: str, ground: str) -> None:
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QColor(ground))
    painter.setPen(QPen(QColor(line), 1.5))
    x = box.left() - box.height()
    while x < box.right():
        painter.drawLine(QPointF(x, box.bottom()), QPointF(x + box.height(), box.top()))
        x += 5
    painter.restore()
