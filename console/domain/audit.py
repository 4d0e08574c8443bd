"""One audit record as one line: how it is written, and how its hash is judged.

The rule is the tutorial's: `compliance_hash` is the SHA-256 of `json.dumps(payload,
sort_keys=True)` in UTF-8. We write payloads with sorted keys in that very form, so that the
hash is also that of a slice of the line itself.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final

from console.domain.errors import ConsoleError

MAX_DEPTH: Final = 200
# Python reads and writes no integer beyond this unless told otherwise. This console is told
# otherwise for what operators type; the tutorial's rule is judged as Python comes.
MAX_DIGITS: Final = 4300
# What json.dumps(payload, sort_keys=True) and json.loads would make anew for each record. What was
# parsed has no circles to look for; what we write is checked for its depth first.
_ENCODE: Final = json.JSONEncoder(sort_keys=True, check_circular=False).encode
_DECODE: Final = json.JSONDecoder().raw_decode
_TOO_LONG: Final = 10**MAX_DIGITS
_LONG_RUN: Final = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))


class EventType(StrEnum):
    """What a record can tell; the first three are the tutorial's."""

    WORKFLOW_TRIGGERED = "WORKFLOW_TRIGGERED"
    WORKFLOW_TRIGGER_FAILED = "WORKFLOW_TRIGGER_FAILED"
    WORKFLOW_COMPLETED = "WORKFLOW_COMPLETED"
    TRIGGER_QUEUED = "TRIGGER_QUEUED"
    TRIGGER_CANCELLED = "TRIGGER_CANCELLED"
    TRIGGER_REVIEW = "TRIGGER_REVIEW"
    TRIGGER_RESOLVED = "TRIGGER_RESOLVED"
    TRIGGER_APPROVED = "TRIGGER_APPROVED"
    TRIGGER_REFUSED = "TRIGGER_REFUSED"
    TRIGGER_DOUBLED = "TRIGGER_DOUBLED"
    QUEUE_PAUSED = "QUEUE_PAUSED"
    QUEUE_RESUMED = "QUEUE_RESUMED"
    ERP_SYNCED = "ERP_SYNCED"
    WEBHOOK_REFUSED = "WEBHOOK_REFUSED"
    CONNECTION_CHANGED = "CONNECTION_CHANGED"
    DEFINITION_CHANGED = "DEFINITION_CHANGED"
    FOLDER_COPIED = "FOLDER_COPIED"
    CONSOLE_STARTED = "CONSOLE_STARTED"
    CONSOLE_STOPPED = "CONSOLE_STOPPED"
    AUDIT_FILE_OPENED = "AUDIT_FILE_OPENED"
    AUDIT_RECOVERED = "AUDIT_RECOVERED"
    AUDIT_EXPORTED = "AUDIT_EXPORTED"
    AUDIT_ANCHORED = "AUDIT_ANCHORED"
    AUDIT_KEY_CHANGED = "AUDIT_KEY_CHANGED"
    AUDIT_TRAIL_ADOPTED = "AUDIT_TRAIL_ADOPTED"
    CLOCK_CHANGED = "CLOCK_CHANGED"


class Verdict(StrEnum):
    """What can be said of a line, a file or a trail (interfaces.md, *Verdicts*).

    The hash rule alone can say the first three; the others need a seal. UNSEALED is said of
    single lines of our own live trail only, never of a file or the whole.
    """

    INTACT = "intact"
    EDITED = "edited"
    UNREADABLE = "unreadable"
    INSERTED = "inserted"
    MISSING = "missing"
    REORDERED = "reordered"
    TAIL_CUT = "tail-cut"
    DAY_MISSING = "day-missing"
    DAY_REPLACED = "day-replaced"
    ROLLED_BACK = "rolled-back"
    FORKED = "forked"
    OTHER_KEY = "other-key"
    NO_CHECKPOINT = "no-checkpoint"
    CANNOT_KNOW = "cannot-know"
    UNSEALED = "not-yet-sealed"


class UnfitPayload(ConsoleError):
    """A payload whose hash the tutorial's rule could not confirm after reading it back."""


@dataclass(frozen=True)
class LineCheck:
    """The verdict on one line by the hash rule, with what was read to reach it.

    `record` is the parsed object (None where unreadable), `computed` the hash of its payload,
    `why` a sentence for an unreadable or edited line, '' for an intact one.
    """

    verdict: Verdict
    record: dict[str, Any] | None = None
    computed: str = ""
    why: str = ""


def canonical(payload: object) -> str:
    """Return the text that the hash covers: `json.dumps(payload, sort_keys=True)`."""
    return _ENCODE(payload)


def compliance_hash(payload: object) -> str:
    """Return the SHA-256 hex of `canonical(payload)` in UTF-8."""
    return hashlib.sha256(canonical(payload).encode("utf-8")).hexdigest()


