"""The file handed out against published vectors: Ed25519 of RFC 8032, and keys that prove nothing."""

import base64
import hashlib
import random

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from console.domain import evidence
from console.domain.tlog.errors import ProofRefused
from console.domain.tlog.hashes import leaf_hashes
from console.domain.tlog.proofs import LeafNodes, consistency_proof, inclusion_proof, root_at
from tests.store.bundles import ALONE

# RFC 8032, section 7.1: public key, message, signature.
RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
]
P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
]
NOT_CANONICAL = [
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # y = p, the same as 0
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",  # y = p + 1
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0100000000000000000000000000000000000000000000000000000000000080",  # x = 0 with a sign
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize(("public", "message", "signature"), RFC_8032)
def test_the_signatures_of_the_rfc_hold_and_none_of_their_changes(public, message, signature):
    key, text, signed = map(bytes.fromhex, (public, message, signature))
    assert ALONE.ed25519_holds(key, text, signed)
    for at in range(0, 64, 7):
        changed = bytearray(signed)
        changed[at] ^= 1
        assert not ALONE.ed25519_holds(key, text, bytes(changed))
    assert not ALONE.ed25519_holds(key, text + b"x", signed)
    assert not ALONE.ed25519_holds(key, text, signed[:-1])
    assert not ALONE.ed25519_holds(key[:-1], text, signed)


def test_a_signature_has_one_form_only():
    key, text, signed = (bytes.fromhex(part) for part in RFC_8032[1])
    s = int.from_bytes(signed[32:], "little")
    for more in (L, 2 * L, 4 * L):
        again = signed[:32] + (s + more).to_bytes(32, "little")
        assert not ALONE.ed25519_holds(key, text, again)


@pytest.mark.parametrize("public", SMALL_ORDER + NOT_CANONICAL)
def test_a_key_under_which_anybody_can_sign_is_refused(public):
    """With such a key R = [S]B holds for any text at one in eight tries or always."""
    key = bytes.fromhex(public)
    identity = (1).to_bytes(32, "little")
    for number in range(16):
        assert not ALONE.ed25519_holds(key, bytes([number]), identity + bytes(32))


def test_an_r_that_is_no_point_or_of_another_form_is_refused():
    private = Ed25519PrivateKey.from_private_bytes(bytes(32))
    key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    signed = private.sign(b"x")
    for r in (*NOT_CANONICAL, *SMALL_ORDER, "02" + "00" * 31):
        assert not ALONE.ed25519_holds(key, b"x", bytes.fromhex(r) + signed[32:])


def test_it_agrees_with_another_implementation_on_signatures_of_all_kinds():
    chance = random.Random(8032)
    for number in range(30):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        key = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        text = chance.randbytes(number * 7)
        assert ALONE.ed25519_holds(key, text, private.sign(text))
        assert not ALONE.ed25519_holds(key, text + b"\0", private.sign(text))


def test_the_example_note_of_go_is_read_and_its_signature_holds():
    """From golang.org/x/mod/sumdb/note: its documented key and text."""
    key = ALONE.Key("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = (
        b"If you think cryptography is the answer to your problem,\n"
        b"then you don't know what your problem is.\n"
    )
    signature = base64.b64decode(
        "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    )
    assert signature[:4] == key.id
    assert ALONE.ed25519_holds(key.public, text, signature[4:])


def test_its_trees_and_proofs_are_those_of_the_console():
    leaves = leaf_hashes(b"line %d" % number for number in range(70))
    node = LeafNodes(leaves)
    single = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    for size in range(1, 70):
        root = root_at(size, node)
        for index in range(size):
            proof = inclusion_proof(index, size, node)
            assert ALONE.included(single[index], index, size, proof, root)
            assert not ALONE.included(single[index], index, size, [*proof, bytes(32)], root)
            if proof:
                assert not ALONE.included(single[index], index, size, proof[:-1], root)
        for old in range(1, size + 1):
            proof = consistency_proof(old, size, node)
            before = root_at(old, node)
            assert ALONE.grew(old, before, size, root, proof)
            assert not ALONE.grew(old, before, size, root, [*proof, bytes(32)])
            assert not ALONE.grew(old, bytes(32), size, root, proof)
    assert not ALONE.included(single[0], 5, 5, [], single[0])
    assert not ALONE.grew(0, bytes(32), 5, root_at(5, node), [])
    assert not ALONE.grew(6, bytes(32), 5, root_at(5, node), [])


def test_one_shared_proof_leads_every_choice_of_leaves_to_the_root():
    chance = random.Random(6962)
    leaves = leaf_hashes(b"line %d" % number for number in range(41))
    node = LeafNodes(leaves)
    single = [leaves[at : at + 32] for at in range(0, len(leaves), 32)]
    for size in range(1, 42):
        root = root_at(size, node)
        for _ in range(12):
            chosen = sorted(chance.sample(range(size), chance.randint(1, size)))
            proof = b"".join(evidence.shared_proof(chosen, size, node))
            hashes = [single[index] for index in chosen]
            assert evidence.shared_root(chosen, hashes.__getitem__, size, proof) == root
            assert ALONE.shared_root(chosen, hashes, size, proof) == root
            if len(chosen) == 1:
                assert proof == b"".join(reversed_order(chosen[0], size, node))
            wrong = [bytes(32), *hashes[1:]]
            assert evidence.shared_root(chosen, wrong.__getitem__, size, proof) != root
            with pytest.raises(ProofRefused):
                evidence.shared_root(chosen, hashes.__getitem__, size, proof + bytes(32))
            assert ALONE.shared_root(chosen, hashes, size, proof + bytes(32)) is None
            if proof:
                with pytest.raises(ProofRefused):
                    evidence.shared_root(chosen, hashes.__getitem__, size, proof[:-32])
                with pytest.raises(ProofRefused, match="no row"):
                    evidence.shared_root(chosen, hashes.__getitem__, size, proof[:-1])
                assert ALONE.shared_root(chosen, hashes, size, proof[:-32]) is None
    with pytest.raises(ProofRefused, match="outside"):
        evidence.shared_root([5], single.__getitem__, 5, b"")


def reversed_order(index, size, node):
    """The hashes of an inclusion proof from left to right, as a shared proof has them."""
    proof = inclusion_proof(index, size, node)
    left: list[bytes] = []
    right: list[bytes] = []
    first, last = index, size - 1
    for sibling in proof:
        if first & 1 or first == last:
            left.insert(0, sibling)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            right.append(sibling)
        first, last = first >> 1, last >> 1
    return left + right
