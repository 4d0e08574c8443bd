"""StatusLine: who sends, how long the trail is, and which clock the window shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from console.ui import times
from console.ui.theme import SPACE_L
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.ui.bridge import Bridge


class StatusLine(QFrame):
    """One line at the window's foot."""

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("status_line")
        self._bridge = bridge
        self.setFixedHeight(26)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L - 2, 1, SPACE_L - 2, 0)
        row.setSpacing(SPACE_L + 8)
        self.who = label("Sender: not started yet", name="sender")
        self.trail = label("", name="trail")
        self.times = label("", name="times")
        row.addWidget(self.who)
        row.addWidget(self.trail)
        row.addStretch(1)
        row.addWidget(self.times)
        bridge.sender_changed.connect(self._sender)
        bridge.trail_grew.connect(self._grew)
        self.times.setText(f"Times: local ({times.offset_text(bridge.now())})")
        self.times.setToolTip("Hover over a time to see it in UTC; exports are in UTC.")

    def _sender(self, here: bool) -> None:  # noqa: FBT001 - Qt's signal
        self.who.setText("Sender: this window" if here else "Sender: another process")
        told = "" if here else "It sends for this data folder; this window takes over when it ends."
        self.who.setToolTip(told)

    def _grew(self, records: int | None) -> None:
        now = self._bridge.now()
        if records is not None:
            self.trail.setText(f"Trail: {records:,} records, written {times.clock_text(now)}")
        else:
            self.trail.setText(f"Trail: written {times.clock_text(now)}")
        self.trail.setToolTip(times.utc_text(now))
