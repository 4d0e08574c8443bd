"""From one key to the next: only by a record that the trusted key has sealed."""

import pytest

from console.domain.audit import record_line
from console.domain.errors import Refusal
from console.domain.tlog.checkpoint import Checkpoint, parse_checkpoint
from console.domain.tlog.note import parse_note
from console.store import evidence_handover
from console.store.evidence_choice import SealedTrail
from console.store.evidence_handover import named_keys
from console.store.pins import PinBook
from console.store.seal_reading import SealFolder
from console.store.trail_files import find_trail
from console.store.trail_prove import prove
from tests.store.bundles import alone, counted, judged, make_bundle
from tests.store.sealed import KEY, ORIGIN, OTHER, START, sealed_trail, verify


def rotated(tmp_path, records=(4, 600, 4)):
    """A trail that goes on under another key; the checkpoint that both signed is kept."""
    trail = sealed_trail(tmp_path / "trail", records)
    change = {"from": KEY.verifier.text, "to": OTHER.verifier.text, "signedByBoth": True}
    name = max(trail.files)
    trail.files[name].append(record_line(START, "AUDIT_KEY_CHANGED", change))
    size = len(trail.lines)
    trail.write().seal([KEY, OTHER], keep=[size])
    both = (trail.folder / "seal" / f"checkpoint.{size}").read_bytes()
    trail.files[name].append(record_line(START, "CONSOLE_STOPPED", {}))
    trail.write().seal([OTHER], vkeys=[OTHER, KEY])
    (trail.folder / "seal" / f"checkpoint.{size}").write_bytes(both)
    return trail, parse_checkpoint(parse_note(both).text)


def test_the_keys_that_sealed_records_name_are_told_with_tiles_and_without(tmp_path):
    trail, both = rotated(tmp_path)
    _, files = find_trail(trail.folder)
    named = named_keys(files, SealFolder(trail.folder))
    assert named(both) == {OTHER.verifier.text}
    assert named(Checkpoint(ORIGIN, both.size, bytes(32))) == frozenset()
    tile = trail.folder / "seal" / "tile" / "0" / "000"
    tile.write_bytes(bytes(8192))
    assert named(both) == {OTHER.verifier.text}
    for path in sorted((trail.folder / "seal" / "tile").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    assert named(both) == {OTHER.verifier.text}


def test_what_cannot_be_read_hands_over_to_nobody(tmp_path, monkeypatch):
    trail, both = rotated(tmp_path, (4, 4))
    (trail.folder / "workflow_audit_20260101.jsonl").mkdir()
    _, files = find_trail(trail.folder)
    assert named_keys(files, SealFolder(trail.folder))(both) == {OTHER.verifier.text}

    def broken(files):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(evidence_handover, "_changes", broken)
    assert named_keys(files, SealFolder(trail.folder))(both) == frozenset()


def test_a_leaf_counts_where_it_stands_as_one_and_not_across_two():
    leaves = bytes(range(96))
    assert evidence_handover._holds(leaves, leaves[32:64])
    assert not evidence_handover._holds(leaves, leaves[16:48])
    assert not evidence_handover._holds(leaves, bytes(32))


def test_after_a_change_of_keys_records_are_proved_and_handed_out_under_the_old_pin(tmp_path):
    trail, _ = rotated(tmp_path, (4, 4))
    old = sealed_trail(tmp_path / "old", (4, 4))
    state = tmp_path / "state"
    assert verify(old.folder, state, key=KEY.verifier).intact
    pins = PinBook(state)
    assert prove(trail.folder, 3, pins).size == len(trail.lines)
    out = make_bundle(trail.folder, tmp_path / "e.zip", [3], pins)
    assert (judged(out), alone(out)[0]) == (("intact", None), 0)
    assert (judged(out, OTHER.verifier), alone(out, OTHER.verifier.text)[0]) == (
        ("intact", None),
        0,
    )
    for kept in trail.folder.glob("seal/checkpoint.*"):
        kept.unlink()
    with pytest.raises(Refusal, match="another key than the one pinned"):
        SealedTrail(counted(trail.folder), pins)
