"""What is locked, secret, exact, large or taken back: a form gives back what it holds."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCalendarWidget,
    QComboBox,
    QLabel,
    QLineEdit,
    QWidget,
)

from console.domain.schema import validate
from console.domain.values import parse_json
from console.domain.wire_json import to_text
from console.ui.forms.json_editor import JsonEditor
from tests.ui.form_hands import (
    form_for,
    key,
    keyboard,
    messages,
    one_field,
    widget,
)


def click(qtbot, form, name):
    qtbot.mouseClick(widget(form, name), Qt.MouseButton.LeftButton)


def choose(form, name, text):
    combo = widget(form, name)
    assert isinstance(combo, QComboBox)
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def paths(form):
    return [field.path for field in form.fields_now()]


# --- locked, secret, exact ------------------------------------------------------------------------
def test_what_only_the_workflow_sets_is_shown_and_locked(qtbot):
    parts: dict[str, dict[str, object]] = {
        "text": {"type": "string"}, "flag": {"type": "boolean"}, "rows": {"type": "array", "items": {"type": "string"}},
        "group": {"type": "object", "properties": {"x": {"type": "string"}}}, "any": {},
        "set": {"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b"]}},
        "names": {"type": "object", "additionalProperties": {"type": "string"}},
        "two": {"type": ["string", "integer"]}, "pick": {"enum": ["a", "b"]}, "self": {"$ref": "#"},
        "long": {"type": "string", "maxLength": 5000},
    }  # fmt: skip
    schema = {
        "type": "object",
        "properties": {k: {**v, "readOnly": True} for k, v in parts.items()},
    }
    form = form_for(qtbot, schema)
    value = {
        "text": "x", "flag": True, "rows": ["r"], "group": {"x": "y"}, "any": [1], "set": ["a"],
        "names": {"n": "m"}, "two": 5, "pick": "b", "self": {"text": "deep"}, "long": "a\nb",
    }  # fmt: skip
    form.set_value(value)
    for name in ("add_/rows", "remove_/rows/0", "add_/names/ others", "choice_/two", "field_/pick"):
        assert not widget(form, name).isEnabled()
    for name in (
        "field_/text",
        "field_/group/x",
        "field_/any",
        "field_/two",
        "field_/rows/0",
        "field_/long",
    ):
        qtbot.keyClicks(widget(form, name), "changed") if widget(form, name).isEnabled() else None
    assert form.value() == (value, [])


SECRET = {
    "type": "object",
    "properties": {
        "user": {"type": "string"},
        "login": {"type": "object", "properties": {"pin": {"type": "string", "writeOnly": True}, "id": {"type": "integer"}}},
        "keys": {"type": "array", "items": {"type": "string", "writeOnly": True}},
    },
}  # fmt: skip
CANARY = "canary-4711"


def test_a_secret_is_masked_in_every_view_and_sent_as_it_is(qtbot):
    form = form_for(qtbot, SECRET)
    whole = {"user": "u", "login": {"pin": CANARY, "id": 5}, "keys": [f"{CANARY}\nline", CANARY]}
    form.set_value(whole)

    def seen():
        texts = []
        for found in form.findChildren(QWidget):
            if isinstance(found, QLineEdit):
                texts.append(found.displayText())
            elif hasattr(found, "toPlainText"):
                texts.append(found.toPlainText())
            elif isinstance(found, QLabel | QAbstractButton):
                texts.append(found.text() + found.toolTip())
        return " ".join(texts)

    assert CANARY not in seen()
    form.set_mode("json")
    assert CANARY not in seen()
    assert form.value() == (whole, [])
    assert CANARY not in json.dumps(form.draft_values())
    assert form.json_text() == ""
    text = form._json.text().replace('"id": 5', '"id": 6')
    form.show_json_text(text)
    form.set_mode("form")
    assert form.value()[0] == {**whole, "login": {"pin": CANARY, "id": 6}}
    assert form.draft_values() == {"user": "u", "login": {"id": 6}, "keys": [None, None]}


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("number", "1.10"), ("number", "1e400"), ("number", "0.12345678901234567890"),
        ("integer", "9" * 5000), ("number", "-0"), ("number", "1E5"),
    ],
)  # fmt: skip
def test_a_number_is_sent_as_it_was_typed(qtbot, type_, text):
    form = form_for(qtbot, one_field({"type": type_}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, QLineEdit)
    entry.setText(text)
    entry.textEdited.emit(text)
    assert to_text(form.value()[0]) == f'{{"a": {text}}}'
    assert form.set_mode("json")
    assert form.set_mode("form")
    assert to_text(form.value()[0]) == f'{{"a": {text}}}'


def test_choices_may_be_anything_and_have_words_of_their_own(qtbot):
    schema = one_field({"oneOf": [{"const": 1.10, "title": "Low"}, {"const": 2, "title": "High"}]})
    form = form_for(qtbot, schema)
    choose(form, "field_/a", "High")
    assert form.value() == ({"a": 2}, [])
    form = form_for(qtbot, one_field({"enum": [{"x": [1]}, [2], "t"]}))
    for value in ({"x": [1]}, [2], "t", {"y": 0}):
        form.set_value({"a": value})
        assert form.value()[0] == {"a": value}


# --- large forms --------------------------------------------------------------------------------
LARGE = {"type": "object", "properties": {f"f{n}": {"type": "integer"} for n in range(5000)}}


def test_of_thousands_of_fields_some_are_shown_and_no_value_is_lost(qtbot):
    form = form_for(qtbot, LARGE)
    whole = {f"f{n}": n for n in range(5000)}
    form.set_value(whole)
    assert form.value() == (whole, [])
    before = len(form.fields_now())
    click(qtbot, form, "more_fields_")
    assert len(form.fields_now()) == before + 100
    assert form.value() == (whole, [])
    form.set_value({**whole, "f4000": "x"})
    assert not form.review()
    form.tell("f4000", "Not this one.")
    assert messages(form)["/f4000"].startswith("Needs a whole number")


# --- undo ---------------------------------------------------------------------------------------
def control(letter, more=Qt.KeyboardModifier.NoModifier):
    key(letter, Qt.KeyboardModifier.ControlModifier | more)


def test_undo_and_redo_go_through_fields_and_json_alike(qtbot):
    form = form_for(qtbot, {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}})  # fmt: skip
    widget(form, "field_/a").setFocus()
    qtbot.keyClicks(widget(form, "field_/a"), "one")
    form.check()
    qtbot.keyClicks(widget(form, "field_/b"), "2")
    form.check()
    form.set_mode("json")
    form._json.main_widget().setFocus()
    form._json.main_widget().setPlainText('{"a": "three"}')
    form.check()
    assert form.value()[0] == {"a": "three"}
    control(Qt.Key.Key_Z)
    assert form.mode == "form"
    assert form.value()[0] == {"a": "one", "b": 2}
    widget(form, "field_/a").setFocus()
    control(Qt.Key.Key_Z)
    control(Qt.Key.Key_Z)
    assert form.value()[0] == {}
    control(Qt.Key.Key_Z)
    control(Qt.Key.Key_Z, Qt.KeyboardModifier.ShiftModifier)
    assert form.value()[0] == {"a": "one"}
    assert QApplication.focusWidget() is widget(form, "field_/a")


def test_what_was_taken_out_of_a_list_comes_back_by_undo(qtbot):
    form = form_for(qtbot, one_field({"type": "array", "items": {"type": "integer"}}))
    form.set_value({"a": [1, 2, 3]})
    click(qtbot, form, "remove_/a/1")
    assert form.value()[0] == {"a": [1, 3]}
    form.take_back()
    assert form.value()[0] == {"a": [1, 2, 3]}


# --- summary ------------------------------------------------------------------------------------
def test_the_summary_names_every_fault_and_each_line_leads_to_its_field(qtbot):
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "title": "Name"}, "b": {"type": "array", "title": "Rows", "items": {"type": "integer"}}},
        "required": ["a"],
    }  # fmt: skip
    form = form_for(qtbot, schema)
    form.set_value({"b": [*range(80), "x"]})
    form.review()
    first, second = widget(form, "summary_0"), widget(form, "summary_1")
    assert first.accessibleName() == "Name: Needs a value."
    assert second.accessibleName() == "Rows: entry 81: Must be a whole number, not string."
    click(qtbot, form, "summary_1")
    assert keyboard() == "field_/b/80"
    click(qtbot, form, "summary_0")
    assert keyboard() == "field_/a"


# --- anything ---------------------------------------------------------------------------------
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
NUMBERS = st.integers() | st.from_regex(r"-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,22})?([eE][+-]?[0-9]{1,3})?", fullmatch=True).map(parse_json)  # fmt: skip
SCALARS = st.sampled_from(
    [
        ({"type": "string"}, TEXT), ({"type": "integer"}, st.integers()),
        ({"type": "number"}, NUMBERS), ({"type": "boolean"}, st.booleans()),
        ({"type": ["string", "null"]}, TEXT | st.none()), ({"enum": ["x", 1, None, [2]]}, st.sampled_from(["x", 1, None, [2]])),
        ({"type": ["integer", "string"]}, st.integers() | TEXT), ({}, st.recursive(st.none() | NUMBERS | TEXT, lambda i: st.lists(i, max_size=2), max_leaves=4)),
        ({"type": "string", "maxLength": 900}, TEXT), ({"const": "c"}, st.just("c")),
    ]
)  # fmt: skip


def _listed(inner):
    return inner.map(lambda p: ({"type": "array", "items": p[0]}, st.lists(p[1], max_size=3)))


def _mapped(inner):
    return inner.map(
        lambda p: (
            {"type": "object", "additionalProperties": p[0]},
            st.dictionaries(TEXT, p[1], max_size=3),
        )
    )


def _grouped(inner):
    return st.dictionaries(st.sampled_from("abc"), inner, min_size=1).map(
        lambda parts: (
            {"type": "object", "properties": {k: p[0] for k, p in parts.items()}},
            st.fixed_dictionaries({}, optional={k: p[1] for k, p in parts.items()}),
        )
    )


def _chosen(inner):
    return st.lists(inner, min_size=2, max_size=3).map(
        lambda parts: ({"anyOf": [p[0] for p in parts]}, st.one_of([p[1] for p in parts]))
    )


def _merged(inner):
    return inner.map(lambda p: ({"allOf": [{"title": "M"}, p[0]]}, p[1]))


SHAPES = st.recursive(
    SCALARS,
    lambda inner: _listed(inner) | _mapped(inner) | _grouped(inner) | _chosen(inner) | _merged(inner),
    max_leaves=5,
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_valid_value_of_any_schema_comes_out_as_it_went_in(qtbot, data):
    schema, values = data.draw(SHAPES)
    value = data.draw(values)
    form = form_for(qtbot, one_field(schema))
    form.set_value({"a": value})
    read, wrong = form.value()
    assert to_text(read, sort_keys=True) == to_text({"a": value}, sort_keys=True)
    assert (wrong == []) is (validate(one_field(schema), {"a": value}) == ())
    assert form.set_mode("json")
    assert form.set_mode("form")
    assert to_text(form.value()[0], sort_keys=True) == to_text({"a": value}, sort_keys=True)
    assert form.to_fix() == len(messages(form)) or isinstance(form.root, JsonEditor)
    form.hide()


# --- formats ------------------------------------------------------------------------------------
def pick_day(qtbot, day):
    """Choose a day in the calendar that is open."""
    menu = QApplication.activePopupWidget()
    assert menu is not None
    (calendar,) = menu.findChildren(QCalendarWidget)
    calendar.clicked.emit(QDate.fromString(day, "yyyy-MM-dd"))
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is None)
    return calendar


def test_a_date_is_typed_or_chosen_from_a_calendar(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "format": "date", "title": "Due"}))
    entry = widget(form, "field_/a")
    entry.setFocus()
    key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert QApplication.activePopupWidget() is not None
    pick_day(qtbot, "2026-12-03")
    assert form.value() == ({"a": "2026-12-03"}, [])
    assert widget(form, "tool_/a").accessibleName() == "Due: choose a date"


def test_a_chosen_day_keeps_the_time_that_was_typed(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "format": "date-time"}))
    click(qtbot, form, "tool_/a")
    pick_day(qtbot, "2026-12-03")
    value, wrong = form.value()
    assert wrong == []
    assert str(value["a"]).startswith("2026-12-03T09:00:00")
    form.set_value({"a": "2026-11-23T17:45:00Z"})
    click(qtbot, form, "tool_/a")
    pick_day(qtbot, "2026-12-04")
    assert form.value() == ({"a": "2026-12-04T17:45:00Z"}, [])


def test_a_fresh_uuid_is_made_at_a_press(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "format": "uuid", "readOnly": False}))
    click(qtbot, form, "tool_/a")
    first, wrong = form.value()
    click(qtbot, form, "tool_/a")
    assert wrong == []
    assert form.value()[0] != first
    locked = form_for(qtbot, one_field({"type": "string", "format": "uuid", "readOnly": True}))
    assert not widget(locked, "tool_/a").isEnabled()
