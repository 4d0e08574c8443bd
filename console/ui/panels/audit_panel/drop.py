"""A trail dropped onto the page: a folder, a file or an evidence bundle, opened read-only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QDropEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from console.ui.theme import theme_changed, tokens


class TrailDrop(QObject):
    """Makes `page` take what is dropped on it; `dropped` tells its path, `refused` why it is none."""

    dropped = Signal(object)  # Path
    refused = Signal(str)

    def __init__(
        self, page: QWidget, dropped: Callable[[Path], None], refused: Callable[[str], None]
    ) -> None:
        super().__init__(page)
        self.dropped.connect(dropped)
        self.refused.connect(refused)
        self._page = page
        self.veil = QLabel("Drop to open this trail read-only", page)
        self.veil.setObjectName("audit_drop")
        self.veil.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.veil.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.veil.hide()
        theme_changed.connect(self._paint)
        self._paint(None)
        page.setAcceptDrops(True)
        page.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if isinstance(event, QDropEvent) and kind in {
            QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop,
        }:  # fmt: skip
            # Read only, whatever the other program offers: it must never think its file was moved.
            if not event.mimeData().hasUrls():
                event.ignore()
                return True
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            if kind is QEvent.Type.Drop:
                self.veil.hide()
                self._take(event.mimeData())
            else:
                self.veil.setGeometry(self._page.rect())
                self.veil.raise_()
                self.veil.show()
            return True
        if kind is QEvent.Type.DragLeave:
            self.veil.hide()
        elif isinstance(event, QResizeEvent) and not self.veil.isHidden():
            self.veil.setGeometry(self._page.rect())
        return False

    def _take(self, offered: QMimeData) -> None:
        places = [url.toLocalFile() for url in offered.urls() if url.isLocalFile()]
        if len(places) == 1 and places[0]:
            self.dropped.emit(Path(places[0]))
        elif places:
            self.refused.emit(
                f"{len(places)} things were dropped. Drop one: a folder, a file or a bundle."
            )
        else:
            self.refused.emit("That is no file of this computer. Save it first, then drop it here.")

    def _paint(self, _tokens: object) -> None:
        look = tokens()
        self.veil.setStyleSheet(
            f"background: {look.select}; color: {look.text}; border: 2px dashed {look.accent};"
            " border-radius: 8px; font-size: 16px;"
        )
