"""Reads the small languages of the options: variables, metadata, times."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from console.domain.errors import BadInput
from console.domain.payload import MAX_BODY_BYTES
from console.domain.values import DataType, FieldError, Json, parse, parse_json

TYPES = ", ".join(str(item) for item in DataType)


def variables(texts: Iterable[str]) -> dict[str, Json]:
    """Read `NAME:TYPE=VALUE`s; BadInput names the variable and what is expected."""
    context: dict[str, Json] = {}
    for text in texts:
        head, equals, value = text.partition("=")
        name, colon, kind = head.rpartition(":")
        if not equals or not colon or not name:
            raise BadInput(f"--var {text!r}: write NAME:TYPE=VALUE, TYPE one of {TYPES}", "var")
        try:
            data_type = DataType(kind)
        except ValueError:
            raise BadInput(f"--var {name}: {kind!r} is no type; use one of {TYPES}", name) from None
        if name in context:
            raise BadInput(f"--var {name} is given twice", name)
        try:
            context[name] = parse(value, data_type)
        except FieldError as error:
            raise BadInput(f"--var {name}: {error}", name) from error
    return context


def metadata(texts: Iterable[str]) -> dict[str, str]:
    """Read `K=V`s."""
    result: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise BadInput(f"--meta {text!r}: write KEY=VALUE", "meta")
        if key in result:
            raise BadInput(f"--meta {key} is given twice", "meta")
        result[key] = value
    return result


@dataclass(frozen=True)
class PayloadFile:
    """What `--payload` takes: `{"context":{…},"priority"?,"metadata"?}`."""

    context: dict[str, Json]
    priority: int | None = None
    metadata: dict[str, str] | None = None


def payload_file(path: Path) -> PayloadFile:
    """Read a payload file; BadInput says what is wrong with it."""
    document = _document(path)
    if not isinstance(document, dict) or not isinstance(document.get("context"), dict):
        raise BadInput(f'{path}: needs an object with "context", an object of values')
    unknown = sorted(set(document) - {"context", "priority", "metadata"})
    if unknown:
        raise BadInput(f"{path}: {', '.join(map(json.dumps, unknown))} is not known here")
    context = document["context"]
    priority = document.get("priority")
    more = document.get("metadata", {})
    assert isinstance(context, dict)
    if priority is not None and (isinstance(priority, bool) or not isinstance(priority, int)):
        raise BadInput(f"{path}: priority must be a whole number from 1 to 10", "priority")
    if not isinstance(more, dict):
        raise BadInput(f"{path}: metadata must be an object of texts", "metadata")
    texts: dict[str, str] = {}
    for key, value in more.items():
        if not isinstance(value, str):
            raise BadInput(f"{path}: metadata {key!r} must be text", f"metadata.{key}")
        texts[key] = value
    return PayloadFile(context, priority, texts)


def _document(path: Path) -> Json:
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BODY_BYTES + 1)
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}") from error
    if len(raw) > MAX_BODY_BYTES:
        raise BadInput(f"{path} is larger than 8 MiB")
    try:
        return parse_json(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text; save it as UTF-8") from error
    except FieldError as error:
        raise BadInput(f"{path}: {error}") from error


def moment(text: str, option: str) -> datetime:
    """Read an ISO 8601 time; without a zone it is local time. Returns aware UTC."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(
            f"{option} {text!r}: write a time such as 2026-11-23T14:30 or 2026-11-23T14:30+01:00",
            option,
        ) from None
    try:
        return at.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadInput(f"{option} {text!r} lies outside what a clock can show", option) from None
