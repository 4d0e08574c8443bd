"""What a server says when it refuses, in the shapes servers use."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cxone.refusals import read_refusal
from console.logs import never_log

FIELD = "context.tier"
WORDS = "must be one of gold, silver"


@pytest.mark.parametrize(
    "document",
    [
        {"field": FIELD, "message": WORDS},
        {"error": "validation_failed", "field": FIELD, "message": WORDS},
        {"path": FIELD, "detail": WORDS},
        {"errors": [{"field": FIELD, "message": WORDS}, {"field": "x", "message": "y"}]},
        {"message": "Validation failed", "errors": [{"property": FIELD, "msg": WORDS}]},
        {"error": {"code": 400, "details": [{"field": FIELD, "description": WORDS}]}},
        {"type": "about:blank", "title": "Bad", "invalid-params": [{"name": FIELD, "reason": WORDS}]},
        {"errors": [{"source": {"parameter": FIELD}, "detail": WORDS, "field": FIELD}]},
        {"detail": [{"loc": ["body", "context", "tier"], "msg": WORDS}]},
        [{"field": FIELD, "message": WORDS}],
        {"status": 400, "path": "/api/v2/workflows/instances", "errors": [{"field": FIELD, "message": WORDS}]},
    ],
)  # fmt: skip
def test_the_field_and_its_message_are_found(document):
    said = read_refusal(json.dumps(document).encode(), path="/api/v2/workflows/instances")
    assert (said.field, said.message) == (FIELD, WORDS)


@pytest.mark.parametrize("pointer", ["/context/tier", "#/context/tier", "$.context.tier"])
def test_pointers_are_kept_as_the_server_writes_them(pointer):
    assert read_refusal(json.dumps({"pointer": pointer}).encode()).field == pointer


def test_a_source_pointer_names_the_field():
    body = {"errors": [{"detail": WORDS, "source": {"pointer": "/context/tier"}}]}
    said = read_refusal(json.dumps(body).encode())
    assert (said.field, said.message) == ("/context/tier", WORDS)


def test_positions_in_lists_are_part_of_the_field():
    assert read_refusal(b'{"loc": ["body", "lines", 0, "n"]}').field == "lines.0.n"
    assert read_refusal(b'{"loc": ["body"]}').field == "body"


@pytest.mark.parametrize(
    "document",
    [
        {"message": WORDS, "path": "/api/v2/workflows/instances"},
        {"message": WORDS, "path": "/base/start"},
        {"message": WORDS, "field": ""},
        {"message": WORDS, "field": 7},
        {"message": WORDS, "loc": [["x"]]},
    ],
)
def test_what_is_no_field_is_not_taken_for_one(document):
    said = read_refusal(json.dumps(document).encode(), path="/base/start")
    assert (said.field, said.message) == ("", WORDS)


@pytest.mark.parametrize(
    ("body", "kind", "message"),
    [
        (b"", "", ""),
        (b"  plain\n words ", "text/plain", "plain words"),
        (b'"quoted words"', "", "quoted words"),
        (b"<html><head><title>502 Bad gateway</title>", "text/html", "502 Bad gateway"),
        (b"<!DOCTYPE html><p>x", "", "a web page instead of an answer"),
        (b"x" * 1000, "", "x" * 297 + "..."),
        (b'{"message": "a\\u202eb"}', "", "a b"),
        (b"[1, 2]", "", ""),
        (b"[" * 99999, "", "[" * 297 + "..."),
    ],
)
def test_other_bodies_are_told_in_one_line(body, kind, message):
    assert read_refusal(body, kind).message == message


def test_the_whole_text_is_kept_up_to_a_limit():
    assert read_refusal(b"\xff" + b"y" * 90_000).text == "\N{REPLACEMENT CHARACTER}" + "y" * 19_999


def test_a_secret_that_a_server_repeats_is_taken_out():
    never_log("canary-in-an-answer")
    body = {"field": "canary-in-an-answer", "message": "bad token canary-in-an-answer"}
    said = read_refusal(json.dumps(body).encode())
    assert "canary" not in f"{said.text}{said.field}{said.message}"


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_failing(body):
    said = read_refusal(body)
    assert said.message.isprintable()
    assert said.field.isprintable()


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["errors", "error", "field", "loc", "message", "detail", "path"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    )
)
def test_any_shape_is_read_without_failing(document):
    said = read_refusal(json.dumps(document).encode())
    assert said.message.isprintable()
    assert said.field.isprintable()
