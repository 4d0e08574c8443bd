"""When a trigger goes: now or at a time, and the time after which it needs a person again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Final

from PySide6.QtCore import QDateTime, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QCheckBox, QDateTimeEdit, QLabel, QVBoxLayout, QWidget

from console.ui import times
from console.ui.forms.editor import mark_invalid
from console.ui.theme import SPACE_M, SPACE_S, SPACE_XS
from console.ui.widgets.buttons import button
from console.ui.widgets.card import Well
from console.ui.widgets.segmented import Segmented
from console.ui.widgets.text import label

FORMAT: Final = "yyyy-MM-dd HH:mm"
AHEAD: Final = timedelta(hours=1)
_STEP_S: Final = 300
PASSED: Final = "This time has passed. Choose a later one."
ENDS_FIRST: Final = "This lies before the time it is sent at. Choose a later one."


class MomentEdit(QDateTimeEdit):
    """A local date and time to the minute; the mouse wheel scrolls past it."""

    def __init__(self, name: str, accessible: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setDisplayFormat(FORMAT)
        self.setCalendarPopup(True)

    def moment(self) -> datetime:
        """Return what stands here as aware UTC."""
        return datetime.fromtimestamp(self.dateTime().toSecsSinceEpoch(), UTC)

    def show_moment(self, at: datetime) -> None:
        """Show an aware time in the local zone, without telling an edit."""
        self.blockSignals(True)
        self.setDateTime(QDateTime.fromSecsSinceEpoch(int(at.timestamp())))
        self.blockSignals(False)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class TimesBox(Well):
    """The two times and what chooses between them and none."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE_M, SPACE_M, SPACE_M, SPACE_M)
        column.setSpacing(SPACE_S)
        self.mode = Segmented(
            [("now", "Now"), ("at", "At a time")], name="send_mode", accessible="Send"
        )
        self.at = MomentEdit("send_at", "Send at")
        self.limited = QCheckBox("Not after")
        self.limited.setObjectName("send_limited")
        self.limited.setAccessibleName("Not after")
        self.limited.setToolTip("What is still not sent then waits for a person")
        self.until = MomentEdit("send_not_after", "Not after, date and time")
        self.zone = label("", "small", name="send_zone")
        self.error = label("", "error", wrap=True, name="send_message")
        for part in (self.mode, self.at, self.limited, self.until, self.zone, self.error):
            column.addWidget(part)


