"""The workflow picker: search by title or id, or type the id of a workflow without definition."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from console.domain.text import visible
from console.ui.forms.editor import mark_invalid
from console.ui.forms.entry import ComboBox
from console.ui.theme import SPACE_XS, colour, mono_font
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from console.domain.workflow import Workflow

_ID: Final = int(Qt.ItemDataRole.UserRole) + 1
_SEARCH: Final = int(Qt.ItemDataRole.UserRole) + 2
OTHER: Final = "Other id…"
_NONE: Final = "No workflow has this title. Choose one, or type a workflow id without spaces."
Index = QModelIndex | QPersistentModelIndex


class _IdBeside(QStyledItemDelegate):
    """Paints the workflow's id muted at the right of its title."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setFont(mono_font())
        painter.setPen(colour("muted"))
        box = QRect(option.rect).adjusted(0, 0, -8, 0)
        title = option.fontMetrics.horizontalAdvance(index.data())
        room = box.adjusted(title + 24, 0, 0, 0)
        text = painter.fontMetrics().elidedText(
            index.data(_ID) or "", Qt.TextElideMode.ElideMiddle, room.width()
        )
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class _Completer(QCompleter):
    """Finds a part of title or id, and completes with the title."""

    def pathFromIndex(self, index: Index) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


class WorkflowPicker(QWidget):
    """`chosen` tells the id of the workflow that a person picked or typed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        self._model = QStandardItemModel(self)
        self.combo = ComboBox()
        self.combo.setObjectName("workflow")
        self.combo.setEditable(True)
        self.combo.setInsertPolicy(ComboBox.InsertPolicy.NoInsert)
        self.combo.setModel(self._model)
        self.combo.setMaxVisibleItems(14)
        delegate = _IdBeside(self)
        self.combo.setItemDelegate(delegate)
        self._label = FieldLabel("Workflow", "", self.combo)
        self._message = label("", "error", wrap=True, name="workflow_message")
        self._message.hide()
        column.addWidget(self._label)
        column.addWidget(self.combo)
        column.addWidget(self._message)
        self._completer = completer = _Completer(self._model, self)
        completer.setCompletionRole(_SEARCH)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.combo.setCompleter(completer)
        completer.activated[QModelIndex].connect(self._completed)  # type: ignore[index]  # overload
        self.combo.activated.connect(self._picked)
        line = self.combo.lineEdit()
        assert line is not None
        self._line = line
        self._line.installEventFilter(self)
        self._line.setObjectName("workflow_text")
        self._line.setAccessibleName("Workflow")
        self._line.setPlaceholderText("Search by title or id")
        self._line.returnPressed.connect(self._entered)
        self._line.editingFinished.connect(self._entered)
        self.setFocusProxy(self.combo)
        self._known: dict[str, Workflow] = {}
        self._id = ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # The list of what is found is made when somebody begins to search.
        if event.type() in {QEvent.Type.FocusIn, QEvent.Type.KeyPress}:
            self._line.removeEventFilter(self)
            popup = QListView()
            popup.setProperty("role", "popup")
            self._completer.setPopup(popup)
            popup.setItemDelegate(self.combo.itemDelegate())
        return super().eventFilter(watched, event)

    @property
    def workflow_id(self) -> str:
        """The id that is chosen now, empty before the first choice."""
        return self._id

    @property
    def message(self) -> str:
        """What is wrong with the present text, empty where nothing is."""
        return self._message.text()

    def set_workflows(self, workflows: Sequence[Workflow]) -> None:
        """Offer `workflows`; the present choice stays."""
        self._known = {workflow.workflow_id: workflow for workflow in workflows}
        self._model.clear()
        for workflow in workflows:
            item = QStandardItem(visible(workflow.title))
            item.setData(workflow.workflow_id, _ID)
            item.setData(f"{workflow.title} {workflow.workflow_id}", _SEARCH)
            item.setToolTip(visible(workflow.description))
            self._model.appendRow(item)
        other = QStandardItem(OTHER)
        other.setData("", _ID)
        other.setData(OTHER, _SEARCH)
        self._model.appendRow(other)
        self.show_choice(self._id)

    def show_choice(self, workflow_id: str) -> None:
        """Show that `workflow_id` is chosen, without telling."""
        self._id = workflow_id
        known = self._known.get(workflow_id)
        place = next(
            (
                r
                for r in range(self._model.rowCount())
                if self._model.item(r).data(_ID) == workflow_id
            ),
            -1,
        )
        self.combo.setCurrentIndex(place if known else -1)
        self._line.setText(visible(known.title) if known else workflow_id)
        self._line.setCursorPosition(0)
        if known:
            hint = workflow_id
        else:
            hint = "no definition here: values go as typed" if workflow_id else ""
        self._label.set_hint(hint)
        self.say("")

    def say(self, text: str) -> None:
        """Say what is wrong; an empty text takes it away."""
        self._message.setText(text)
        self._message.setVisible(bool(text))
        mark_invalid(self.combo, invalid=bool(text))
        self.combo.setAccessibleDescription(text)

    def _picked(self, row: int) -> None:
        self._take(str(self._model.item(row).data(_ID)))

    def _completed(self, index: QModelIndex) -> None:
        self._take(str(index.data(_ID)))

    def _take(self, workflow_id: str) -> None:
        if workflow_id:
            self._choose(workflow_id)
            return
        self.combo.setCurrentIndex(-1)
        self._line.clear()
        self._line.setPlaceholderText("Workflow id")
        self._line.setFocus()

    def _entered(self) -> None:
        if not isValid(self._line):
            return  # the window goes with the keyboard in here: Qt tells of the last edit after it
        text = self._line.text().strip()
        if not text:
            if self._id:
                self.show_choice(self._id)
            return
        present = self._known.get(self._id)
        if text == self._id or (present is not None and text == visible(present.title)):
            self.say("")
            return
        folded = text.casefold()
        found = [w for w in self._known.values() if w.workflow_id == text]
        found = found or [w for w in self._known.values() if w.title.casefold() == folded]
        if len(found) == 1:
            self._choose(found[0].workflow_id)
        elif any(char.isspace() for char in text):
            self.say(_NONE)
        else:
            self._choose(text)

    def _choose(self, workflow_id: str) -> None:
        changed = workflow_id != self._id
        self.show_choice(workflow_id)
        if changed:
            self.chosen.emit(workflow_id)
