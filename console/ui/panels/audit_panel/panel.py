"""The audit panel: which trail, its verdict, its records, and the chosen one in full."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSplitter,
    QStackedLayout,
    QTableView,
    QWidget,
)

from console.domain.audit import Verdict
from console.domain.audit_report import TrailReport
from console.domain.audit_view import RecordFilter
from console.services import audit_desk as events
from console.ui.bridge import Bridge
from console.ui.desk_bridge import DeskBridge
from console.ui.dialogs.export_strip import ExportStrip
from console.ui.models.records import HIDDEN_AT_FIRST, RecordsModel
from console.ui.panels.audit_panel.detail import RecordDetailCard
from console.ui.panels.audit_panel.drop import TrailDrop
from console.ui.panels.audit_panel.empty import say_why_empty
from console.ui.panels.audit_panel.filters import FilterBar
from console.ui.panels.audit_panel.growth import Growth
from console.ui.panels.audit_panel.histogram_strip import HistogramStrip, later
from console.ui.panels.audit_panel.menus import TIGHT_PX, TrailMenus, record_menu
from console.ui.panels.audit_panel.proof import RecordProof
from console.ui.panels.audit_panel.saved import SavedFilters
from console.ui.panels.audit_panel.side import Side
from console.ui.panels.audit_panel.verdict import VerdictStrip, summary_look
from console.ui.theme import SPACE_M
from console.ui.widgets.badge import Badge, BadgeDelegate
from console.ui.widgets.banner import Banner
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.table_view import TableView

WIDTHS: Final = (138, 156, 216, 124, 112, 72, 76, 118, 220, 70)
VERIFY_AT_ONCE: Final = 20_000
"""A trail of at most so many records is verified when it is opened: that takes under a second."""
VERIFY_AGAIN_MS: Final = 3000
DETAIL_MS: Final = 30


class AuditPanel(QWidget):
    """Our own trail at first, or any other, read-only; `said` is a word for the status line."""

    said = Signal(str)

    def __init__(self, desk: DeskBridge, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_panel")
        self.setAccessibleName("Audit")
        self._desk = desk
        self._bridge = bridge
        self._total = 0
        self._report: TrailReport | None = None
        self._quiet = False
        self._counted = False
        self._tight = False
        self._opened_once = False
        self._jump_to: int | None = None
        self._opens: Path | None = None  # what a person wants to see, until it is there
        self._position: int | None = None
        self._build()
        self._wire()
        self._timers()
        self._show_summary()
        self.setFocusProxy(self.table)

    # --- building -------------------------------------------------------------------------------
    def _build(self) -> None:
        outer = QHBoxLayout(self)
        outer.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("audit_split")
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(SPACE_M)
        outer.addWidget(self.split)
        self.card = Card("Audit trail")
        self.summary = Badge("")
        self.summary.setObjectName("audit_summary")
        self.card.add_beside_title(self.summary)
        self.menus = TrailMenus(self._bridge.settings(), self)
        for tool in self.menus.tools():
            self.card.add_tool(tool)
        self.failure = Banner("error")
        self.failure.hide()
        self.filters = FilterBar(self._bridge.now)
        self.saved = SavedFilters(self._bridge.settings(), self.filters, self)
        self.times = HistogramStrip(self._desk, self.filters)
        self.verdict = VerdictStrip()
        self.exporting = ExportStrip(self._desk)
        self.model = RecordsModel(self._desk, self._bridge.workflow_title, self)
        self.table = self._make_table()
        self.empty = EmptyState("audit", "No records yet")
        body = QWidget()
        self._stack = QStackedLayout(body)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        for part in (self.failure, self.filters, self.times, self.verdict, self.exporting):
            self.card.add(part)
        self.card.add(body, 1)
        self.record = RecordDetailCard()
        self.record.add_proof(RecordProof(self._desk))
        left = Side(self.card)
        left.room_changed.connect(self._room_changed)
        self.split.addWidget(left)
        self.split.addWidget(self.record)
        self.split.setStretchFactor(0, 1)
        self.split.setSizes([900, 400])
        left.setMinimumWidth(500)
        self.record.setMinimumWidth(290)
        state = self._bridge.settings().value("audit/split")
        if state is not None:
            self.split.restoreState(state)

    def _make_table(self) -> TableView:
        table = TableView("audit_records", "Audit records")
        # One record at a time: what is copied of many rows is what Export is for.
        table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        table.setModel(self.model)
        table.setItemDelegateForColumn(0, BadgeDelegate(table))
        table.set_columns(WIDTHS, HIDDEN_AT_FIRST)
        table.remember(self._bridge.settings())
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        return table

    def _wire(self) -> None:
        desk, menus = self._desk, self.menus
        desk.opening.connect(self._opening)
        desk.opened.connect(self._opened)
        desk.filtered.connect(self._filtered)
        desk.filter_progress.connect(self.filters.set_searching)
        desk.extended.connect(self._extended)
        desk.rows_checked.connect(self._judged)
        desk.related_found.connect(self._related)
        desk.verify_progress.connect(self._verifying)
        desk.verify_done.connect(self._verified)
        desk.verify_cancelled.connect(self._stopped)
        self.exporting.ended.connect(self.said)
        self.exporting.failed.connect(self._tell_failure)
        self.exporting.busy.connect(menus.export.setDisabled)
        desk.failed.connect(self._failed)
        menus.open_wanted.connect(self.open_trail)
        TrailDrop(self, self.open_trail, self._failed)
        menus.verify_wanted.connect(self.verify)
        menus.export_wanted.connect(desk.export)
        self.filters.changed.connect(self._filter)
        self.filters.newest_wanted.connect(self.table.scrollToTop)
        self.verdict.cancelled.connect(desk.cancel_verify)
        self.verdict.jump_wanted.connect(self.go_to)
        self.record.jump_wanted.connect(self.go_to)
        self.record.copied.connect(self.said)
        self.empty.acted.connect(self._empty_action)
        self.table.selectionModel().currentRowChanged.connect(self._current_changed)
        self.table.customContextMenuRequested.connect(self._menu_at)
        self._growth = Growth(self.table, self.model, menus.follow.isChecked)
        self._growth.unseen.connect(self.filters.set_new)
        self.split.splitterMoved.connect(
            lambda: self._bridge.settings().setValue("audit/split", self.split.saveState())
        )
        find = QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self._find)

    def _timers(self) -> None:
        self._detail_timer = later(self, DETAIL_MS, self._show_detail)
        self._again = later(self, VERIFY_AGAIN_MS, self._verify_quietly)

    # --- what a person or the window asks for ---------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._detail_timer.start()
        self._judge_newer()
        if not self._opened_once:
            self._opened_once = True
            if self._desk.path is None:
                self._desk.open(None)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._detail_timer.stop()
        self._again.stop()

    def open_trail(self, path: Path | None) -> None:
        """Open a folder or file, None for our own trail."""
        self._opened_once = True
        self._opens = path
        self._desk.open(path)

    def verify(self) -> None:
        """Judge every line and show the progress."""
        self._quiet = False
        self._again.stop()
        self.verdict.show_progress(0, 1)
        self._desk.verify()

    def go_to(self, position: int) -> None:
        """Choose the record at `position`, taking the filter away where it hides it."""
        self.model.take_growth()
        row = self.model.row_of(position)
        if row is None:
            self._jump_to = position
            self.filters.clear()
            return
        index = self.model.index(row, max(self.table.currentIndex().column(), 0))
        self.table.setCurrentIndex(index)
        self.table.scrollTo(index, QTableView.ScrollHint.PositionAtCenter)

    def search(self, text: str) -> None:
        """Show the records that hold `text`."""
        self.filters.text.setText(text)
        self._find()

    # --- what the desk tells --------------------------------------------------------------------
    def _opening(self, event: events.TrailOpening) -> None:
        self._forget_report()
        self._counted, self._opens = False, None
        self._position = None
        self.failure.hide()
        self.filters.clear(tell=False)
        self.menus.set_trail(event.path, own=event.own)
        self.model.preview(event.newest)
        self._stack.setCurrentIndex(0)
        if event.newest:
            self.table.selectRow(0)
        else:
            self.record.show_nothing()

    def _opened(self, event: events.TrailOpened) -> None:
        self._counted = True
        self._total = event.records
        self.model.reload(event.records)
        self.menus.set_trail(event.path, own=event.own)
        self.summary.setToolTip(f"{event.summary}\n{event.path}")
        self.filters.set_types(self._desk.event_types())
        self.filters.set_count(self._desk.matching, self._total)
        self._show_summary()
        self._show_body()
        if event.records and not self.table.currentIndex().isValid():
            self.table.selectRow(0)
        self._detail_timer.start()
        if 0 < event.records <= VERIFY_AT_ONCE:
            self._verify_quietly()

    def _filtered(self, event: events.TrailFiltered) -> None:
        self._total = event.total
        keep = self._position if self._jump_to is None else self._jump_to
        self.model.reload(event.matching)
        self.filters.set_count(event.matching, event.total)
        self._growth.forget()
        self._show_body()
        row = None if keep is None else self.model.row_of(keep)
        if row is None:
            self.table.scrollToTop()
        elif keep is not None:
            self.go_to(keep)
        self._jump_to = None

    def _extended(self, event: events.TrailExtended) -> None:
        self._total = event.total
        self.model.extend(event.added)
        self.filters.set_count(event.matching, event.total)
        if event.matching and self._stack.currentIndex() != 0:
            self.model.take_growth()
            self._show_body()
        self._show_summary()
        self._judge_newer()

    def _judged(self, event: events.RowsChecked) -> None:
        self.model.judged(event.positions)
        if self._position in event.positions:
            self._detail_timer.start()

    def _related(self, event: events.RelatedFound) -> None:
        if event.position == self._position:
            self.record.show_related(event.rows)

    def _verifying(self, event: events.VerifyProgress) -> None:
        if not self._quiet:
            self.verdict.show_progress(event.done, event.total)

    def _verified(self, report: TrailReport) -> None:
        self._report = report
        self.model.judged_all()
        self._detail_timer.start()
        self._show_summary()
        quiet = self._quiet and (report.intact or report.verdict is Verdict.CANNOT_KNOW)
        if not quiet:
            self.verdict.show_report(report)
        self._quiet = False
        self.filters.set_types(self._desk.event_types())

    def _stopped(self) -> None:
        if self.verdict.running:
            self.verdict.show_stopped()

    def _failed(self, message: str) -> None:
        self._tell_failure(message)
        self.verdict.give_up()
        if self._opens is not None:
            self.menus.recent.not_opened(self._opens)
            self._opens = None
        if not self._counted:
            self.menus.set_trail(self._desk.path, own=self._desk.own)
            self._show_body()

    def _tell_failure(self, message: str) -> None:
        self.failure.say("error", message)
        self.failure.show()

    # --- inside ---------------------------------------------------------------------------------
    def _room_changed(self, room: int) -> None:
        self.menus.set_room(room)
        self.saved.set_room(room)
        self.card.title.setVisible(room >= TIGHT_PX)
        if (room < TIGHT_PX) != self._tight:
            self._tight = room < TIGHT_PX
            self._show_summary()

    def _filter(self, wanted: RecordFilter) -> None:
        self._desk.set_filter(wanted)

    def _find(self) -> None:
        self.filters.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.text.selectAll()

    def _judge_newer(self) -> None:
        """Judge what came after the verdict, once the trail has been quiet for a while."""
        newer = self._report is not None and self._total > self._report.records
        if newer and self._total <= VERIFY_AT_ONCE and self.isVisible():
            self._again.start()

    def _verify_quietly(self) -> None:
        if not self.verdict.running:
            self._quiet = True
            self._desk.verify()

    def _forget_report(self) -> None:
        self._again.stop()
        self._report = None
        self._total = 0
        self._growth.forget()
        self.verdict.give_up()
        self.verdict.hide()
        self._show_summary()

    def _show_summary(self) -> None:
        if not self._counted:
            self.summary.setVisible(False)
            return
        newer = 0 if self._report is None else max(self._total - self._report.records, 0)
        self.summary.set_state(summary_look(self._total, self._report, newer, short=self._tight))
        self.summary.setVisible(self._total > 0)

    def _show_body(self) -> None:
        if self.model.rowCount():
            self._stack.setCurrentIndex(0)
            return
        say_why_empty(self.empty, self._total, own=self._desk.own)
        self._stack.setCurrentIndex(1)
        if not self._total:
            self.record.show_nothing()

    def _empty_action(self) -> None:
        self.filters.clear() if self._total else self.menus.ask_folder()

    def _current_changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        row = self.model.record(current.row()) if current.isValid() else None
        if row is not None:
            self._position = row.position
            self._detail_timer.start()

    def _show_detail(self) -> None:
        row = self.model.record(self.table.currentIndex().row())
        if row is None:
            return
        self._position = row.position
        detail = self._desk.detail(row.position)
        if detail is None:
            self.record.show_nothing("The trail no longer has this record.")
            return
        self.record.show_record(detail, row.position + 1 if self._counted else None)
        if self._counted:
            self._desk.related(row.position)

    def _menu_at(self, place: QPoint) -> None:
        if (row := self.model.record(self.table.indexAt(place).row())) is None:
            return
        menu = record_menu(row, self._bridge.workflow_title, self.filters, self.record, self.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.table.viewport().mapToGlobal(place))
