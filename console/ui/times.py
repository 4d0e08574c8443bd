"""One rule for time on the screen: local, with UTC on hover."""

from __future__ import annotations

from datetime import UTC, datetime


def local_time(at: datetime) -> datetime:
    """The local time; UTC for the first and the last day there are, and where the system has none.

    An error here would end the program: tables ask for times while Qt paints them.
    """
    try:
        return at.astimezone()
    except (OverflowError, ValueError, OSError):
        return at


def clock_text(at: datetime | None) -> str:
    """Return local hh:mm:ss of an aware time; empty for None."""
    return "" if at is None else local_time(at).strftime("%H:%M:%S")


def stamp_text(at: datetime | None) -> str:
    """Return local yyyy-mm-dd hh:mm:ss of an aware time; empty for None."""
    return "" if at is None else local_time(at).strftime("%Y-%m-%d %H:%M:%S")


def near_text(at: datetime | None, now: datetime) -> str:
    """Return the clock for today's times and the whole stamp for others."""
    if at is None:
        return ""
    same_day = local_time(at).date() == local_time(now).date()
    return clock_text(at) if same_day else stamp_text(at)


def minute_text(at: datetime) -> str:
    """Return local yyyy-mm-dd hh:mm of an aware time."""
    return local_time(at).strftime("%Y-%m-%d %H:%M")


def moment_text(at: datetime) -> str:
    """Return the whole local time with the zone of that very moment: … 14:30:00 (UTC+1)."""
    return f"{stamp_text(at)} ({offset_text(at)})"


def utc_text(at: datetime | None) -> str:
    """Return the time in UTC as ISO 8601 with Z, for the hover; empty for None."""
    return "" if at is None else at.astimezone(UTC).isoformat(timespec="seconds")[:19] + "Z"


def duration_text(seconds: float) -> str:
    """Return a length of time as m:ss or h:mm:ss; negative counts as zero."""
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{left:02d}"
    return f"{minutes}:{left:02d}"


def rough_text(seconds: float) -> str:
    """Return a length of time in its largest unit: 12 s, 54 min, 3 h, 2 d."""
    whole = max(int(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return f"{whole // 3600} h"
    return f"{whole // 86400} d"


def long_text(seconds: float) -> str:
    """Return a length of time in its two largest units: 3 h 12 min, 2 d 4 h, 12 min."""
    minutes = max(int(seconds), 0) // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def offset_text(at: datetime) -> str:
    """Return the local zone of `at` as UTC, UTC+1 or UTC+5:30."""
    offset = local_time(at).utcoffset()
    minutes = 0 if offset is None else round(offset.total_seconds() / 60)
    if minutes == 0:
        return "UTC"
    sign = "+" if minutes > 0 else "-"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}:{rest:02d}" if rest else f"UTC{sign}{hours}"
