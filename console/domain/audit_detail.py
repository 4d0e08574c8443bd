"""Lines of a trail as rows and details: what is shown, and what a verdict proves and does not."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final

from console.domain.audit import EventType, LineCheck, Verdict, check_line, read_timestamp
from console.domain.audit_view import RecordDetail, TrailRow
from console.domain.text import shortened, visible

SHOWN_BYTES: Final = 256 * 1024
CELL_CHARS: Final = 300
FIELD_CHARS: Final = 4000
RECORD_KEYS: Final = ("timestamp", "event_type", "payload", "compliance_hash")

_PROVES: Final = {
    Verdict.INTACT: (
        "The payload has the hash that was written beside it: no value in it changed by itself.",
    ),
    Verdict.EDITED: (
        "Payload and hash do not belong together: one of them was changed or damaged later.",
    ),
    Verdict.UNREADABLE: ("This line cannot be read as a record, so nothing in it can be checked.",),
}
_DOES_NOT_PROVE: Final = {
    Verdict.INTACT: (
        "That timestamp and event type are the original ones: the hash covers the payload alone.",
        "That nobody changed the payload and computed the hash again: the hash has no key.",
        "That this record stands at its place and none beside it is gone: that takes a seal.",
    ),
    Verdict.EDITED: ("Who changed it, when, and what stood here before.",),
    Verdict.UNREADABLE: ("Whether a record ever stood here, and what it said.",),
}


def trail_row(check: LineCheck, position: int, file: str, line: int) -> TrailRow:
    """Return the row of a judged line; its texts are safe to show and at most 300 characters."""
    record = check.record or {}
    payload = record.get("payload")
    values: dict[str, Any] = payload if isinstance(payload, dict) else {}
    return TrailRow(
        position=position,
        verdict=check.verdict,
        timestamp=read_timestamp(record),
        event_type=_cell(record.get("event_type")),
        workflow_id=_cell(values.get("workflowId")),
        instance_id=_cell(values.get("instanceId")),
        job_id=_cell(values.get("jobId")),
        operator=_cell(values.get("operator")),
        reason=_cell(values.get("reason")) or _cell(values.get("error")),
        file=file,
        line=line,
    )


def unjudged_row(position: int, file: str, line: int) -> TrailRow:
    """Return the row of a line that is too long to be judged while scrolling."""
    return TrailRow(position, None, None, "", "", "", "", "", "", file, line)


def record_detail(raw: bytes, position: int, file: str, line: int) -> RecordDetail:
    """Judge one line (without its LF) and return everything a person may ask about it."""
    check = check_line(raw)
    row = trail_row(check, position, file, line)
    record = check.record or {}
    pretty = "" if check.record is None else _pretty(record.get("payload"))
    text = raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace")
    stored = record.get("compliance_hash", "")
    return RecordDetail(
        row=row,
        fields=tuple(_fields(record)),
        payload=visible(pretty[:SHOWN_BYTES], keep_lines=True),
        raw=visible(text),
        cut=len(raw) > SHOWN_BYTES or len(pretty) > SHOWN_BYTES,
        stored_hash=_cell(stored) if isinstance(stored, str) else _cell(_json(stored)),
        computed_hash=check.computed,
        proves=_PROVES[check.verdict] + ((check.why,) if check.why else ()),
        does_not_prove=_DOES_NOT_PROVE[check.verdict],
        notes=tuple(_notes(raw, check)),
    )


def cut_detail(raw: bytes, row: TrailRow) -> RecordDetail:
    """Return what can be shown at once of a line that is still being judged."""
    return RecordDetail(
        row=row,
        fields=(),
        payload="",
        raw=visible(raw[:SHOWN_BYTES].decode("utf-8", "backslashreplace")),
        cut=True,
        stored_hash="",
        computed_hash="",
        proves=(),
        does_not_prove=(),
        notes=("This line is very long; it is being judged.",),
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else _json(value)
    return visible(shortened(text, CELL_CHARS))


def _fields(record: dict[str, Any]) -> Iterable[tuple[str, str]]:
    for key, value in record.items():
        if key == "payload" and isinstance(value, dict):
            for name, inner in value.items():
                yield visible(shortened(name, CELL_CHARS)), _field(inner)
        elif key not in {"payload", "compliance_hash"}:
            yield visible(shortened(key, CELL_CHARS)), _field(value)


def _field(value: object) -> str:
    text = value if isinstance(value, str) else _json(value)
    return visible(shortened(text, FIELD_CHARS), keep_lines=True)


def _json(value: object) -> str:
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"


def _pretty(value: object) -> str:
    try:
        return json.dumps(value, indent=2, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply to be shown)"


def _notes(raw: bytes, check: LineCheck) -> Iterable[str]:
    if raw.endswith(b"\r"):
        yield "The line ends with a carriage return: another program has written or converted it."
    if raw.startswith(b"\xef\xbb\xbf"):
        yield "The line starts with a byte order mark: another program has written it."
    record = check.record
    if record is None:
        return
    for key in RECORD_KEYS[:2]:
        if key not in record:
            yield f"The record has no {key}."
    if "timestamp" in record and read_timestamp(record) is None:
        yield "The timestamp cannot be read as a time."
    others = [visible(shortened(key, 40)) for key in record if key not in RECORD_KEYS]
    if others:
        yield f"Keys that no record has stand in it, outside the hash: {', '.join(others[:5])}."
    if record.get("event_type") not in list(EventType):
        yield "The event type is none that this console writes."
    if _has_duplicates(raw):
        yield "A key stands twice in one object: readers disagree which value counts; the last here."


def _has_duplicates(raw: bytes) -> bool:
    found = False

    def pairs(items: list[tuple[str, Any]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in items}) != len(items)

    with suppress(RecursionError):
        json.loads(raw.decode("utf-8"), object_pairs_hook=pairs)
    return found
