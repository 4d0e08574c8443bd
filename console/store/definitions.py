"""Workflow definitions: one JSON file each in {data-dir}/workflows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from console.config import write_private
from console.domain.errors import BadInput
from console.domain.payload import PRIORITY_DEFAULT, checked_priority
from console.domain.values import FieldError, parse_json, type_name
from console.domain.workflow import DEFAULT_LIMIT, DEFAULT_SEND_BEFORE_HOURS, Workflow

LARGEST_FILE: Final = 1024 * 1024
LARGEST_LIMIT: Final = 1_000_000
LONGEST_ID: Final = 200
LONGEST_TITLE: Final = 200
LONGEST_DESCRIPTION: Final = 5000
SCHEMA_DRAFTS: Final = (
    "https://json-schema.org/draft/2020-12/schema",
    "http://json-schema.org/draft-07/schema",
    "https://json-schema.org/draft-07/schema",
)


Judge = Callable[[object], object]
"""Raises BadInput for what is no schema that we can use."""


@dataclass(frozen=True)
class BrokenDefinition:
    """A file that is no definition, and what is wrong with it."""

    file: Path
    message: str


class DefinitionStore:
    """The definitions of one folder; a broken file is told and hides no other.

    Read at the first question and by `reload`, which costs some 60 ms: in a worker thread where
    a window waits.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Workflow] | None = None
        self._broken: tuple[BrokenDefinition, ...] = ()

    def all(self) -> tuple[Workflow, ...]:
        """Every definition, by title."""
        return _by_title(self._definitions().values())

    def unjudged(self) -> tuple[Workflow, ...]:
        """The same before any schema was judged, which takes 60 ms: what a new window shows first.

        A definition whose schema is none is among them until `reload` has found that out.
        """
        if self._found is not None:
            return self.all()
        return _by_title(self._read(judge=draft_of)[0].values())

    def get(self, workflow_id: str) -> Workflow | None:
        """The definition of `workflow_id`, or None."""
        return self._definitions().get(workflow_id)

    def broken(self) -> tuple[BrokenDefinition, ...]:
        """The files that are no definitions."""
        self._definitions()
        return self._broken

    def reload(self) -> None:
        """Read the folder again."""
        self._found, self._broken = self._read(judge=check_schema)

    def _read(self, judge: Judge) -> tuple[dict[str, Workflow], tuple[BrokenDefinition, ...]]:
        found: dict[str, Workflow] = {}
        origin: dict[str, Path] = {}
        broken: list[BrokenDefinition] = []
        for file in sorted(self._folder.glob("*.json")):
            try:
                workflow = read_definition(file, judge)
            except BadInput as error:
                broken.append(BrokenDefinition(file, str(error)))
                continue
            taken = origin.get(workflow.workflow_id)
            if taken is not None:
                message = f"{file}: the id {workflow.workflow_id} stands in {taken.name} already."
                broken.append(BrokenDefinition(file, message))
                continue
            found[workflow.workflow_id] = workflow
            origin[workflow.workflow_id] = file
        return found, tuple(broken)

    def seed_from(self, folder: Path) -> None:
        """Copy the definitions of `folder` that are not here by their file's name (the demo's)."""
        for file in sorted(folder.glob("*.json")):
            target = self._folder / file.name
            if not target.exists():
                write_private(target, file.read_bytes())
        self._found = None

    def _definitions(self) -> Mapping[str, Workflow]:
        if self._found is None:
            self.reload()
        assert self._found is not None
        return self._found


