"""A tree read from its tiles: proofs, earlier roots, and where lines differ from what was sealed."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.errors import TileDamaged, TileMissing
from console.domain.tlog.hashes import leaf_hash
from console.domain.tlog.proofs import LeafNodes, consistency_holds, inclusion_holds
from console.domain.tlog.tiled_tree import Difference, TiledTree, first_difference
from console.domain.tlog.tree import EMPTY_ROOT, root_of
from tests.domain.test_tlog_tiles import many, written

SIZES = [1, 2, 3, 255, 256, 257, 600, 65535, 65536, 66_000, 70_000]
WRONG = leaf_hash(b"another line")


@cache
def root(size):
    return root_of(many()[: 32 * size])


@cache
def disk(size):
    return written([size])[1]


def tree_of(size, changes=()):
    tiles = disk(size) | dict(changes)
    return TiledTree(size, root(size), lambda tile: tiles.get(tile.path))


def leaves_of(size, **changed):
    leaves = bytearray(many()[: 32 * size])
    for at, leaf in changed.items():
        leaves[32 * int(at[1:]) : 32 * int(at[1:]) + 32] = leaf
    return bytes(leaves)


def trouble_at(size, changes, leaves):
    """First and end of what cannot be told apart, and the tile that would tell."""
    found = first_difference(tree_of(size, changes), leaves)
    assert found is not None
    assert found.trouble is not None
    return (found.first, found.end, found.trouble.path)


def with_hash(tile, at, value):
    return tile[: 32 * at] + value + tile[32 * at + 32 :]


@given(st.sampled_from(SIZES), st.data())
def test_inclusion_proofs_made_from_tiles_hold(size, data):
    index = data.draw(st.integers(0, size - 1))
    tree = tree_of(size)
    leaf = many()[32 * index : 32 * index + 32]
    assert tree.leaf(index) == leaf
    assert inclusion_holds(leaf, index, size, tree.inclusion(index), root(size))


@given(st.sampled_from(SIZES), st.data())
def test_consistency_proofs_and_earlier_roots_made_from_tiles_hold(size, data):
    old = data.draw(st.sampled_from([each for each in SIZES if each <= size]))
    tree = tree_of(size)
    assert tree.root_at(old) == root(old)
    assert consistency_holds(old, size, root(old), root(size), tree.consistency(old))


def test_nodes_from_tiles_are_those_over_the_leaves():
    size = 600
    tree, node = tree_of(size), LeafNodes(many()[: 32 * size])
    for level in range(10):
        for index in range(size >> level):
            assert tree.node(level, index) == node(level, index)


def test_an_empty_tree_is_read_without_tiles():
    tree = TiledTree(0, EMPTY_ROOT, lambda tile: None)
    assert (tree.root_at(0), first_difference(tree, b"")) == (EMPTY_ROOT, None)
    assert first_difference(tree, WRONG) == Difference(0, 1)
    with pytest.raises(TileDamaged):
        TiledTree(0, bytes(32), lambda tile: None)


@pytest.mark.parametrize(("level", "index"), [(0, 3), (1, 1), (2, 0)])
def test_a_tile_beyond_the_tree_is_not_asked_for(level, index):
    with pytest.raises(ValueError, match=f"no tile {index} on level {level}"):
        tree_of(600).tile(level, index)


def test_tiles_at_the_end_that_do_not_lead_to_the_root_are_refused_at_once():
    spoilt = with_hash(disk(600)["tile/0/002.p/88"], 5, WRONG)
    with pytest.raises(TileDamaged) as damaged:
        tree_of(600, {"tile/0/002.p/88": spoilt})
    assert damaged.value.path == "tile/0/002.p/88"
    with pytest.raises(TileMissing):
        tree_of(600, {"tile/1/000.p/2": None})


def test_a_full_tile_that_does_not_lead_to_the_root_is_refused_when_it_is_read():
    tree = tree_of(600, {"tile/0/001": with_hash(disk(600)["tile/0/001"], 7, WRONG)})
    assert tree.leaf(3) == many()[96:128]
    with pytest.raises(TileDamaged) as damaged:
        tree.leaf(400)
    assert damaged.value.path == "tile/0/001"


def test_a_tile_of_lines_is_read_once_for_many_proofs():
    asked = []

    def read(tile):
        asked.append(tile.path)
        return disk(70_000).get(tile.path)

    tree = TiledTree(70_000, root(70_000), read)
    for index in range(1000, 1010):
        tree.inclusion(index)
    assert asked.count("tile/0/003") == asked.count("tile/1/000") == 1


@pytest.mark.parametrize("size", SIZES)
def test_the_lines_that_were_sealed_show_no_difference(size):
    assert first_difference(tree_of(size), leaves_of(size)) is None


@pytest.mark.parametrize("size", SIZES)
def test_the_first_changed_line_is_found(size):
    for at in {0, size // 2, size - 1, min(300, size - 1)}:
        leaves = leaves_of(size, **{f"n{at}": WRONG, f"n{size - 1}": WRONG})
        assert first_difference(tree_of(size), leaves) == Difference(at, at + 1)


def test_missing_and_added_lines_are_found_where_they_stand():
    tree, leaves = tree_of(66_000), leaves_of(66_000)
    assert first_difference(tree, leaves[: 32 * 500] + leaves[32 * 501 :]) == Difference(500, 501)
    added = leaves[: 32 * 500] + WRONG + leaves[32 * 500 :]
    assert first_difference(tree, added) == Difference(500, 501)


@pytest.mark.parametrize("kept", [0, 1, 255, 256, 65_536, 65_999])
def test_a_cut_tail_differs_where_the_lines_end(kept):
    found = first_difference(tree_of(66_000), leaves_of(kept))
    assert found == Difference(kept, kept + 1)


def test_lines_after_the_end_differ_there():
    found = first_difference(tree_of(257), leaves_of(600))
    assert found == Difference(257, 258)


def test_a_line_changed_together_with_its_tile_is_still_found_to_its_tile():
    changed = {"tile/0/001": with_hash(disk(66_000)["tile/0/001"], 7, WRONG)}
    leaves = leaves_of(66_000, n263=WRONG, n60000=WRONG)
    assert trouble_at(66_000, changed, leaves) == (256, 512, "tile/0/001")


def test_without_lower_tiles_the_upper_ones_still_narrow_it_down():
    leaves = leaves_of(70_000, n263=WRONG)
    gone = {"tile/0/001": None}
    assert trouble_at(70_000, gone, leaves) == (256, 512, "tile/0/001")
    gone["tile/1/000"] = None
    assert trouble_at(70_000, gone, leaves) == (0, 65_536, "tile/1/000")


@given(st.data())
def test_any_change_is_found_at_its_first_line(data):
    size = 600
    at = data.draw(st.integers(0, size - 1))
    later = data.draw(st.lists(st.integers(at, size - 1), max_size=3))
    leaves = leaves_of(size, **{f"n{each}": WRONG for each in (at, *later)})
    assert first_difference(tree_of(size), leaves) == Difference(at, at + 1)
