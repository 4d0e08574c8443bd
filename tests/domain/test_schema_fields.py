"""A workflow's schema becomes the fields an operator sees; what no field shows is named."""

from __future__ import annotations

import json

import pytest

from console.domain.schema import (
    UNSET,
    FieldType,
    Unsupported,
    pointer,
    pointer_parts,
    read_schema,
)
from console.domain.schema_words import hint
from console.resources import resource_path


def field(schema, **around):
    """The only field of an object with `schema` as its part `a`."""
    return read_schema({"type": "object", "properties": {"a": schema}, **around}).children[0]


@pytest.mark.parametrize(
    ("schema", "type_"),
    [
        ({"type": "string"}, FieldType.STRING),
        ({"type": "integer"}, FieldType.INTEGER),
        ({"type": "number"}, FieldType.NUMBER),
        ({"type": ["integer", "number"]}, FieldType.NUMBER),
        ({"type": "boolean"}, FieldType.BOOLEAN),
        ({"type": "object"}, FieldType.OBJECT),
        ({"type": "array", "items": {"type": "string"}}, FieldType.ARRAY),
        ({"enum": ["a", "b"]}, FieldType.STRING),
        ({"enum": [1, None]}, FieldType.ANY),
        ({"const": "a"}, FieldType.STRING),
        ({"properties": {"b": {}}}, FieldType.OBJECT),
        ({"items": {"type": "string"}}, FieldType.ARRAY),
        ({"type": "null"}, FieldType.ANY),
        ({}, FieldType.ANY),
        (True, FieldType.ANY),
    ],
)
def test_each_data_type_gets_a_field_of_its_own(schema, type_):
    found = field(schema)
    assert found.type is type_
    assert found.unsupported == ()


def test_a_field_knows_what_the_schema_says_of_it():
    spec = field(
        {
            "type": ["integer", "null"], "title": "Priority score", "description": "How urgent.",
            "minimum": 0, "maximum": 100, "exclusiveMinimum": -1, "exclusiveMaximum": 101,
            "multipleOf": 5, "default": 50, "examples": [85], "readOnly": True, "writeOnly": True,
        },
        required=["a"],
    )  # fmt: skip
    assert (spec.path, spec.name, spec.title, spec.description) == (
        "/a", "a", "Priority score", "How urgent.",
    )  # fmt: skip
    assert spec.required
    assert spec.nullable
    assert (spec.minimum, spec.maximum, spec.multiple_of) == (0, 100, 5)
    assert (spec.exclusive_minimum, spec.exclusive_maximum) == (-1, 101)
    assert (spec.default, spec.examples) == (50, (85,))
    assert spec.read_only
    assert spec.write_only


def test_text_and_lists_know_their_limits():
    text = field(
        {"type": "string", "minLength": 1, "maxLength": 9, "pattern": "^a", "format": "date"}
    )
    assert (text.min_length, text.max_length, text.pattern, text.format) == (1, 9, "^a", "date")
    rows = field({"type": "array", "items": {}, "minItems": 1, "maxItems": 3, "uniqueItems": True})
    assert (rows.min_items, rows.max_items, rows.unique_items) == (1, 3, True)
    assert rows.item is not None
    assert rows.item.path == "/a/*"


def test_without_a_default_a_field_is_unset_and_null_is_another_thing():
    assert field({"type": "string"}).default is UNSET
    assert field({"type": ["string", "null"], "default": None}).default is None


def test_fields_stand_in_the_schemas_order_and_nest():
    spec = read_schema(
        {
            "type": "object",
            "properties": {
                "z": {"type": "string"},
                "routing": {
                    "type": "object",
                    "properties": {"channel": {"type": "string"}},
                    "required": ["channel"],
                },
                "a": {"type": "array", "items": {"type": "integer"}},
            },
        }
    )
    assert [f.path for f in spec.walk()] == [
        "", "/z", "/routing", "/routing/channel", "/a", "/a/*",
    ]  # fmt: skip
    assert spec.children[1].children[0].required
    assert not spec.children[1].required


def test_names_with_slashes_and_tildes_make_pointers_that_read_back():
    assert pointer("a/b", "c~d", 0) == "/a~1b/c~0d/0"
    assert pointer_parts("/a~1b/c~0d/0") == ("a/b", "c~d", "0")
    assert pointer_parts("") == ()


def test_a_reference_inside_the_schema_is_followed_and_its_own_words_win():
    spec = read_schema(
        {
            "type": "object",
            "properties": {"phone": {"$ref": "#/$defs/phone", "title": "Mobile"}},
            "$defs": {"phone": {"type": "string", "title": "Phone", "minLength": 3}},
        }
    )
    phone = spec.children[0]
    assert (phone.type, phone.title, phone.min_length) == (FieldType.STRING, "Mobile", 3)


