"""A seal that was tampered with, alone or together with the lines, and what a verdict leaves open."""

import json
import shutil

import pytest

from console.domain.audit import compliance_hash, record_line
from console.domain.tlog.checkpoint import Checkpoint, parse_checkpoint
from console.domain.tlog.hashes import leaf_hash, leaf_hashes
from console.domain.tlog.note import parse_note
from console.domain.tlog.tree import root_of
from tests.store.sealed import (
    KEY,
    ORIGIN,
    OTHER,
    START,
    Trail,
    found,
    rehashed,
    sealed_trail,
    verify,
)
from tests.store.tamperings import D1, D2, D3, edited_payload, rehashed_payload, rewrite


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "audit")


def test_lines_and_tiles_edited_together_are_seen_against_the_signed_root(tmp_path):
    trail = sealed_trail(tmp_path / "audit", (4, 600, 4))
    line = rehashed(trail.files[D2][290], priority=99)
    trail.files[D2][290] = line
    index = 5 + 290
    tile = trail.folder / "seal" / "tile" / "0" / "001"
    content = bytearray(tile.read_bytes())
    content[(index - 256) * 32 : (index - 255) * 32] = leaf_hash(line[:-1])
    tile.write_bytes(content)
    rewrite(trail)
    verdict, place = found(verify(trail.folder, tmp_path / "state"))
    assert verdict == "edited"
    assert place is not None
    assert place[0] == D2
    assert place[1] <= 291 < place[1] + 256


def test_every_tile_made_anew_for_an_edited_line_does_not_help(trail, tmp_path):
    rehashed_payload(trail)
    before = (trail.folder / "seal" / "checkpoint").read_bytes()
    trail.write().seal()
    (trail.folder / "seal" / "checkpoint").write_bytes(before)
    report = verify(trail.folder, tmp_path / "state")
    assert not report.intact
    assert [file.file for file in report.files if file.verdict != "intact"] == [D2]
    assert "tiles" in [item.code for item in report.not_proven]


def test_a_lost_tile_costs_nothing_but_time_and_is_told(tmp_path):
    trail = sealed_trail(tmp_path / "audit", (4, 600, 4))
    (trail.folder / "seal" / "tile" / "0" / "001").unlink()
    assert verify(trail.folder, tmp_path / "state").intact
    report = verify(trail.folder, tmp_path / "state", deep=True)
    assert report.intact
    assert "tiles" in [item.code for item in report.not_proven]


def resigned(trail, key):
    trail.seal([key], keep=())


def test_a_trail_signed_again_by_another_key_is_other_key_once_the_first_was_seen(trail, tmp_path):
    assert verify(trail.folder, tmp_path / "state").intact
    rehashed_payload(trail)
    trail.write()
    resigned(trail, OTHER)
    assert verify(trail.folder, tmp_path / "state").verdict == "other-key"


def test_a_given_key_is_the_only_one_that_counts(trail, tmp_path):
    report = verify(trail.folder, tmp_path / "state", key=KEY.verifier)
    assert (report.intact, report.key_trust) == (True, "given")
    assert "key" not in [item.code for item in report.not_proven]
    report = verify(trail.folder, tmp_path / "other", key=OTHER.verifier)
    assert (report.verdict, report.key_trust) == ("other-key", "given")


def test_without_pin_or_key_the_folders_own_key_is_told_to_be_unconfirmed(trail, tmp_path):
    resigned(trail, OTHER)
    report = verify(trail.folder, tmp_path / "state")
    assert (report.intact, report.key_trust) == (True, "folder")
    assert {"key", "rollback", "key-holder"} <= {item.code for item in report.not_proven}


def seal_file(name, content):
    def spoil(trail):
        path = trail.folder / "seal" / name
        path.unlink()
        if content is not None:
            path.write_bytes(content)

    return spoil


def seal_removed(trail):
    shutil.rmtree(trail.folder / "seal")


def checkpoint_edited(trail):
    path = trail.folder / "seal" / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n15\n", b"\n14\n"))


def signature_stripped(trail):
    path = trail.folder / "seal" / "checkpoint"
    path.write_bytes(path.read_bytes().partition(b"\n\n")[0] + b"\n\n")


@pytest.mark.parametrize(
    ("spoil", "verdict"),
    [
        (seal_removed, "no-checkpoint"),
        (seal_file("checkpoint", None), "no-checkpoint"),
        (seal_file("checkpoint", b""), "no-checkpoint"),
        (seal_file("checkpoint", b"\0" * 5000), "no-checkpoint"),
        (seal_file("checkpoint", b"x" * 3_000_000), "no-checkpoint"),
        (checkpoint_edited, "no-checkpoint"),
        (signature_stripped, "no-checkpoint"),
        (seal_file("vkey", None), "other-key"),
        (seal_file("vkey", b"garbage\n\xff\n" * 1000), "other-key"),
        (seal_file("vkey", OTHER.verifier.text.encode()), "other-key"),
    ],
)
def test_a_seal_that_does_not_count_is_the_verdict(trail, tmp_path, spoil, verdict):
    spoil(trail)
    report = verify(trail.folder, tmp_path / "state")
    assert report.verdict == verdict
    assert report.why
    assert {file.verdict for file in report.files} == {"cannot-know"}
    assert report.to_json()["checkpoint"] is None


