"""Keeps what a person reads in its place while a trail grows on top of it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QObject, Signal

from console.ui.models.records import RecordsModel
from console.ui.theme import ROW_PX
from console.ui.widgets.table_view import TableView


class Growth(QObject):
    """Follows the newest records while the list stands at its top, else holds it still.

    `unseen` tells how many new records stand above the view, 0 once they were scrolled to.
    """

    unseen = Signal(int)

    def __init__(self, table: TableView, model: RecordsModel, follows: Callable[[], bool]) -> None:
        super().__init__(table)
        self._table = table
        self._follows = follows
        self._at_top = True
        self._unseen = 0
        model.rowsAboutToBeInserted.connect(self._before)
        model.grew.connect(self._after)
        table.verticalScrollBar().valueChanged.connect(self._scrolled)

    def forget(self) -> None:
        """Start again: another trail or another view of it is shown."""
        self._set_unseen(0)

    def _before(self, _parent: QModelIndex, first: int, _last: int) -> None:
        self._at_top = first == 0 and self._table.verticalScrollBar().value() == 0

    def _after(self, added: int) -> None:
        bar = self._table.verticalScrollBar()
        if self._at_top and self._follows():
            bar.setValue(0)
            return
        value = bar.value()
        # The bar learns its new range only now, else it would refuse the new value.
        self._table.updateGeometries()
        bar.setValue(value + added * ROW_PX)
        self._set_unseen(self._unseen + added)

    def _scrolled(self, value: int) -> None:
        # Rows above the view that scrolled into it have been seen.
        if value // ROW_PX < self._unseen:
            self._set_unseen(value // ROW_PX)

    def _set_unseen(self, number: int) -> None:
        if number != self._unseen:
            self._unseen = number
            self.unseen.emit(number)
