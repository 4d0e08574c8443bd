"""Reading what a server says when it refuses: its words and the field it means, in many shapes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from console.logs import without_secrets

LONGEST_TEXT: Final = 20_000
LONGEST_MESSAGE: Final = 300
_FIELD_KEYS: Final = (
    "field", "fieldName", "pointer", "path", "propertyPath", "property", "param", "parameter",
    "loc", "instancePath", "name",
)  # fmt: skip
_MESSAGE_KEYS: Final = (
    "message", "error_description", "errorMessage", "msg", "detail", "description", "reason",
    "title", "error", "code",
)  # fmt: skip
_WORD_KEYS: Final = (*_MESSAGE_KEYS, "errorCode", "error_code", "type", "status")
_NESTED_KEYS: Final = (
    "errors", "error", "details", "detail", "violations", "fieldErrors", "invalid-params",
    "invalidParams", "source", "fault",
)  # fmt: skip
_DEPTH: Final = 4
_MANY: Final = 20


@dataclass(frozen=True)
class ServerWords:
    """A refusal as told: `text` whole (capped), `message` one line, `field` as the server names it.

    `words` are its codes and messages in lower case, with single spaces, for recognising limits.
    """

    text: str
    message: str = ""
    field: str = ""
    words: str = ""


def read_refusal(body: bytes, content_type: str = "", path: str = "") -> ServerWords:
    """Read any body without ever failing; `path` of the request is never taken for a field.

    Known are flat objects, lists under errors/details/violations, RFC 9457 problems with
    invalid-params, JSON:API sources and validators' `loc` lists.
    """
    # Some servers repeat what they were sent; a token must not reach the disk by that way.
    text = without_secrets(body[: LONGEST_TEXT * 4].decode("utf-8", "replace"))[:LONGEST_TEXT]
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ServerWords(text, _one_line(_plain(text, content_type)), words=_spaced(text[:2000]))
    parts = list(_objects(document, _DEPTH))
    field = next((f for part in parts if (f := _field(part, path))), "")
    # The object that names the field says it best; else the outermost that says anything.
    tellers = [part for part in parts if _field(part, path)] + parts
    message = next((m for part in tellers if (m := _message(part))), "")
    if not message and isinstance(document, str):
        message = document
    words = " ".join(
        str(part[key])[:2000] for part in parts for key in _WORD_KEYS if _is_word(part.get(key))
    )
    return ServerWords(text, _one_line(message), field[:200], _spaced(words))


def _objects(value: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects that may describe an error, outermost first."""
    if isinstance(value, list):
        for item in value[:_MANY]:
            yield from _objects(item, depth)
    elif isinstance(value, dict) and depth > 0:
        yield value
        for key in _NESTED_KEYS:
            if isinstance(value.get(key), dict | list):
                yield from _objects(value[key], depth - 1)


def _field(part: Mapping[str, Any], path: str) -> str:
    for key in _FIELD_KEYS:
        value = part.get(key)
        if isinstance(value, list) and value and all(isinstance(v, str | int) for v in value):
            steps = [str(step) for step in value]
            # Validators of web frameworks begin with where the value came from.
            value = ".".join(steps[1:] if steps[0] == "body" and len(steps) > 1 else steps)
        if isinstance(value, str) and value and not _is_address(value, path):
            return "".join(c if c.isprintable() else " " for c in without_secrets(value))
    return ""


def _is_address(value: str, path: str) -> bool:
    """True for a `path` that repeats the request's own, as some servers do."""
    return (bool(path) and value.rstrip("/") == path) or value.startswith(("/api/", "http"))


def _message(part: Mapping[str, Any]) -> str:
    for key in _MESSAGE_KEYS:
        value = part.get(key)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def _is_word(value: Any) -> bool:
    return isinstance(value, str)


def _plain(text: str, content_type: str) -> str:
    """A text body as it is; of a page of HTML the title."""
    if "html" not in content_type.lower() and not text.lstrip().lower().startswith(
        ("<!doctype", "<html")
    ):
        return text
    title = re.search(r"<title[^>]*>([^<]{1,200})", text[:5000], re.IGNORECASE)
    return title.group(1) if title else "a web page instead of an answer"


def _one_line(text: str) -> str:
    told = without_secrets(text)[:2000]
    line = " ".join("".join(c if c.isprintable() else " " for c in told).split())
    return line if len(line) <= LONGEST_MESSAGE else line[: LONGEST_MESSAGE - 3] + "..."


def _spaced(text: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return " ".join(re.sub(r"[^A-Za-z0-9]+", " ", apart).lower().split())
