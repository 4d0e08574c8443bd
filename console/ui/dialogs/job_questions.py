"""The questions asked before jobs or the whole line are decided on; each answer is a command."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from console.domain.job import JobState, TriggerJob
from console.ui.models.job_deeds import Key, deeds, why_not
from console.ui.models.outcomes import Errand

if TYPE_CHECKING:
    from console.ui.bridge import Bridge
    from console.ui.dialogs.decide import Decision

Command = Callable[[TriggerJob], None]


class JobQuestions(QObject):
    """Opens the questions over `ground`; commands carry each job as it was when asked.

    `begun` tells the `Errand` of an action on more than one job, before its commands go.
    """

    begun = Signal(object)  # Errand

    def __init__(self, bridge: Bridge, ground: QWidget) -> None:
        super().__init__(ground)
        self._bridge = bridge
        self._ground = ground

    def stop_line(self) -> None:
        """Ask for the reason, then stop sending on this connection."""
        view = self._bridge.connection()
        from console.ui.dialogs.confirm import AskReason

        ask = AskReason(
            "Stop the line?",
            f"Nothing more is sent on {view.profile if view else 'this connection'}, by this "
            "window or any other, until someone resumes. What CXone already runs goes on.",
            "Stop the line",
            name="stop_line",
            required=True,
            role="danger",
            parent=self._ground,
        )
        ask.answered.connect(lambda reason: self._bridge.pause(reason, line_stopped=True))
        ask.open()

    def cancel(self, jobs: Sequence[TriggerJob]) -> None:
        """Ask once, then cancel each of `jobs` that can be; the others are named and stay."""
        able, left = self._parted("cancel", jobs)
        if not able:
            return
        named = _named(able)
        note = f" {len(left)} selected can no longer be cancelled and stay." if left else ""
        from console.ui.dialogs.confirm import AskReason

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
        errand = Errand(f"Cancel {len(jobs)} jobs", able, left)
        ask.answered.connect(
            lambda reason: self._carry_out(errand, lambda job: self._bridge.cancel(job, reason))
        )
        ask.open()

    def retry(self, jobs: Sequence[TriggerJob]) -> None:
        """Send now what waits; jobs that failed are sent again as new ones, after a question."""
        able, left = self._parted("retry", jobs)
        failed = [job for job in able if job.state is JobState.FAILED]
        errand = Errand(f"Send {len(jobs)} jobs now", able, left)
        if not failed:
            self._carry_out(errand, self._bridge.retry_now)
            return
        view = self._bridge.connection()
        where = f" to {view.environment}" if view is not None else ""
        each = "It becomes a new job" if len(failed) == 1 else "Each becomes a new job"
        rest = len(able) - len(failed)
        from console.ui.dialogs.confirm import AskReason

        ask = AskReason(
            f"Send {_named(failed)} again?",
            f"{each} with the same values, sent{where}."
            + (f" {rest} that wait are sent now." if rest else ""),
            f"Send {_named(able)}" + (" again" if not rest else ""),
            name="send_again",
            parent=self._ground,
        )
        ask.answered.connect(
            lambda reason: self._carry_out(errand, lambda job: self._bridge.retry_now(job, reason))
        )
        ask.open()

    def judge(self, jobs: Sequence[TriggerJob], *, approve: bool) -> None:
        """Show what awaits approval, exactly, and approve or refuse it with a reason."""
        # Here: it knows the schemas, which the first paint need not wait for.
        from console.ui.dialogs.approval import ApprovalDialog

        able, left = self._parted("approve" if approve else "refuse", jobs)
        if not able:
            return
        word = "Approve" if approve else "Refuse"
        errand = Errand(f"{word} {len(jobs)} jobs", able, left)
        run = self._bridge.approve if approve else self._bridge.refuse
        ask = ApprovalDialog(self._bridge, able, self._ground, approve=approve)
        ask.answered.connect(lambda reason: self._carry_out(errand, lambda job: run(job, reason)))
        ask.open()

    def decide(self, job: TriggerJob) -> None:
        """Let a person decide on a job in review."""
        title = job.workflow_title or self._bridge.workflow_title(job.workflow_id)
        from console.ui.dialogs.decide import Decide

        ask = Decide(job, title, self._ground)
        ask.decided.connect(self._decided)
        ask.open()

    def _parted(
        self, key: Key, jobs: Sequence[TriggerJob]
    ) -> tuple[list[TriggerJob], list[tuple[TriggerJob, str]]]:
        """Return the jobs with which `key` can be done now, and the others with the reason."""
        able, left = [], []
        me = self._bridge.operator
        for job in jobs:
            if any(deed.key == key for deed in deeds(job, self._bridge.explain(job), me)):
                able.append(job)
            else:
                left.append((job, why_not(key, job, me)))
        return able, left

    def _carry_out(self, errand: Errand, command: Command) -> None:
        if len(errand.jobs) + len(errand.left_out) > 1:
            self.begun.emit(errand)
            self._bridge.await_answers(job.job_id for job in errand.jobs)
        for job in errand.jobs:
            command(job)

    def _decided(self, decision: Decision) -> None:
        if decision.verdict == "ran":
            self._bridge.resolve_accepted(decision.job, decision.instance_id, decision.reason)
        elif decision.verdict == "send-again":
            self._bridge.resolve_send_again(decision.job, decision.reason)
        else:
            self._bridge.resolve_failed(decision.job, decision.reason)


def _named(jobs: Sequence[TriggerJob]) -> str:
    return jobs[0].label if len(jobs) == 1 else f"{len(jobs)} jobs"
