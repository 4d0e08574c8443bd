"""The workflow definitions that come with the program, and what a wrong one is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from console.simulator.chance import Chance
from console.simulator.errors import SimulatorConfigError
from console.simulator.sample import sample_context
from console.simulator.workflow_specs import WorkflowSpec, load_workflows

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "workflows"
SPECS = {spec.workflow_id: spec for spec in load_workflows(FOLDER)}
TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"


def fields_of(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Every field of a schema, nested ones too."""
    found = list(schema.get("properties", {}).values())
    if isinstance(schema.get("items"), dict):
        found.append(schema["items"])
    return found + [deeper for field in found for deeper in fields_of(field)]


def documents() -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]


def test_there_are_six_contact_center_workflows_and_the_tutorials_own():
    assert set(SPECS) == {
        "wf_callback",
        "wf_vip_routing",
        "wf_outage_notice",
        "wf_refund",
        "wf_coaching",
        "wf_queue_overflow",
        TUTORIAL,
    }
    assert SPECS["wf_vip_routing"].limit == 5


def test_together_they_use_all_five_data_types_and_the_formats_a_form_must_show():
    fields = [field for document in documents() for field in fields_of(document["schema"])]

    assert {field["type"] for field in fields} == {
        "string",
        "integer",
        "boolean",
        "object",
        "array",
    }
    assert {field.get("format") for field in fields} >= {"date", "time", "date-time", "email"}
    assert any("enum" in field for field in fields)
    items = {field["items"]["type"] for field in fields if field["type"] == "array"}
    assert {"string", "object"} <= items


def test_every_field_has_a_title_in_sentence_case_and_top_ones_a_description():
    for document in documents():
        for field in fields_of(document["schema"]):
            assert field["title"][0].isupper(), field
        for field in document["schema"]["properties"].values():
            assert field["description"].endswith("."), field


def test_titles_of_one_form_are_different_because_they_name_its_fields():
    for document in documents():
        titles = [field["title"] for field in document["schema"]["properties"].values()]
        assert len(titles) == len(set(titles)), document["id"]


def test_no_definition_asks_for_anything_that_the_format_does_not_have():
    known = {
        "id",
        "title",
        "description",
        "limit",
        "priority",
        "reasonRequired",
        "approval",
        "sendBeforeHours",
        "schema",
    }
    for document in documents():
        assert set(document) <= known
        assert "approval" not in document
        assert 1 <= document["priority"] <= 10


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_the_examples_of_a_schema_are_valid_themselves(spec):
    for name, field in spec.schema["properties"].items():
        for example in field.get("examples", []):
            context = {name: example}
            errors = [
                error.message
                for error in spec.validator.iter_errors(context)
                if error.validator != "required" or error.absolute_path
            ]
            assert errors == [], name


@pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())
def test_what_others_start_in_the_tenant_would_pass_its_own_check(spec):
    for number in range(20):
        context = sample_context(spec.schema, Chance(7), number)
        assert [error.message for error in spec.validator.iter_errors(context)] == []


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2026-11-23", "23.11.2026"),
        ("date", "2024-02-29", "2026-02-29"),
        ("date", "2026-11-23", "20261123"),
        ("time", "09:30:00", "9 o'clock"),
        ("date-time", "2026-11-23T08:00:00Z", "2026-11-23T08:00:00"),
        ("email", "j.okafor@example.com", "j okafor@example.com"),
        ("email", "a@b", "a@"),
    ],
)
def test_a_format_is_checked_and_not_only_shown(name, good, bad):
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": name}}}
    validator = WorkflowSpec("wf_x", "X", schema).validator

    assert validator.is_valid({"x": good})
    assert not validator.is_valid({"x": bad})


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no workflow definition"),
        ({"a.json": "{"}, "cannot be read as JSON"),
        ({"a.json": "[]"}, "needs id and title"),
        ({"a.json": '{"id": "a", "title": "A"}'}, "needs id and title"),
        ({"a.json": '{"id": "a", "title": "A", "schema": {}, "limit": 0}'}, "limit"),
        ({"a.json": '{"id": "a", "title": "A", "schema": {"type": "text"}}'}, "not a JSON Schema"),
        (
            {
                "a.json": '{"id": "a", "title": "A", "schema": {}}',
                "b.json": '{"id": "a", "title": "B", "schema": {}}',
            },
            "used by another file",
        ),
    ],
)
def test_a_folder_that_cannot_be_used_is_refused_with_the_reason(tmp_path, files, said):
    for name, text in files.items():
        (tmp_path / name).write_text(text)

    with pytest.raises(SimulatorConfigError, match=said):
        load_workflows(tmp_path)
