"""The filter over a trail: text, type, time, and the ids that a person picked from a record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from PySide6.QtCore import QDate, QSignalBlocker, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QDateEdit,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from console.domain.audit_view import RecordFilter
from console.domain.saved_filters import TIMES, SavedFilter
from console.services.audit_desk import FilterProgress
from console.ui.icons import set_icon
from console.ui.theme import SPACE_L, SPACE_S
from console.ui.times import minute_text
from console.ui.widgets.buttons import button, offer_clearing
from console.ui.widgets.text import label

DEBOUNCE_MS: Final = 250
ANY_TYPE: Final = "Type: all"
_TIMES: Final[tuple[tuple[str, str], ...]] = (
    ("any", "Time: all"),
    ("hour", "Last hour"),
    ("today", "Today"),
    ("week", "Last 7 days"),
    ("month", "Last 30 days"),
    ("days", "Choose days\N{HORIZONTAL ELLIPSIS}"),
)
PICKS: Final = {
    "workflow_id": "Workflow",
    "instance_id": "Instance",
    "job_id": "Job",
    "operator": "Operator",
}
"""Parts of a filter that are picked from a record, with the word that stands on the chip."""


class FilterBar(QWidget):
    """Builds a RecordFilter; `changed` tells it once a person stopped typing."""

    changed = Signal(object)  # RecordFilter
    newest_wanted = Signal()

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self._picked: dict[str, tuple[str, str]] = {}
        self._told: RecordFilter | None = RecordFilter()
        self._range: tuple[datetime | None, datetime | None] = (None, None)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(SPACE_L - 2, SPACE_S + 2, SPACE_L - 2, SPACE_S + 2)
        outer.setSpacing(SPACE_S)
        self._debounce = QTimer(self)
        self._debounce.setSingleShot(True)
        self._debounce.setInterval(DEBOUNCE_MS)
        self._debounce.timeout.connect(self._tell)
        outer.addLayout(self._make_row())
        self._chips = QHBoxLayout()
        self._chips.setSpacing(SPACE_S)
        self._chip_row = QWidget()
        self._chip_row.setLayout(self._chips)
        self._chips.setContentsMargins(0, 0, 0, 0)
        self._chip_row.hide()
        outer.addWidget(self._chip_row)

    def _make_row(self) -> QHBoxLayout:
        row = self._row = QHBoxLayout()
        row.setSpacing(SPACE_S)
        self.text = QLineEdit()
        self.text.setObjectName("audit_text")
        self.text.setAccessibleName("Find in records")
        self.text.setPlaceholderText("Text, instance, job, operator\N{HORIZONTAL ELLIPSIS}")
        self.text.setToolTip("Looks anywhere in the line, upper and lower case alike (Ctrl+F)")
        offer_clearing(self.text)
        self.text.setMaxLength(1000)
        search = QAction(self.text)
        set_icon(search, "search", "muted")
        self.text.addAction(search, QLineEdit.ActionPosition.LeadingPosition)
        search.triggered.connect(self._tell)
        find = self.text.findChildren(QToolButton)[-1]
        find.setObjectName("audit_find")
        find.setAccessibleName("Find now")
        self.text.textChanged.connect(self._debounce.start)
        self.text.returnPressed.connect(self._tell)
        self.types = _combo("audit_type", "Type", ((ANY_TYPE, ""),))
        self.types.currentIndexChanged.connect(self._tell)
        self.times = _combo("audit_time", "Time", tuple((text, key) for key, text in _TIMES))
        self.times.currentIndexChanged.connect(self._time_chosen)
        today = QDate.currentDate()
        self.first_day = _day("audit_first_day", "First day", today.addDays(-7))
        self.last_day = _day("audit_last_day", "Last day", today)
        for day in (self.first_day, self.last_day):
            day.dateChanged.connect(self._debounce.start)
            day.hide()
        self.count = label(role="muted", name="audit_count")
        self.newest = button("", "link", name="audit_newest", icon="chevron-up")
        self.newest.hide()
        self.newest.clicked.connect(self.newest_wanted)
        row.addWidget(self.text, 1)
        for widget in (self.types, self.times, self.first_day, self.last_day):
            row.addWidget(widget)
        row.addWidget(self.newest)
        row.addWidget(self.count)
        return row

    # --- what is wanted -------------------------------------------------------------------------
    def wanted(self) -> RecordFilter:
        """The filter as it stands in the bar."""
        chosen = self.types.currentData()
        since, until = self._span()
        picked = {part: value for part, (value, _) in self._picked.items()}
        return RecordFilter(
            text=self.text.text(),
            event_types=frozenset({chosen}) if chosen else frozenset(),
            workflow_id=picked.get("workflow_id", ""),
            instance_id=picked.get("instance_id", ""),
            job_id=picked.get("job_id", ""),
            operator=picked.get("operator", ""),
            since=since,
            until=until,
        )

    def narrow(self, part: str, value: str, words: str = "") -> None:
        """Show only records whose `part` (a key of PICKS) is `value`; a chip takes it back."""
        self._picked[part] = (value, words or value)
        self._show_chips()
        self._tell()

    def set_span(self, since: datetime | None, until: datetime | None) -> None:
        """Show only records from `since` (included) to `until` (not included)."""
        self._range = (since, until)
        words = (
            f"{minute_text(since) if since else '...'} to {minute_text(until) if until else '...'}"
        )
        with QSignalBlocker(self.times):
            if (at := self.times.findData("range")) < 0:
                self.times.addItem(words, "range")
                at = self.times.count() - 1
            self.times.setItemText(at, words)
            self.times.setCurrentIndex(at)
        self.times.setToolTip(words)
        self._show_days(False)
        self._tell()

    def take(self, saved: SavedFilter) -> None:
        """Show what a kept filter lets through."""
        self.clear(tell=False)
        self._told = None
        wanted = saved.wanted
        with QSignalBlocker(self.text), QSignalBlocker(self.types), QSignalBlocker(self.times):
            self.text.setText(wanted.text)
            for event_type in sorted(wanted.event_types)[:1]:
                self.choose_type(event_type)
            self.times.setCurrentIndex(max(self.times.findData(saved.time), 0))
        self._picked = {part: (value, value) for part in PICKS if (value := getattr(wanted, part))}
        self._show_chips()
        if wanted.since or wanted.until:
            self.set_span(wanted.since, wanted.until)
        else:
            self._tell()

    def kept(self) -> tuple[RecordFilter, str]:
        """The filter to be kept, and the span of time that moves with the clock, '' for none."""
        key = self.times.currentData()
        return self.wanted(), key if key in TIMES else ""

    def add_tool(self, widget: QWidget) -> None:
        """Put `widget` before the count of the records."""
        self._row.insertWidget(self._row.indexOf(self.newest), widget)

    def choose_type(self, event_type: str) -> None:
        """Show only records of this type."""
        if self.types.findData(event_type) < 0:
            self.types.addItem(event_type, event_type)
        self.types.setCurrentIndex(self.types.findData(event_type))

    def clear(self, *, tell: bool = True) -> None:
        """Let every record through again; `tell` False where the trail starts without a filter."""
        with QSignalBlocker(self.text), QSignalBlocker(self.types), QSignalBlocker(self.times):
            self.text.clear()
            self.types.setCurrentIndex(0)
            self.times.setCurrentIndex(0)
        self._picked.clear()
        self._show_days(False)
        self._show_chips()
        self._debounce.stop()
        if tell:
            self._tell()
        else:
            self._told = self.wanted()

    # --- what is shown --------------------------------------------------------------------------
    def set_types(self, types: Sequence[str]) -> None:
        """Offer these event types; the choice stays."""
        chosen = self.types.currentData()
        if [self.types.itemData(at) for at in range(1, self.types.count())] == list(types):
            return
        with QSignalBlocker(self.types):
            self.types.clear()
            self.types.addItem(ANY_TYPE, "")
            for event_type in types:
                self.types.addItem(event_type, event_type)
            if chosen and self.types.findData(chosen) < 0:
                self.types.addItem(chosen, chosen)
            self.types.setCurrentIndex(max(self.types.findData(chosen), 0))

    def set_count(self, matching: int, total: int) -> None:
        """Say how many records pass."""
        if matching == total:
            self.count.setText("1 record" if total == 1 else f"{total:,} records")
        else:
            self.count.setText(f"{matching:,} of {total:,}")

    def set_searching(self, step: FilterProgress) -> None:
        """Say how far a long search is."""
        self.count.setText(f"Searching {step.done / max(step.total, 1) * 100:.0f} %")

    def set_new(self, number: int) -> None:
        """Offer to go to the `number` records that came in above what is shown; 0 hides it."""
        words = "1 new record" if number == 1 else f"{number:,} new records"
        self.newest.setText(words)
        self.newest.setAccessibleName(f"Show {words}")
        self.newest.setVisible(number > 0)

    # --- inside ---------------------------------------------------------------------------------
    def _span(self) -> tuple[datetime | None, datetime | None]:
        key = self.times.currentData()
        now = self._now()
        if key == "hour":
            return now - timedelta(hours=1), None
        if key == "today":
            return _day_start(now.astimezone().date().isoformat()), None
        if key in {"week", "month"}:
            return now - timedelta(days=7 if key == "week" else 30), None
        if key == "range":
            return self._range
        if key == "days":
            first, last = self.first_day.date(), self.last_day.date()
            if first > last:
                first, last = last, first
            return _day_start(_iso(first)), _day_start(_iso(last.addDays(1)))
        return None, None

    def _time_chosen(self) -> None:
        self._show_days(self.times.currentData() == "days")
        self._tell()

    def _show_days(self, shown: bool) -> None:  # noqa: FBT001 - mirrors setVisible
        self.first_day.setVisible(shown)
        self.last_day.setVisible(shown)

    def _show_chips(self) -> None:
        while (item := self._chips.takeAt(0)) is not None:
            old = item.widget()
            if old is not None:
                old.hide()
                old.deleteLater()
        for part, (_, words) in self._picked.items():
            text = f"{PICKS[part]}: {words}"
            chip = button(text, name=f"audit_chip_{part}", icon="close")
            chip.setIconSize(QSize(12, 12))
            chip.setAccessibleName(f"Remove the filter {text}")
            chip.setToolTip("Remove this filter")
            chip.clicked.connect(lambda _=False, part=part: self._drop(part))
            self._chips.addWidget(chip)
        if self._picked:
            every = button("Clear all", "link", name="audit_clear_filters")
            every.clicked.connect(lambda _=False: self.clear())
            self._chips.addWidget(every)
            self._chips.addStretch(1)
        self._chip_row.setVisible(bool(self._picked))

    def _drop(self, part: str) -> None:
        self._picked.pop(part, None)
        self._show_chips()
        self._tell()

    def _tell(self) -> None:
        self._debounce.stop()
        wanted = self.wanted()
        # A span that ends now moves with the clock: asking again for it is meant.
        if wanted != self._told:
            self._told = wanted
            self.changed.emit(wanted)


def _combo(name: str, accessible: str, items: Sequence[tuple[str, str]]) -> QComboBox:
    result = QComboBox()
    result.setObjectName(name)
    result.setAccessibleName(accessible)
    result.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    result.setMinimumContentsLength(10)
    result.view().setMinimumWidth(230)  # event types are longer than the closed box
    for text, data in items:
        result.addItem(text, data)
    return result


def _day(name: str, accessible: str, day: QDate) -> QDateEdit:
    result = QDateEdit(day)
    result.setObjectName(name)
    result.setAccessibleName(accessible)
    result.setCalendarPopup(True)
    result.setDisplayFormat("yyyy-MM-dd")
    return result


def _iso(day: QDate) -> str:
    return day.toString(Qt.DateFormat.ISODate)


def _day_start(day: str) -> datetime:
    """The local midnight at which `day` begins, as aware UTC."""
    local = datetime.combine(datetime.fromisoformat(day).date(), time.min)  # local by astimezone
    return local.astimezone().astimezone(UTC)
