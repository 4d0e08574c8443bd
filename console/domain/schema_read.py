"""How a field of a form is read from what a schema says of it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import (
    MAX_LEVELS,
    UNSET,
    FieldSpec,
    FieldType,
    Schema,
    Unset,
    Unsupported,
    pointer,
)
from console.domain.schema_flat import Condition, Flat, Pieces, flatten
from console.domain.schema_refs import Document, Piece
from console.domain.schema_variants import Sorted, names_of, sort_out

if TYPE_CHECKING:
    from console.domain.values import Json

_KINDS: Final = {t.value: t for t in FieldType if t is not FieldType.ANY}
# Without these no widget can know what the value is.
_SHAPING: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef", "allOf"})
_OBJECT: Final = frozenset({"properties", "patternProperties", "additionalProperties"})
MAX_ROUNDS: Final = 20
MAX_WALK: Final = 40_000


def root_of(schema: Schema, name: str, *, required: bool) -> FieldSpec:
    """Return the field for a whole document."""
    document = Document(schema)
    source = Source(document, (Piece(schema),), frozenset({id(schema)}))
    return replace(spec_of(source, "", name, required=required), schema=schema)


def lost_in(root: FieldSpec) -> tuple[Unsupported, ...]:
    """Return what no widget shows at `root` and below, in every variant, each once."""
    found: dict[Unsupported, None] = {}
    todo, count = [root], 0
    seen: set[tuple[str, tuple[int, ...]]] = set()
    while todo and count < MAX_WALK:
        spec = todo.pop()
        count += 1 if spec.source is None else spec.source.sorted.flat.parts
        found |= dict.fromkeys(spec.unsupported)
        if spec.source is None or spec.grows:
            continue
        key = (spec.path, tuple(id(piece.schema) for piece in spec.source.pieces))
        if key in seen:
            continue
        seen.add(key)
        below = [*spec.children, *spec.prefix, *spec.source.maybe(spec), *spec.variants]
        todo += reversed([*below, spec.item] if spec.item is not None else below)
    return tuple(found)


@dataclass(frozen=True)
class Source:
    """Where a field's parts are read from: `pieces` of `document`, all of which hold.

    `trail` are the ids of the schemas that lie around this one; `taken` and `decided` are the
    places of the choices and conditions whose outcome already stands among the pieces.
    """

    document: Document
    pieces: Pieces
    trail: frozenset[int]
    taken: frozenset[int] = frozenset()
    decided: frozenset[int] = frozenset()

    @cached_property
    def flat(self) -> Flat:
        """All that is said, together."""
        return flatten(self.document, self.pieces)

    @cached_property
    def sorted(self) -> Sorted:
        """What the choices among it come to."""
        return sort_out(self.document, self.pieces, self.flat, self.taken)

    # --- parts ------------------------------------------------------------------------------
    def below(self, pieces: Pieces) -> Source:
        """Return the source of a part."""
        return Source(self.document, pieces, self.trail | self.sorted.flat.met)

    def children(self, spec: FieldSpec) -> tuple[FieldSpec, ...]:
        """Read the named parts, and the names that must be there though nobody says what they are."""
        if spec.type is not FieldType.OBJECT or spec.variants:
            return ()
        flat = self.sorted.flat
        names = dict.fromkeys((*flat.properties, *flat.required))
        return tuple(
            spec_of(
                self.below(self._pieces_of(name)),
                spec.path + pointer(name),
                name,
                required=name in flat.required,
            )
            for name in names
        )

    def item(self, spec: FieldSpec) -> FieldSpec | None:
        """Read what the entries of a list are."""
        flat = self.sorted.flat
        if spec.type is not FieldType.ARRAY or spec.variants or not flat.items:
            return None
        return spec_of(self.below(flat.items), f"{spec.path}/*", "", required=True)

    def prefix(self, spec: FieldSpec) -> tuple[FieldSpec, ...]:
        """Read what the first entries of a list are."""
        if spec.type is not FieldType.ARRAY or spec.variants:
            return ()
        return tuple(
            spec_of(self.below(pieces), f"{spec.path}/{place}", "", required=True)
            for place, pieces in enumerate(self.sorted.flat.prefix)
        )

    def other(self, spec: FieldSpec, name: str) -> FieldSpec | None:
        """Read what a name that is not listed holds."""
        flat = self.sorted.flat
        if spec.type is not FieldType.OBJECT:
            return None
        pieces = self._pieces_of(name)
        if not pieces and flat.rest is None:
            return None
        return spec_of(self.below(pieces), spec.path + pointer(name), name, required=True)

    def maybe(self, spec: FieldSpec) -> list[FieldSpec]:
        """Return a field for each kind of names of the operator's own, and for what may appear."""
        flat = self.sorted.flat
        kinds = [*flat.patterns.values(), *([flat.rest] if flat.rest else [])]
        found = [
            spec_of(self.below(pieces), f"{spec.path}/*", "", required=True) for pieces in kinds
        ]
        found += [
            spec_of(self.below(pieces), spec.path, spec.name, required=spec.required)
            for condition in flat.conditions
            for pieces in (condition.then, condition.otherwise)
            if pieces
        ]
        return found

    def _pieces_of(self, name: str) -> Pieces:
        from console.domain.schema_check import name_fits

        flat = self.sorted.flat
        pieces = flat.properties.get(name, ())
        pieces += tuple(
            piece
            for pattern, more in flat.patterns.items()
            if name_fits(pattern, name)
            for piece in more
        )
        return pieces or flat.rest or ()

    # --- what depends on the value ------------------------------------------------------------
    def variants(self, spec: FieldSpec) -> tuple[FieldSpec, ...]:
        """Read the forms that the value can take."""
        done = self.sorted
        return tuple(
            spec_of(
                replace(self, pieces=(*done.pieces, piece), taken=done.taken_with),
                spec.path,
                spec.name,
                required=spec.required,
                variant=True,
            )
            for piece in done.branches
        )

    def variant_titles(self, spec: FieldSpec) -> tuple[str, ...]:
        """Name the forms that the value can take."""
        return names_of(self.document, self.sorted, [v.type.value for v in spec.variants])

    def depends(self) -> bool:
        """True where a condition is open."""
        return len(self.sorted.flat.conditions) > len(self.decided)

    def under(self, spec: FieldSpec, value: Json | Unset) -> FieldSpec:
        """Read the field as it is under `value`."""
        source = self
        held: Json = {} if isinstance(value, Unset) else value
        chosen: list[tuple[int, bool]] = []
        for _ in range(MAX_ROUNDS):
            conditions = source.sorted.flat.conditions
            place = next((n for n in range(len(conditions)) if n not in source.decided), None)
            if place is None:
                break
            holds = _holds(self.document, conditions[place], held)
            chosen.append((place, holds))
            more = conditions[place].then if holds else conditions[place].otherwise
            source = replace(
                source,
                pieces=(*source.sorted.pieces, *more),
                taken=source.sorted.taken,
                decided=source.decided | {place},
            )
        known: dict[tuple[tuple[int, bool], ...], FieldSpec] = self._shapes
        key = tuple(chosen)
        if key not in known:
            known[key] = spec_of(source, spec.path, spec.name, required=spec.required)
        return known[key]

    @cached_property
    def _shapes(self) -> dict[tuple[tuple[int, bool], ...], FieldSpec]:
        return {}


