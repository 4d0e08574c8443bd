"""The strip above the records: when they were written, and how far the index over them is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from console.domain.audit_histogram import Histogram
from console.services.audit_desk import IndexProgress
from console.ui.desk_bridge import DeskBridge
from console.ui.panels.audit_panel.filters import FilterBar
from console.ui.panels.audit_panel.histogram import TimeHistogram
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.text import label

WORTH_SHOWING_MS: Final = 400
AGAIN_MS: Final = 1500


class HistogramStrip(QWidget):
    """Asks the desk for the view's histogram whenever it changed; a chosen span goes to the filter."""

    def __init__(self, desk: DeskBridge, filters: FilterBar, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_time_strip")
        self._desk = desk
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_L - 2, 0, SPACE_L - 2, SPACE_S)
        outer.setSpacing(SPACE_S)
        self.histogram = TimeHistogram()
        outer.addWidget(self.histogram)
        outer.addWidget(self._make_progress())
        self._ask = later(self, AGAIN_MS, desk.histogram)
        self._late = later(self, WORTH_SHOWING_MS, self._show_progress)
        self.histogram.chosen.connect(filters.set_span)
        self.histogram.hide()
        self._running.hide()
        desk.opening.connect(lambda _event: self._begin())
        desk.closed.connect(self._begin)
        desk.index_progress.connect(self._indexing)
        desk.index_ended.connect(self._ended)
        desk.filtered.connect(lambda _event: self._desk.histogram())
        desk.extended.connect(lambda _event: self._ask.isActive() or self._ask.start())
        desk.counted.connect(self._counted)
        self.pause.toggled.connect(self._hold)
        self.stop.clicked.connect(desk.cancel_index)
        self.again.clicked.connect(desk.index)

    def _make_progress(self) -> QWidget:
        self._running = QWidget()
        row = QHBoxLayout(self._running)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE_M)
        self.said = label("", "small", name="audit_index_text")
        self.bar = QProgressBar()
        self.bar.setObjectName("audit_index_progress")
        self.bar.setAccessibleName("Indexed so far")
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self.pause = button("Pause", name="audit_index_pause", accessible="Pause indexing")
        self.pause.setCheckable(True)
        self.stop = button("Stop", name="audit_index_stop", accessible="Stop indexing")
        self.again = button("Index", name="audit_index_again", accessible="Go on indexing")
        row.addWidget(self.said)
        row.addWidget(self.bar, 1)
        for tool in (self.pause, self.stop, self.again):
            row.addWidget(tool)
        return self._running

    def _begin(self) -> None:
        self.histogram.show_counts(None)
        self.histogram.hide()
        self._running.hide()
        self._late.stop()
        self._ask.stop()

    def _indexing(self, event: IndexProgress) -> None:
        part = event.done / event.total if event.total else 1.0
        self.bar.setValue(round(part * 1000))
        self.said.setText(f"Indexing for quick filters: {part * 100:.0f} %")
        if self._running.isHidden() and not self._late.isActive():
            self._late.start()  # what is done in a moment needs no telling
        elif not self.again.isHidden():
            self._show_progress()

    def _show_progress(self) -> None:
        self.pause.setChecked(False)
        for part in (self.bar, self.pause, self.stop):
            part.show()
        self.again.hide()
        self._running.show()

    def _hold(self, held: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.pause.setText("Go on" if held else "Pause")
        self.pause.setAccessibleName("Go on indexing" if held else "Pause indexing")
        self._desk.pause_index(held)

    def _ended(self, state: str) -> None:
        self._late.stop()
        if state == "stopped":
            self.said.setText("Not indexed to the end: filters look through the other lines.")
            for part in (self.bar, self.pause, self.stop):
                part.hide()
            self.again.show()
            self._running.show()
        else:
            self._running.hide()
        self._desk.histogram()

    def _counted(self, found: Histogram | None) -> None:
        self.histogram.show_counts(found)
        self.histogram.setVisible(found is not None and len(found.counts) > 0)


def later(owner: QWidget, ms: int, work: Callable[[], object]) -> QTimer:
    """Return a timer that does `work` once, so many milliseconds after it was started."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(ms)
    timer.timeout.connect(work)
    return timer
