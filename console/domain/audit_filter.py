r"""Which lines pass a filter: a cheap test on the bytes first, the parsed record only where needed.

A line is searched as it stands in the file. What JSON may escape (`"`, `\`, letters beyond
ASCII) is found in both ways of writing it.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final

from console.domain.audit import read_timestamp
from console.domain.audit_view import RecordFilter

# The head of a line as json.dumps writes it; anything else is parsed.
_HEAD: Final = re.compile(
    rb'\{"timestamp": "([^"\\]{1,64})", "event_type": "([^"\\]{0,200})", "payload": '
)
_PLAIN_RUN: Final = re.compile(r"[\x20\x21\x23-\x5b\x5d-\x7e]+")
_CASELESS: Final = re.compile(rb"[^a-z]+")
_ANCHOR: Final = 4


class LineMatcher:
    """Decides for one line after another whether it passes `wanted`."""

    def __init__(self, wanted: RecordFilter) -> None:
        self._wanted = wanted
        self._ids = tuple(
            (key, value)
            for key, value in (
                ("workflowId", wanted.workflow_id),
                ("instanceId", wanted.instance_id),
                ("jobId", wanted.job_id),
                ("operator", wanted.operator),
            )
            if value
        )
        texts = [wanted.text, *(value for _, value in self._ids)]
        self._pattern = _pattern(wanted.text) if wanted.text else None
        self._literals = tuple(
            sorted({run for text in texts if (run := _plain_run(text))}, key=len, reverse=True)
        )
        self._timed = wanted.since is not None or wanted.until is not None
        self._headed = self._timed or bool(wanted.event_types)

    @property
    def literal(self) -> bytes:
        """Bytes in lower case that every passing line holds in lower case; may be empty."""
        return self._literals[0] if self._literals else b""

    @property
    def anchor(self) -> bytes:
        """Bytes that every passing line holds just so, whatever its case; may be empty.

        Looking for them needs no copy of the lines in lower case, which takes most of the time.
        """
        runs = [run for literal in self._literals for run in _CASELESS.findall(literal)]
        longest = max(runs, key=len, default=b"")
        return longest if len(longest) >= _ANCHOR else b""

    @property
    def literals(self) -> tuple[bytes, ...]:
        """All such bytes, the longest first."""
        return self._literals

    def passes(self, raw: bytes) -> bool:
        """True where the line passes; a line that cannot be read passes a search for text only."""
        lowered = raw.lower()
        if not all(literal in lowered for literal in self._literals):
            return False
        if self._pattern is not None and not self._pattern.search(lowered):
            return False
        if not self._ids:
            return not self._headed or self._head_passes(raw)
        if self._headed and not self._head_passes(raw):
            return False
        record = read_record(raw)
        payload = None if record is None else record.get("payload")
        if not isinstance(payload, dict):
            return False
        return all(id_text(payload.get(key)) == value for key, value in self._ids)

    def _head_passes(self, raw: bytes) -> bool:
        values = head_values(raw)
        if values is None:
            return False
        if self._wanted.event_types:
            event_type = values.get("event_type")
            if not isinstance(event_type, str) or event_type not in self._wanted.event_types:
                return False
        return not self._timed or self._time_passes(values)

    def _time_passes(self, values: dict[str, Any]) -> bool:
        at = read_timestamp(values)
        if at is None:
            return False
        since, until = self._wanted.since, self._wanted.until
        return (since is None or at >= since) and (until is None or at < until)


def head_values(raw: bytes) -> dict[str, Any] | None:
    """Return what a filter takes for a line's timestamp and event type; None where it has neither."""
    head = _HEAD.match(raw)
    if head and raw.count(b'"event_type"') == 1 and raw.count(b'"timestamp"') == 1:
        return {
            "timestamp": head[1].decode("utf-8", "replace"),
            "event_type": head[2].decode("utf-8", "replace"),
        }
    return read_record(raw)


def id_text(value: object) -> str | None:
    """Return an id as it is compared, None where the value is none: text, or a whole number."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def read_record(raw: bytes) -> dict[str, Any] | None:
    """Return the object that a line holds, None where it holds none that can be read."""
    try:
        record = json.loads(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return record if isinstance(record, dict) else None


def _plain_run(text: str) -> bytes:
    """The longest part of `text` that stands the same in every way of writing it."""
    runs = _PLAIN_RUN.findall(text)
    return max(runs, key=len).lower().encode("ascii") if runs else b""


def _pattern(text: str) -> re.Pattern[bytes] | None:
    """A pattern over lines in lower case; None where the literal alone decides."""
    if _PLAIN_RUN.fullmatch(text):
        return None
    return re.compile(b"".join(_forms(char) for char in text), re.DOTALL)


def _forms(char: str) -> bytes:
    if char in {'"', "\\"}:
        return b"(?:\\\\)?" + re.escape(char.encode("ascii"))
    same = {char, *(form for form in (char.lower(), char.upper()) if len(form) == 1)}
    forms: set[bytes] = set()
    for form in same:
        if form.isascii() and form.isprintable():
            forms.add(form.lower().encode("ascii"))
            continue
        forms.add(form.encode("utf-8", "surrogatepass").lower())
        forms.add(json.dumps(form)[1:-1].lower().encode("ascii"))
    return b"(?:" + b"|".join(re.escape(form) for form in sorted(forms)) + b")"