def test_an_edit_without_a_checkpoint_is_still_found_where_its_hash_fails(trail, tmp_path):
    seal_removed(trail)
    edited_payload(trail)
    rewrite(trail)
    report = verify(trail.folder, tmp_path / "state")
    assert report.verdict == "no-checkpoint"
    assert [str(file.verdict) for file in report.files] == ["cannot-know", "edited", "cannot-know"]


def test_an_old_checkpoint_beside_newer_lines_makes_them_inserted(trail, tmp_path):
    trail.seal(upto=12)
    for old in trail.folder.glob("seal/checkpoint.*"):
        old.unlink()
    assert found(verify(trail.folder, tmp_path / "state")) == ("inserted", (D3, 3))


def test_a_kept_checkpoint_that_is_larger_tells_of_a_set_back_without_any_pin(trail, tmp_path):
    trail.seal(keep=[15], upto=15)
    trail.seal(upto=12)
    del trail.files[D3][2:]
    rewrite(trail)
    assert verify(trail.folder, tmp_path / "state").verdict == "rolled-back"


@pytest.mark.parametrize("tiles", [True, False])
def test_a_key_that_was_replaced_is_followed_over_the_checkpoint_that_both_signed(tmp_path, tiles):
    trail = sealed_trail(tmp_path / "audit", tiles=tiles)
    assert verify(trail.folder, tmp_path / "state").intact
    change = {"from": KEY.verifier.text, "to": OTHER.verifier.text, "signedByBoth": True}
    trail.files[D3].append(record_line(START, "AUDIT_KEY_CHANGED", change))
    trail.write().seal([KEY, OTHER], keep=[16], tiles=tiles)
    both = (trail.folder / "seal" / "checkpoint.16").read_bytes()
    trail.open_day(3, 4)
    trail.write().seal([OTHER], vkeys=[OTHER, KEY], tiles=tiles)
    (trail.folder / "seal" / "checkpoint.16").write_bytes(both)
    report = verify(trail.folder, tmp_path / "state")
    assert (report.intact, report.key_trust) == (True, "pinned")
    assert verify(trail.folder, tmp_path / "fresh", key=KEY.verifier).intact
    for old in trail.folder.glob("seal/checkpoint.*"):
        old.unlink()
    report = verify(trail.folder, tmp_path / "third", key=KEY.verifier)
    assert report.verdict == "other-key", "the old signature was stripped"


@pytest.mark.parametrize("record", [None, "outside", "changed", "no text", "unreadable"])
def test_a_second_signature_alone_hands_over_to_nobody(trail, tmp_path, record):
    """Whoever finds a checkpoint can sign it too, and seal a forged trail with that key."""
    kept = (trail.folder / "seal" / "checkpoint.10").read_bytes()
    stated = parse_checkpoint(parse_note(kept).text)
    added = stated.signed([OTHER]).partition(b"\n\n")[2]
    change = record_line(START, "AUDIT_KEY_CHANGED", {"to": OTHER.verifier.text})
    if record == "changed":
        trail.files[D1][2] = change
    elif record == "unreadable":
        (trail.folder / "workflow_audit_20260701.jsonl").mkdir()
        trail.files[D1][2] = change[:-9] + b"\n"
    elif record is not None:
        number = {"to": 7} if record == "no text" else {"to": OTHER.verifier.text}
        trail.files[D3].append(record_line(START, "AUDIT_KEY_CHANGED", number))
    trail.files[D3][2] = rehashed(trail.files[D3][2], priority=99)
    trail.write().seal([OTHER], vkeys=[OTHER, KEY])
    (trail.folder / "seal" / "checkpoint.10").write_bytes(kept + added)
    assert verify(trail.folder, tmp_path / "state", key=KEY.verifier).verdict == "other-key"


def test_an_odd_node_doubled_in_the_tree_is_another_tree(tmp_path):
    trail = sealed_trail(tmp_path / "audit", (2,))
    assert len(trail.lines) == 3
    leaves = leaf_hashes(line[:-1] for line in trail.lines)
    doubled = Checkpoint(ORIGIN, 3, root_of(leaves + leaves[-32:]))
    (trail.folder / "seal" / "checkpoint").write_bytes(doubled.signed([KEY]))
    assert not verify(trail.folder, tmp_path / "state").intact


def test_every_hash_is_judged_too_where_one_asks_for_it(tmp_path):
    trail = Trail(tmp_path / "audit")
    trail.open_day(0, 3)
    line = json.loads(trail.files[D1][2])
    line["compliance_hash"] = compliance_hash({})
    trail.files[D1][2] = json.dumps(line).encode() + b"\n"
    trail.open_day(1, 3)
    trail.write().seal()
    assert verify(trail.folder, tmp_path / "state").intact
    report = verify(trail.folder, tmp_path / "state", deep=True)
    assert found(report) == ("edited", (D1, 3))
    assert "Sealed as it stands" in report.summary
