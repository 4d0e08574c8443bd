"""From a JSON Schema to the tree of fields that a form shows, and the judge of its values.

The tree only decides widgets and hints; whether a value is valid is said by `validate`, and
there by jsonschema alone. Draft 2020-12 and draft 7 are read; a part that needs more than the
widgets can do is listed in `unsupported` and edited as checked JSON, never left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from console.domain.values import Json

Schema = Mapping[str, Any] | bool


class Unset(StrEnum):
    """The state of a field that adds no key; `null` and empty values are other states."""

    UNSET = "unset"


UNSET: Final = Unset.UNSET


class FieldType(StrEnum):
    """What a field's value is made of; ANY is edited as JSON."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"
    ANY = "any"


@dataclass(frozen=True)
class FieldMessage:
    """What is wrong at `path` (JSON Pointer into the value) in plain words, by which keyword."""

    path: str
    message: str
    keyword: str = ""


@dataclass(frozen=True)
class Unsupported:
    """A keyword that no widget shows; `path` is the JSON Pointer of the value it applies to."""

    path: str
    keyword: str


@dataclass(frozen=True)
class FieldSpec:
    """One field of a form; `path` is a JSON Pointer, in which `*` stands for any list entry.

    `children` are the named parts of an object in the schema's order, `item` is what every entry
    of a list is. `default` and `const` are UNSET where the schema has none. `schema` is the part
    of the schema this field was read from, references resolved.
    """

    path: str
    name: str
    type: FieldType
    title: str
    description: str = ""
    required: bool = False
    nullable: bool = False
    default: Json | Unset = UNSET
    const: Json | Unset = UNSET
    enum: tuple[Json, ...] | None = None
    format: str = ""
    minimum: float | None = None
    maximum: float | None = None
    exclusive_minimum: float | None = None
    exclusive_maximum: float | None = None
    multiple_of: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    min_items: int | None = None
    max_items: int | None = None
    unique_items: bool = False
    read_only: bool = False
    write_only: bool = False
    open: bool = True
    examples: tuple[Json, ...] = ()
    children: tuple[FieldSpec, ...] = ()
    item: FieldSpec | None = None
    unsupported: tuple[Unsupported, ...] = ()
    schema: Schema = field(default_factory=dict, repr=False)

    def walk(self) -> Iterator[FieldSpec]:
        """Yield this field and all below it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()
        if self.item is not None:
            yield from self.item.walk()

    def all_unsupported(self) -> tuple[Unsupported, ...]:
        """Return what no widget shows, here and below."""
        return tuple(entry for spec in self.walk() for entry in spec.unsupported)


# Keywords that shape the value in a way no widget follows: such a part is edited as JSON.
_SHAPING: Final = (
    "allOf", "anyOf", "oneOf", "if", "then", "else", "dependentSchemas", "dependencies",
    "patternProperties", "prefixItems", "additionalItems", "unevaluatedItems",
    "unevaluatedProperties", "$dynamicRef", "$recursiveRef",
)  # fmt: skip
# Keywords that a widget shows, or that need no widget because the judge's words are enough.
_KNOWN: Final = frozenset(
    {
        "$schema", "$id", "$anchor", "$comment", "$defs", "$ref", "$vocabulary", "definitions",
        "id", "$dynamicAnchor", "$recursiveAnchor", "type", "title", "description", "default",
        "examples", "deprecated", "readOnly", "writeOnly", "enum", "const", "format",
        "contentMediaType", "contentEncoding", "contentSchema", "minimum", "maximum",
        "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
        "properties", "required", "additionalProperties", "propertyNames", "minProperties",
        "maxProperties", "dependentRequired", "items", "minItems", "maxItems", "uniqueItems",
        "contains", "minContains", "maxContains", "not",
    }
)  # fmt: skip
_STRUCTURE: Final = frozenset({"type", "properties", "items", "enum", "const"})
MAX_LEVELS: Final = 12


def read_schema(schema: Schema, name: str = "", *, required: bool = True) -> FieldSpec:
    """Return the tree of fields for `schema`; it never fails, what it cannot read becomes JSON."""
    return _Reader(schema).field(schema, "", name, required=required)


def validate(schema: Schema, value: Json) -> tuple[FieldMessage, ...]:
    """Say what is wrong with `value` in plain words, nothing where it is valid.

    The verdict is jsonschema's; a schema that is none itself gives one message at the root.
    """
    # jsonschema takes 60 ms to import: not before there is something to judge.
    from console.domain.schema_check import judge_for

    return judge_for(schema)(value)


def pointer(*parts: str | int) -> str:
    """Return the JSON Pointer of `parts` (RFC 6901)."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def pointer_parts(path: str) -> tuple[str, ...]:
    """Return the parts of a JSON Pointer, unescaped."""
    parts = path.split("/")[1:]
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in parts)


