"""A payload as a tree to open and close, as high as what it shows, up to a limit."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeView, QWidget

from console.ui.models.payload_tree import PayloadTree, read_tree
from console.ui.theme import mono_font

_ROWS: Final = 14
_ROW_PX: Final = 22
_OPENED: Final = 30


class PayloadTreeView(QTreeView):
    """Shows one payload; rows are of one height, and nothing below a closed row is made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_payload_tree")
        self.setAccessibleName("Payload as a tree")
        self.setUniformRowHeights(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFont(mono_font())
        self.setStyleSheet(f"QTreeView::item {{ height: {_ROW_PX}px; }}")
        self.setTabKeyNavigation(False)
        self._tree = PayloadTree(self)
        self.setModel(self._tree)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        self.header().setStretchLastSection(True)
        self.expanded.connect(self._fit)
        self.collapsed.connect(self._fit)

    def show_payload(self, text: str) -> bool:
        """Show JSON text; False where it cannot be read, so that the text itself is to be shown."""
        try:
            value = read_tree(text)
        except ValueError:
            return False
        self._tree.show_value(value)
        rows = self._tree.rowCount()
        if rows <= _OPENED:
            for row in range(rows):
                if self._tree.rowCount(self._tree.index(row, 0)) <= _OPENED:
                    self.expand(self._tree.index(row, 0))
        self._fit()
        return True

    def wheelEvent(self, event: QWheelEvent) -> None:
        # What needs no scrolling of its own lets the page around it scroll.
        if self.verticalScrollBar().maximum() == 0:
            event.ignore()
        else:
            super().wheelEvent(event)

    def _fit(self, *_args: object) -> None:
        rows, at = 0, self._tree.index(0, 0)
        while at.isValid() and rows < _ROWS:
            rows, at = rows + 1, self.indexBelow(at)
        self.setFixedHeight(self.header().sizeHint().height() + max(rows, 1) * _ROW_PX + 4)
