"""Times in headers: Date, and Retry-After in both its forms."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

LONGEST_WAIT_S: Final = 1e9
"""Some 31 years: longer waits are told as this, so that they still fit a date."""
CLOCKS_APART: Final = timedelta(days=366)
"""A Date further from this computer's clock is taken for garbage."""
_SECONDS: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?", re.ASCII)


def http_date(text: str | None) -> datetime | None:
    """The time an HTTP date names, aware UTC; None for anything else."""
    if not text:
        return None
    try:
        when = parsedate_to_datetime(text.strip())
        # Without a zone ("-0000") it is UTC all the same: RFC 9110 knows no other.
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def retry_after_s(values: Iterable[str], date: str | None, now: datetime) -> float | None:
    """Seconds that Retry-After asks to wait, 0 or more; None where it says nothing readable.

    A date counts from the answer's own Date header, else from `now`. Of several headers the
    longest wait counts, so that nothing is sent earlier than told.
    """
    waits = [wait for text in values if (wait := _wait(text.strip(), date, now)) is not None]
    return max(waits, default=None)


def plausible_offset(date: str | None, now: datetime) -> timedelta | None:
    """How far the server's clock is ahead of `now`; None where its Date is missing or garbage."""
    told = http_date(date)
    if told is None or abs(told - now) > CLOCKS_APART:
        return None
    return told - now


def _wait(text: str, date: str | None, now: datetime) -> float | None:
    if _SECONDS.fullmatch(text):
        # float() reads any number of digits, up to infinity.
        return min(max(float(text), 0.0), LONGEST_WAIT_S)
    until = http_date(text)
    if until is None:
        return None
    since = http_date(date) or now
    return min(max((until - since).total_seconds(), 0.0), LONGEST_WAIT_S)
