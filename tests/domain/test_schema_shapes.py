"""A schema's merged, chosen and conditional parts become fields that come and go with the value."""

from __future__ import annotations

import pytest

from console.domain.schema import UNSET, FieldType, read_schema


def field(schema, **around):
    """The only field of an object with `schema` as its part `a`."""
    return read_schema({"type": "object", "properties": {"a": schema}, **around}).children[0]


def names(spec):
    return [child.name for child in spec.children]


# --- merged ---------------------------------------------------------------------------------
def test_all_parts_of_an_all_of_are_one_form_with_the_sharpest_limits():
    spec = field(
        {
            "title": "Callback",
            "allOf": [
                {"$ref": "#/$defs/base"},
                {
                    "title": "Other",
                    "properties": {"count": {"minimum": 3, "maximum": 9}, "note": {}},
                    "required": ["note"],
                    "additionalProperties": False,
                },
            ],
        },
        **{
            "$defs": {
                "base": {
                    "type": ["object", "null"],
                    "properties": {"count": {"type": "integer", "minimum": 1, "maximum": 20}},
                    "required": ["count"],
                }
            }
        },
    )
    assert (spec.title, spec.type, spec.nullable, spec.open) == (
        "Callback", FieldType.OBJECT, True, False,
    )  # fmt: skip
    count, note = spec.children
    assert (count.type, count.minimum, count.maximum) == (FieldType.INTEGER, 3, 9)
    assert count.required
    assert note.required


@pytest.mark.parametrize(
    ("parts", "type_", "enum"),
    [
        ([{"type": "number"}, {"type": "integer"}], FieldType.INTEGER, None),
        ([{"type": ["integer", "string"]}, {"type": "number"}], FieldType.INTEGER, None),
        ([{"type": "string"}, {"type": "integer"}], FieldType.ANY, None),
        ([{"enum": ["a", "b", 1]}, {"enum": ["b", 1.0, True]}], FieldType.ANY, ("b", 1)),
        ([{"enum": [["x"], {"y": 1}]}, {"enum": [{"y": 1.0}]}], FieldType.ANY, ({"y": 1},)),
    ],
)
def test_what_two_parts_allow_is_what_both_allow(parts, type_, enum):
    spec = field({"allOf": parts})
    assert (spec.type, spec.enum) == (type_, enum)


def test_beside_a_reference_draft_7_counts_nothing_and_2020_12_everything():
    schema = {
        "properties": {"a": {"$ref": "#/$defs/t", "title": "Own", "maxLength": 3}},
        "$defs": {"t": {"type": "string", "maxLength": 9, "title": "Theirs"}},
    }
    assert read_schema(schema).children[0].max_length == 3
    old = read_schema({**schema, "$schema": "http://json-schema.org/draft-07/schema#"}).children[0]
    assert (old.max_length, old.title) == (9, "Own")


@pytest.mark.parametrize("reference", ["#phone", "phone.json", "https://example.com/phone.json"])
def test_a_part_with_a_name_of_its_own_is_found_by_it_in_the_document_alone(reference):
    spec = read_schema(
        {
            "$id": "https://example.com/whole.json",
            "properties": {"a": {"$ref": reference}, "b": {"$ref": "list.json#/items"}},
            "$defs": {
                "p": {"$anchor": "phone", "type": "string"},
                "q": {"$id": "phone.json", "type": "string"},
                "r": {"$id": "list.json", "items": {"$ref": "#/$defs/n"}, "$defs": {"n": {"type": "integer"}}},
            },
        }
    )  # fmt: skip
    assert spec.children[0].type is FieldType.STRING
    assert spec.children[1].type is FieldType.INTEGER
    assert spec.all_unsupported() == ()


@pytest.mark.parametrize(
    "pointer", ["#/$defs/a%20b", "#/$defs/%c3%a9", "#/$defs/x~1y", "#/$defs/100%"]
)
def test_a_reference_is_written_as_a_web_address_is(pointer):
    parts = {"a b": {"type": "string"}, "é": {"type": "string"}, "x/y": {"type": "string"}, "100%": {"type": "string"}}  # fmt: skip
    spec = read_schema({"properties": {"a": {"$ref": pointer}}, "$defs": parts}).children[0]
    assert spec.type is FieldType.STRING


