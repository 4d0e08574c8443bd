"""What checkpoints that stand elsewhere change in a verdict, and what it says about them."""

import os
import shutil
from datetime import UTC, datetime
from typing import Any

import pytest

from console.domain.anchor import Outgoing
from console.domain.anchor_words import Witness
from console.domain.errors import BadInput
from console.domain.tlog.checkpoint import Checkpoint, open_checkpoint
from console.domain.tlog.errors import TileMissing
from console.domain.tlog.keys import SigningKey
from console.store import seal_report, trail_verify
from console.store.anchor_agreed import Agreed
from console.store.anchor_folder import AnchorFolder
from console.store.anchor_reading import AnchorPlaces, given_folder, given_stamp
from console.store.anchor_stamp import TimeStamps, anchors_of
from console.store.pins import PinBook
from console.store.trail_verify import Demands, Memory, TrailVerifier
from tests.store.sealed import KEY, ORIGIN, OTHER, sealed_trail
from tests.store.time_stamper import TimeStamper

STAMPER = TimeStamper()


@pytest.fixture
def witness(tmp_path):
    (tmp_path / "witness").mkdir()
    return AnchorFolder(tmp_path / "witness")


@pytest.fixture
def trail(tmp_path):
    return sealed_trail(tmp_path / "trail")


def checkpoint_of(trail, name="checkpoint", keys=(KEY,)):
    note = (trail.folder / "seal" / name).read_bytes()
    states = open_checkpoint(note, [key.verifier for key in keys]).checkpoint
    return Outgoing(note, states)


def verify(trail, places, tmp_path=None, **demands):
    pins = None if tmp_path is None else PinBook(tmp_path / "state")
    return TrailVerifier(trail.folder, Memory(pins, None, places), Demands(**demands)).run()


def text(report, code):
    return " ".join(one.text for one in report.not_proven if one.code == code)


def grown(tmp_path, number=3):
    """The same trail, a day longer."""
    return sealed_trail(tmp_path / "grown", (4, 4, 4, 4)[: number + 1])


def test_without_any_anchor_the_verdict_says_that_everything_could_be_rewritten(trail):
    report = verify(trail, AnchorPlaces())
    assert report.intact
    assert report.anchored == "Never anchored outside, as far as is known here."
    assert "any of the 15 records. Never anchored outside" in text(report, "key-holder")


def test_an_anchor_says_since_when_and_which_records_nobody_outside_covers(trail, witness):
    name = witness.put(checkpoint_of(trail, "checkpoint.10"))
    at = datetime(2026, 6, 2, 12, tzinfo=UTC).timestamp()
    os.utime(witness.folder / name, (at, at))
    report = verify(trail, AnchorPlaces(witness.folder))
    assert report.intact
    assert "on 2026-06-02 at 12:00 UTC: its first 10 records (the folder " in report.anchored
    assert "the last 5 records, from number 10 on" in text(report, "key-holder")
    witness.put(checkpoint_of(trail))
    report = verify(trail, AnchorPlaces(witness.folder))
    assert "covers every record" in text(report, "key-holder")


def test_files_and_checkpoint_set_back_together_are_seen_by_the_anchor_alone(tmp_path, witness):
    witness.put(checkpoint_of(grown(tmp_path)))
    shorter = sealed_trail(tmp_path / "trail")
    assert verify(shorter, AnchorPlaces()).intact
    report = verify(shorter, AnchorPlaces(witness.folder))
    assert str(report.verdict) == "rolled-back"
    assert "fewer than the 20 the folder" in report.summary
    assert "its first 20 records" in report.anchored


def test_what_the_holder_of_the_key_rewrote_and_signed_again_is_forked(trail, witness, tmp_path):
    witness.put(checkpoint_of(trail, "checkpoint.10"))
    rewritten = sealed_trail(tmp_path / "rewritten", (3, 5, 4))
    assert verify(rewritten, AnchorPlaces()).intact
    report = verify(rewritten, AnchorPlaces(witness.folder))
    assert str(report.verdict) == "forked"
    assert "its first 10 records are not the ones the folder" in report.summary
    assert "any of the 15 records" in text(report, "key-holder")


def test_checkpoints_of_other_trails_in_the_folder_are_no_matter(trail, witness):
    other = SigningKey("cxone-audit/other", bytes(32))
    states = Checkpoint("cxone-audit/other", 99, bytes(32))
    witness.put(Outgoing(states.signed([other]), states))
    (witness.folder / "junk-7.checkpoint").write_bytes(b"\x00" * 900)
    report = verify(trail, AnchorPlaces(witness.folder))
    assert report.intact
    assert text(report, "anchors") == ""