def test_a_reference_may_lead_through_a_list_to_a_schema_of_true():
    spec = read_schema(
        {"properties": {"a": {"$ref": "#/$defs/all/1"}}, "$defs": {"all": [False, True]}}
    )
    assert spec.children[0].type is FieldType.ANY
    assert spec.all_unsupported() == ()


def test_fields_below_the_twelfth_level_are_one_json_entry():
    schema: dict[str, object] = {"type": "string"}
    for _ in range(20):
        schema = {"type": "object", "properties": {"a": schema}}
    deepest = list(read_schema(schema).walk())[-1]
    assert (deepest.path, deepest.type) == ("/a" * 12, FieldType.ANY)


@pytest.mark.parametrize(
    "reference", ["https://example.com/phone.json", "#/$defs/none", "other.json", "#anchor"]
)
def test_a_reference_that_leads_elsewhere_is_named_and_edited_as_json(reference):
    spec = field({"$ref": reference})
    assert spec.type is FieldType.ANY
    assert spec.unsupported == (Unsupported("/a", "$ref"),)


def test_a_schema_that_holds_itself_grows_on_demand_and_never_ends_by_itself():
    spec = read_schema(
        {
            "type": "object",
            "properties": {"name": {"type": "string"}, "parent": {"$ref": "#"}},
        }
    )
    for _ in range(10):
        inner = spec.children[1]
        assert inner.grows
        assert inner.type is FieldType.OBJECT
        spec = inner
    assert [f.path for f in spec.walk()] == [spec.path]


def test_a_keyword_from_another_vocabulary_is_named_but_keeps_the_typed_field():
    spec = field({"type": "string", "nullable": True, "x-order": 3})
    assert spec.type is FieldType.STRING
    assert spec.unsupported == (Unsupported("/a", "nullable"),)


def test_everything_unsupported_below_is_listed_at_the_top():
    spec = read_schema(
        {
            "properties": {
                "a": {"oneOf": [{"type": "string", "odd": 1}, {"type": "integer"}]},
                "b": {"items": [{"$dynamicRef": "#x"}], "type": "array"},
                "c": {"additionalProperties": {"$ref": "elsewhere.json"}},
                "d": {"type": "object", "if": {}, "then": {"properties": {"e": {"even": 1}}}},
            }
        }
    )
    assert spec.all_unsupported() == (
        Unsupported("/a", "odd"), Unsupported("/b/0", "$dynamicRef"), Unsupported("/c/*", "$ref"),
        Unsupported("/d/e", "even"),
    )  # fmt: skip


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": [1], "required": "a"},
        {"type": 5, "minimum": "x", "minLength": 1.5, "title": 3, "enum": []},
        {"type": "object", "properties": {"a": 3}},
        {"minimum": float("inf"), "examples": "x"},
    ],
)
def test_a_schema_that_is_nonsense_still_gives_a_form_so_that_it_can_be_told(schema):
    assert read_schema(schema).all_unsupported() == ()


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"type": "string"}, "string · required"),
        ({"type": "integer", "minimum": 0, "maximum": 100}, "integer 0–100 · required"),
        ({"type": "integer", "minimum": -100, "maximum": 100}, "integer -100 to 100 · required"),
        (
            {"type": "integer", "minimum": 1, "multipleOf": 15},
            "integer from 1 · steps of 15 · required",
        ),
        ({"type": "number", "maximum": 9.5}, "number up to 9.5 · required"),
        ({"type": "number", "exclusiveMinimum": 0}, "number over 0 · required"),
        ({"type": "number", "exclusiveMaximum": 7}, "number under 7 · required"),
        ({"type": "string", "format": "date"}, "date · required"),
        ({"type": "array", "items": {"type": "string"}}, "array of string · required"),
        ({"type": "array", "items": {}}, "array of JSON · required"),
        ({}, "JSON · required"),
        ({"type": "integer", "format": "date"}, "integer · required"),
        ({"type": "string", "format": "x-crm-id"}, "string · required"),
        ({"type": "array"}, "array · required"),
    ],
)
def test_the_hint_says_what_a_field_takes(schema, words):
    assert hint(field(schema, required=["a"])) == words
    assert hint(field(schema)) == words.removesuffix(" · required")


@pytest.mark.parametrize(
    "path", sorted(resource_path("workflows").glob("*.json")), ids=lambda p: p.stem
)
def test_every_workflow_of_the_product_is_shown_by_typed_fields_alone(path):
    spec = read_schema(json.loads(path.read_text())["schema"])
    assert spec.all_unsupported() == ()
    assert all(f.title for f in spec.walk() if f.path and not f.path.endswith("*"))
