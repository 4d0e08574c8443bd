"""A starting point for a definition, learned from the values of past jobs.

Types are what the values had, titles come from the names; nothing is required unless it stands
in every one of several jobs. No value enters the schema.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from console.domain.values import Json, type_name

_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^A-Z_\-\s.]+|[A-Z]+")
_ORDER: Final = ("string", "integer", "number", "boolean", "object", "array", "null")


def learn_schema(contexts: Sequence[Mapping[str, Json]]) -> dict[str, Any]:
    """The schema of an object that every one of `contexts` fits."""
    place = _Place()
    for job, context in enumerate(contexts):
        place.see(dict(context), job)
    schema = place.schema()
    return schema if contexts else {"type": "object", "properties": {}}


def title_of(name: str) -> str:
    """A title for a field's name: customerId and customer_id are *Customer id*."""
    words = _WORDS.findall(name)
    if not words:
        return name
    plain = [word if len(word) > 1 and word.isupper() else word.lower() for word in words]
    text = " ".join(plain)
    return text[:1].upper() + text[1:]


@dataclass
class _Place:
    """Everything that was seen at one place of the values."""

    types: set[str] = field(default_factory=set)
    parts: dict[str, _Place] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    objects: int = 0
    jobs: set[int] = field(default_factory=set)
    entry: _Place | None = None

    def see(self, value: Json, job: int) -> None:
        """Take note of a value of the job."""
        self.types.add(type_name(value))
        if isinstance(value, dict):
            self.objects += 1
            self.jobs.add(job)
            for name, part in value.items():
                self.parts.setdefault(name, _Place()).see(part, job)
                self.seen[name] = self.seen.get(name, 0) + 1
        elif isinstance(value, list):
            for part in value:
                self.entry = self.entry or _Place()
                self.entry.see(part, job)

    def schema(self) -> dict[str, Any]:
        """The schema of everything seen here."""
        types = self.types - {"integer"} if "number" in self.types else self.types
        named = [name for name in _ORDER if name in types]
        result: dict[str, Any] = {"type": named[0] if len(named) == 1 else named}
        if "object" in types:
            result["properties"] = {
                name: {"title": title_of(name), **part.schema()}
                for name, part in self.parts.items()
            }
            always = [name for name, count in self.seen.items() if count == self.objects]
            if len(self.jobs) > 1 and always:
                result["required"] = always
        if self.entry is not None:
            result["items"] = self.entry.schema()
        return result
