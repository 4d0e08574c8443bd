"""The judge of a form's values: jsonschema's verdict, in our words.

jsonschema costs 60 ms to import: each function does so when there is something to judge.
References to other documents are never fetched, patterns are matched in bounded time.

Values are judged as the floats that most programs read of them, so the verdict is the one that
everybody gets. Where a number is none that a float holds, all numbers of value and schema are
compared exactly instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import FieldMessage, Schema, pointer
from console.domain.schema_patterns import TooLong, found_in
from console.domain.schema_words import say
from console.domain.values import Json
from console.domain.wire_json import to_text

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing.exceptions import Unresolvable

    from console.domain.schema_refs import Document, Piece

Judge = Callable[[Json], tuple[FieldMessage, ...]]
MAX_MESSAGES: Final = 200
_TOO_DEEP: Final = "Nested too deeply to be checked."
_NO_WORDS: Final = "Is not allowed by the workflow's form."


def judge_for(schema: Schema) -> Judge:
    """Return the function that says what is wrong with a value; equal schemas share one."""
    try:
        return _judge(to_text(_document(schema), plain=True))
    except RecursionError:
        return _refusal(_TOO_DEEP)


def problem_of(schema: Schema) -> str:
    """Say why `schema` is not a JSON Schema, empty where it is one."""
    try:
        return _problem(to_text(_document(schema), plain=True))
    except RecursionError:
        return _TOO_DEEP


def validator_of(schema: Schema) -> Validator:
    """Return jsonschema's own validator for `schema`, with our formats and patterns."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import validator_for
    from jsonschema_specifications import REGISTRY  # type: ignore[import-untyped]  # has none

    from console.domain.schema_rules import extended, formats

    base = validator_for(schema, default=Draft202012Validator)
    # The registry holds the drafts themselves; anything else is looked for in the schema only.
    checked: Validator = extended(base)(
        _document(schema), format_checker=formats(), registry=REGISTRY
    )
    return checked


def name_fits(pattern: str, name: str) -> bool:
    """Return True where a name has `pattern`; False too where nobody can tell."""
    try:
        return found_in(pattern, name)
    except (re.error, TooLong):
        return False


def part_holds(document: Document, piece: Piece, value: Json) -> bool:
    """Return True where `value` is valid by one part of a document; False where nobody can tell."""
    from referencing.exceptions import Unresolvable

    from console.domain.schema_rules import Budget

    Budget.renew(value)
    try:
        if document.validator is None:
            root = to_text(_document(document.root), plain=True)
            document.validator = validator_of(json.loads(root))
        part: Any = json.loads(to_text(_document(piece.schema), plain=True))
        judged, same = _floats(value)
        change = {"schema": part} | ({} if piece.base is None else {"_resolver": piece.base})
        return bool(document.validator.evolve(**change).is_valid(judged if same else value))
    except (RecursionError, OverflowError, TooLong, TypeError, Unresolvable):
        return False


@lru_cache(maxsize=64)
def _judge(text: str) -> Judge:
    if problem := _problem(text):
        return _refusal(problem)
    usual = validator_of(json.loads(text))
    exact: list[Validator] = []

    def judge(value: Json) -> tuple[FieldMessage, ...]:
        try:
            floats, same = _floats(value)
            if same:
                return _messages(usual, floats)
        except OverflowError:  # a whole number beyond floats against one with decimals
            pass
        except RecursionError:
            return (FieldMessage("", _TOO_DEEP, "depth"),)
        if not exact:
            exact.append(validator_of(json.loads(text, parse_float=Decimal)))
        return _messages(exact[0], _decimals(value))

    return judge


def _messages(validator: Validator, value: Json) -> tuple[FieldMessage, ...]:
    from referencing.exceptions import Unresolvable

    from console.domain.schema_rules import Budget

    Budget.renew(value)
    messages: list[FieldMessage] = []
    try:
        for error in validator.iter_errors(value):  # type: ignore[arg-type]  # Decimals too
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


def _floats(value: Json) -> tuple[Json, bool]:
    """Return `value` in int and float, and whether each is the number that was typed."""
    if isinstance(value, dict):
        parts = {key: _floats(part) for key, part in value.items()}
        return {key: part for key, (part, _) in parts.items()}, all(s for _, s in parts.values())
    if isinstance(value, list):
        entries = [_floats(part) for part in value]
        return [entry for entry, _ in entries], all(same for _, same in entries)
    if value is not None and hasattr(value, "plain"):
        near = value.plain()
        return near, near is not None
    return value, True


def _decimals(value: Json) -> Any:
    if isinstance(value, dict):
        return {key: _decimals(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_decimals(part) for part in value]
    return Decimal(repr(value)) if isinstance(value, float) else value


def _document(schema: Schema) -> Any:
    return dict(schema) if isinstance(schema, Mapping) else schema


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
    except (
        RecursionError,
        OverflowError,
        re.error,
    ) as error:  # of a pattern with endless brackets or counts
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
