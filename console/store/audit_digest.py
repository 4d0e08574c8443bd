"""What a new day's first record says about everything before it: digest and tree."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from console.domain.tlog.tree import GrowingTree
from console.store.audit_files import PlannedLine, blocks, opened

# Hashing every line costs about a second for 450 MB. Beyond this many bytes not hashed before,
# `tree` is null until the seal keeps the tree's head and nothing needs to be hashed again.
TREE_LIMIT: Final = 128 * 1024 * 1024

Identity = tuple[str, int, int, int]


class TrailDigests:
    """Computes digests of day files, streaming, and remembers them while the files stay as is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Identity, tuple[int, str]] = {}
        self._covered: tuple[Identity, ...] = ()
        self._tree = GrowingTree()

    def previous(self, name: str, size: int, pending: Sequence[PlannedLine]) -> dict[str, Any]:
        """Return {file, records, bytes, sha256} of the file `name` once `pending` are in it."""
        tail = [line for line in pending if line.file == name]
        identity = self._identity(name) if not tail else None
        if identity is not None and identity in self._files:
            records, digest = self._files[identity]
        else:
            sha, newlines, last = hashlib.sha256(), 0, b"\n"
            for block in self._content(name, tail):
                sha.update(block)
                newlines += block.count(b"\n")
                last = block[-1:]
            records, digest = newlines + (last != b"\n"), sha.hexdigest()
            if identity is not None:
                self._files[identity] = (records, digest)
        return {"file": name, "records": records, "bytes": size, "sha256": digest}

    def tree(self, names: Sequence[str], pending: Sequence[PlannedLine]) -> dict[str, Any] | None:
        """Return {size, root} over all lines of `names` in order; None where that takes long."""
        found = [self._identity(name) for name in names]
        if tuple(found[: len(self._covered)]) != self._covered:
            self._covered, self._tree = (), GrowingTree()
        known = len(self._covered)
        if sum(identity[1] for identity in found[known:] if identity) > TREE_LIMIT:
            return None
        tree = self._tree.copy()
        for name, identity in zip(names[known:], found[known:], strict=True):
            tail = [line for line in pending if line.file == name]
            for line in self._lines(name, tail):
                tree.add(line)
            if identity is not None and not tail and tuple(found[:known]) == self._covered:
                known += 1
                self._covered, self._tree = (*self._covered, identity), tree.copy()
        return {"size": tree.size, "root": tree.root().hex()}

    def _identity(self, name: str) -> Identity | None:
        try:
            status = (self._folder / name).lstat()
        except FileNotFoundError:
            return None
        return (name, status.st_size, status.st_mtime_ns, status.st_ino)

    def _content(self, name: str, tail: Sequence[PlannedLine]) -> Iterator[bytes]:
        path = self._folder / name
        if path.exists():
            with opened(path, os.O_RDONLY) as descriptor:
                end = tail[0].offset if tail else os.fstat(descriptor).st_size
                yield from blocks(descriptor, 0, end)
        for line in tail:
            yield line.line

    def _lines(self, name: str, tail: Sequence[PlannedLine]) -> Iterator[bytes]:
        rest = b""
        for block in self._content(name, tail):
            parts = (rest + block).split(b"\n")
            rest = parts.pop()
            yield from parts
        if rest:
            yield rest
