"""Presets: what a file may hold, what is locked, and what no longer fits."""

import json

import pytest

from console.domain.errors import BadInput
from console.domain.preset import Preset, misfits, preset_of, preset_text

FULL = Preset(
    "Gold customers 📞",
    "wf_a",
    {"tier": "gold", "who": {"n": 2**70}, "list": [1, None]},
    ("/tier", "/who/n"),
    3,
    {"team": "north"},
    "campaign",
)


@pytest.mark.parametrize("preset", [FULL, Preset("p", "wf_a")])
def test_a_preset_reads_back_as_it_was_written(preset):
    assert preset_of(json.loads(preset_text(preset))) == preset


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": ""}, "name is needed"),
        ({"name": " a"}, "one line"),
        ({"name": "a\nb"}, "one line"),
        ({"name": 5}, "name is needed"),
        ({"name": "x" * 101}, "at most 100"),
        ({"workflow": ""}, "workflow: id is needed"),
        ({"workflow": None}, "workflow: id must be text"),
        ({"values": []}, "values must be an object, not array"),
        ({"values": {"a": "\ud800"}}, "values: Holds half of a character"),
        ({"locked": "/a"}, "list of JSON Pointers"),
        ({"locked": ["a"]}, "list of JSON Pointers"),
        ({"locked": ["/none"]}, "/none has no value"),
        ({"priority": 11}, "between 1"),
        ({"metadata": []}, "metadata must be an object"),
        ({"metadata": {"consoleJobId": "x"}}, "set by the console"),
        ({"reason": 5}, "reason must be text"),
        ({"lockd": []}, '"lockd" is no key of a preset'),
    ],
)
def test_a_file_that_is_no_preset_is_refused_with_what_is_wrong(change, words):
    with pytest.raises(BadInput) as refused:
        preset_of({**json.loads(preset_text(FULL)), **change})
    assert words in str(refused.value)


def test_something_else_than_an_object_is_no_preset():
    with pytest.raises(BadInput, match="JSON object"):
        preset_of([])


def test_a_locked_value_that_was_changed_or_taken_away_is_named():
    assert list(FULL.broken_locks({"tier": "gold", "who": {"n": 2**70}, "x": 1})) == []
    assert list(FULL.broken_locks({"tier": "Gold", "who": {"n": float(2**70)}})) == [
        "/tier",
        "/who/n",
    ]
    assert list(FULL.broken_locks({})) == ["/tier", "/who/n"]


def test_values_that_no_longer_fit_are_told_and_what_is_missing_is_yet_to_be_typed():
    schema = {
        "type": "object",
        "required": ["tier", "other"],
        "properties": {"tier": {"enum": ["silver"]}, "other": {"type": "string"}},
    }
    assert [message.path for message in misfits(FULL, schema)] == ["/tier"]