class SendTime(QWidget):
    """One quiet line, 'Send now', that opens where somebody wants another time.

    `edited` is told for a person's edits, `opened` when there is more to see. Times are aware UTC, typed and shown in the local zone.
    """

    edited = Signal()
    opened = Signal()

    def __init__(self, now: Callable[[], datetime], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._now = now
        self.message = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE_XS)
        self.summary = button("Send now", "quiet", name="send_time", icon="clock")
        self.summary.setCheckable(True)
        self.summary.toggled.connect(self._open)
        self.summary.clicked.connect(self.opened)
        column.addWidget(self.summary, 0, Qt.AlignmentFlag.AlignLeft)
        self.clear()

    @cached_property
    def box(self) -> TimesBox:
        """What opens; made when it is first needed, because most triggers go now."""
        box = TimesBox()
        box.mode.chosen.connect(self._mode_chosen)
        box.limited.clicked.connect(self._limit_chosen)
        for edit in (box.at, box.until):
            edit.dateTimeChanged.connect(self._edited)
        box.hide()
        column = self.layout()
        assert column is not None
        column.addWidget(box)
        return box

    @property
    def mode(self) -> Segmented:
        """Now, or at a time."""
        return self.box.mode

    @property
    def at(self) -> MomentEdit:
        """The time it is sent at."""
        return self.box.at

    @property
    def limited(self) -> QCheckBox:
        """Whether it has an end of its own."""
        return self.box.limited

    @property
    def until(self) -> MomentEdit:
        """That end."""
        return self.box.until

    @property
    def zone(self) -> QLabel:
        """Which zone the times are in."""
        return self.box.zone

    @property
    def error(self) -> QLabel:
        """What is wrong with them."""
        return self.box.error

    @property
    def _made(self) -> bool:
        return "box" in vars(self)

    # --- what stands here -----------------------------------------------------------------------
    def send_at(self) -> datetime | None:
        """Return the time before which it is not sent, None for now."""
        return self.at.moment() if self._made and self.mode.value() == "at" else None

    def not_after(self) -> datetime | None:
        """Return the time after which it needs a person, None for the definition's own."""
        return self.until.moment() if self._made and self.limited.isChecked() else None

    def is_usual(self) -> bool:
        """Return True for 'now', without an end of its own."""
        return self.send_at() is None and self.not_after() is None

    def clear(self) -> None:
        """Send now again."""
        self.show_times(None, None)

    def show_times(self, at: datetime | None, not_after: datetime | None) -> None:
        """Show these times; the box is open where there is any."""
        if at is None and not_after is None and not self._made:
            self.summary.setChecked(False)
            self._draw()
            return
        self._fill(at, not_after)
        self.say("")
        self.summary.setChecked(not self.is_usual())
        self._open(self.summary.isChecked())

    def _fill(self, at: datetime | None, not_after: datetime | None) -> None:
        start = at or self._round(self._now() + AHEAD)
        self.mode.set_value("now" if at is None else "at")
        self.at.show_moment(start)
        self.limited.setChecked(not_after is not None)
        self.until.show_moment(not_after or start + AHEAD)

    # --- what is wrong --------------------------------------------------------------------------
    def check(self) -> bool:
        """Say what is wrong with the times; return True where nothing is."""
        now, at, end = self._now(), self.send_at(), self.not_after()
        if at is not None and at <= now:
            self.say(PASSED)
        elif end is not None and end <= now:
            self.say(PASSED, end=True)
        elif at is not None and end is not None and end <= at:
            self.say(ENDS_FIRST, end=True)
        else:
            self.say("")
        return not self.message

    def say(self, message: str, *, end: bool = False) -> None:
        """Show `message` at the start, or at the end of the time."""
        self.message = message
        if not message and not self._made:
            return
        self.error.setText(message)
        self.error.setVisible(bool(message))
        for edit, wrong in ((self.at, not end), (self.until, end)):
            mark_invalid(edit, invalid=bool(message) and wrong)
            edit.setAccessibleDescription(message if wrong else "")
        if message:
            self.summary.setChecked(True)

    def take_focus(self) -> None:
        """Put the keyboard where the message is."""
        self.summary.setChecked(True)
        wrong = self.until if self.until.accessibleDescription() else self.at
        (self.summary if wrong.isHidden() else wrong).setFocus()

    # --- inside ---------------------------------------------------------------------------------
    def _open(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        if on and not self._made:
            self._fill(None, None)
        if self._made:
            self.box.setVisible(on)
        self._draw()

    def _mode_chosen(self, key: str) -> None:
        if key == "at" and self.at.moment() <= self._now():
            self.at.show_moment(self._round(self._now() + AHEAD))
        self._edited()
        self.opened.emit()
        if key == "at":
            self.at.setFocus()

    def _limit_chosen(self, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        start = self.send_at() or self._now()
        if on and self.until.moment() <= start:
            self.until.show_moment(self._round(start + AHEAD))
        self._edited()
        self.opened.emit()

    def _edited(self) -> None:
        if self.message:
            self.check()
        self._draw()
        self.edited.emit()

    def _draw(self) -> None:
        at, end = self.send_at(), self.not_after()
        if self._made:
            self.at.setVisible(at is not None)
            self.until.setVisible(end is not None)
            zone = times.offset_text(at or self.until.moment())
            self.zone.setVisible(not self.is_usual())
            self.zone.setText(f"Local time ({zone})")
        self.summary.setText(summary_text(at, end))
        self.summary.setAccessibleName(self.summary.text())

    @staticmethod
    def _round(at: datetime) -> datetime:
        """The next full five minutes."""
        seconds = -(-int(at.timestamp()) // _STEP_S) * _STEP_S
        return datetime.fromtimestamp(seconds, UTC)


def summary_text(at: datetime | None, end: datetime | None) -> str:
    """Say when it is sent in one line: 'Send at 2026-11-20 14:30, not after 16:00'."""
    told = "Send now" if at is None else f"Send at {times.minute_text(at)}"
    return told if end is None else f"{told}, not after {times.minute_text(end)}"
