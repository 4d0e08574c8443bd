"""The five data types of a workflow's variables, and the one function that reads them from text.

`parse` depends on the text and the type alone. (The tutorial's `coerce_type` was a pydantic
validator that looked up `data_type` before that field existed, so it never ran.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from console.domain.exact_number import ExactNumber

    Json = None | bool | int | float | ExactNumber | str | list["Json"] | dict[str, "Json"]
else:  # `decimal` is loaded with the first number that needs it
    Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

MAX_DEPTH: Final = 200
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]*)\Z")
_BOOLEANS: Final = {
    "true": True,
    "1": True,
    "yes": True,
    "false": False,
    "0": False,
    "no": False,
}


class DataType(StrEnum):
    """The data types a CXone workflow variable can have."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    OBJECT = "object"
    ARRAY = "array"


class FieldError(ValueError):
    """A text that is not a value of its type; the message says in plain words what is expected."""


def parse(text: str, data_type: DataType) -> Json:
    """Return the value that `text` writes in `data_type`, or raise FieldError.

    Nothing is guessed and nothing is lost: integers are `-?(0|[1-9][0-9]*)` of any size,
    booleans true/false/1/0/yes/no in any case, objects and arrays strict JSON (no NaN, no
    duplicate keys, numbers as they are typed), strings are taken as they are.
    """
    if data_type is DataType.STRING:
        return checked_text(text)
    if data_type is DataType.INTEGER:
        return _integer(text)
    if data_type is DataType.BOOLEAN:
        return _boolean(text)
    value = parse_json(text)
    if data_type is DataType.OBJECT and not isinstance(value, dict):
        raise FieldError('Needs a JSON object, for example {"channel": "voice"}.')
    if data_type is DataType.ARRAY and not isinstance(value, list):
        raise FieldError('Needs a JSON array, for example ["a", "b"].')
    return value


def check(value: Json, data_type: DataType) -> Json:
    """Return `value` unchanged if it already is of `data_type`, else raise FieldError.

    A boolean is no integer and 3.0 is no integer here: what is sent is what was meant.
    """
    fits = {
        DataType.STRING: isinstance(value, str),
        DataType.INTEGER: isinstance(value, int) and not isinstance(value, bool),
        DataType.BOOLEAN: isinstance(value, bool),
        DataType.OBJECT: isinstance(value, dict),
        DataType.ARRAY: isinstance(value, list),
    }[data_type]
    if not fits:
        raise FieldError(f"Needs a value of type {data_type}, not {type_name(value)}.")
    return value


def parse_json(text: str) -> Json:
    """Read strict JSON: refuses NaN, Infinity, duplicate keys and lone surrogates.

    A number that Python would write otherwise (1.10, 1e400, 0.1234567890123456789) becomes an
    ExactNumber, which `wire_json.to_text` writes as it stands here.
    """
    try:
        value: Json = json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_whole,
            object_pairs_hook=_no_duplicates,
        )
    except RecursionError:
        raise FieldError(f"Nested too deeply; at most {MAX_DEPTH} levels are accepted.") from None
    except json.JSONDecodeError as error:
        raise FieldError(
            f"Not valid JSON at line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    check_tree(value)
    return value


def read_kept(text: str | bytes) -> Json:
    """Read JSON that this program wrote, numbers to the letter; ValueError for what is none."""
    value: Json = json.loads(text, parse_float=_number, parse_int=_whole)
    return value


def check_tree(value: Json) -> None:
    """Refuse what JSON text in UTF-8 cannot carry unchanged, or nesting beyond MAX_DEPTH."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH):
        below: list[Json] = []
        for item in level:
            if isinstance(item, str):
                checked_text(item)
            elif isinstance(item, float):
                if item != item or item in (float("inf"), float("-inf")):
                    raise FieldError("NaN and Infinity cannot be sent as JSON.")
            elif isinstance(item, dict):
                _check_keys(item)
                below.extend(item.values())
            elif isinstance(item, list):
                below.extend(item)
        if not below:
            return
        level = below
    raise FieldError(f"Nested too deeply; at most {MAX_DEPTH} levels are accepted.")


def checked_text(text: str) -> str:
    """Return `text`, or raise FieldError where it holds half of a character (lone surrogate)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise FieldError("Holds half of a character that cannot be sent; type it again.") from None
    return text


def type_name(value: Json) -> str:
    """Name the JSON type of `value` in words an operator knows."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    if isinstance(value, list):
        return "array"
    return "object" if isinstance(value, Mapping) else "number"


def is_number(value: Json) -> bool:
    """Return True for a number of any kind; true and false are none."""
    if isinstance(value, bool):
        return False
    return type_name(value) in {"integer", "number"}


def _integer(text: str) -> Json:
    trimmed = text.strip()
    if not _INTEGER.match(trimmed):
        raise FieldError("Needs a whole number such as 42 or -7, without spaces or decimals.")
    return 0 if trimmed == "-0" else _whole(trimmed)


def _boolean(text: str) -> bool:
    try:
        return _BOOLEANS[text.strip().lower()]
    except KeyError:
        raise FieldError("Needs true or false (also yes, no, 1, 0).") from None


def _whole(text: str) -> Json:
    if text == "-0":
        return _exact(text)
    try:
        return int(text)
    except ValueError:  # Python's own guard against numbers that take minutes to read
        return _exact(text)


def _number(text: str) -> Json:
    number = float(text)
    # Nearly every number is written as Python writes it; infinity is not.
    return number if repr(number) == text else _exact(text)


def _exact(text: str) -> Json:
    from console.domain.exact_number import ExactNumber

    try:
        return ExactNumber(text)
    except ValueError:
        raise FieldError(f"The number {text[:40]} has too large an exponent.") from None


def _no_constant(text: str) -> Json:
    raise FieldError(f"{text} is not JSON.")


def _no_duplicates(pairs: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    result: dict[str, Json] = {}
    for key, value in pairs:
        if key in result:
            raise FieldError(f"The key {key!r} stands twice.")
        result[key] = value
    return result


def _check_keys(item: dict[str, Json]) -> None:
    for key in item:
        if not isinstance(key, str):
            raise FieldError("Every key of an object must be text.")
        checked_text(key)
