"""Sending later, and not after: chosen in the form, shown in the review, kept in the draft."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QDate, QDateTime, QPoint, QPointF, Qt, QTime
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QDateTimeEdit, QLabel

from console.ui import times
from console.ui.dialogs.review import ReviewDialog
from console.ui.forms.send_time import SendTime, summary_text
from console.ui.panels.trigger_panel import TriggerPanel
from tests.ui.fake_commands import NOON
from tests.ui.form_hands import fill_in, keyboard, open_panel, widget

AT = NOON.replace(second=0) + timedelta(hours=2)


@pytest.fixture
def panel(qtbot, bridge):
    result = open_panel(qtbot, bridge)
    fill_in(result)
    return result


def choose(qtbot, panel, at=None, end=None):
    """Open the line and choose by mouse; times are then typed as a whole."""
    send = panel.fields.send
    if not send.summary.isChecked():
        qtbot.mouseClick(send.summary, Qt.MouseButton.LeftButton)
    if at is not None:
        qtbot.mouseClick(send.mode.segment("at"), Qt.MouseButton.LeftButton)
        send.at.setDateTime(local(at))
    if end is not None:
        send.limited.click()
        send.until.setDateTime(local(end))


def local(at):
    return QDateTime.fromSecsSinceEpoch(int(at.timestamp()))


def shown_text(dialog, name):
    label = widget(dialog, name)
    assert isinstance(label, QLabel)
    return label.text()


def review(qtbot, panel):
    qtbot.mouseClick(panel.review_button, Qt.MouseButton.LeftButton)
    return panel._review_open


def test_it_is_one_quiet_line_until_somebody_wants_another_time(panel, qtbot):
    send = panel.fields.send
    assert send.summary.text() == "Send now"
    assert not send.box.isVisible()
    qtbot.mouseClick(send.summary, Qt.MouseButton.LeftButton)
    assert send.box.isVisible()
    assert (send.at.isVisible(), send.until.isVisible()) == (False, False)
    assert panel.fields.is_blank() is False  # the values; the times are usual
    assert send.is_usual()


def test_choosing_a_time_offers_the_next_hour_and_takes_the_keyboard_there(panel, qtbot):
    choose(qtbot, panel)
    qtbot.mouseClick(panel.fields.send.mode.segment("at"), Qt.MouseButton.LeftButton)
    assert panel.fields.send.send_at() == datetime(2026, 11, 20, 11, 45, tzinfo=UTC)
    assert keyboard() == "send_at"
    offset = times.offset_text(NOON)
    assert panel.fields.send.zone.text() == f"Local time ({offset})"


def test_the_times_reach_the_request_and_the_review_says_them(panel, qtbot, commands):
    choose(qtbot, panel, AT, AT + timedelta(hours=1))
    dialog = review(qtbot, panel)
    assert isinstance(dialog, ReviewDialog)
    shown = f"{times.stamp_text(AT)} ({times.offset_text(AT)})"
    assert shown_text(dialog, "review_send") == f"at {shown}"
    assert shown_text(dialog, "review_not after").endswith("then it waits for a person")
    dialog.answer_button.click()
    (request,) = commands.requests
    assert (request.at, request.send_before) == (AT, AT + timedelta(hours=1))


def test_sent_now_the_review_says_nothing_of_times(panel, qtbot, commands):
    dialog = review(qtbot, panel)
    names = [label.objectName() for label in dialog.findChildren(type(dialog.text))]
    assert "review_send" not in names
    dialog.answer_button.click()
    assert (commands.requests[0].at, commands.requests[0].send_before) == (None, None)


@pytest.mark.parametrize(
    ("at", "end", "message", "place"),
    [
        (NOON - timedelta(hours=1), None, "This time has passed", "send_at"),
        (None, NOON - timedelta(hours=1), "This time has passed", "send_not_after"),
        (AT, AT, "before the time it is sent at", "send_not_after"),
    ],
)
def test_times_that_make_no_sense_stand_at_their_place_and_stop_the_review(
    panel, qtbot, at, end, message, place
):
    choose(qtbot, panel, at, end)
    assert review(qtbot, panel) is None
    assert message in panel.fields.send.error.text()
    assert keyboard() == place
    assert panel.fix_button.text() == "1 field to fix"
    good = AT + timedelta(hours=3)
    (panel.fields.send.at if place == "send_at" else panel.fields.send.until).setDateTime(
        local(good)
    )
    assert panel.fix_button.isHidden()


def test_a_time_that_passed_while_the_form_stood_open_is_noticed(panel, qtbot, commands):
    choose(qtbot, panel, AT)
    commands.advance(3 * 3600)
    assert review(qtbot, panel) is None
    assert "This time has passed" in panel.fields.send.error.text()


def test_the_times_are_there_again_after_a_crash(panel, qtbot, bridge):
    choose(qtbot, panel, AT, AT + timedelta(hours=1))
    panel.keep_draft()
    again = TriggerPanel(bridge)
    qtbot.addWidget(again)
    assert again.fields.send.send_at() == AT
    assert again.fields.send.not_after() == AT + timedelta(hours=1)
    assert again.fields.send.summary.isChecked()


def test_clearing_the_form_sends_now_again(panel, qtbot):
    choose(qtbot, panel, AT)
    panel.clear_button.click()
    assert panel.fields.send.is_usual()
    assert panel.fields.send.summary.text() == "Send now"


def test_closing_the_box_keeps_the_times_and_the_line_says_them(panel, qtbot):
    choose(qtbot, panel, AT, AT + timedelta(hours=1))
    qtbot.mouseClick(panel.fields.send.summary, Qt.MouseButton.LeftButton)
    assert not panel.fields.send.box.isVisible()
    assert panel.fields.send.send_at() == AT
    assert panel.fields.send.summary.text() == summary_text(AT, AT + timedelta(hours=1))
    assert panel.fields.send.summary.text().startswith("Send at 2026-11-20 ")


def test_the_keyboard_reaches_every_part_in_order(panel, qtbot):
    choose(qtbot, panel, AT, AT + timedelta(hours=1))
    panel.fields.send.summary.setFocus()
    seen: list[str] = []
    # Tab goes through year, month, day, hour and minute of a time before it leaves.
    for _ in range(8):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        if keyboard() not in seen:
            seen.append(keyboard())
    assert seen == ["send_mode_at", "send_at", "send_limited", "send_not_after"]


def test_the_mouse_wheel_scrolls_past_a_time(qtbot):
    send = SendTime(lambda: NOON)
    qtbot.addWidget(send)
    send.show_times(AT, None)
    place = QPointF(5, 5)
    event = QWheelEvent(
        place,
        place,
        QPoint(0, 120),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(send.at, event)
    assert send.send_at() == AT
    assert isinstance(send.at, QDateTimeEdit)


def test_a_time_is_typed_section_by_section(qtbot):
    send = SendTime(lambda: NOON)
    qtbot.addWidget(send)
    send.show()
    send.show_times(AT, None)
    send.at.setSelectedSection(QDateTimeEdit.Section.YearSection)
    qtbot.keyClicks(send.at, "2027")
    qtbot.keyClicks(send.at, "01")
    assert send.at.date() == QDate(2027, 1, 20)
    assert send.at.time() == QTime(local(AT).time().hour(), local(AT).time().minute())
