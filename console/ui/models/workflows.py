"""The workflow definitions of Settings as a table, found by title, id or description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.domain.text import shortened, visible
from console.domain.workflow import Workflow

Index = QModelIndex | QPersistentModelIndex
COLUMNS: Final = ("Title", "ID", "Limit", "Priority", "Approval", "Reason", "Send before")
_CELL: Final = 200
_TOOLTIP: Final = 1000


def found(workflows: Sequence[Workflow], text: str) -> list[Workflow]:
    """Those whose title, id or description holds every word of `text`, whatever its case."""
    words = text.casefold().split()
    return [
        workflow for workflow in workflows if all(word in _words_of(workflow) for word in words)
    ]


def _words_of(workflow: Workflow) -> str:
    return f"{workflow.title}\n{workflow.workflow_id}\n{workflow.description}".casefold()


class WorkflowsModel(QAbstractTableModel):
    """One row a definition, by title."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[Workflow, ...] = ()

    def show(self, workflows: Sequence[Workflow]) -> None:
        """Show these definitions."""
        self.beginResetModel()
        self._rows = tuple(workflows)
        self.endResetModel()

    def workflow(self, row: int) -> Workflow | None:
        """The definition in `row`, None outside the table."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, workflow_id: str) -> int | None:
        """The row of a definition, None where it is not shown."""
        rows = enumerate(self._rows)
        return next((at for at, row in rows if row.workflow_id == workflow_id), None)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        workflow = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _cells(workflow)[index.column()]
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 0:
            return visible(shortened(workflow.description, _TOOLTIP))
        return None


def _cells(workflow: Workflow) -> tuple[str, ...]:
    hours = workflow.send_before_hours
    return (
        visible(shortened(workflow.title, _CELL)),
        visible(workflow.workflow_id),
        f"{workflow.limit:,}",
        str(workflow.priority),
        "second person" if workflow.approval_required else "",
        "required" if workflow.reason_required else "",
        "never too old" if hours is None else f"{hours:g} h",
    )
