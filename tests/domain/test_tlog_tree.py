"""The tree of RFC 6962, against published roots and the definition read literally."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.hashes import (
    block_leaf_hashes,
    count_hashes,
    full_root,
    leaf_hash,
    leaf_hashes,
)
from console.domain.tlog.tree import EMPTY_ROOT, GrowingTree, root_of, span_nodes

# The eight leaves and the roots after each, as in the reference tests of certificate-transparency.
LEAVES = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def root_by_definition(lines):
    """RFC 6962 section 2.1 read literally."""
    if not lines:
        return hashlib.sha256(b"").digest()
    if len(lines) == 1:
        return hashlib.sha256(b"\0" + lines[0]).digest()
    half = 1
    while half * 2 < len(lines):
        half *= 2
    left, right = root_by_definition(lines[:half]), root_by_definition(lines[half:])
    return hashlib.sha256(b"\1" + left + right).digest()


def grown(lines):
    tree = GrowingTree()
    tree.extend(leaf_hashes(lines))
    return tree


def test_the_published_roots_come_out():
    tree = GrowingTree()
    assert tree.root().hex() == ROOTS[0]
    for leaf, root in zip(LEAVES, ROOTS[1:], strict=True):
        tree.add(bytes.fromhex(leaf))
        assert tree.root().hex() == root


@given(st.lists(st.binary(max_size=8), max_size=70))
def test_the_root_is_the_definitions_at_every_size(lines):
    tree = GrowingTree()
    for line in lines:
        tree.add(line)
    assert (tree.size, tree.root()) == (len(lines), root_by_definition(lines))


@given(st.lists(st.lists(st.binary(max_size=4), max_size=40), max_size=8))
def test_the_root_does_not_depend_on_how_the_lines_were_bundled(bundles):
    tree = GrowingTree()
    for bundle in bundles:
        tree.extend(leaf_hashes(bundle))
    lines = [line for bundle in bundles for line in bundle]
    assert (tree.size, tree.root()) == (len(lines), root_by_definition(lines))


@given(st.lists(st.lists(st.binary(max_size=4), max_size=70), max_size=5))
def test_parts_hashed_elsewhere_join_to_the_same_tree(parts):
    tree = GrowingTree()
    for part in parts:
        for level, nodes in span_nodes(tree.size, leaf_hashes(part)):
            tree.extend(nodes, level)
    lines = [line for part in parts for line in part]
    assert (tree.size, tree.root()) == (len(lines), root_by_definition(lines))


@given(st.integers(0, 300))
def test_a_tree_goes_on_from_its_size_and_peaks(size):
    tree = grown([b"%d" % n for n in range(size)])
    again = GrowingTree.restored(tree.size, tree.peaks)
    for each in (tree, again):
        each.add(b"one more")
    assert (again.size, again.peaks, again.root()) == (size + 1, tree.peaks, tree.root())


@pytest.mark.parametrize(("size", "peaks"), [(0, [bytes(32)]), (3, [bytes(32)]), (1, [b"short"])])
def test_peaks_that_cannot_belong_to_a_size_are_refused(size, peaks):
    with pytest.raises(ValueError, match="peaks of 32 bytes"):
        GrowingTree.restored(size, peaks)


def test_a_subtree_is_refused_where_it_cannot_stand():
    tree = grown([b"a"])
    with pytest.raises(ValueError, match="cannot stand at leaf 1"):
        tree.extend(bytes(32), 1)
    assert tree.size == 1


def test_a_row_of_hashes_that_is_cut_is_refused():
    with pytest.raises(ValueError, match="33 bytes"):
        count_hashes(bytes(33))
    with pytest.raises(ValueError, match="31 bytes"):
        GrowingTree().extend(bytes(31))


def test_growing_tells_what_is_new_on_each_level():
    tree = grown([b"a"])
    leaves = leaf_hashes([b"b", b"c", b"d"])
    one, two, three = tree.extend(leaves)
    assert (one, len(two), three) == (leaves, 64, tree.root())


def test_the_last_leaf_of_an_odd_number_is_not_doubled():
    assert root_of(leaf_hashes([b"a", b"b", b"c"])) != root_of(
        leaf_hashes([b"a", b"b", b"c", b"c"])
    )


def test_a_line_cannot_pass_for_a_node():
    leaves = leaf_hashes([b"a", b"b"])
    assert leaf_hash(leaves) != full_root(leaves)


def test_no_lines_have_the_root_of_nothing():
    assert root_of(b"") == EMPTY_ROOT


@given(st.lists(st.binary(max_size=6).filter(lambda line: b"\n" not in line), max_size=20))
def test_a_block_of_a_file_gives_the_leaves_of_its_lines(lines):
    block = b"".join(line + b"\n" for line in lines)
    assert block_leaf_hashes(block) == leaf_hashes(lines)


def test_a_line_without_its_end_is_a_leaf_and_nothing_after_an_end_is_none():
    assert block_leaf_hashes(b"a\n\nb") == leaf_hashes([b"a", b"", b"b"])
    assert block_leaf_hashes(b"a\n") == leaf_hashes([memoryview(b"a")])
    assert block_leaf_hashes(b"") == b""


def test_a_copy_grows_without_changing_what_it_was_copied_from():
    tree = GrowingTree()
    tree.add(b"a")
    before = tree.root()
    tree.copy().add(b"b")
    assert (tree.size, tree.root()) == (1, before)
