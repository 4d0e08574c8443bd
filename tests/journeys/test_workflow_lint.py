"""`workflow lint` from outside: what the form makes of a schema nobody here has seen."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal

import pytest

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "price": {"type": "number"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "rows": {"type": "array", "items": {"type": "object", "properties": {"n": {"type": "integer"}}}},
        "pay": {"oneOf": [{"type": "string"}, {"type": "object", "properties": {"iban": {"type": "string"}}}]},
        "odd": {"type": "string", "nullable": True},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "required": ["id"],
}  # fmt: skip


@pytest.fixture
def lint(tmp_path):
    def run(schema, data=None, *, name="schema.json", more=("--json",)):
        file = tmp_path / name
        file.write_text(schema if isinstance(schema, str) else json.dumps(schema), "utf-8")
        command = [sys.executable, "-m", "console", "workflow", "lint", str(file), *more]
        if data is not None:
            held = tmp_path / "data.json"
            held.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
            command += ["--data", str(held)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "Traceback" not in done.stderr
        return done

    return run


def test_every_field_is_listed_with_its_type_and_widget(lint):
    done = lint(SCHEMA)
    told = json.loads(done.stdout)
    assert done.returncode == 0
    assert {f["path"]: (f["type"], f["widget"], f["required"]) for f in told["fields"]} == {
        "/id": ("integer", "integer", True),
        "/price": ("number", "number", False),
        "/tags": ("array", "rows", False),
        "/tags/*": ("string", "text", True),
        "/rows": ("array", "rows", False),
        "/rows/*": ("object", "group", True),
        "/rows/*/n": ("integer", "integer", False),
        "/pay": ("any", "choice-of-forms", False),
        "/odd": ("string", "text", False),
        "/labels": ("object", "group", False),
    }
    assert told["unsupported"] == [{"path": "/odd", "keyword": "nullable"}]
    assert (told["verdict"], told["errors"], told["roundTrip"]) == ("valid", [], None)


def test_a_value_comes_back_to_the_letter(lint):
    data = (
        '{"id": 9223372036854775808, "price": 1.10, "tags": ["x", ""], "rows": [{"n": -0}, {}], '
        '"pay": {"iban": "DE1"}, "labels": {"a": "1"}, "more": [1e400, 0.12345678901234567890]}'
    )
    done = lint(SCHEMA, data)
    told = json.loads(done.stdout, parse_float=Decimal)
    assert told["roundTrip"] == json.loads(data, parse_float=Decimal)
    for text in ("1.10,", "-0\n", "1e400,", "0.12345678901234567890\n", "9223372036854775808,"):
        assert text in done.stdout
    assert (done.returncode, told["verdict"]) == (0, "valid")
    assert {"/rows/0/n", "/tags/1", "/labels/a", "/pay/iban"} <= {f["path"] for f in told["fields"]}


def test_what_is_wrong_is_told_with_its_pointer(lint):
    done = lint(SCHEMA, {"id": "7", "tags": [1], "pay": 5})
    told = json.loads(done.stdout)
    assert (done.returncode, told["verdict"]) == (1, "invalid")
    assert {e["path"] for e in told["errors"]} == {"/id", "/tags/0", "/pay"}
    assert told["roundTrip"] == {"id": "7", "tags": [1], "pay": 5}


@pytest.mark.parametrize(
    "schema", [{"type": "zork"}, {"properties": 5}, {"required": "a"}, {"pattern": "("}]
)
def test_what_is_no_json_schema_is_called_so(lint, schema):
    done = lint(schema)
    assert done.returncode == 2
    assert json.loads(done.stdout)["verdict"] == "not-json-schema"


@pytest.mark.parametrize(
    ("schema", "data", "words"),
    [
        ("{", None, "Not valid JSON"),
        ("[1]", None, "a definition or a schema is an object"),
        (SCHEMA, '{"id": 1, "id": 2}', "The key 'id' stands twice"),
        (SCHEMA, '{"id": NaN}', "NaN is not JSON"),
        (SCHEMA, "", "Not valid JSON"),
        ({"id": "wf", "limit": 0, "schema": {}}, None, "limit must be"),
        ({"id": "wf", "schema": 5}, None, "schema must be an object"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(lint, schema, data, words):
    done = lint(schema, data)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("value", [5, "x", [1, {"a": None}], None, True])
def test_a_schema_of_any_value_has_a_form_too(lint, value):
    done = lint({"$schema": "urn:of-somebody-else"}, json.dumps(value))
    told = json.loads(done.stdout)
    assert (told["roundTrip"], told["verdict"]) == (value, "valid")
    assert told["fields"][0]["path"] == ""
    assert told["unsupported"] == [{"path": "", "keyword": "$schema"}]
    assert json.loads(lint("false", json.dumps(value)).stdout)["verdict"] == "invalid"


def test_a_definition_in_yaml_is_read_for_its_schema(lint):
    text = "id: wf_1\ntitle: One\nschema:\n  type: object\n  properties:\n    a: {type: integer}\n"
    done = lint(text, {"a": 5}, name="wf.yaml", more=())
    assert done.returncode == 0
    assert done.stdout.splitlines()[-2:] == ["/a     integer  integer  False", "valid"]
    done = lint(text, {"a": "x"}, name="wf.yaml", more=())
    assert "/a: " in done.stdout
    assert done.returncode == 1


def test_a_tree_in_a_schema_that_forks_without_end_ends(lint):
    forks = {f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(60)}
    done = lint({"$ref": "#/$defs/a0", "$defs": {**forks, "a60": {"type": "integer"}}}, 5)
    assert json.loads(done.stdout)["roundTrip"] == 5
    deep: object = {"b": 1}
    for _ in range(60):
        deep = {"a": deep}
    both = {"properties": {"a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, "b": {"type": "string"}}}
    done = lint(both, deep)
    told = json.loads(done.stdout)
    assert (told["verdict"], told["roundTrip"]) == ("invalid", deep)


def test_values_nested_to_the_limit_are_judged_and_kept(lint):
    tree = {"type": "object", "properties": {"n": {"$ref": "#"}, "v": {"type": "integer"}}}
    deep: object = {"v": 1}
    for _ in range(190):
        deep = {"n": deep}
    told = json.loads(lint(tree, deep).stdout)
    assert (told["verdict"], told["roundTrip"]) == ("valid", deep)


def test_a_text_of_ten_megabytes_comes_back_whole(lint):
    text = "é" * 5_000_000
    told = json.loads(lint({"properties": {"a": {"type": "string"}}}, {"a": text}).stdout)
    assert told["roundTrip"] == {"a": text}
    assert told["verdict"] == "valid"
