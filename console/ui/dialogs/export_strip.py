"""An export under way: how far it is, and a way to stop it; and the question before values go out."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from console.services.audit_desk import ExportProgress, TrailExported
from console.ui.desk_bridge import DeskBridge
from console.ui.theme import SPACE_L, SPACE_M, SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import label

_STEPS: Final = 1000


class ExportStrip(QWidget):
    """Shown while an export runs, one at a time (`busy`).

    `ended` is a sentence on how it did, `failed` why it could not.
    """

    busy = Signal(bool)
    ended = Signal(str)
    failed = Signal(str)

    def __init__(self, desk: DeskBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_exporting")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_L, SPACE_S, SPACE_S, SPACE_S)
        row.setSpacing(SPACE_M)
        self.words = label("Exporting")
        self.progress = QProgressBar()
        self.progress.setObjectName("audit_export_progress")
        self.progress.setAccessibleName("Exported so far")
        self.progress.setTextVisible(False)
        self.progress.setRange(0, _STEPS)
        self.cancel = button("Cancel", name="audit_export_cancel", accessible="Cancel the export")
        row.addWidget(self.words)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        self.cancel.clicked.connect(self._stop)
        self._desk = desk
        desk.export_progress.connect(self._step)
        desk.exported.connect(self._done)
        desk.export_cancelled.connect(self._cancelled)
        desk.export_failed.connect(self._failed)
        self.hide()

    def _step(self, step: ExportProgress) -> None:
        if self.isHidden():
            self.cancel.setEnabled(True)
            self.busy.emit(True)
        part = step.done / step.total if step.total else 0.0
        self.progress.setValue(round(part * _STEPS))
        if self.cancel.isEnabled():
            self.words.setText(f"Exporting: {part * 100:.0f} %")
        self.setAccessibleName(self.words.text())
        self.show()

    def _stop(self) -> None:
        self.cancel.setEnabled(False)
        self.words.setText("Stopping the export")
        self._desk.cancel_export()

    def _done(self, done: TrailExported) -> None:
        self._end()
        many = "1 record" if done.records == 1 else f"{done.records:,} records"
        self.ended.emit(f"{many} written to {done.path}")

    def _cancelled(self) -> None:
        self._end()
        self.ended.emit("Export cancelled; nothing was written")

    def _failed(self, message: str) -> None:
        self._end()
        self.failed.emit(message)

    def _end(self) -> None:
        self.hide()
        self.busy.emit(False)


class DiscloseValues(Question):
    """Asks before customers' values leave the queue; `agreed` is a person's yes."""

    agreed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(
            "Disclose customers' values?",
            "The bundle will hold, in clear, the values that were typed into each of these triggers,"
            " and what CXone answered. Who gets the file can read them and prove that they were"
            " sent. The export is recorded in the audit trail with the jobs it discloses.",
            "Disclose values",
            name="audit_disclose",
            role="danger",
            parent=parent,
        )
        self.cancel_button.setDefault(True)  # Enter alone discloses nothing
        self.cancel_button.setFocus()

    def accept(self) -> None:
        self.agreed.emit()
        super().accept()
