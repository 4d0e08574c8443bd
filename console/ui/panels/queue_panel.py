"""The queue: every job with its state, its reason and its clock, and what a person can do."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.domain.job import JobState, TriggerJob
from console.services.ports import JobFilter
from console.ui.bridge import Bridge
from console.ui.dialogs.job_questions import JobQuestions, can_cancel
from console.ui.icons import set_icon
from console.ui.models import jobs as column
from console.ui.models.jobs import ACTION_ROLE, JobsModel
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.badge import BadgeDelegate
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.job_drawer import JobDrawer
from console.ui.widgets.lane_line import LaneLine
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.table_view import TableView
from console.ui.widgets.why_delegate import WhyDelegate

_WAITING: Final = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING})
_SHOWN: Final = {
    "all": None,
    "waiting": _WAITING,
    "review": frozenset({JobState.REVIEW}),
    "failed": frozenset({JobState.FAILED}),
    "done": frozenset({JobState.ACCEPTED, JobState.CANCELLED}),
}
_WIDTHS: Final = (60, 132, 106, 330, 66, 60, 78)
_TICK_MS: Final = 1000
KEPT_SELECTED: Final = 50
_TYPED_MS: Final = 250


class QueuePanel(QWidget):
    """The queue's card. Every command carries the job as it stood in the row."""

    resend_requested = Signal(object)  # TriggerJob
    instance_requested = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_panel")
        self._bridge = bridge
        self.model = JobsModel(bridge, self)
        self.questions = JobQuestions(bridge, self)
        self._build()
        self._actions()
        self._tick = QTimer(self)
        self._tick.setInterval(_TICK_MS)
        self._tick.timeout.connect(self._ticked)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._filter_changed)
        self.search.textChanged.connect(lambda _text: self._typed.start())
        self.model.counted.connect(self._counted)
        self._place: tuple[int, list[tuple[str, int]]] = (0, [])
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.modelReset.connect(self._find_place)
        self.model.dataChanged.connect(self._selected)
        bridge.lane_changed.connect(self._lane_changed)
        bridge.connection_changed.connect(self._lane_changed)
        self.view.selectionModel().selectionChanged.connect(self._selected)
        self._counted()
        self._lane_changed()
        self._selected()

    # --- building -----------------------------------------------------------------------------
    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.card = Card("Queue")
        outer.addWidget(self.card)
        self.pause_button = button("Pause", name="queue_pause", icon="pause")
        self.pause_button.clicked.connect(self._pause_or_resume)
        self.stop_button = button(
            "Stop the line…", "danger", name="queue_stop", icon="stop", accessible="Stop the line"
        )
        self.stop_button.clicked.connect(self.questions.stop_line)
        self.card.add_tool(self.pause_button)
        self.card.add_tool(self.stop_button)
        self.lane_line = LaneLine()
        self.lane_line.asked.connect(self._lane_deed)
        self.card.add(self.lane_line)
        self.card.add(self._tools())
        self.view: TableView = TableView("queue", "Queue")
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(column.STATE, BadgeDelegate(self.view))
        links = WhyDelegate(ACTION_ROLE, self.view)
        links.chosen.connect(self._link)
        self.view.setItemDelegateForColumn(column.WHY, links)
        self.view.set_columns(_WIDTHS, stretch=column.WHY)
        self.view.remember(self._bridge.settings())
        self.view.opened.connect(lambda _index: self._show_history(on=True))
        self.empty = EmptyState("queue", "No jobs yet")
        self.empty.acted.connect(lambda: self._choose("all"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        self.drawer = JobDrawer(self._bridge)
        self.drawer.hide()
        self.drawer.closed.connect(lambda: self._show_history(on=False))
        self.drawer.instance_requested.connect(self.instance_requested)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("queue_split")
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.stack)
        self.splitter.addWidget(self.drawer)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([300, 150])
        self.card.add(self.splitter, 1)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_M + 2, SPACE_S, SPACE_M, SPACE_S)
        row.setSpacing(SPACE_S)
        self.states = Segmented(
            [
                ("all", "All"),
                ("waiting", "Waiting"),
                ("review", "Needs you"),
                ("failed", "Failed"),
                ("done", "Done"),
            ],
            name="queue_states",
            accessible="Show jobs",
        )
        self.states.chosen.connect(lambda _key: self._filter_changed())
        self.search = QLineEdit()
        self.search.setObjectName("queue_search")
        self.search.setAccessibleName("Search the queue")
        self.search.setPlaceholderText("Search jobs")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(90)
        self.search.setMaximumWidth(220)
        row.addWidget(self.states)
        row.addWidget(self.search, 1)
        row.addStretch(0)
        self.buttons: dict[str, QPushButton] = {}
        for key, text in (
            ("decide", "Decide…"),
            ("resend", "Edit and resend"),
            ("retry", "Retry now"),
            ("cancel", "Cancel…"),
        ):
            made = button(
                text, "quiet", name=f"queue_{key}", accessible=text.replace("…", " selected job")
            )
            self.buttons[key] = made
            row.addWidget(made)
        self.history_button = icon_button(
            "clock", "Show the job's history", name="queue_history", checkable=True
        )
        self.history_button.clicked.connect(lambda on: self._show_history(on=on))
        columns = icon_button("columns", "Choose columns", name="queue_columns")
        columns.clicked.connect(
            lambda: self.view.columns_menu().popup(columns.mapToGlobal(columns.rect().bottomLeft()))
        )
        row.addWidget(self.history_button)
        row.addWidget(columns)
        return row

    def _actions(self) -> None:
        self.actions_by_key: dict[str, QAction] = {}
        for key, text, shortcut, run in (
            ("decide", "Decide…", "Ctrl+D", self._decide),
            ("resend", "Edit and resend", "Ctrl+E", self._resend),
            ("retry", "Retry now", "Ctrl+R", self._retry),
            ("cancel", "Cancel…", "Del", self._cancel),
            ("copy", "Copy rows", "Ctrl+C", self.view.copy_rows),
        ):
            action = QAction(text, self.view)
            action.setObjectName(f"queue_{key}_action")
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(run)
            self.view.addAction(action)
            self.actions_by_key[key] = action
            if key in self.buttons:
                made = self.buttons[key]
                made.clicked.connect(action.trigger)
                made.setToolTip(f"{text} ({shortcut})")
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)

    def _menu(self, place: QPoint) -> None:
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions(list(self.actions_by_key.values()))
        menu.popup(self.view.viewport().mapToGlobal(place))

    # --- what is shown --------------------------------------------------------------------------
    def selected(self) -> list[TriggerJob]:
        """Return the selected jobs as they are shown."""
        jobs = (self.model.job_at(row) for row in self.view.selected_rows())
        return [job for job in jobs if job is not None]

    def select_job(self, job_id: str) -> bool:
        """Select a job and bring it to sight; False where it is not in a page that was read."""
        row = self.model.row_of(job_id)
        if row is None:
            self._choose("all")
            row = self.model.row_of(job_id, near=0)
        if row is not None:
            self.view.selectRow(row)
            self.view.scrollTo(self.model.index(row, 0))
        return row is not None

    def _keep_place(self) -> None:
        rows = self.view.selected_rows()[:KEPT_SELECTED]
        jobs = [(self.model.job_at(row), row) for row in rows]
        chosen = [(job.job_id, row) for job, row in jobs if job is not None]
        self._place = (self.view.verticalScrollBar().value(), chosen)

    def _find_place(self) -> None:
        """After a reset: select what was selected and look where one looked."""
        scroll, chosen = self._place
        kind = QItemSelectionModel.SelectionFlag
        for job_id, near in chosen:
            row = self.model.row_of(job_id, near)
            if row is not None:
                index = self.model.index(row, 0)
                self.view.selectionModel().select(index, kind.Select | kind.Rows)
                self.view.selectionModel().setCurrentIndex(index, kind.NoUpdate)
        self.view.verticalScrollBar().setValue(scroll)
        self._counted()

    def _choose(self, key: str) -> None:
        self.search.clear()
        self._typed.stop()
        self.states.set_value(key)
        self._filter_changed()

    def _filter_changed(self) -> None:
        wanted = JobFilter(_SHOWN[self.states.value()], text=self.search.text().strip())
        self.model.set_filter(wanted)
        # Other jobs: one begins to read at the newest.
        self.view.scrollToTop()

    def _counted(self) -> None:
        counts = self._bridge.counts_by_state()
        waiting = sum(counts.get(state, 0) for state in _WAITING)
        review = counts.get(JobState.REVIEW, 0)
        words = [f"{waiting:,} waiting"]
        if review:
            words.append(f"{review:,} {'needs' if review == 1 else 'need'} you")
        self.card.set_subtitle(" · ".join(words))
        self.states.set_text("waiting", f"Waiting {waiting:,}" if waiting else "Waiting")
        self.states.set_text("review", f"Needs you {review:,}" if review else "Needs you")
        some = self.model.rowCount() > 0
        self.stack.setCurrentWidget(self.view if some else self.empty)
        if not some:
            self._say_empty(filtered=bool(counts))
        self._selected()

    def _say_empty(self, *, filtered: bool) -> None:
        if filtered:
            self.empty.say("No job matches", "Other states or words may.", "Show all jobs")
        else:
            self.empty.say("No jobs yet", "What you trigger stands here with its reason to wait.")

    def _selected(self) -> None:
        jobs = self.selected()
        one = jobs[0] if len(jobs) == 1 else None
        able = {
            "decide": one is not None and one.state is JobState.REVIEW,
            "resend": one is not None and one.ended,
            "retry": any(can_cancel(job) for job in jobs),
            "cancel": any(can_cancel(job) for job in jobs),
            "copy": bool(jobs),
        }
        for key, on in able.items():
            self.actions_by_key[key].setEnabled(on)
            if key in self.buttons:
                self.buttons[key].setVisible(on)
        if self.drawer.isVisibleTo(self.splitter):
            self.drawer.show_job(one)

    def _show_history(self, *, on: bool) -> None:
        self.drawer.setVisible(on)
        self.history_button.setChecked(on)
        if on:
            self._selected()
        else:
            self.view.setFocus()

    def _lane_changed(self) -> None:
        lane = self._bridge.lane()
        paused = lane is not None and lane.pause is not None
        self.pause_button.setText("Resume" if paused else "Pause")
        self.pause_button.setAccessibleName("Resume sending" if paused else "Pause sending")
        set_icon(self.pause_button, "resume" if paused else "pause", "text")
        self.pause_button.setEnabled(lane is not None)
        stopped = lane is not None and lane.pause is not None and lane.pause.line_stopped
        self.stop_button.setEnabled(lane is not None and not stopped)
        self.lane_line.show_lane(lane, self._bridge.now())

    def _ticked(self) -> None:
        first = self.view.rowAt(0)
        if first >= 0:
            last = self.view.rowAt(self.view.viewport().height() - 1)
            self.model.tick(first, last if last >= 0 else self.model.rowCount() - 1)
        self.lane_line.show_lane(self._bridge.lane(), self._bridge.now())

    def showEvent(self, event: QShowEvent) -> None:
        self._tick.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._tick.stop()
        super().hideEvent(event)

    # --- what a person does ---------------------------------------------------------------------
    def _pause_or_resume(self) -> None:
        lane = self._bridge.lane()
        if lane is not None and lane.pause is not None:
            self._bridge.resume()
        else:
            self._bridge.pause("")

    def _lane_deed(self, deed: str) -> None:
        if deed == "resume":
            self._bridge.resume()
        elif deed == "probe":
            self._bridge.probe()

    def _cancel(self) -> None:
        self.questions.cancel(self.selected())

    def _retry(self) -> None:
        for job in self.selected():
            if can_cancel(job):
                self._bridge.retry_now(job)

    def _resend(self) -> None:
        jobs = self.selected()
        if len(jobs) == 1 and jobs[0].ended:
            self.resend_requested.emit(jobs[0])

    def _link(self, index: QModelIndex) -> None:
        job = self.model.job_at(index.row())
        if job is not None and job.state is JobState.REVIEW:
            self.questions.decide(job)
        elif job is not None:
            self.resend_requested.emit(job)

    def _decide(self) -> None:
        jobs = self.selected()
        if len(jobs) == 1 and jobs[0].state is JobState.REVIEW:
            self.questions.decide(jobs[0])
