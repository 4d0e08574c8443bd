"""The workflow picker: favourites and recent ones first, found by title, id or description.

The id of a workflow without definition can be typed too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QModelIndex, QObject, QPersistentModelIndex, QRect, Qt, Signal
from PySide6.QtGui import QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QCompleter,
    QHBoxLayout,
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
from console.ui.widgets.buttons import icon_button
from console.ui.widgets.text import FieldLabel, label

if TYPE_CHECKING:
    from PySide6.QtCore import QSettings

    from console.domain.workflow import Workflow

_ID: Final = int(Qt.ItemDataRole.UserRole) + 1
_SEARCH: Final = int(Qt.ItemDataRole.UserRole) + 2
_MARK: Final = int(Qt.ItemDataRole.UserRole) + 3
RECENT_KEPT: Final = 5
FAVOURITES_KEPT: Final = 200
OTHER: Final = "Other id…"
_NONE: Final = "No workflow has this title. Choose one, or type a workflow id without spaces."
Index = QModelIndex | QPersistentModelIndex


class _IdBeside(QStyledItemDelegate):
    """Paints the workflow's id muted at the right of its title, behind what marks it."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        painter.save()
        painter.setFont(mono_font())
        painter.setPen(colour("muted"))
        box = QRect(option.rect).adjusted(0, 0, -8, 0)
        title = option.fontMetrics.horizontalAdvance(index.data())
        room = box.adjusted(title + 24, 0, 0, 0)
        told = " ".join(part for part in (index.data(_MARK), index.data(_ID)) if part)
        text = painter.fontMetrics().elidedText(told, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
        painter.restore()


class _Completer(QCompleter):
    """Finds a part of title, id or description, and completes with the title."""

    def pathFromIndex(self, index: Index) -> str:
        return str(index.data(Qt.ItemDataRole.DisplayRole))


class _Combo(ComboBox):
    """Tells before its list opens."""

    opening = Signal()

    def showPopup(self) -> None:
        self.opening.emit()
        super().showPopup()


class WorkflowPicker(QWidget):
    """`chosen` tells the id of the workflow that a person picked or typed."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        self._model = QStandardItemModel(self)
        self.combo = _Combo()
        self.combo.opening.connect(self._order)
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
        self.star = icon_button("star", "Favourite", name="workflow_favourite", checkable=True)
        self.star.setToolTip("Favourites stand first in the list")
        self.star.clicked.connect(self._starred)
        line = QHBoxLayout()
        line.setSpacing(SPACE_XS)
        line.addWidget(self.combo, 1)
        line.addWidget(self.star)
        column.addLayout(line)
        column.addWidget(self._message)
        self._completer = completer = _Completer(self._model, self)
        completer.setCompletionRole(_SEARCH)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self.combo.setCompleter(completer)
        completer.activated[QModelIndex].connect(self._completed)  # type: ignore[index]  # overload
        self.combo.activated.connect(self._picked)
        entry = self.combo.lineEdit()
        assert entry is not None
        self._line = entry
        self._line.installEventFilter(self)
        self._line.setObjectName("workflow_text")
        self._line.setAccessibleName("Workflow")
        self._line.setPlaceholderText("Search by title, id or description")
        self._line.returnPressed.connect(self._entered)
        self._line.editingFinished.connect(self._entered)
        self.setFocusProxy(self.combo)
        self._known: dict[str, Workflow] = {}
        self._id = ""
        self._settings: QSettings | None = None
        self._stale = False

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

    def remember(self, settings: QSettings) -> None:
        """Keep favourites and recent ones in the window's own memory."""
        self._settings = settings

    def favourites(self) -> list[str]:
        """The ids of the favourites, the first one first."""
        return self._kept("favourites")

    def recent(self) -> list[str]:
        """The ids that were chosen last, the newest first."""
        return self._kept("recent")

    def _kept(self, key: str) -> list[str]:
        kept = None if self._settings is None else self._settings.value(f"workflows/{key}", [])
        if isinstance(kept, str):  # an INI gives a list of one back as a text
            return [kept] if kept else []
        return [str(text) for text in kept] if isinstance(kept, list) else []

    def _keep(self, key: str, ids: list[str]) -> None:
        if self._settings is not None:
            self._settings.setValue(f"workflows/{key}", ids)
        self._stale = True

    def _starred(self, on: bool) -> None:  # noqa: FBT001 - Qt's
        others = [one for one in self.favourites() if one != self._id]
        self._keep("favourites", [*others, self._id][-FAVOURITES_KEPT:] if on else others)

    def _order(self) -> None:
        """Put what was marked or used since in its place, before the list is seen."""
        if self._stale:
            self.set_workflows(list(self._known.values()))

    def set_workflows(self, workflows: Sequence[Workflow]) -> None:
        """Offer `workflows`, favourites and recent ones first; the present choice stays."""
        self._stale = False
        self._known = {workflow.workflow_id: workflow for workflow in workflows}
        stars, recent = self.favourites(), self.recent()
        marks = dict.fromkeys(recent, "recent") | dict.fromkeys(stars, "★")
        first = [self._known[one] for one in dict.fromkeys(stars + recent) if one in self._known]
        rest = [workflow for workflow in workflows if workflow.workflow_id not in marks]
        self._model.clear()
        for workflow in first + rest:
            item = QStandardItem(visible(workflow.title))
            mark = marks.get(workflow.workflow_id, "")
            item.setData(workflow.workflow_id, _ID)
            item.setData(mark, _MARK)
            spoken = {"★": ", favourite", "recent": ", recent"}.get(mark, "")
            item.setData(f"{visible(workflow.title)}{spoken}", Qt.ItemDataRole.AccessibleTextRole)
            words = f"{workflow.title} {workflow.workflow_id} {workflow.description}"
            item.setData(" ".join(words.split()), _SEARCH)
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
        self.star.setChecked(workflow_id in self.favourites())
        self.star.setEnabled(known is not None)
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
        if workflow_id in self._known:
            others = [one for one in self.recent() if one != workflow_id]
            self._keep("recent", [workflow_id, *others][:RECENT_KEPT])
        self.show_choice(workflow_id)
        if changed:
            self.chosen.emit(workflow_id)
