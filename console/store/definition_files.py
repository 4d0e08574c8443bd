"""Files that a person writes: JSON, or YAML without what makes YAML dangerous.

Of YAML only its structure is read, from PyYAML's stream of events: no tags, no anchors and aliases
(a few lines of which can stand for gigabytes), one document, and the few words of its core schema:
`no` and `12:30` stay text, 1.10 stays 1.10, and a number that JSON cannot write (007) is text too.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.domain.errors import BadInput
from console.domain.values import MAX_DEPTH, FieldError, Json, check_tree, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_FILE: Final = 4 * 1024 * 1024
YAML: Final = (".yaml", ".yml")
_WORDS: Final[dict[str, Json]] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?\Z")
_NO_NUMBER: Final = re.compile(r"[+-]?\.(?:inf|Inf|INF)\Z|\.(?:nan|NaN|NAN)\Z")


def read_document(file: Path, largest: int = LARGEST_FILE) -> Json:
    """Return what `file` says, numbers to the letter; BadInput names the file and the line."""
    try:
        with file.open("rb") as stream:
            raw = stream.read(largest + 1)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror or error}.") from error
    if len(raw) > largest:
        raise BadInput(f"{file} is larger than {largest // (1024 * 1024)} MiB.")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8 text; save it as UTF-8.") from error
    try:
        return parse_yaml(text) if file.suffix.lower() in YAML else parse_json(text)
    except FieldError as error:
        raise BadInput(f"{file}: {error}") from error


def parse_yaml(text: str) -> Json:
    """Return what one YAML document says; FieldError names the line of what is not read here."""
    import yaml

    try:
        value = _Builder().value(_events(text))
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}, column {mark.column + 1}" if mark is not None else ""
        problem = getattr(error, "problem", None) or "it cannot be read"
        raise FieldError(f"Not valid YAML{where}: {problem}.") from None
    check_tree(value)
    return value


def _events(text: str) -> Iterator[Any]:
    import yaml

    # The parser in C where the wheel has it: twenty times as fast, the same events.
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


class _Builder:
    """Puts a document together; nothing here calls itself, however deep the text nests."""

    def __init__(self) -> None:
        self._open: list[dict[str, Json] | list[Json]] = []
        self._keys: list[str | None] = []
        self._whole: Json = None
        self._documents = 0

    def value(self, events: Iterator[Any]) -> Json:
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                self._documents += 1
                if self._documents > 1:
                    raise _refused(event, "only one document is read from a file")
            elif kind == "AliasEvent" or getattr(event, "anchor", None) is not None:
                raise _refused(event, "anchors and aliases (& and *) are not read")
            elif getattr(event, "tag", None) is not None:
                raise _refused(event, f"the tag {str(event.tag)[:60]} is not read")
            elif kind == "ScalarEvent":
                self._scalar(event)
            elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
                self._begin(event, {} if kind.startswith("Mapping") else [])
            elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
                self._open.pop()
                self._keys.pop()
        return self._whole

    def _begin(self, event: Any, made: dict[str, Json] | list[Json]) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise _too_deep()
        self._put(made, event)
        self._open.append(made)
        self._keys.append(None)

    def _scalar(self, event: Any) -> None:
        above = self._open[-1] if self._open else None
        if isinstance(above, dict) and self._keys[-1] is None:
            if event.value in above:
                raise _refused(event, f"the key {event.value[:60]!r} stands twice")
            self._keys[-1] = event.value
            return
        self._put(_meant(event) if event.implicit[0] else event.value, event)

    def _put(self, value: Json, event: Any) -> None:
        above = self._open[-1] if self._open else None
        if above is None:
            self._whole = value
        elif isinstance(above, list):
            above.append(value)
        else:
            key = self._keys[-1]
            if key is None:
                raise _refused(event, "a key must be text")
            above[key] = value
            self._keys[-1] = None


def _meant(event: Any) -> Json:
    """Return what an unquoted word means."""
    text: str = event.value
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.match(text):
        return parse_json(text)
    if _NO_NUMBER.match(text):
        raise _refused(event, f"{text} cannot be written as JSON")
    return text


def _refused(event: Any, words: str) -> FieldError:
    return FieldError(f"Line {event.start_mark.line + 1}: {words}.")


def _too_deep() -> FieldError:
    return FieldError(f"Nested too deeply; at most {MAX_DEPTH} levels are accepted.")
