"""All that a schema says of one value, brought together: `$ref` followed, `allOf` merged.

What depends on the value (oneOf, if, dependentSchemas) is kept apart: a form asks again when the
value changes. Where two parts contradict each other the merged field is only a guess at what fits
both; the judge of values reads the schema itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema_refs import Document, Piece

if TYPE_CHECKING:
    from console.domain.values import Json

Pieces = tuple[Piece, ...]
_SHARPER: Final = {
    "minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max,
    "minProperties": max, "maximum": min, "exclusiveMaximum": min, "maxLength": min,
    "maxItems": min, "maxProperties": min,
}  # fmt: skip
_ANY_TRUE: Final = ("readOnly", "writeOnly", "uniqueItems", "deprecated")
# Shown as a hint, or enough said by the judge: the first part that has one is taken.
_FIRST: Final = (
    "title", "description", "default", "examples", "format", "pattern", "multipleOf",
)  # fmt: skip
# Words for the judge alone, or of no meaning for a field.
_SILENT: Final = frozenset(
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "$vocabulary", "definitions", "id",
        "$dynamicAnchor", "$recursiveAnchor", "contentMediaType", "contentEncoding",
        "contentSchema", "contains", "minContains", "maxContains", "not", "then", "else",
    }
)  # fmt: skip
MAX_PARTS: Final = 2_000


@dataclass(frozen=True)
class Choice:
    """A `oneOf` or `anyOf`: exactly one, or at least one, of `pieces` holds too."""

    keyword: str
    pieces: Pieces


@dataclass(frozen=True)
class Condition:
    """Parts that count only sometimes: `then` where `test` (or `name` in the value) holds."""

    then: Pieces
    otherwise: Pieces = ()
    test: Piece | None = None
    name: str = ""


@dataclass
class Flat:
    """What is said of one value; `met` are the ids of the schemas on the way."""

    words: dict[str, Any] = field(default_factory=dict)
    types: list[str] | None = None
    required: dict[str, None] = field(default_factory=dict)
    properties: dict[str, Pieces] = field(default_factory=dict)
    patterns: dict[str, Pieces] = field(default_factory=dict)
    rest: Pieces | None = ()
    """What other names of an object take: () anything, None nothing."""
    names: Pieces = ()
    prefix: list[Pieces] = field(default_factory=list)
    items: Pieces | None = ()
    """What entries behind the prefix are: () anything, None: there are none."""
    said: set[str] = field(default_factory=set)
    choices: list[Choice] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    never: bool = False
    lost: list[str] = field(default_factory=list)
    met: frozenset[int] = frozenset()
    parts: int = 0


def flatten(document: Document, pieces: Iterable[Piece], flat: Flat | None = None) -> Flat:
    """Return all that `pieces` say together, added to `flat` where there is one."""
    result = Flat() if flat is None else flat
    for piece in pieces:
        _add(document, piece, result)
    return result


def same_value(one: Json, other: Json) -> bool:
    """Return True for equal JSON values as schemas mean it: 1 is 1.0, true is not 1."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_value, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_value(one[k], other[k]) for k in one)
    return one == other


def _add(document: Document, piece: Piece, flat: Flat) -> None:
    flat.parts += 1
    schema = piece.schema
    if isinstance(schema, bool) or not schema:
        flat.never = flat.never or schema is False
        return
    if id(schema) in flat.met:
        return  # it would only say the same again
    flat.met |= {id(schema)}
    if flat.parts > MAX_PARTS:
        flat.lost.append("allOf")
        return
    reference = schema.get("$ref")
    if isinstance(reference, str) and document.legacy:
        _words({k: v for k, v in schema.items() if k in {"title", "description"}}, flat)
        _follow(document, piece, reference, flat)
        return
    _words(schema, flat)
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            _follow(document, piece, value, flat)
        elif key in _STRUCTURE:
            _STRUCTURE[key](_Part(document, piece, flat), value)
        elif key not in _PLAIN and not key.startswith("x-"):
            flat.lost.append(key)


def _follow(document: Document, piece: Piece, reference: str, flat: Flat) -> None:
    target = document.target(piece, reference)
    if target is None:
        flat.lost.append("$ref")
    else:
        _add(document, target, flat)


def _words(schema: Mapping[str, Any], flat: Flat) -> None:
    words = flat.words
    for key, value in schema.items():
        if key in _SHARPER and _is_limit(value):
            words[key] = _SHARPER[key](words[key], value) if key in words else value
        elif key in _ANY_TRUE:
            words[key] = words.get(key) is True or value is True
        elif key in _FIRST:
            words.setdefault(key, value)
        elif key == "type":
            _narrow(value, flat)
        elif key == "enum" and isinstance(value, list):
            known = words.get("enum")
            words["enum"] = value if known is None else [v for v in known if _among(v, value)]
        elif key == "const" and "const" not in words:
            words["const"] = value
        elif key == "required" and isinstance(value, list):
            flat.required |= dict.fromkeys(name for name in value if isinstance(name, str))


