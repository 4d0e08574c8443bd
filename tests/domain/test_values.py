"""What an operator types becomes the value that was meant, or is refused in words."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationInfo, field_validator

from console.domain.values import (
    MAX_DEPTH,
    DataType,
    FieldError,
    check,
    check_tree,
    parse,
    parse_json,
    type_name,
)
from console.domain.wire_json import as_floats, to_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


class TutorialVariable(BaseModel):
    """The tutorial's field order: the value comes before the type that should shape it."""

    name: str
    value: object
    data_type: str

    @field_validator("value", mode="before")
    @classmethod
    def shape(cls, value: object, info: ValidationInfo) -> object:
        if info.data.get("data_type") == "integer":
            return int(str(value))
        return value


def test_the_tutorials_coercion_never_ran_because_its_type_was_not_known_yet():
    variable = TutorialVariable(name="priorityScore", value="85", data_type="integer")
    assert variable.value == "85"


def test_a_score_typed_as_text_is_sent_as_the_number_that_it_writes():
    assert parse("85", DataType.INTEGER) == 85
    assert parse("true", DataType.BOOLEAN) is True


@pytest.mark.parametrize(
    "text", ["3.7", "true", "", "1e3", "+5", "007", "1_000", "１２", "٣", "4 2", "--1", "0x1F"]
)
def test_what_is_no_whole_number_is_refused_not_rounded(text):
    with pytest.raises(FieldError, match="whole number"):
        parse(text, DataType.INTEGER)


@pytest.mark.parametrize("text", ["flase", "", "2", "ja", "on", "truee", "null", "0.0"])
def test_a_misspelt_yes_or_no_is_refused_not_taken_for_no(text):
    with pytest.raises(FieldError, match="true or false"):
        parse(text, DataType.BOOLEAN)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("TRUE", True), ("Yes", True), ("1", True), ("False", False), ("NO", False), (" 0 ", False)],
)
def test_yes_and_no_are_read_in_any_case(text, meant):
    assert parse(text, DataType.BOOLEAN) is meant


@pytest.mark.parametrize("digits", ["9223372036854775808", "9" * 19, "7" * 400, "-" + "8" * 400])
def test_a_number_of_any_length_keeps_every_digit(digits):
    assert str(parse(digits, DataType.INTEGER)) == digits
    assert json.dumps(parse_json(digits)) == digits


@pytest.mark.parametrize("kind", [DataType.INTEGER, DataType.ARRAY])
def test_a_whole_number_longer_than_python_reads_keeps_every_digit_too(kind):
    digits = "9" * 200_000
    text = digits if kind is DataType.INTEGER else f"[{digits}]"
    assert to_text(parse(text, kind)) == text


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "مرحبا", "a\u202eb", "tab\tline\nend", "", "  "])
def test_text_is_kept_to_the_character(text):
    assert parse(text, DataType.STRING) == text


@pytest.mark.parametrize("text", ["\ud83d", "ok \udc00"])
def test_half_a_character_is_refused(text):
    with pytest.raises(FieldError, match="half of a character"):
        parse(text, DataType.STRING)


@pytest.mark.parametrize("text", ['["\\ud800"]', '{"\\udfff": 1}', '{"a": {"b": "\\ud83d"}}'])
def test_half_a_character_is_refused_inside_json_too(text):
    with pytest.raises(FieldError, match="half of a character"):
        parse_json(text)


@pytest.mark.parametrize(
    "text",
    [
        "1e400",
        "-1e400",
        "0.1234567890123456789",
        "1e-400",
        "12345678901234567890.5",
        "1.10",
        "1e3",
        "1E5",
        "-0",
        "-0.0",
        "0.0",
        "100000000000000000000.0",
    ],
)
def test_a_number_is_written_again_as_it_was_typed(text):
    assert to_text(parse_json(f'[{text}, {{"a": {text}}}]')) == f'[{text}, {{"a": {text}}}]'
    assert type_name(parse_json(text)) == "number"
    assert copy.deepcopy(parse_json(f"[{text}]")) == parse_json(f"[{text}]")
    assert to_text(copy.copy(parse_json(text))) == text


