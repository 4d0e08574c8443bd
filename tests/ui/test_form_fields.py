"""Each field takes what its type takes, says the rest in words, and bends nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QMenu

from console.domain.schema import validate
from console.ui.forms.entry import LinesEdit
from console.ui.forms.json_editor import JsonEditor
from tests.ui.form_hands import TUTORIAL, form_for, key, keys, messages, one_field, shipped, widget

TUTORIAL_SCHEMA = shipped("tutorial-example")


def choose_state(form, path, words):
    """Open the menu of a field's states and choose from it."""
    field = next(f for f in form.fields_now() if f.path == path)
    menu = QMenu()
    field.fill_menu(menu)
    next(action for action in menu.actions() if action.text() == words).trigger()
    return [action.text() for action in menu.actions()]


def test_the_tutorials_example_typed_into_the_form_is_exactly_its_context(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.take_focus()
    keys("CUST-99887")
    key(Qt.Key.Key_Tab)
    keys("85")
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Left)  # from unset to no
    key(Qt.Key.Key_Left)  # and to yes
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_V)  # the channel that begins with v
    key(Qt.Key.Key_Tab)
    keys("sales")
    value, wrong = form.value()
    assert wrong == []
    assert json.dumps(value, sort_keys=True) == json.dumps(TUTORIAL, sort_keys=True)


def test_an_untouched_form_sends_nothing_but_what_the_schema_requires_by_default(qtbot):
    for name, start in [
        ("tutorial-example", {}),
        ("callback-booking", {}),
        ("refund-approval", {"currency": "EUR", "payout": {"method": "original payment"}}),
        ("queue-overflow", {"stopWhen": {"waitingContacts": 5, "longestWaitSeconds": 120}}),
    ]:
        form = form_for(qtbot, shipped(name))
        assert form.value()[0] == start
        assert form.is_untouched()
        assert messages(form) == {}


