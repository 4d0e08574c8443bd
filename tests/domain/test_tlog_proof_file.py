"""One record's proof as a text that a stranger can check."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import Malformed, NotSigned, ProofRefused, SealError
from console.domain.tlog.hashes import leaf_hash, leaf_hashes
from console.domain.tlog.keys import SigningKey, VerifierKey
from console.domain.tlog.proof_file import ProofFile, parse_proof_file
from console.domain.tlog.proofs import LeafNodes, inclusion_proof
from tests.domain.reference_log import ORIGIN, VERIFIER, WORDS, checkpoint_note

KEY = VerifierKey.from_text(VERIFIER)
NODE = LeafNodes(leaf_hashes(WORDS))
HEAD = b"c2sp.org/tlog-proof@v1\n"
NOTE = checkpoint_note(15)


def proof_of(index, size=15, extra=b""):
    return ProofFile(index, tuple(inclusion_proof(index, size, NODE)), checkpoint_note(size), extra)


@pytest.mark.parametrize("index", range(15))
def test_every_word_of_the_reference_log_is_proved_by_a_text(index):
    read = parse_proof_file(proof_of(index).to_bytes())
    opened = read.check(leaf_hash(WORDS[index]), [KEY], ORIGIN)
    assert (read, opened.checkpoint.size) == (proof_of(index), 15)


def test_the_text_has_the_form_of_the_standard():
    # Lines as in the example of C2SP tlog-proof: head, extra, index, hashes, empty line, checkpoint.
    raw = proof_of(1, 3, extra=b"age").to_bytes()
    lines = raw.decode().split("\n")
    assert lines[:3] == ["c2sp.org/tlog-proof@v1", "extra YWdl", "index 1"]
    assert (len(lines[3]), len(lines[4]), lines[5]) == (44, 44, "")
    assert raw.endswith(b"\n\n" + checkpoint_note(3))
    assert parse_proof_file(raw).extra == b"age"


def test_a_tree_of_one_record_needs_no_hashes():
    raw = proof_of(0, 1).to_bytes()
    assert raw == HEAD + b"index 0\n\n" + checkpoint_note(1)
    parse_proof_file(raw).check(leaf_hash(WORDS[0]), [KEY])


def test_another_record_or_place_is_not_proved():
    proof = proof_of(4)
    with pytest.raises(ProofRefused, match="index 4"):
        proof.check(leaf_hash(b"another line"), [KEY])
    moved = ProofFile(5, proof.proof, proof.checkpoint)
    with pytest.raises(ProofRefused):
        moved.check(leaf_hash(WORDS[4]), [KEY])
    older = ProofFile(4, proof.proof, checkpoint_note(14))
    with pytest.raises(ProofRefused):
        older.check(leaf_hash(WORDS[4]), [KEY])


def test_a_proof_under_another_key_or_origin_is_refused():
    stranger = SigningKey(ORIGIN, bytes(32))
    forged = Checkpoint(ORIGIN, 1, leaf_hash(b"forged")).signed([stranger])
    with pytest.raises(NotSigned):
        ProofFile(0, (), forged).check(leaf_hash(b"forged"), [KEY])
    with pytest.raises(NotSigned):
        proof_of(0).check(leaf_hash(WORDS[0]), [KEY], "another.example/log")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        HEAD,
        HEAD + b"index 0\n" + NOTE,
        b"c2sp.org/tlog-proof@v2\nindex 0\n\n" + NOTE,
        b"c2sp.org/tlog-proof@v1\r\nindex 0\r\n\n" + NOTE,
        HEAD + b"\n" + NOTE,
        HEAD + b"extra YWdl\n\n" + NOTE,
        HEAD + b"extra\nindex 0\n\n" + NOTE,
        HEAD + b"extra \nindex 0\n\n" + NOTE,
        HEAD + b"extra YWdm=\nindex 0\n\n" + NOTE,
        HEAD + b"index 0\nextra YWdl\n\n" + NOTE,
        HEAD + b"index 00\n\n" + NOTE,
        HEAD + b"index -1\n\n" + NOTE,
        HEAD + b"index  1\n\n" + NOTE,
        HEAD + b"index 18446744073709551616\n\n" + NOTE,
        HEAD + b"index \xc2\xb2\n\n" + NOTE,
        HEAD + b"index 0\nAAAA\n\n" + NOTE,
        HEAD + b"index 0\n" + b"A" * 43 + b"\n\n" + NOTE,
        HEAD + b"index 0\n" + (b"A" * 43 + b"=\n") * 65 + b"\n" + NOTE,
        HEAD + b"index 0\n\n",
        HEAD + b"index 0\n\n\n" + NOTE,
        HEAD + b"index 0\n\nno checkpoint\n\n" + NOTE.partition(b"\n\n")[2],
        HEAD + b"index 0\n\n" + NOTE + b"more\n",
        b"x" * (3 * 1024 * 1024),
    ],
)
def test_what_is_no_proof_is_refused(raw):
    with pytest.raises(Malformed):
        parse_proof_file(raw)


def test_a_proof_that_could_not_be_read_back_is_not_made():
    for index, hashes in ((-1, ()), (0, (b"short",)), (2**64, ()), (0, (bytes(32),) * 65)):
        with pytest.raises(Malformed):
            ProofFile(index, hashes, NOTE)


@given(st.integers(0, 14), st.integers(0), st.integers(0, 7))
def test_no_bit_of_a_proof_can_be_changed(index, at, bit):
    raw = bytearray(proof_of(index).to_bytes())
    raw[at % len(raw)] ^= 1 << bit
    with pytest.raises(SealError):
        parse_proof_file(bytes(raw)).check(leaf_hash(WORDS[index]), [KEY], ORIGIN)
