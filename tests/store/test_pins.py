"""What this computer remembers of trails, so that a set-back of files and checkpoint is seen."""

import json
import shutil
from dataclasses import replace

import pytest

from console.domain.audit_trust import Pin
from console.domain.errors import BadInput, EnvironmentProblem
from console.store.pins import PinBook
from tests.store.sealed import KEY, ORIGIN, OTHER, Trail, day, rehashed, sealed_trail, verify

PIN = Pin(
    ORIGIN, KEY.verifier.text, 15, "ab" * 32, "/data/audit", "2026-06-04T00:00:00+00:00", False
)


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "audit")


@pytest.fixture
def state(tmp_path):
    return tmp_path / "state"


def grown(trail, state):
    """Let the console see the trail with one day more, then set it back."""
    before = trail.folder.with_name("before")
    shutil.copytree(trail.folder, before)
    trail.open_day(3, 4)
    trail.write().seal(keep=[15])
    assert verify(trail.folder, state).intact
    shutil.rmtree(trail.folder)
    shutil.copytree(before, trail.folder)


def test_files_and_checkpoint_set_back_together_are_rolled_back(trail, state):
    grown(trail, state)
    report = verify(trail.folder, state)
    assert report.verdict == "rolled-back"
    assert "15 records, fewer than the 20" in report.why
    assert report.pinned is not None
    assert report.pinned.size == 20
    assert report.to_json()["pinned"]["size"] == 20


def test_without_a_pin_the_set_back_is_not_seen_and_the_verdict_says_so(trail, state, tmp_path):
    grown(trail, state)
    report = verify(trail.folder, tmp_path / "elsewhere")
    assert report.intact
    assert "rollback" in [item.code for item in report.not_proven]
    assert "set back together" in next(
        item.text for item in report.not_proven if item.code == "rollback"
    )


@pytest.mark.parametrize("more", [0, 1])
def test_a_trail_whose_common_part_differs_is_forked(trail, state, more):
    assert verify(trail.folder, state).intact
    trail.files[day(2)][2] = rehashed(trail.files[day(2)][2], priority=99)
    for number in range(more):
        trail.open_day(3 + number, 4)
    trail.write().seal()
    assert verify(trail.folder, state).verdict == "forked"


def test_a_fork_is_seen_without_tiles_too(trail, state):
    assert verify(trail.folder, state).intact
    trail.files[day(2)][2] = rehashed(trail.files[day(2)][2], priority=99)
    trail.open_day(3, 4)
    trail.write().seal()
    shutil.rmtree(trail.folder / "seal" / "tile")
    assert verify(trail.folder, state).verdict == "forked"


def test_a_checkpoint_held_elsewhere_is_compared(trail, state, tmp_path):
    held = (trail.folder / "seal" / "checkpoint").read_bytes()
    trail.open_day(3, 4)
    trail.write().seal()
    report = verify(trail.folder, state, against=held)
    assert report.intact
    newer = (trail.folder / "seal" / "checkpoint").read_bytes()
    old = sealed_trail(tmp_path / "old")
    assert verify(old.folder, tmp_path / "x", against=newer).verdict == "rolled-back"
    forged = sealed_trail(tmp_path / "audit2", (4, 5, 4))
    assert verify(forged.folder, tmp_path / "y", against=held).verdict == "forked"
    signed = sealed_trail(tmp_path / "audit3", signers=[OTHER])
    assert verify(signed.folder, tmp_path / "z", against=held).verdict == "other-key"
    with pytest.raises(BadInput, match="cannot be used"):
        verify(trail.folder, state, against=b"no note")


def test_another_trail_at_a_known_place_is_told_and_is_no_verdict(trail, state, monkeypatch):
    assert verify(trail.folder, state).intact
    shutil.rmtree(trail.folder)
    monkeypatch.setattr("tests.store.sealed.ORIGIN", "cxone-audit/other")
    sealed_trail(trail.folder)
    report = verify(trail.folder, state)
    assert report.intact
    assert ORIGIN in next(item.text for item in report.not_proven if item.code == "origin")


def test_a_seal_that_is_gone_where_one_was_seen_is_no_checkpoint(trail, state):
    plain = Trail(trail.folder, {day(5): [rehashed(trail.files[day(0)][1], a=1)]})
    assert verify(trail.folder, state).intact
    shutil.rmtree(trail.folder)
    plain.write()
    assert verify(trail.folder, state).verdict == "no-checkpoint"


def test_damage_below_a_good_checkpoint_does_not_unlearn_it(trail, state):
    trail.files[day(1)][2] = rehashed(trail.files[day(1)][2], priority=99)
    trail.write()
    assert verify(trail.folder, state).verdict == "edited"
    [pin] = PinBook(state).of_origin(ORIGIN)
    assert pin.size == 15


def test_the_larger_checkpoint_stays_and_a_confirmation_is_never_lost(state):
    book = PinBook(state)
    assert book.of_origin(ORIGIN) == ()
    assert not state.exists(), "reading makes nothing"
    book.remember(PIN)
    book.remember(replace(PIN, size=9))
    book.remember(replace(PIN, size=9, confirmed=True))
    [pin] = book.of_origin(ORIGIN)
    assert (pin.size, pin.confirmed) == (15, True)
    book.remember(replace(PIN, size=20))
    assert book.of_origin(ORIGIN) == (replace(PIN, size=20, confirmed=True),)
    book.remember(replace(PIN, key=OTHER.verifier.text))
    assert len(book.of_origin(ORIGIN)) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[" * 100_000,
        b"[]",
        b"{}",
        b"\xff",
        json.dumps({"origin": ORIGIN, "size": -1}).encode(),
        json.dumps(PIN.__dict__ | {"size": True}).encode(),
        json.dumps(PIN.__dict__ | {"root": "xyz"}).encode(),
        json.dumps(PIN.__dict__ | {"confirmed": 1}).encode(),
    ],
)
def test_a_pin_that_cannot_be_read_is_as_if_it_had_never_been(trail, state, content):
    assert verify(trail.folder, state).intact
    [path] = (state / "pins").glob("*.json")
    path.write_bytes(content)
    assert PinBook(state).of_origin(ORIGIN) == ()
    assert verify(trail.folder, state).intact


def test_a_state_folder_that_cannot_be_written_is_told_and_no_failure(trail, tmp_path):
    blocked = tmp_path / "blocked"
    blocked.write_bytes(b"")
    report = verify(trail.folder, blocked)
    assert report.intact
    assert "memory" in [item.code for item in report.not_proven]
    with pytest.raises(EnvironmentProblem):
        PinBook(blocked).remember(PIN)
