"""What the choices of a schema (oneOf, anyOf, several types) come to for a form.

A choice between a value and null is a nullable field, one between constants a list of values with
words for them; what is left are forms that the operator chooses from, one choice at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from console.domain.schema_flat import Flat, Pieces, flatten, same_value
from console.domain.schema_refs import Document, Piece

if TYPE_CHECKING:
    from console.domain.values import Json

MAX_BRANCHES: Final = 200
LONGEST_NAME: Final = 60
_TYPE_WORDS: Final = {
    "string": "Text", "integer": "Whole number", "number": "Number", "boolean": "Yes or no",
    "object": "Named values", "array": "List", "null": "Null",
}  # fmt: skip
_SCALAR: Final = frozenset({"title", "description", "const", "enum", "deprecated"})


@dataclass(frozen=True)
class Sorted:
    """What is said (`flat`) once the choices that need nobody are made.

    `branches` are the forms of the first choice that an operator makes, by `keyword`; `taken_with`
    is `taken` and that choice.
    """

    flat: Flat
    pieces: Pieces
    taken: frozenset[int]
    nullable: bool = False
    enum: tuple[Json, ...] | None = None
    labels: tuple[str, ...] = ()
    keyword: str = ""
    branches: Pieces = ()
    taken_with: frozenset[int] = frozenset()


def sort_out(document: Document, pieces: Pieces, flat: Flat, taken: frozenset[int]) -> Sorted:
    """Make the choices of `flat` that leave the operator nothing to choose."""
    nullable = False
    listed: tuple[tuple[Json, ...], tuple[str, ...]] | None = None
    place = -1
    while (place := place + 1) < len(flat.choices):
        if place in taken:
            continue
        choice = flat.choices[place]
        parts = [(piece, flatten(document, [piece])) for piece in choice.pieces[:MAX_BRANCHES]]
        left = [(p, f) for p, f in parts if not f.never and not _is_null(f)]
        # What stands beside the choice may already say that null is none of it.
        may = flat.types is None or "null" in flat.types
        nullable = nullable or (may and any(_is_null(f) for _, f in parts))
        if len(left) == 1:
            pieces, taken = (*pieces, left[0][0]), taken | {place}
            flat = flatten(document, pieces)
        elif (constants := _constants([f for _, f in left])) is not None:
            taken |= {place}
            listed = listed or constants
        elif left and len(choice.pieces) <= MAX_BRANCHES:
            branches = tuple(piece for piece, _ in left)
            return Sorted(
                flat,
                pieces,
                taken,
                nullable,
                _enum(flat),
                (),
                choice.keyword,
                branches,
                taken | {place},
            )
    enum = _enum(flat)
    labels: tuple[str, ...] = ()
    if listed is not None and enum is None:
        enum, labels = listed
    types = [name for name in flat.types or () if name != "null"]
    if len(types) > 1 and set(types) != {"integer", "number"} and enum is None:
        by_type = tuple(Piece({"type": name}) for name in types)
        nullable = nullable or "null" in (flat.types or ())
        return Sorted(flat, pieces, taken, nullable, None, (), "type", by_type, taken)
    return Sorted(flat, pieces, taken, nullable, enum, labels)


def names_of(document: Document, done: Sorted, kinds: Sequence[str]) -> tuple[str, ...]:
    """Return a name for each branch: its title, the constant or the names that make it different."""
    flats = [flatten(document, [piece]) for piece in done.branches]
    names = []
    for number, (flat, kind) in enumerate(zip(flats, kinds, strict=True), start=1):
        others = [other for other in flats if other is not flat]
        name = _title(flat) or _constant_name(flat, others) or _by_names(flat, others)
        if not name and flat.types is not None and len(flat.types) == 1:
            name = _TYPE_WORDS.get(flat.types[0], "")
            if any(other.types == flat.types for other in others):
                name = f"{name} {number}"
        names.append((name or f"{_TYPE_WORDS.get(kind, 'Form')} {number}")[:LONGEST_NAME])
    twice = {name for name in names if names.count(name) > 1}
    return tuple(f"{n} ({i})" if n in twice else n for i, n in enumerate(names, start=1))


def _enum(flat: Flat) -> tuple[Json, ...] | None:
    words = flat.words
    if "const" in words:
        return (words["const"],)
    enum = words.get("enum")
    return tuple(enum) if isinstance(enum, list) and enum else None


def _is_null(flat: Flat) -> bool:
    return flat.types == ["null"] or ("const" in flat.words and flat.words["const"] is None)


def _constants(flats: list[Flat]) -> tuple[tuple[Json, ...], tuple[str, ...]] | None:
    """Return the values and their words where every branch is one value and nothing else."""
    from console.domain.schema_words import shown

    values: list[Json] = []
    labels: list[str] = []
    for flat in flats:
        enum = _enum(flat)
        plain = set(flat.words) <= _SCALAR and not (flat.said or flat.choices or flat.conditions)
        if enum is None or not plain or len(enum) != 1 or isinstance(enum[0], dict | list):
            return None
        if not any(same_value(enum[0], value) for value in values):
            values.append(enum[0])
            labels.append(_title(flat) or shown(enum[0]))
    return (tuple(values), tuple(labels)) if values else None


def _title(flat: Flat) -> str:
    title = flat.words.get("title")
    return title.strip() if isinstance(title, str) else ""


def _constant_name(flat: Flat, others: list[Flat]) -> str:
    """Name a branch by its own constant, or by that of a part which differs in the others."""
    from console.domain.schema_words import shown

    if "const" in flat.words:
        return shown(flat.words["const"])
    for name, pieces in flat.properties.items():
        schema = pieces[0].schema
        if not isinstance(schema, bool) and "const" in schema:
            return shown(schema["const"])
        enum = None if isinstance(schema, bool) else schema.get("enum")
        if isinstance(enum, list) and len(enum) == 1 and any(name in o.properties for o in others):
            return shown(enum[0])
    return ""


def _by_names(flat: Flat, others: list[Flat]) -> str:
    for own in (list(flat.required), list(flat.properties)):
        common = [set(o.required) | set(o.properties) for o in others]
        names = [name for name in own if not any(name in c for c in common)] or own
        if names:
            return ", ".join(names[:4])
    return ""
