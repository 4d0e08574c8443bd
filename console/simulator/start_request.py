"""Reading and checking the body of a start: every refusal names the field that is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from jsonschema.exceptions import relevance

from console.simulator.answers import RefusedRequest, refusal
from console.simulator.context_errors import field_path, plain_words
from console.simulator.workflow_specs import WorkflowSpec

PRIORITIES: Final = range(1, 11)
PRIORITY_DEFAULT: Final = 5
_MANY: Final = 20


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A start that is well formed; its context is not yet held against the workflow's schema."""

    workflow_id: str
    priority: int
    context: Mapping[str, Any]
    metadata: Mapping[str, str]


def read_document(raw: bytes) -> dict[str, Any]:
    """The JSON object in a request's body; RefusedRequest 400 where it is none."""
    try:
        document = json.loads(raw, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise refusal(400, "invalid_json", f"The body is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise refusal(400, "invalid_json", "The body must be a JSON object.")
    return document


def read_start(document: Mapping[str, Any]) -> StartRequest:
    """The start that a body asks for; RefusedRequest 400 with the name of the wrong field."""
    workflow_id = document.get("workflowId")
    if not isinstance(workflow_id, str) or not workflow_id:
        raise _invalid("workflowId", "is required and must be text")
    priority = document.get("priority", PRIORITY_DEFAULT)
    if not isinstance(priority, int) or isinstance(priority, bool) or priority not in PRIORITIES:
        raise _invalid("priority", "must be a whole number from 1 to 10")
    context = document.get("context", {})
    if not isinstance(context, dict):
        raise _invalid("context", "must be an object")
    metadata = document.get("metadata", {})
    if not isinstance(metadata, dict):
        raise _invalid("metadata", "must be an object")
    for key, value in metadata.items():
        if not isinstance(value, str):
            raise _invalid(f"metadata.{key}", "must be text")
    return StartRequest(workflow_id, priority, context, metadata)


def check_context(context: Mapping[str, Any], spec: WorkflowSpec) -> None:
    """Return if the workflow's schema allows `context`, else RefusedRequest 400 with all errors."""
    if spec.validator.is_valid(context):
        return
    found = sorted(spec.validator.iter_errors(context), key=relevance, reverse=True)[:_MANY]
    errors = [{"field": field_path(error), "message": plain_words(error)} for error in found]
    raise refusal(
        400, "validation_failed", errors[0]["message"], field=errors[0]["field"], errors=errors
    )


def _invalid(field: str, message: str) -> RefusedRequest:
    return refusal(400, "validation_failed", message, field=field)


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not a JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"the number {text} is too large")
    return value
