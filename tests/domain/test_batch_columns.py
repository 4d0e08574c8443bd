"""Which column is which variable, and what is wrong in which row."""

from __future__ import annotations

from typing import Any

import pytest

from console.domain.batch import Columns, read_columns
from console.domain.csv_table import Row
from console.domain.errors import BadInput
from console.domain.schema import FieldMessage

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "customerId": {"type": "string"},
        "score": {"type": "integer"},
        "callback": {"type": "boolean"},
        "routing": {"type": "object"},
        "channels": {"type": "array"},
        "share": {"type": "number"},
        "either": {"type": ["string", "integer"]},
        "note": {"type": "string"},
    },
    "required": ["customerId", "score"],
}


def columns(
    *header: str, maps: tuple[str, ...] = (), schema: dict[str, Any] | None = None
) -> Columns:
    return read_columns(header, maps, schema)


def refusal(*header: str, maps: tuple[str, ...] = (), schema: dict[str, Any] | None = None) -> str:
    with pytest.raises(BadInput) as refused:
        read_columns(header, maps, schema)
    return str(refused.value)


def read(found: Columns, *cells: str) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    values, errors = found.read(Row(7, 9, cells))
    assert {(error.row, error.line) for error in errors} <= {(7, 9)}
    return values, [(error.column, error.message) for error in errors]


def test_a_header_with_a_type_maps_itself_with_each_of_the_five_types() -> None:
    found = columns("s:string", "i:integer", "b:boolean", "o:object", "a:array")
    huge = "123456789012345678901234567890"
    values, errors = read(found, " x ", huge, "YES", '{"k": [1]}', '["v", null]')
    assert errors == []
    assert values == {"s": " x ", "i": int(huge), "b": True, "o": {"k": [1]}, "a": ["v", None]}


def test_a_colon_that_is_followed_by_no_type_belongs_to_the_name() -> None:
    assert "'note: internal'" in refusal("note: internal")
    found = columns("a:b:integer")
    assert read(found, "5") == ({"a:b": 5}, [])


def test_a_plain_header_takes_the_type_of_the_field_of_its_name() -> None:
    found = columns(
        "customerId", "score", "callback", "routing", "channels", "share", schema=SCHEMA
    )
    values, errors = read(found, "007", "7", "no", "{}", "[]", " 2.5 ")
    assert errors == []
    assert values == {
        "customerId": "007",
        "score": 7,
        "callback": False,
        "routing": {},
        "channels": [],
        "share": 2.5,
    }


@pytest.mark.parametrize("text", ["much", "true", '"1"', "1,5", "NaN", "1e99999999999999999999"])
def test_a_number_field_takes_numbers_alone(text: str) -> None:
    found = columns("customerId", "share", schema=SCHEMA)
    values, ((column, message),) = read(found, "x", text)
    assert (column, values) == ("share", {"customerId": "x"})
    assert "Needs a number" in message


def test_a_field_of_several_types_must_be_mapped() -> None:
    assert "--map either=either:TYPE" in refusal("either", schema=SCHEMA)
    found = columns("either", maps=("either=either:integer",), schema=SCHEMA)
    assert read(found, "5") == ({"either": 5}, [])


def test_unknown_columns_are_all_named_together_with_what_the_workflow_has() -> None:
    said = refusal("customerId", "Phone", "Remarks", schema=SCHEMA)
    assert "Columns 'Phone', 'Remarks' are not known" in said
    assert "The workflow has 'customerId', 'score'" in said
    assert "Column 'Phone' is not known" in refusal("Phone")


def test_a_map_names_the_variable_and_an_empty_one_leaves_the_column_out() -> None:
    found = columns("A = B", "Notes", maps=("A = B=customerId:string", "Notes="))
    assert read(found, "x", "secret") == ({"customerId": "x"}, [])


@pytest.mark.parametrize(
    "text", ["customerId", "=a:string", "customerId=a", "customerId=a:text", "customerId=:string"]
)
def test_a_map_that_is_not_one_is_refused_with_the_way_to_write_it(text: str) -> None:
    assert "COLUMN=NAME:TYPE" in refusal("customerId", maps=(text,))


def test_a_map_for_a_column_that_is_not_there_names_the_columns_that_are() -> None:
    said = refusal("a:string", maps=("b=c:string",))
    assert "no such column" in said
    assert "'a:string'" in said


def test_a_column_mapped_twice_and_two_columns_for_one_variable_are_refused() -> None:
    assert "given twice" in refusal("a", maps=("a=x:string", "a=y:string"))
    assert "both give x" in refusal("x:string", "b", maps=("b=x:string",))


def test_a_file_of_which_every_column_is_left_out_is_refused() -> None:
    assert "nothing to send" in refusal("a", "b", maps=("a=", "b="))


def test_an_empty_cell_is_unset_unless_it_is_a_required_text() -> None:
    found = columns("customerId", "score", "note", schema=SCHEMA)
    values, errors = read(found, "", "", "")
    assert values == {}
    assert errors == [("", "Is empty; delete the row.")]
    values, errors = read(found, "", "5", "")
    assert (values, errors) == ({"score": 5}, [("customerId", "Needs a value.")])
    assert read(columns("a:string", "b:string"), "", "x") == ({"b": "x"}, [])


@pytest.mark.parametrize(
    ("cells", "said"), [(("1",), "Has 1 cell;"), (("1", "2", "3"), "3 cells;")]
)
def test_a_row_of_another_width_is_an_error_of_the_whole_row(
    cells: tuple[str, ...], said: str
) -> None:
    values, ((column, message),) = read(columns("a:string", "b:string"), *cells)
    assert (values, column) == ({}, "")
    assert said in message
    assert "the header has 2 cells" in message


def test_every_wrong_cell_of_a_row_is_told() -> None:
    found = columns("i:integer", "b:boolean", "s:string")
    values, errors = read(found, "3.7", "flase", "ok")
    assert values == {"s": "ok"}
    assert [column for column, _ in errors] == ["i:integer", "b:boolean"]


def test_what_the_definition_says_stands_at_the_column_it_is_about() -> None:
    found = columns("Customer", "tags:array", maps=("Customer=customerId:string",))
    row = Row(3, 4, ("x", "[]"))
    at = {
        message.path: str(found.error(row, message))
        for message in (
            FieldMessage("/customerId", "Too short."),
            FieldMessage("/tags/0/name", "Is needed."),
            FieldMessage("/score", "Is needed."),
            FieldMessage("", "Too few."),
        )
    }
    assert at == {
        "/customerId": "row 3 (line 4), Customer: Too short.",
        "/tags/0/name": "row 3 (line 4), tags:array: 0/name: Is needed.",
        "/score": "row 3 (line 4): score (no column): Is needed.",
        "": "row 3 (line 4): Too few.",
    }
