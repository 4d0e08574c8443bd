"""The queue: every job with its state, its reason and its clock, and what a person can do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QMenu,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from console.domain.job import JobState, TriggerJob
from console.domain.job_filter import JobFilter
from console.ui.dialogs.job_questions import JobQuestions
from console.ui.icons import set_icon
from console.ui.models import jobs as column
from console.ui.models.job_deeds import deeds
from console.ui.models.jobs import ACTION_ROLE, JobsModel
from console.ui.widgets.badge import BadgeDelegate
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.job_drawer import JobDrawer
from console.ui.widgets.lane_line import LaneLines
from console.ui.widgets.outcomes_drawer import OutcomesDrawer
from console.ui.widgets.queue_tools import DEEDS, QueueTools
from console.ui.widgets.table_view import TableView
from console.ui.widgets.why_delegate import WhyDelegate

if TYPE_CHECKING:
    from console.ui.bridge import Bridge
    from console.ui.models.outcomes import Errand

_WAITING: Final = frozenset({JobState.QUEUED, JobState.SENDING, JobState.WAITING})
_SHOWN: Final = {
    "all": None,
    "waiting": _WAITING,
    "review": None,
    "failed": frozenset({JobState.FAILED}),
    "done": frozenset({JobState.ACCEPTED, JobState.CANCELLED}),
}
_WIDTHS: Final = (60, 132, 106, 330, 66, 60, 78)
_TICK_MS: Final = 1000
KEPT_SELECTED: Final = 50
_TYPED_MS: Final = 250
_LOOKED_AT: Final = 200
"""Of more selected jobs than this only so many are asked what can be done with them."""
_LOOK_AGAIN_EVERY: Final = 5
_SHORTCUTS: Final = {
    "approve": "Ctrl+Shift+A",
    "refuse": "Ctrl+Shift+R",
    "decide": "Ctrl+D",
    "resend": "Ctrl+E",
    "reuse": "Ctrl+Shift+E",
    "retry": "Ctrl+R",
    "cancel": "Del",
    "copy": "Ctrl+C",
}


class QueuePanel(QWidget):
    """The queue's card. Every command carries the job as it stood in the row."""

    resend_requested = Signal(object)  # TriggerJob
    reuse_requested = Signal(object)  # TriggerJob
    instance_requested = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_panel")
        self._bridge = bridge
        self.model = JobsModel(bridge, self)
        self.questions = JobQuestions(bridge, self)
        self.questions.begun.connect(self._begun)
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
        self._ticks = 0
        self._place: tuple[int, list[tuple[str, int]]] = (0, [])
        self.model.modelAboutToBeReset.connect(self._keep_place)
        self.model.modelReset.connect(self._find_place)
        self.model.dataChanged.connect(self._selected)
        bridge.lane_changed.connect(self._lane_changed)
        bridge.connection_changed.connect(self._lane_changed)
        bridge.command_refused.connect(self._answered)
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
        self.lane_lines = LaneLines(self._bridge.workflow_title)
        self.lane_lines.asked.connect(self._lane_deed)
        self.card.add(self.lane_lines)
        self.card.add(self._tools())
        self.view: TableView = TableView("queue", "Queue")
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(column.STATE, BadgeDelegate(self.view))
        links = WhyDelegate(ACTION_ROLE, self.view)
        links.chosen.connect(self._link)
        self.view.setItemDelegateForColumn(column.WHY, links)
        self.view.set_columns(_WIDTHS, stretch=column.WHY)
        self.view.give_way((column.ATTEMPT, column.PRIORITY, column.QUEUED), keep=210)
        self.view.remember(self._bridge.settings())
        self.view.opened.connect(lambda _index: self._show_history(on=True))
        self.empty = EmptyState("queue", "No jobs yet")
        self.empty.acted.connect(lambda: self.show_states("all"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.view)
        self.stack.addWidget(self.empty)
        # Lines and drawers come and go beside it: the page scrolls before the rows are gone.
        self.stack.setMinimumHeight(120)
        self.drawer = JobDrawer(self._bridge)
        self.drawer.hide()
        self.drawer.closed.connect(lambda: self._show_history(on=False))
        self.drawer.instance_requested.connect(self.instance_requested)
        self.outcomes = OutcomesDrawer(self._bridge)
        self.outcomes.hide()
        self.outcomes.closed.connect(self._close_outcomes)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("queue_split")
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.addWidget(self.stack)
        self.splitter.addWidget(self.drawer)
        self.splitter.addWidget(self.outcomes)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([300, 150, 150])
        self.card.add(self.splitter, 1)

    def _tools(self) -> QueueTools:
        self.tools = QueueTools()
        self.states, self.search = self.tools.states, self.tools.search
        self.buttons, self.history_button = self.tools.buttons, self.tools.history
        self.states.chosen.connect(lambda _key: self._filter_changed())
        self.history_button.clicked.connect(lambda on: self._show_history(on=on))
        self.tools.columns.clicked.connect(
            lambda: self._popup(self.view.columns_menu(), self.tools.columns)
        )
        self.tools.actions_wanted.connect(
            lambda: self._popup(self._actions_menu(), self.tools.more)
        )
        return self.tools

    def _actions(self) -> None:
        self.actions_by_key: dict[str, QAction] = {}
        shown = [*DEEDS, ("copy", "Copy rows")]
        for key, text in shown:
            action = QAction(text, self.view)
            action.setObjectName(f"queue_{key}_action")
            action.setShortcut(QKeySequence(_SHORTCUTS[key]))
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            action.triggered.connect(lambda _on=False, key=key: self._do(key))
            self.view.addAction(action)
            self.actions_by_key[key] = action
            if key in self.buttons:
                made = self.buttons[key]
                made.clicked.connect(action.trigger)
                made.setToolTip(_SHORTCUTS[key])
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._menu)

    def _menu(self, place: QPoint) -> None:
        self._actions_menu().popup(self.view.viewport().mapToGlobal(place))

    def _actions_menu(self) -> QMenu:
        menu = QMenu(self.view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([a for a in self.actions_by_key.values() if a.isEnabled()])
        return menu

    @staticmethod
    def _popup(menu: QMenu, under: QWidget) -> None:
        menu.popup(under.mapToGlobal(under.rect().bottomLeft()))

    # --- what is shown --------------------------------------------------------------------------
    def selected(self) -> list[TriggerJob]:
        """Return the selected jobs as they are shown."""
        jobs = (self.model.job_at(row) for row in self.view.selected_rows())
        return [job for job in jobs if job is not None]

    def select_job(self, job_id: str) -> bool:
        """Select a job and bring it to sight; False where it is not in a page that was read."""
        row = self.model.row_of(job_id)
        if row is None:
            self.show_states("all")
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

    def show_states(self, key: str) -> None:
        """Show the jobs of one choice: all, waiting, review (what needs a person), failed, done."""
        self.search.clear()
        self._typed.stop()
        self.states.set_value(key)
        self._filter_changed()

    def _filter_changed(self) -> None:
        chosen = self.states.value()
        now = self._bridge.now() if chosen == "review" else None
        text = self.search.text().strip()
        self.model.set_filter(JobFilter(_SHOWN[chosen], text=text, person_at=now))
        # Other jobs: one begins to read at the newest.
        self.view.scrollToTop()

    def _counted(self) -> None:
        # Not all states: to count the many that have ended takes as long as everything else here.
        waiting = self._bridge.count_jobs(JobFilter(_WAITING))
        review = self._bridge.count_jobs(JobFilter(person_at=self._bridge.now()))
        words = [f"{waiting:,} waiting"]
        if review:
            words.append(f"{review:,} {'needs' if review == 1 else 'need'} you")
        self.card.set_subtitle(" · ".join(words))
        self.states.set_text("waiting", f"Waiting {waiting:,}" if waiting else "Waiting")
        self.states.set_text("review", f"Needs you {review:,}" if review else "Needs you")
        some = self.model.rowCount() > 0
        self.stack.setCurrentWidget(self.view if some else self.empty)
        if not some:
            self._say_empty(filtered=self._bridge.count_jobs(JobFilter()) > 0)
        self._selected()

    def _say_empty(self, *, filtered: bool) -> None:
        if filtered:
            self.empty.say("No job matches", "Other states or words may.", "Show all jobs")
        else:
            self.empty.say("No jobs yet", "What you trigger stands here with its reason to wait.")

    def _selected(self) -> None:
        rows = self.view.selected_rows()
        # What many rows have in common is asked of the first ones: reading all costs pages.
        looked_at = [self.model.job_at(row) for row in rows[:_LOOKED_AT]]
        jobs = [job for job in looked_at if job is not None]
        offered = self._offered(jobs, len(rows))
        for key, action in self.actions_by_key.items():
            action.setEnabled(key in offered)
            action.setText(offered.get(key, action.text()))
        self.tools.offer({key: text for key, text in offered.items() if key in self.buttons})
        if self.drawer.isVisibleTo(self.splitter):
            self.drawer.show_job(jobs[0] if len(rows) == 1 and jobs else None)

    def _offered(self, jobs: list[TriggerJob], count: int) -> dict[str, str]:
        """What can be done with `jobs`, of `count` selected: key to words, in the usual order."""
        me = self._bridge.operator
        able = [deed for job in jobs for deed in deeds(job, self._bridge.explain(job), me)]
        found: dict[str, str] = {}
        for key, usual in DEEDS:
            texts = {deed.text for deed in able if deed.key == key}
            if texts and (count == 1 or key not in {"decide", "resend", "reuse"}):
                found[key] = texts.pop() if len(texts) == 1 else usual
        if jobs:
            found["copy"] = "Copy rows"
        return found

    def _show_history(self, *, on: bool) -> None:
        self.drawer.setVisible(on)
        self.history_button.setChecked(on)
        if on:
            self._selected()
        else:
            self.view.setFocus()

    def _begun(self, errand: Errand) -> None:
        self.outcomes.begin(errand)
        self.outcomes.show()

    def _close_outcomes(self) -> None:
        self.outcomes.hide()
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
        self._answered()

    def _answered(self, _message: str = "") -> None:
        self.lane_lines.settle()
        self.lane_lines.show_lane(self._bridge.lane(), self._bridge.now())

    def _ticked(self) -> None:
        self._bridge.turns.ask(self._let_clocks_go_on)
        self.lane_lines.show_lane(self._bridge.lane(), self._bridge.now())
        self._ticks += 1
        if self._ticks % _LOOK_AGAIN_EVERY == 0:
            self.model.look_again()

    def _let_clocks_go_on(self) -> None:
        first = self.view.rowAt(0)
        if first >= 0:
            last = self.view.rowAt(self.view.viewport().height() - 1)
            self.model.tick(first, last if last >= 0 else self.model.rowCount() - 1)

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

    def _do(self, key: str) -> None:
        if key == "copy":
            self.view.copy_rows()
        else:
            self._act(key, self.selected())

    def _link(self, index: QModelIndex, key: str) -> None:
        job = self.model.job_at(index.row())
        if job is not None:
            self._act(key, [job])

    def _act(self, key: str, jobs: list[TriggerJob]) -> None:
        """Do `key` with exactly `jobs`, each as it is shown."""
        if key == "cancel":
            self.questions.cancel(jobs)
        elif key == "retry":
            self.questions.retry(jobs)
        elif key in {"approve", "refuse"}:
            self.questions.judge(jobs, approve=key == "approve")
        elif len(jobs) == 1 and key == "decide":
            self.questions.decide(jobs[0])
        elif len(jobs) == 1 and key == "resend":
            self.resend_requested.emit(jobs[0])
        elif len(jobs) == 1 and key == "reuse":
            self.reuse_requested.emit(jobs[0])
