"""The JSON form of a scenario, as a JSON Schema: what resources/scenarios/*.json may say."""

from __future__ import annotations

from typing import Any, Final

from console.simulator.scenario import OPERATIONS, FaultKind

_SHARE: Final = {"type": "number", "minimum": 0, "maximum": 1}
_COUNT: Final = {"type": "integer", "minimum": 1}
_SECONDS: Final = {"type": "number", "minimum": 0}
_RANGE: Final = {"type": "array", "items": _SECONDS, "minItems": 2, "maxItems": 2}
_TEXTS: Final = {"type": "array", "items": {"type": "string"}, "minItems": 1}
_RETRY_AFTER: Final = {
    "anyOf": [
        {"type": ["string", "number", "null"]},
        {
            "type": "object",
            "properties": {"date": {"type": "number"}},
            "required": ["date"],
            "additionalProperties": False,
        },
    ]
}

_DEED: Final = {
    "type": "object",
    "properties": {
        "kind": {"enum": [kind.value for kind in FaultKind]},
        "made": {"type": "boolean"},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
        "body": {},
        "contentType": {"type": "string"},
        "retryAfter": _RETRY_AFTER,
        "location": {"type": "string"},
        "seconds": {"type": "number"},
        "reset": {"type": "boolean"},
        "copies": _COUNT,
        "by": {"type": "integer"},
    },
    "required": ["kind"],
    "additionalProperties": False,
}

_OPERATION: Final = {"enum": list(OPERATIONS)}

_FAULT: Final = {
    "type": "object",
    "properties": {
        "note": {"type": "string"},
        "on": {"anyOf": [_OPERATION, {"type": "array", "items": _OPERATION, "minItems": 1}]},
        "workflowId": {"type": "string"},
        "nth": {"anyOf": [_COUNT, {"type": "array", "items": _COUNT, "minItems": 1}]},
        "every": _COUNT,
        "times": _COUNT,
        "from": _SECONDS,
        "to": _SECONDS,
        "probability": _SHARE,
        "do": _DEED,
    },
    "required": ["on", "do"],
    "additionalProperties": False,
}

_RUN_PROFILE: Final = {
    "type": "object",
    "properties": {
        "seconds": _RANGE,
        "waiting": _SHARE,
        "waitingSeconds": _RANGE,
        "failed": _SHARE,
        "cancelled": _SHARE,
        "steps": _TEXTS,
        "decisions": _TEXTS,
        "failures": _TEXTS,
    },
    "additionalProperties": False,
}

SCENARIO_SCHEMA: Final[dict[str, Any]] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "title": {"type": "string"},
        "description": {"type": "string"},
        "extends": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
        "unknownWorkflows": {"enum": ["accept", "reject"]},
        "token": {
            "type": "object",
            "properties": {"expiresIn": {"type": "integer"}, "validSeconds": _SECONDS},
            "additionalProperties": False,
        },
        "latencyMs": _RANGE,
        "full": {
            "type": "object",
            "properties": {"status": {"enum": [429, 400, 409]}, "retryAfter": _RETRY_AFTER},
            "additionalProperties": False,
        },
        "limits": {"type": "object", "additionalProperties": _COUNT},
        "pageCap": _COUNT,
        "listingLagSeconds": _SECONDS,
        "foreign": {
            "type": "object",
            "properties": {
                "count": {"type": "integer", "minimum": 0},
                "everySeconds": {"type": "number", "exclusiveMinimum": 0},
            },
            "additionalProperties": False,
        },
        "runs": {"type": "object", "additionalProperties": _RUN_PROFILE},
        "faults": {"type": "array", "items": _FAULT},
    },
    "additionalProperties": False,
}
