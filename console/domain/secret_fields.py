"""Values without what a schema marks as write-only: secrets are typed, sent, and kept nowhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from console.domain.schema import FieldSpec, Unset, pointer_parts
from console.domain.values import Json

_ENTRY: Final = "*"


def secret_places(spec: FieldSpec) -> tuple[tuple[str, ...], ...]:
    """The places of write-only fields as names from the top; `*` is any entry of a list."""
    return tuple(pointer_parts(field.path) for field in spec.walk() if field.write_only)


def without_secrets(values: dict[str, Json], spec: FieldSpec) -> dict[str, Json]:
    """A copy of `values` in which every write-only field is left out, at any depth."""
    return _without(values, secret_places(spec), None)


def with_masks(values: dict[str, Json], spec: FieldSpec, mask: str) -> dict[str, Json]:
    """A copy of `values` with `mask` where a write-only field has a value."""
    return _without(values, secret_places(spec), mask)


def _without(
    values: dict[str, Json], places: Iterable[tuple[str, ...]], mask: str | None
) -> dict[str, Json]:
    result: Json = values
    for place in places:
        result = _cleared(result, place, mask)
    return result if isinstance(result, dict) else {}


def _cleared(value: Json, place: tuple[str, ...], mask: str | None) -> Json:
    if not place:
        return mask
    first, rest = place[0], place[1:]
    if isinstance(value, list) and first == _ENTRY:
        if not rest:
            return [] if mask is None else [mask for _ in value]
        return [_cleared(entry, rest, mask) for entry in value]
    if not isinstance(value, dict) or first not in value:
        return value
    if not rest and mask is None:
        return {name: part for name, part in value.items() if name != first}
    return {
        name: _cleared(part, rest, mask) if name == first else part for name, part in value.items()
    }


def value_at(values: Json, place: tuple[str, ...]) -> Json | Unset:
    """The value at a place, UNSET where there is none."""
    present: Json = values
    for name in place:
        if isinstance(present, dict) and name in present:
            present = present[name]
        elif isinstance(present, list) and name.isdecimal() and int(name) < len(present):
            present = present[int(name)]
        else:
            return Unset.UNSET
    return present
