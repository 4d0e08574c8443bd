"""Retry-After in both its forms, and the server's clock."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cxone.dates import LONGEST_WAIT_S, http_date, plausible_offset, retry_after_s

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0.0),
        ("120", 120.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("+3", 3.0),
        ("-3", 0.0),
        ("9" * 400, LONGEST_WAIT_S),
        ("Mon, 01 Jun 2026 12:00:30 GMT", 30.0),
        ("Monday, 01-Jun-26 12:00:30 GMT", 30.0),
        ("Mon Jun  1 12:00:30 2026", 30.0),
        ("Mon, 01 Jun 2026 12:00:30 -0000", 30.0),
        ("Mon, 01 Jun 2026 11:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", LONGEST_WAIT_S),
    ],
)
def test_seconds_and_dates_are_read(text, seconds):
    assert retry_after_s([text], None, NOW) == seconds


@pytest.mark.parametrize(
    "text", ["", "soon", "1e3", "nan", "inf", "5 s", "٣", "Mon, 99 Jun 2026 12:00:00 GMT", "1,5"]
)
def test_garbage_says_nothing(text):
    assert retry_after_s([text], None, NOW) is None


def test_a_date_counts_from_the_answers_own_date():
    date = "Mon, 01 Jun 2020 00:00:00 GMT"
    assert retry_after_s(["Mon, 01 Jun 2020 00:00:20 GMT"], date, NOW) == 20.0


def test_a_garbled_date_header_falls_back_to_our_clock():
    assert retry_after_s(["Mon, 01 Jun 2026 12:00:20 GMT"], "yesterday", NOW) == 20.0


def test_of_several_headers_the_longest_wait_counts():
    assert retry_after_s(["5", "garbage", "60"], None, NOW) == 60.0


@given(st.text())
def test_no_text_whatever_makes_it_fail(text):
    seconds = retry_after_s([text], text, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_WAIT_S
    assert plausible_offset(text, NOW) is None or http_date(text) is not None


@given(st.integers(0, 10_000_000))
def test_a_date_and_the_same_seconds_mean_the_same_wait(seconds):
    text = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert retry_after_s([text], None, NOW) == float(seconds)


def test_the_servers_clock_is_believed_within_a_year():
    assert plausible_offset("Mon, 01 Jun 2026 12:05:00 GMT", NOW) == timedelta(minutes=5)
    assert plausible_offset("Fri, 01 Jan 1999 00:00:00 GMT", NOW) is None
    assert plausible_offset(None, NOW) is None
