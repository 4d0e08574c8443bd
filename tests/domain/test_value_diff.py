"""What differs between a job's values and those that will be sent now."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.schema import UNSET
from console.domain.value_diff import Kind, differences, same_value, value_at
from console.domain.values import parse_json

SCALARS = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(-1, 1) | st.text(max_size=2)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.text(max_size=3), VALUES, max_size=4)


def told(before, after):
    return [(d.kind, d.path, d.before, d.after) for d in differences(before, after)]


def test_changed_added_and_removed_values_are_told_at_their_places():
    before = {"a": 1, "b": {"c": "x", "d~/": 1}, "list": [1, 2, 3], "gone": None}
    after = {"b": {"c": "y", "d~/": 1}, "a": 1, "list": [1, 5], "new": []}
    assert told(before, after) == [
        (Kind.CHANGED, "/b/c", "x", "y"),
        (Kind.CHANGED, "/list/1", 2, 5),
        (Kind.REMOVED, "/list/2", 3, UNSET),
        (Kind.ADDED, "/new", UNSET, []),
        (Kind.REMOVED, "/gone", None, UNSET),
    ]


@pytest.mark.parametrize("value", [1, 1.0, True, "1", None, [], {}, [1], {"a": 1}])
def test_one_type_is_never_taken_for_another(value):
    others: list[Any] = [1, 1.0, True, "1", None, [], {}, [1], {"a": 1}]
    equal = [other for other in others if same_value(value, other)]
    assert len(equal) == 1
    assert type(equal[0]) is type(value)
    assert not same_value(value, UNSET)
    assert same_value(UNSET, UNSET)


@given(one=OBJECTS, other=OBJECTS)
def test_nothing_is_told_of_equal_values_and_the_same_places_either_way_round(one, other):
    assert told(one, one) == []
    there = {path for _, path, _, _ in told(one, other)}
    back = {path for _, path, _, _ in told(other, one)}
    assert there == back


def test_values_nested_to_the_limit_are_compared():
    deep: object = 1
    other: object = 2
    for _ in range(199):
        deep, other = {"a": deep}, {"a": other}
    assert len(told(deep, other)) == 1


def test_a_value_is_found_at_its_place_or_not_at_all():
    values: dict[str, Any] = {"cards": [{"of": "B"}], "pin": "1"}
    assert value_at(values, ("cards", "0", "of")) == "B"
    assert value_at(values, ("cards", "7")) is UNSET
    assert value_at(values, ("pin", "x")) is UNSET
    assert value_at(values, ()) == values


def test_numbers_that_are_typed_apart_are_sent_apart():
    assert not same_value(parse_json("1.10"), parse_json("1.1"))
    assert same_value(parse_json("1.10"), parse_json("1.10"))
