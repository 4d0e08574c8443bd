"""Which form of a choice a value has, what of it another form keeps, and what a fresh one holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from console.domain.schema import UNSET, FieldSpec, FieldType, Unset
from console.domain.schema_flat import same_value
from console.domain.values import type_name

if TYPE_CHECKING:
    from console.domain.values import Json

_DEEP: Final = 3
_ENTRIES: Final = 20
_WRONG: Final = -100
MAX_START: Final = 500


def best(variants: Sequence[FieldSpec], value: Json) -> int:
    """Return the place of the form that `value` fits best, the first of several."""
    fits = [_fit(variant, value, _DEEP) for variant in variants]
    return fits.index(max(fits))


def part_of(spec: FieldSpec, value: Json, step: str | int) -> FieldSpec | None:
    """Return what the part `step` of `value` is, in the form that the value has now."""
    for _ in range(_DEEP):
        if not spec.variants:
            break
        spec = spec.variants[best(spec.variants, value)]
    if isinstance(step, int):
        return spec.prefix[step] if step < len(spec.prefix) else spec.item
    for child in spec.under(value).children:
        if child.name == step:
            return child
    return spec.other(step)


def right_type(spec: FieldSpec, value: Json) -> bool:
    """Return True where `value` is of the type that `spec` says."""
    if value is None:
        return spec.nullable or spec.type is FieldType.ANY
    name = type_name(value)
    if spec.type is FieldType.NUMBER:
        return name in {"number", "integer"}
    return spec.type is FieldType.ANY or name == spec.type.value


def kept(value: Json | Unset, old: FieldSpec, new: FieldSpec) -> Json | Unset:
    """Return what of `value`, which had the form `old`, means the same in the form `new`."""
    if isinstance(value, Unset) or new.variants:
        return value
    if not right_type(new, value):
        return start_of(new)
    if not isinstance(value, dict):
        fits = new.enum is None or any(same_value(value, choice) for choice in new.enum)
        return value if fits else start_of(new)
    before = {child.name: child for child in old.under(value).children}
    result: dict[str, Json] = {}
    after = {child.name: child for child in new.under(value).children}
    for name, part in value.items():
        if name in after:
            of = before.get(name)
            moved = part if of is None else kept(part, of, after[name])
            if not isinstance(moved, Unset):
                result[name] = moved
        elif name not in before and new.other(name) is not None:
            result[name] = part
    start = start_of(new)
    return {**start, **result} if isinstance(start, dict) else result


def start_of(spec: FieldSpec) -> Json | Unset:
    """Return what a new value starts with: the default, the constant, else what it must have."""
    if not isinstance(spec.default, Unset):
        return spec.default
    if not isinstance(spec.const, Unset):
        return spec.const
    return required_defaults(spec)


def required_defaults(spec: FieldSpec) -> Json | Unset:
    """Return the defaults of what is required in `spec`; optional parts add no key by themselves."""
    return _defaults(spec, [MAX_START])


def _defaults(spec: FieldSpec, left: list[int]) -> Json | Unset:
    if spec.type is not FieldType.OBJECT:
        return UNSET
    start: dict[str, Json] = {}
    for child in spec.children:
        if not child.required or child.grows or left[0] <= 0:
            continue
        left[0] -= 1
        value = child.default
        if isinstance(value, Unset):
            value = child.const
        if isinstance(value, Unset):
            value = _defaults(child, left)
        if not isinstance(value, Unset):
            start[child.name] = value
    return start or UNSET


def _fit(spec: FieldSpec, value: Json, deep: int) -> int:
    """Return how well `value` fits: below 0 something is wrong, above it parts are recognised."""
    if spec.variants:
        return max(_fit(variant, value, deep - 1) for variant in spec.variants) if deep else 0
    if not right_type(spec, value):
        return 2 * _WRONG
    if spec.enum is not None:
        return 5 if any(same_value(value, choice) for choice in spec.enum) else _WRONG
    if isinstance(value, dict) and deep:
        return _fit_object(spec, value, deep)
    if isinstance(value, list) and deep:
        return _fit_list(spec, value, deep)
    return int(_in_limits(spec, value))


def _fit_object(spec: FieldSpec, value: dict[str, Json], deep: int) -> int:
    shaped = spec if len(value) > MAX_START else spec.under(value)
    fit, names = 0, set()
    for child in shaped.children:
        names.add(child.name)
        if child.name in value:
            part = _fit(child, value[child.name], deep - 1)
            fit += 2 + part if part >= 0 else part
        elif child.required:
            fit -= 20
    strange = sum(name not in names for name in value)
    return fit - strange * (20 if not shaped.open else 0 if shaped.keyed else 1)


def _fit_list(spec: FieldSpec, value: list[Json], deep: int) -> int:
    fit = -20 if len(value) < (spec.min_items or 0) else 0
    for place, entry in enumerate(value[:_ENTRIES]):
        of = spec.prefix[place] if place < len(spec.prefix) else spec.item
        if of is not None:
            fit += min(_fit(of, entry, deep - 1), 1)
    return fit


def _in_limits(spec: FieldSpec, value: Json) -> bool:
    if isinstance(value, str):
        from console.domain.schema_check import name_fits
        from console.domain.schema_formats import fits

        least, most = spec.min_length or 0, spec.max_length
        return (
            least <= len(value)
            and (most is None or len(value) <= most)
            and (not spec.format or fits(value, spec.format))
            and (spec.pattern is None or name_fits(spec.pattern, value))
        )
    if isinstance(value, int | float) and not isinstance(value, bool):
        return (spec.minimum is None or value >= spec.minimum) and (
            spec.maximum is None or value <= spec.maximum
        )
    return True
