"""The metrics table: one row a workflow, changed by difference so that a selection survives."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.domain.metrics import Figures

Index = QModelIndex | QPersistentModelIndex
_TOP: Final = QModelIndex()
NONE_YET: Final = "\N{EN DASH}"
COLUMNS: Final = (
    "Workflow",
    "Success rate",
    "Average latency",
    "Executions",
    "p50",
    "p95",
    "p99",
)
CSV_HEADER: Final = (
    "workflowId",
    "success_rate",
    "avg_latency_ms",
    "total_executions",
    "p50_ms",
    "p95_ms",
    "p99_ms",
)
_EXPLAINED: Final = (
    "",
    "Jobs that ended accepted, of all that ended accepted or failed",
    "From the first capacity check to the outcome, waiting and back-off included",
    "Jobs that ended accepted or failed; one each, however many attempts",
    "Half of the executions were at least this fast",
    "95 of 100 executions were at least this fast",
    "99 of 100 executions were at least this fast",
)


def milliseconds(value: float | None) -> str:
    """Write a latency as people read it: 840 ms, 2.4 s, 3 min 05 s."""
    if value is None:
        return NONE_YET
    if value < 999.5:
        return f"{value:.0f} ms"
    if value < 59_950:
        return f"{value / 1000:.1f} s"
    minutes, seconds = divmod(round(value / 1000), 60)
    return f"{minutes} min {seconds:02d} s"


def percent(rate: float) -> str:
    """Write a rate from 0 to 1 in per cent, never rounding a failure away to 100 %."""
    if 0.9995 <= rate < 1:
        return "99.9 %"
    if 0 < rate < 0.0005:
        return "0.1 %"
    return f"{rate * 100:.1f} %" if rate not in (0.0, 1.0) else f"{rate * 100:.0f} %"


def as_csv(figures: Sequence[Figures]) -> str:
    """The figures as CSV with the names of the command line's JSON; formulas are neutralised."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(CSV_HEADER)
    for row in figures:
        name = row.workflow_id
        writer.writerow(
            (
                f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name,
                row.success_rate,
                row.avg_latency_ms,
                row.total_executions,
                *("" if value is None else value for value in (row.p50_ms, row.p95_ms, row.p99_ms)),
            )
        )
    return out.getvalue()


class FiguresModel(QAbstractTableModel):
    """Figures of each workflow, sorted by the clicked column (by name at first)."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Figures] = []
        self._titles: dict[str, str] = {}
        self._sorted_by = 0
        self._order = Qt.SortOrder.AscendingOrder

    @property
    def figures(self) -> tuple[Figures, ...]:
        """The rows as shown."""
        return tuple(self._rows)

    def show(self, figures: Sequence[Figures], titles: Mapping[str, str]) -> None:
        """Take new figures: rows that stay keep their selection, cells that differ are repainted."""
        renamed = dict(titles) != self._titles
        self._titles = dict(titles)
        wanted = {row.workflow_id: row for row in figures}
        for at in reversed(range(len(self._rows))):
            if self._rows[at].workflow_id not in wanted:
                self.beginRemoveRows(_TOP, at, at)
                del self._rows[at]
                self.endRemoveRows()
        here = {row.workflow_id for row in self._rows}
        new = [row for row in figures if row.workflow_id not in here]
        if new:
            self.beginInsertRows(_TOP, len(self._rows), len(self._rows) + len(new) - 1)
            self._rows.extend(new)
            self.endInsertRows()
        before, self._rows = self._rows, [wanted[row.workflow_id] for row in self._rows]
        changed = [at for at, row in enumerate(self._rows) if renamed or row != before[at]]
        if changed:
            last = len(COLUMNS) - 1
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], last))
        self._arrange()

    def title(self, workflow_id: str) -> str:
        """The workflow's title, or its id where no definition names it."""
        return self._titles.get(workflow_id) or workflow_id

    def figure(self, row: int) -> Figures | None:
        """The figures in `row`, None outside the table."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            if index.column() == 0:
                return row.workflow_id
            return _EXPLAINED[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() > 0:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _EXPLAINED[section] or None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            side = Qt.AlignmentFlag.AlignRight if section else Qt.AlignmentFlag.AlignLeft
            return int(side | Qt.AlignmentFlag.AlignVCenter)
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        if not 0 <= column < len(COLUMNS):
            return
        self._sorted_by, self._order = column, order
        self._arrange()

    def _arrange(self) -> None:
        rows = self._in_order(self._rows)
        if rows == self._rows:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        where = {row.workflow_id: at for at, row in enumerate(rows)}
        after = [
            self.index(where[self._rows[index.row()].workflow_id], index.column())
            for index in before
        ]
        self._rows = rows
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _in_order(self, figures: Sequence[Figures]) -> list[Figures]:
        down = self._order is Qt.SortOrder.DescendingOrder
        rows = sorted(figures, key=lambda row: self.title(row.workflow_id).casefold())
        if self._sorted_by == 0:
            return rows[::-1] if down else rows
        return sorted(rows, key=self._key, reverse=down)

    def _key(self, row: Figures) -> float:
        value = _values(row)[self._sorted_by - 1]
        return -1.0 if value is None else float(value)

    def _text(self, row: Figures, column: int) -> str:
        if column == 0:
            return self.title(row.workflow_id)
        if column == 1:
            return percent(row.success_rate) if row.total_executions else NONE_YET
        if column == 3:
            return f"{row.total_executions:,}"
        if column == 2 and not row.total_executions:
            return NONE_YET
        return milliseconds(_values(row)[column - 1])


def _values(row: Figures) -> tuple[float | None, ...]:
    return (
        row.success_rate,
        row.avg_latency_ms,
        row.total_executions,
        row.p50_ms,
        row.p95_ms,
        row.p99_ms,
    )
