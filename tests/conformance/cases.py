"""Reads the cases that others wrote: schemas with values and what is to be said of them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

DRAFTS: Final = {
    "draft7": "http://json-schema.org/draft-07/schema#",
    "draft2020-12": "https://json-schema.org/draft/2020-12/schema",
}
LEFT_OUT: Final = {
    "refRemote": "reads schemas from a server; here nothing is fetched",
    "format": "says that formats are never checked; here they are",
    "vocabulary": "reads a draft of its own from a server",
}
"""Files of the suite, and parts of it, that ask for what this program refuses to do."""
_SERVER: Final = "localhost:1234"


@dataclass(frozen=True)
class Value:
    """One value of a case; `valid` is what the suite says, None where nobody does."""

    name: str
    text: str
    valid: bool | None = None


@dataclass(frozen=True)
class Case:
    """One schema with its values; numbers stay text until the program itself reads them."""

    source: str
    name: str
    schema: Any
    values: tuple[Value, ...]


def examples(folder: Path) -> Iterator[Case]:
    """Yield JSON Forms' examples."""
    (file,) = folder.glob("examples-*.jsonl")
    for line in file.read_text("utf-8").splitlines():
        told = json.loads(line)
        values = [Value("nothing", "{}")] if told["schema"].get("type") == "object" else []
        if told.get("data") is not None:
            values.append(Value("its data", json.dumps(told["data"])))
        yield Case("examples", told["name"], told["schema"], tuple(values))


def suite(folder: Path) -> Iterator[Case]:
    """Yield the cases of the JSON-Schema-Test-Suite that need no server."""
    (file,) = folder.glob("jsonschema-*.tar.gz")
    with tarfile.open(file) as archive:
        for member in archive:
            parts = Path(member.name).parts
            # {package}/json/tests/{draft}/{file}.json: what is required of every implementation.
            if len(parts) != 5 or parts[1:3] != ("json", "tests") or parts[3] not in DRAFTS:
                continue
            stream = archive.extractfile(member)
            if stream is not None and Path(parts[4]).stem not in LEFT_OUT:
                yield from _groups(f"{parts[3]}/{parts[4]}", parts[3], json.load(stream))


def _groups(source: str, draft: str, groups: list[dict[str, Any]]) -> Iterator[Case]:
    for group in groups:
        schema = group["schema"]
        if _SERVER in json.dumps(schema) and _fetches(schema):
            continue
        if isinstance(schema, dict) and "$schema" not in schema:
            schema = {"$schema": DRAFTS[draft], **schema}
        values = tuple(
            Value(test["description"], json.dumps(test["data"]), test["valid"])
            for test in group["tests"]
        )
        yield Case(source, group["description"], schema, values)


def _fetches(schema: Any) -> bool:
    """Return True where a reference leads to the suite's server and to no part of `schema`."""
    own = set(_words(schema, "$id"))
    return any(
        _SERVER in word and word.split("#")[0] not in own
        for key in ("$ref", "$schema", "$dynamicRef")
        for word in _words(schema, key)
    )


def _words(part: Any, key: str) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get(key), str):
            yield part[key]
        part = list(part.values())
    for inner in part if isinstance(part, list) else ():
        yield from _words(inner, key)
