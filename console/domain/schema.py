"""From a JSON Schema to the tree of fields that a form shows, and the judge of its values.

The tree only decides widgets and hints; whether a value is valid is said by `validate`, and
there by jsonschema alone. Draft 2020-12 and draft 7 are read; a part that needs more than the
widgets can do is listed in `unsupported` and edited as checked JSON, never left out.

A field's parts are read at the first question, so a schema that holds itself has no end here but
takes no time either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from console.domain.schema_read import Source
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
    """One field of a form; `path` is a JSON Pointer, in which `*` stands for any entry or name.

    `default` and `const` are UNSET where the schema has none. `labels` are words for the values of
    `enum`, one each, or none. `grows` marks a part that lies in itself: a form shows it when
    somebody asks. `choice` says by which keyword there are `variants`. `schema` is what was said of
    this field, references resolved; at the root it is the document.
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
    labels: tuple[str, ...] = ()
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
    keyed: bool = False
    """True where the schema says what names of the operator's own hold."""
    grows: bool = False
    choice: str = ""
    examples: tuple[Json, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()
    schema: Schema = field(default_factory=dict, repr=False)
    source: Source | None = field(default=None, repr=False, compare=False)

    @cached_property
    def children(self) -> tuple[FieldSpec, ...]:
        """The named parts of an object, in the schema's order."""
        return () if self.source is None else self.source.children(self)

    @cached_property
    def item(self) -> FieldSpec | None:
        """What every entry of a list is (behind those of `prefix`), None where nobody says."""
        return None if self.source is None else self.source.item(self)

    @cached_property
    def prefix(self) -> tuple[FieldSpec, ...]:
        """What the first entries of a list are, each for itself."""
        return () if self.source is None else self.source.prefix(self)

    @cached_property
    def variants(self) -> tuple[FieldSpec, ...]:
        """The forms that this value can take; `variant_titles` are their names."""
        return () if self.source is None else self.source.variants(self)

    @cached_property
    def variant_titles(self) -> tuple[str, ...]:
        """A name for each of `variants`."""
        return () if self.source is None else self.source.variant_titles(self)

    @cached_property
    def depends(self) -> bool:
        """True where parts of this field come and go with its value: ask `under`."""
        return self.source is not None and self.source.depends()

    def under(self, value: Json | Unset) -> FieldSpec:
        """Return this field as it is while it holds `value`; the same answer is the same object."""
        if self.source is None or not self.depends:
            return self
        return self.source.under(self, value)

    def other(self, name: str) -> FieldSpec | None:
        """Return what a name that the schema does not list holds, None where it has no place."""
        return None if self.source is None else self.source.other(self, name)

    def walk(self) -> Iterator[FieldSpec]:
        """Yield this field and all below it, in reading order; what lies in itself, once."""
        yield self
        if self.grows:
            return
        for child in (*self.children, *self.prefix):
            yield from child.walk()
        if self.item is not None:
            yield from self.item.walk()

    def all_unsupported(self) -> tuple[Unsupported, ...]:
        """Return what no widget shows, here, below, and in every variant, each once."""
        from console.domain.schema_read import lost_in

        return lost_in(self)


MAX_LEVELS: Final = 12


def read_schema(schema: Schema, name: str = "", *, required: bool = True) -> FieldSpec:
    """Return the tree of fields for `schema`; it never fails, what it cannot read becomes JSON."""
    from console.domain.schema_read import root_of

    return root_of(schema, name, required=required)


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
