"""StatusLine: who sends, how long the trail is, when it was anchored, which clock the window shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from console.ui import times
from console.ui.theme import SPACE_L
from console.ui.widgets.text import label

if TYPE_CHECKING:
    from console.services.events import TrailAnchored
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
        self.anchored = label("", name="anchored")
        self.times = label("", name="times")
        row.addWidget(self.who)
        row.addWidget(self.trail)
        row.addWidget(self.anchored)
        row.addStretch(1)
        row.addWidget(self.times)
        bridge.sender_changed.connect(self._sender)
        bridge.trail_grew.connect(self._grew)
        bridge.trail_anchored.connect(self._was_anchored)
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

    def _was_anchored(self, known: TrailAnchored) -> None:
        if known.last is not None:
            at = known.last.at
            self.anchored.setText(f"Anchored outside {times.near_text(at, self._bridge.now())}")
            told = f"{known.last.size:,} records, {known.last.place}, {times.utc_text(at)}"
        elif known.places:
            self.anchored.setText("Not yet anchored outside")
            told = "The first checkpoint is handed over with the next record."
        else:
            self.anchored.setText("Not anchored outside")
            told = (
                "Nobody outside keeps the trail's checkpoint: settings anchor_folder, anchor_url,"
            )
            told += " anchor_tsa_url."
        self.anchored.setToolTip(told)
