"""The Operate page: the form at the left, running instances over the queue at the right.

It stands beside the panels, not among them: panels know no panel, this page joins them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSplitter, QWidget

from console.ui.panels.instances_panel import InstancesPanel
from console.ui.panels.queue_panel import QueuePanel
from console.ui.theme import SPACE_M

if TYPE_CHECKING:
    from console.domain.job import TriggerJob
    from console.ui.bridge import Bridge

_SPLITS: Final = ("operate_split", "operate_right", "instances_split", "queue_split")


class TriggerSide(Protocol):
    """What this page needs of the trigger form; the form is a QWidget too."""

    @property
    def workflow_changed(self) -> Any:
        """Signal with the id of the workflow that is chosen now."""

    def load_job(self, job: TriggerJob, *, copies: bool = False) -> None:
        """Fill the form with the values of `job`, to edit and send as a new one."""

    def choose_workflow(self, workflow_id: str) -> None:
        """Choose a workflow."""

    def setFocus(self) -> None:
        """Take the keyboard to the first field."""


def _form(bridge: Bridge) -> TriggerSide:
    # Jumped to the function: the form's modules are the heaviest of the window.
    from console.ui.panels.trigger_panel import TriggerPanel

    return TriggerPanel(bridge)


class OperatePage(QWidget):
    """Form, instances and queue with what leads from one to another; splits are remembered."""

    def __init__(
        self, bridge: Bridge, trigger: TriggerSide | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("operate_page")
        self._settings: QSettings = bridge.settings()
        self.trigger = trigger if trigger is not None else _form(bridge)
        assert isinstance(self.trigger, QWidget)
        self.instances = InstancesPanel(bridge)
        self.queue = QueuePanel(bridge)
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        # Where the window is smaller than the page (200 % on a small screen) the page scrolls.
        scroll = QScrollArea()
        scroll.setObjectName("operate_scroll")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        outer.addWidget(scroll)
        ground = QWidget()
        ground.setProperty("role", "clear")
        row = QHBoxLayout(ground)
        row.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        self.right = QSplitter(Qt.Orientation.Vertical)
        self.right.setObjectName("operate_right")
        self.right.addWidget(self.instances)
        self.right.addWidget(self.queue)
        self.right.setSizes([390, 420])
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("operate_split")
        self.split.addWidget(self.trigger)
        self.split.addWidget(self.right)
        self.split.setStretchFactor(1, 1)
        self.split.setSizes([430, 910])
        for splitter in (self.split, self.right):
            splitter.setHandleWidth(SPACE_M)
            splitter.setChildrenCollapsible(False)
        self.trigger.setMinimumWidth(330)
        self.instances.setMinimumSize(540, 220)
        self.queue.setMinimumWidth(540)
        row.addWidget(self.split)
        scroll.setWidget(ground)
        self._splitters = {
            s.objectName(): s for s in self.findChildren(QSplitter) if s.objectName() in _SPLITS
        }
        self._restore()
        for splitter in self._splitters.values():
            splitter.splitterMoved.connect(lambda *_: self.save())
        self.queue.resend_requested.connect(self._resend)
        self.queue.reuse_requested.connect(self._reuse)
        self.queue.instance_requested.connect(self.instances.show_instance)
        self.instances.job_requested.connect(self.queue.select_job)
        self.trigger.workflow_changed.connect(self.instances.set_chosen_workflow)

    def setFocus(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:  # noqa: ARG002 - Qt's
        """Take the keyboard to the form."""
        self.trigger.setFocus()

    def _resend(self, job: TriggerJob) -> None:
        self.trigger.load_job(job)
        self.trigger.setFocus()

    def _reuse(self, job: TriggerJob) -> None:
        self.trigger.load_job(job, copies=True)
        self.trigger.setFocus()

    def _restore(self) -> None:
        for name, splitter in self._splitters.items():
            state = self._settings.value(f"splits/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)

    def save(self) -> None:
        """Keep the splits as they are."""
        for name, splitter in self._splitters.items():
            self._settings.setValue(f"splits/{name}", splitter.saveState())
