"""All records about one job or instance, gathered from a whole trail."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from typing import Final

from console.domain.audit_view import RecordFilter, TrailRow
from console.services.trail_ports import Cancelled, Trail, unheard

MAX_RELATED: Final = 1000
_MAX_IDS: Final = 8


def related_rows(trail: Trail, position: int, cancelled: Cancelled) -> tuple[TrailRow, ...]:
    """All records of the same job or instance, also where only a third record joins the two."""
    rows = trail.rows([position])
    asked: set[tuple[str, str]] = set()
    found: set[int] = {position}
    for _ in range(2):
        ids = {("job_id", row.job_id) for row in rows} | {
            ("instance_id", row.instance_id) for row in rows
        }
        new = sorted(pair for pair in ids - asked if pair[1])[:_MAX_IDS]
        for kind, value in new:
            wanted = (
                RecordFilter(job_id=value) if kind == "job_id" else RecordFilter(instance_id=value)
            )
            found.update(trail.matching(wanted, unheard, cancelled))
        if not new:
            break
        asked.update(new)
        rows = trail.rows(sorted(found)[:MAX_RELATED])
    return tuple(rows)


def place_of(view: array[int], position: int) -> int | None:
    """Return where `position` stands among the sorted positions of a view, None where it does not."""
    number = bisect_left(view, position)
    return number if number < len(view) and view[number] == position else None
