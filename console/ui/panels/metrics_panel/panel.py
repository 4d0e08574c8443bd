"""The metrics panel: the tutorial's three figures a workflow, percentiles, and bars of both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QScrollArea,
    QStackedLayout,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.domain.metrics import Figures
from console.ui.bridge import Bridge
from console.ui.models.figures import FiguresModel, as_csv, milliseconds, percent
from console.ui.panels.metrics_panel.bars import Bars, LatencyBars, SuccessBars
from console.ui.panels.metrics_panel.tile import Tile
from console.ui.theme import ROW_PX, SPACE_L, SPACE_M
from console.ui.times import clock_text, utc_text
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.table_view import TableView
from console.ui.widgets.text import label

READ_AGAIN_MS: Final = 1000
WIDTHS: Final = (260, 120, 140, 110, 100, 100, 100)
_ROWS_SHOWN: Final = 8


class MetricsPanel(QWidget):
    """Reads the figures when shown and, while visible, at most once a second as jobs end.

    `operate_wanted` asks for the form, from the empty state.
    """

    operate_wanted = Signal()
    said = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("metrics_panel")
        self.setAccessibleName("Metrics")
        self._bridge = bridge
        self._stale = True
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(READ_AGAIN_MS)
        self._again.timeout.connect(self.read)
        self.model = FiguresModel(self)
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self._make_page())
        self._stack.addWidget(self._make_empty())
        self._stack.setCurrentIndex(1)
        self.setFocusProxy(self.table)
        bridge.job_changed.connect(self._job_changed)
        bridge.jobs_reloaded.connect(self._changed)
        bridge.connection_changed.connect(self._changed)
        self.table.horizontalHeader().sortIndicatorChanged.connect(self._show_bars)

    # --- building -------------------------------------------------------------------------------
    def _make_page(self) -> QWidget:
        area = QScrollArea()
        area.setObjectName("metrics_page")
        area.setAccessibleName("Metrics")
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        page = QWidget()
        page.setProperty("role", "clear")
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(SPACE_M)
        column.addLayout(self._make_tiles())
        column.addWidget(self._make_table())
        charts = QHBoxLayout()
        charts.setSpacing(SPACE_M)
        self.success = SuccessBars("metrics_success", "Success rate by workflow")
        self.latency = LatencyBars("metrics_latency", "Latency by workflow")
        charts.addWidget(
            self._chart("Success rate", "accepted, of all that ended", self.success), 1
        )
        charts.addWidget(
            self._chart("Latency", "bar to p95, tick at p50, line to p99", self.latency), 1
        )
        column.addLayout(charts)
        column.addStretch(1)
        area.setWidget(page)
        return area

    def _make_tiles(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        self.rate = Tile("metrics_rate", "Success rate")
        self.average = Tile("metrics_average", "Average latency")
        self.total = Tile("metrics_total", "Executions")
        self.slowest = Tile("metrics_slowest", "Slowest workflow, p95")
        for tile in (self.rate, self.average, self.total, self.slowest):
            row.addWidget(tile, 1)
        return row

    def _make_table(self) -> Card:
        card = Card("By workflow")
        self.read_at = label(role="muted", name="metrics_read_at")
        card.add_tool(self.read_at)
        copy = button("Copy as CSV", "quiet", name="metrics_copy_csv", icon="copy")
        copy.clicked.connect(self._copy)
        card.add_tool(copy)
        self.table = TableView("metrics_table", "Metrics by workflow")
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setModel(self.model)
        self.table.setSortingEnabled(True)
        self.table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        self.table.set_columns(WIDTHS)
        # The names take the room that is left, so that the figures stand together.
        self.table.horizontalHeader().setStretchLastSection(False)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.table.remember(self._bridge.settings())
        card.add(self.table)
        self._card = card
        return card

    def _chart(self, title: str, subtitle: str, bars: Bars) -> Card:
        card = Card(title, subtitle)
        inside = QVBoxLayout()
        inside.setContentsMargins(SPACE_L - 2, SPACE_M - 4, SPACE_L - 2, SPACE_M)
        inside.addWidget(bars)
        inside.addStretch(1)
        card.add(inside)
        bars.chosen.connect(self._choose)
        return card

    def _make_empty(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        card = Card("Metrics")
        self.empty = EmptyState(
            "metrics",
            "No executions yet",
            "Success rate and latency are counted for every job that ends accepted or failed.",
            "Trigger a workflow",
        )
        self.empty.action.setObjectName("metrics_empty_action")
        self.empty.acted.connect(self.operate_wanted)
        card.add(self.empty, 1)
        column.addWidget(card)
        return box

    # --- reading --------------------------------------------------------------------------------
    def read(self) -> None:
        """Read the figures now and show them."""
        self._again.stop()
        self._stale = False
        figures = self._bridge.figures()
        titles = {flow.workflow_id: flow.title for flow in self._bridge.workflows()}
        self.model.show(figures, titles)
        self._stack.setCurrentIndex(0 if figures else 1)
        now = self._bridge.now()
        self.read_at.setText(f"as of {clock_text(now)}")
        self.read_at.setToolTip(utc_text(now))
        self._show_tiles(figures)
        self._show_bars()
        rows = min(max(len(figures), 1), _ROWS_SHOWN)
        head = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(head + rows * ROW_PX + 2)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()

    def _job_changed(self, job: object) -> None:
        if getattr(job, "ended", True):
            self._changed()

    def _changed(self) -> None:
        self._stale = True
        if self.isVisible() and not self._again.isActive():
            self._again.start()

    # --- showing --------------------------------------------------------------------------------
    def _show_tiles(self, figures: Sequence[Figures]) -> None:
        total = sum(row.total_executions for row in figures)
        self.total.say(f"{total:,}", _many(len(figures), "workflow"))
        if not total:
            return
        good = sum(row.success_rate * row.total_executions for row in figures)
        spent = sum(row.avg_latency_ms * row.total_executions for row in figures)
        failed = total - round(good)
        self.rate.say(percent(good / total), "none failed" if not failed else f"{failed:,} failed")
        self.average.say(milliseconds(spent / total), "waiting and back-off included")
        slow = max(figures, key=lambda row: row.p95_ms or 0.0)
        self.slowest.say(milliseconds(slow.p95_ms), self.model.title(slow.workflow_id))

    def _show_bars(self) -> None:
        for bars in (self.success, self.latency):
            bars.show_figures(self.model.figures, self.model.title)

    def _choose(self, workflow_id: str) -> None:
        for row, figure in enumerate(self.model.figures):
            if figure.workflow_id == workflow_id:
                self.table.selectRow(row)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_csv(self.model.figures))
        self.said.emit("Metrics copied as CSV")


def _many(number: int, word: str) -> str:
    return f"in 1 {word}" if number == 1 else f"in {number:,} {word}s"
