"""Time stamps of a checkpoint: what a stamper signed is checked before it counts as an anchor."""

import shutil
import subprocess

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st

from console.domain.anchor import Outgoing
from console.domain.errors import BadInput, Refusal
from console.domain.tlog.checkpoint import Checkpoint
from console.store.anchor_stamp import TimeStamps, anchors_of, read_authorities, verified
from tests.store.sealed import KEY, ORIGIN
from tests.store.time_stamper import WHEN, TimeStamper, certified, der, number, oid, sequence

NOTE = Checkpoint(ORIGIN, 3, bytes(32)).signed([KEY])
STAMPER = TimeStamper()


def stamps_of(tmp_path, stamper=STAMPER):
    return TimeStamps(tmp_path, [stamper.root.certificate])


def asked(stamps, stamper):
    """Ask `stamper` for a stamp of the note and check what it says."""
    request = stamps.ask(NOTE)
    return stamps.check(stamper.answer(request.query), NOTE, request.nonce)


def test_a_stamp_that_leads_to_the_named_certificate_says_who_saw_the_note_and_when(tmp_path):
    stamp = asked(stamps_of(tmp_path), STAMPER)
    assert (stamp.at, stamp.authority, stamp.serial) == (WHEN, "CN=Test stamper", 7)
    assert (stamp.policy, stamp.checked) == ("1.2.3.4.1", True)


def test_each_request_has_a_number_of_its_own(tmp_path):
    stamps = stamps_of(tmp_path)
    assert stamps.ask(NOTE).nonce != stamps.ask(NOTE).nonce


@pytest.mark.parametrize(
    ("stamper", "why"),
    [
        (TimeStamper(wrong_nonce=True), "does not repeat our number"),
        (TimeStamper(wrong_digest=True), "of something else than this checkpoint"),
        (TimeStamper(status=2), r"The time stamper refused \(status 2\) not today"),
        (TimeStamper(status=1), r"refused \(status 1\)"),
    ],
)
def test_an_answer_that_is_not_ours_is_refused_whoever_signed_it(tmp_path, stamper, why):
    with pytest.raises(Refusal, match=why):
        asked(stamps_of(tmp_path, stamper), stamper)


def test_a_stamp_of_another_authority_is_refused_even_if_it_brings_its_own_root(tmp_path):
    stranger = TimeStamper()
    stranger.chain = (stranger.signer.certificate, stranger.root.certificate)
    with pytest.raises(Refusal, match="does not lead to a certificate of anchor_tsa_ca"):
        asked(stamps_of(tmp_path, STAMPER), stranger)


@pytest.mark.parametrize("purpose", [None, ExtendedKeyUsageOID.SERVER_AUTH])
def test_a_certificate_that_is_not_for_time_stamping_is_refused(tmp_path, purpose):
    root = certified("Test root")
    stamper = TimeStamper(root, signer=certified("Web server", root, purpose=purpose))
    with pytest.raises(Refusal, match="does not lead"):
        asked(stamps_of(tmp_path, stamper), stamper)


def test_a_stamp_stays_good_after_its_certificate_ended_and_is_none_before_it_began(tmp_path):
    root = certified("Test root")
    signer = certified("Past stamper", root, days=(-100, -50))
    with pytest.raises(Refusal, match="does not lead"):
        asked(stamps_of(tmp_path, TimeStamper(root)), TimeStamper(root, signer=signer))
    within = TimeStamper(root, signer=signer, at=WHEN.replace(month=9))
    assert asked(stamps_of(tmp_path, within), within).checked


@pytest.mark.parametrize("order", [1, -1])
def test_certificates_in_any_order_are_read_as_common_stampers_write_them(tmp_path, order):
    stamper = TimeStamper()
    stamper.chain = (stamper.signer.certificate, stamper.root.certificate)[::order]
    assert asked(stamps_of(tmp_path, stamper), stamper).checked


def test_without_a_named_certificate_digest_and_number_are_checked_and_the_signature_is_not(
    tmp_path,
):
    stamps = TimeStamps(tmp_path)
    assert not asked(stamps, STAMPER).checked
    with pytest.raises(Refusal, match="something else"):
        stamps.check(STAMPER.stamp(b"another note"), NOTE, None)


WHOLE = STAMPER.stamp(NOTE)


def _edited(at, put):
    at %= len(WHOLE)
    return WHOLE[:at] + put + WHOLE[at + len(put) :]


