"""The sealed leaf hashes of a trail: from its tiles, or from its own lines once they are confirmed."""

from __future__ import annotations

from typing import Final

from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import TileTrouble
from console.domain.tlog.hashes import HASH_SIZE, count_hashes, hash_at
from console.domain.tlog.proofs import LeafNodes, root_at
from console.domain.tlog.tiled_tree import TiledTree
from console.domain.tlog.tiles import WIDTH
from console.domain.tlog.tree import root_of
from console.store.seal_reading import SealFolder

MAX_LEAVES: Final = 2**40
"""No trail has more records than that; a checkpoint that says so is not followed through tiles."""


class TiledLeaves:
    """Read from the tiles, each checked against the signed root before it counts."""

    def __init__(self, tree: TiledTree) -> None:
        self.tree = tree
        self._single: dict[int, bytes] = {}  # first lines are asked for again and again

    @property
    def size(self) -> int:
        """How many records were sealed."""
        return self.tree.size

    def leaf(self, index: int) -> bytes:
        """Return one leaf; raises TileTrouble."""
        leaf = self._single.get(index)
        if leaf is None:
            leaf = self._single[index] = self.tree.leaf(index)
        return leaf

    def span(self, begin: int, end: int) -> bytes:
        """Return the leaves from `begin` to `end` in a row; raises TileTrouble."""
        parts: list[bytes] = []
        at = begin
        while at < end:
            row = self.tree.tile(0, at // WIDTH)
            stop = min(end, (at // WIDTH + 1) * WIDTH)
            first = at % WIDTH
            parts.append(row[first * HASH_SIZE : (first + stop - at) * HASH_SIZE])
            at = stop
        return b"".join(parts)

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had at `size` records; raises TileTrouble."""
        return self.tree.root_at(size)


class LineLeaves:
    """The lines' own leaves, which together have led to the signed root."""

    def __init__(self, leaves: bytes) -> None:
        self._leaves = leaves
        self._nodes: LeafNodes | None = None

    @property
    def size(self) -> int:
        """How many records were sealed."""
        return count_hashes(self._leaves)

    def leaf(self, index: int) -> bytes:
        """Return one leaf."""
        return hash_at(self._leaves, index)

    def span(self, begin: int, end: int) -> bytes:
        """Return the leaves from `begin` to `end` in a row."""
        return self._leaves[begin * HASH_SIZE : end * HASH_SIZE]

    def root_at(self, size: int) -> bytes:
        """Return the root that the tree had at `size` records."""
        if self._nodes is None:
            self._nodes = LeafNodes(self._leaves)
        return root_at(size, self._nodes)


Leaves = TiledLeaves | LineLeaves


def tiled(folder: SealFolder, checkpoint: Checkpoint) -> TiledLeaves | None:
    """Return the leaves of the checkpoint's tree from its tiles, None where they are of no use."""
    if checkpoint.size > MAX_LEAVES:
        return None
    try:
        return TiledLeaves(TiledTree(checkpoint.size, checkpoint.root, folder.tile))
    except TileTrouble:
        return None


def confirmed(leaves: bytes, checkpoint: Checkpoint) -> LineLeaves | None:
    """Return the first lines' leaves where they are exactly what the checkpoint states."""
    if count_hashes(leaves) < checkpoint.size:
        return None
    own = leaves[: checkpoint.size * HASH_SIZE]
    return LineLeaves(own) if root_of(own) == checkpoint.root else None
