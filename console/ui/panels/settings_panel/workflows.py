"""The workflow definitions of this data folder: find, add, edit, learn, export, remove."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from console.domain.job_filter import JobFilter
from console.domain.text import shortened, visible
from console.domain.workflow import Workflow
from console.services.definition_window import (
    DefinitionDone,
    DefinitionEvent,
    DefinitionLoaded,
    DefinitionRefused,
    DefinitionsRead,
)
from console.ui.dialogs.confirm import AskReason
from console.ui.models.workflows import WorkflowsModel, found
from console.ui.theme import ROW_PX, SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.banner import Banner
from console.ui.widgets.buttons import button, offer_clearing
from console.ui.widgets.card import Card
from console.ui.widgets.empty_state import EmptyState
from console.ui.widgets.table_view import TableView

if TYPE_CHECKING:
    from console.domain.job import TriggerJob
    from console.services.definition_window import DefinitionsWindow
    from console.ui.bridge import Bridge

WIDTHS: Final = (220, 210, 70, 70, 110, 80, 110)
_FILES: Final = "Workflow definitions (*.json *.yaml *.yml)"
_ROWS_LEAST, _ROWS_MOST = 3, 10
_LEARNABLE: Final = 100
_DOTS: Final = "\N{HORIZONTAL ELLIPSIS}"


class Workflows(Card):
    """Every definition with its rules; the buttons act on the chosen one."""

    def __init__(
        self, bridge: Bridge, desk: DefinitionsWindow, parent: QWidget | None = None
    ) -> None:
        super().__init__("Workflows", "what can be triggered, with its form and rules", parent)
        self.setObjectName("workflows")
        self._bridge = bridge
        self._desk = desk
        self._request = ""
        self.search = QLineEdit()
        self.search.setObjectName("workflows_search")
        self.search.setAccessibleName("Search workflows")
        self.search.setPlaceholderText("Search workflows")
        self.search.setMaximumWidth(200)
        offer_clearing(self.search)
        self.search.textChanged.connect(lambda _text: self.read())
        self.add_button = button("New workflow", name="workflows_add", icon="plus")
        self.add_button.clicked.connect(self.ask_new)
        self.add_tool(self.search)
        self.add_tool(self.add_button)
        self.failure = Banner("error")
        self.failure.hide()
        self.add(self.failure)
        self.model = WorkflowsModel(self)
        self.table = TableView("workflows_table", "Workflows")
        self.table.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.table.setModel(self.model)
        self.table.set_columns(WIDTHS)
        self.table.remember(bridge.settings())
        self.empty = EmptyState("workflow", "No workflows yet")
        self.empty.action.setObjectName("workflows_empty_add")
        self.empty.acted.connect(self._empty_acted)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.empty)
        self.add(self._stack)
        self.add(self._make_actions())
        self.table.opened.connect(lambda _index: self.edit())
        self.table.selectionModel().currentRowChanged.connect(self._selected)
        leave = desk.listen(self._hear)
        self.destroyed.connect(leave)
        self.read()

    def _make_actions(self) -> QWidget:
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_L - 2, SPACE_M, SPACE_L - 2, SPACE_M)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.edit_button = button(f"Edit{_DOTS}", name="workflows_edit", icon="edit")
        self.export_button = button(f"Export{_DOTS}", name="workflows_export", icon="export")
        self.file_button = button(f"Add from a file{_DOTS}", name="workflows_file", icon="import")
        self.learn_button = button(
            f"Learn from past jobs{_DOTS}", name="workflows_learn", icon="lookup"
        )
        self.remove_button = button(
            f"Remove{_DOTS}", "danger", name="workflows_remove", icon="trash"
        )
        self.edit_button.clicked.connect(self.edit)
        self.export_button.clicked.connect(self.ask_export)
        self.file_button.clicked.connect(self.ask_file)
        self.learn_button.clicked.connect(self.ask_learn)
        self.remove_button.clicked.connect(self.ask_remove)
        for part in (self.edit_button, self.export_button, self.file_button, self.learn_button):
            row.addWidget(part)
        row.addStretch(1)
        row.addWidget(self.remove_button)
        column.addLayout(row)
        return box

    # --- what is shown --------------------------------------------------------------------------
    def read(self) -> None:
        """Show the definitions as they are now; the chosen one stays chosen."""
        before = self.present()
        every = self._desk.all()
        shown = found(every, self.search.text())
        self.model.show(shown)
        row = None if before is None else self.model.row_of(before.workflow_id)
        if row is None and shown:
            row = 0
        if row is not None:
            self.table.selectRow(row)
        self._stack.setCurrentIndex(0 if shown else 1)
        if every and not shown:
            self.empty.say("No workflow matches", "Other words may.", "Show all workflows")
        elif not every:
            self.empty.say(
                "No workflows yet",
                "A workflow without a definition can be triggered by its id; with one it gets a"
                " form, a limit and rules.",
                "New workflow",
            )
        head = self.table.horizontalHeader().sizeHint().height()
        rows = min(max(len(shown), _ROWS_LEAST), _ROWS_MOST) if shown else 5
        self._stack.setFixedHeight(head + rows * ROW_PX + 2)
        broken = self._desk.broken()
        if broken:
            more = f" And {len(broken) - 1} more." if len(broken) > 1 else ""
            self._say(f"{broken[0]}{more}", "warning")
        elif self.failure.level == "warning":
            self.failure.hide()
        self._selected()

    def present(self) -> Workflow | None:
        """The definition that is chosen."""
        return self.model.workflow(self.table.currentIndex().row())

    # --- what a person does ---------------------------------------------------------------------
    def ask_new(self) -> None:
        """Open an empty definition."""
        self._open(Workflow("", ""), before=None)

    def edit(self) -> None:
        """Open the chosen definition."""
        workflow = self.present()
        if workflow is not None:
            self._open(workflow, before=workflow.digest)

    def ask_file(self) -> None:
        """Let a person choose a file to add from."""
        dialog = QFileDialog(self.window(), "Add a workflow from a file", "", _FILES)
        dialog.setObjectName("workflows_open_file")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda text: self.load(Path(text)))
        dialog.open()

    def load(self, file: Path) -> None:
        """Show the definition in `file`, to be looked at and added."""
        self.failure.hide()
        self._request = uuid.uuid4().hex
        self._desk.load(self._request, file)

    def ask_learn(self) -> None:
        """Let a person choose the jobs to learn from."""
        from console.ui.dialogs.definition_learn import LearnDefinition

        dialog = LearnDefinition(self._jobs, self.window())
        dialog.learned.connect(self._open_over)
        dialog.open()

    def ask_export(self) -> None:
        """Let a person choose where to write the chosen definition."""
        workflow = self.present()
        if workflow is None:
            return
        dialog = QFileDialog(self.window(), "Export the workflow", "workflow.json", _FILES)
        dialog.setObjectName("workflows_export_file")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("json")
        dialog.fileSelected.connect(lambda text: self.export(workflow, Path(text)))
        dialog.open()

    def export(self, workflow: Workflow, file: Path) -> None:
        """Write `workflow` to `file`."""
        self.failure.hide()
        self._request = uuid.uuid4().hex
        self._desk.export(self._request, workflow, file)

    def ask_remove(self) -> None:
        """Ask before the chosen definition is taken away."""
        workflow = self.present()
        if workflow is None:
            return
        question = AskReason(
            f"Remove {visible(shortened(workflow.title, 60))}?",
            "Its form, limit and rules are gone; jobs and records stay, and jobs that are queued"
            " are sent under the rules they were queued under.",
            "Remove",
            name="workflows_removal",
            role="danger",
            parent=self.window(),
        )
        question.answered.connect(lambda reason: self._remove(workflow.workflow_id, reason))
        question.open()

    def _remove(self, workflow_id: str, reason: str) -> None:
        self.failure.hide()
        self._request = uuid.uuid4().hex
        self._desk.remove(self._request, workflow_id, reason)

    def _open(self, workflow: Workflow, *, before: str | None) -> None:
        from console.ui.dialogs.definition import DefinitionDialog

        self.failure.hide()
        DefinitionDialog(self._desk, workflow, before=before, parent=self.window()).open()

    def _open_over(self, workflow: Workflow) -> None:
        """Open a definition that came from elsewhere: over the one of its id, if there is one."""
        every = {known.workflow_id: known for known in self._desk.all()}
        known = every.get(workflow.workflow_id)
        self._open(workflow, before=None if known is None else known.digest)

    def _jobs(self, text: str) -> Sequence[TriggerJob]:
        return self._bridge.jobs(JobFilter(text=text), 0, _LEARNABLE)

    def _empty_acted(self) -> None:
        if self.search.text():
            self.search.clear()
        else:
            self.ask_new()

    # --- what the desk tells --------------------------------------------------------------------
    def _hear(self, event: DefinitionEvent) -> None:
        match event:
            case DefinitionsRead():
                self.read()
            case DefinitionLoaded(request=request) if request and request == self._request:
                self._open_over(event.workflow)
            case DefinitionDone(request=request) if request and request == self._request:
                self._say(event.text, "info")
            case DefinitionRefused(request=request) if request and request == self._request:
                self._say(event.message, "error")

    def _say(self, message: str, level: str) -> None:
        words = visible(message)
        if level == "info":
            self.failure.say("info", words)
        elif level == "warning":
            self.failure.say("warning", words)
        else:
            self.failure.say("error", words)
        self.failure.show()

    def _selected(
        self, _current: QModelIndex | None = None, _before: QModelIndex | None = None
    ) -> None:
        there = self.present() is not None
        for part in (self.edit_button, self.export_button, self.remove_button):
            part.setEnabled(there)
