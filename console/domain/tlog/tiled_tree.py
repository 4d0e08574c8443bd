"""A tree read from its tiles, every hash checked against the signed root before it is used."""

from __future__ import annotations

from dataclasses import dataclass

from console.domain.tlog.errors import TileDamaged, TileTrouble
from console.domain.tlog.hashes import HASH_SIZE, count_hashes, full_root, hash_at, parents
from console.domain.tlog.proofs import consistency_proof, inclusion_proof, root_at
from console.domain.tlog.tiles import (
    HEIGHT,
    WIDTH,
    Tile,
    TileEdge,
    TileReader,
    edge_tiles,
    read_tile,
)


class TiledTree:
    """The tree of `size` leaves under `root`, read tile by tile through `read`.

    Whoever may write lines may write tiles too, so a tile counts for nothing until it leads to the
    root: the partial tiles together do at once, here; a full one by its hash in the tile above.
    Raises TileMissing or TileDamaged, here and in every method that reads.
    """

    def __init__(self, size: int, root: bytes, read: TileReader) -> None:
        self.size = size
        self.root = root
        self._read = read
        edge = edge_tiles(size)
        held = {tile.full: read_tile(read, tile) for tile in edge}
        if TileEdge.load(size, lambda tile: held.get(tile.full)).root() != root:
            path = edge[0].path if edge else ""
            raise TileDamaged("The tiles at the end do not lead to the signed root.", path)
        self._tiles = held
        self._leaves: tuple[int, bytes] = (-1, b"")  # the last tile of level 0

    def tile(self, level: int, index: int) -> bytes:
        """Return the hashes of a tile in a row, 256 or, at the tree's end, fewer."""
        tile = Tile(level, index)
        held = self._tiles.get(tile)
        if held is not None:
            return held
        if level == 0 and self._leaves[0] == index:
            return self._leaves[1]
        if (index + 1) << HEIGHT * (level + 1) > self.size:
            raise ValueError(f"a tree of {self.size} leaves has no tile {index} on level {level}")
        content = read_tile(self._read, tile)
        if full_root(content) != hash_at(self.tile(level + 1, index // WIDTH), index % WIDTH):
            raise TileDamaged(f"The tile {tile.path} does not lead to the root.", tile.path)
        if level:
            self._tiles[tile] = content
        else:
            self._leaves = (index, content)
        return content

    def node(self, level: int, index: int) -> bytes:
        """Return the root of the full subtree number `index` of 2**`level` leaves (a NodeReader)."""
        tile_level, height = divmod(level, HEIGHT)
        first = index << height
        hashes = self.tile(tile_level, first // WIDTH)
        at = first % WIDTH * HASH_SIZE
        return full_root(hashes[at : at + (HASH_SIZE << height)])

    def leaf(self, index: int) -> bytes:
        """Return the sealed leaf hash of record `index`."""
        return self.node(0, index)

    def inclusion(self, index: int) -> list[bytes]:
        """Return the proof that leaf `index` is in this tree."""
        return inclusion_proof(index, self.size, self.node)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that the tree of `old` leaves is the beginning of this one."""
        return consistency_proof(old, self.size, self.node)

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had at `size` leaves, at most its own."""
        return root_at(size, self.node)


@dataclass(frozen=True)
class Difference:
    """The first leaf that is not as sealed is among leaves `first` to `end` (not included).

    They are more than one only where the tiles that would tell which one do not lead to the root;
    `trouble` then says so, and all of these leaves may be as sealed if others come short behind
    them. Where `first` is the length of the shorter side, a leaf is missing or was added there.
    """

    first: int
    end: int
    trouble: TileTrouble | None = None


def first_difference(tree: TiledTree, leaves: bytes) -> Difference | None:
    """Compare `leaves`, hashes in a row made from the lines themselves, with what was sealed.

    Returns None where they are the whole tree. Goes down from the top: one tile a level is read, and
    what tiles claim counts only where it leads to the signed root, so that nobody can turn the
    finger away from a line by changing its tile as well.
    """
    rows = [leaves]
    common = min(count_hashes(leaves), tree.size)
    while common >> HEIGHT * len(rows):
        nodes = rows[-1]
        for _ in range(HEIGHT):
            nodes = parents(nodes)
        rows.append(nodes)
    first, end = 0, common
    for level in reversed(range(len(rows))):
        begin, stop = first >> HEIGHT * level, end >> HEIGHT * level
        if begin == stop:
            continue
        try:
            sealed = tree.tile(level, begin // WIDTH)
        except TileTrouble as trouble:
            return Difference(first, end, trouble)
        for index in range(begin, stop):
            if hash_at(rows[level], index) != hash_at(sealed, index % WIDTH):
                first, end = index << HEIGHT * level, (index + 1) << HEIGHT * level
                break
        else:
            first = stop << HEIGHT * level
    if first < end:
        return Difference(first, end)
    return None if count_hashes(leaves) == tree.size else Difference(common, common + 1)
