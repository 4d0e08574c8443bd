"""Keyboard, paste and size: every control can be reached, and nothing huge freezes the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu, QPlainTextEdit

from console.ui.forms.entry import LINE_CAP, LinesEdit, LongValue
from console.ui.tab_order import stops
from tests.ui.form_hands import form_for, key, messages, one_field, shipped, widget


def test_ctrl_space_opens_the_states_of_the_field_with_the_keyboard(qtbot):
    form = form_for(qtbot, one_field({"type": ["string", "null"]}))
    entry = widget(form, "field_/a")
    entry.setFocus()
    qtbot.keyClick(entry, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    menu = form.findChild(QMenu, "states_/a")
    assert menu is not None
    assert menu.isVisible()
    menu.close()


def test_the_mouse_wheel_scrolls_past_a_choice_instead_of_changing_it(qtbot):
    form = form_for(qtbot, one_field({"enum": ["gold", "silver"]}))
    combo = widget(form, "field_/a")
    event = QWheelEvent(
        QPointF(5, 5), QPointF(5, 5), QPoint(0, -120), QPoint(0, -120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(combo, event)
    assert form.value()[0] == {}
    assert not event.isAccepted()


def paste(entry, text):
    """Paste as Ctrl+V does."""
    QGuiApplication.clipboard().setText(text)
    entry.setFocus()
    key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)


def test_a_pasted_text_of_several_lines_gets_several_lines(qtbot):
    form = form_for(qtbot, one_field({"type": "string"}))
    paste(widget(form, "field_/a"), "one\ntwo")
    qtbot.waitUntil(lambda: form.value()[0] == {"a": "one\ntwo"})
    assert isinstance(widget(form, "field_/a"), QPlainTextEdit)


def test_a_no_break_space_stays_one_in_several_lines(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "maxLength": 500}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    entry.insertPlainText("a\u00a0b")
    assert form.value()[0] == {"a": "a\u00a0b"}


@pytest.mark.parametrize("size", [LINE_CAP + 1, 1_000_000, 10_000_000])
def test_a_huge_paste_is_kept_whole_without_being_laid_out(qtbot, size):
    form = form_for(qtbot, one_field({"type": "string"}))
    paste(widget(form, "field_/a"), "x" * size)
    field = form.fields_now()[0]
    qtbot.waitUntil(lambda: len(field.editor.text()) == size)
    if size < 8_000_000:
        assert form.value() == ({"a": "x" * size}, [])
    else:
        assert form.value()[1][0].message.startswith("Too large to be sent")
    if size > LINE_CAP + 1:
        long = field.editor.main_widget()
        assert isinstance(long, LongValue)
        qtbot.mouseClick(long.clear_button, Qt.MouseButton.LeftButton)
        assert form.value()[0] == {}


def test_a_huge_paste_between_other_words_loses_neither(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "maxLength": 500}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    entry.setPlainText("before after")
    cursor = entry.textCursor()
    cursor.setPosition(7)
    entry.setTextCursor(cursor)
    mime = QMimeData()
    mime.setText("y" * 500_000)
    entry.insertFromMimeData(mime)
    assert form.value()[0]["a"] == "before " + "y" * 500_000 + "after"


def test_every_field_is_named_by_its_title_and_found_by_its_pointer(qtbot):
    form = form_for(qtbot, shipped("queue-overflow"))
    form.set_value({"targets": [{"queue": "a", "sharePercent": 1}], "channels": ["voice"]})
    names = {w.objectName(): w.accessibleName() for w in stops(form)}
    assert names["field_/sourceQueue"] == "Overfull queue"
    assert names["field_/targets/0/queue"] == "Queue"
    assert names["field_/stopWhen/waitingContacts"] == "Waiting contacts at most"
    assert names["field_/channels_0"] == "Channels: voice"
    assert all(names.values())
    assert len(names) == len(list(stops(form)))


def test_one_tab_passes_a_choice_of_yes_and_no(qtbot):
    form = form_for(qtbot, one_field({"type": "boolean"}))
    assert [stop.objectName() for stop in stops(form)] == ["field_/a_unset"]


def test_the_context_menu_of_an_entry_has_the_states_too(qtbot):
    form = form_for(
        qtbot, {"properties": {"a": {"type": "string"}, "b": {"type": "string", "maxLength": 900}}}
    )
    for path in ("/a", "/b"):
        entry = widget(form, f"field_{path}")
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(2, 2), QPoint(2, 2))
        QApplication.sendEvent(entry, event)
        menu = entry.findChild(QMenu)
        assert menu is not None
        assert "Set to empty text" in [action.text() for action in menu.actions()]
        menu.close()


def test_a_huge_text_can_be_read_as_invalid_and_named(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "title": "Note", "maxLength": 10}))
    form.set_value({"a": "x" * 500_000})
    form.review()
    assert messages(form) == {"/a": "At most 10 characters are allowed; has 500000."}
    assert widget(form, "field_/a").accessibleName() == "Note"


def test_tab_goes_in_reading_order_through_all_fields(qtbot):
    form = form_for(qtbot, shipped("callback-booking"))
    form.take_focus()
    seen = []
    for _ in range(30):
        focused = QApplication.focusWidget()
        assert focused is not None
        path = focused.objectName().removeprefix("field_").removeprefix("add_")
        seen.append(path.split("_")[0])
        key(Qt.Key.Key_Tab)
    expected = [field.path for field in form.fields_now()]
    assert list(dict.fromkeys(p for p in seen if p in expected)) == expected


def test_short_fields_share_a_line_where_there_is_room(qtbot):
    form = form_for(qtbot, shipped("tutorial-example"), width=480)
    score, callback = (
        next(f for f in form.fields_now() if f.path == p)
        for p in ("/priorityScore", "/requiresCallback")
    )
    assert score.y() == callback.y()
    form.resize(280, 700)
    qtbot.waitUntil(lambda: score.y() < callback.y())


def test_a_form_of_two_hundred_fields_has_them_all(qtbot):
    types = ("string", "integer", "boolean")
    parts = {f"f{i}": {"type": types[i % 3], "title": f"Field {i}"} for i in range(200)}
    form = form_for(qtbot, {"type": "object", "properties": parts})
    qtbot.waitUntil(lambda: len(form.fields_now()) == 200)
