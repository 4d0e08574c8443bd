"""The judge of a form's values: jsonschema's verdict, in our words.

jsonschema costs 60 ms to import: each function does so when there is something to judge.
References to other documents are never fetched, patterns are matched in bounded time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import FieldMessage, Schema, pointer
from console.domain.schema_formats import FORMATS, fits
from console.domain.schema_patterns import TooLong, found_in
from console.domain.schema_words import say
from console.domain.values import Json

if TYPE_CHECKING:
    from jsonschema import FormatChecker, ValidationError
    from jsonschema.protocols import Validator
    from referencing.exceptions import Unresolvable

Judge = Callable[[Json], tuple[FieldMessage, ...]]
MAX_MESSAGES: Final = 200
_TOO_DEEP: Final = "Nested too deeply to be checked."
_NO_WORDS: Final = "Is not allowed by the workflow's form."


def judge_for(schema: Schema) -> Judge:
    """Return the function that says what is wrong with a value; equal schemas share one."""
    try:
        return _judge(json.dumps(schema))
    except RecursionError:
        return _refusal(_TOO_DEEP)


def problem_of(schema: Schema) -> str:
    """Say why `schema` is not a JSON Schema, empty where it is one."""
    try:
        return _problem(json.dumps(schema))
    except RecursionError:
        return _TOO_DEEP


def validator_of(schema: Schema) -> Validator:
    """Return jsonschema's own validator for `schema`, with our formats and patterns."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # has none

    base = validator_for(schema, default=Draft202012Validator)
    # The registry holds the drafts themselves; anything else is looked for in the schema only.
    checked: Validator = _extended(base)(
        dict(schema) if isinstance(schema, Mapping) else schema,
        format_checker=_formats(),
        registry=REGISTRY,
    )
    return checked


@lru_cache(maxsize=64)
def _judge(text: str) -> Judge:
    if problem := _problem(text):
        return _refusal(problem)
    from referencing.exceptions import Unresolvable

    validator = validator_of(json.loads(text))

    def judge(value: Json) -> tuple[FieldMessage, ...]:
        messages: list[FieldMessage] = []
        try:
            for error in validator.iter_errors(value):
                # An error without words must not turn into a yes.
                path = pointer(*error.absolute_path)
                messages.extend(tuple(say(error)) or (FieldMessage(path, _NO_WORDS),))
                if len(messages) >= MAX_MESSAGES:
                    break
        except RecursionError:
            messages.append(FieldMessage("", _TOO_DEEP, "depth"))
        except TooLong as error:  # a name that a pattern of names cannot be tried on
            messages.append(FieldMessage("", str(error), "patternProperties"))
        except Unresolvable as error:
            messages.append(_unresolved(error))
        return tuple(dict.fromkeys(messages))

    return judge


@lru_cache(maxsize=64)
def _problem(text: str) -> str:
    from jsonschema import Draft202012Validator, SchemaError
    from jsonschema.validators import validator_for

    schema = json.loads(text)
    if not isinstance(schema, dict | bool):
        return "it must be an object."
    try:
        validator_for(schema, default=Draft202012Validator).check_schema(schema)  # type: ignore[arg-type]  # booleans too
    except SchemaError as error:
        where = pointer(*error.absolute_path)
        return f"{where or 'the top'}: {error.message}"
    except (RecursionError, OverflowError) as error:  # of a pattern with endless brackets or counts
        return f"{error}."
    return ""


def _refusal(problem: str) -> Judge:
    message = (FieldMessage("", f"The form's schema cannot be used: {problem}", "$schema"),)
    return lambda _value: message


def _unresolved(error: Unresolvable) -> FieldMessage:
    text = (
        f"The schema points to {error.ref}, which is not in it; nothing is fetched from elsewhere."
    )
    return FieldMessage("", text, "$ref")


@lru_cache(maxsize=8)
def _extended(base: Any) -> Any:
    from jsonschema.validators import extend

    ours = {
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional_properties,
    }
    return extend(base, {key: rule for key, rule in ours.items() if key in base.VALIDATORS})  # type: ignore[no-untyped-call]


@lru_cache(maxsize=1)
def _formats() -> FormatChecker:
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
    from jsonschema import ValidationError

    if not validator.is_type(instance, "string"):
        return
    assert isinstance(instance, str)
    try:
        matches = found_in(pattern, instance)
    except TooLong as error:
        yield ValidationError(str(error), cause=error)
    else:
        if not matches:
            yield ValidationError(f"does not match {pattern}")


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
    from jsonschema import ValidationError

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
        yield ValidationError(f"{len(extras)} names are not allowed")
