"""QueueTools: the row over the queue that chooses what is shown and acts on what is selected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.buttons import button, icon_button, offer_clearing
from console.ui.widgets.segmented import Segmented

STATES: Final = (
    ("all", "All"),
    ("waiting", "Waiting"),
    ("review", "Needs you"),
    ("failed", "Failed"),
    ("done", "Done"),
)
DEEDS: Final = (
    ("approve", "Approve…"),
    ("refuse", "Refuse…"),
    ("decide", "Decide…"),
    ("resend", "Edit and resend"),
    ("retry", "Send now"),
    ("cancel", "Cancel…"),
    ("reuse", "Use as new trigger"),
)
_SEARCH_PX: Final = 90
_DOTS: Final = "\N{HORIZONTAL ELLIPSIS}"


class QueueTools(QWidget):
    """States, search, and a button for each deed; what cannot be done has no button.

    Where the row is narrow an empty search gives way, then one *Actions* button stands for the
    deeds, then the button of the columns goes: the header's own menu has them too.
    """

    actions_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queue_tools")
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_M + 2, SPACE_S, SPACE_M, SPACE_S)
        row.setSpacing(SPACE_S)
        self.states = Segmented(STATES, name="queue_states", accessible="Show jobs")
        self.search = QLineEdit()
        self.search.setObjectName("queue_search")
        self.search.setAccessibleName("Search the queue")
        self.search.setPlaceholderText("Search jobs")
        offer_clearing(self.search)
        self.search.setMinimumWidth(_SEARCH_PX)
        self.search.setMaximumWidth(220)
        row.addWidget(self.states)
        row.addWidget(self.search, 1)
        row.addStretch(0)
        self.buttons: dict[str, QPushButton] = {}
        for key, text in DEEDS:
            made = button(text, "link", name=f"queue_{key}")
            made.hide()
            self.buttons[key] = made
            row.addWidget(made)
        self.more = button("Actions…", "link", name="queue_actions")
        self.more.clicked.connect(self.actions_wanted)
        self.more.hide()
        self.history = icon_button(
            "clock", "Show the job's history", name="queue_history", checkable=True
        )
        self.columns = icon_button("columns", "Choose columns", name="queue_columns")
        for tool in (self.more, self.history, self.columns):
            row.addWidget(tool)
        self._offered: dict[str, str] = {}

    def offer(self, deeds: Mapping[str, str]) -> None:
        """Offer these deeds (key to words) for what is selected, and no other."""
        if dict(deeds) == self._offered:
            return
        self._offered = dict(deeds)
        for key, text in deeds.items():
            self.buttons[key].setText(text)
            self.buttons[key].setAccessibleName(f"{text.rstrip(_DOTS)} selected jobs")
        self.fit()

    def fit(self) -> None:
        """Show what there is room for."""
        wide = self._needs(list(self._offered), search=True, columns=True) <= self.width()
        search = wide or bool(self.search.text()) or not self._offered
        roomy = (
            wide or self._needs(list(self._offered), search=search, columns=True) <= self.width()
        )
        few = [] if roomy else ["actions"]
        columns = roomy or self._needs(few, search=search, columns=True) <= self.width()
        self.search.setVisible(search)
        self.columns.setVisible(columns)
        self.more.setVisible(not roomy and bool(self._offered))
        for key, made in self.buttons.items():
            made.setVisible(roomy and key in self._offered)

    def _needs(self, deeds: list[str], *, search: bool, columns: bool) -> int:
        shown: list[QWidget] = [self.states, self.history]
        shown += [self.more if key == "actions" else self.buttons[key] for key in deeds]
        shown += [self.columns] if columns else []
        margins = self._row.contentsMargins()
        width = sum(widget.sizeHint().width() + SPACE_S for widget in shown)
        return width + (_SEARCH_PX + SPACE_S if search else 0) + margins.left() + margins.right()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()
