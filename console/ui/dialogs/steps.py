"""The steps of a connection test as they come in: verdict, words and time of each."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from console.domain.text import shortened, visible
from console.services.profile_desk import CheckStep
from console.ui import icons
from console.ui.models.figures import milliseconds
from console.ui.theme import SPACE_M, SPACE_S, Tone, theme_changed, tokens
from console.ui.widgets.card import Well
from console.ui.widgets.text import label, set_role


class StepsView(Well):
    """Empty and hidden until a test was started; tells screen readers what it shows."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_S + 2, SPACE_M, SPACE_S + 2)
        column.setSpacing(SPACE_S)
        self.headline = label("", "heading", wrap=True)
        column.addWidget(self.headline)
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(SPACE_S)
        self._grid.setVerticalSpacing(SPACE_S - 2)
        self._grid.setColumnStretch(2, 1)
        column.addLayout(self._grid)
        self._rows: list[tuple[QLabel, QLabel, QLabel, QLabel]] = []
        self._steps: tuple[CheckStep, ...] = ()
        theme_changed.connect(self._draw)
        self.hide()

    def begin(self, what: str) -> None:
        """Show that a test of `what` is running."""
        self.show_steps((), f"Testing {what}\N{HORIZONTAL ELLIPSIS}")

    def show_steps(
        self, steps: Sequence[CheckStep], headline: str, *, failed: bool = False
    ) -> None:
        """Show the steps so far under `headline`."""
        self._steps = tuple(steps)
        self.headline.setText(headline)
        set_role(self.headline, "error" if failed else "heading")
        while len(self._rows) < len(self._steps):
            self._add_row()
        for at, row in enumerate(self._rows):
            there = at < len(self._steps)
            for part in row:
                part.setVisible(there)
            if there:
                step = self._steps[at]
                row[1].setText(visible(step.title))
                row[2].setText(visible(shortened(step.text, 400)))
                row[3].setText("" if step.took_ms is None else milliseconds(step.took_ms))
        self._draw(None)
        told = [f"{step.title}: {_word(step)}. {step.text}" for step in self._steps]
        self.setAccessibleName("Connection test")
        self.setAccessibleDescription("\n".join([headline, *told]))
        self.show()

    def _add_row(self) -> None:
        at = len(self._rows)
        row = (QLabel(), label(), label("", "muted", wrap=True), label("", "small"))
        for column, part in enumerate(row):
            self._grid.addWidget(part, at, column, Qt.AlignmentFlag.AlignTop)
        self._rows.append(row)

    def _draw(self, _tokens: object) -> None:
        for step, row in zip(self._steps, self._rows, strict=False):
            tone: Tone = "neutral"
            name = "clock"
            if step.passed is not None:
                tone, name = ("ok", "check") if step.passed else ("bad", "cross")
            colour, _ = tokens().tone(tone)
            row[0].setPixmap(icons.pixmap(name, colour, 16, self.devicePixelRatioF()))
            row[0].setAccessibleName(_word(step))


def _word(step: CheckStep) -> str:
    if step.passed is None:
        return "not done"
    return "passed" if step.passed else "failed"
