"""Inclusion and consistency proofs of RFC 6962, sections 2.1.1 and 2.1.2.

They are checked as RFC 9162, sections 2.1.3.2 and 2.1.4.2, says; a proof with one hash too many, too
few or of another length is refused, whatever the rest says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from console.domain.tlog.hashes import (
    EMPTY_ROOT,
    HASH_SIZE,
    count_hashes,
    hash_at,
    node_hash,
    parents,
)

# Gives the root of the full subtree number `index` (from 0) among those of 2**`level` leaves.
NodeReader = Callable[[int, int], bytes]
# A proof has one hash a level at most, and sizes are below 2**64.
MAX_PROOF: Final = 64


class LeafNodes:
    """Reads nodes over leaf hashes in a row that are all in memory (64 bytes a leaf)."""

    def __init__(self, leaves: bytes) -> None:
        self.size = count_hashes(leaves)
        self._levels = [leaves]
        while len(self._levels[-1]) > HASH_SIZE:
            self._levels.append(parents(self._levels[-1]))

    def __call__(self, level: int, index: int) -> bytes:
        return hash_at(self._levels[level], index)


def root_at(size: int, node: NodeReader) -> bytes:
    """Return the root that the tree had at `size` leaves."""
    return range_root(0, size, node) if size else EMPTY_ROOT


def inclusion_proof(index: int, size: int, node: NodeReader) -> list[bytes]:
    """Return the hashes from the leaf's sibling up that prove leaf `index` in a tree of `size`.

    `node` is asked for full subtrees within `size` leaves only. ValueError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"there is no leaf {index} in a tree of {size} leaves")
    proof: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _left_half(end - begin)
        if index < middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(begin, middle, node))
            begin = middle
    return proof[::-1]


def inclusion_holds(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes
) -> bool:
    """True where `proof` leads from the hash of leaf `index` to the `root` of `size` leaves.

    Take `size` and `root` from one signed checkpoint: a size is not hashed into the root, so some
    neighbouring sizes have the same path to it.
    """
    if not 0 <= index < size or not _all_hashes(leaf, root, *proof):
        return False
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and node == root


def consistency_proof(old: int, new: int, node: NodeReader) -> list[bytes]:
    """Return the hashes that prove the tree of `old` leaves to be the beginning of that of `new`.

    ValueError unless 0 < old <= new: an empty tree is the beginning of any.
    """
    if not 0 < old <= new:
        raise ValueError(f"a tree of {old} leaves is no provable beginning of one of {new}")
    proof: list[bytes] = []
    begin, end, whole = 0, new, True  # whole: the old tree is this very subtree's old form
    while old != end:
        middle = begin + _left_half(end - begin)
        if old <= middle:
            proof.append(range_root(middle, end, node))
            end = middle
        else:
            proof.append(range_root(begin, middle, node))
            begin, whole = middle, False
    if not whole:
        proof.append(range_root(begin, end, node))
    return proof[::-1]


def consistency_holds(
    old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """True where `proof` shows that the tree of `old` leaves is the beginning of that of `new`.

    Two trees of one size need no proof and must not bring one. Nothing can be proved from an empty
    tree, so `old` = 0 is refused; who has nothing to compare with must know that.
    """
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if not proof or not _all_hashes(old_root, new_root, *proof):
        return False
    rest = list(proof)
    if not old & (old - 1):
        rest.insert(0, old_root)
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old_node = new_node = rest[0]
    for sibling in rest[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            old_node = node_hash(sibling, old_node)
            new_node = node_hash(sibling, new_node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            new_node = node_hash(new_node, sibling)
        first, last = first >> 1, last >> 1
    return last == 0 and old_node == old_root and new_node == new_root


def _all_hashes(*hashes: bytes) -> bool:
    return len(hashes) <= MAX_PROOF + 2 and all(len(each) == HASH_SIZE for each in hashes)


def _left_half(size: int) -> int:
    """The largest power of two below `size`, which is at least 2."""
    return 1 << (size - 1).bit_length() - 1


def range_root(begin: int, end: int, node: NodeReader) -> bytes:
    """The root over leaves `begin` to `end`, which is a subtree of some tree of RFC 6962."""
    peaks: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        peaks.append(node(level, begin >> level))
        begin += 1 << level
    root = peaks.pop()
    while peaks:
        root = node_hash(peaks.pop(), root)
    return root