@pytest.mark.parametrize("text", ["1e99999999999999999999", "-1E-99999999999999999999"])
def test_an_exponent_that_no_computer_has_is_refused_in_words(text):
    with pytest.raises(FieldError, match="too large an exponent"):
        parse_json(f"[{text}]")


def test_a_text_that_looks_like_our_own_mark_for_a_number_stays_a_text():
    for text in ('["@n0", 1.10]', '[1.10, "@n1", "@nn0", 2.20]', '{"@n0": 1e5, "x": "\\"@n0\\""}'):
        assert to_text(parse_json(text)) == text


def test_one_number_in_two_spellings_has_one_plain_text():
    spelled = to_text(parse_json("[1.10, 1e3, 0.00, 1e400, 0.1234567890123456789]"), plain=True)
    assert spelled == "[1.1, 1000.0, 0.0, 1e400, 0.1234567890123456789]"
    assert as_floats(parse_json('{"a": [1.10, 1e400, "1.10", 1]}')) == {
        "a": [1.1, float("inf"), "1.10", 1]
    }


def test_what_is_no_json_is_refused_or_written_as_told():
    with pytest.raises(TypeError):
        to_text({"at": object()})  # type: ignore[dict-item]
    assert to_text([{1}], other=lambda _value: "a set") == '["a set"]'  # type: ignore[list-item]


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_word_for_is_refused(text):
    with pytest.raises(FieldError, match="is not JSON"):
        parse_json(text)


def test_a_key_that_stands_twice_is_refused_because_one_value_would_be_lost():
    with pytest.raises(FieldError, match="'queue' stands twice"):
        parse('{"queue": "sales", "queue": "billing"}', DataType.OBJECT)


def test_broken_json_is_told_with_line_and_column():
    with pytest.raises(FieldError, match="line 2, column 11"):
        parse_json('{"a": 1,\n "queue": }')


def test_a_list_is_no_object_and_an_object_no_list():
    with pytest.raises(FieldError, match="JSON object"):
        parse("[1]", DataType.OBJECT)
    with pytest.raises(FieldError, match="JSON array"):
        parse("{}", DataType.ARRAY)
    assert parse("[1]", DataType.ARRAY) == [1]


@pytest.mark.parametrize("levels", [MAX_DEPTH + 1, 100_000])
def test_nesting_without_end_is_refused_in_words(levels):
    with pytest.raises(FieldError, match=r"[Nn]ested too deeply"):
        parse_json("[" * levels + "]" * levels)


def test_a_value_from_elsewhere_is_checked_without_being_changed():
    assert check(85, DataType.INTEGER) == 85
    for value in (True, 3.0, "85", None):
        with pytest.raises(FieldError, match=f"not {type_name(value)}"):
            check(value, DataType.INTEGER)
    with pytest.raises(FieldError, match="NaN"):
        check_tree([float("nan")])
    with pytest.raises(FieldError, match="must be text"):
        check_tree({1: "a"})  # type: ignore[dict-item]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, "null"),
        (True, "boolean"),
        (1, "integer"),
        (1.5, "number"),
        ("", "string"),
        ([], "array"),
        ({}, "object"),
    ],
)
def test_a_type_has_a_name_that_an_operator_knows(value, name):
    assert type_name(value) == name


@given(JSON)
def test_any_json_that_is_read_is_what_was_written(value):
    assert _same(parse_json(json.dumps(value)), value)


@given(st.integers())
def test_any_whole_number_is_read_back_exactly(number):
    assert parse(str(number), DataType.INTEGER) == number


@given(st.text())
def test_any_text_is_kept_or_refused_never_changed(text):
    try:
        assert parse(text, DataType.STRING) == text
    except FieldError:
        assert any("\ud800" <= char <= "\udfff" for char in text)


@given(st.text(max_size=12), st.sampled_from(sorted(DataType)))
def test_whatever_is_typed_gives_a_value_of_the_type_or_an_error_in_words(text, data_type):
    try:
        value = parse(text, data_type)
    except FieldError as error:
        said = str(error)
    else:
        said = f"{check(value, data_type)}."
    assert said.endswith(".")


def _same(one: object, other: object) -> bool:
    return json.dumps(one) == json.dumps(other)
