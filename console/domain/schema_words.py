"""The words of a form: what a field takes, and what is wrong with what it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from console.domain.schema import FieldMessage, FieldSpec, FieldType, pointer
from console.domain.schema_formats import FORMATS
from console.domain.values import Json, type_name
from console.domain.wire_json import to_text

if TYPE_CHECKING:
    from jsonschema import ValidationError

SHOWN_CHOICES: Final = 12
SHOWN_CHARS: Final = 60
SHOWN_KINDS: Final = 3
_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "an object with named values",
    "array": "a list",
    "null": "null",
}


def hint(spec: FieldSpec) -> str:
    """Return the short words beside a field's title: 'integer 0 to 100', 'string · required'."""
    kind = _kind(spec)
    if spec.type is FieldType.ARRAY and spec.item is not None:
        kind = f"array of {_kind(spec.item)}"
    if spec.format in FORMATS and spec.type is FieldType.STRING:
        kind = spec.format
    parts = [f"{kind} {_range(spec)}".strip()]
    if spec.read_only:
        parts.append("read only")
    if spec.multiple_of is not None:
        parts.append(f"steps of {spec.multiple_of}")
    if spec.required:
        parts.append("required")
    return " · ".join(parts)


def _kind(spec: FieldSpec) -> str:
    if spec.variants:
        kinds = dict.fromkeys(_kind(variant) for variant in spec.variants)
        return " or ".join(kinds) if len(kinds) <= SHOWN_KINDS else "one of several"
    if spec.type is FieldType.ANY:
        return "choice" if spec.enum is not None else "JSON"
    return spec.type.value


def shown(value: Json, limit: int = SHOWN_CHARS) -> str:
    """Return `value` in a few words for a message or a list: text as it is, the rest as JSON."""
    text = value if isinstance(value, str) else to_text(value)
    return text if len(text) <= limit else f"{text[:limit]}…"


def say(error: ValidationError) -> Iterator[FieldMessage]:
    """Yield what a person should read for one error of jsonschema, at the field to be mended."""
    keyword = str(error.validator)
    path = pointer(*error.absolute_path)
    if error.cause is not None and keyword in {"pattern", "multipleOf"}:
        yield FieldMessage(path, str(error.message), keyword)  # it could not be judged: our words
    elif keyword in _ELSEWHERE:
        yield from _ELSEWHERE[keyword](error, path)
    else:
        words = _WORDS.get(keyword, _unknown)
        yield FieldMessage(path, words(error.validator_value, error.instance, error), keyword)


def _range(spec: FieldSpec) -> str:
    low, high = spec.minimum, spec.maximum
    if low is not None and high is not None:
        return f"{low} to {high}" if low < 0 else f"{low}\N{EN DASH}{high}"
    if low is not None:
        return f"from {low}"
    if high is not None:
        return f"up to {high}"
    if spec.exclusive_minimum is not None:
        return f"over {spec.exclusive_minimum}"
    if spec.exclusive_maximum is not None:
        return f"under {spec.exclusive_maximum}"
    return ""


def _listed(values: list[Any]) -> str:
    words = [shown(value) for value in values[:SHOWN_CHOICES]]
    more = len(values) - len(words)
    return ", ".join(words) + (f" and {more} more" if more > 0 else "")


