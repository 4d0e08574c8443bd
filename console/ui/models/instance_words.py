"""What the window says about an instance, cell by cell, in the operator's words."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Final

from console.domain.text import shortened, visible
from console.ui import times
from console.ui.widgets.badge import LOOKS, BadgeLook

if TYPE_CHECKING:
    from console.domain.instance import Instance
    from console.domain.job import TriggerJob

CUSTOMER_KEYS: Final = ("customerId", "customer_id", "customer", "accountId", "contactId")
NOTHING: Final = "\N{EN DASH}"
_LONGEST: Final = 200
_SEARCHED: Final = 20_000


def short(text: str) -> str:
    """Return text from outside on one line, cut to what a cell can show."""
    return visible(shortened(text, _LONGEST))


def badge_of(instance: Instance) -> BadgeLook:
    """Return the badge of the status; a word we do not know is shown as it came."""
    known = LOOKS.get(instance.status)
    return known or BadgeLook(short(instance.status) or "unknown", "neutral", "info")


def customer_of(instance: Instance) -> str:
    """Return the first value of the context that names a customer; empty where none does."""
    for key in CUSTOMER_KEYS:
        value = instance.context.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return short(str(value))
    return ""


def running_text(instance: Instance, job: TriggerJob | None, now: datetime) -> str:
    """Return how long it runs, or ran where its end is known; a dash where nobody knows."""
    if instance.started_at is None:
        return NOTHING
    end = now
    if instance.ended:
        seen = job.completed_at if job is not None else None
        if seen is None:
            return NOTHING
        end = seen
    return times.duration_text((end - instance.started_at).total_seconds())


def hover_text(instance: Instance) -> str:
    """Return the whole id and the start in UTC, for the tool tip."""
    lines = [visible(shortened(instance.instance_id, 2000))]
    if instance.started_at is not None:
        lines.append(f"Started {times.utc_text(instance.started_at)}")
    return "\n".join(lines)


def context_text(instance: Instance) -> str:
    """Return the context as indented JSON with hidden characters made visible."""
    text = json.dumps(dict(instance.context), indent=2, ensure_ascii=False)
    return visible(shortened(text, 100_000), keep_lines=True)


def haystack(instance: Instance, title: str) -> str:
    """Return what a search looks through, in lower case: id, workflow, status, context."""
    context = json.dumps(dict(instance.context), ensure_ascii=False)[:_SEARCHED]
    parts = (instance.instance_id, instance.workflow_id, title, instance.status, context)
    return " ".join(parts).lower()
