"""Schemas without end and numbers without bounds are read in bounded time and judged exactly."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.schema import UNSET, FieldType, Unsupported, read_schema, validate
from console.domain.schema_words import hint
from console.domain.values import parse_json


def field(schema, **around):
    """The only field of an object with `schema` as its part `a`."""
    return read_schema({"type": "object", "properties": {"a": schema}, **around}).children[0]


def names(spec):
    return [child.name for child in spec.children]


# --- hostile --------------------------------------------------------------------------------
def test_a_schema_that_forks_into_itself_is_read_at_once():
    node = {"type": "object", "properties": {k: {"$ref": "#"} for k in "abcdefgh"}}
    wide = {"allOf": [{"$ref": "#/$defs/n"}] * 500, "$defs": {"n": {"anyOf": [{"$ref": "#"}, {"type": "string"}]}}}  # fmt: skip
    many = {"properties": {f"p{n}": {"type": "string", "odd": 1} for n in range(5000)}}
    began = time.process_time()
    for schema in (node, wide):
        spec = read_schema(schema)
        spec.all_unsupported()
        for _ in range(30):
            spec = (spec.variants or spec.children or (spec,))[0]
    assert len(read_schema(many).all_unsupported()) == 5000
    assert time.process_time() - began < 20


def test_more_parts_than_anybody_means_are_named_instead_of_followed():
    schema: dict[str, object] = {"type": "string"}
    for n in range(13):
        schema = {"allOf": [schema, {**schema, "title": str(n)}]}
    each_its_own = json.loads(json.dumps(schema))
    assert Unsupported("/a", "allOf") in field(each_its_own).unsupported


@given(
    st.recursive(
        st.sampled_from([True, False, {}, {"type": "string"}, {"const": None}, {"enum": [1, "x"]}, {"type": ["null", "array"]}, {"$ref": "#"}, {"$ref": "#/properties/a"}, {"type": 5}]),
        lambda inner: st.fixed_dictionaries(
            {},
            optional={
                "allOf": st.lists(inner, max_size=3), "anyOf": st.lists(inner, max_size=3),
                "oneOf": st.lists(inner, max_size=3), "if": inner, "then": inner, "else": inner,
                "items": inner | st.lists(inner, max_size=2), "prefixItems": st.lists(inner, max_size=2),
                "properties": st.dictionaries(st.sampled_from("ab"), inner), "not": inner,
                "dependencies": st.dictionaries(st.sampled_from("ab"), inner | st.just(["a"])),
                "patternProperties": st.dictionaries(st.sampled_from(["a", "("]), inner),
                "additionalProperties": inner, "propertyNames": inner, "required": st.just(["a", 1]),
            },
        ),
        max_leaves=8,
    )
)  # fmt: skip
def test_no_schema_however_odd_fails_to_become_a_field(schema):
    spec = read_schema(schema)
    spec.all_unsupported()
    values: tuple[Any, ...] = (UNSET, {"a": 1, "b": {"a": []}}, [1])
    for value in values:
        list(spec.under(value).walk())
    _ = (spec.variant_titles, spec.item, spec.prefix, spec.other("a"))


# --- judged exactly -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("schema", "text", "valid"),
    [
        ({"multipleOf": 0.01}, "1.10", True),
        ({"minimum": 1.1}, "1.10", True),
        ({"const": 1.1}, "1.10", True),
        ({"type": "integer"}, "1.00", True),
        ({"type": "integer"}, "0.99999999999999999999", False),
        ({"type": "integer"}, "1e400", True),
        ({"type": "integer"}, "9" * 5000, True),
        ({"maximum": 1e300}, "1e400", False),
        ({"maximum": 0.1}, "0.10000000000000000001", False),
        ({"const": 0.1}, "0.10000000000000000001", False),
        ({"enum": [0.1, 2]}, "[0.10000000000000000001]", False),
        ({"items": {"minimum": 0.5}}, "[0.5, 0.10000000000000000001]", False),
        ({"multipleOf": 0.1}, "0.30000000000000000001", False),
        ({"multipleOf": 0.1}, "123456789012345678901234567890.1", True),
        ({"multipleOf": 0.5}, "1" + "0" * 400, True),
        ({"multipleOf": 3}, "1e400", False),
        ({"multipleOf": 3}, "1e9999999", False),
        ({"multipleOf": 3, "uniqueItems": True}, '"text"', True),
        ({"uniqueItems": False}, "[1, 1]", True),
        ({"uniqueItems": True}, "[0.1, 0.10000000000000000001]", True),
        ({"uniqueItems": True}, "[1, 1.0, true]", False),
        ({"uniqueItems": True}, '[1, true, 0, false, "1", null, [1], [true], {"a": 1}, {"a": true}]', True),
        ({"uniqueItems": True}, '[{"a": [1, 2.0]}, {"a": [1.0, 2]}]', False),
    ],
)  # fmt: skip
def test_numbers_are_judged_as_they_are_typed(schema, text, valid):
    assert (validate(schema, parse_json(text)) == ()) is valid


def test_ten_thousand_entries_are_compared_in_one_go():
    rows: list[Any] = [{"id": n} for n in range(10_000)]
    began = time.process_time()
    assert validate({"uniqueItems": True}, rows) == ()
    assert time.process_time() - began < 10


def test_odd_ways_to_say_usual_things_are_understood():
    assert field({"minimum": parse_json("1.0e1")}).minimum == 10
    assert field({"minimum": parse_json("1e400")}).minimum is None
    assert field({"allOf": [{"enum": [[1], "x"]}, {"enum": [[1.0], [2], "y"]}]}).enum == ([1],)
    assert field({"oneOf": [{"const": 1}, {"const": 1.0}, {"const": 2}]}).enum == (1, 2)
    choice = field({"oneOf": [{"const": {"a": 1}}, {"type": "integer"}]})
    assert choice.variant_titles[0] == '{"a": 1}'
    alone = {"oneOf": [{"properties": {"k": {"enum": ["x"]}}}, {"properties": {"m": {}}}]}
    assert field(alone).variant_titles == ("k", "m")
    odds: tuple[Any, ...] = (
        {"propertyNames": 5}, {"prefixItems": 5}, {"oneOf": []}, {"dependencies": {"a": 5}},
        {"additionalItems": {"type": "string"}, "items": {"type": "integer"}},
        {"allOf": [{"prefixItems": [{"title": "A"}]}, {"prefixItems": [{"type": "integer"}]}]},
    )  # fmt: skip
    for odd in odds:
        assert field(odd).unsupported == ()
    both = field({"allOf": [{"prefixItems": [{"title": "A"}]}, {"items": [{"type": "integer"}]}]})
    assert [(p.title, p.type) for p in both.prefix] == [("A", FieldType.INTEGER)]


def test_conditions_without_end_are_asked_so_many_times_and_no_more():
    schema: dict[str, object] = {"properties": {"last": {}}}
    for n in range(40):
        schema = {"properties": {f"p{n}": {}}, "if": True, "then": schema}
    shaped = read_schema(schema).under({})
    assert 20 <= len(shaped.children) < 40


def test_a_name_that_holds_no_schema_leaves_the_rest_readable():
    spec = read_schema(
        {
            "properties": {"a": {"$ref": "x.json"}, "b": {"$id": "http://[", "type": "integer"}},
            "$defs": {"x": {"$id": "x.json", "type": "string"}},
        }
    )
    assert spec.children[1].type is FieldType.INTEGER


def test_a_schema_that_forks_without_end_is_told_instead_of_followed():
    forks = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(40)}
    schema = {"$ref": "#/$defs/a0", "$defs": {**forks, "a40": {"type": "integer"}}}
    (told,) = validate(schema, 5)
    assert "forks too often" in told.message
    spec = read_schema({**schema, "$ref": "#", "if": {"$ref": "#/$defs/a0"}, "then": {"required": ["x"]}})  # fmt: skip
    assert names(spec.under({})) == []


def test_a_hint_names_the_forms_of_a_choice_and_what_is_locked():
    assert hint(field({"type": ["string", "integer"]})) == "string or integer"
    assert hint(field({"type": ["string", "integer", "boolean", "array"]})) == "one of several"
    assert hint(field({"enum": [1, "x"], "readOnly": True})) == "choice · read only"


def test_values_deeper_than_can_be_judged_are_told_so():
    deep: Any = 1
    for _ in range(100):
        deep = {"a": [deep]}
    tree = {"properties": {"a": {"items": {"anyOf": [{"$ref": "#"}]}}}}
    before = sys.getrecursionlimit()
    assert validate(tree, {"a": [{"b": parse_json("1e400")}]}) == ()
    try:
        sys.setrecursionlimit(700)
        for value in (deep, {"a": [deep], "b": parse_json("1e400")}):
            (told,) = validate(tree, value)
            assert told.message == "Nested too deeply to be checked."
    finally:
        sys.setrecursionlimit(before)
