"""A preset: values for a workflow's form under a name, some of them locked; a file to share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from console.domain.errors import BadInput
from console.domain.payload import checked_metadata, checked_priority
from console.domain.schema import FieldMessage, Schema, Unset, pointer_parts, validate
from console.domain.value_diff import same_value, value_at
from console.domain.values import FieldError, Json, check_tree, type_name
from console.domain.wire_json import to_text
from console.domain.workflow import checked_id

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_NAME: Final = 100
LONGEST_REASON: Final = 5000
MOST_LOCKED: Final = 1000
KEYS: Final = ("name", "workflow", "values", "locked", "priority", "metadata", "reason")


@dataclass(frozen=True)
class Preset:
    """Saved values of one workflow's form.

    `locked` are JSON Pointers into `values` that may not be changed while the preset is used;
    priority, metadata and reason are None where the preset says nothing about them.
    """

    name: str
    workflow_id: str
    values: Mapping[str, Json] = field(default_factory=dict)
    locked: tuple[str, ...] = ()
    priority: int | None = None
    metadata: Mapping[str, str] | None = None
    reason: str | None = None

    def broken_locks(self, values: Mapping[str, Json]) -> Iterator[str]:
        """Yield the locked pointers at which `values` has something else."""
        for path in self.locked:
            place = pointer_parts(path)
            if not same_value(value_at(dict(values), place), value_at(dict(self.values), place)):
                yield path


def misfits(preset: Preset, schema: Schema) -> tuple[FieldMessage, ...]:
    """What the schema says against the preset's values; what it lacks is yet to be typed."""
    said = validate(schema, dict(preset.values))
    return tuple(message for message in said if message.keyword != "required")


def preset_text(preset: Preset) -> str:
    """The file of a preset, the same text every time."""
    document: dict[str, Any] = {
        "name": preset.name,
        "workflow": preset.workflow_id,
        "values": dict(preset.values),
        "locked": list(preset.locked),
        "priority": preset.priority,
        "metadata": None if preset.metadata is None else dict(preset.metadata),
        "reason": preset.reason,
    }
    kept = {key: value for key, value in document.items() if value is not None}
    return to_text(kept, indent=2) + "\n"


def preset_of(document: object) -> Preset:
    """The preset that `document` holds; BadInput names the key and what is allowed."""
    if not isinstance(document, dict):
        raise BadInput("a preset is a JSON object.")
    unknown = [str(key) for key in document if key not in KEYS]
    if unknown:
        raise BadInput(
            f"{json.dumps(unknown[0][:60], ensure_ascii=False)} is no key of a preset; it takes "
            f"{', '.join(KEYS)}.",
            unknown[0],
        )
    values = document.get("values", {})
    if not isinstance(values, dict):
        raise BadInput(f"values must be an object, not {type_name(values)}.", "values")
    try:
        check_tree(values)
    except FieldError as error:
        raise BadInput(f"values: {error}", "values") from error
    priority, metadata = document.get("priority"), document.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise BadInput("metadata must be an object of texts.", "metadata")
    reason = document.get("reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > LONGEST_REASON):
        raise BadInput(f"reason must be text of at most {LONGEST_REASON} characters.", "reason")
    try:
        workflow_id = checked_id(document.get("workflow"))
    except BadInput as error:
        raise BadInput(f"workflow: {error}", "workflow") from error
    return Preset(
        checked_name(document.get("name")),
        workflow_id,
        values,
        _locked(document.get("locked", []), values),
        None if priority is None else checked_priority(priority),
        None if metadata is None else checked_metadata(metadata),
        reason,
    )


def checked_name(name: object) -> str:
    """Return the name of a preset, or raise BadInput."""
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME:
        raise BadInput(f"name is needed: at most {LONGEST_NAME} characters.", "name")
    if not name.isprintable() or name != name.strip():
        raise BadInput("name must be one line without spaces around it.", "name")
    return name


def _locked(told: object, values: dict[str, Json]) -> tuple[str, ...]:
    if not isinstance(told, list) or len(told) > MOST_LOCKED:
        raise BadInput("locked must be a list of JSON Pointers such as /customerId.", "locked")
    for path in told:
        if not isinstance(path, str) or not path.startswith("/"):
            raise BadInput("locked must be a list of JSON Pointers such as /customerId.", "locked")
        if isinstance(value_at(values, pointer_parts(path)), Unset):
            raise BadInput(f"locked: {path} has no value in this preset.", "locked")
    return tuple(dict.fromkeys(told))
