"""Kept filters come back as they were, and what somebody wrote into the settings does no harm."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.audit_view import RecordFilter
from console.domain.saved_filters import (
    MOST,
    TIMES,
    SavedFilter,
    clean_name,
    from_text,
    to_text,
    with_filter,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
filters = st.builds(
    RecordFilter,
    text=texts, event_types=st.frozensets(texts, max_size=3), workflow_id=texts, instance_id=texts,
    job_id=texts, operator=texts, since=moments, until=moments,
)  # fmt: skip
names = texts.map(clean_name).filter(bool)


@given(st.lists(st.builds(SavedFilter, names, filters), max_size=5))
def test_filters_come_back_as_they_were_kept(kept):
    known: tuple[SavedFilter, ...] = ()
    for saved in kept:
        known = with_filter(known, saved)
    assert from_text(to_text(known)) == known


@pytest.mark.parametrize("time", TIMES)
def test_a_span_that_moves_is_kept_without_its_times(time):
    saved = SavedFilter("x", RecordFilter(text="a", since=datetime(2026, 1, 1, tzinfo=UTC)), time)
    assert from_text(to_text([saved])) == (SavedFilter("x", RecordFilter(text="a"), time),)


@pytest.mark.parametrize(
    "value",
    [
        3, None, "x", {}, {"name": 5}, {"name": "  "}, {"name": "a", "text": 7}, {"name": "a", "since": "x"},
        {"name": "a", "until": [1]}, {"name": "a", "event_types": "X"}, {"name": "a", "event_types": [1]},
    ],
)  # fmt: skip
def test_what_is_no_filter_is_left_out(value):
    good = {"name": "good", "text": "a", "since": "2026-01-01T00:00:00"}
    [kept] = from_text(json.dumps([value, good]))
    assert kept.name == "good"
    assert kept.wanted.since == datetime(2026, 1, 1, tzinfo=UTC)


@given(st.text())
def test_no_settings_text_does_harm(text):
    assert isinstance(from_text(text), tuple)
    assert from_text("[" * 100_000) == from_text("{}") == ()


def test_only_so_many_are_kept():
    known: tuple[SavedFilter, ...] = ()
    for number in range(MOST + 5):
        known = with_filter(known, SavedFilter(f"{number:03}", RecordFilter()))
    assert len(known) == MOST
