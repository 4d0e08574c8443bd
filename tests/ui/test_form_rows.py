"""Lists are edited row by row: added, moved, taken out, pasted from a spreadsheet."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMenu

from console.domain.schema import read_schema
from console.ui.forms.pager import PAGE
from console.ui.forms.pasted import values_from_rows
from tests.ui.form_hands import (
    entry_text,
    form_for,
    key,
    keyboard,
    keys,
    messages,
    one_field,
    shipped,
    widget,
)

NUMBERS = one_field(
    {"type": "array", "title": "Phone numbers", "items": {"type": "string", "title": "Number"}}
)
SCORES = one_field({"type": "array", "items": {"type": "integer"}})


def click(qtbot, form, name):
    qtbot.mouseClick(widget(form, name), Qt.MouseButton.LeftButton)


def test_rows_are_added_and_filled_in_with_the_keyboard_alone(qtbot):
    form = form_for(qtbot, NUMBERS)
    widget(form, "add_/a").setFocus()
    key(Qt.Key.Key_Space)
    keys("+49 30 5550 1234")
    key(Qt.Key.Key_Return)
    keys("+44 20 7946 0018")
    assert form.value()[0] == {"a": ["+49 30 5550 1234", "+44 20 7946 0018"]}
    key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert form.value()[0] == {"a": ["+44 20 7946 0018", "+49 30 5550 1234"]}
    assert keyboard() == "field_/a/0"
    key(Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    key(Qt.Key.Key_Delete, Qt.KeyboardModifier.AltModifier)
    assert form.value()[0] == {"a": ["+49 30 5550 1234"]}


def test_each_row_says_which_one_it_is(qtbot):
    form = form_for(qtbot, NUMBERS)
    form.set_value({"a": ["x", "y"]})
    assert widget(form, "field_/a/1").accessibleName() == "Number 2"
    assert widget(form, "remove_/a/1").accessibleName() == "Remove: Number 2"
    assert widget(form, "add_/a").accessibleName() == "Phone numbers: add number"
    click(qtbot, form, "remove_/a/0")
    assert widget(form, "field_/a/0").accessibleName() == "Number 1"


def test_rows_move_by_their_buttons_and_stop_at_the_ends(qtbot):
    form = form_for(qtbot, SCORES)
    form.set_value({"a": [1, 2, 3]})
    assert not widget(form, "up_/a/0").isEnabled()
    assert not widget(form, "down_/a/2").isEnabled()
    click(qtbot, form, "down_/a/0")
    assert form.value()[0] == {"a": [2, 1, 3]}


def test_a_list_without_rows_is_unset_until_someone_says_that_it_is_empty(qtbot):
    form = form_for(qtbot, SCORES)
    assert form.value()[0] == {}
    form.set_value({"a": []})
    assert form.value()[0] == {"a": []}
    click(qtbot, form, "add_/a")
    click(qtbot, form, "remove_/a/0")
    assert form.value()[0] == {}


def test_a_row_without_a_value_is_told_not_sent_as_null(qtbot):
    form = form_for(qtbot, SCORES)
    click(qtbot, form, "add_/a")
    assert not form.review()
    assert messages(form) == {"/a/0": "Needs a value, or remove the row."}


def test_what_is_wrong_in_a_row_stands_at_that_row(qtbot):
    form = form_for(qtbot, shipped("coaching-task"))
    form.set_value(
        {"interactions": [5, 0], "goals": [{"measure": "hold time", "targetPercent": 400}]}
    )
    form.review()
    told = messages(form)
    assert told["/interactions/1"] == "Must be at least 1."
    assert told["/goals/0/targetPercent"] == "Must be at most 100."


def test_tab_follows_the_rows_after_they_have_changed(qtbot):
    form = form_for(qtbot, NUMBERS)
    form.set_value({"a": ["x", "y", "z"]})
    click(qtbot, form, "down_/a/0")
    widget(form, "field_/a/0").setFocus()
    key(Qt.Key.Key_Tab)
    assert keyboard() == "field_/a/1"
    assert entry_text(form, "field_/a/1") == "x"


def test_pasted_lines_become_rows_and_misfits_stay_to_be_mended(qtbot):
    form = form_for(qtbot, SCORES)
    form.set_value({"a": [1]})
    QGuiApplication.clipboard().setText("2\r\nthree\n\n40000000000000000000\n")
    click(qtbot, form, "paste_/a")
    assert form.value()[0] == {"a": [1, 2, "three", 40000000000000000000]}
    form.review()
    assert list(messages(form)) == ["/a/2"]
    QGuiApplication.clipboard().setText(" \n")
    click(qtbot, form, "paste_/a")
    assert len(form.value()[0]["a"]) == 4


def test_cells_from_a_spreadsheet_fill_the_parts_of_each_entry(qtbot):
    form = form_for(qtbot, shipped("refund-approval"))
    QGuiApplication.clipboard().setText("KB-2207\t1\t5990\nHD-1140\t\t3980")
    click(qtbot, form, "paste_/lines")
    assert form.value()[0]["lines"] == [
        {"article": "KB-2207", "quantity": 1, "amountCents": 5990},
        {"article": "HD-1140", "amountCents": 3980},
    ]


@pytest.mark.parametrize(
    ("item", "text", "values"),
    [
        ({"type": "string"}, "a\n b \n\nc", ["a", " b ", "c"]),
        ({"type": "boolean"}, "yes\nno\nmaybe", [True, False, "maybe"]),
        ({"type": "number"}, "1.5\n2\nx", [1.5, 2, "x"]),
        ({"enum": ["gold", "silver"]}, "gold\nbronze", ["gold", "bronze"]),
        ({}, '{"a": 1}\nnull', [{"a": 1}, None]),
        (
            {"type": "object", "properties": {"n": {"type": "integer", "title": "Count"}, "s": {"type": "string"}}},
            "s\tCount\nx\t1\ny\t2",
            [{"s": "x", "n": 1}, {"s": "y", "n": 2}],
        ),
        ({"type": "object", "properties": {"n": {"type": "integer"}}}, "\n", []),
    ],
)  # fmt: skip
def test_a_pasted_cell_has_the_type_of_its_column_or_stays_text(item, text, values):
    assert json.dumps(values_from_rows(read_schema(item), text)) == json.dumps(values)


def test_of_a_long_list_one_page_is_in_sight_and_nothing_of_the_rest_is_lost(qtbot):
    form = form_for(qtbot, SCORES)
    whole = list(range(10_000))
    form.set_value({"a": whole})
    assert len(form.fields_now()) == 1 + PAGE
    assert form.value() == ({"a": whole}, [])
    click(qtbot, form, "page_after_/a")
    assert entry_text(form, "field_/a/50") == "50"
    assert keyboard() == "field_/a/50"
    qtbot.keyClicks(widget(form, "field_/a/50"), "x")
    click(qtbot, form, "page_before_/a")
    assert entry_text(form, "field_/a/0") == "0"
    assert form.value()[0]["a"][49:52] == [49, "x50", 51]
    assert not widget(form, "page_before_/a").isEnabled()


def test_what_is_wrong_on_another_page_is_told_at_the_list_and_led_to(qtbot):
    form = form_for(qtbot, SCORES)
    form.set_value({"a": [*range(7_000), "x", *range(10)]})
    assert not form.review()
    assert messages(form) == {"/a": "entry 7001: Must be a whole number, not string."}
    target = form.jump_to_first()
    assert target is not None
    assert target.path == "/a/7000"
    assert entry_text(form, "field_/a/7000") == "x"


def test_rows_are_added_moved_and_taken_out_across_pages(qtbot):
    form = form_for(qtbot, SCORES)
    form.set_value({"a": list(range(PAGE))})
    click(qtbot, form, "add_/a")
    assert keyboard() == f"field_/a/{PAGE}"
    keys("77")
    click(qtbot, form, f"up_/a/{PAGE}")
    assert keyboard() == f"field_/a/{PAGE - 1}"
    assert form.value()[0]["a"][-2:] == [77, 49]
    key(Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert keyboard() == f"field_/a/{PAGE}"
    key(Qt.Key.Key_Delete, Qt.KeyboardModifier.AltModifier)
    assert form.value()[0] == {"a": list(range(PAGE))}
    assert keyboard() == f"field_/a/{PAGE - 1}"


def test_a_list_takes_no_more_entries_than_its_schema_has_room_for(qtbot):
    form = form_for(qtbot, one_field({"type": "array", "items": {}, "maxItems": 1}))
    click(qtbot, form, "add_/a")
    assert not widget(form, "add_/a").isEnabled()


def test_a_paste_of_many_rows_shows_the_first_page_and_loses_nothing(qtbot):
    form = form_for(qtbot, SCORES)
    QGuiApplication.clipboard().setText("\n".join(str(n) for n in range(500)))
    click(qtbot, form, "paste_/a")
    assert form.value()[0] == {"a": list(range(500))}


def test_a_new_entry_starts_with_the_defaults_of_what_it_must_have(qtbot):
    form = form_for(qtbot, shipped("refund-approval"))
    click(qtbot, form, "add_/lines")
    assert form.value()[0]["lines"] == [{"quantity": 1}]
    form = form_for(qtbot, one_field({"type": "array", "items": {"type": "integer", "default": 7}}))
    click(qtbot, form, "add_/a")
    assert form.value()[0] == {"a": [7]}


CHECKS = one_field(
    {"type": ["array", "null"], "title": "Channels", "uniqueItems": True, "items": {"enum": ["voice", "sms", "chat"]}}
)  # fmt: skip


def test_a_set_out_of_a_few_is_ticked_and_keeps_the_order_of_ticking(qtbot):
    form = form_for(qtbot, CHECKS)
    assert form.value()[0] == {}
    qtbot.keyClick(widget(form, "field_/a_2"), Qt.Key.Key_Space)
    qtbot.keyClick(widget(form, "field_/a_0"), Qt.Key.Key_Space)
    assert form.value()[0] == {"a": ["chat", "voice"]}
    qtbot.keyClick(widget(form, "field_/a_2"), Qt.Key.Key_Space)
    assert form.value()[0] == {"a": ["voice"]}
    qtbot.keyClick(widget(form, "field_/a_0"), Qt.Key.Key_Space)
    assert form.value()[0] == {}
    assert widget(form, "field_/a_0").accessibleName() == "Channels: voice"


@pytest.mark.parametrize("value", [["sms"], [], None, ["sms", "sms"], ["fax"], "voice"])
def test_a_set_is_given_back_as_it_was_loaded(qtbot, value):
    form = form_for(qtbot, CHECKS)
    form.set_value({"a": value})
    assert form.value()[0] == {"a": value}


def test_lists_and_groups_can_be_null_where_the_schema_says_so(qtbot):
    schema = {
        "type": "object",
        "properties": {
            "rows": {"type": ["array", "null"], "items": {"type": "string"}},
            "group": {"type": ["object", "null"], "properties": {"b": {}}},
        },
    }
    form = form_for(qtbot, schema)
    form.set_value({"rows": None, "group": None})
    assert form.value() == ({"rows": None, "group": None}, [])
    for field in form.fields_now():
        if field.path in {"/rows", "/group"}:
            menu = QMenu()
            field.fill_menu(menu)
            menu.actions()[0].trigger()
    assert form.value()[0] == {}
