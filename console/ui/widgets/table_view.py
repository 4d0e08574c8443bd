"""TableView: the one kind of table, with fixed rows, remembered columns, copy and full keyboard.

No Python delegate for plain text: it would cost more per painted cell than everything else
together. Row lines, hover and the focused row's mark are drawn by a few calls a paint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QModelIndex,
    QPoint,
    QRect,
    QSettings,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QMenu, QTableView, QWidget

from console.ui.theme import ROW_PX, tokens
from console.ui.widgets import columns

_SAVE_AFTER_MS: Final = 400


class TableView(QTableView):
    """A table named for screen readers; `opened` tells the row that Enter or a double click chose.

    `set_columns` gives widths by column; the last visible one takes the rest. `remember` keeps
    widths, order and hidden columns in the window's settings.
    """

    opened = Signal(QModelIndex)

    def __init__(self, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # One that Python made: asked for Qt's own, PySide looks through every widget class there
        # is to find out what it got, 10 ms at the first time.
        self.setViewport(QWidget())
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setMouseTracking(True)
        rows = self.verticalHeader()
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        rows.setMinimumSectionSize(ROW_PX)
        rows.setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setObjectName(f"{name}_header")
        header.setAccessibleName(f"{accessible}, columns")
        header.setHighlightSections(False)
        header.setSectionsMovable(True)
        header.setStretchLastSection(True)
        header.setMinimumSectionSize(36)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._header_menu)
        self.doubleClicked.connect(self._open)
        self._hovered = -1
        self._settings: QSettings | None = None
        self._widths: tuple[int, ...] = ()
        self._known: dict[int, int] = {}
        self._restoring = False
        self._stretched: int | None = None
        self._keep = 0
        self._giving_way: tuple[int, ...] = ()
        self._gone: set[int] = set()
        self._save = QTimer(self)
        self._save.setSingleShot(True)
        self._save.setInterval(_SAVE_AFTER_MS)
        self._save.timeout.connect(self.save_columns)

    # --- columns --------------------------------------------------------------------------------
    def set_columns(
        self, widths: Sequence[int], hidden: Sequence[int] = (), stretch: int | None = None
    ) -> None:
        """Set each column's width in pixels and hide those of `hidden`; call after setModel.

        Column `stretch` takes the room that is left (else the last one does).
        """
        self._widths = tuple(widths)
        self._known = dict(enumerate(widths))
        self._stretched = stretch
        if stretch is not None:
            header = self.horizontalHeader()
            header.setStretchLastSection(False)
            header.setSectionResizeMode(stretch, QHeaderView.ResizeMode.Stretch)
        for column, width in enumerate(widths):
            self.setColumnWidth(column, width)
            self.setColumnHidden(column, column in hidden)

    def give_way(self, ones: Sequence[int], keep: int) -> None:
        """Where room is short, hide columns `ones` one by one until the stretched one has `keep` px.

        They come back with the room; one that a person shows again in the menu stays.
        """
        self._giving_way = tuple(ones)
        self._keep = keep
        self._fit()

    def remember(self, settings: QSettings) -> None:
        """Restore the columns as they were left and keep them from now on."""
        self._settings = settings
        if settings.value(self._key("titles")) == self._titles():
            self._restoring = True
            restored = columns.arrange(
                self.horizontalHeader(), settings.value(self._key("columns"))
            )
            self._restoring = False
            if restored:
                self._gone.clear()
                self._fit()
        header = self.horizontalHeader()
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self._columns_moved)
        header.sortIndicatorChanged.connect(self._columns_moved)

    def save_columns(self) -> None:
        """Write the columns to the settings now."""
        if self._settings is not None:
            told = columns.as_text(self.horizontalHeader(), self._known, self._gone)
            for name, value in (("titles", self._titles()), ("columns", told)):
                # Every write waits for the disk, and a start changes nothing.
                if self._settings.value(self._key(name)) != value:
                    self._settings.setValue(self._key(name), value)

    def columns_menu(self) -> QMenu:
        """Return a menu that shows and hides columns; the caller shows it."""
        menu = QMenu("Columns", self)
        header = self.horizontalHeader()
        shown = header.count() - header.hiddenSectionCount()
        for place in range(header.count()):
            column = header.logicalIndex(place)
            action = menu.addAction(self._title(column))
            action.setCheckable(True)
            action.setChecked(not self.isColumnHidden(column))
            # The last column that is left must stay: nothing could bring it back.
            action.setEnabled(shown > 1 or self.isColumnHidden(column))
            action.setData(column)
        menu.addSeparator()
        menu.addAction("Reset columns").setData(-1)
        menu.triggered.connect(lambda action: self._choose_column(action.data()))
        return menu

    def _fit(self) -> None:
        """Hide as many of the columns that give way as the present width asks for."""
        if not self._giving_way or self._stretched is None:
            return
        shown = [
            c for c in range(len(self._widths)) if c in self._gone or not self.isColumnHidden(c)
        ]
        room = self.viewport().width() - self._keep
        room -= sum(self._width(c) for c in shown if c != self._stretched)
        gone = set()
        for column in self._giving_way:
            if room >= 0:
                break
            if column in shown:
                gone.add(column)
                room += self._width(column)
        self._set_gone(gone)

    def _width(self, column: int) -> int:
        """How wide a column is, or would be once it comes back."""
        return self.columnWidth(column) or self._known.get(column, 0)

    def _set_gone(self, ones: set[int]) -> None:
        was, self._restoring = self._restoring, True
        for column in ones ^ self._gone:
            self.setColumnHidden(column, column in ones)
        self._gone = ones
        self._restoring = was

    def _choose_column(self, column: int) -> None:
        if column in self._gone:
            self._giving_way = tuple(c for c in self._giving_way if c != column)
            self._fit()
        elif column >= 0:
            self.setColumnHidden(column, not self.isColumnHidden(column))
        else:
            header = self.horizontalHeader()
            for logical in range(header.count()):
                header.moveSection(header.visualIndex(logical), logical)
                self.setColumnHidden(logical, False)
            self._gone = set()
            for logical, width in enumerate(self._widths):
                self.setColumnWidth(logical, width)
            self._fit()
        self._columns_moved()

    def _header_menu(self, place: QPoint) -> None:
        self.columns_menu().popup(self.horizontalHeader().mapToGlobal(place))

    def _resized(self, column: int, _before: int, width: int) -> None:
        if width:
            self._known[column] = width
        self._columns_moved()

    def _columns_moved(self) -> None:
        if not self._restoring:
            self._save.start()

    def _key(self, what: str) -> str:
        return f"tables/{self.objectName()}/{what}"

    def _titles(self) -> list[str]:
        return [self._title(c) for c in range(self.horizontalHeader().count())]

    def _title(self, column: int) -> str:
        model: QAbstractItemModel | None = self.model()
        title = model.headerData(column, Qt.Orientation.Horizontal) if model is not None else ""
        return str(title or f"Column {column + 1}")

    # --- keys and copy --------------------------------------------------------------------------
    def selected_rows(self) -> list[int]:
        """Return the numbers of the selected rows, in order."""
        # Ranges, not one index a row: with 100,000 rows selected that would be a visible pause.
        rows: set[int] = set()
        selection = self.selectionModel().selection()
        for place in range(selection.count()):
            box = selection.at(place)
            rows.update(range(box.top(), box.bottom() + 1))
        return sorted(rows)

    def copy_rows(self) -> None:
        """Put the selected rows on the clipboard: visible columns, tab-separated, in view order."""
        header = self.horizontalHeader()
        order = [header.logicalIndex(place) for place in range(header.count())]
        shown = [column for column in order if not self.isColumnHidden(column)]
        model = self.model()
        lines = [
            "\t".join(str(model.index(row, column).data() or "") for column in shown)
            for row in self.selected_rows()
        ]
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_rows()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._open(self.currentIndex())
        elif event.key() == Qt.Key.Key_Home:
            self._go(0)
        elif event.key() == Qt.Key.Key_End:
            self._go(self.model().rowCount() - 1)
        else:
            super().keyPressEvent(event)

    def _go(self, row: int) -> None:
        column = max(self.currentIndex().column(), 0)
        index = self.model().index(row, column)
        if index.isValid():
            self.setCurrentIndex(index)

    def _open(self, index: QModelIndex) -> None:
        if index.isValid():
            self.opened.emit(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    # --- drawing --------------------------------------------------------------------------------
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(self.rowAt(round(event.position().y())))
        super().mouseMoveEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover(-1)
        return super().viewportEvent(event)

    def _hover(self, row: int) -> None:
        if row != self._hovered:
            before, self._hovered = self._hovered, row
            for changed in (before, row):
                if changed >= 0:
                    self.viewport().update(self._row_box(changed))

    def _row_box(self, row: int) -> QRect:
        top = self.rowViewportPosition(row)
        return QRect(0, top, self.viewport().width(), self.rowHeight(row))

    def paintEvent(self, event: QPaintEvent) -> None:
        look = tokens()
        painter = QPainter(self.viewport())
        if self._hovered >= 0:
            painter.fillRect(self._row_box(self._hovered), QColor(look.hover))
        painter.end()
        super().paintEvent(event)
        model: QAbstractItemModel | None = self.model()
        if model is None or model.rowCount() == 0:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor(look.line))
        first = max(self.rowAt(event.rect().top()), 0)
        last = self.rowAt(event.rect().bottom())
        last = last if last >= 0 else model.rowCount() - 1
        bottom = self.rowViewportPosition(first) - 1
        width = self.viewport().width()
        for _ in range(first, last + 1):
            bottom += ROW_PX
            painter.drawLine(0, bottom, width, bottom)
        current = self.currentIndex()
        if self.hasFocus() and current.isValid():
            box = self._row_box(current.row())
            painter.fillRect(box.left(), box.top(), 3, box.height() - 1, QColor(look.accent))
