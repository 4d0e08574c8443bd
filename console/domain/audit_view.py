"""What a person sees of a trail: rows, one record in detail, and the filter over both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from console.domain.audit import Verdict


@dataclass(frozen=True)
class RecordFilter:
    """Which records: every part that is given must hold; empty or None means any.

    `text` is looked for anywhere in the line as it stands in the file, upper and lower case
    alike. The ids and the operator are exact. `since` is included, `until` is not; both aware.
    """

    text: str = ""
    event_types: frozenset[str] = frozenset()
    workflow_id: str = ""
    instance_id: str = ""
    job_id: str = ""
    operator: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def everything(self) -> bool:
        """True where no part is given, so every line belongs."""
        return self == EVERYTHING


EVERYTHING = RecordFilter()


@dataclass(frozen=True)
class TrailRow:
    """One line of the trail as a row of the table; texts are as read, '' where there is none.

    `position` counts from 0 at the oldest line over all files in name order; it stays what it is
    while the trail grows. (Rows of `TrailOpening` count from the end: -1 is the newest line.)
    `line` counts from 1 in `file`, 0 where it is not known yet. `verdict` None means that the
    line is too long to be judged while scrolling: it is being judged, `RowsChecked` tells when.
    `timestamp` is None where the line has none that can be read.
    """

    position: int
    verdict: Verdict | None
    timestamp: datetime | None
    event_type: str
    workflow_id: str
    instance_id: str
    job_id: str
    operator: str
    reason: str
    file: str
    line: int


@dataclass(frozen=True)
class RecordDetail:
    """One record as read. Every text is safe to show: invisible characters are made visible.

    `fields` are (name, value) of the record and its payload's top level, in reading order;
    `payload` is pretty JSON, `raw` the line as it stands in the file, both cut at 256 KiB
    (`cut` says so). `computed_hash` is '' where the line cannot be read as a record.
    `proves`, `does_not_prove` and `notes` are whole sentences.
    """

    row: TrailRow
    fields: tuple[tuple[str, str], ...]
    payload: str
    raw: str
    cut: bool
    stored_hash: str
    computed_hash: str
    proves: tuple[str, ...]
    does_not_prove: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Growth:
    """What a second look at a trail found: `added` lines, or that it must be opened anew."""

    added: int = 0
    replaced: bool = False


class Stopped(Exception):
    """Work over a trail was cancelled; nothing is known of the rest."""
