"""What a new day's first record says about the file before it: its digest and size."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from console.store.audit_files import PlannedLine, blocks, opened

Identity = tuple[str, int, int, int]


class TrailDigests:
    """Computes digests of day files, streaming, and remembers them while the files stay as is."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[Identity, tuple[int, str]] = {}

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
