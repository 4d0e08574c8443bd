"""Form and JSON are two views of the same values; neither loses what the other holds."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication

from console.domain.values import parse_json
from console.ui.forms.entry import LinesEdit, LongValue
from console.ui.forms.json_text import hides, json_text
from tests.ui.form_hands import (
    TUTORIAL,
    entry_text,
    form_for,
    key,
    messages,
    one_field,
    shipped,
    widget,
)

TUTORIAL_SCHEMA = shipped("tutorial-example")


def json_entry(form) -> LinesEdit:
    entry = form._json.main_widget()
    assert isinstance(entry, LinesEdit)
    return entry


def test_the_json_view_shows_the_forms_values_and_gives_changed_ones_back(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.set_value(TUTORIAL)
    assert form.set_mode("json")
    assert parse_json(json_entry(form).exact_text()) == TUTORIAL
    json_entry(form).setPlainText('{"customerId": "CUST-1", "priorityScore": 7}')
    assert form.value() == ({"customerId": "CUST-1", "priorityScore": 7}, [])
    assert form.set_mode("form")
    assert entry_text(form, "field_/priorityScore") == "7"
    assert form.mode == "form"
    assert form.set_mode("form")


def test_what_is_half_typed_survives_a_look_at_the_json(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    qtbot.keyClicks(widget(form, "field_/priorityScore"), "8x")
    form.set_mode("json")
    assert form.value()[0] == {"priorityScore": "8x"}
    form.set_mode("form")
    assert entry_text(form, "field_/priorityScore") == "8x"
    form.set_mode("json")
    json_entry(form).setPlainText('{"priorityScore": "9x"}')
    form.set_mode("form")
    assert entry_text(form, "field_/priorityScore") == "9x"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1,\n "b" 2}', "Not valid JSON at line 2, column 6: Expecting ':' delimiter."),
        ("[1]", "Needs an object with named values: { … }."),
        ('{"a": NaN}', "NaN is not JSON."),
        ('{"customerId": 5}', "customerId: Must be text, not integer."),
        ('{"routingMetadata": {"channel": "fax"}, "customerId": "x"}', "routingMetadata, channel: Must be one of voice, chat, email."),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_json_is_told_below_it_with_its_place(qtbot, text, words):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.set_mode("json")
    json_entry(form).setPlainText(text)
    qtbot.waitUntil(lambda: form._message.text() == words)
    assert json_entry(form).property("invalid") == "true"
    assert form.to_fix() == 1


@pytest.mark.parametrize("text", ["{", "[1]", "5", '{"a": 1, "a": 2}'])
def test_json_that_cannot_be_read_is_not_thrown_away_by_a_switch(qtbot, text):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.set_mode("json")
    json_entry(form).setPlainText(text)
    assert not form.set_mode("form")
    assert form.mode == "json"
    assert json_entry(form).exact_text() == text
    assert form.jump_to_first() is json_entry(form)


def test_an_empty_json_view_is_an_empty_form(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.set_mode("json")
    json_entry(form).setPlainText("")
    assert form.value()[0] == {}
    assert form.set_mode("form")
    assert form.value()[0] == {}


def test_many_faults_are_told_in_a_few_lines(qtbot):
    form = form_for(qtbot, shipped("outage-notice"))
    form.set_mode("json")
    json_entry(form).setPlainText('{"a": 1, "b": 1, "c": 1}')
    form.check()
    lines = form._message.text().split("\n")
    assert len(lines) == 7
    assert lines[-1] == "and 3 more"


def test_values_loaded_while_the_json_is_in_view_are_shown_there(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.set_mode("json")
    form.set_value(TUTORIAL)
    assert form.value() == (TUTORIAL, [])
    form.show_json_text('{"broken"')
    assert form.json_text() == '{"broken"'


def test_a_part_that_no_field_shows_is_edited_as_json_and_named(qtbot):
    schema = {
        "type": "object",
        "properties": {"contact": {"$ref": "elsewhere.json", "oneOf": [{"type": "string"}, {"type": "integer"}]}, "b": {"type": "string"}},
    }  # fmt: skip
    form = form_for(qtbot, schema)
    assert form._note.text() == "Checked, but not shown as fields: $ref at /contact."
    entry = widget(form, "field_/contact")
    assert isinstance(entry, LinesEdit)
    entry.setPlainText("[1]")
    form.review()
    assert form._message.text().startswith("The schema points to elsewhere.json")


def test_a_schema_without_named_parts_is_one_checked_json_entry(qtbot):
    form = form_for(qtbot, {"type": "object", "minProperties": 1, "additionalProperties": False})
    form.take_focus()
    entry = widget(form, "field_")
    assert isinstance(entry, LinesEdit)
    entry.setPlainText('{"x": "no"}')
    assert not form.review()
    assert form._message.text() == "x: There is no value of this name here."


def test_an_object_without_known_parts_is_typed_as_json_with_line_and_column(qtbot):
    form = form_for(qtbot, one_field({"type": "object"}, required=True))
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    assert entry.placeholderText() == 'for example {"name": "value"}'
    entry.setPlainText('{"x": 1,}')
    form.review()
    assert messages(form)["/a"].startswith("Not valid JSON at line 1, column")
    entry.setPlainText("[]")
    form.review()
    assert messages(form) == {"/a": "Must be an object with named values, not array."}


def test_ctrl_enter_in_a_text_asks_for_the_review_and_adds_no_line(qtbot):
    form = form_for(qtbot, one_field({"type": "object"}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    entry.setFocus()
    with qtbot.waitSignal(form.submitted):
        key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert entry.exact_text() == ""
    key(Qt.Key.Key_Return)
    assert entry.exact_text() == "\n"


def test_ten_megabytes_of_json_are_held_not_laid_out(qtbot):
    form = form_for(qtbot, one_field({"type": "array"}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    mime = QMimeData()
    mime.setText("[" + "1," * 5_000_000 + "1]")
    entry.insertFromMimeData(mime)
    form.review()
    assert messages(form) == {"/a": "Too large to be sent; at most 8 MiB are accepted."}
    long = form.fields_now()[0].editor.main_widget()
    assert isinstance(long, LongValue)
    assert long.size_words.text() == "10,000,003 characters, kept as they are"
    qtbot.mouseClick(long.clear_button, Qt.MouseButton.LeftButton)
    assert form.value()[0] == {}


def test_a_paste_of_a_usual_size_goes_into_the_text(qtbot):
    form = form_for(qtbot, one_field({}))
    entry = widget(form, "field_/a")
    entry.setFocus()
    QGuiApplication.clipboard().setText('{"b": [1, 2]}')
    key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert form.value()[0] == {"a": {"b": [1, 2]}}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\u202eb", '"a\\u202eb"'),
        ("x\u00a0y", '"x\\u00a0y"'),
        ("\u200d", '"\\u200d"'),
        ("👩\u200d👩\u200d👧", '"👩\u200d👩\u200d👧"'),
        ("❤\ufe0f", '"❤\ufe0f"'),
        ("\U000e0041", '"\\udb40\\udc41"'),
        ("naïve مرحبا", '"naïve مرحبا"'),
        ({"k\u2028": 1}, '{\n  "k\\u2028": 1\n}'),
    ],
)
def test_json_shows_what_hides_and_reads_back_the_same(value, text):
    assert json_text(value) == text
    assert parse_json(text) == value


@pytest.mark.parametrize(
    ("text", "hidden"), [("plain", False), ("é 👩", False), ("\t", True), ("a\u200bb", True)]
)
def test_text_that_hides_something_is_found(text, hidden):
    assert hides(text) is hidden
