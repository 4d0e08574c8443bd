"""When a checkpoint is due at a place outside, and what an anchoring leaves on record."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.anchor import (
    AnchorState,
    Held,
    PlaceKind,
    anchored,
    due,
    file_stem,
    wait_after,
)
from console.domain.anchor_words import (
    NEVER,
    Witness,
    key_holder,
    latest,
    other_keys,
    unread,
    unstamped,
)
from console.domain.anchor_words import anchored as said
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.hashes import EMPTY_ROOT

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ROOT = bytes(range(32))


def held(size=5, origin="cxone-audit/a", at=NOW, kind=PlaceKind.FOLDER):
    return Held(kind, "there", origin, size, ROOT.hex(), at)


def states(size, origin="cxone-audit/a"):
    return Checkpoint(origin, size, ROOT)


@pytest.mark.parametrize(
    ("last", "every", "is_due"),
    [
        (None, HOUR, True),
        (NOW - HOUR, HOUR, True),
        (NOW - HOUR + timedelta(seconds=1), HOUR, False),
        (NOW - HOUR, timedelta(0), False),
        (NOW - timedelta(hours=12, seconds=1), timedelta(0), True),
        (NOW - timedelta(hours=12, seconds=1), timedelta(days=7), True),
        (NOW + HOUR, HOUR, True),
    ],
    ids=["never", "over", "not yet", "days alone", "day closed", "day before hours", "clock back"],
)
def test_a_place_is_due_when_its_time_is_over_or_a_day_was_closed(last, every, is_due):
    assert due(last, NOW, every) is is_due


def test_the_wait_after_failures_doubles_up_to_an_hour():
    minutes = [wait_after(count) / timedelta(minutes=1) for count in (1, 2, 3, 6, 7, 5000)]
    assert minutes == [1, 2, 4, 32, 60, 60]


def test_our_own_records_about_anchors_are_no_news():
    state = AnchorState().taken("f", held(5))
    assert not state.new_for("f", states(5))
    assert state.new_for("f", states(6))
    assert not state.with_own([5]).new_for("f", states(6))
    assert state.with_own([5]).new_for("f", states(7))
    assert not state.with_own([5, 6]).new_for("f", states(7))


def test_a_new_place_another_origin_and_a_shorter_trail_are_news():
    state = AnchorState().taken("f", held(5))
    assert state.new_for("g", states(5))
    assert not state.new_for("g", Checkpoint("cxone-audit/a", 0, EMPTY_ROOT))
    assert state.new_for("f", states(5, "cxone-audit/b"))
    assert state.new_for("f", states(4))


@given(st.sets(st.integers(0, 10**6), max_size=300), st.integers(0, 2**63))
def test_a_state_is_read_back_as_it_was_stored(own, size):
    state = AnchorState().taken("folder:1", held(size)).with_own(own)
    assert AnchorState.from_text(state.to_text()) == state
    assert len(state.own) <= 200


@pytest.mark.parametrize(
    "text", [None, "", "x", "[]", '{"held": 1}', '{"held": {"a": {}}}', "null"]
)
def test_a_state_that_cannot_be_read_is_none(text):
    assert AnchorState.from_text(text) == AnchorState()
    assert AnchorState.from_text(text).last is None


def test_the_last_anchoring_is_the_latest_of_all_places():
    state = AnchorState().taken("a", held(9)).taken("b", held(4, at=NOW + HOUR))
    assert state.last == held(4, at=NOW + HOUR)


@pytest.mark.parametrize(
    ("origin", "stem"),
    [
        ("cxone-audit/3f1c", "cxone-audit_3f1c-7"),
        ("../../etc/passwd", ".._.._etc_passwd-7"),
        ("a\\b:c*é\N{RIGHT-TO-LEFT OVERRIDE}", "a_b_c___-7"),
        ("x" * 4000, "x" * 120 + "-7"),
    ],
)
def test_a_files_name_is_safe_whatever_the_origin_is(origin, stem):
    assert file_stem(Checkpoint(origin, 7, ROOT)) == stem


def test_an_anchoring_is_on_record_with_place_size_and_root():
    draft = anchored(held(5), {"file": "x"}, "ana")
    assert draft.event_type == "AUDIT_ANCHORED"
    assert draft.payload == {
        "kind": "folder",
        "place": "there",
        "origin": "cxone-audit/a",
        "size": 5,
        "root": ROOT.hex(),
        "decidedAt": NOW.isoformat(),
        "file": "x",
        "operator": "ana",
    }
    assert "operator" not in anchored(held(5), {}).payload


# --- words ---------------------------------------------------------------------------------------


def test_the_furthest_anchor_outside_counts_and_of_equals_the_earliest_known():
    early, late = (Witness(7, ROOT, "x", at=NOW + n * HOUR) for n in (0, 1))
    unknown, shorter = Witness(7, ROOT, "given"), Witness(6, ROOT, "x", at=NOW)
    own = Witness(9, ROOT, "ours", outside=False)
    assert latest([own, shorter, unknown, late, early]) is early
    assert latest([shorter, unknown]) is unknown
    assert latest([own]) is None


def test_when_the_trail_was_last_anchored_is_said_and_on_whose_word():
    assert said(Witness(1, ROOT, "the folder /w", at=NOW), None) == (
        "Last anchored outside on 2026-11-23 at 12:00 UTC: its first 1 record (the folder /w)."
    )
    assert "outside: its first 7 records (the checkpoint given)" in said(
        Witness(7, ROOT, "the checkpoint given"), held()
    )
    for kind, words in ((PlaceKind.URL, "(there)"), (PlaceKind.STAMP, "a time stamp by there")):
        text = said(None, held(4711, kind=kind))
        assert "by this console's own word: its first 4,711 records" in text
        assert words in text
    assert said(None, None) == NEVER


def test_what_a_holder_of_the_key_could_have_rewritten_is_counted_from_the_last_anchor():
    part = key_holder(Witness(7, ROOT, "x", at=NOW), 10, "Then.")
    assert part.code == "key-holder"
    assert "the last 3 records, from number 7 on (counted from 0)" in part.text
    assert part.text.endswith("Then.")
    assert "covers every record" in key_holder(Witness(10, ROOT, "x", at=NOW), 10, "").text
    assert "any of the 10 records" in key_holder(None, 10, NEVER).text


def test_what_could_not_be_looked_at_is_said():
    assert unread("It is gone.").text == "Anchors could not be looked at: It is gone."
    assert "1 checkpoint of this" in other_keys(1, "/w").text
    assert "2 checkpoints of this" in other_keys(2, "/w").text
    assert "anchor_tsa_ca" in unstamped("", named=False).text
    assert "one that holds (why)." in unstamped("why", named=True).text
    assert unstamped("", named=True).text.endswith("holds.")
