"""The Merkle tree of RFC 6962, section 2.1 (RFC 9162, section 2.1), grown at its right edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from console.domain.tlog.hashes import (
    EMPTY_ROOT,
    HASH_SIZE,
    count_hashes,
    hash_at,
    leaf_hash,
    node_hash,
    parents,
)

__all__ = ["EMPTY_ROOT", "GrowingTree", "root_of", "span_nodes"]

_PAIR: Final = 2 * HASH_SIZE


class GrowingTree:
    """Keeps the roots of the full subtrees only (a compact range): 32 bytes a level.

    An odd node is carried up as it is, never doubled. Lines may come one by one, as leaf hashes
    in bulk, or as roots of full subtrees that another process has made.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # by level, from the leaves up; b"" where there is none

    @classmethod
    def restored(cls, size: int, peaks: Sequence[bytes]) -> GrowingTree:
        """Return the tree that had this `size` and these `peaks`; ValueError where they differ."""
        if len(peaks) != size.bit_count() or any(len(peak) != HASH_SIZE for peak in peaks):
            raise ValueError(f"a tree of {size} leaves has {size.bit_count()} peaks of 32 bytes")
        tree, left = cls(), iter(peaks)
        for level in reversed(range(size.bit_length())):
            if size >> level & 1:
                tree.extend(next(left), level)
        return tree

    @property
    def peaks(self) -> tuple[bytes, ...]:
        """The roots of the full subtrees, the largest (leftmost) first."""
        return tuple(peak for peak in reversed(self._peaks) if peak)

    def add(self, line: bytes) -> None:
        """Add one line (without its LF) as the next leaf."""
        self.extend(leaf_hash(line))

    def extend(self, nodes: bytes, level: int = 0) -> list[bytes]:
        """Add `nodes` in a row, each the root of a full subtree of 2**`level` leaves.

        Returns what became new on each level from `level` up, as hashes in a row: the first is
        `nodes` itself, the last that is not empty is the highest level that grew. ValueError
        where the tree's size is no multiple of 2**`level`.
        """
        if self.size & ((1 << level) - 1):
            raise ValueError(f"a subtree of 2**{level} leaves cannot stand at leaf {self.size}")
        self.size += count_hashes(nodes) << level
        grown = []
        while nodes:
            grown.append(nodes)
            while len(self._peaks) <= level:
                self._peaks.append(b"")
            row = self._peaks[level] + nodes
            self._peaks[level] = row[-HASH_SIZE:] if len(row) % _PAIR else b""
            nodes = parents(row)
            level += 1
        return grown

    def root(self) -> bytes:
        """Return the root over all leaves so far; 32 bytes."""
        root = b""
        for peak in self._peaks:
            if peak:
                root = node_hash(peak, root) if root else peak
        return root or EMPTY_ROOT

    def copy(self) -> GrowingTree:
        """Return a tree that grows on from here without changing this one."""
        other = GrowingTree()
        other.size = self.size
        other._peaks = list(self._peaks)
        return other


def root_of(leaves: bytes) -> bytes:
    """Return the root over leaf hashes in a row; 32 bytes."""
    tree = GrowingTree()
    tree.extend(leaves)
    return tree.root()


def span_nodes(begin: int, leaves: bytes) -> list[tuple[int, bytes]]:
    """Return (level, nodes) that cover `leaves` (hashes in a row) where they begin at `begin`.

    This is what a worker process sends back for its part of a trail: `GrowingTree.extend(nodes,
    level)`, called for each in order on the tree of the `begin` leaves before, gives the tree over
    all of them at the cost of a few dozen hashes.
    """
    end = begin + count_hashes(leaves)
    left: list[tuple[int, bytes]] = []
    right: list[tuple[int, bytes]] = []
    level, nodes = 0, leaves
    while nodes:
        if begin & 1:
            left.append((level, hash_at(nodes, 0)))
            nodes = nodes[HASH_SIZE:]
        if end & 1 and nodes:
            right.append((level, nodes[-HASH_SIZE:]))
        nodes = parents(nodes)
        begin, end, level = (begin + 1) >> 1, end >> 1, level + 1
    return left + right[::-1]