def _holds(document: Document, condition: Condition, value: Json) -> bool:
    if condition.test is None:
        return isinstance(value, dict) and condition.name in value
    from console.domain.schema_check import part_holds

    return part_holds(document, condition.test, value)


def spec_of(
    source: Source, path: str, name: str, *, required: bool, variant: bool = False
) -> FieldSpec:
    """Return the field for what `source` says."""
    done = source.sorted
    flat, words = done.flat, done.flat.words
    kind, nullable = _kind(done)
    lost = list(dict.fromkeys(flat.lost))
    if _SHAPING.intersection(lost) or path.count("/") >= MAX_LEVELS or flat.never:
        kind = FieldType.ANY
    shown = not (_SHAPING.intersection(lost) or path.count("/") >= MAX_LEVELS)
    grows = not variant and bool(flat.met & source.trail) and path != ""
    return FieldSpec(
        path=path,
        name=name,
        type=kind,
        title=_text(words, "title") or name,
        description=_text(words, "description"),
        required=required,
        nullable=nullable,
        default=words.get("default", UNSET),
        const=words.get("const", UNSET),
        enum=done.enum,
        labels=done.labels,
        format=_text(words, "format"),
        minimum=_number(words, "minimum"),
        maximum=_number(words, "maximum"),
        exclusive_minimum=_number(words, "exclusiveMinimum"),
        exclusive_maximum=_number(words, "exclusiveMaximum"),
        multiple_of=_number(words, "multipleOf"),
        min_length=_count(words, "minLength"),
        max_length=_count(words, "maxLength"),
        pattern=_text(words, "pattern") or None,
        min_items=_count(words, "minItems"),
        max_items=_count(words, "maxItems"),
        unique_items=words.get("uniqueItems") is True,
        read_only=words.get("readOnly") is True,
        write_only=words.get("writeOnly") is True,
        open=flat.rest is not None,
        keyed=bool(flat.patterns or flat.rest),
        grows=grows,
        choice=done.keyword if shown else "",
        examples=_examples(words),
        unsupported=tuple(Unsupported(path, key) for key in lost),
        schema=words,
        source=source if shown else None,
    )


def _kind(done: Sorted) -> tuple[FieldType, bool]:
    """Return the one type a value may have besides null (ANY where it is not one), and nullable."""
    flat = done.flat
    nullable = done.nullable
    if flat.types is not None:
        kinds = [_KINDS[name] for name in flat.types if name in _KINDS]
        nullable = nullable or "null" in flat.types
        if set(kinds) == {FieldType.INTEGER, FieldType.NUMBER}:
            kinds = [FieldType.NUMBER]
        return (kinds[0] if len(kinds) == 1 else FieldType.ANY), nullable
    if done.enum is not None:
        texts = all(isinstance(choice, str) for choice in done.enum)
        return (FieldType.STRING if texts else FieldType.ANY), nullable
    if flat.said & _OBJECT or flat.required or flat.names:
        return FieldType.OBJECT, nullable
    return (FieldType.ARRAY if "items" in flat.said else FieldType.ANY), nullable


def _examples(words: Mapping[str, Any]) -> tuple[Json, ...]:
    examples = words.get("examples")
    return tuple(examples) if isinstance(examples, list) else ()


def _text(words: Mapping[str, Any], key: str) -> str:
    value = words.get(key)
    return value if isinstance(value, str) else ""


def _number(words: Mapping[str, Any], key: str) -> float | None:
    value = words.get(key)
    if value is not None and hasattr(value, "plain"):
        value = value.plain()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if isinstance(value, int) or math.isfinite(value) else None


def _count(words: Mapping[str, Any], key: str) -> int | None:
    value = _number(words, key)
    return None if value is None or value != int(value) else int(value)
