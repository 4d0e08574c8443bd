"""Tiles: their names, which are written as a tree grows, and what is in them."""

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.domain.tlog.errors import Malformed, TileMissing
from console.domain.tlog.hashes import full_root, leaf_hash, leaf_hashes
from console.domain.tlog.tiles import (
    Tile,
    TileEdge,
    edge_tiles,
    parse_tile_path,
    read_tile,
    tiles_between,
)
from console.domain.tlog.tree import EMPTY_ROOT, root_of
from tests.domain.reference_log import WORDS


@cache
def many():
    """70,000 leaves: the size that C2SP tlog-tiles counts out."""
    return leaf_hashes(b"%d" % n for n in range(70_000))


def written(sizes):
    """The tiles on disk after an append up to each of `sizes`, by path, and the tree's end."""
    edge, disk = TileEdge(), {}
    for size in sizes:
        for tile, content in edge.append(many()[32 * edge.size : 32 * size]):
            disk[tile.path] = content
    return edge, disk


# Names by the rules of C2SP tlog-tiles; the cases are those of its text and of tessera's api/layout
# (Apache-2.0).
NAMES = [
    (Tile(0, 0), "tile/0/000"),
    (Tile(0, 0, 255), "tile/0/000.p/255"),
    (Tile(1, 0), "tile/1/000"),
    (Tile(0, 1234067), "tile/0/x001/x234/067"),
    (Tile(0, 1234067, 89), "tile/0/x001/x234/067.p/89"),
    (Tile(15, 455667), "tile/15/x455/667"),
    (Tile(15, 123456789, 41), "tile/15/x123/x456/789.p/41"),
    (Tile(63, 999999999999999999, 255), "tile/63/x999/x999/x999/x999/x999/999.p/255"),
]


@pytest.mark.parametrize(("tile", "path"), NAMES)
def test_a_tile_has_the_published_path_and_is_found_by_it(tile, path):
    assert (tile.path, parse_tile_path(path)) == (path, tile)


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/x001/x234/067.p/",
        "tile/0/x001/x234/067.p",
        "tile/0/x001/x234/",
        "tile/0/x001/x234",
        "tile/0/x001/",
        "tile/0/x001",
        "tile/1/x001/.p/abc",
        "tile/64/x001/002",
        "tile/-1/x001/002",
        "tile/abc/x001/002",
        "tile/8/001/002",
        "tile/8/x001/0002",
        "tile/8/x001/-002",
        "tile/8/x001/002.p/256",
        "tile/8/x001/002.p/0",
        "tile/8/x001/002.p/05",
        "tile/08/x001/002",
        "tile/8/x000/002",
        "tile/8/002\n",
        "tile/8/../002",
        "tile/8/00\u0662",
        "tile/entries/000",
        "/tile/8/002",
        "",
    ],
)
def test_what_is_no_path_of_a_tile_is_refused(path):
    with pytest.raises(Malformed):
        parse_tile_path(path)


@pytest.mark.parametrize(
    ("level", "index", "width"), [(-1, 0, 1), (64, 0, 1), (0, -1, 1), (0, 0, 0), (0, 0, 257)]
)
def test_a_tile_that_cannot_be_is_not_made(level, index, width):
    with pytest.raises(Malformed):
        Tile(level, index, width)


@given(st.integers(0, 63), st.integers(0, 10**12), st.integers(1, 256))
def test_every_tile_is_found_by_its_path(level, index, width):
    tile = Tile(level, index, width)
    assert parse_tile_path(tile.path) == tile


def test_the_tiles_of_70000_leaves_are_those_the_standard_counts_out():
    tiles = tiles_between(0, 70_000)
    full = [sum(t.level == level and t.width == 256 for t in tiles) for level in range(3)]
    partial = [(t.level, t.index, t.width) for t in tiles if t.width < 256]
    assert (full, partial) == ([273, 1, 0], [(0, 273, 112), (1, 1, 17), (2, 0, 1)])


