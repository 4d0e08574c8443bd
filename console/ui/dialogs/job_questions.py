"""The questions asked before a job or the whole line is decided on; each answer is a command."""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from console.domain.job import JobState, TriggerJob, Wait
from console.ui.bridge import Bridge
from console.ui.dialogs.confirm import AskReason
from console.ui.dialogs.decide import Decide, Decision


def can_cancel(job: TriggerJob) -> bool:
    """True where the rules allow to cancel: not while sending or looking up."""
    return job.state is JobState.QUEUED or (
        job.state is JobState.WAITING and job.wait is not Wait.LOOKUP
    )


class JobQuestions(QObject):
    """Opens the questions over `ground`; commands carry each job as it was when asked."""

    def __init__(self, bridge: Bridge, ground: QWidget) -> None:
        super().__init__(ground)
        self._bridge = bridge
        self._ground = ground

    def stop_line(self) -> None:
        """Ask for the reason, then stop sending everywhere."""
        ask = AskReason(
            "Stop the line?",
            "Nothing more is sent, by this window or any other, until someone resumes. "
            "What CXone already runs goes on.",
            "Stop the line",
            name="stop_line",
            required=True,
            role="danger",
            parent=self._ground,
        )
        ask.answered.connect(lambda reason: self._bridge.pause(reason, line_stopped=True))
        ask.open()

    def cancel(self, jobs: list[TriggerJob]) -> None:
        """Ask once, then cancel each of `jobs` that can be; the others are named and stay."""
        able = [job for job in jobs if can_cancel(job)]
        if not able:
            return
        named = able[0].label if len(able) == 1 else f"{len(able)} jobs"
        left = len(jobs) - len(able)
        note = f" {left} selected can no longer be cancelled and stay." if left else ""
        ask = AskReason(
            f"Cancel {named}?",
            f"What is cancelled is never sent.{note}",
            f"Cancel {named}",
            name="cancel_job",
            role="danger",
            parent=self._ground,
        )
        ask.cancel_button.setText("Keep")
        ask.cancel_button.setAccessibleName("Keep")
        ask.answered.connect(lambda reason: self._cancel(able, reason))
        ask.open()

    def decide(self, job: TriggerJob) -> None:
        """Let a person decide on a job in review."""
        title = job.workflow_title or self._bridge.workflow_title(job.workflow_id)
        ask = Decide(job, title, self._ground)
        ask.decided.connect(self._decided)
        ask.open()

    def _cancel(self, jobs: list[TriggerJob], reason: str) -> None:
        for job in jobs:
            self._bridge.cancel(job, reason)

    def _decided(self, decision: Decision) -> None:
        if decision.verdict == "ran":
            self._bridge.resolve_accepted(decision.job, decision.instance_id, decision.reason)
        elif decision.verdict == "send-again":
            self._bridge.resolve_send_again(decision.job, decision.reason)
        else:
            self._bridge.resolve_failed(decision.job, decision.reason)
