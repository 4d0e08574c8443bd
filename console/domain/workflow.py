"""A workflow definition: what can be triggered, with its form's schema, limit and defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.domain.payload import PRIORITY_DEFAULT

DEFAULT_LIMIT: Final = 50
DEFAULT_SEND_BEFORE_HOURS: Final = 4.0


@dataclass(frozen=True)
class Workflow:
    """One definition; `schema` is a JSON Schema (2020-12 or draft 7) of the context object.

    `send_before_hours` None means that its triggers never grow too old to be sent unasked.
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
