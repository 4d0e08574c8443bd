"""QrCode: a text as a square that a phone reads, dark on light in every theme."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.domain.anchor_qr import Modules, qr_modules, with_quiet

SIDE: Final = 212


class QrCode(QWidget):
    """Shows `text`; where that is too long for a code, nothing, and `fits` is False."""

    def __init__(self, text: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkpoint_qr")
        self.setAccessibleName(accessible)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        found = qr_modules(text)
        self.fits = found is not None
        self._modules: Modules = () if found is None else with_quiet(found)

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._modules:
            painter = QPainter(self)
            paint_modules(painter, self._modules, QRectF(self.rect()))


def paint_modules(painter: QPainter, modules: Modules, box: QRectF) -> None:
    """Paint a code with its quiet zone into a square of `box`, each module on whole dots."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
    painter.fillRect(box, Qt.GlobalColor.white)
    # Whole dots of the device: modules of unequal width are what readers stumble over.
    ratio = painter.device().devicePixelRatioF()
    room = min(box.width(), box.height()) * ratio
    step = max(int(room // len(modules)), 1) / ratio
    left = box.left() + (box.width() - step * len(modules)) / 2
    top = box.top() + (box.height() - step * len(modules)) / 2
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                place = QRectF(left + x * step, top + y * step, step, step)
                painter.fillRect(place, Qt.GlobalColor.black)
    painter.restore()
