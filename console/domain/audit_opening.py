"""What a trail says about its own files: the record that opens a day, and the one that adopts.

Both are believed only where their line is in the signed tree; reading them is all that happens
here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from console.domain.audit import EventType, check_line

# The head of such a record as json.dumps writes it; what our writer sealed has this very form.
OPENING_MARK: Final = b'", "event_type": "AUDIT_FILE_OPENED", "payload": '
ADOPTING_MARK: Final = b'", "event_type": "AUDIT_TRAIL_ADOPTED", "payload": '
_HEAD: Final = re.compile(rb'\{"timestamp": "[^"\\\n]{1,64}')
_HEAD_ROOM: Final = 96
MAX_FILES: Final = 100_000


@dataclass(frozen=True)
class FileStatement:
    """What is said of one whole file: its name, how many records and bytes, its SHA-256 in hex."""

    file: str
    records: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Opening:
    """A day's first record: the file before it, and how many records the tree had until then."""

    previous: FileStatement | None
    size: int | None


def read_opening(raw: bytes) -> Opening | None:
    """Return what a line says as the first of its file, None where it opens none."""
    payload = _payload(raw, OPENING_MARK, EventType.AUDIT_FILE_OPENED)
    if payload is None:
        return None
    tree = payload.get("tree")
    size = tree.get("size") if isinstance(tree, dict) else None
    return Opening(read_statement(payload.get("previous")), size if _is_count(size) else None)


def read_adopted(raw: bytes) -> tuple[FileStatement, ...]:
    """Return what a line says of the files that were taken over, () where it takes over none."""
    payload = _payload(raw, ADOPTING_MARK, EventType.AUDIT_TRAIL_ADOPTED)
    files = None if payload is None else payload.get("files")
    if not isinstance(files, list):
        return ()
    found = (read_statement(item) for item in files[:MAX_FILES])
    return tuple(statement for statement in found if statement is not None)


def read_statement(value: object) -> FileStatement | None:
    """Return {file, records, bytes, sha256} as a value, None where it is not that."""
    if not isinstance(value, dict):
        return None
    file, digest = value.get("file"), value.get("sha256")
    records, size = value.get("records"), value.get("bytes")
    if not isinstance(file, str) or not isinstance(digest, str):
        return None
    if not _is_count(records) or not _is_count(size):
        return None
    return FileStatement(file, records, size, digest)


def opening_lines(block: bytes, mark: bytes = OPENING_MARK) -> Iterator[int]:
    """Give the numbers (from 0) of the lines of a block that begin as records with `mark` do."""
    number = begin = 0
    at = block.find(mark)
    while at >= 0:
        line = block.rfind(b"\n", 0, at) + 1
        if at - line < _HEAD_ROOM and _HEAD.fullmatch(block, line, at):
            number += block.count(b"\n", begin, line)
            begin = line
            yield number
        at = block.find(mark, at + 1)


def _payload(raw: bytes, mark: bytes, event_type: EventType) -> dict[str, Any] | None:
    if mark not in raw:
        return None
    record = check_line(raw).record
    if record is None or record.get("event_type") != event_type:
        return None
    payload = record["payload"]
    return payload if isinstance(payload, dict) else None


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63
