"""QrCode: a text as a square that a phone reads, dark on light in every theme."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from console.domain.anchor_qr import Modules, with_quiet

SIDE: Final = 212


class QrCode(QWidget):
    """A white square until `set_modules`; where a text is too long for a code it goes."""

    def __init__(self, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("checkpoint_qr")
        self.setAccessibleName(accessible)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.modules: Modules = ()

    def set_modules(self, modules: Modules | None) -> None:
        """Show a code, its quiet zone not yet around it; None for none."""
        self.modules = () if modules is None else with_quiet(modules)
        self.setVisible(modules is not None)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(SIDE, SIDE)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.modules:
            paint_modules(painter, self.modules, QRectF(self.rect()))
        else:
            painter.fillRect(self.rect(), Qt.GlobalColor.white)


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