def test_256_leaves_are_one_full_tile_and_one_hash_above():
    assert tiles_between(0, 256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert tiles_between(255, 256) == [Tile(0, 0), Tile(1, 0, 1)]
    assert edge_tiles(256) == [Tile(1, 0, 1)]


def test_only_what_changed_is_written():
    assert tiles_between(256, 257) == [Tile(0, 1, 1)]
    assert tiles_between(300, 300) == []
    assert tiles_between(511, 513) == [Tile(0, 1), Tile(0, 2, 1), Tile(1, 0, 2)]
    assert edge_tiles(0) == tiles_between(0, 0) == []


@pytest.mark.parametrize(("old", "new"), [(2, 1), (-1, 1)])
def test_a_tree_does_not_shrink(old, new):
    with pytest.raises(ValueError, match="does not grow"):
        tiles_between(old, new)


def test_the_partial_tiles_of_the_reference_log_hold_the_hashes_of_its_words():
    edge = TileEdge()
    for count, word in enumerate(WORDS, start=1):
        expected = b"".join(leaf_hash(each) for each in WORDS[:count])
        assert edge.append(leaf_hash(word)) == [(Tile(0, 0, count), expected)]
    assert edge.root() == root_of(leaf_hashes(WORDS))


@given(st.lists(st.integers(0, 3000), max_size=6).map(sorted))
def test_the_tiles_do_not_depend_on_how_the_leaves_were_bundled(sizes):
    edge, disk = written(sizes)
    size = sizes[-1] if sizes else 0
    _, at_once = written([size])
    assert (edge.size, edge.root()) == (size, root_of(many()[: 32 * size]))
    assert {path: disk[path] for path in at_once} == at_once


@given(st.integers(0, 3000), st.integers(0, 600))
def test_what_is_written_is_what_was_announced_and_extends_what_it_replaces(old, more):
    edge, disk = written([old])
    pieces = edge.append(many()[32 * old : 32 * (old + more)])
    assert [tile for tile, _ in pieces] == tiles_between(old, old + more)
    before = {tile.full: disk[tile.path] for tile in edge_tiles(old)}
    for tile, content in pieces:
        assert len(content) == 32 * tile.width
        assert content.startswith(before.get(tile.full, b""))


@pytest.mark.parametrize("size", [0, 1, 255, 256, 257, 511, 65535, 65536, 65537, 70_000])
def test_the_end_of_a_tree_is_loaded_from_its_tiles_and_grows_on(size):
    _, disk = written([size])
    edge = TileEdge.load(size, lambda tile: disk.get(tile.path))
    assert (edge.size, edge.root()) == (size, root_of(many()[: 32 * size]))
    again, _ = written([size])
    more = leaf_hashes([b"one", b"more"])
    assert edge.append(more) == again.append(more)
    assert edge.root() == again.root()


def test_each_hash_of_a_higher_tile_stands_for_a_full_tile_below():
    _, disk = written([70_000])
    above = disk["tile/1/000"]
    for index in (0, 100, 255):
        assert above[32 * index : 32 * index + 32] == full_root(disk[f"tile/0/{index:03d}"])


def test_an_empty_tree_has_no_tiles_and_the_root_of_nothing():
    edge = TileEdge.load(0, lambda tile: None)
    assert (edge.size, edge.root(), edge.append(b"")) == (0, EMPTY_ROOT, [])


def test_the_full_tile_or_a_wider_one_stands_in_for_a_partial_one():
    _, disk = written([600])
    wide = {Tile(0, 0): disk["tile/0/000"], Tile(0, 2, 10): disk["tile/0/002.p/88"]}
    assert read_tile(wide.get, Tile(0, 0, 3)) == disk["tile/0/000"][:96]
    assert read_tile(wide.get, Tile(0, 2, 10)) == disk["tile/0/002.p/88"][:320]


@pytest.mark.parametrize("content", [None, b"", bytes(32 * 3 - 1), bytes(32 * 257)])
def test_a_tile_that_is_missing_cut_or_too_long_is_named(content):
    with pytest.raises(TileMissing) as missing:
        read_tile(lambda tile: content, Tile(0, 5, 3))
    assert missing.value.path == "tile/0/005.p/3"
