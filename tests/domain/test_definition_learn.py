"""A definition learned from past jobs fits them all and demands only what all had."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.definition_learn import learn_schema, title_of
from console.domain.schema import validate

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=4), VALUES, max_size=4)


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("customerId", "Customer id"),
        ("customer_id", "Customer id"),
        ("vip-routing.level", "Vip routing level"),
        ("URL", "URL"),
        ("callbackURL", "Callback URL"),
        ("HTTPServer", "HTTP server"),
        ("a", "A"),
        ("über", "Über"),
        ("__", "__"),
    ],
)
def test_a_title_comes_from_the_name(name, title):
    assert title_of(name) == title


def test_one_job_gives_types_and_titles_and_demands_nothing():
    assert learn_schema(
        [{"customerId": "CUST-1", "score": 85, "tags": ["a"], "who": {"x": 1.5}}]
    ) == {
        "type": "object",
        "properties": {
            "customerId": {"title": "Customer id", "type": "string"},
            "score": {"title": "Score", "type": "integer"},
            "tags": {"title": "Tags", "type": "array", "items": {"type": "string"}},
            "who": {
                "title": "Who",
                "type": "object",
                "properties": {"x": {"title": "X", "type": "number"}},
            },
        },
    }


def test_what_every_one_of_several_jobs_had_is_required():
    schema = learn_schema([{"a": 1, "b": None}, {"a": 2.5}, {"a": 3, "b": "x"}])
    assert schema["required"] == ["a"]
    assert schema["properties"]["a"]["type"] == "number"
    assert schema["properties"]["b"]["type"] == ["string", "null"]


def test_several_entries_of_one_job_demand_nothing():
    schema = learn_schema([{"rows": [{"a": 1}, {"a": 2}]}])
    assert "required" not in schema["properties"]["rows"]["items"]


def test_no_jobs_give_a_form_without_fields():
    assert learn_schema([]) == {"type": "object", "properties": {}}


def test_no_value_of_a_customer_stands_in_the_schema():
    schema = learn_schema([{"customerId": "CUST-99887", "list": ["CUST-1"]}])
    assert "CUST" not in json.dumps(schema)


@given(contexts=st.lists(OBJECTS, min_size=1, max_size=4))
def test_every_job_fits_what_was_learned_from_it(contexts):
    schema = learn_schema(contexts)
    for context in contexts:
        assert validate(schema, context) == ()