def test_references_that_only_lead_to_each_other_end():
    spec = field({"$ref": "#/$defs/x"}, **{"$defs": {"x": {"$ref": "#/$defs/y"}, "y": {"$ref": "#/$defs/x"}}})  # fmt: skip
    assert spec.type is FieldType.ANY


# --- chosen ---------------------------------------------------------------------------------
@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_a_choice_between_a_value_and_null_is_a_field_that_may_be_null(keyword):
    spec = field({keyword: [{"type": "null"}, {"type": "string", "maxLength": 5}]})
    assert (spec.type, spec.nullable, spec.max_length) == (FieldType.STRING, True, 5)
    assert spec.variants == ()


def test_a_choice_between_constants_is_a_list_of_values_with_their_words():
    spec = field({"oneOf": [{"const": "m", "title": "Morning"}, {"const": "e"}, {"enum": [3]}]})
    assert spec.enum == ("m", "e", 3)
    assert spec.labels == ("Morning", "e", "3")


@pytest.mark.parametrize(
    ("branches", "titles"),
    [
        ([{"title": "By phone"}, {"title": "By mail"}], ("By phone", "By mail")),
        (
            [
                {"properties": {"kind": {"const": "card"}}},
                {"properties": {"kind": {"enum": ["cash"]}}},
            ],
            ("card", "cash"),
        ),
        ([{"required": ["a", "b"]}, {"required": ["a", "c"]}], ("b", "c")),
        ([{"type": "string"}, {"type": "integer"}], ("Text", "Whole number")),
        ([{"type": "string"}, {"type": "string", "format": "date"}], ("Text 1", "Text 2")),
        ([{"title": "X"}, {"title": "X"}], ("X (1)", "X (2)")),
        ([{"minimum": 1}, {"maximum": 0}], ("Form 1", "Form 2")),
    ],
)
def test_each_form_of_a_choice_has_a_name(branches, titles):
    spec = field({"oneOf": branches})
    assert spec.variant_titles == titles
    assert spec.choice == "oneOf"


def test_a_form_of_a_choice_has_what_stands_beside_the_choice_too():
    spec = field(
        {
            "type": "object",
            "properties": {"id": {"type": "string"}},
            "oneOf": [
                {"properties": {"iban": {"type": "string"}}, "required": ["iban"]},
                {"properties": {"card": {"type": "string"}}},
            ],
        }
    )
    assert [names(variant) for variant in spec.variants] == [["id", "iban"], ["id", "card"]]
    assert spec.variants[0].children[1].required
    assert spec.children == ()


def test_two_choices_are_made_one_after_the_other():
    spec = field(
        {"oneOf": [{"title": "A"}, {"title": "B"}], "anyOf": [{"title": "C"}, {"title": "D"}]}
    )
    assert spec.variants[1].variant_titles == ("C", "D")
    assert spec.variants[1].variants[0].variants == ()


def test_several_types_are_a_choice_of_type():
    spec = field({"type": ["string", "integer", "null"], "maxLength": 4})
    assert spec.nullable
    assert [v.type for v in spec.variants] == [FieldType.STRING, FieldType.INTEGER]
    assert spec.variant_titles == ("Text", "Whole number")
    assert spec.all_unsupported() == ()


def test_a_choice_of_one_is_none_and_what_is_never_allowed_is_not_offered():
    spec = field({"oneOf": [{"type": "string"}, False]})
    assert (spec.type, spec.variants) == (FieldType.STRING, ())


