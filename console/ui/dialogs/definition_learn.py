"""Learns a new definition from past jobs of one workflow: a starting point, to be edited."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QListView, QWidget

from console.domain.definition_learn import learn_schema, title_of
from console.domain.text import shortened, visible
from console.domain.workflow import Workflow
from console.ui import times
from console.ui.widgets.buttons import offer_clearing
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.domain.job import TriggerJob

MOST: Final = 100
_TYPED_MS: Final = 250
_CELL: Final = 60


class LearnDefinition(Question):
    """`learned` tells the definition that the ticked jobs, all of one workflow, have taught."""

    learned = Signal(object)  # Workflow

    def __init__(
        self, find: Callable[[str], Sequence[TriggerJob]], parent: QWidget | None = None
    ) -> None:
        """`find` gives the newest jobs in which a text stands."""
        super().__init__(
            "Learn from past jobs",
            "Types come from the values, titles from the names. With several jobs, what all of"
            " them have becomes required. No value is taken over.",
            "Learn",
            name="learn",
            parent=parent,
        )
        self.setMinimumWidth(560)
        self._find = find
        self._jobs: list[TriggerJob] = []
        self._ticked: dict[str, TriggerJob] = {}
        self.search = QLineEdit()
        self.search.setObjectName("learn_search")
        self.search.setPlaceholderText("Search by job, workflow, operator or reason")
        self.body.addWidget(FieldLabel("Jobs", "", self.search))
        self.search.setAccessibleName("Search jobs")
        offer_clearing(self.search)
        self.body.addWidget(self.search)
        self._model = QStandardItemModel(self)
        self.list = QListView()
        self.list.setObjectName("learn_jobs")
        self.list.setAccessibleName("Jobs to learn from")
        self.list.setProperty("role", "choices")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setModel(self._model)
        self.list.setMinimumHeight(220)
        frame = Well()
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.addWidget(self.list)
        self.body.addWidget(frame, 1)
        self.told = label("", "muted", wrap=True, name="learn_told")
        self.body.addWidget(self.told)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_TYPED_MS)
        self._timer.timeout.connect(self.read)
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self._model.itemChanged.connect(self._changed)
        self.read()

    def read(self) -> None:
        """Show the jobs that are looked for; what was ticked stays ticked."""
        self._jobs = list(self._find(self.search.text().strip()))[:MOST]
        self._model.blockSignals(True)
        self._model.clear()
        for job in self._jobs:
            title = shortened(job.workflow_title or job.workflow_id, _CELL)
            names = ", ".join(job.payload.context)
            words = f"{job.label}   {title}   {times.moment_text(job.queued_at)}   {names}"
            item = QStandardItem(visible(shortened(words, 160)))
            item.setEditable(False)
            item.setCheckable(True)
            ticked = job.job_id in self._ticked
            item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self._model.appendRow(item)
        self._model.blockSignals(False)
        self._model.layoutChanged.emit()
        self._tell()

    def accept(self) -> None:
        jobs = list(self._ticked.values())
        if not self.answer_button.isEnabled():
            return
        first = jobs[0]
        known = first.workflow_title if first.workflow_title != first.workflow_id else ""
        schema = learn_schema([job.payload.context for job in jobs])
        workflow = Workflow(first.workflow_id, known or title_of(first.workflow_id), schema=schema)
        super().accept()
        self.learned.emit(workflow)

    def _changed(self, item: QStandardItem) -> None:
        job = self._jobs[item.row()]
        if item.checkState() is Qt.CheckState.Checked:
            self._ticked[job.job_id] = job
        else:
            self._ticked.pop(job.job_id, None)
        self._tell()

    def _tell(self) -> None:
        workflows = {job.workflow_id for job in self._ticked.values()}
        count = len(self._ticked)
        self.answer_button.setEnabled(len(workflows) == 1)
        if len(workflows) > 1:
            words = "These are jobs of several workflows; tick those of one."
        elif count:
            words = f"{count} job{'' if count == 1 else 's'} ticked"
        elif not self._jobs:
            words = "No job matches." if self.search.text() else "No jobs yet."
        else:
            words = "Tick one job or several of the same workflow."
        self.told.setText(words)
