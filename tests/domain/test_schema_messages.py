"""Values are judged by jsonschema and told in words that name what to do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from console.domain.schema import FieldMessage, read_schema, validate
from console.domain.schema_check import problem_of
from console.domain.schema_formats import FORMATS, fits
from console.domain.schema_words import shown
from console.resources import resource_path


def words(schema, value):
    """The only message for `value` as the part `a` of an object."""
    (message,) = validate({"type": "object", "properties": {"a": schema}}, {"a": value})
    assert message.path == "/a"
    return message.message


@pytest.mark.parametrize(
    ("schema", "value", "said"),
    [
        ({"maximum": 100}, 850, "Must be at most 100."),
        ({"minimum": 0}, -1, "Must be at least 0."),
        ({"exclusiveMinimum": 0}, 0, "Must be more than 0."),
        ({"exclusiveMaximum": 7}, 7, "Must be less than 7."),
        ({"multipleOf": 15}, 20, "Must be a multiple of 15."),
        ({"enum": ["gold", "silver"]}, "bronze", "Must be one of gold, silver."),
        ({"enum": list(range(20))}, -1, "Must be one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 8 more."),
        ({"const": "yes"}, "no", "Must be yes."),
        ({"type": "integer"}, "85", "Must be a whole number, not string."),
        ({"type": "integer"}, True, "Must be a whole number, not boolean."),
        ({"type": "string"}, None, "Must not be null."),
        ({"type": ["string", "null"]}, 3, "Must be text or null, not integer."),
        ({"minLength": 1}, "", "Must not be empty."),
        ({"minLength": 3}, "ab", "Needs at least 3 characters; has 2."),
        ({"maxLength": 1}, "ab", "At most 1 character is allowed; has 2."),
        ({"maxLength": 2}, "abc", "At most 2 characters are allowed; has 3."),
        ({"pattern": "^CUST-[0-9]{5}$"}, "x", "Does not have the expected form ^CUST-[0-9]{5}$."),
        ({"pattern": "^C", "examples": ["CUST-1"]}, "x", "Does not have the expected form, for example CUST-1."),
        ({"format": "date"}, "2026-02-30", "Must be a date such as 2026-11-23."),
        ({"minItems": 1}, [], "Needs at least 1 entry; has 0."),
        ({"maxItems": 2}, [1, 2, 3], "At most 2 entries are allowed; has 3."),
        ({"uniqueItems": True}, ["x", "x"], "Every entry must be different from the others."),
        ({"minProperties": 2}, {"b": 1}, "Needs at least 2 values; has 1."),
        ({"maxProperties": 1}, {"b": 1, "c": 2}, "At most 1 value is allowed; has 2."),
        ({"contains": {"const": 1}}, [2], "Needs at least 1 entry of the expected kind."),
        ({"contains": {"const": 1}, "maxContains": 1}, [1, 1], "At most 1 entries of that kind are allowed."),
        ({"not": {"const": 1}}, 1, "This value is excluded."),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 1, "Fits none of the allowed forms."),
        ({"oneOf": [{"type": "string"}, {"type": "null"}]}, 1, "Fits none of the allowed forms."),
        ({"oneOf": [{"minimum": 0}, {"maximum": 9}]}, 5, "Fits more than one allowed form."),
        ({"unevaluatedItems": False}, [1], "Unevaluated items are not allowed (1 was unexpected)."),
    ],
)  # fmt: skip
def test_an_operator_reads_what_to_change(schema, value, said):
    assert words(schema, value) == said


def test_a_missing_value_is_told_at_the_field_that_misses_it():
    schema = {"type": "object", "properties": {"it's": {}, "b": {}}, "required": ["it's", "b"]}
    assert validate(schema, {"b": 1}) == (FieldMessage("/it's", "Needs a value.", "required"),)


def test_a_name_that_the_workflow_does_not_know_is_told_with_those_it_knows():
    schema = {
        "properties": {"queue": {}}, "additionalProperties": False,
        "patternProperties": {"^x_": {"type": "integer"}},
    }  # fmt: skip
    messages = validate(schema, {"queue": 1, "x_a": "no", "qeue": 2})
    assert {(m.path, m.message) for m in messages} == {
        ("/qeue", "There is no value of this name here. Allowed: queue."),
        ("/x_a", "Must be a whole number, not string."),
    }
    assert validate({"additionalProperties": {"type": "integer"}}, {"a": "x"})[0].path == "/a"


def test_a_value_that_another_one_calls_for_is_told_at_its_own_field():
    schema = {"dependentRequired": {"callback": ["phone", "callback"], "other": ["x"]}}
    (message,) = validate(schema, {"callback": True})
    assert (message.path, message.message) == ("/phone", "Needs a value because callback has one.")
    draft7 = {"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": ["b"]}}
    assert validate(draft7, {"a": 1})[0].path == "/b"


def test_a_message_deep_in_a_list_names_its_place():
    schema = {"properties": {"lines": {"items": {"properties": {"n": {"maximum": 3}}}}}}
    (message,) = validate(schema, {"lines": [{"n": 1}, {"n": 9}]})
    assert message.path == "/lines/1/n"


def nested(levels):
    schema: dict[str, object] = {}
    for _ in range(levels):
        schema = {"items": schema}
    return schema


def test_a_schema_without_end_lets_nothing_through():
    for levels in (400, 100_000):
        assert "schema cannot be used" in validate(nested(levels), [])[0].message
        assert problem_of(nested(levels))
    assert problem_of([1])  # type: ignore[arg-type]
    assert not problem_of({"type": "object"})


def test_an_error_that_has_no_words_is_still_a_no(monkeypatch):
    monkeypatch.setattr("console.domain.schema_check.say", lambda _error: iter(()))
    (message,) = validate({"minimum": 4711}, 1)
    assert message.message == "Is not allowed by the workflow's form."


def test_only_the_first_messages_are_told_where_a_thousand_are_wrong():
    assert len(validate({"items": {"type": "string"}}, list(range(1_000)))) == 200


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "a{99999999999999}"},
        {"type": "foo"},
        {"minLength": "x"},
        {"properties": 3},
        {"pattern": "("},
    ],
)
def test_a_schema_that_is_none_lets_nothing_through(schema):
    (message,) = validate(schema, {})
    assert message.message.startswith("The form's schema cannot be used")
    assert problem_of(schema)


def test_a_schema_that_points_to_another_document_fetches_nothing_and_lets_nothing_through():
    (message,) = validate({"$ref": "http://127.0.0.1:1/schema.json"}, {})
    assert "nothing is fetched" in message.message


def test_a_value_nested_beyond_reason_is_told_not_crashed_on():
    value: object = 1
    for _ in range(5_000):
        value = [value]
    (message,) = validate({"items": {"$ref": "#"}}, value)  # type: ignore[arg-type]
    assert message.message == "Nested too deeply to be checked."


def test_a_pattern_that_python_cannot_read_lets_nothing_through():
    (message,) = validate(
        {"patternProperties": {"^(a+)+$": {}}, "additionalProperties": {"type": "string"}}, {"b": 1}
    )
    assert message.path == "/b"
    assert validate({"pattern": r"^\p{L}+$"}, "abc")
    assert validate({"pattern": "^a"}, 5) == validate({"pattern": "^a"}, "ab") == ()
    assert validate({"patternProperties": {"a": {}}, "additionalProperties": False}, [1]) == ()


def test_a_schema_of_true_takes_all_and_of_false_nothing():
    assert validate(True, {"a": 1}) == ()
    assert validate({"additionalProperties": False}, {}) == ()
    assert validate(False, {})[0].message == "Nothing is allowed here."


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", ["2026-11-23", "2024-02-29"], ["2026-02-30", "20261123", "2026-11-23T00:00", "२०२६-11-23", ""]),
        ("time", ["09:30:00", "23:59:60", "09:30:00.25Z", "09:30:00+02:00"], ["9:30", "24:00:00", "09:30:00+25:00", "09:61:00"]),
        ("date-time", ["2026-11-23T09:30:00Z", "2026-11-23 09:30:00.5-05:00"], ["2026-11-23T09:30:00", "2026-13-01T00:00:00Z", "soon"]),
        ("email", ["a@b.example", "a.b+c@example.com"], ["a", "@b", "a@", "a b@c.d", "a@.b", "a@b..c", "x" * 65 + "@b.c"]),
        ("uri", ["https://example.com/a?b=1#c", "tel:+49305550"], ["example.com", "http://a b", "https:", "://x"]),
        ("uuid", ["123e4567-e89b-12d3-a456-426614174000"], ["123e4567e89b12d3a456426614174000", "g" * 36]),
    ],
)  # fmt: skip
def test_a_format_is_checked_as_people_write_it(name, good, bad):
    assert [text for text in good if not fits(text, name)] == []
    assert [text for text in bad if fits(text, name)] == []
    assert validate({"format": name}, bad[0])[0].message == FORMATS[name][1]
    assert validate({"format": name}, 12) == ()


def test_a_format_nobody_knows_is_taken_as_text():
    assert fits("anything", "x-crm-id")
    assert validate({"format": "x-crm-id"}, "anything") == ()


def test_what_is_shown_of_a_value_is_short():
    assert shown("a" * 100) == "a" * 60 + "…"
    assert shown({"a": 1}) == '{"a": 1}'


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-200, 200)
    | st.sampled_from(["", "a", "voice", "2026-11-23"])
)
VALUES = st.dictionaries(
    st.sampled_from(
        ["customerId", "priorityScore", "requiresCallback", "routingMetadata", "other"]
    ),
    SCALARS | st.dictionaries(st.sampled_from(["channel", "queue", "x"]), SCALARS, max_size=3),
    max_size=5,
)


@given(VALUES)
def test_the_verdict_is_always_the_one_of_jsonschema(value):
    path = resource_path("workflows", "tutorial-example.json")
    schema = json.loads(path.read_text())["schema"]
    valid = Draft202012Validator(schema).is_valid(value)
    assert (validate(schema, value) == ()) is valid
    assert read_schema(schema).children[0].name == "customerId"


def test_of_several_forms_the_one_that_was_meant_says_what_it_lacks():
    schema = {
        "oneOf": [
            {"properties": {"kind": {"const": "bank"}}, "required": ["kind", "iban"]},
            {"properties": {"kind": {"const": "card"}, "last4": {"type": "string"}}, "required": ["kind"]},
        ]
    }  # fmt: skip
    told = {m.path: m.message for m in validate(schema, {"kind": "bank"})}
    assert told == {"/iban": "Needs a value."}
    told = {m.path: m.message for m in validate(schema, {"kind": "card", "last4": 5})}
    assert told == {"/last4": "Must be text, not integer."}
    told = {m.path: m.message for m in validate(schema, {"kind": "cash"})}
    assert told.keys() <= {"", "/kind"}
    either = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    assert [m.message for m in validate(either, [])] == ["Fits none of the allowed forms."]
    for never in ({"anyOf": [False, {"type": "string"}]}, {"oneOf": [False, False]}):
        assert [m.message for m in validate(never, 5)] == ["Fits none of the allowed forms."]
    both = {"oneOf": [{"minimum": 1}, {"minimum": 2}]}
    assert [m.message for m in validate(both, 5)] == ["Fits more than one allowed form."]