class _Reader:
    """Reads one schema document; references inside it are followed, others are not."""

    def __init__(self, root: Schema) -> None:
        self._root = root
        self._following: list[str] = []

    def field(self, schema: Schema, path: str, name: str, *, required: bool) -> FieldSpec:
        refs = len(self._following)
        resolved, lost = self._resolved(schema)
        spec = self._read(resolved, path, name, required=required, lost=lost)
        del self._following[refs:]
        return spec

    def _resolved(self, schema: Schema) -> tuple[Schema, list[str]]:
        """Follow `$ref` inside the document; what was lost on the way are keyword names."""
        lost: list[str] = []
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            reference = schema["$ref"]
            target = self._target(reference)
            beside = {key: value for key, value in schema.items() if key != "$ref"}
            clash = isinstance(target, Mapping) and _STRUCTURE & beside.keys() & target.keys()
            if target is None or reference in self._following or clash:
                return beside, ["$ref"]  # elsewhere, recursive, or two shapes at once
            self._following.append(reference)
            if isinstance(target, bool):
                return target, lost
            schema = {**target, **beside}
        return schema, lost

    def _target(self, reference: str) -> Schema | None:
        if reference != "#" and not reference.startswith("#/"):
            return None
        found: Any = self._root
        for part in pointer_parts(reference[1:]):
            if isinstance(found, Mapping) and part in found:
                found = found[part]
            elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
                found = found[int(part)]
            else:
                return None
        return found if isinstance(found, Mapping | bool) else None

    def _read(
        self, schema: Schema, path: str, name: str, *, required: bool, lost: list[str]
    ) -> FieldSpec:
        if isinstance(schema, bool):
            return FieldSpec(path, name, FieldType.ANY, name, required=required, schema=schema)
        types, nullable = _types(schema)
        shaping = lost + [key for key in _SHAPING if key in schema]
        if isinstance(schema.get("items"), list):
            shaping.append("items")
        unknown = [key for key in schema if _unknown(key)]
        kind = types[0] if len(types) == 1 and not shaping else FieldType.ANY
        if len(types) > 1:
            shaping.append("type")
        if path.count("/") >= MAX_LEVELS:
            kind = FieldType.ANY
        children: tuple[FieldSpec, ...] = ()
        item = None
        if kind is FieldType.OBJECT:
            children = self._children(schema, path)
        elif kind is FieldType.ARRAY and isinstance(schema.get("items"), Mapping):
            item = self.field(schema["items"], f"{path}/*", "", required=True)
        return FieldSpec(
            path=path,
            name=name,
            type=kind,
            title=_text(schema, "title") or name,
            description=_text(schema, "description"),
            required=required,
            nullable=nullable,
            default=schema.get("default", UNSET),
            const=schema.get("const", UNSET),
            enum=_choices(schema),
            format=_text(schema, "format"),
            minimum=_number(schema, "minimum"),
            maximum=_number(schema, "maximum"),
            exclusive_minimum=_number(schema, "exclusiveMinimum"),
            exclusive_maximum=_number(schema, "exclusiveMaximum"),
            multiple_of=_number(schema, "multipleOf"),
            min_length=_count(schema, "minLength"),
            max_length=_count(schema, "maxLength"),
            pattern=_text(schema, "pattern") or None,
            min_items=_count(schema, "minItems"),
            max_items=_count(schema, "maxItems"),
            unique_items=schema.get("uniqueItems") is True,
            read_only=schema.get("readOnly") is True,
            write_only=schema.get("writeOnly") is True,
            open=schema.get("additionalProperties") is not False,
            examples=_examples(schema),
            children=children,
            item=item,
            unsupported=tuple(Unsupported(path, key) for key in (*shaping, *unknown)),
            schema=schema,
        )

    def _children(self, schema: Mapping[str, Any], path: str) -> tuple[FieldSpec, ...]:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping):
            return ()
        needed = schema.get("required")
        names = needed if isinstance(needed, list) else ()
        return tuple(
            self.field(part, path + pointer(name), name, required=name in names)
            for name, part in properties.items()
            if isinstance(part, Mapping | bool)
        )


def _unknown(key: str) -> bool:
    return key not in _KNOWN and key not in _SHAPING and not key.startswith("x-")


def _types(schema: Mapping[str, Any]) -> tuple[list[FieldType], bool]:
    """Return the types a value may have besides null (ANY where none is said), and nullable."""
    said = schema.get("type")
    names = [said] if isinstance(said, str) else said if isinstance(said, list) else []
    known = {t.value: t for t in FieldType if t is not FieldType.ANY}
    nullable = "null" in names
    types: list[FieldType] = [known[name] for name in names if name in known]
    if len(types) == 2 and set(types) == {FieldType.INTEGER, FieldType.NUMBER}:
        types = [FieldType.NUMBER]
    if types or nullable:
        return types or [FieldType.ANY], nullable
    if (choices := _choices(schema)) is not None:
        return _type_of(choices)
    if isinstance(schema.get("properties"), Mapping):
        return [FieldType.OBJECT], False
    if isinstance(schema.get("items"), Mapping):
        return [FieldType.ARRAY], False
    return [FieldType.ANY], False


def _type_of(choices: tuple[Json, ...]) -> tuple[list[FieldType], bool]:
    if all(isinstance(choice, str) for choice in choices):
        return [FieldType.STRING], False
    return [FieldType.ANY], False


def _choices(schema: Mapping[str, Any]) -> tuple[Json, ...] | None:
    if "const" in schema:
        return (schema["const"],)
    enum = schema.get("enum")
    return tuple(enum) if isinstance(enum, list) and enum else None


def _examples(schema: Mapping[str, Any]) -> tuple[Json, ...]:
    examples = schema.get("examples")
    return tuple(examples) if isinstance(examples, list) else ()


def _text(schema: Mapping[str, Any], key: str) -> str:
    value = schema.get(key)
    return value if isinstance(value, str) else ""


def _number(schema: Mapping[str, Any], key: str) -> float | None:
    value = schema.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _count(schema: Mapping[str, Any], key: str) -> int | None:
    value = _number(schema, key)
    return None if value is None or value != int(value) else int(value)
