r"""What an index keeps of a line: exactly what a filter would read from it, or that it must be asked.

A line whose values could be taken in more than one way is *odd*: an index keeps nothing of it and
the line itself is looked at for every question. So an index answers as a look at every line does.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from console.domain.audit import MAX_DEPTH, MAX_DIGITS, read_timestamp
from console.domain.audit_filter import head_values, id_text, read_record

WORD_CHARS: Final = 300
LINES_A_TEXT: Final = 8
"""So many lines in a row share one entry of the index over the text."""
LONG_LINE: Final = 64 * 1024
_ZERO: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NONE: Final[dict[str, Any]] = {}
_MICRO: Final = timedelta(microseconds=1)
# Letters that stand for themselves, written as escapes: a search of the bytes does not find them.
_NEEDLESS_ESCAPE: Final = re.compile(rb"\\(?:/|u00[2-7])")
_LONG_RUN: Final = re.compile(rb"[0-9]{%d}" % (MAX_DIGITS + 1))
_NO_TEXT: Final = re.compile("[\x00\ud800-\udfff]")
# In what a search of the text looks for stand only these, in lower case; all else is one letter.
_PLAIN: Final = bytes(
    byte if 0x20 <= byte <= 0x7E and byte not in b'"\\' else 0x22 for byte in range(256)
)


class IndexRow(NamedTuple):
    """One line in an index: microseconds since 1970, and texts where there are such values."""

    at: int | None = None
    event_type: str | None = None
    workflow_id: str | None = None
    operator: str | None = None
    instance_id: str | None = None
    job_id: str | None = None
    odd: bool = False


ODD: Final = IndexRow(odd=True)


def index_row(raw: bytes) -> IndexRow:
    """Return what an index keeps of a line (without its LF); whether its texts are fit is not asked."""
    if len(raw) > MAX_DIGITS and (len(raw) > LONG_LINE or _LONG_RUN.search(raw)):
        return ODD  # how many digits can be read depends on who reads
    if b"\\" in raw and _NEEDLESS_ESCAPE.search(raw):
        return ODD
    if len(raw) > MAX_DEPTH and raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        return ODD  # so does how deep
    head = head_values(raw)
    if head is None:
        return IndexRow()
    event_type = head.get("event_type")
    at = read_timestamp(head)
    record = read_record(raw)
    payload = None if record is None else record.get("payload")
    values = payload if isinstance(payload, dict) else _NONE
    return IndexRow(
        None if at is None else micros(at),
        event_type if isinstance(event_type, str) else None,
        id_text(values.get("workflowId")),
        id_text(values.get("operator")),
        id_text(values.get("instanceId")),
        id_text(values.get("jobId")),
    )


def fit(text: str) -> bool:
    """True for a text that an index can keep as it is; a line with another is odd."""
    return len(text) <= WORD_CHARS and not _NO_TEXT.search(text)


def micros(at: datetime) -> int:
    """Return a time as whole microseconds since 1970."""
    return (at - _ZERO) // _MICRO


def time_of(number: int) -> datetime:
    """Return the time that `micros` gave; the nearest there is where it is out of reach."""
    try:
        return _ZERO + number * _MICRO
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if number > 0 else datetime.min.replace(tzinfo=UTC)


def text_entry(lines: Sequence[bytes]) -> str:
    """Return what the index over the text is given of lines in a row; long ones are odd."""
    short = [line for line in lines if len(line) <= LONG_LINE]
    return b'"'.join(short).lower().translate(_PLAIN).decode("ascii")


def text_question(literals: Sequence[bytes]) -> str:
    """Return the FTS5 question whose answer holds every line that holds all of `literals`.

    Empty where it cannot be asked: all of them are shorter than three letters.
    """
    parts = sorted(
        {
            literal[at : at + 3].decode("ascii")
            for literal in literals
            for at in range(len(literal) - 2)
        }
    )
    return " AND ".join(f'"{part}"' for part in parts)
