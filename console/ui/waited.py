"""Keeps the question about what waited in sight until somebody has answered it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from console.domain.lane import Lane
    from console.services.events import JobsWaited
    from console.ui.bridge import Bridge
    from console.ui.dialogs.waited import WaitedDialog
    from console.ui.widgets.notices import Notices

SUBJECT: Final = "jobs-waited"


class WaitedQuestion(QObject):
    """Opens the question; where it is closed unanswered, a notice stays that opens it again.

    An answer from elsewhere (another window, the command line) ends it too.
    """

    chosen = Signal()

    def __init__(self, bridge: Bridge, notices: Notices, ground: QWidget) -> None:
        super().__init__(ground)
        self._bridge = bridge
        self._notices = notices
        self._ground = ground
        self._event: JobsWaited | None = None
        self._seen = False
        self.dialog: WaitedDialog | None = None
        bridge.jobs_waited.connect(self._waited)
        bridge.lane_changed.connect(self._lane_changed)

    def open(self) -> None:
        """Show the question, where there is one and it is not shown yet."""
        if self._event is None or self.dialog is not None:
            return
        from console.domain.job import JobState
        from console.domain.job_filter import JobFilter
        from console.ui.dialogs.waited import NAMED, WaitedDialog

        waiting = JobFilter(states=frozenset({JobState.QUEUED, JobState.WAITING}))
        jobs = self._bridge.jobs(waiting, 0, NAMED)
        self._notices.drop(SUBJECT)
        self.dialog = WaitedDialog(self._event, jobs, self._ground)
        self.dialog.answered.connect(self._answered)
        self.dialog.finished.connect(self._closed)
        self.dialog.show()

    def _waited(self, event: JobsWaited) -> None:
        lane = self._bridge.lane()
        self._event, self._seen = event, lane is not None and bool(lane.question)
        self.open()

    def _answered(self, answer: str) -> None:
        self._event = None
        self._bridge.answer_waited(answer)
        if answer == "choose":
            self.chosen.emit()

    def _closed(self) -> None:
        self.dialog = None
        if self._event is not None:
            from console.ui.dialogs.waited import waited_words

            words = f"{waited_words(self._event)}. None is sent until you decide."
            self._notices.say("warning", words, SUBJECT, "Decide…", stays=True)

    def _lane_changed(self, lane: Lane) -> None:
        self._seen = self._seen or bool(lane.question)
        if self._event is not None and self._seen and not lane.question:
            self._event = None
            self._notices.drop(SUBJECT)
            if self.dialog is not None:
                self.dialog.reject()
