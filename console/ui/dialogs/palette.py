"""The palette (Ctrl+K): actions, workflows and jobs by a few letters of their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, QStringListModel, Qt
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from console.ui import icons
from console.ui.tab_order import step
from console.ui.theme import SPACE_S, colour, tokens
from console.ui.widgets.text import label

MOST: Final = 60


@dataclass(frozen=True)
class Entry:
    """One thing to choose: what it is, what to add, its icon, and what it does."""

    title: str
    note: str
    icon: str
    run: Callable[[], None]


def fits(query: str, entry: Entry) -> int | None:
    """Return how well `entry` answers `query` (lower is better), None where it does not.

    Every word must occur; titles that begin with the query come first.
    """
    title, text = entry.title.lower(), f"{entry.title} {entry.note}".lower()
    words = query.lower().split()
    if not all(word in text for word in words):
        return None
    if title.startswith(query.lower()):
        return 0
    return 1 if all(word in title for word in words) else 2


class _Painter(QStyledItemDelegate):
    """Draws icon, title and muted note in one row."""

    def __init__(self, palette: CommandPalette) -> None:
        super().__init__(palette)
        self._palette = palette

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # type: ignore[override]
        entry = self._palette.entry_at(index.row())
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(style.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        if entry is None:
            return
        box = option.rect.adjusted(10, 0, -10, 0)
        ratio = painter.device().devicePixelRatioF()
        drawn = icons.pixmap(entry.icon, tokens().muted, 16, ratio)
        painter.save()
        painter.drawPixmap(box.left(), box.center().y() - 7, drawn)
        box.setLeft(box.left() + 26)
        align = int(Qt.AlignmentFlag.AlignVCenter)
        title = option.fontMetrics.elidedText(
            entry.title, Qt.TextElideMode.ElideRight, box.width() * 2 // 3
        )
        painter.setPen(colour("text"))
        painter.drawText(box, align, title)
        box.setLeft(box.left() + option.fontMetrics.horizontalAdvance(title) + 16)
        note = option.fontMetrics.elidedText(entry.note, Qt.TextElideMode.ElideRight, box.width())
        painter.setPen(colour("muted"))
        painter.drawText(box, align | int(Qt.AlignmentFlag.AlignRight), note)
        painter.restore()

    def sizeHint(self, _option: QStyleOptionViewItem, _index: QModelIndex) -> QSize:  # type: ignore[override]
        return QSize(200, 34)


class CommandPalette(QDialog):
    """Opens over `ground`; `more(query)` gives entries that depend on what was typed."""

    def __init__(
        self,
        entries: Sequence[Entry],
        more: Callable[[str], Sequence[Entry]],
        ground: QWidget,
    ) -> None:
        super().__init__(ground, Qt.WindowType.Dialog | Qt.WindowType.FramelessWindowHint)
        self.setObjectName("palette")
        self.setAccessibleName("Search")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self._entries = list(entries)
        self._more = more
        self._shown: list[Entry] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_S, SPACE_S, SPACE_S, SPACE_S)
        column.setSpacing(SPACE_S - 2)
        self.query = QLineEdit()
        self.query.setObjectName("palette_query")
        self.query.setAccessibleName("Search workflows, jobs and actions")
        self.query.setPlaceholderText("Search workflows, jobs, actions")
        self.query.textChanged.connect(self._search)
        self.query.installEventFilter(self)
        column.addWidget(self.query)
        self.view = QListView()
        self.view.setObjectName("palette_results")
        self.view.setAccessibleName("Results")
        self.view.setUniformItemSizes(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setItemDelegate(_Painter(self))
        self._model = QStringListModel(self)
        self.view.setModel(self._model)
        self.view.clicked.connect(self._run)
        column.addWidget(self.view, 1)
        self.none = label("Nothing has that name.", "muted")
        self.none.setContentsMargins(12, 4, 0, 8)
        column.addWidget(self.none)
        self._place(ground)
        self._search("")

    def entry_at(self, row: int) -> Entry | None:
        """Return the entry shown in `row`."""
        return self._shown[row] if 0 <= row < len(self._shown) else None

    def _place(self, ground: QWidget) -> None:
        width = min(560, max(ground.width() - 80, 320))
        self.resize(width, min(420, max(ground.height() - 120, 240)))
        corner = ground.mapToGlobal(ground.rect().topLeft())
        self.move(corner.x() + (ground.width() - width) // 2, corner.y() + 52)

    def _search(self, query: str) -> None:
        query = query.strip()
        ranked = [(fits(query, entry), entry) for entry in self._entries]
        found = [(rank, entry) for rank, entry in ranked if rank is not None]
        found.sort(key=lambda pair: pair[0])
        self._shown = [entry for _, entry in found][:MOST]
        if query:
            self._shown += list(self._more(query))[:MOST]
        self._model.setStringList([f"{e.title}, {e.note}" for e in self._shown])
        self.view.setCurrentIndex(self._model.index(0, 0))
        self.none.setVisible(not self._shown)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: FBT001 - Qt's
        return step(self, forward=forward)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.query and isinstance(event, QKeyEvent):
            keys = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
            step = keys.get(Qt.Key(event.key()))
            if event.type() == QEvent.Type.KeyPress and step is not None and self._shown:
                row = (self.view.currentIndex().row() + step) % len(self._shown)
                self.view.setCurrentIndex(self._model.index(row, 0))
                return True
            enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
            if event.type() == QEvent.Type.KeyPress and enter:
                self._run(self.view.currentIndex())
                return True
        return super().eventFilter(watched, event)

    def _run(self, index: QModelIndex) -> None:
        entry = self.entry_at(index.row())
        if entry is not None:
            # Closed first: what runs may open a dialog of its own.
            self.accept()
            entry.run()
