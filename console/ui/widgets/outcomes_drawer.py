"""OutcomesDrawer: under the queue, what became of each job that a bulk action was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.ui.models.outcomes import Errand, OutcomesModel
from console.ui.theme import SPACE_L, SPACE_S
from console.ui.widgets.badge import BadgeDelegate
from console.ui.widgets.buttons import icon_button
from console.ui.widgets.card import Drawer
from console.ui.widgets.table_view import TableView
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.ui.bridge import Bridge


class OutcomesDrawer(Drawer):
    """Counts and lists the answers to one errand; `closed` tells Escape or the close button."""

    closed = Signal()

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("outcomes_drawer")
        self.setAccessibleName("What became of the selected jobs")
        self.setMinimumHeight(120)
        self._bridge = bridge
        self._words = ""

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001 - Qt's
        if visible:
            self._build()
        super().setVisible(visible)

    def _build(self) -> None:
        """Make what is inside, once: most windows never open it."""
        if self.layout() is not None:
            return
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_S, 0, 0)
        column.setSpacing(SPACE_S - 2)
        row = QHBoxLayout()
        row.setContentsMargins(SPACE_L - 2, 0, SPACE_S, 0)
        self.summary = label("", "heading", name="outcomes_summary")
        close = icon_button("close", "Close the outcomes", name="outcomes_close")
        close.clicked.connect(self.closed)
        row.addWidget(self.summary, 1)
        row.addWidget(close)
        column.addLayout(row)
        self.model = OutcomesModel(self)
        self.view = TableView("outcomes", "Outcomes")
        self.view.setModel(self.model)
        self.view.setItemDelegateForColumn(2, BadgeDelegate(self.view))
        self.view.set_columns((64, 150, 104, 300))
        column.addWidget(self.view, 1)
        self._bridge.job_answered.connect(self._answered)

    def begin(self, errand: Errand) -> None:
        """Show the jobs of `errand` and wait for their answers."""
        self._build()
        self._words = errand.words
        self.model.show(errand)
        self._count()

    def _answered(self, job_id: str, refused: str) -> None:
        if self.model.answer(job_id, refused):
            self._count()

    def _count(self) -> None:
        told = [f"{self.model.count('done'):,} done"]
        if refused := self.model.count("refused"):
            told.append(f"{refused:,} refused")
        if to_come := self.model.count("to come"):
            told.append(f"{to_come:,} to come")
        self.summary.setText(f"{self._words}: {', '.join(told)}")
        self.summary.setAccessibleName(self.summary.text())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
