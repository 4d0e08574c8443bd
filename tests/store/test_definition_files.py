"""A definition's file is read for what it says: JSON or YAML, no tricks, nothing bent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.errors import BadInput
from console.domain.values import MAX_DEPTH, FieldError
from console.domain.wire_json import to_text
from console.store.definition_files import parse_yaml, read_document


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("a: no\nb: yes\nc: on\nd: true\ne: False", '{"a": "no", "b": "yes", "c": "on", "d": true, "e": false}'),
        ("[12:30, 2026-11-23, 007, +5, 0x1F, 1_000, 1.]", '["12:30", "2026-11-23", "007", "+5", "0x1F", "1_000", "1."]'),
        ("[1.10, 1e400, 12345678901234567890, -0, 5]", "[1.10, 1e400, 12345678901234567890, -0, 5]"),
        ("a:\nb: ~\nc: null\nd: ''\ne: \"null\"", '{"a": null, "b": null, "c": null, "d": "", "e": "null"}'),
        ("yes: 1\n1: 2\nnull: 3\n<<: 4", '{"yes": 1, "1": 2, "null": 3, "<<": 4}'),
        ("text: |\n  two\n  lines\nfold: >\n  one\n  line", '{"text": "two\\nlines\\n", "fold": "one line"}'),
        ('{"a": [1, {"b": "👩‍👩‍👧 مرحبا"}]}', '{"a": [1, {"b": "👩‍👩‍👧 مرحبا"}]}'),
        ("- a: 1\n  b: [x, [y]]\n-\n  - 1", '[{"a": 1, "b": ["x", ["y"]]}, [1]]'),
        ("", "null"),
        ("# only a comment", "null"),
        ("plain", '"plain"'),
    ],
)  # fmt: skip
def test_yaml_means_what_its_core_words_mean_and_all_else_is_text(text, meant):
    assert to_text(parse_yaml(text)) == meant


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &x [1]\nb: *x", "Line 1: anchors and aliases"),
        ("b: *x", "Line 1: anchors and aliases"),
        ("a: 1\nb: !!python/object:os.system {}", "Line 2: the tag"),
        ("a: !!binary aGk=", "Line 1: the tag"),
        ("a: ! b", "Line 1: the tag"),
        ("a: 1\na: 2", "Line 2: the key 'a' stands twice"),
        ("a: 1\n---\nb: 2", "only one document"),
        ("[a, .inf]", "cannot be written as JSON"),
        ("[-.Inf, .nan]", "cannot be written as JSON"),
        ("? [1]\n: 2", "Line 1: a key must be text"),
        ("a: [1", "Not valid YAML at line"),
        ("a: b: c", "Not valid YAML at line 1"),
        ("a\0b", "Not valid YAML"),
        ("[1e99999999999999999999]", "too large an exponent"),
    ],
)
def test_what_makes_yaml_dangerous_is_refused_with_its_line(text, words):
    with pytest.raises(FieldError, match=words.replace("(", "\\(")):
        parse_yaml(text)


@pytest.mark.parametrize("text", ["[" * 50_000, "- " * 500 + "1", "{a: " * 500])
def test_nesting_without_end_is_refused_at_once(text):
    with pytest.raises(FieldError):
        parse_yaml(text)
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert to_text(parse_yaml(deepest)) == deepest


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Zl", "Zp"], exclude_characters="\ufeff")),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc é", max_size=4), inner, max_size=4),
        max_leaves=12,
    )
)  # fmt: skip
def test_json_is_yaml_too_and_means_the_same(value):
    assert parse_yaml(json.dumps(value, ensure_ascii=False)) == value


def test_a_file_is_read_by_its_name(tmp_path):
    for name, text in (("a.json", '{"a": 1.10}'), ("a.yaml", "a: 1.10"), ("A.YML", "a: 1.10")):
        file = tmp_path / name
        file.write_text("\ufeff" + text, "utf-8")
        assert to_text(read_document(file)) == '{"a": 1.10}'


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.json", b"a: 1", "Not valid JSON at line 1"),
        ("a.yaml", b"a: *b", "anchors"),
        ("a.json", b"\xff\xfe", "is not UTF-8 text"),
        ("a.json", b" " * 2_000_000, "is larger than 1 MiB"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_fault(tmp_path, name, content, words):
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(BadInput, match=words) as told:
        read_document(file, 1024 * 1024)
    assert str(file) in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_document(tmp_path / "none.json")
    with pytest.raises(BadInput, match="cannot be read"):
        read_document(tmp_path)
