"""Approving or refusing as a second person: exactly what would be sent, and the reason given."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QWidget

from console.domain.job import TriggerJob
from console.domain.schema import FieldSpec, read_schema
from console.domain.text import visible
from console.ui import times
from console.ui.bridge import Bridge
from console.ui.dialogs.confirm import AskReason
from console.ui.dialogs.review import body_text
from console.ui.theme import SPACE_L, SPACE_S, mono_font
from console.ui.widgets.text import label
from console.ui.widgets.top_bar import EnvironmentBadge


class ApprovalDialog(AskReason):
    """Shows the requests of `jobs`, read-only and whole; `answered` tells the reason.

    A refusal needs one, because a refused job is never sent.
    """

    def __init__(
        self, bridge: Bridge, jobs: Sequence[TriggerJob], parent: QWidget, *, approve: bool
    ) -> None:
        named = jobs[0].label if len(jobs) == 1 else f"{len(jobs)} jobs"
        word = "Approve" if approve else "Refuse"
        told = "What is refused is never sent. This is exactly what was asked for."
        if approve:
            told = "You decide as the second person. This is exactly what would be sent."
        super().__init__(
            f"{word} {named}?",
            told,
            f"{word} {named}",
            name="approval",
            required=not approve,
            role="primary" if approve else "danger",
            parent=parent,
        )
        self._bridge = bridge
        self.setMinimumWidth(600)
        if len(jobs) == 1:
            self.body.insertLayout(0, self._facts(jobs[0]))
        self.values = QPlainTextEdit()
        self.values.setObjectName("approval_values")
        self.values.setAccessibleName("What would be sent, as JSON")
        self.values.setReadOnly(True)
        self.values.setFont(mono_font())
        self.values.setTabChangesFocus(True)
        self.values.setMinimumHeight(220)
        self.values.setPlainText("\n\n".join(self._told(job, jobs) for job in jobs))
        at = 1 if len(jobs) == 1 else 0
        self.body.insertWidget(at, self.values, 1)
        self.body.insertSpacing(at + 1, SPACE_S)
        self.reason.setFocus()

    def _facts(self, job: TriggerJob) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE_L)
        grid.setVerticalSpacing(SPACE_S - 2)
        grid.setColumnStretch(1, 1)
        now = self._bridge.now()
        asked = f"{visible(job.operator)}, {times.near_text(job.queued_at, now)}"
        facts = [
            ("Workflow", visible(self._title(job))),
            ("Asked by", asked),
            ("Reason", visible(job.operator_reason) or "none"),
        ]
        if job.not_before is not None:
            facts.append(("Send", f"at {times.moment_text(job.not_before)}"))
        if job.send_before is not None:
            facts.append(("Not after", times.moment_text(job.send_before)))
        for row, (name, said) in enumerate(facts):
            grid.addWidget(label(name, "muted"), row, 0)
            told = label(said, wrap=True, name=f"approval_fact_{name.lower().replace(' ', '_')}")
            grid.addWidget(told, row, 1)
        badge = EnvironmentBadge()
        badge.show_connection(self._bridge.connection())
        grid.addWidget(label("Where", "muted"), len(facts), 0)
        where = QHBoxLayout()
        where.addWidget(badge)
        where.addStretch(1)
        grid.addLayout(where, len(facts), 1)
        return grid

    def _told(self, job: TriggerJob, jobs: Sequence[TriggerJob]) -> str:
        body = body_text(job.payload, self._spec(job), job.job_id)
        if len(jobs) == 1:
            return body
        why = f": {visible(job.operator_reason)}" if job.operator_reason else ""
        return f"{job.label} · {visible(self._title(job))} · {visible(job.operator)}{why}\n{body}"

    def _title(self, job: TriggerJob) -> str:
        return job.workflow_title or self._bridge.workflow_title(job.workflow_id)

    def _spec(self, job: TriggerJob) -> FieldSpec | None:
        """The form of the job's workflow, which knows what must not be shown."""
        known = {workflow.workflow_id: workflow for workflow in self._bridge.workflows()}
        workflow = known.get(job.workflow_id)
        return None if workflow is None else read_schema(workflow.schema)
