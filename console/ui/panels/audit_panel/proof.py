"""The proof that one record is sealed: made when asked for, to be copied or saved."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from console.services.audit_desk import RecordProved
from console.ui.desk_bridge import DeskBridge
from console.ui.theme import SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.text import label

_ASK = (
    "A proof lets somebody check this one record without the trail, by the key that you told them."
)


class RecordProof(QWidget):
    """Asks the desk for a proof of the record that is shown; `copied` says what was done with it."""

    copied = Signal(str)

    def __init__(self, desk: DeskBridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("audit_proof")
        self._desk = desk
        self._position = -1
        self._text = b""
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(SPACE_S)
        self.said = label(_ASK, "muted", wrap=True, name="audit_proof_text")
        box.addWidget(self.said)
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.make = button("Make proof", name="audit_proof_make", icon="shield")
        self.copy = button("Copy proof", name="audit_proof_copy", icon="copy")
        self.save = button("Save proof\N{HORIZONTAL ELLIPSIS}", name="audit_proof_save")
        for tool in (self.make, self.copy, self.save):
            row.addWidget(tool)
        row.addStretch(1)
        box.addLayout(row)
        self.make.clicked.connect(self._make)
        self.copy.clicked.connect(self._copy)
        self.save.clicked.connect(self._ask_where)
        desk.proved.connect(self._proved)
        desk.saved.connect(lambda done: self.copied.emit(f"Proof written to {done.path}"))
        desk.failed.connect(lambda _message: self._waits(False))
        self.show_for(-1)

    def show_for(self, position: int) -> None:
        """Offer the proof of the record at `position`; -1 while its place is not known."""
        if position == self._position and position >= 0:
            return
        self._position, self._text = position, b""
        self.said.setText(_ASK)
        self.make.setEnabled(position >= 0)
        self._waits(False)

    def _waits(self, waits: bool) -> None:  # noqa: FBT001 - a state
        if not self._text:
            self.make.setEnabled(not waits and self._position >= 0)
        self.make.setVisible(not self._text)
        self.copy.setVisible(bool(self._text))
        self.save.setVisible(bool(self._text))

    def _make(self) -> None:
        self._waits(True)
        self._desk.prove(self._position)

    def _proved(self, proved: RecordProved) -> None:
        if proved.position != self._position:
            return  # another record is shown by now
        self._text = proved.text
        self.said.setText(
            f"Index {proved.position:,} of the {proved.size:,} records that the checkpoint covers."
            " Check it with: cxone-console audit prove --check FILE --key KEY"
        )
        self._waits(False)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._text.decode("utf-8", "replace"))
        self.copied.emit("Proof copied")

    def _ask_where(self) -> None:
        dialog = QFileDialog(self.window(), "Save the proof")
        dialog.setObjectName("audit_proof_to")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("Proof (*.tlog-proof)")
        dialog.setDefaultSuffix("tlog-proof")
        dialog.selectFile(f"record-{self._position}.tlog-proof")
        text, position = self._text, self._position
        dialog.fileSelected.connect(lambda path: self._desk.save_proof(path, position, text))
        dialog.open()