def test_an_anchor_that_another_key_signed_is_left_out_and_told(trail, witness):
    states = Checkpoint(ORIGIN, 99, bytes(32))
    witness.put(Outgoing(states.signed([OTHER]), states))
    report = verify(trail, AnchorPlaces(witness.folder))
    assert report.intact
    assert "1 checkpoint of this very trail bear the signature of a key" in text(report, "anchors")


def test_a_folder_that_is_gone_and_settings_that_cannot_be_used_are_told(trail, tmp_path):
    report = verify(trail, AnchorPlaces(tmp_path / "unmounted"))
    assert report.intact
    assert "unmounted is not there" in text(report, "anchors")
    assert "no whole path" in text(verify(trail, AnchorPlaces(trouble="no whole path")), "anchors")


def test_in_a_growing_trail_each_anchor_is_compared_once_and_a_fork_is_still_seen(
    tmp_path, witness, monkeypatch
):
    memory = Memory(None, None, AnchorPlaces(witness.folder))
    compared = []
    real = seal_report.compared

    def counted(checkpoint, held, leaves):
        compared.append(sum("folder" in said for _, _, said in held))
        return real(checkpoint, held, leaves)

    def judged(trail):
        return str(TrailVerifier(trail.folder, memory).run().verdict)

    monkeypatch.setattr(trail_verify, "compared", counted)
    trail = sealed_trail(tmp_path / "trail")
    for name in ("checkpoint.5", "checkpoint.10"):
        witness.put(checkpoint_of(trail, name))
    longer = grown(tmp_path)
    verdicts = [judged(trail), judged(trail), judged(longer)]
    witness.put(checkpoint_of(longer, "checkpoint.15"))
    verdicts.append(judged(longer))
    assert (verdicts, compared) == (["intact"] * 4, [2, 0, 0, 1])
    assert judged(sealed_trail(tmp_path / "rewritten", (3, 5, 4))) == "forked"
    assert judged(sealed_trail(tmp_path / "shorter", (4, 4))) == "rolled-back"
    rewritten = sealed_trail(tmp_path / "again", (3, 5, 4, 4))
    assert judged(rewritten) == "forked"
    assert compared[-3:] == [3, 3, 3]
    shutil.rmtree(rewritten.folder / "seal" / "tile")
    assert judged(rewritten) == "forked"


# --- time stamps ---------------------------------------------------------------------------------


def authorities(tmp_path, content=STAMPER.ca):
    file = tmp_path / "ca.pem"
    file.write_bytes(content)
    return file


def stamped(trail, name="checkpoint.10", stamper=STAMPER):
    outgoing = checkpoint_of(trail, name)
    TimeStamps(trail.folder).keep(outgoing, stamper.stamp(outgoing.note))


def test_a_time_stamp_beside_the_seal_is_an_anchor_whose_time_somebody_else_signed(trail, tmp_path):
    stamped(trail)
    report = verify(trail, AnchorPlaces(None, authorities(tmp_path)))
    assert report.anchored == (
        "Last anchored outside on 2026-11-23 at 10:30 UTC: its first 10 records"
        " (a time stamp by CN=Test stamper)."
    )
    assert text(report, "time-stamp") == ""
    assert "from number 10 on" in text(report, "key-holder")


def test_a_time_stamp_whose_signer_nobody_named_is_no_anchor_and_told(trail):
    stamped(trail)
    report = verify(trail, AnchorPlaces())
    assert report.anchored.startswith("Never")
    assert "were not checked, because no certificates" in text(report, "time-stamp")


def test_of_stamps_the_furthest_that_holds_counts(trail, tmp_path):
    stamped(trail)
    stamped(trail, "checkpoint", TimeStamper())
    report = verify(trail, AnchorPlaces(None, authorities(tmp_path)))
    assert "its first 10 records" in report.anchored


def test_a_stamp_of_a_stranger_is_no_anchor(trail, tmp_path):
    stamped(trail, stamper=TimeStamper())
    report = verify(trail, AnchorPlaces(None, authorities(tmp_path)))
    assert report.anchored.startswith("Never")
    assert "without one that holds (The time stamp's signature" in text(report, "time-stamp")


def test_certificates_that_cannot_be_read_are_told(trail, tmp_path):
    stamped(trail)
    report = verify(trail, AnchorPlaces(None, authorities(tmp_path, b"none")))
    assert "holds no certificates" in text(report, "anchors")


