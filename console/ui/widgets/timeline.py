"""Timeline: what happened, when, one line each, as labels that can be read and copied."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QWidget

from console.domain.text import shortened, visible
from console.ui import times
from console.ui.theme import SPACE_M, SPACE_S, mono_font
from console.ui.widgets.text import label

_LONGEST = 1000


class Timeline(QScrollArea):
    """Rows (time or None, what, words); an equal list shown again changes nothing."""

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setWidgetResizable(True)
        # Tab stops here, so that its lines can be scrolled: the frame shows it.
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setProperty("stop", "true")
        self._shown: list[tuple[datetime | None, str, str]] = []
        self._fill([])

    def show_lines(self, lines: Iterable[tuple[datetime | None, str, str]]) -> None:
        """Show `lines` from the first to the last."""
        wanted = list(lines)
        if wanted != self._shown:
            self._shown = wanted
            self._fill(wanted)

    def _fill(self, lines: list[tuple[datetime | None, str, str]]) -> None:
        ground = QWidget()
        ground.setProperty("role", "clear")
        grid = QGridLayout(ground)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(SPACE_M)
        grid.setVerticalSpacing(SPACE_S - 2)
        grid.setColumnStretch(2, 1)
        top = Qt.AlignmentFlag.AlignTop
        for row, (at, what, words) in enumerate(lines):
            when = label(times.clock_text(at) or "not yet", "muted")
            when.setFont(mono_font())
            when.setToolTip(times.utc_text(at))
            grid.addWidget(when, row, 0, top)
            grid.addWidget(label(visible(what), "heading" if at else "muted"), row, 1, top)
            said: QLabel = label(visible(shortened(words, _LONGEST)), wrap=True)
            said.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(said, row, 2, top)
        grid.setRowStretch(len(lines), 1)
        self.setWidget(ground)
