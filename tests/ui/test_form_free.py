"""A workflow without a definition takes variables by name, type and value."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox

from console.ui.forms.entry import LINES_CAP
from console.ui.forms.free_form import FreeFormEditor, VariableRow
from tests.ui.form_hands import TUTORIAL, form_for, key, keyboard, keys, widget


def variable(qtbot, form, place, name, kind, text):
    """Fill in one row as an operator does."""
    if place:
        qtbot.mouseClick(widget(form, "variable_add"), Qt.MouseButton.LeftButton)
    widget(form, f"variable_name_{place}").setFocus()
    keys(name)
    combo = widget(form, f"variable_type_{place}")
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    while combo.currentText() != kind:
        key(Qt.Key.Key_Down)
    part = "value" if kind in {"string", "integer", "boolean"} else "text"
    widget(form, f"variable_{part}_{place}").setFocus()
    keys(text)


def rows(form) -> list[VariableRow]:
    root = form.root
    assert isinstance(root, FreeFormEditor)
    return root._rows


def test_the_tutorials_example_can_be_typed_without_a_definition(qtbot):
    form = form_for(qtbot, None)
    variable(qtbot, form, 0, "customerId", "string", "CUST-99887")
    variable(qtbot, form, 1, "priorityScore", "integer", "85")
    variable(qtbot, form, 2, "requiresCallback", "boolean", "true")
    variable(qtbot, form, 3, "routingMetadata", "object", '{"channel": "voice", "queue": "sales"}')
    assert form.value() == (TUTORIAL, [])
    assert form.review()


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        ("integer", "3.7", "Needs a whole number such as 42 or -7, without spaces or decimals."),
        ("boolean", "flase", "Needs true or false (also yes, no, 1, 0)."),
        ("object", "[1]", 'Needs a JSON object, for example {"channel": "voice"}.'),
        ("array", "{}", 'Needs a JSON array, for example ["a", "b"].'),
        ("JSON", "nul", "Not valid JSON at line 1, column 1: Expecting value."),
    ],
)
def test_a_value_that_is_not_of_its_type_is_told_under_it(qtbot, kind, text, words):
    form = form_for(qtbot, None)
    variable(qtbot, form, 0, "x", kind, text)
    assert not form.review()
    assert rows(form)[0].message.text() == words
    assert form.to_fix() == 1
    form.jump_to_first()
    assert keyboard() in {"variable_value_0", "variable_text_0"}


def test_a_name_is_needed_and_stands_once(qtbot):
    form = form_for(qtbot, None)
    variable(qtbot, form, 0, "", "string", "text")
    variable(qtbot, form, 1, "a", "string", "1")
    variable(qtbot, form, 2, "a", "string", "2")
    form.review()
    assert rows(form)[0].message.text() == "A variable needs a name."
    assert "A variable of this name stands above already." in rows(form)[2].message.text()
    form.jump_to_first()
    assert keyboard() == "variable_name_0"


def test_a_row_that_is_wholly_empty_is_no_variable(qtbot):
    form = form_for(qtbot, None)
    qtbot.mouseClick(widget(form, "variable_add"), Qt.MouseButton.LeftButton)
    assert form.value() == ({}, [])
    qtbot.mouseClick(widget(form, "variable_remove_1"), Qt.MouseButton.LeftButton)
    assert len(rows(form)) == 1


@pytest.mark.parametrize(
    "value",
    [
        {"s": "", "n": None, "f": 1.5, "i": 10**400, "b": False, "o": {}, "a": [[]]},
        {"s": "two\nlines", "t": "a\tb", "r": "a\u202eb", "e": "👩\u200d👧"},
        {"": "nameless"},
    ],
)
def test_values_are_given_back_as_they_were_loaded(qtbot, value):
    form = form_for(qtbot, None)
    form.set_value(value)
    assert json.dumps(form.value()[0]) == json.dumps(value)


def test_another_type_keeps_what_was_typed(qtbot):
    form = form_for(qtbot, None)
    variable(qtbot, form, 0, "x", "array", "85")
    combo = widget(form, "variable_type_0")
    assert isinstance(combo, QComboBox)
    combo.setFocus()
    key(Qt.Key.Key_Home)
    assert form.value()[0] == {"x": "85"}
    key(Qt.Key.Key_Down)
    assert form.value()[0] == {"x": 85}


def test_a_pasted_text_of_several_lines_stays_whole(qtbot):
    form = form_for(qtbot, None)
    row = rows(form)[0]
    row.name.setText("x")
    row.line.insert("one\ntwo")
    qtbot.waitUntil(lambda: form.value()[0] == {"x": "one\ntwo"})


def test_a_text_too_long_to_edit_is_held_whole(qtbot):
    form = form_for(qtbot, None)
    row = rows(form)[0]
    row.name.setText("x")
    row.line.insert("x" * (LINES_CAP + 1))
    qtbot.waitUntil(lambda: form.value()[0] == {"x": "x" * (LINES_CAP + 1)})
    form.set_value(form.value()[0])
    assert form.value()[0] == {"x": "x" * (LINES_CAP + 1)}
    qtbot.mouseClick(widget(form, "variable_clear_0"), Qt.MouseButton.LeftButton)
    assert form.value()[0] == {"x": ""}


def test_form_and_json_hold_the_same_variables(qtbot):
    form = form_for(qtbot, None)
    form.set_value(TUTORIAL)
    assert form.set_mode("json")
    assert form.value() == (TUTORIAL, [])
    assert form.set_mode("form")
    assert form.value() == (TUTORIAL, [])