def test_a_note_kept_for_its_stamp_is_compared_even_where_the_stamp_is_gone(tmp_path):
    longer, shorter = grown(tmp_path), sealed_trail(tmp_path / "trail")
    stamped(longer, "checkpoint")
    shutil.copytree(anchors_of(longer.folder).folder, anchors_of(shorter.folder).folder)
    for stamp in anchors_of(shorter.folder).folder.glob("*.tsr"):
        stamp.unlink()
    report = verify(shorter, AnchorPlaces())
    assert str(report.verdict) == "rolled-back"
    assert "a checkpoint kept for its stamp states" in report.summary


# --- --against a folder --------------------------------------------------------------------------


def test_a_whole_folder_can_be_given_to_compare_with(tmp_path, witness):
    witness.put(checkpoint_of(grown(tmp_path)))
    shorter = sealed_trail(tmp_path / "trail")
    report = verify(shorter, AnchorPlaces(), against=given_folder(witness.folder))
    assert str(report.verdict) == "rolled-back"
    longer = verify(grown(tmp_path, 3), AnchorPlaces(), against=given_folder(witness.folder))
    assert longer.intact
    assert "its first 20 records (the checkpoint cxone-audit_3f1c-20.checkpoint given)" in (
        longer.anchored
    )


def test_stamps_in_a_given_folder_say_when_it_was_seen(trail, tmp_path):
    stamped(trail)
    shutil.move(anchors_of(trail.folder).folder, tmp_path / "kept")
    places = AnchorPlaces(None, authorities(tmp_path))
    report = verify(trail, places, against=given_folder(tmp_path / "kept"))
    assert "2026-11-23 at 10:30 UTC: its first 10 records (a time stamp by" in report.anchored
    report = verify(trail, AnchorPlaces(), against=given_folder(tmp_path / "kept"))
    assert "(the checkpoint cxone-audit_3f1c-10.checkpoint given)" in report.anchored


def test_a_time_stamp_can_be_given_with_the_checkpoint_beside_it(trail, tmp_path):
    stamped(trail)
    stamped(trail)
    places = AnchorPlaces(None, authorities(tmp_path))
    folder = anchors_of(trail.folder).folder
    for name in ("cxone-audit_3f1c-10.tsr", "cxone-audit_3f1c-10.2.tsr"):
        report = verify(trail, places, against=given_stamp(folder / name, places))
        assert "(a time stamp by CN=Test stamper)" in report.anchored
    with pytest.raises(BadInput, match="anchor_tsa_ca"):
        given_stamp(folder / "cxone-audit_3f1c-10.tsr", AnchorPlaces())
    (folder / "cxone-audit_3f1c-10.3.tsr").write_bytes(TimeStamper().stamp(b"x"))
    with pytest.raises(BadInput, match="cannot be used: The time stamp is of something else"):
        given_stamp(folder / "cxone-audit_3f1c-10.3.tsr", places)
    with pytest.raises(BadInput, match=r"-9\.checkpoint cannot be read"):
        given_stamp(folder / "cxone-audit_3f1c-9.tsr", places)
    with pytest.raises(BadInput, match=r"-10\.4\.tsr cannot be read"):
        given_stamp(folder / "cxone-audit_3f1c-10.4.tsr", places)


def test_another_copys_seal_can_be_given(trail, tmp_path):
    given = given_folder(trail.folder / "seal")
    longer = grown(tmp_path)
    assert verify(longer, AnchorPlaces(), against=given).intact


def test_a_given_folder_without_a_checkpoint_of_this_trail_is_refused(trail, witness, tmp_path):
    with pytest.raises(BadInput, match="There is no checkpoint in"):
        given_folder(witness.folder)
    (witness.folder / "junk-7.checkpoint").write_bytes(b"junk")
    with pytest.raises(BadInput, match="None of the checkpoints given is of this trail"):
        verify(trail, AnchorPlaces(), against=given_folder(witness.folder))
    states = Checkpoint(ORIGIN, 99, bytes(32))
    witness.put(Outgoing(states.signed([OTHER]), states))
    report = verify(trail, AnchorPlaces(), against=given_folder(witness.folder))
    assert str(report.verdict) == "other-key"


def test_a_given_checkpoint_is_an_anchor_without_a_time(trail):
    note = checkpoint_of(trail, "checkpoint.10").note
    report = verify(trail, AnchorPlaces(), against=note)
    assert report.anchored == (
        "Last anchored outside: its first 10 records (the checkpoint given)."
    )


def test_where_tiles_are_lost_nothing_counts_as_compared_before():
    class Lost:
        def root_at(self, size):
            raise TileMissing("gone", "tile/0/000")

    lost: Any = Lost()
    agreed, states = Agreed(), Checkpoint(ORIGIN, 3, bytes(32))
    one = Witness(2, bytes(32), "there")
    agreed.keep(states, [one])
    assert agreed.left(states, [one], lost) == [one]
    assert agreed.left(states, [one], None) == [one]
