"""Fields below each other, two beside each other where both are short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from console.ui.theme import SPACE_M

if TYPE_CHECKING:
    from console.ui.forms.field import FormField

TWO_FROM_PX: Final = 300
NARROWEST_PX: Final = 180


class PairLayout(QWidget):
    """Fields below each other; two short ones share a line where there is room for both."""

    def __init__(self, fields: Sequence[FormField], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields = list(fields)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(SPACE_M)
        self._grid.setVerticalSpacing(SPACE_M)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        self._lines: list[list[FormField]] = []
        self._lay(0)

    def show_fields(self, fields: Sequence[FormField]) -> None:
        """Show other fields; those that were there and still are keep all that they hold."""
        for gone in self._fields:
            if gone not in fields:
                self._grid.removeWidget(gone)
        self._fields = list(fields)
        self._lines = []
        self._lay(self.width())

    def minimumSizeHint(self) -> QSize:
        # Two columns are no reason not to become narrow enough for one.
        return QSize(NARROWEST_PX, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay(event.size().width())

    def _lay(self, width: int) -> None:
        lines = self._broken(width)
        if lines == self._lines:
            return
        self._lines = lines
        for row, line in enumerate(lines):
            span = 3 - len(line)
            for column, field in enumerate(line):
                self._grid.addWidget(field, row, column, 1, span, Qt.AlignmentFlag.AlignTop)

    def _broken(self, width: int) -> list[list[FormField]]:
        """Return the fields line by line for `width` pixels."""
        half = (width - SPACE_M) // 2 if width >= TWO_FROM_PX else 0
        lines: list[list[FormField]] = []
        for field in self._fields:
            short = field.fits_half(half)
            last = lines[-1] if lines else []
            if short and len(last) == 1 and last[0].fits_half(half):
                last.append(field)
            else:
                lines.append([field])
        return lines
