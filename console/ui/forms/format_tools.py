"""A helping hand for formats that are tedious to type: a calendar for dates, a fresh UUID."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDate, QDateTime, QPoint, Qt, QTime
from PySide6.QtGui import QAction, QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QMenu, QToolButton, QWidget, QWidgetAction

from console.ui.icons import set_icon

if TYPE_CHECKING:
    from console.domain.schema import FieldSpec

TOOLS: Final = {
    "date": ("calendar", "Choose a date"),
    "date-time": ("calendar", "Choose a date"),
    "uuid": ("refresh", "Make a new UUID"),
}
MORNING: Final = QTime(9, 0)


class FormatTool:
    """A button inside an entry; Alt+Down presses it. `chosen` gets the text to stand there."""

    def __init__(self, line: QLineEdit, spec: FieldSpec, chosen: Callable[[str], None]) -> None:
        self._line, self._format, self._chosen = line, spec.format, chosen
        icon, words = TOOLS[spec.format]
        self._words = words
        action = QAction(words, line)
        set_icon(action, icon, "muted")
        action.triggered.connect(self.press)
        line.addAction(action, QLineEdit.ActionPosition.TrailingPosition)
        self.button = line.findChildren(QToolButton)[-1]
        self.button.setToolTip(f"{words} (Alt+Down)")

    def call(self, title: str, path: str) -> None:
        """Belong to the field `title` at `path`."""
        self.button.setObjectName(f"tool_{path}")
        self.button.setAccessibleName(f"{title}: {self._words.lower()}")

    def lock(self) -> None:
        """Let nobody change the value."""
        self.button.setEnabled(False)

    def press(self) -> None:
        """Do what the button is for."""
        if not self.button.isEnabled():
            return
        if self._format == "uuid":
            self._chosen(str(uuid.uuid4()))
        else:
            self._open_calendar()

    def _open_calendar(self) -> None:
        menu = QMenu(self._line)
        menu.setObjectName(f"{self.button.objectName()}_menu")
        calendar = _calendar(menu)
        calendar.setAccessibleName(self.button.accessibleName())
        day = QDate.fromString(self._line.text()[:10], "yyyy-MM-dd")
        calendar.setSelectedDate(day if day.isValid() else QDate.currentDate())
        holder = QWidgetAction(menu)
        holder.setDefaultWidget(calendar)
        menu.addAction(holder)
        calendar.activated.connect(lambda date: self._take(date, menu))
        calendar.clicked.connect(lambda date: self._take(date, menu))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._line.mapToGlobal(QPoint(0, self._line.height())))
        calendar.setFocus()

    def _take(self, date: QDate, menu: QMenu) -> None:
        menu.hide()
        text = date.toString("yyyy-MM-dd")
        if self._format == "date-time":
            text += self._line.text()[10:] or _at_nine(date)
        self._chosen(text)


def _calendar(parent: QWidget) -> QCalendarWidget:
    """Return a calendar in the theme's colours: Qt's own has red weekends and black arrows."""
    result = QCalendarWidget(parent)
    result.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    result.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.SingleLetterDayNames)
    result.setMinimumSize(280, 210)
    plain = QTextCharFormat()
    plain.setForeground(result.palette().text())
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        result.setWeekdayTextFormat(day, plain)
    for name, icon, words in (
        ("qt_calendar_prevmonth", "chevron-left", "Month before"),
        ("qt_calendar_nextmonth", "chevron-right", "Month after"),
    ):
        step = result.findChild(QToolButton, name)
        if isinstance(step, QToolButton):
            set_icon(step, icon, "text")
            step.setAccessibleName(words)
    return result


def _at_nine(date: QDate) -> str:
    """Return nine in the morning of `date` here, with the offset that it has on that day."""
    minutes = QDateTime(date, MORNING).offsetFromUtc() // 60
    sign = "-" if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    return f"T09:00:00{sign}{hours:02}:{rest:02}" if minutes else "T09:00:00Z"
