"""Inclusion and consistency proofs: published ones, all small trees, and nothing else accepted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.hashes import leaf_hash, leaf_hashes
from console.domain.tlog.proofs import (
    LeafNodes,
    consistency_holds,
    consistency_proof,
    inclusion_holds,
    inclusion_proof,
    root_at,
)
from console.domain.tlog.tree import EMPTY_ROOT, root_of
from tests.domain.test_tlog_tree import LEAVES, ROOTS

# Facts of transparency-dev/merkle (testdata, Apache-2.0), over the same eight leaves and roots. A
# name says which leaves a node spans.
N1 = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
N4 = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
N6 = "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f"
N2_3 = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
N4_5 = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
N6_7 = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
N4_7 = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
INCLUSION = [
    (0, 1, []),
    (0, 8, [N1, N2_3, N4_7]),
    (5, 8, [N4, N6_7, ROOTS[4]]),
    (2, 3, [ROOTS[2]]),
    (1, 5, [ROOTS[1], N2_3, N4]),
]
CONSISTENCY = [
    (1, 1, []),
    (1, 8, [N1, N2_3, N4_7]),
    (6, 8, [N4_5, N6_7, ROOTS[4]]),
    (2, 5, [N2_3, N4]),
    (6, 7, [N4_5, N6, ROOTS[4]]),
]


def hashes(*texts):
    return [bytes.fromhex(text) for text in texts]


ROOT = [bytes.fromhex(root) for root in ROOTS]
LEAF = [leaf_hash(bytes.fromhex(leaf)) for leaf in LEAVES]
NODE = LeafNodes(b"".join(LEAF))


@pytest.fixture(scope="module")
def many():
    """200 leaves, the reader of their nodes, and the root at every size."""
    leaves = leaf_hashes(b"%d" % n for n in range(200))
    return leaves, LeafNodes(leaves), [root_of(leaves[: 32 * n]) for n in range(201)]


def flipped(content: bytes, bit: int) -> bytes:
    at, rest = divmod(bit % (8 * len(content)), 8)
    return content[:at] + bytes([content[at] ^ 1 << rest]) + content[at + 1 :]


def damaged(proof):
    """Every way in which the published tests spoil a proof of the right size."""
    other = bytes(range(32))
    for at in range(len(proof)):
        for bit in (4, 100):
            yield [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
        yield proof[:at] + proof[at + 1 :]
        yield [*proof[:at], proof[at][:31], *proof[at + 1 :]]
    for at in range(len(proof) + 1):
        for extra in (other, b"", proof[0] if proof else other):
            yield [*proof[:at], extra, *proof[at:]]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_the_published_inclusion_proofs_are_made_and_hold(index, size, proof):
    assert inclusion_proof(index, size, NODE) == hashes(*proof)
    assert inclusion_holds(LEAF[index], index, size, hashes(*proof), ROOT[size])


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_a_spoilt_inclusion_proof_does_not_hold(index, size, proof):
    good, leaf, root = hashes(*proof), LEAF[index], ROOT[size]
    for spoilt in damaged(good):
        assert not inclusion_holds(leaf, index, size, spoilt, root)
    for at in {index - 1, index + 1, index ^ 2, size, -1} - {index}:
        assert not inclusion_holds(leaf, at, size, good, root)
    for other in {size * 2, size // 2, 0, -1}:
        assert not inclusion_holds(leaf, index, other, good, root)
    for pair in ((b"", root), (leaf, b""), (b"", b""), (leaf, ROOT[0]), (root[::-1], root)):
        assert not inclusion_holds(pair[0], index, size, good, pair[1])


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_the_published_consistency_proofs_are_made_and_hold(old, new, proof):
    assert consistency_proof(old, new, NODE) == hashes(*proof)
    assert consistency_holds(old, new, ROOT[old], ROOT[new], hashes(*proof))


@pytest.mark.parametrize(("old", "new", "proof"), CONSISTENCY)
def test_a_spoilt_consistency_proof_does_not_hold(old, new, proof):
    good, before, after = hashes(*proof), ROOT[old], ROOT[new]
    for spoilt in damaged(good):
        assert not consistency_holds(old, new, before, after, spoilt)
    for other in {old - 1, old + 1, old ^ 2, new + 1, 0, -1} - {old}:
        assert not consistency_holds(other, new, before, after, good)
    for other in {new * 2, new // 2, 0} - {new}:
        assert not consistency_holds(old, other, before, after, good)
    for one, two in ((ROOT[0], after), (before, ROOT[0]), (b"", after), (before, b"")):
        assert not consistency_holds(old, new, one, two, good)
    if old != new:
        assert not consistency_holds(old, new, after, before, good)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [(0, 0, True), (0, 1, True), (0, 1, False), (1, 0, True), (2, 1, True), (1, 2, True)],
)
def test_nothing_is_proved_by_an_empty_proof_between_different_or_empty_trees(old, new, same):
    assert not consistency_holds(old, new, ROOT[1], ROOT[1] if same else ROOT[2], [])


def test_trees_of_one_size_are_consistent_where_their_roots_are_equal():
    assert consistency_holds(1, 1, ROOT[1], ROOT[1], [])
    assert not consistency_holds(1, 1, ROOT[1], ROOT[2], [])
    assert not consistency_holds(1, 1, ROOT[1], ROOT[1], [ROOT[1]])


def test_a_proof_longer_than_any_tree_is_high_does_not_hold():
    assert not inclusion_holds(LEAF[0], 0, 2**70, [LEAF[0]] * 70, ROOT[1])


def test_every_proof_of_every_small_tree_holds():
    for size in range(1, 9):
        for index in range(size):
            proof = inclusion_proof(index, size, NODE)
            assert inclusion_holds(LEAF[index], index, size, proof, ROOT[size])
            old = index + 1
            proof = consistency_proof(old, size, NODE)
            assert consistency_holds(old, size, ROOT[old], ROOT[size], proof)


@given(st.data())
def test_any_single_change_of_an_inclusion_proof_is_refused(many, data):
    leaves, node, roots = many
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    leaf, proof = leaves[32 * index : 32 * index + 32], inclusion_proof(index, size, node)
    assert inclusion_holds(leaf, index, size, proof, roots[size])
    bit = data.draw(st.integers(0, 255))
    assert not inclusion_holds(flipped(leaf, bit), index, size, proof, roots[size])
    assert not inclusion_holds(leaf, index, size, proof, flipped(roots[size], bit))
    assert not inclusion_holds(leaf, index ^ 1 << bit % 64, size, proof, roots[size])
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        spoilt = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
        assert not inclusion_holds(leaf, index, size, spoilt, roots[size])


@given(st.data())
def test_an_inclusion_proof_holds_for_another_size_only_where_the_path_is_the_same(many, data):
    # A size is not hashed: RFC 6962 signs it beside the root. With another root it never holds.
    leaves, node, roots = many
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(1, 200).filter(lambda each: each != size))
    leaf, proof = leaves[32 * index : 32 * index + 32], inclusion_proof(index, size, node)
    assert not inclusion_holds(leaf, index, other, proof, roots[other])


@given(st.data())
def test_any_single_change_of_a_consistency_proof_is_refused(many, data):
    _, node, roots = many
    new = data.draw(st.integers(1, 200))
    old = data.draw(st.integers(1, new))
    proof = consistency_proof(old, new, node)
    assert consistency_holds(old, new, roots[old], roots[new], proof)
    bit = data.draw(st.integers(0, 255))
    assert not consistency_holds(old, new, flipped(roots[old], bit), roots[new], proof)
    assert not consistency_holds(old, new, roots[old], flipped(roots[new], bit), proof)
    if proof:
        at = data.draw(st.integers(0, len(proof) - 1))
        spoilt = [*proof[:at], flipped(proof[at], bit), *proof[at + 1 :]]
        assert not consistency_holds(old, new, roots[old], roots[new], spoilt)


def test_the_root_at_every_earlier_size_can_be_read(many):
    _, node, roots = many
    assert [root_at(size, node) for size in range(201)] == roots
    assert roots[0] == EMPTY_ROOT


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (4, 4)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index, size):
    with pytest.raises(ValueError, match="there is no leaf"):
        inclusion_proof(index, size, NODE)


@pytest.mark.parametrize(("old", "new"), [(0, 4), (5, 4), (-1, 2)])
def test_no_proof_is_made_from_an_empty_or_a_larger_tree(old, new):
    with pytest.raises(ValueError, match="no provable beginning"):
        consistency_proof(old, new, NODE)
