"""Filters that a person keeps by name: as text and back, whatever stands in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from console.domain.audit_view import RecordFilter

MOST: Final = 50
NAME_CHARS: Final = 60
_TEXT_CHARS: Final = 1000
_PARTS: Final = ("text", "workflow_id", "instance_id", "job_id", "operator")
TIMES: Final = ("any", "hour", "today", "week", "month")
"""Spans that move with the clock; any other is kept as the times it had."""


@dataclass(frozen=True)
class SavedFilter:
    """`wanted` under a name; `time` is one of TIMES, or '' where `wanted` holds the times."""

    name: str
    wanted: RecordFilter
    time: str = ""


def with_filter(known: Sequence[SavedFilter], new: SavedFilter) -> tuple[SavedFilter, ...]:
    """Return the filters in order of their names with `new`, which replaces one of its name."""
    others = [saved for saved in known if saved.name != new.name]
    return tuple(sorted([*others, new], key=lambda saved: saved.name.casefold())[:MOST])


def to_text(filters: Iterable[SavedFilter]) -> str:
    """Return filters as JSON."""
    return json.dumps([_plain(saved) for saved in filters])


def from_text(text: str) -> tuple[SavedFilter, ...]:
    """Return the filters that stand in `text`; what is none of ours is left out."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    kept: tuple[SavedFilter, ...] = ()
    for value in found if isinstance(found, list) else []:
        saved = _read(value)
        if saved is not None:
            kept = with_filter(kept, saved)
    return kept


def clean_name(text: str) -> str:
    """Return a name as it is kept: one line, no spaces around it, at most 60 characters."""
    return " ".join(text.split())[:NAME_CHARS].strip()


def _plain(saved: SavedFilter) -> dict[str, Any]:
    wanted = saved.wanted
    found: dict[str, Any] = {"name": saved.name, "time": saved.time}
    found |= {part: value for part in _PARTS if (value := getattr(wanted, part))}
    if wanted.event_types:
        found["event_types"] = sorted(wanted.event_types)
    if not saved.time:
        for part in ("since", "until"):
            at: datetime | None = getattr(wanted, part)
            if at is not None:
                found[part] = at.astimezone(UTC).isoformat()
    return found


def _read(value: Any) -> SavedFilter | None:
    if not isinstance(value, dict) or not isinstance(value.get("name"), str):
        return None
    name = clean_name(value["name"])
    texts = {part: value.get(part, "") for part in _PARTS}
    types = value.get("event_types", [])
    if not name or not all(isinstance(text, str) for text in [*texts.values(), name]):
        return None
    if not isinstance(types, list) or not all(isinstance(kind, str) for kind in types):
        return None
    wanted = RecordFilter(
        **{part: text[:_TEXT_CHARS] for part, text in texts.items()},
        event_types=frozenset(types),
    )
    time = value.get("time", "")
    if time in TIMES:
        return SavedFilter(name, wanted, time)
    try:
        since, until = _time(value.get("since")), _time(value.get("until"))
    except ValueError:
        return None
    return SavedFilter(name, replace(wanted, since=since, until=until))


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    at = datetime.fromisoformat(str(value))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
