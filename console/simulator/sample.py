"""Plausible contexts for instances that nobody here triggered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.simulator.chance import Chance


def sample_context(schema: Mapping[str, Any], chance: Chance, number: int) -> dict[str, Any]:
    """A context from the schema's own examples, enums and defaults; others are left out."""
    context: dict[str, Any] = {}
    for name, said in schema.get("properties", {}).items():
        if choices := said.get("examples") or said.get("enum"):
            context[name] = chance.pick(choices, f"context/{name}", number)
        elif "default" in said:
            context[name] = said["default"]
    return context
