"""jsonschema's rules with ours in place of some: bounded patterns, exact numbers, quick comparisons.

Verdicts are jsonschema's; what differs is that a
pattern cannot take for ever, that ten thousand entries are compared in one go, and that numbers
which no float holds are compared as they are typed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import Schema
from console.domain.schema_formats import FORMATS, fits
from console.domain.schema_patterns import TooLong, found_in
from console.domain.values import Json

if TYPE_CHECKING:
    from jsonschema import FormatChecker, TypeChecker, ValidationError

LARGEST_EXPONENT: Final = 5_000
LEAST_STEPS: Final = 50_000
STEPS_A_VALUE: Final = 100
_LEADING: Final = ("$ref", "$dynamicRef", "$recursiveRef")


@lru_cache(maxsize=8)
def extended(base: Any) -> Any:
    """Return jsonschema's class for a draft with our rules in it."""
    from jsonschema.validators import extend

    ours = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
        "uniqueItems": _unique_items,
        "multipleOf": _multiple_of(base.VALIDATORS.get("multipleOf")),
    }
    ours |= {key: _counted(base.VALIDATORS[key]) for key in _LEADING if key in base.VALIDATORS}
    rules = {key: rule for key, rule in ours.items() if key in base.VALIDATORS}
    return extend(base, rules, type_checker=_types(base.TYPE_CHECKER))  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1)
def formats() -> FormatChecker:
    """Return the check of the formats that we know."""
    from jsonschema import FormatChecker

    checker = FormatChecker(formats=())
    for name in FORMATS:
        checker.checks(name)(_format_test(name))
    return checker


def _format_test(name: str) -> Callable[[object], bool]:
    return lambda value: not isinstance(value, str) or fits(value, name)


def _pattern(
    validator: Any, pattern: str, instance: Json, _schema: Schema
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "string"):
        return
    assert isinstance(instance, str)
    try:
        matches = found_in(pattern, instance)
    except TooLong as error:
        yield _wrong(str(error), cause=error)
    else:
        if not matches:
            yield _wrong(f"does not match {pattern}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Schema], instance: Json, _schema: Schema
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    assert isinstance(instance, dict)
    for pattern, part in patterns.items():
        for key, value in instance.items():
            if found_in(pattern, key):
                yield from validator.descend(value, part, path=key, schema_path=pattern)


def _additional_properties(
    validator: Any, allowed: Schema, instance: Json, schema: Mapping[str, Any]
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    assert isinstance(instance, dict)
    known = schema.get("properties", {})
    patterns = schema.get("patternProperties", {})
    extras = [
        key
        for key in instance
        if key not in known and not any(found_in(pattern, key) for pattern in patterns)
    ]
    if validator.is_type(allowed, "object"):
        for key in extras:
            yield from validator.descend(instance[key], allowed, path=key)
    elif not allowed and extras:
        yield _wrong(f"{len(extras)} names are not allowed")


def _wrong(message: str, cause: Exception | None = None) -> ValidationError:
    from jsonschema import ValidationError

    return ValidationError(message, cause=cause)


class Budget:
    """How many references may still be followed; a few that fork would never end."""

    left = 0

    @classmethod
    def renew(cls, value: Json) -> None:
        """Give the judging of `value` as many as any honest schema needs."""
        cls.left = LEAST_STEPS + STEPS_A_VALUE * _size(value)


def _size(value: Json) -> int:
    count, todo = 0, [value]
    while todo:
        part = todo.pop()
        count += 1
        if isinstance(part, dict):
            todo.extend(part.values())
        elif isinstance(part, list):
            todo.extend(part)
    return count


def _counted(theirs: Any) -> Any:
    def follow(
        validator: Any, reference: Any, instance: Json, schema: Schema
    ) -> Iterator[ValidationError]:
        Budget.left -= 1
        if Budget.left < 0:
            raise TooLong("The workflow's form forks too often to be checked.")
        yield from theirs(validator, reference, instance, schema) or ()

    return follow


def _types(base: TypeChecker) -> TypeChecker:
    whole = base.is_type

    def is_integer(_checker: object, value: object) -> bool:
        if isinstance(value, Decimal):
            return value.is_finite() and value == value.to_integral_value()
        return whole(value, "integer")

    return base.redefine("integer", is_integer)


def _multiple_of(theirs: Any) -> Callable[..., Iterator[ValidationError]]:
    def multiple_of(
        validator: Any, step: Any, instance: Any, schema: Schema
    ) -> Iterator[ValidationError]:
        if not validator.is_type(instance, "number"):
            return
        if not isinstance(step, Decimal) and not isinstance(instance, Decimal):
            yield from theirs(validator, step, instance, schema) or ()
            return
        sizes = (abs(n.adjusted()) for n in (step, instance) if isinstance(n, Decimal) and n)
        if any(size > LARGEST_EXPONENT for size in sizes):
            yield _wrong("Too large to be checked against its steps", cause=TooLong())
            return
        from fractions import Fraction

        if Fraction(instance) % Fraction(step):
            yield _wrong(f"{instance} is not a multiple of {step}")

    return multiple_of


def _unique_items(
    validator: Any, unique: Json, instance: Json, _schema: Schema
) -> Iterator[ValidationError]:
    if unique and validator.is_type(instance, "array"):
        assert isinstance(instance, list)
        if len({_key(entry) for entry in instance}) != len(instance):
            yield _wrong("has non-unique elements")


def _key(value: Json) -> object:
    """Return what is equal for equal JSON values: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return (type(value).__name__, value)
    if isinstance(value, list):
        return ("list", tuple(_key(part) for part in value))
    if isinstance(value, dict):
        return ("dict", frozenset((name, _key(part)) for name, part in value.items()))
    return ("number", value)
