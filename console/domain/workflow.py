"""A workflow definition: what can be triggered, with its form's schema, limit and defaults.

`workflow_of` reads one from a document, `document_of` writes it, always in one form, so that the
SHA-256 of the written text (`Workflow.digest`) names a definition in the trail and in a job.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from console.domain.errors import BadInput
from console.domain.payload import PRIORITY_DEFAULT, checked_priority
from console.domain.values import type_name
from console.domain.wire_json import to_text

DEFAULT_LIMIT: Final = 50
DEFAULT_SEND_BEFORE_HOURS: Final = 4.0
LARGEST_LIMIT: Final = 1_000_000
LONGEST_ID: Final = 200
LONGEST_TITLE: Final = 200
LONGEST_DESCRIPTION: Final = 5000
LONGEST_HOURS: Final = 87_600
MOST_SLOTS: Final = 20
LONGEST_NAME: Final = 200
KEYS: Final = (
    "id",
    "title",
    "description",
    "schema",
    "limit",
    "priority",
    "reasonRequired",
    "approval",
    "sendBeforeHours",
    "productionGuard",
    "slots",
    "scriptPath",
    "scriptId",
    "skillId",
)
"""Every key of a definition, in the order in which they are written."""
SLOT_TYPES: Final = ("string", "integer", "number", "boolean", "object", "array")
_SLOT_KEYS: Final = ("name", "type", "from")
_SOURCES: Final = ("priority", "jobId")

Judge = Callable[[object], object]
"""Raises BadInput for what is no schema that we can use."""


@dataclass(frozen=True)
class Slot:
    """One positional parameter of a studio script.

    `source` says where its value comes from: empty for the variable of its own name, a JSON
    Pointer into the variables, `priority`, `jobId`, or `metadata.KEY`.
    """

    name: str
    type: str = "string"
    source: str = ""


@dataclass(frozen=True)
class Workflow:
    """One definition; `schema` is a JSON Schema (2020-12 or draft 7) of the context object.

    `send_before_hours` None means that its triggers never grow too old to be sent unasked.
    `production_guard` False leaves out the typed confirmation at a production connection. Slots,
    script and skill are for the studio contract alone.
    """

    workflow_id: str
    title: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    limit: int = DEFAULT_LIMIT
    priority: int = PRIORITY_DEFAULT
    reason_required: bool = False
    approval_required: bool = False
    send_before_hours: float | None = DEFAULT_SEND_BEFORE_HOURS
    production_guard: bool = True
    slots: tuple[Slot, ...] = ()
    script_path: str = ""
    script_id: str = ""
    skill_id: str = ""

    @cached_property
    def digest(self) -> str:
        """SHA-256 hex of the definition as `definition_text` writes it."""
        import hashlib  # loads OpenSSL: 10 ms that a window does not need before its first paint

        return hashlib.sha256(definition_text(self).encode("utf-8")).hexdigest()


def definition_text(workflow: Workflow) -> str:
    """The file of a definition: equal definitions give the same text, to the byte."""
    return to_text(document_of(workflow), indent=2) + "\n"


def document_of(workflow: Workflow) -> dict[str, Any]:
    """The definition as a JSON value that `workflow_of` reads back to an equal one."""
    hours = workflow.send_before_hours
    document: dict[str, Any] = {
        "id": workflow.workflow_id,
        "title": workflow.title,
        "description": workflow.description,
        "schema": workflow.schema,
        "limit": workflow.limit,
        "priority": workflow.priority,
        "reasonRequired": workflow.reason_required,
        "approval": "required" if workflow.approval_required else "",
        "sendBeforeHours": int(hours) if hours is not None and hours == int(hours) else hours,
        "productionGuard": workflow.production_guard,
        "slots": [_slot_document(slot) for slot in workflow.slots],
        "scriptPath": workflow.script_path,
        "scriptId": workflow.script_id,
        "skillId": workflow.skill_id,
    }
    return {key: value for key, value in document.items() if value not in ("", [])}


def changed_keys(before: Workflow | None, after: Workflow | None) -> list[str]:
    """The keys whose values differ between two definitions, in the order they are written."""
    one = {} if before is None else document_of(before)
    other = {} if after is None else document_of(after)
    # As text: a schema whose fields stand in another order is another form.
    return [key for key in KEYS if _text_of(one.get(key)) != _text_of(other.get(key))]


def workflow_of(document: object, judge: Judge) -> Workflow:
    """The definition that `document` holds; BadInput names the key and what is allowed.

    An unknown key is refused by its name: a slip in `limit` must not pass in silence.
    """
    if not isinstance(document, dict):
        raise BadInput(f"a definition is a JSON object, not {_kind(document)}.")
    unknown = [key for key in document if key not in KEYS]
    if unknown:
        names = ", ".join(json.dumps(str(key)[:60], ensure_ascii=False) for key in unknown[:5])
        raise BadInput(
            f"{names} {'is no key' if len(unknown) == 1 else 'are no keys'} of a definition; "
            f"it takes {', '.join(KEYS)}.",
            str(unknown[0]),
        )
    workflow_id = checked_id(document.get("id", ""))
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
        reason_required=_yes_or_no(document, "reasonRequired", usual=False),
        approval_required=approval == "required",
        send_before_hours=_hours(document, "sendBeforeHours"),
        production_guard=_yes_or_no(document, "productionGuard", usual=True),
        slots=_slots(document.get("slots", [])),
        script_path=_text(document, "scriptPath", LONGEST_TITLE),
        script_id=_text(document, "scriptId", LONGEST_TITLE),
        skill_id=_text(document, "skillId", LONGEST_TITLE),
    )


def checked_id(value: object) -> str:
    """Return `value` if it can be a workflow's id, else raise BadInput."""
    if not isinstance(value, str) or len(value) > LONGEST_ID:
        raise BadInput(f"id must be text of at most {LONGEST_ID} characters.", "id")
    if not value or value != value.strip() or not value.isprintable():
        raise BadInput("id is needed: one line without spaces around it.", "id")
    return value


