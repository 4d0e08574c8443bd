"""What a JSON Schema error says to an operator: where it is, and what is wanted there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from jsonschema.exceptions import ValidationError

_TYPE_WORDS: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object",
    "array": "a list",
    "null": "null",
}


def field_path(error: ValidationError) -> str:
    """Where the error is, as `context.lines[0].quantity`; a missing key is named itself."""
    path = "context"
    for part in error.absolute_path:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    if (key := _named_key(error)) is not None:
        path += f".{key}"
    return path


def _named_key(error: ValidationError) -> str | None:
    """The key that an error of the whole object is about."""
    if not isinstance(error.instance, Mapping):
        return None
    if error.validator == "required":
        wanted: Any = error.validator_value
        # jsonschema yields one error a missing key and gives its name in the message only.
        missing = (k for k in wanted if error.message.startswith(repr(k)))
        return next(missing, None)
    if error.validator == "additionalProperties":
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        return next((key for key in error.instance if key not in known), None)
    return None


def plain_words(error: ValidationError) -> str:
    """What is wanted there, to be read after the field's name: `must be at least 1`."""
    say = _SAYINGS.get(str(error.validator))
    return error.message if say is None else say(error.validator_value)


def _type_words(wanted: str | Iterable[str]) -> str:
    names = [wanted] if isinstance(wanted, str) else wanted
    return " or ".join(_TYPE_WORDS.get(name, name) for name in names)


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


_SAYINGS: Final[Mapping[str, Callable[[Any], str]]] = {
    "required": lambda _: "is required",
    "additionalProperties": lambda _: "is not known to this workflow",
    "type": lambda wanted: f"must be {_type_words(wanted)}",
    "enum": lambda wanted: f"must be one of {', '.join(str(choice) for choice in wanted)}",
    "minimum": lambda wanted: f"must be at least {wanted}",
    "maximum": lambda wanted: f"must be at most {wanted}",
    "multipleOf": lambda wanted: f"must be a multiple of {wanted}",
    "minLength": lambda n: f"must have at least {_counted(n, 'character', 'characters')}",
    "maxLength": lambda n: f"must have at most {_counted(n, 'character', 'characters')}",
    "minItems": lambda n: f"must have at least {_counted(n, 'entry', 'entries')}",
    "maxItems": lambda n: f"must have at most {_counted(n, 'entry', 'entries')}",
    "uniqueItems": lambda _: "must not have the same entry twice",
    "pattern": lambda wanted: f"must match {wanted}",
    "format": lambda wanted: f"must be a valid {wanted}",
}
