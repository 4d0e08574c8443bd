"""What a schema calls write-only is in no text that anybody reads or keeps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from console.domain.schema import UNSET, read_schema
from console.domain.schema_pick import best, kept, part_of, required_defaults, start_of
from console.domain.schema_secret import MASKED, has_secrets, masked, unmasked, without_secrets

PIN = {"type": "string", "writeOnly": True}
CANARY = "canary"


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"properties": {"a": PIN}}, {"a": CANARY}),
        ({"properties": {"a": {"properties": {"b": PIN}}}}, {"a": {"b": CANARY}}),
        ({"properties": {"a": {"items": PIN}}}, {"a": [CANARY, CANARY]}),
        ({"properties": {"a": {"prefixItems": [{}, PIN]}}}, {"a": ["x", CANARY]}),
        ({"additionalProperties": PIN}, {"any": CANARY}),
        ({"patternProperties": {"^s": PIN}}, {"s1": CANARY}),
        ({"properties": {"a": {"oneOf": [{"type": "integer"}, PIN]}}}, {"a": CANARY}),
        ({"oneOf": [{"properties": {"a": PIN}}, {"properties": {"a": {"type": "string"}}}]}, {"a": CANARY}),
        ({"if": {"required": ["never"]}, "then": {"properties": {"a": PIN}}}, {"a": CANARY}),
        ({"dependentSchemas": {"x": {"properties": {"a": PIN}}}}, {"a": CANARY}),
        ({"properties": {"a": {"$ref": "#/$defs/p"}}, "$defs": {"p": PIN}}, {"a": {"whole": [CANARY]}}),
        ({"properties": {"p": {"$ref": "#"}, "a": PIN}}, {"p": {"p": {"a": CANARY}}}),
    ],
)  # fmt: skip
def test_a_secret_is_masked_wherever_the_schema_hides_it(schema, value):
    spec = read_schema(schema)
    assert has_secrets(spec)
    shown = masked(spec, value)
    assert CANARY not in json.dumps(shown)
    assert MASKED in json.dumps(shown, ensure_ascii=False)
    assert CANARY not in json.dumps(without_secrets(spec, value))
    assert unmasked(spec, shown, value) == value


def test_what_was_typed_over_the_dots_is_what_counts():
    spec = read_schema({"properties": {"a": PIN, "b": {"items": PIN}}})
    before: Any = {"a": CANARY, "b": [CANARY, "two"]}
    assert unmasked(spec, {"a": "new", "b": [MASKED, "x", MASKED]}, before) == {
        "a": "new", "b": [CANARY, "x", MASKED],
    }  # fmt: skip
    assert unmasked(spec, {"a": MASKED, "c": 1}, UNSET) == {"a": MASKED, "c": 1}
    assert unmasked(spec, {"a": MASKED}, {"a": MASKED}) == {"a": MASKED}


def test_a_form_without_secrets_is_left_as_it_is():
    spec = read_schema({"properties": {"a": {"enum": [{"writeOnly": False}]}}})
    value: Any = {"a": 1}
    assert masked(spec, value) is value
    assert without_secrets(spec, value) is value


def test_a_whole_value_that_is_secret_is_dots():
    spec = read_schema({"type": "object", "writeOnly": True})
    assert masked(spec, {"a": 1}) == MASKED
    assert without_secrets(spec, {"a": 1}) is UNSET


# --- which form, and what it keeps ------------------------------------------------------------
FORMS = read_schema(
    {
        "oneOf": [
            {"type": "string", "format": "date"},
            {"type": "string"},
            {"type": "integer", "maximum": 9},
            {"type": "integer"},
            {"type": "array", "items": {"type": "integer"}},
            {"type": "array", "items": {"type": "string"}, "minItems": 2},
            {"properties": {"k": {"const": "a"}}, "required": ["k"]},
            {"properties": {"k": {"enum": ["b"]}, "n": {"oneOf": [{"type": "null"}, {"type": "array"}, {"type": "object"}]}}},
            {"type": "boolean"},
        ]
    }
)  # fmt: skip


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("2026-11-23", 0), ("other", 1), (5, 2), (50, 3), ([1], 4), (["a", "b"], 5), ([], 4),
        ({"k": "a"}, 6), ({"k": "b", "n": [1]}, 7), (True, 8), (["a"], 5), ([5, "b"], 4), (None, 0),
    ],
)  # fmt: skip
def test_a_value_finds_the_form_that_fits_it_best(value, place):
    assert best(FORMS.variants, value) == place


def test_a_switch_keeps_only_what_the_other_form_can_hold():
    assert kept("x", FORMS.variants[1], FORMS.variants[2]) is UNSET
    assert kept(5, FORMS.variants[2], FORMS.variants[3]) == 5
    assert kept(UNSET, FORMS.variants[2], FORMS.variants[3]) is UNSET
    assert kept({"k": "a"}, FORMS.variants[6], FORMS.variants[7]) == {}
    assert kept({"k": "b"}, FORMS.variants[7], FORMS.variants[6]) == {"k": "a"}
    assert kept("x", FORMS.variants[1], read_schema({"enum": ["y"]})) is UNSET
    assert kept(5, FORMS.variants[2], FORMS) == 5
    assert kept({"k": "a", "more": 1}, FORMS.variants[6], FORMS.variants[7]) == {"more": 1}
    nullable = read_schema({"type": ["number", "null"]})
    assert kept(None, nullable, nullable) is None
    assert kept(1, FORMS.variants[2], nullable) == 1
    assert kept(None, nullable, FORMS.variants[1]) is UNSET


def test_a_new_value_starts_with_what_it_must_have():
    assert start_of(read_schema({"const": 5})) == 5
    assert start_of(read_schema({"default": 6, "const": 5})) == 6
    spec = read_schema(
        {
            "properties": {"a": {"const": 1}, "b": {"default": 2}, "c": {"properties": {"d": {"default": 3}}, "required": ["d"]}, "e": {"$ref": "#"}},
            "required": ["a", "c", "e", "f"],
        }
    )  # fmt: skip
    assert required_defaults(spec) == {"a": 1, "c": {"d": 3}}


def test_a_part_of_a_value_is_found_in_the_form_that_the_value_has():
    spec = read_schema(
        {
            "oneOf": [
                {"properties": {"k": {"const": 1}, "x": {"title": "First"}}},
                {"properties": {"k": {"const": 2}, "x": {"title": "Second"}}},
            ]
        }
    )
    for kind, title in ((1, "First"), (2, "Second")):
        found = part_of(spec, {"k": kind, "x": 0}, "x")
        assert found is not None
        assert found.title == title
    rows = read_schema({"prefixItems": [{"title": "One"}], "items": {"title": "Rest"}})
    for place, title in ((0, "One"), (1, "Rest")):
        found = part_of(rows, [0, 0], place)
        assert found is not None
        assert found.title == title
    assert part_of(read_schema({"additionalProperties": False}), {}, "x") is None


def test_choices_in_choices_in_choices_end():
    schema: dict[str, object] = {"properties": {"x": {"title": "Deep"}}}
    for _ in range(6):
        schema = {"oneOf": [schema, {"type": "string"}]}
    spec = read_schema(schema)
    assert part_of(spec, {"x": 1}, "x") is None
    assert best([spec], {"x": 1}) == 0
    assert masked(FORMS, {"k": "a"}) == {"k": "a"}
    unread = read_schema({"properties": {"a": {"$ref": "elsewhere"}, "b": PIN}})
    assert masked(unread, {"a": {"x": 1}, "b": 2}) == {"a": {"x": 1}, "b": MASKED}
