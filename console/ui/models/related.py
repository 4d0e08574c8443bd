"""The life of one job or instance as a short table, oldest record first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QFont

from console.domain.audit_view import TrailRow
from console.ui.models.records import verdict_look
from console.ui.theme import mono_font, ui_font
from console.ui.times import clock_text, local_time, stamp_text, utc_text
from console.ui.widgets.badge import BADGE_ROLE

Index = QModelIndex | QPersistentModelIndex
COLUMNS: Final = ("Time", "Event", "Verdict")
_TOP: Final = QModelIndex()


class RelatedModel(QAbstractTableModel):
    """Records of the same job or instance; the one at `own` stands out in bold.

    Times are clocks while all are of one local day, else `dated`: whole stamps.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[TrailRow, ...] = ()
        self._own = -1
        self.dated = False

    def show(self, rows: Sequence[TrailRow], own: int) -> None:
        """Show `rows`, of which the one at position `own` is shown in full beside it."""
        self.beginResetModel()
        self._rows = tuple(rows)
        self._own = own
        days = {local_time(row.timestamp).date() for row in rows if row.timestamp is not None}
        self.dated = len(days) > 1
        self.endResetModel()

    def record(self, row: int) -> TrailRow | None:
        """The record in `row`, None outside the table."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def row_of(self, position: int) -> int | None:
        """The row of the record at `position`, None where it is not among them."""
        return next((at for at, row in enumerate(self._rows) if row.position == position), None)

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        column = index.column()
        if role == Qt.ItemDataRole.DisplayRole:
            at = stamp_text(row.timestamp) if self.dated else clock_text(row.timestamp)
            return (at, row.event_type, verdict_look(row.verdict).word)[column]
        if role == BADGE_ROLE:
            return verdict_look(row.verdict) if column == 2 else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return utc_text(row.timestamp) if column == 0 else None
        if role == Qt.ItemDataRole.FontRole:
            font = QFont(mono_font() if column == 0 else ui_font())
            font.setBold(row.position == self._own)
            return font
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return COLUMNS[section] if 0 <= section < len(COLUMNS) else None
        return None
