"""WhyDelegate: the reason of a job and, after it, the one thing to do as a link to click."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from console.ui.theme import colour

_PAD: Final = 8
_GAP: Final = 10


class WhyDelegate(QStyledItemDelegate):
    """Cells whose `role` gives words paint them as a link; `chosen` tells a click on it."""

    chosen = Signal(QModelIndex)

    def __init__(self, role: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        action = index.data(self._role)
        if not action:
            super().paint(painter, option, index)
            return
        words, link = self._parts(option, index, str(action))
        whole = QRect(option.rect)
        option.rect = QRect(whole.topLeft(), words.bottomRight() + QPoint(_PAD, 0))
        super().paint(painter, option, index)
        option.rect = whole
        painter.save()
        painter.setPen(colour("accent"))
        painter.setFont(option.font)
        align = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(link, int(align), str(action))
        painter.restore()

    def _parts(
        self,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
        action: str,
    ) -> tuple[QRect, QRect]:
        """The boxes of the text, shortened where room ends, and of the link after it."""
        metrics = option.fontMetrics
        room = option.rect.adjusted(_PAD, 0, -_PAD, 0)
        link = metrics.horizontalAdvance(action) + 2
        text = metrics.horizontalAdvance(str(index.data() or "")) + 4
        width = max(min(text, room.width() - link - _GAP), 0)
        words = QRect(room.left(), room.top(), width, room.height())
        left = min(words.right() + _GAP, max(room.right() - link, room.left()))
        return words, QRect(left, room.top(), min(link, room.width()), room.height() - 1)

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        action = index.data(self._role)
        if (
            action
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() is Qt.MouseButton.LeftButton
            and self._parts(option, index, str(action))[1].contains(event.position().toPoint())
        ):
            self.chosen.emit(model.index(index.row(), index.column()))
            return True
        return super().editorEvent(event, model, option, index)
