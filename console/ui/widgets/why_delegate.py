"""WhyDelegate: the reason of a job and, after it, what to do about it as links to click."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

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
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from console.ui.theme import colour

if TYPE_CHECKING:
    from console.ui.models.job_deeds import Deed

_PAD: Final = 8
_GAP: Final = 12
_LEAST: Final = 60


def link_boxes(
    box: QRect, text: str, deeds: Sequence[Deed], metrics: QFontMetrics
) -> tuple[QRect, list[tuple[Deed, QRect]]]:
    """Return the place of `text`, shortened where room ends, and of each link that fits after it.

    The first link always stands; the later ones only where the text keeps some room.
    """
    room = box.adjusted(_PAD, 0, -_PAD, 0)
    widths = [metrics.horizontalAdvance(deed.text) + 2 for deed in deeds]
    while len(widths) > 1 and sum(widths) + _GAP * len(widths) > room.width() - _LEAST:
        widths.pop()
    taken = sum(widths) + _GAP * len(widths)
    wanted = metrics.horizontalAdvance(text) + 4
    words = QRect(room.left(), room.top(), max(min(wanted, room.width() - taken), 0), room.height())
    left = words.right() + 1
    found = []
    for deed, width in zip(deeds, widths, strict=False):
        left += _GAP if left > room.left() else 0
        place = QRect(left, room.top(), min(width, room.right() - left + 1), room.height() - 1)
        found.append((deed, place))
        left = place.right() + 1
    return words, found


class WhyDelegate(QStyledItemDelegate):
    """Cells whose `role` gives deeds paint them as links; `chosen` tells a click: index, key."""

    chosen = Signal(QModelIndex, str)

    def __init__(self, role: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._role = role

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        deeds = index.data(self._role)
        if not deeds:
            super().paint(painter, option, index)
            return
        whole = QRect(option.rect)
        words, found = link_boxes(whole, str(index.data() or ""), deeds, option.fontMetrics)
        option.rect = QRect(whole.topLeft(), words.bottomRight() + QPoint(_PAD, 0))
        super().paint(painter, option, index)
        option.rect = whole
        painter.save()
        painter.setPen(colour("accent"))
        painter.setFont(option.font)
        align = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        for deed, place in found:
            shown = option.fontMetrics.elidedText(
                deed.text, Qt.TextElideMode.ElideRight, place.width() + 2
            )
            painter.drawText(place, align, shown)
        painter.restore()

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> bool:
        deeds = index.data(self._role)
        if (
            deeds
            and isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() is Qt.MouseButton.LeftButton
        ):
            at = event.position().toPoint()
            text = str(index.data() or "")
            for deed, place in link_boxes(option.rect, text, deeds, option.fontMetrics)[1]:
                if place.contains(at):
                    self.chosen.emit(model.index(index.row(), index.column()), deed.key)
                    return True
        return super().editorEvent(event, model, option, index)
