"""InstanceDrawer: one instance beside the table, with its job, its timeline and its context."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from console.ui.models import instance_words as words
from console.ui.theme import SPACE_M, SPACE_S, mono_font
from console.ui.widgets.badge import Badge
from console.ui.widgets.buttons import button, icon_button
from console.ui.widgets.card import SideDrawer
from console.ui.widgets.text import ElidedLabel, label
from console.ui.widgets.timeline import Timeline

if TYPE_CHECKING:
    from console.domain.instance import Instance
    from console.domain.job import TriggerJob
    from console.ui.bridge import Bridge

Line = tuple[datetime | None, str, str]


def instance_lines(instance: Instance, job: TriggerJob | None) -> list[Line]:
    """Return queued, sent, running and ended as far as anybody knows them."""
    lines: list[Line] = []
    if job is not None:
        lines.append((job.queued_at, "queued", f"{job.label} by {job.operator}"))
        if job.attempt_started_at is not None:
            said = f"answered in {job.api_ms:.0f} ms" if job.api_ms is not None else ""
            lines.append((job.attempt_started_at, "sent", said))
    if instance.started_at is not None:
        lines.append((instance.started_at, "started", ""))
    ended = job.completed_at if job is not None else None
    if instance.ended and ended is None:
        lines.append((None, instance.status, "the end was not seen from here"))
    elif instance.ended:
        lines.append((ended, instance.status, ""))
    return lines


class InstanceDrawer(SideDrawer):
    """Shows the instance of `show_instance`; `closed` tells Escape or the close button."""

    closed = Signal()
    job_requested = Signal(str)

    def __init__(self, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instance_drawer")
        self.setAccessibleName("Details of the selected instance")
        self.setMinimumWidth(250)
        self._bridge = bridge
        self._instance: Instance | None = None
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
        column.setContentsMargins(SPACE_M, SPACE_S, SPACE_S, SPACE_S)
        column.setSpacing(SPACE_S)
        head = QHBoxLayout()
        head.setSpacing(SPACE_S)
        self.title = ElidedLabel("", mode=Qt.TextElideMode.ElideMiddle)
        self.title.setFont(mono_font())
        copy = icon_button("copy", "Copy the instance id", name="instance_copy")
        copy.clicked.connect(self._copy)
        close = icon_button("close", "Close the details", name="instance_drawer_close")
        close.clicked.connect(self.closed)
        head.addWidget(self.title, 1)
        head.addWidget(copy)
        head.addWidget(close)
        column.addLayout(head)
        state = QHBoxLayout()
        state.setSpacing(SPACE_S)
        self.badge = Badge("")
        self.workflow = ElidedLabel("", "muted")
        self.job = button("-", "link", name="instance_job")
        self.job.clicked.connect(self._ask_job)
        state.addWidget(self.badge)
        state.addWidget(self.workflow, 1)
        state.addWidget(self.job)
        column.addLayout(state)
        self.gone = label("", "warn", wrap=True)
        column.addWidget(self.gone)
        self.timeline = Timeline("instance_timeline", "Instance timeline")
        self.timeline.setMinimumHeight(64)
        column.addWidget(self.timeline, 1)
        column.addWidget(label("Context", "heading"))
        self.context = QPlainTextEdit()
        self.context.setObjectName("instance_context")
        self.context.setAccessibleName("Context as CXone tells it")
        self.context.setReadOnly(True)
        self.context.setFont(mono_font())
        self.context.setTabChangesFocus(True)
        column.addWidget(self.context, 2)

    @property
    def instance_id(self) -> str:
        """The instance shown, empty for none."""
        return "" if self._instance is None else self._instance.instance_id

    def show_instance(self, instance: Instance, job: TriggerJob | None) -> None:
        """Show `instance` and our `job` that made it, None for one from elsewhere."""
        self._build()
        self.gone.hide()
        if (instance, job) == (self._instance, self._job):
            return
        before = self._instance
        self._instance, self._job = instance, job
        self.title.setText(words.short(instance.instance_id))
        self.badge.set_state(words.badge_of(instance))
        self.workflow.setText(words.short(self._bridge.workflow_title(instance.workflow_id)))
        self.job.setVisible(job is not None)
        if job is not None:
            self.job.setText(job.label)
            self.job.setAccessibleName(f"Show job {job.label} in the queue")
        self.timeline.show_lines(instance_lines(instance, job))
        # Writing the same text again would take the reader's place and selection away.
        if before is None or before.context != instance.context:
            self.context.setPlainText(words.context_text(instance))

    def say_gone(self) -> None:
        """The instance is no longer listed: what is shown is the last that was known."""
        self._build()
        self.gone.setText("No longer listed. This is what was known last.")
        self.gone.show()

    def _copy(self) -> None:
        if self._instance is not None:
            QGuiApplication.clipboard().setText(self._instance.instance_id)

    def _ask_job(self) -> None:
        if self._job is not None:
            self.job_requested.emit(self._job.job_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)