@given(st.binary(max_size=200) | st.builds(_edited, st.integers(0), st.binary(max_size=4)))
def test_no_answer_of_a_hostile_stamper_is_more_than_a_refusal(tmp_path_factory, answer):
    stamps = stamps_of(tmp_path_factory.getbasetemp())
    try:
        stamp = stamps.check(answer, NOTE, None)
    except Refusal:
        return
    assert (stamp.at, stamp.serial) == (WHEN, 7)  # what was edited is no part of what is signed


def test_a_stamp_that_brings_no_certificate_names_nobody_and_proves_nothing(tmp_path):
    bare = TimeStamper(chain=())
    assert asked(TimeStamps(tmp_path), bare).authority == ""
    with pytest.raises(Refusal, match="does not lead"):
        asked(stamps_of(tmp_path, bare), bare)


def test_a_frame_without_anything_in_it_is_no_stamp(tmp_path):
    empty = sequence(sequence(), sequence(oid("1.2.3"), der(0xA0, sequence(number(3)))))
    with pytest.raises(Refusal, match="no time stamp that can be read"):
        stamps_of(tmp_path).check(empty, NOTE, None)


def test_an_answer_far_too_large_is_not_even_read(tmp_path):
    with pytest.raises(Refusal, match="far too large"):
        stamps_of(tmp_path).check(bytes(64 * 1024 + 1), NOTE, None)


def test_stamps_are_kept_beside_the_note_they_are_of_and_none_takes_anothers_place(tmp_path):
    stamps = stamps_of(tmp_path)
    outgoing = Outgoing(NOTE, Checkpoint(ORIGIN, 3, bytes(32)))
    names = [stamps.keep(outgoing, STAMPER.stamp(NOTE)) for _ in range(3)]
    assert names == [f"cxone-audit_3f1c-3{end}.tsr" for end in ("", ".2", ".3")]
    folder = anchors_of(tmp_path)
    [note] = folder.notes()
    assert note.note == NOTE
    assert len(list(folder.stamps(note.path))) == 3
    for path in folder.folder.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0


def test_after_99_stamps_of_one_checkpoint_no_more_are_kept(tmp_path):
    stamps = stamps_of(tmp_path)
    outgoing = Outgoing(NOTE, Checkpoint(ORIGIN, 3, bytes(32)))
    for _ in range(99):
        stamps.keep(outgoing, b"stamp")
    folder = anchors_of(tmp_path)
    assert len(list(folder.stamps(folder.folder / "cxone-audit_3f1c-3.checkpoint"))) == 99
    with pytest.raises(Refusal, match="99 stamps"):
        stamps.keep(outgoing, b"stamp")


def test_of_several_stamps_on_a_disk_the_first_that_holds_counts(tmp_path):
    stamps = stamps_of(tmp_path)
    stranger = TimeStamper().stamp(NOTE)
    stamp, why = verified(stamps, iter([b"", stranger, STAMPER.stamp(NOTE)]), NOTE)
    assert stamp is not None
    assert "does not lead" in why
    assert verified(stamps, iter([stranger]), NOTE)[0] is None


def test_a_file_of_certificates_that_cannot_be_used_is_named(tmp_path):
    file = tmp_path / "ca.pem"
    with pytest.raises(BadInput, match=r"anchor_tsa_ca: .* cannot be read"):
        read_authorities(file)
    file.write_bytes(b"no certificate")
    with pytest.raises(BadInput, match="no certificates in PEM form"):
        read_authorities(file)
    file.write_bytes(STAMPER.ca)
    assert read_authorities(file) == (STAMPER.root.certificate,)
    with file.open("ab") as big:
        big.truncate(8 * 1024 * 1024 + 1)
    with pytest.raises(BadInput, match="far too large"):
        read_authorities(file)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_agrees_with_what_is_kept(tmp_path):
    stamps = stamps_of(tmp_path)
    (tmp_path / "ca.pem").write_bytes(STAMPER.ca)
    outgoing = Outgoing(NOTE, Checkpoint(ORIGIN, 3, bytes(32)))
    file = anchors_of(tmp_path).folder / stamps.keep(outgoing, STAMPER.stamp(NOTE))
    done = subprocess.run(
        ["openssl", "ts", "-verify", "-CAfile", tmp_path / "ca.pem"]  # noqa: RUF005
        + ["-data", file.with_suffix(".checkpoint"), "-in", file],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Verification: OK" in done.stdout, done.stderr
