"""Running instances: what CXone runs now, how old that knowledge is, and how much room is left."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QActionGroup, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QMenu, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from console.domain.text import shortened, visible
from console.ui import times
from console.ui.models import instances as column
from console.ui.models.instances import InstanceFilter, InstancesModel
from console.ui.widgets.badge import BadgeDelegate
from console.ui.widgets.banner import Banner
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.instance_drawer import InstanceDrawer
from console.ui.widgets.instance_filters import InstanceFilters
from console.ui.widgets.slot_bar import SlotBar
from console.ui.widgets.table_view import TableView

if TYPE_CHECKING:
    from console.services.events import InstancesRead, InstancesUnread
    from console.ui.bridge import Bridge

PACES: Final = (1.0, 3.0, 5.0, 10.0, 30.0)
_WIDTHS: Final = (208, 138, 112, 98, 62, 92, 112)
_WIDE: Final = 800
"""From this width on the header has room for every word."""
_TICK_MS: Final = 1000


class InstancesPanel(QWidget):
    """The instances' card; it says how often they are read and stops asking while hidden."""

    job_requested = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instances_panel")
        self._bridge = bridge
        self.model = InstancesModel(bridge, self)
        self._slots: dict[str, tuple[int | None, int]] = {}
        self._chosen = ""
        self._read_at: datetime | None = None
        self._failure = ""
        self._seconds = _pace_of(bridge.settings().value("instances/seconds"))
        self._paused = False
        self._build()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._ticked)
        bridge.instances_read.connect(self._read)
        bridge.instances_unread.connect(self._unread)
        bridge.lane_changed.connect(self._show_slots)
        bridge.connection_changed.connect(self._start_again)
        self.model.shown.connect(self._rows_shown)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self._show_slots()
        self._show_age()
        self._rows_shown()

    # --- building -----------------------------------------------------------------------------
    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.card = Card("Running instances")
        outer.addWidget(self.card)
        self.slot_bar = SlotBar()
        self.card.add_beside_title(self.slot_bar)
        self.age = button(
            "-", "quiet", name="instances_pace", accessible="Reading of the instances"
        )
        self.age.setProperty("menu", "true")
        self.age.setMenu(self._pace_menu())
        self.filter_button = icon_button(
            "filter", "Filter the instances", name="instances_filter", checkable=True
        )
        self.filter_button.setShortcut("Ctrl+F")
        self.filter_button.toggled.connect(self._show_filters)
        columns = icon_button("columns", "Choose columns", name="instances_columns")
        columns.clicked.connect(
            lambda: self.view.columns_menu().popup(columns.mapToGlobal(columns.rect().bottomLeft()))
        )
        for tool in (self.age, self.filter_button, columns):
            self.card.add_tool(tool)
        self.failure = Banner("warning", closable=False)
        self.failure.setObjectName("instances_failure")
        self.failure.hide()
        self.card.add(self.failure)
        self.filters = InstanceFilters()
        self.filters.changed.connect(self._filter)
        self.filters.hide()
        self.card.add(self.filters)
        self._build_table()
        self.empty = EmptyState("workflow", "Nothing read yet")
        self.empty.acted.connect(self.filters.clear)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        self.drawer = InstanceDrawer(self._bridge)
        self.drawer.hide()
        self.drawer.closed.connect(self._close)
        self.drawer.job_requested.connect(self.job_requested)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName("instances_split")
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.stack)
        self.splitter.addWidget(self.drawer)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([560, 320])
        self.card.add(self.splitter, 1)

    def _build_table(self) -> None:
        self.view: TableView = TableView("instances", "Running instances")
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(column.STATUS, BadgeDelegate(self.view))
        self.view.set_columns(_WIDTHS, stretch=column.WORKFLOW)
        self.view.give_way((column.PRIORITY, column.BY, column.CUSTOMER), keep=120)
        self.view.setSortingEnabled(True)
        self.view.sortByColumn(column.RUNNING, Qt.SortOrder.AscendingOrder)
        self.view.remember(self._bridge.settings())
        self.view.opened.connect(self._open)

    def _pace_menu(self) -> QMenu:
        menu = QMenu(self)
        group = QActionGroup(menu)
        for seconds in PACES:
            action = menu.addAction(f"Every {seconds:g} s")
            action.setCheckable(True)
            action.setChecked(seconds == self._seconds)
            action.setData(seconds)
            group.addAction(action)
        group.triggered.connect(lambda action: self._set_pace(action.data()))
        menu.addSeparator()
        self.pause_action = QAction("Pause reading", menu)
        self.pause_action.setCheckable(True)
        self.pause_action.toggled.connect(self._set_paused)
        menu.addAction(self.pause_action)
        return menu

    # --- what happened --------------------------------------------------------------------------
    def _read(self, reading: InstancesRead) -> None:
        self._slots = dict(reading.slots)
        self._read_at = reading.read_at
        self._failure = ""

    def _unread(self, failed: InstancesUnread) -> None:
        self._failure = failed.message
        self._show_age()

    def _start_again(self) -> None:
        self._slots = {}
        self._read_at = None
        self._failure = ""
        self._close()
        self._show_slots()
        self._show_age()
        self._tell_pace(visible_now=self.isVisible())

    def _rows_shown(self) -> None:
        model = self.model
        self._show_slots()  # with the rows of the same reading, not before them
        self._show_age()
        self.filters.offer(model.workflow_ids(), self._bridge.workflow_title, model.statuses())
        self.stack.setCurrentWidget(self.view if model.rowCount() else self.empty)
        if not model.rowCount():
            self._say_empty()
        if self.drawer.isVisibleTo(self.splitter):
            instance = model.instance(self.drawer.instance_id)
            if instance is None:
                self.drawer.say_gone()
            else:
                self.drawer.show_instance(instance, model.job_of(instance))

    def _say_empty(self) -> None:
        if self.model.total:
            count = f"{self.model.total:,} are hidden by the filters."
            self.empty.say("No instance matches", count, "Clear the filters")
        elif self._read_at is None:
            self.empty.say("Nothing read yet", "The first reading comes with the connection.")
        else:
            self.empty.say("Nothing runs", "What you trigger shows up here as CXone starts it.")

    # --- what is shown --------------------------------------------------------------------------
    def set_chosen_workflow(self, workflow_id: str) -> None:
        """Show the slots of this workflow; for an empty id how many run in all."""
        self._chosen = workflow_id
        self._show_slots()

    def show_instance(self, instance_id: str) -> bool:
        """Select an instance and open its details; False where it is not listed."""
        if self.model.instance(instance_id) is None:
            return False
        if self.model.row_of(instance_id) is None:
            self.filters.clear()
        row = self.model.row_of(instance_id)
        if row is not None:
            self.view.selectRow(row)
            self.view.scrollTo(self.model.index(row, 0))
            self._open(self.model.index(row, 0))
        return row is not None

    def _show_slots(self) -> None:
        wanted = self.filters.value().workflow_id or self._chosen
        if wanted in self._slots:
            used, limit = self._slots[wanted]
            title = visible(shortened(self._bridge.workflow_title(wanted), 40))
            self.slot_bar.set_slots(used, limit, f"· {title}" if self.width() >= _WIDE else "")
            self.slot_bar.setToolTip(title)
            return
        self.slot_bar.setToolTip("")
        self.slot_bar.set_all([used for used, _ in self._slots.values()])

    def _show_age(self) -> None:
        every = "paused" if self._paused else f"every {self._seconds:g} s"
        if self._read_at is None:
            told = "not read yet"
            age = ""
        else:
            passed = max((self._bridge.now() - self._read_at).total_seconds(), 0)
            age = times.rough_text(passed)
            told = f"updated {age} ago"
        narrow = f"{age} ago" if age else told
        self.age.setText(f"{told} · {every}" if self.width() >= _WIDE else narrow)
        self.age.setAccessibleDescription(f"{told}, {every}")
        self.failure.setVisible(bool(self._failure))
        if self._failure:
            old = f" What is shown is {age} old." if age else ""
            text = f"The last reading failed: {visible(shortened(self._failure, 200))}.{old}"
            if text != self.failure.text.text():
                self.failure.say("warning", text.replace("..", "."))

    def _ticked(self) -> None:
        self._show_age()
        self._bridge.turns.ask(self._let_clocks_go_on)

    def _let_clocks_go_on(self) -> None:
        first = self.view.rowAt(0)
        if first >= 0:
            last = self.view.rowAt(self.view.viewport().height() - 1)
            self.model.tick(first, last if last >= 0 else self.model.rowCount() - 1)

    # --- what a person does ---------------------------------------------------------------------
    def _show_filters(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.filters.setVisible(on)
        if on:
            self.filters.text.setFocus()
        elif self.filters.value() != InstanceFilter():
            # A filter that cannot be seen would hide instances behind one's back.
            self.filters.clear()

    def _filter(self, wanted: InstanceFilter) -> None:
        self.model.set_filter(wanted)
        self._show_slots()

    def _selected(self) -> None:
        if self.drawer.isVisibleTo(self.splitter):
            rows = self.view.selected_rows()
            if len(rows) == 1:
                self._open(self.model.index(rows[0], 0))

    def _open(self, index: QModelIndex) -> None:
        instance = self.model.instance_at(index.row())
        if instance is not None:
            self.drawer.show_instance(instance, self.model.job_of(instance))
            self.drawer.show()

    def _close(self) -> None:
        self.drawer.hide()
        self.view.setFocus()

    def set_seconds(self, seconds: float) -> None:
        """Read every `seconds` from now on, as chosen elsewhere."""
        self._set_pace(seconds)

    def _set_pace(self, seconds: float) -> None:
        self._seconds = seconds
        self._bridge.settings().setValue("instances/seconds", seconds)
        self.pause_action.setChecked(False)
        self._tell_pace(visible_now=self.isVisible())

    def _set_paused(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        self._paused = on
        self._tell_pace(visible_now=self.isVisible())

    def _tell_pace(self, *, visible_now: bool) -> None:
        self._show_age()
        self._bridge.set_polling(self._seconds, paused=self._paused, visible=visible_now)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_age()
        self._show_slots()

    def showEvent(self, event: QShowEvent) -> None:
        self._tick.start()
        self._tell_pace(visible_now=True)
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        self._tell_pace(visible_now=False)
        super().hideEvent(event)


def _pace_of(stored: object) -> float:
    try:
        seconds = float(str(stored))
    except ValueError:
        return 3.0
    return seconds if seconds in PACES else 3.0