def test_a_score_out_of_range_is_told_under_its_field_while_it_is_typed(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    score = widget(form, "field_/priorityScore")
    qtbot.keyClicks(score, "850")
    qtbot.waitUntil(lambda: messages(form) == {"/priorityScore": "Must be at most 100."})
    assert score.property("invalid") == "true"
    assert score.accessibleDescription().startswith("Must be at most 100.")
    assert form.to_fix() == 1
    key(Qt.Key.Key_Backspace) if score.hasFocus() else qtbot.keyClick(score, Qt.Key.Key_Backspace)
    qtbot.waitUntil(lambda: messages(form) == {})
    assert score.property("invalid") == "false"


def test_a_field_nobody_touched_complains_only_at_the_review(qtbot):
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.check()
    assert messages(form) == {}
    assert not form.review()
    assert messages(form) == {"/customerId": "Needs a value."}


def test_the_summary_leads_to_the_first_field_that_is_wrong(qtbot):
    form = form_for(qtbot, shipped("outage-notice"))
    form.review()
    target = form.jump_to_first()
    assert target is not None
    assert target.path == "/service"
    assert QApplication.focusWidget() is widget(form, "field_/service")


@pytest.mark.parametrize(
    ("schema", "typed", "value"),
    [
        ({"type": "integer"}, "9223372036854775808", 9223372036854775808),
        ({"type": "integer"}, "7" * 400, int("7" * 400)),
        ({"type": "integer"}, "-0", 0),
        ({"type": "number"}, "3.5", 3.5),
        ({"type": "number"}, "12345678901234567890", 12345678901234567890),
        ({"type": "number"}, "1.5e+300", 1.5e300),
        ({"type": "string"}, "85", "85"),
        ({"type": "string"}, " two  spaces ", " two  spaces "),
        ({"type": "string", "format": "date"}, "2026-11-23", "2026-11-23"),
    ],
)
def test_what_is_typed_is_what_is_sent(qtbot, schema, typed, value):
    form = form_for(qtbot, one_field(schema))
    qtbot.keyClicks(widget(form, "field_/a"), typed)
    read, wrong = form.value()
    assert wrong == []
    assert json.dumps(read) == json.dumps({"a": value})


@pytest.mark.parametrize(
    ("schema", "typed", "words"),
    [
        ({"type": "integer"}, "3.7", "Needs a whole number such as 42 or -7, without spaces or decimals."),
        ({"type": "integer"}, "true", "Needs a whole number such as 42 or -7, without spaces or decimals."),
        ({"type": "number"}, "3,7", "Write decimals with a point: 3.7."),
        ({"type": "number"}, "abc", "Needs a number such as 42, -7 or 3.5."),
        ({"type": "string", "format": "email"}, "nobody", "Must be an e-mail address such as name@example.com."),
        ({"type": "string", "minLength": 5}, "abc", "Needs at least 5 characters; has 3."),
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_told_in_plain_words(qtbot, schema, typed, words):
    form = form_for(qtbot, one_field(schema))
    qtbot.keyClicks(widget(form, "field_/a"), typed)
    assert not form.review()
    assert messages(form) == {"/a": words}


def test_unset_null_and_empty_are_three_states_of_a_text(qtbot):
    form = form_for(qtbot, one_field({"type": ["string", "null"], "default": "x"}))
    entry = widget(form, "field_/a")
    assert isinstance(entry, QLineEdit)
    assert form.value()[0] == {}
    assert entry.placeholderText() == "unset · default x"
    offered = choose_state(form, "/a", "Set to empty text")
    assert offered == [
        "Leave unset", "Set to empty text", "Set to null", "Use the default: x", "Edit as JSON",
    ]  # fmt: skip
    assert form.value()[0] == {"a": ""}
    assert entry.placeholderText() == "empty text"
    choose_state(form, "/a", "Set to null")
    assert form.value()[0] == {"a": None}
    assert entry.placeholderText() == "null"
    choose_state(form, "/a", "Use the default: x")
    assert form.value()[0] == {"a": "x"}
    qtbot.keyClick(entry, Qt.Key.Key_Delete)
    assert form.value()[0] == {}


def test_a_state_that_the_schema_refuses_is_not_offered(qtbot):
    form = form_for(qtbot, one_field({"type": "string", "minLength": 1}, required=True))
    menu = QMenu()
    form.fields_now()[0].fill_menu(menu)
    assert [action.text() for action in menu.actions()] == ["Edit as JSON"]


def test_yes_no_and_unset_are_in_sight_and_null_where_it_is_allowed(qtbot):
    form = form_for(qtbot, one_field({"type": ["boolean", "null"]}))
    for name, value in [
        ("yes", {"a": True}),
        ("no", {"a": False}),
        ("null", {"a": None}),
        ("unset", {}),
    ]:
        qtbot.mouseClick(widget(form, f"field_/a_{name}"), Qt.MouseButton.LeftButton)
        assert form.value()[0] == value
    form.set_value({"a": None})
    assert form.value()[0] == {"a": None}


def test_a_choice_keeps_the_type_of_its_values(qtbot):
    form = form_for(
        qtbot,
        one_field(
            {
                "enum": [1, "1", True, None, 1.5, ""],
                "type": ["integer", "string", "boolean", "null", "number"],
            }
        ),
    )
    for value in (1, "1", True, None, 1.5, ""):
        form.set_value({"a": value})
        assert json.dumps(form.value()[0]) == json.dumps({"a": value})
    form = form_for(qtbot, one_field({"enum": [1, "1", True, None, 1.5, ""]}))
    combo = widget(form, "field_/a")
    assert isinstance(combo, QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())] == [
        "Unset", "1", "1", "true", "Null", "1.5", "Empty text",
    ]  # fmt: skip
    for value in (1, "1", True, None, 1.5, ""):
        form.set_value({"a": value})
        assert json.dumps(form.value()[0]) == json.dumps({"a": value})


def test_a_value_that_is_no_longer_a_choice_is_shown_and_told_not_swapped(qtbot):
    form = form_for(qtbot, one_field({"enum": ["gold", "silver"]}))
    form.set_value({"a": "bronze"})
    combo = widget(form, "field_/a")
    assert isinstance(combo, QComboBox)
    assert combo.currentText() == "bronze (not allowed)"
    assert form.value()[0] == {"a": "bronze"}
    form.review()
    assert messages(form) == {"/a": "Must be one of gold, silver."}
    form.set_value({"a": "gold"})
    assert combo.count() == 3


@pytest.mark.parametrize(
    "value", ["85", 3.0, True, None, {"b": 1}, [1], "a\tb", "a\u202eb", "\u200b", "a\r\nb"]
)
@pytest.mark.parametrize("type_", ["integer", "string", "boolean", "object", "array", "number"])
def test_a_value_that_the_field_would_bend_is_edited_as_json(qtbot, type_, value):
    schema = {"type": type_, "properties": {"b": {"type": "integer"}}, "items": {"type": "integer"}}
    form = form_for(qtbot, one_field(schema))
    form.set_value({"a": value})
    assert json.dumps(form.value()[0]) == json.dumps({"a": value})
    valid = validate(one_field(schema), {"a": value}) == ()
    assert form.review() is valid


def test_invisible_characters_can_be_seen_where_they_are_edited(qtbot):
    form = form_for(qtbot, one_field({"type": "string"}))
    form.set_value({"a": "invoice\u202egpj.exe"})
    editor = form.fields_now()[0].editor
    assert isinstance(editor, JsonEditor)
    assert editor.text() == '"invoice\\u202egpj.exe"'


def test_a_field_goes_to_json_and_back_by_its_menu(qtbot):
    form = form_for(qtbot, one_field({"type": "integer"}))
    qtbot.keyClicks(widget(form, "field_/a"), "85")
    choose_state(form, "/a", "Edit as JSON")
    entry = widget(form, "field_/a")
    assert isinstance(entry, LinesEdit)
    assert entry.exact_text() == "85"
    entry.setPlainText("[85]")
    menu = QMenu()
    form.fields_now()[0].fill_menu(menu)
    assert not next(a for a in menu.actions() if a.text() == "Edit in fields").isEnabled()
    entry.setPlainText("86")
    choose_state(form, "/a", "Edit in fields")
    assert isinstance(widget(form, "field_/a"), QLineEdit)
    assert form.value()[0] == {"a": 86}


def test_an_optional_group_is_unset_until_a_part_of_it_is_filled_in(qtbot):
    schema = one_field(
        {"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"]}
    )
    form = form_for(qtbot, schema)
    assert form.review()
    assert form.value()[0] == {}
    choose_state(form, "/a", "Set to an empty object")
    assert form.value()[0] == {"a": {}}
    form.review()
    assert messages(form) == {"/a/b": "Needs a value."}
    choose_state(form, "/a", "Leave unset")
    assert form.value()[0] == {}
    qtbot.keyClicks(widget(form, "field_/a/b"), "1")
    assert form.value()[0] == {"a": {"b": 1}}


def test_a_required_group_is_there_even_when_nothing_in_it_is(qtbot):
    form = form_for(qtbot, one_field({"type": "object", "properties": {"b": {}}}, required=True))
    assert form.value() == ({"a": {}}, [])


def test_values_under_names_that_the_form_does_not_know_are_kept_and_told(qtbot):
    form = form_for(qtbot, shipped("vip-routing"))
    whole = {
        "customerId": "CUST-00017", "tier": "gold", "contactId": 1,
        "routing": {"queue": "vip", "skill": "sales"}, "legacy": [1, {"x": None}],
    }  # fmt: skip
    form.set_value(whole)
    assert form.value()[0] == whole
    assert not form.review()
    others = next(f for f in form.fields_now() if f.title == "Other values")
    assert "legacy: There is no value of this name here." in form._message.text() + others.message
    entry = widget(form, "field_/ others")
    assert isinstance(entry, LinesEdit)
    entry.setPlainText('{"tier": "silver"}')
    assert "has a field of its own" in form.value()[1][0].message
    entry.setPlainText("")
    assert form.review()


@pytest.mark.parametrize(
    ("schema", "states"),
    [
        ({"type": "array", "items": {"type": "string"}}, ["unset", "null", "empty list"]),
        ({"type": "object", "properties": {"b": {"type": "string"}}}, ["unset", "null", "empty"]),
        (
            {"type": "array", "uniqueItems": True, "items": {"enum": ["a", "b"]}},
            ["unset", "null", "empty list"],
        ),
    ],
)
def test_the_hint_says_in_which_state_a_list_or_group_is(qtbot, schema, states):
    nullable = {**schema, "type": [schema["type"], "null"]}
    form = form_for(qtbot, one_field(nullable))
    (field, *_) = form.fields_now()
    empty: list[object] | dict[str, object] = [] if schema["type"] == "array" else {}
    for state, value in zip(states, ({}, {"a": None}, {"a": empty}), strict=True):
        form.set_value(value)
        assert field._label.hint.text().endswith(f" · {state}")


def test_the_tenants_refusal_lands_at_the_field_that_it_names(qtbot):
    for named in (
        "context.routingMetadata.queue",
        "/routingMetadata/queue",
        "routingMetadata.queue",
    ):
        form = form_for(qtbot, TUTORIAL_SCHEMA)
        form.tell(named, "No such queue.")
        assert messages(form) == {"/routingMetadata/queue": "No such queue."}
        qtbot.keyClicks(widget(form, "field_/customerId"), "C")
        form.check()
        assert messages(form) == {}
    form = form_for(qtbot, TUTORIAL_SCHEMA)
    form.tell("somethingElse", "Not today.")
    assert form._message.text() == "Not today."
    assert form.to_fix() == 1


SCALARS = {
    "text": st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
    "whole": st.integers(),
    "number": st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    "flag": st.booleans(),
    "tier": st.sampled_from(["gold", "silver"]),
    "rows": st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), max_size=4),
    "any": st.none()
    | st.lists(st.integers(), max_size=3)
    | st.dictionaries(st.text("ab", max_size=2), st.none()),
}
PARTS = {
    "text": {"type": "string"}, "whole": {"type": "integer"}, "number": {"type": "number"},
    "flag": {"type": "boolean"}, "tier": {"enum": ["gold", "silver"]},
    "rows": {"type": "array", "items": {"type": "string"}}, "any": {},
}  # fmt: skip


def test_any_valid_values_come_out_as_they_went_in(qtbot):
    parts: dict[str, object] = {**PARTS, "group": {"type": "object", "properties": PARTS}}
    form = form_for(qtbot, {"type": "object", "properties": parts})

    @settings(max_examples=60, deadline=None)
    @given(
        flat=st.fixed_dictionaries({}, optional=SCALARS),
        group=st.none() | st.fixed_dictionaries({}, optional=SCALARS),
    )
    def round_trip(flat, group):
        value = {**flat, **({} if group is None else {"group": group})}
        written = json.dumps(value, sort_keys=True)
        form.set_value(value)
        read, wrong = form.value()
        assert wrong == []
        assert json.dumps(read, sort_keys=True) == written
        assert form.set_mode("json")
        assert form.set_mode("form")
        assert json.dumps(form.value()[0], sort_keys=True) == written

    round_trip()
