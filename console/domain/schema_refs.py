"""What a reference in a schema leads to: inside the same document, and nowhere else.

Plain pointers are followed here. Where a schema gives parts of itself names (`$id`, `$anchor`), the
library that jsonschema uses knows the rules; it is loaded only then, and nothing is ever fetched.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.domain.schema import Schema

_NAMING = ("$id", "id", "$anchor", "$dynamicAnchor")


@dataclass(frozen=True)
class Piece:
    """A part of a document with where it stands: `base` is None, or the library's resolver."""

    schema: Schema
    base: Any = None


class Document:
    """One schema document whose references can be followed."""

    def __init__(self, root: Schema) -> None:
        self.root = root
        self.validator: Any = None
        """jsonschema's own, kept here by the judge once there is something to judge."""
        self.legacy = _says_draft_7(root)
        """True for draft 7, where nothing beside a `$ref` counts."""

    def target(self, piece: Piece, reference: str) -> Piece | None:
        """Return what `reference` in `piece` leads to, None where that is not in the document."""
        if (reference == "#" or reference.startswith("#/")) and not self._has_names:
            found = _pointed(self.root, reference[1:])
            return None if found is None else Piece(found)
        from referencing.exceptions import Unresolvable

        try:
            resolved = (piece.base or self._resolver).lookup(reference)
        except (Unresolvable, ValueError, AttributeError, TypeError):
            # The last two: the library walks through parts that are no schemas at all.
            return None
        found = resolved.contents
        return Piece(found, resolved.resolver) if isinstance(found, Mapping | bool) else None

    def inside(self, piece: Piece, schema: Schema) -> Piece:
        """Return the part `schema` of `piece`."""
        if not self._has_names:
            return Piece(schema)
        base = piece.base or self._resolver
        if isinstance(schema, Mapping) and isinstance(schema.get("$id"), str):
            with suppress(ValueError, AttributeError, TypeError):
                base = base.in_subresource(self._specification.create_resource(schema))
        return Piece(schema, base)

    @cached_property
    def _has_names(self) -> bool:
        """Return True where a part below the root has a name or a base of its own."""
        todo: list[Any] = list(_parts(self.root))
        while todo:
            part = todo.pop()
            if isinstance(part, Mapping) and any(isinstance(part.get(k), str) for k in _NAMING):
                return True
            todo.extend(_parts(part))
        return False

    @cached_property
    def _specification(self) -> Any:
        from referencing.jsonschema import DRAFT7, DRAFT202012

        return DRAFT7 if self.legacy else DRAFT202012

    @cached_property
    def _resolver(self) -> Any:
        from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # has none

        root = self._specification.create_resource(self.root)
        # The registry holds the drafts themselves and fetches nothing.
        return REGISTRY.with_resource(root.id() or "", root).resolver(root.id() or "")


def _says_draft_7(root: Schema) -> bool:
    said = root.get("$schema") if isinstance(root, Mapping) else None
    return isinstance(said, str) and any(f"draft-0{n}" in said for n in (3, 4, 6, 7))


def _parts(part: Any) -> list[Any]:
    if isinstance(part, Mapping):
        return list(part.values())
    return part if isinstance(part, list) else []


def _pointed(root: Any, path: str) -> Schema | None:
    from console.domain.schema import pointer_parts

    found = root
    for part in pointer_parts(_unquoted(path)):
        if isinstance(found, Mapping) and part in found:
            found = found[part]
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found if isinstance(found, Mapping | bool) else None


def _unquoted(text: str) -> str:
    """Return a URI's fragment with its %XX read as UTF-8."""
    if "%" not in text:
        return text
    raw, rest = bytearray(), text
    while rest:
        pair = rest[1:3]
        if rest[0] == "%" and len(pair) == 2 and all(c in "0123456789abcdefABCDEF" for c in pair):
            raw.append(int(pair, 16))
            rest = rest[3:]
        else:
            raw += rest[0].encode("utf-8")
            rest = rest[1:]
    return raw.decode("utf-8", "replace")
