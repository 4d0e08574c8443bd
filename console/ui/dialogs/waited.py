"""The question after a long closed time: send what waited, choose one by one, or cancel all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from console.domain.job import TriggerJob
from console.domain.text import shortened, visible
from console.services.events import JobsWaited
from console.ui import times
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Well
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import ElidedLabel, label

NAMED: Final = 5


def waited_words(event: JobsWaited) -> str:
    """Say how long nobody sent and how many jobs wait for that."""
    jobs = "1 job is" if event.count == 1 else f"{event.count:,} jobs are"
    closed = times.long_text(event.closed_s)
    return f"The console was closed for {closed}; {jobs} waiting to be sent"


class WaitedDialog(Question):
    """Blocks nothing: the queue can be read meanwhile. `answered` tells send, choose or cancel.

    Closing it answers nothing, and nothing is sent until somebody has answered.
    """

    answered = Signal(str)

    def __init__(
        self, event: JobsWaited, jobs: Sequence[TriggerJob], parent: QWidget | None = None
    ) -> None:
        super().__init__(
            "Send what waited?",
            f"{waited_words(event)}. Until you decide none of them is sent.",
            "Send all",
            name="waited",
            parent=parent,
        )
        self._count = event.count
        self.setWindowModality(Qt.WindowModality.NonModal)
        self.setMinimumWidth(560)
        self.body.addWidget(self._list(jobs))
        note = "Choosing keeps each job in the queue until you send or cancel that very one."
        self.body.addWidget(label(note, "small", wrap=True))
        self.cancel_button.setText("Decide later")
        self.cancel_button.setAccessibleName("Decide later")
        self.choose_button = button("Choose one by one", name="waited_choose")
        self.choose_button.clicked.connect(lambda: self._answer("choose"))
        self.cancel_all_button = button("Cancel all…", "danger", name="waited_cancel_all")
        self.cancel_all_button.clicked.connect(self._ask_again)
        for made in (self.choose_button, self.cancel_all_button):
            made.setAutoDefault(True)
        self.foot.insertWidget(0, self.cancel_all_button)
        self.foot.insertWidget(self.foot.count() - 1, self.choose_button)

    def _list(self, jobs: Sequence[TriggerJob]) -> QWidget:
        box = Well()
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE_M, SPACE_S, SPACE_M, SPACE_S)
        for job in jobs[:NAMED]:
            title = job.workflow_title or job.workflow_id
            queued = times.stamp_text(job.queued_at)
            told = f"{job.label} · {shortened(title, 80)} · {job.operator}, {queued}"
            column.addWidget(ElidedLabel(visible(told)))
        if self._count > NAMED:
            column.addWidget(label(f"and {self._count - NAMED:,} more", "muted"))
        return box

    def _ask_again(self) -> None:
        named = "1 job" if self._count == 1 else f"{self._count:,} jobs"
        ask = Question(
            f"Cancel {named}?",
            "None of them is ever sent. Their values can be sent again as new jobs.",
            f"Cancel {named}",
            name="waited_cancel",
            role="danger",
            parent=self,
        )
        ask.cancel_button.setText("Keep")
        ask.cancel_button.setAccessibleName("Keep")
        ask.accepted.connect(lambda: self._answer("cancel"))
        ask.open()

    def _answer(self, answer: str) -> None:
        self.answered.emit(answer)
        self.done(self.DialogCode.Accepted)

    def accept(self) -> None:
        self._answer("send")