def record_line(timestamp: datetime, event_type: str, payload: Mapping[str, Any]) -> bytes:
    """Return one line of the trail with its LF, as `json.dumps` of the four keys writes it.

    Raises UnfitPayload where the line would not read back to the same payload and hash, and
    ValueError for a naive timestamp.
    """
    if timestamp.tzinfo is None:
        raise ValueError("a record's timestamp must know its time zone")
    at = timestamp.astimezone(UTC).isoformat(timespec="microseconds")
    plain = dict(payload)
    _check_text(event_type, "event_type")
    _check_fit(plain)
    text = canonical(plain)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    head = f'{{"timestamp": {json.dumps(at)}, "event_type": {json.dumps(event_type)}'
    return f'{head}, "payload": {text}, "compliance_hash": "{digest}"}}\n'.encode("ascii")


def check_line(raw: bytes) -> LineCheck:
    """Judge one line (with or without its LF) by the tutorial's rule; it never raises.

    Intact: the line is a JSON object in UTF-8 whose `compliance_hash` is the hash of its
    `payload`. Edited: it is not. Unreadable: there is nothing to compare.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return _unreadable(f"Not UTF-8 at byte {error.start + 1}.")
    try:
        long = len(raw) > MAX_DIGITS and _LONG_RUN.search(raw)
        record = json.loads(text, parse_int=_limited) if long else json.loads(text)
    except RecursionError:
        return _unreadable("Nested too deeply to be read.")
    except json.JSONDecodeError as error:
        return _unreadable(f"Not JSON at character {error.pos + 1}: {error.msg}.")
    except ValueError:  # from `_limited`
        return _unreadable("Holds a whole number with too many digits to be read.")
    if not isinstance(record, dict):
        return _unreadable("Not a record: the line is JSON, but no object.")
    for key in ("payload", "compliance_hash"):
        if key not in record:
            return _unreadable(f"Not a record: it has no {key}.")
    try:
        computed = compliance_hash(record["payload"])
    except RecursionError:
        return _unreadable("Nested too deeply to be hashed.")
    if computed != record["compliance_hash"]:
        why = "The payload does not have the hash that stands beside it."
        return LineCheck(Verdict.EDITED, record, computed, why)
    return LineCheck(Verdict.INTACT, record, computed)


def hash_holds(raw: bytes) -> bool:
    """True exactly where `check_line` says intact; quicker, for lines that mostly are."""
    if len(raw) <= MAX_DIGITS:  # so no number in it can be too long
        try:
            text = raw.decode("utf-8")
            record, end = _DECODE(text)
            if end == len(text):
                covered, stored = _ENCODE(record["payload"]), record["compliance_hash"]
                return bool(hashlib.sha256(covered.encode("ascii")).hexdigest() == stored)
        except (ValueError, LookupError, TypeError, RecursionError):
            return check_line(raw).verdict is Verdict.INTACT
    return check_line(raw).verdict is Verdict.INTACT


def read_timestamp(record: Mapping[str, Any]) -> datetime | None:
    """Return the record's timestamp as aware UTC, or None where it has none that can be read."""
    text = record.get("timestamp")
    if not isinstance(text, str) or len(text) > 64:
        return None
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _unreadable(why: str) -> LineCheck:
    return LineCheck(Verdict.UNREADABLE, why=why)


def _check_fit(payload: dict[str, Any]) -> None:
    level: list[object] = [payload]
    for _ in range(MAX_DEPTH):
        below: list[object] = []
        for item in level:
            _check_item(item, below)
        if not below:
            return
        level = below
    raise UnfitPayload(f"A record's payload is nested deeper than {MAX_DEPTH} levels.")


def _check_item(item: object, below: list[object]) -> None:
    if isinstance(item, str):
        _check_text(item, "a value")
    elif isinstance(item, int):
        if item.bit_length() >= _TOO_LONG.bit_length() and abs(item) >= _TOO_LONG:
            raise UnfitPayload(f"A record's payload holds a number of over {MAX_DIGITS} digits.")
    elif isinstance(item, float):
        if item != item or item in (float("inf"), float("-inf")):
            raise UnfitPayload("A record's payload must not hold NaN or Infinity.")
    elif isinstance(item, dict):
        _check_keys(item)
        below.extend(item.values())
    elif isinstance(item, list):
        below.extend(item)
    elif item is not None:
        raise UnfitPayload(f"A record's payload holds {type(item).__name__}, which is not JSON.")


def _check_keys(item: dict[Any, Any]) -> None:
    for key in item:
        if not isinstance(key, str):
            raise UnfitPayload(f"A record's payload has the key {key!r}, which is no text.")
        _check_text(key, "a key")


def _limited(digits: str) -> int:
    if len(digits.removeprefix("-")) > MAX_DIGITS:
        raise ValueError(f"more than {MAX_DIGITS} digits")
    return int(digits)


def _check_text(text: str, what: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise UnfitPayload(f"Half a character (lone surrogate) stands in {what}.") from None