def _slots(told: object) -> tuple[Slot, ...]:
    if not isinstance(told, list) or len(told) > MOST_SLOTS:
        raise BadInput(f"slots must be a list of at most {MOST_SLOTS} parameters.", "slots")
    slots = tuple(_slot(entry, number) for number, entry in enumerate(told, start=1))
    names = [slot.name for slot in slots]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise BadInput(f"slots: the name {twice[0]} stands twice.", "slots")
    return slots


def _slot(told: object, number: int) -> Slot:
    where = f"slots: entry {number}"
    if not isinstance(told, dict) or not told.keys() <= set(_SLOT_KEYS):
        raise BadInput(f"{where} must be an object with name, type and, if need be, from.", "slots")
    name, kind = told.get("name"), told.get("type", "string")
    source = told.get("from", "")
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
        raise BadInput(f"{where} needs a name of at most {LONGEST_NAME} characters.", "slots")
    if kind not in SLOT_TYPES:
        raise BadInput(f"{where}: type must be one of {', '.join(SLOT_TYPES)}.", "slots")
    from_metadata = isinstance(source, str) and source.startswith("metadata.") and source[9:]
    known = isinstance(source, str) and (source in ("", *_SOURCES) or source.startswith("/"))
    if not known and not from_metadata:
        raise BadInput(
            f"{where}: from must be a JSON Pointer such as /customer/id, metadata.KEY,"
            " priority or jobId.",
            "slots",
        )
    return Slot(name, kind, source)


def _slot_document(slot: Slot) -> dict[str, str]:
    document = {"name": slot.name, "type": slot.type, "from": slot.source}
    return {key: value for key, value in document.items() if value}


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


def _yes_or_no(document: Mapping[str, Any], key: str, *, usual: bool) -> bool:
    value = document.get(key, usual)
    if not isinstance(value, bool):
        raise BadInput(f"{key} must be true or false.", key)
    return value


def _hours(document: Mapping[str, Any], key: str) -> float | None:
    value = document.get(key, DEFAULT_SEND_BEFORE_HOURS)
    if value is None:
        return None
    wrong = isinstance(value, bool | str | list | dict)
    hours = 0.0 if wrong else _number(value)
    if not 0 < hours <= LONGEST_HOURS:
        raise BadInput(f"{key} must be a number of hours above 0, or null for never.", key)
    return hours


def _number(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:  # an integer beyond what a float holds
        return 0.0


def _kind(value: Any) -> str:
    return type_name(value)


def _text_of(value: Any) -> str:
    return to_text(value)