def _narrow(said: Any, flat: Flat) -> None:
    names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    if flat.types is None:
        flat.types = [name for name in names if isinstance(name, str)]
        return
    wide = {*names, "integer"} if "number" in names else set(names)
    kept = [name for name in flat.types if name in wide]
    if "number" in flat.types and "integer" in names and "integer" not in kept:
        kept.append("integer")
    flat.types = kept


def _among(value: Json, values: list[Json]) -> bool:
    return any(same_value(value, other) for other in values)


def _is_limit(value: Any) -> bool:
    return not isinstance(value, bool) and (
        isinstance(value, int | float) or hasattr(value, "text")
    )


class _Part:
    """One keyword of `piece` on its way into `flat`."""

    def __init__(self, document: Document, piece: Piece, flat: Flat) -> None:
        self.document, self.piece, self.flat = document, piece, flat

    def inside(self, schema: Any) -> Pieces:
        return (self.document.inside(self.piece, schema),)

    def properties(self, said: Any) -> None:
        self.flat.said.add("properties")
        self._named(said, self.flat.properties)

    def patterns(self, said: Any) -> None:
        self.flat.said.add("patternProperties")
        self._named(said, self.flat.patterns)

    def _named(self, said: Any, into: dict[str, Pieces]) -> None:
        for name, part in said.items() if isinstance(said, Mapping) else ():
            if isinstance(part, Mapping | bool):
                into[name] = into.get(name, ()) + self.inside(part)

    def rest(self, said: Any) -> None:
        flat = self.flat
        if said is False:
            flat.rest = None
        elif isinstance(said, Mapping) and flat.rest is not None:
            flat.said.add("additionalProperties")
            flat.rest += self.inside(said)

    def names(self, said: Any) -> None:
        if isinstance(said, Mapping | bool):
            self.flat.names += self.inside(said)

    def prefix(self, said: Any) -> None:
        if not isinstance(said, list):
            return
        flat = self.flat
        flat.said.add("items")
        for place, part in enumerate(said):
            if place == len(flat.prefix):
                flat.prefix.append(())
            flat.prefix[place] += self.inside(part)

    def items(self, said: Any) -> None:
        flat = self.flat
        if isinstance(said, list):
            self.prefix(said)
        elif said is False:
            flat.items = None
        elif isinstance(said, Mapping) and flat.items is not None:
            flat.said.add("items")
            flat.items += self.inside(said)

    def additional_items(self, said: Any) -> None:
        schema = self.piece.schema
        if isinstance(schema, Mapping) and isinstance(schema.get("items"), list):
            self.items(said)

    def all_of(self, said: Any) -> None:
        for part in said if isinstance(said, list) else ():
            _add(self.document, self.inside(part)[0], self.flat)

    def one_of(self, said: Any) -> None:
        self._choice("oneOf", said)

    def any_of(self, said: Any) -> None:
        self._choice("anyOf", said)

    def _choice(self, keyword: str, said: Any) -> None:
        if isinstance(said, list) and said:
            pieces = tuple(self.inside(part)[0] for part in said)
            self.flat.choices.append(Choice(keyword, pieces))

    def condition(self, said: Any) -> None:
        schema = self.piece.schema
        assert isinstance(schema, Mapping)
        sides = [self.inside(schema[k]) if k in schema else () for k in ("then", "else")]
        if any(sides) and isinstance(said, Mapping | bool):
            self.flat.conditions.append(Condition(sides[0], sides[1], self.inside(said)[0]))

    def dependent(self, said: Any) -> None:
        """Take in dependentRequired, dependentSchemas, and draft 7's dependencies for both."""
        for name, part in said.items() if isinstance(said, Mapping) else ():
            needed: Any = {"required": part} if isinstance(part, list) else part
            if isinstance(needed, Mapping | bool):
                self.flat.conditions.append(Condition(self.inside(needed), name=name))


_STRUCTURE: Final[Mapping[str, Any]] = {
    "properties": _Part.properties,
    "patternProperties": _Part.patterns,
    "additionalProperties": _Part.rest,
    "unevaluatedProperties": _Part.rest,
    "propertyNames": _Part.names,
    "prefixItems": _Part.prefix,
    "items": _Part.items,
    "additionalItems": _Part.additional_items,
    "unevaluatedItems": _Part.items,
    "allOf": _Part.all_of,
    "oneOf": _Part.one_of,
    "anyOf": _Part.any_of,
    "if": _Part.condition,
    "dependentRequired": _Part.dependent,
    "dependentSchemas": _Part.dependent,
    "dependencies": _Part.dependent,
}
_PLAIN: Final = frozenset(
    {*_SHARPER, *_ANY_TRUE, *_FIRST, *_SILENT, "$ref", "type", "enum", "const", "required"}
)