def read_definition(file: Path, judge: Judge | None = None) -> Workflow:
    """Read one file; BadInput names the file, the field and what is allowed."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(LARGEST_FILE + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}.") from error
    if len(raw) > LARGEST_FILE:
        raise BadInput(f"{file} is larger than 1 MiB.")
    try:
        document = parse_json(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 text.") from error
    except FieldError as error:
        raise BadInput(f"{file}: {error}") from error
    if not isinstance(document, dict):
        raise BadInput(f"{file}: a definition is a JSON object, not {type_name(document)}.")
    try:
        return _workflow(document, judge or check_schema)
    except BadInput as error:
        raise BadInput(f"{file}: {error}", error.field) from error


def _by_title(found: Iterable[Workflow]) -> tuple[Workflow, ...]:
    return tuple(sorted(found, key=lambda item: (item.title.lower(), item.workflow_id)))


def _workflow(document: Mapping[str, Any], judge: Judge) -> Workflow:
    workflow_id = _text(document, "id", LONGEST_ID)
    if not workflow_id or workflow_id != workflow_id.strip() or not workflow_id.isprintable():
        raise BadInput("id is needed: one line without spaces around it.", "id")
    schema = document.get("schema", {"type": "object"})
    judge(schema)
    approval = document.get("approval")
    if approval not in (None, "required"):
        raise BadInput('approval is "required" or left out.', "approval")
    return Workflow(
        workflow_id=workflow_id,
        title=_text(document, "title", LONGEST_TITLE).strip() or workflow_id,
        description=_text(document, "description", LONGEST_DESCRIPTION),
        schema=schema,
        limit=_whole(document, "limit", DEFAULT_LIMIT, LARGEST_LIMIT),
        priority=checked_priority(document.get("priority", PRIORITY_DEFAULT)),
        reason_required=_yes_or_no(document, "reasonRequired"),
        approval_required=approval == "required",
        send_before_hours=_hours(document, "sendBeforeHours"),
    )


def check_schema(schema: object) -> None:
    """Return if `schema` is a JSON Schema (2020-12 or draft 7) of an object, else raise BadInput."""
    draft = draft_of(schema)
    assert isinstance(schema, dict)
    from jsonschema import Draft7Validator, Draft202012Validator
    from jsonschema.exceptions import SchemaError

    judge = Draft7Validator if "draft-07" in draft else Draft202012Validator
    try:
        judge.check_schema(schema)
    except SchemaError as error:
        where = "/".join(str(step) for step in error.absolute_path) or "at its top"
        raise BadInput(
            f"schema is no JSON Schema, {where}: {error.message[:200]}.", "schema"
        ) from error
    except RecursionError as error:
        raise BadInput("schema is nested too deeply.", "schema") from error


def draft_of(schema: object) -> str:
    """The draft that `schema`, an object's, says it follows; BadInput where we read no such."""
    if not isinstance(schema, dict):
        raise BadInput(f"schema must be an object, not {_kind(schema)}.", "schema")
    draft = schema.get("$schema", SCHEMA_DRAFTS[0])
    if not isinstance(draft, str) or draft.rstrip("#") not in SCHEMA_DRAFTS:
        raise BadInput(
            "schema: $schema must name JSON Schema 2020-12 or draft 7, or be left out.", "schema"
        )
    if schema.get("type", "object") != "object":
        raise BadInput('schema: its type must be "object": the variables by name.', "schema")
    return draft


def _text(document: Mapping[str, Any], key: str, longest: int) -> str:
    value = document.get(key, "")
    if not isinstance(value, str) or len(value) > longest:
        raise BadInput(f"{key} must be text of at most {longest} characters.", key)
    return value


def _whole(document: Mapping[str, Any], key: str, default: int, highest: int) -> int:
    value = document.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= highest:
        raise BadInput(f"{key} must be a whole number from 1 to {highest}.", key)
    return value


def _yes_or_no(document: Mapping[str, Any], key: str) -> bool:
    value = document.get(key, False)
    if not isinstance(value, bool):
        raise BadInput(f"{key} must be true or false.", key)
    return value


def _hours(document: Mapping[str, Any], key: str) -> float | None:
    value = document.get(key, DEFAULT_SEND_BEFORE_HOURS)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 87_600:
        raise BadInput(f"{key} must be a number of hours above 0, or null for never.", key)
    return float(value)


def _kind(value: Any) -> str:
    return type_name(value)