# --- conditional ----------------------------------------------------------------------------
CONDITIONAL = {
    "type": "object",
    "properties": {"channel": {"enum": ["voice", "mail"]}},
    "if": {"properties": {"channel": {"const": "mail"}}, "required": ["channel"]},
    "then": {"properties": {"address": {"type": "string"}}, "required": ["address"]},
    "else": {"properties": {"number": {"type": "string"}}},
    "dependentRequired": {"number": ["country"]},
    "dependentSchemas": {"country": {"properties": {"region": {"type": "string"}}}},
}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (UNSET, ["channel", "number"]),
        ({}, ["channel", "number"]),
        ({"channel": "mail"}, ["channel", "address"]),
        ({"channel": "voice", "number": "1"}, ["channel", "number", "country"]),
        ({"number": "1", "country": "DE"}, ["channel", "number", "region", "country"]),
        ("no object", ["channel", "address"]),
    ],
)
def test_fields_appear_with_the_values_that_ask_for_them(value, expected):
    spec = read_schema(CONDITIONAL)
    shaped = spec.under(value)
    assert names(shaped) == expected
    assert spec.under(value) is shaped


def test_draft_7_dependencies_are_both_kinds_at_once():
    spec = read_schema(
        {
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "properties": {"a": {}, "b": {}},
            "dependencies": {"a": ["c"], "b": {"properties": {"d": {"type": "integer"}}}},
        }
    )
    assert names(spec.under({})) == ["a", "b"]
    assert names(spec.under({"a": 1, "b": 1})) == ["a", "b", "d", "c"]


def test_a_field_that_appears_may_make_others_appear():
    spec = read_schema(
        {
            "properties": {"a": {}},
            "if": {"required": ["a"]},
            "then": {
                "properties": {"b": {}},
                "if": {"required": ["b"]},
                "then": {"properties": {"c": {}}},
            },
        }
    )
    assert names(spec.under({"a": 1})) == ["a", "b"]
    assert names(spec.under({"a": 1, "b": 1})) == ["a", "b", "c"]


def test_a_condition_that_nobody_can_judge_does_not_hold():
    spec = read_schema({"properties": {"a": {}}, "if": {"$ref": "x.json"}, "then": {"required": ["b"]}})  # fmt: skip
    assert names(spec.under({})) == ["a"]


# --- lists and names of one's own -------------------------------------------------------------
def test_a_list_knows_its_first_entries_one_by_one_and_the_rest_together():
    for schema in (
        {"prefixItems": [{"type": "string"}, {"type": "integer"}], "items": {"type": "boolean"}},
        {"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": {"type": "boolean"}},
    ):  # fmt: skip
        spec = field(schema)
        assert spec.type is FieldType.ARRAY
        assert [p.type for p in spec.prefix] == [FieldType.STRING, FieldType.INTEGER]
        assert [p.path for p in spec.prefix] == ["/a/0", "/a/1"]
        assert spec.item is not None
        assert spec.item.type is FieldType.BOOLEAN
    assert field({"prefixItems": [{}], "items": False}).item is None


def test_names_of_ones_own_hold_what_their_pattern_or_the_rest_says():
    spec = field(
        {
            "type": "object",
            "properties": {"x-size": {"title": "Size"}},
            "patternProperties": {"^x-": {"type": "integer"}, "(": {"type": "string"}},
            "additionalProperties": {"type": "string"},
        }
    )
    assert spec.keyed
    assert spec.children[0].type is FieldType.INTEGER
    for name, type_ in (("x-a", FieldType.INTEGER), ("other", FieldType.STRING)):
        found = spec.other(name)
        assert found is not None
        assert (found.type, found.path) == (type_, f"/a/{name}")
    closed = field({"type": "object", "additionalProperties": False})
    assert closed.other("x") is None
    assert not closed.open
    assert field({"type": "string"}).other("x") is None
    assert field(True).other("x") is None


def test_a_name_that_must_be_there_has_a_field_though_nobody_says_what_it_is():
    spec = field({"type": "object", "required": ["b"], "patternProperties": {"b": {"type": "integer"}}})  # fmt: skip
    assert [(c.name, c.type, c.required) for c in spec.children] == [("b", FieldType.INTEGER, True)]