def _many(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _type(said: Any, instance: Json, _error: object) -> str:
    names = [said] if isinstance(said, str) else list(said)
    if instance is None:
        return "Must not be null."
    wanted = " or ".join(_TYPES.get(name, name) for name in names)
    return f"Must be {wanted}, not {type_name(instance)}."


def _min_length(least: Any, instance: Any, _error: object) -> str:
    if least == 1:
        return "Must not be empty."
    return f"Needs at least {least} characters; has {len(instance)}."


def _pattern(pattern: Any, _instance: Json, error: Any) -> str:
    examples = error.schema.get("examples") if isinstance(error.schema, Mapping) else None
    if isinstance(examples, list) and examples and isinstance(examples[0], str):
        return f"Does not have the expected form, for example {shown(examples[0])}."
    return f"Does not have the expected form {shown(pattern, 200)}."


def _format(name: Any, _instance: Json, _error: object) -> str:
    known = FORMATS.get(name)
    return known[1] if known else f"Must have the format {name}."


def _contains(_part: Any, _instance: Json, error: Any) -> str:
    least = error.schema.get("minContains", 1) if isinstance(error.schema, Mapping) else 1
    return f"Needs at least {_many(least, 'entry', 'entries')} of the expected kind."


def _unknown(_said: Any, _instance: Json, error: Any) -> str:
    text = str(error.message)
    return f"{text[:1].upper()}{text[1:200]}."


_WORDS: Final[Mapping[str, Any]] = {
    "type": _type,
    "enum": lambda said, _i, _e: f"Must be one of {_listed(list(said))}.",
    "const": lambda said, _i, _e: f"Must be {shown(said)}.",
    "minimum": lambda said, _i, _e: f"Must be at least {said}.",
    "maximum": lambda said, _i, _e: f"Must be at most {said}.",
    "exclusiveMinimum": lambda said, _i, _e: f"Must be more than {said}.",
    "exclusiveMaximum": lambda said, _i, _e: f"Must be less than {said}.",
    "multipleOf": lambda said, _i, _e: f"Must be a multiple of {said}.",
    "minLength": _min_length,
    "maxLength": lambda said, i, _e: (
        f"At most {_many(said, 'character is', 'characters are')} allowed; has {len(i)}."
    ),
    "pattern": _pattern,
    "format": _format,
    "minItems": lambda said, i, _e: (
        f"Needs at least {_many(said, 'entry', 'entries')}; has {len(i)}."
    ),
    "maxItems": lambda said, i, _e: (
        f"At most {_many(said, 'entry is', 'entries are')} allowed; has {len(i)}."
    ),
    "uniqueItems": lambda _s, _i, _e: "Every entry must be different from the others.",
    "minProperties": lambda said, i, _e: (
        f"Needs at least {_many(said, 'value', 'values')}; has {len(i)}."
    ),
    "maxProperties": lambda said, i, _e: (
        f"At most {_many(said, 'value is', 'values are')} allowed; has {len(i)}."
    ),
    "contains": _contains,
    "maxContains": lambda said, _i, _e: f"At most {said} entries of that kind are allowed.",
    "not": lambda _s, _i, _e: "This value is excluded.",
    "anyOf": lambda _s, _i, _e: "Fits none of the allowed forms.",
    "oneOf": lambda _s, _i, error: (
        "Fits none of the allowed forms." if error.context else "Fits more than one allowed form."
    ),
    "None": lambda _s, _i, _e: "Nothing is allowed here.",
}


def _required(error: Any, path: str) -> Iterator[FieldMessage]:
    # jsonschema gives one error for each missing name, which stands only in its own message.
    name = next(
        (n for n in error.validator_value if error.message.startswith(f"{n!r} is a required")), ""
    )
    yield FieldMessage(path + pointer(name), "Needs a value.", "required")


def _additional(error: Any, path: str) -> Iterator[FieldMessage]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
    allowed = f" Allowed: {_listed(list(known))}." if known else ""
    for name in error.instance:
        if name not in known and not _by_pattern(error.schema, name):
            text = f"There is no value of this name here.{allowed}"
            yield FieldMessage(path + pointer(name), text, "additionalProperties")


def _by_pattern(schema: Any, name: str) -> bool:
    from console.domain.schema_patterns import found_in

    return any(found_in(pattern, name) for pattern in schema.get("patternProperties", {}))


def _dependent(error: Any, path: str) -> Iterator[FieldMessage]:
    for name, needed in error.validator_value.items():
        if name in error.instance and isinstance(needed, list):
            for missing in needed:
                if missing not in error.instance:
                    text = f"Needs a value because {name} has one."
                    yield FieldMessage(path + pointer(missing), text, "dependentRequired")


def _forms(error: Any, path: str) -> Iterator[FieldMessage]:
    """Say what is missing of the form that was meant, where one of several is nearest to it."""
    branches: dict[Any, list[Any]] = {}
    for inner in error.context or ():
        # jsonschema tells no path where a whole form is `false`.
        branch = inner.schema_path[0] if inner.schema_path else id(inner)
        branches.setdefault(branch, []).append(inner)
    ranked = sorted(branches.values(), key=_distance)
    clear = ranked and (len(ranked) == 1 or _distance(ranked[0]) < _distance(ranked[1]))
    if clear and all(
        inner.relative_path or inner.validator not in {"type", None} for inner in ranked[0]
    ):
        for inner in ranked[0]:
            yield from say(inner)
        return
    keyword = str(error.validator)
    yield FieldMessage(path, _WORDS[keyword](None, error.instance, error), keyword)


def _distance(errors: list[Any]) -> int:
    # A wrong constant or type means that another form was meant; all else is only unfinished.
    return sum(10 if error.validator in {"type", "const", "enum", None} else 1 for error in errors)


_ELSEWHERE: Final[Mapping[str, Any]] = {
    "anyOf": _forms,
    "oneOf": _forms,
    "required": _required,
    "additionalProperties": _additional,
    "dependentRequired": _dependent,
    "dependencies": _dependent,
}
