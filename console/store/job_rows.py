"""How a job stands in its table: one codec a column, so that no field is forgotten."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from console.domain.job import FoundBy, JobEvent, JobState, TriggerJob, Wait
from console.domain.payload import TriggerPayload

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC, exact."""
    return (at - _EPOCH) // _MICROSECOND


def moment(value: int) -> datetime:
    """The aware UTC time of `micros`."""
    return _EPOCH + value * _MICROSECOND


def _same(value: Any) -> Any:
    return value


_PLAIN: Final[Codec] = (_same, _same)
_TIME: Final[Codec] = (micros, moment)
_FLAG: Final[Codec] = (int, bool)
_CODECS: Final[dict[str, Codec]] = {
    "payload": (lambda payload: payload.to_json(), TriggerPayload.from_json),
    "state": (str, JobState),
    "wait": (str, Wait),
    "found_by": (str, FoundBy),
    "may_have_run": _FLAG,
    "answered_ok": _FLAG,
    "approval_required": _FLAG,
    **dict.fromkeys(
        (
            "until",
            "thrown_back_since",
            "attempt_started_at",
            "first_checked_at",
            "queued_at",
            "changed_at",
            "finished_at",
            "completed_at",
            "approved_at",
            "not_before",
            "send_before",
        ),
        _TIME,
    ),
}
FIELDS: Final = tuple(field.name for field in dataclasses.fields(TriggerJob))
_ENCODERS: Final = tuple((name, _CODECS.get(name, _PLAIN)[0]) for name in FIELDS)
_DECODERS: Final = tuple((name, _CODECS.get(name, _PLAIN)[1]) for name in FIELDS)
SELECT: Final = f"SELECT {', '.join(FIELDS)} FROM jobs"
_STORED: Final = (*(name for name in FIELDS if name != "number"), "workflow_id", "priority")
INSERT: Final = (
    f"INSERT INTO jobs({', '.join(_STORED)}) "
    f"VALUES ({', '.join(':' + name for name in _STORED)}) RETURNING number"
)
INSERT_MANY: Final = f"INSERT INTO jobs({', '.join(_STORED)})"
"""What `row_values` gives the values of, row by row."""
UPDATE: Final = (
    f"UPDATE jobs SET {', '.join(f'{name} = :{name}' for name in _STORED if name != 'job_id')} "
    "WHERE job_id = :job_id AND version = :expect"
)

EVENTS: Final = "INSERT INTO events(job_id, at, kind, text, detail)"
"""What `event_row` gives the values of."""


def to_row(job: TriggerJob) -> dict[str, Any]:
    """The named values of `INSERT` and `UPDATE`."""
    row: dict[str, Any] = {"workflow_id": job.workflow_id, "priority": job.priority}
    for name, encode in _ENCODERS:
        value = getattr(job, name)
        row[name] = None if value is None else encode(value)
    return row


def row_values(job: TriggerJob) -> tuple[Any, ...]:
    """The values of one row of `INSERT_MANY`: a new job, its version 1."""
    row = {**to_row(job), "version": 1}
    return tuple(row[name] for name in _STORED)


def from_row(row: Sequence[Any]) -> TriggerJob:
    """The job of one row of `SELECT`."""
    values: dict[str, Any] = {
        name: None if value is None else decode(value)
        for (name, decode), value in zip(_DECODERS, row, strict=True)
    }
    return TriggerJob(**values)


def event_row(event: JobEvent) -> tuple[str, int, str, str, str]:
    """The values of one history line."""
    detail = json.dumps(dict(event.detail), ensure_ascii=False)
    return event.job_id, micros(event.at), event.kind, event.text, detail


def event_from_row(row: Sequence[Any]) -> JobEvent:
    """The history line of one row job_id, at, kind, text, detail."""
    return JobEvent(row[0], moment(row[1]), row[2], row[3], json.loads(row[4]))
