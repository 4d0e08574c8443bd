"""Fields that a form has to choose, to bring and to take away: nothing typed is lost or bent."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QLineEdit,
    QPushButton,
)

from console.ui.forms.later_editor import UNASKED
from tests.ui.form_hands import (
    entry_text,
    form_for,
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


# --- forms to choose from -------------------------------------------------------------------
PAYOUT = one_field(
    {
        "type": "object",
        "title": "Payout",
        "properties": {"amount": {"type": "integer"}},
        "oneOf": [
            {
                "title": "Bank",
                "properties": {"kind": {"const": "bank"}, "iban": {"type": "string"}, "note": {"type": "string"}},
                "required": ["kind", "iban"],
            },
            {
                "title": "Card",
                "properties": {"kind": {"const": "card"}, "last4": {"type": "string"}, "note": {"type": "integer"}},
                "required": ["kind"],
            },
        ],
    }
)  # fmt: skip


def test_a_switch_to_another_form_keeps_what_means_the_same_there(qtbot):
    form = form_for(qtbot, PAYOUT)
    form.set_value({"a": {"kind": "bank", "iban": "DE1", "amount": 5, "note": "x", "extra": [1]}})
    assert widget(form, "choice_/a").accessibleName() == "Payout: which"
    choose(form, "choice_/a", "Card")
    assert form.value()[0] == {"a": {"kind": "card", "amount": 5, "extra": [1]}}
    assert paths(form) == ["/a", "/a/amount", "/a/kind", "/a/last4", "/a/note", "/a/ others"]
    choose(form, "choice_/a", "Bank")
    assert form.value()[0] == {"a": {"kind": "bank", "amount": 5, "extra": [1]}}


def test_the_form_that_fits_a_loaded_value_is_the_one_that_is_shown(qtbot):
    form = form_for(qtbot, PAYOUT)
    for kind, title in (("card", "Card"), ("bank", "Bank")):
        form.set_value({"a": {"kind": kind, "iban": "x"}})
        combo = widget(form, "choice_/a")
        assert isinstance(combo, QComboBox)
        assert combo.currentText() == title
        assert form.value()[0] == {"a": {"kind": kind, "iban": "x"}}


def test_a_choice_that_nobody_made_adds_no_key(qtbot):
    form = form_for(qtbot, PAYOUT)
    assert form.value() == ({}, [])
    choose(form, "choice_/a", "Card")
    assert form.value()[0] == {"a": {"kind": "card"}}


@pytest.mark.parametrize("value", ["text", 5, 1.5, True, None, [1], {"x": 1}])
def test_a_field_of_several_types_gives_back_any_of_them(qtbot, value):
    types = ["string", "integer", "number", "boolean", "null", "array", "object"]
    form = form_for(qtbot, one_field({"type": types}))
    form.set_value({"a": value})
    assert form.value() == ({"a": value}, [])


def test_a_number_typed_as_text_stays_text_where_text_was_chosen(qtbot):
    form = form_for(qtbot, one_field({"type": ["string", "integer"]}))
    qtbot.keyClicks(widget(form, "field_/a"), "85")
    assert form.value()[0] == {"a": "85"}
    choose(form, "choice_/a", "Whole number")
    assert form.value()[0] == {}
    qtbot.keyClicks(widget(form, "field_/a"), "85")
    assert form.value()[0] == {"a": 85}


# --- fields that appear -----------------------------------------------------------------------
CONTACT = {
    "type": "object",
    "properties": {"channel": {"enum": ["mail", "phone"]}, "vip": {"type": "boolean"}},
    "if": {"properties": {"channel": {"const": "mail"}}, "required": ["channel"]},
    "then": {"properties": {"address": {"type": "string"}}, "required": ["address"]},
    "else": {"properties": {"number": {"type": "string"}}},
    "dependentRequired": {"vip": ["manager"]},
}


def test_a_field_appears_when_its_condition_holds_and_comes_back_with_its_value(qtbot):
    form = form_for(qtbot, CONTACT)
    assert paths(form) == ["/channel", "/vip", "/number"]
    qtbot.keyClicks(widget(form, "field_/number"), "123")
    choose(form, "field_/channel", "mail")
    assert paths(form) == ["/channel", "/vip", "/address"]
    assert form.value()[0] == {"channel": "mail"}
    form.review()
    assert messages(form) == {"/address": "Needs a value."}
    choose(form, "field_/channel", "phone")
    assert entry_text(form, "field_/number") == "123"
    assert form.value() == ({"channel": "phone", "number": "123"}, [])


def test_a_value_that_asks_for_another_one_brings_its_field(qtbot):
    form = form_for(qtbot, CONTACT)
    click(qtbot, form, "field_/vip_yes")
    assert "/manager" in paths(form)
    form.review()
    assert messages(form) == {"/manager": "Needs a value because vip has one."}


def test_a_loaded_value_that_no_condition_asks_for_is_kept_in_sight(qtbot):
    form = form_for(qtbot, CONTACT)
    form.set_value({"channel": "mail", "address": "a@b.example", "number": "5"})
    assert form.value() == ({"channel": "mail", "address": "a@b.example", "number": "5"}, [])
    assert "/ others" in paths(form)


# --- names of one's own -----------------------------------------------------------------------
NAMES = one_field(
    {
        "type": "object",
        "title": "Labels",
        "patternProperties": {"^n_": {"type": "integer"}},
        "additionalProperties": {"type": "string"},
        "propertyNames": {"maxLength": 8},
    }
)


def test_names_are_added_renamed_and_taken_out_each_with_a_field_of_its_type(qtbot):
    form = form_for(qtbot, NAMES)
    click(qtbot, form, "add_/a/ others")
    assert keyboard() == "name_/a/1"
    qtbot.keyClicks(widget(form, "name_/a/1"), "team")
    qtbot.keyClicks(widget(form, "field_/a/team"), "42")
    assert form.value() == ({"a": {"team": "42"}}, [])
    entry = widget(form, "name_/a/1")
    assert isinstance(entry, QLineEdit)
    entry.setCursorPosition(0)
    qtbot.keyClicks(entry, "n_")
    assert form.value()[0] == {"a": {"n_team": "42"}}
    form.review()
    assert messages(form) == {"/a/n_team": "Must be a whole number, not string."}
    qtbot.keyClick(widget(form, "field_/a/n_team"), Qt.Key.Key_Backspace)
    click(qtbot, form, "remove_/a/1")
    assert form.value()[0] == {}


def test_a_name_that_stands_twice_or_is_none_is_told(qtbot):
    form = form_for(qtbot, NAMES)
    form.set_value({"a": {"x": "1", "y": "2"}})
    entry = widget(form, "name_/a/2")
    assert isinstance(entry, QLineEdit)
    entry.clear()
    qtbot.keyClicks(entry, "x")
    assert not form.review()
    assert "The name x stands twice." in messages(form).values()
    qtbot.keyClick(entry, Qt.Key.Key_Backspace)
    form.review()
    assert "A value needs a name." in messages(form).values()
    click(qtbot, form, "remove_/a/2")
    assert form.review()


def test_a_name_without_a_value_is_told_not_sent_as_null(qtbot):
    form = form_for(qtbot, NAMES)
    click(qtbot, form, "add_/a/ others")
    assert form.value() == ({}, [])
    qtbot.keyClicks(widget(form, "name_/a/1"), "n_1")
    assert not form.review()
    assert messages(form) == {"/a/n_1": "Needs a value, or take the name out."}


def test_a_name_that_the_schema_refuses_is_told_where_it_stands(qtbot):
    form = form_for(qtbot, NAMES)
    form.set_value({"a": {"much too long": "x"}})
    assert not form.review()
    assert "8 characters" in " ".join(messages(form).values())


@pytest.mark.parametrize(
    "value", [{}, None, {"": "x"}, {"a\u202eb": "x"}, {str(n): "x" for n in range(500)}, [1]]
)
def test_names_that_no_row_would_show_are_edited_as_json_and_kept(qtbot, value):
    form = form_for(qtbot, one_field({"type": ["object", "null"], "additionalProperties": {"type": "string"}}))  # fmt: skip
    form.set_value({"a": value})
    assert form.value()[0] == {"a": value}


# --- lists --------------------------------------------------------------------------------------
def test_a_list_of_lists_is_edited_row_by_row(qtbot):
    form = form_for(qtbot, one_field({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}))  # fmt: skip
    form.set_value({"a": [[1], [2, 3]]})
    click(qtbot, form, "add_/a/1")
    qtbot.keyClicks(widget(form, "field_/a/1/2"), "4")
    click(qtbot, form, "up_/a/1")
    assert form.value() == ({"a": [[2, 3, 4], [1]]}, [])


def test_a_tuple_has_a_field_of_its_own_type_for_each_place(qtbot):
    schema = one_field(
        {
            "type": "array",
            "prefixItems": [{"type": "string", "title": "Street"}, {"type": "integer", "title": "No"}],
            "items": False,
        }
    )  # fmt: skip
    form = form_for(qtbot, schema)
    click(qtbot, form, "add_/a")
    qtbot.keyClicks(widget(form, "field_/a/0"), "Elm")
    click(qtbot, form, "add_/a")
    qtbot.keyClicks(widget(form, "field_/a/1"), "7")
    assert form.value() == ({"a": ["Elm", 7]}, [])
    assert widget(form, "field_/a/1").accessibleName() == "No"
    assert not widget(form, "add_/a").isEnabled()
    click(qtbot, form, "down_/a/0")
    assert form.value()[0] == {"a": [7, "Elm"]}
    click(qtbot, form, "remove_/a/0")
    assert form.value()[0] == {"a": ["Elm"]}


# --- what grows ---------------------------------------------------------------------------------
TREE = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "parent": {"$ref": "#"}},
    "required": ["name"],
}


def test_a_part_that_lies_in_itself_grows_when_somebody_asks(qtbot):
    form = form_for(qtbot, TREE)
    assert paths(form) == ["/name", "/parent"]
    click(qtbot, form, "grow_/parent")
    assert keyboard() == "field_/parent/name"
    qtbot.keyClicks(widget(form, "field_/parent/name"), "x")
    assert form.value()[0] == {"parent": {"name": "x"}}
    click(qtbot, form, "grow_/parent/parent")
    assert "/parent/parent/name" in paths(form)


def test_a_deep_tree_is_kept_whole_and_its_faults_are_led_to(qtbot):
    form = form_for(qtbot, TREE)
    whole: dict[str, object] = {"name": 5}
    for n in range(9):
        whole = {"name": str(n), "parent": whole}
    form.set_value(whole)
    assert form.value()[0] == whole
    assert not form.review()
    target = form.jump_to_first()
    assert target is not None
    assert target.path == "/parent" * 9 + "/name"


def test_of_a_tree_of_thousands_only_a_few_parts_open_by_themselves(qtbot):
    schema = {"type": "object", "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#"}}}}  # fmt: skip
    form = form_for(qtbot, schema)
    whole = {"v": 0, "kids": [{"v": n, "kids": [{"v": 1}] * 9} for n in range(200)]}
    form.set_value(whole)
    assert form.value() == (whole, [])
    assert sum(path.endswith("/v") for path in paths(form)) <= UNASKED + 1
    last = next(b for b in form.findChildren(QPushButton) if b.text().startswith("Show"))
    qtbot.mouseClick(last, Qt.MouseButton.LeftButton)
    assert form.value() == (whole, [])
    assert form.to_fix() == 0


def test_a_fault_in_a_part_that_nobody_opened_is_led_to(qtbot):
    schema = {"type": "object", "properties": {"v": {"type": "integer"}, "kids": {"type": "array", "items": {"$ref": "#"}}}}  # fmt: skip
    form = form_for(qtbot, schema)
    kids = [{"v": n, "kids": [{"v": 1}]} for n in range(200)]
    whole = {"kids": [*kids, {"v": 5, "kids": [{"v": "x"}]}]}
    form.set_value(whole)
    assert not form.review()
    target = form.jump_to_first()
    assert target is not None
    assert target.path == "/kids/200/kids/0/v"
    assert form.value()[0] == whole


def test_a_part_whose_fields_would_bend_it_opens_as_json(qtbot):
    form = form_for(qtbot, {"type": "object", "properties": {"a": {"type": "array", "items": {"$ref": "#/$defs/n"}}}, "$defs": {"n": {"type": ["object", "array"], "items": {"$ref": "#/$defs/n"}, "properties": {"n": {"$ref": "#/$defs/n"}}}}})  # fmt: skip
    for value in ([[{"n": [1]}]], [{"n": {"n": 5}}, []], [[[["x"]]]]):
        form.set_value({"a": value})
        assert form.value()[0] == {"a": value}


def test_a_choice_at_the_very_top_is_a_form_too(qtbot):
    schema = {
        "type": "object",
        "title": "Order",
        "oneOf": [
            {"title": "New", "properties": {"kind": {"const": "new"}, "item": {"type": "string"}}, "required": ["kind"]},
            {"title": "Change", "properties": {"kind": {"const": "change"}, "id": {"type": "integer"}}, "required": ["kind", "id"]},
        ],
    }  # fmt: skip
    form = form_for(qtbot, schema)
    choose(form, "choice_", "Change")
    assert form.value()[0] == {"kind": "change"}
    assert not form.review()
    form.jump_to_first()
    assert keyboard() == "field_/id"
    qtbot.keyClicks(widget(form, "field_/id"), "7")
    assert form.review()
    form.set_value({"kind": "new", "item": "x", "more": [1]})
    assert form.value() == ({"kind": "new", "item": "x", "more": [1]}, [])
    form.take_focus()
    assert keyboard() == "choice_"
