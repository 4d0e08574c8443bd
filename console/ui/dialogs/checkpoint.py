"""CheckpointDialog: the trail's checkpoint to be copied, printed, mailed, or read by a phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QTextOption
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from console.ui import times
from console.ui.dialogs.checkpoint_paper import SUBJECT, draw, mail_url
from console.ui.dialogs.checkpoint_qr import QrCode
from console.ui.theme import SPACE_L, SPACE_S, mono_font
from console.ui.widgets.buttons import button
from console.ui.widgets.dialog import Question
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from PySide6.QtPrintSupport import QPrinter

    from console.domain.anchor_qr import Modules
    from console.services.anchor_desk import CheckpointShown

_WHY = (
    "Whoever keeps a copy can show later whether these records are still the same. Give it to"
    " somebody who cannot change this computer."
)
NO_PLACE = "Nobody outside is set up to keep checkpoints: settings anchor_folder, anchor_url,"


class CheckpointDialog(Question):
    """Shows one checkpoint as it stood when it was opened; `said` tells what became of a wish."""

    said = Signal(str, str)  # level, text
    anchor_wanted = Signal()

    def __init__(self, shown: CheckpointShown, parent: QWidget | None = None) -> None:
        super().__init__("Checkpoint", _WHY, "Close", name="checkpoint", parent=parent)
        self._shown = shown
        self.cancel_button.hide()
        self.setMinimumWidth(640)
        columns = QHBoxLayout()
        columns.setSpacing(SPACE_L)
        columns.addLayout(self._text(), 1)
        self.code = QrCode("The checkpoint as QR code", self)
        columns.addWidget(self.code, 0, Qt.AlignmentFlag.AlignTop)
        self.body.addLayout(columns)
        self.body.addLayout(self._key())
        self.anchored = label(shown.anchored, "muted", name="checkpoint_anchored", wrap=True)
        self.body.addWidget(self.anchored)
        self._buttons()
        self.answer_button.setFocus()

    def show_code(self, note: str, modules: Modules | None) -> None:
        """Show the code that was made of `note`, if it is this one's."""
        if note == self._shown.note:
            self.code.set_modules(modules)

    def _text(self) -> QVBoxLayout:
        shown = self._shown
        column = QVBoxLayout()
        column.setSpacing(SPACE_S)
        self.note = QPlainTextEdit(shown.note)
        self.note.setObjectName("checkpoint_note")
        self.note.setReadOnly(True)
        self.note.setFont(mono_font())
        self.note.setTabChangesFocus(True)
        self.note.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.note.setMinimumHeight(60)
        hint = f"{shown.size:,} records, at {times.clock_text(shown.at)}"
        column.addWidget(FieldLabel("Signed note", hint, self.note))
        column.addWidget(self.note, 1)
        return column

    def _key(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.key = QLineEdit(self._shown.key)
        self.key.setObjectName("checkpoint_key")
        self.key.setReadOnly(True)
        self.key.setFont(mono_font())
        self.key.setCursorPosition(0)
        self.key.setToolTip("Tell this key to whoever checks the trail")
        words = label("Public key", "heading")
        words.setBuddy(self.key)
        self.key.setAccessibleName("Public key")
        row.addWidget(words)
        row.addWidget(self.key, 1)
        return row

    def _buttons(self) -> None:
        self.copy = button("Copy", name="checkpoint_copy", icon="copy")
        self.copy.setToolTip("Copy the signed note")
        self.copy.clicked.connect(self._copy)
        self.print = button("Print\N{HORIZONTAL ELLIPSIS}", name="checkpoint_print")
        self.print.clicked.connect(self._print)
        self.mail = button("Mail\N{HORIZONTAL ELLIPSIS}", name="checkpoint_mail")
        self.mail.setToolTip("Write a mail with the note in it")
        self.mail.clicked.connect(self._mail)
        self.anchor = button("Anchor now", name="checkpoint_anchor")
        self.anchor.setEnabled(self._shown.places > 0)
        many = "1 place" if self._shown.places == 1 else f"{self._shown.places} places"
        self.anchor.setToolTip(
            f"Hand the present checkpoint to {many} outside"
            if self._shown.places
            else f"{NO_PLACE} anchor_tsa_url"
        )
        self.anchor.clicked.connect(self._anchor)
        for place, made in enumerate((self.copy, self.print, self.mail, self.anchor)):
            self.foot.insertWidget(place, made)

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._shown.note)
        self.said.emit("info", "Checkpoint copied")

    def _mail(self) -> None:
        if QDesktopServices.openUrl(mail_url(self._shown)):
            return
        self.said.emit("warning", "No mail program took the checkpoint. Copy it instead.")

    def _anchor(self) -> None:
        self.anchor.setEnabled(False)  # once a dialog: what comes of it is told in the window
        self.anchor_wanted.emit()

    def _print(self) -> None:
        from PySide6.QtPrintSupport import QPrintDialog, QPrinter

        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setDocName(SUBJECT)
        dialog = QPrintDialog(printer, self)
        dialog.setObjectName("checkpoint_printer")
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.accepted.connect(lambda: self.print_on(printer))
        QDialog.open(dialog)

    def print_on(self, printer: QPrinter) -> None:
        """Print one page; where the printer refuses that is said."""
        if draw(printer, self._shown, self.code.modules):
            self.said.emit("info", "Checkpoint printed")
        else:
            self.said.emit("warning", "The printer did not take the checkpoint. Copy it instead.")
