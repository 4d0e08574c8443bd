r"""The two hashes of RFC 6962, section 2.1 (RFC 9162, section 2.1.1), one by one and in bulk.

A leaf is SHA-256(0x00 || line), an inner node SHA-256(0x01 || left || right): the first byte
keeps a node from being passed off as a line. Many hashes in a row are one `bytes` object, 32 bytes
each: that is also how tiles hold them, and a million of them cost 32 MB instead of 65.

Speed comes from doing nothing else per line: one concatenation, one call into hashlib, inside one
comprehension. Ready hash objects that are copied, `usedforsecurity`, Python's own SHA-256 and
prefixing a whole block at once were all measured to be slower.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()

_sha256 = hashlib.sha256


def leaf_hash(line: bytes | memoryview) -> bytes:
    """Return the leaf of one line (without its LF); 32 bytes."""
    return _sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the node over two nodes of 32 bytes; 32 bytes."""
    return _sha256(b"\x01" + left + right).digest()


def leaf_hashes(lines: Iterable[bytes | memoryview]) -> bytes:
    """Return the leaves of many lines (without their LFs) in a row."""
    sha256 = _sha256
    return b"".join([sha256(b"\x00" + line).digest() for line in lines])


def block_leaf_hashes(block: bytes) -> bytes:
    """Return the leaves of all lines of a block of a file, in a row.

    A leaf is whatever stands between two LFs, an empty line too. The block must begin at the
    beginning of a line; what follows its last LF is a leaf of its own unless it is empty, so cut
    blocks behind an LF everywhere but at the end of a file.
    """
    lines = block.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return leaf_hashes(lines)


def parents(nodes: bytes) -> bytes:
    """Return the nodes over `nodes` pair by pair, in a row; an odd last one has no parent yet."""
    sha256 = _sha256
    pairs = range(0, len(nodes) - HASH_SIZE, 2 * HASH_SIZE)
    return b"".join([sha256(b"\x01" + nodes[at : at + 64]).digest() for at in pairs])


def full_root(nodes: bytes) -> bytes:
    """Return the root over a full subtree: `nodes` are a power of two of hashes in a row."""
    while len(nodes) > HASH_SIZE:
        nodes = parents(nodes)
    return nodes


def hash_at(hashes: bytes, index: int) -> bytes:
    """Return the hash at `index` of hashes in a row."""
    return hashes[index * HASH_SIZE : (index + 1) * HASH_SIZE]


def count_hashes(hashes: bytes) -> int:
    """Return how many hashes stand in a row; ValueError where the last one is cut."""
    count, rest = divmod(len(hashes), HASH_SIZE)
    if rest:
        raise ValueError(f"{len(hashes)} bytes are no row of hashes of {HASH_SIZE} bytes")
    return count
