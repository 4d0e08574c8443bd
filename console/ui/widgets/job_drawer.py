"""JobDrawer: one job's history under the queue, as it was stored."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from console.domain.text import visible
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.card import Drawer
from console.ui.widgets.text import ElidedLabel, label
from console.ui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from console.domain.job import TriggerJob
    from console.ui.bridge import Bridge


class JobDrawer(Drawer):
    """Shows the history of a job and its instance; `closed` tells Escape or the close button."""

    closed = Signal()
    instance_requested = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("job_drawer")
        self.setAccessibleName("History of the selected job")
        self.setMinimumHeight(96)
        self._bridge = bridge
        self._job: TriggerJob | None = None

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001 - Qt's
        if visible:
            self._build()
        super().setVisible(visible)

    def _build(self) -> None:
        """Make what is inside, once: most windows never open it."""
        if self.layout() is not None:
            return
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_L - 2, SPACE_S, SPACE_S, SPACE_S)
        column.setSpacing(SPACE_S - 2)
        row = QHBoxLayout()
        row.setSpacing(SPACE_M)
        self.title = label("History", "heading")
        self.note = ElidedLabel("", "muted")
        self.instance = button("-", "link", name="job_instance")
        self.instance.clicked.connect(self._ask_instance)
        close = icon_button("close", "Close the history", name="job_drawer_close")
        close.clicked.connect(self.closed)
        row.addWidget(self.title)
        row.addWidget(self.note, 1)
        row.addWidget(self.instance)
        row.addWidget(close)
        column.addLayout(row)
        self.timeline = Timeline("job_timeline", "Job history")
        column.addWidget(self.timeline, 1)
        self._bridge.job_changed.connect(self._changed)
        self.show_job(None)

    def show_job(self, job: TriggerJob | None) -> None:
        """Show `job`, or how to choose one."""
        self._build()
        if job is not None and job == self._job:
            return
        self._job = job
        if job is None:
            self.title.setText("History")
            self.note.setText("Select one job to see what happened to it.")
            self.instance.hide()
            self.timeline.show_lines([])
            return
        title = job.workflow_title or self._bridge.workflow_title(job.workflow_id)
        self.title.setText(f"{job.label} {visible(title)}")
        told = [f"by {job.operator}"]
        if job.approved_by:
            told.append(f"approved by {job.approved_by}")
        if job.operator_reason:
            told.append(job.operator_reason)
        if job.resend_of:
            told.append(f"resend of {job.resend_of}")
        if job.copied_from:
            told.append(f"values from {job.copied_from}")
        self.note.setText(visible(" · ".join(told)[:400]))
        self.instance.setVisible(bool(job.instance_id))
        self.instance.setText(visible((job.instance_id or "")[:80]))
        self.instance.setAccessibleName(f"Show instance {self.instance.text()}")
        lines = [(e.at, e.kind.replace("_", " "), e.text) for e in self._bridge.history(job.job_id)]
        self.timeline.show_lines(lines)

    def _changed(self, job: TriggerJob) -> None:
        if self._job is not None and job.job_id == self._job.job_id:
            self.show_job(job)

    def _ask_instance(self) -> None:
        if self._job is not None and self._job.instance_id:
            self.instance_requested.emit(self._job.instance_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
