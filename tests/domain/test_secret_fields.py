"""Write-only values are left out of everything that is kept, at any depth."""

from console.domain.schema import UNSET, read_schema
from console.domain.secret_fields import value_at, with_masks, without_secrets

SECRET = {"type": "string", "writeOnly": True}
SCHEMA = {
    "type": "object",
    "properties": {
        "pin": SECRET,
        "who": {"type": "object", "properties": {"name": {"type": "string"}, "pass": SECRET}},
        "cards": {
            "type": "array",
            "items": {"type": "object", "properties": {"number": SECRET, "of": {}}},
        },
        "codes": {"type": "array", "items": SECRET},
    },
}
VALUES = {
    "pin": "1",
    "who": {"name": "A", "pass": "2"},
    "cards": [{"number": "3", "of": "B"}, {"of": "C"}],
    "codes": ["4", "5"],
    "more": "kept",
}


def test_no_secret_is_left_at_any_depth_and_nothing_else_is_lost():
    assert without_secrets(VALUES, read_schema(SCHEMA)) == {
        "who": {"name": "A"},
        "cards": [{"of": "B"}, {"of": "C"}],
        "codes": [],
        "more": "kept",
    }


def test_secrets_that_are_shown_are_shown_as_masks():
    assert with_masks(VALUES, read_schema(SCHEMA), "***") == {
        "pin": "***",
        "who": {"name": "A", "pass": "***"},
        "cards": [{"number": "***", "of": "B"}, {"of": "C"}],
        "codes": ["***", "***"],
        "more": "kept",
    }


def test_values_that_have_not_the_schemas_shape_are_taken_as_they_are():
    odd = {"who": "text", "cards": {"number": 1}, "codes": 5}
    assert without_secrets(odd, read_schema(SCHEMA)) == odd
    assert without_secrets({"pin": "1"}, read_schema({**SECRET, "type": "object"})) == {}


def test_a_value_is_found_at_its_place_or_not_at_all():
    assert value_at(VALUES, ("cards", "0", "of")) == "B"
    assert value_at(VALUES, ("cards", "7")) is UNSET
    assert value_at(VALUES, ("pin", "x")) is UNSET
    assert value_at(VALUES, ()) == VALUES
