"""The workflows that the simulated tenant knows, read from the product's definition files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, SchemaError

from console.simulator.errors import SimulatorConfigError

DEFAULT_LIMIT: Final = 50

_FORMATS: Final = FormatChecker(formats=())


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or (len(value) == 10 and bool(date.fromisoformat(value)))


@_FORMATS.checks("time", raises=ValueError)
def _is_time(value: object) -> bool:
    return not isinstance(value, str) or time.fromisoformat(value) is not None


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    # RFC 3339 wants an offset; without one the moment is not known.
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@_FORMATS.checks("email")
def _is_email(value: object) -> bool:
    if not isinstance(value, str):
        return True
    local, at, host = value.rpartition("@")
    return bool(local and at and host) and not any(sign.isspace() for sign in value)


@dataclass(frozen=True)
class WorkflowSpec:
    """One workflow of the tenant; `schema` is the JSON Schema (2020-12) of its context object."""

    workflow_id: str
    title: str
    schema: Mapping[str, Any]
    limit: int = DEFAULT_LIMIT
    validator: Draft202012Validator = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Compiled once: checking the schema itself costs more than serving a whole request.
        validator = Draft202012Validator(dict(self.schema), format_checker=_FORMATS)
        object.__setattr__(self, "validator", validator)


def load_workflows(folder: Path) -> tuple[WorkflowSpec, ...]:
    """Every definition file (*.json) of `folder`, in order of name; SimulatorConfigError if bad."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise SimulatorConfigError(
            f"There is no workflow definition (*.json) in {folder}. Name a folder that has some."
        )
    specs: dict[str, WorkflowSpec] = {}
    for path in paths:
        spec = _load_workflow(path)
        if spec.workflow_id in specs:
            raise SimulatorConfigError(
                f"{path}: the workflow id {spec.workflow_id} is used by another file of the "
                "folder. Give each workflow an id of its own."
            )
        specs[spec.workflow_id] = spec
    return tuple(specs.values())


def _load_workflow(path: Path) -> WorkflowSpec:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SimulatorConfigError(
            f"{path} cannot be read as JSON: {error}. Mend the file or take it out of the folder."
        ) from error
    match document:
        case {"id": str(workflow_id), "title": str(title), "schema": dict(schema)}:
            limit = document.get("limit", DEFAULT_LIMIT)
        case _:
            raise SimulatorConfigError(
                f"{path}: a workflow definition needs id and title as text, schema as an object."
            )
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise SimulatorConfigError(f"{path}: limit must be a whole number from 1.")
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise SimulatorConfigError(
            f"{path}: schema is not a JSON Schema at {error.json_path}: {error.message}."
        ) from error
    return WorkflowSpec(workflow_id, title, schema, limit)
