"""Why no record is shown, and what to do about it."""

from __future__ import annotations

from console.ui.widgets.empty_state import EmptyState


def say_why_empty(empty: EmptyState, total: int, *, own: bool) -> None:
    """Explain an empty list of a trail of `total` records."""
    if total:
        empty.say(
            "No record passes the filter",
            f"None of {total:,} records has what you are looking for.",
            "Clear the filter",
        )
    elif own:
        empty.say(
            "No records yet",
            "Every trigger and every decision writes one here, with its hash. Trigger a"
            " workflow, or look into another trail.",
            "Open folder\N{HORIZONTAL ELLIPSIS}",
        )
    else:
        empty.say("This trail has no records", "Its files are there, but empty.")
