"""The Merkle tree of RFC 6962 over the lines of a trail, grown one leaf at a time."""

from __future__ import annotations

import hashlib
from typing import Final

EMPTY_ROOT: Final = hashlib.sha256(b"").digest()


class GrowingTree:
    """Keeps the roots of the full subtrees only: size in leaves, root as 32 bytes.

    A leaf is SHA-256(0x00 || line without its LF), an inner node SHA-256(0x01 || left || right);
    an odd node is carried up as it is, never doubled.
    """

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []

    def add(self, line: bytes) -> None:
        """Add one line (without its LF) as the next leaf."""
        node = hashlib.sha256(b"\x00" + line).digest()
        size = self.size
        while size & 1:
            node = hashlib.sha256(b"\x01" + self._peaks.pop() + node).digest()
            size >>= 1
        self._peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root over all leaves so far; 32 bytes."""
        if not self._peaks:
            return EMPTY_ROOT
        node = self._peaks[-1]
        for left in reversed(self._peaks[:-1]):
            node = hashlib.sha256(b"\x01" + left + node).digest()
        return node

    def copy(self) -> GrowingTree:
        """Return a tree that grows on from here without changing this one."""
        other = GrowingTree()
        other.size = self.size
        other._peaks = list(self._peaks)
        return other
