"""Where in the day files the sealed lines end, and what stands behind them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from console.domain.tlog.hashes import HASH_SIZE, block_leaf_hashes, leaf_hash
from console.store.audit_files import BLOCK, blocks, day_files, opened, read_at

_LINE: Final = 64 * 1024


@dataclass(frozen=True)
class ScannedFile:
    """One day file as it was read: its lines' leaf hashes in a row, and what names its content."""

    name: str
    size: int
    sha256: str
    leaves: bytes
    whole: bool
    """False where the last line has no LF."""

    @property
    def records(self) -> int:
        """How many lines it has."""
        return len(self.leaves) // HASH_SIZE

    def named(self) -> dict[str, Any]:
        """How a record names the file."""
        return {
            "file": self.name,
            "records": self.records,
            "bytes": self.size,
            "sha256": self.sha256,
        }


@dataclass(frozen=True)
class Located:
    """The end of the sealed lines: byte `offset` of `file`, and the leaves that are gone.

    `missing` is (first, end): their lines stand nowhere behind the last line that was recognised.
    """

    file: str
    offset: int
    missing: tuple[int, int] | None = None


def scan(folder: Path) -> list[ScannedFile]:
    """Read every day file whole; about two seconds a million records."""
    return [_scanned(folder, name) for name, size in day_files(folder) if size]


def ends_there(folder: Path, file: str, offset: int, last_leaf: bytes) -> bool:
    """True where the line that ends at `offset` of `file` is the one that was sealed last."""
    if not file:
        return not last_leaf
    with suppress(FileNotFoundError), opened(folder / file, os.O_RDONLY) as descriptor:
        if os.fstat(descriptor).st_size >= offset:
            return leaf_hash(_line_before(descriptor, offset)) == last_leaf
    return False


def locate(folder: Path, leaves: bytes) -> Located:
    """Find the end of the sealed lines again, by the hashes of all of them (`leaves`).

    The last line that is one of them is looked for from the end. Lines behind it count as sealed
    ones that were changed, as many as the seal has leaves left: they stay as they are. Leaves
    beyond these are missing, lines beyond these are not ours.
    """
    known = {leaves[at : at + HASH_SIZE]: at for at in range(0, len(leaves), HASH_SIZE)}
    size = len(leaves) // HASH_SIZE
    for name, length in reversed(day_files(folder)):
        ends, found = _ends(folder / name, length)
        for number in reversed(range(len(ends))):
            at = known.get(found[number * HASH_SIZE : (number + 1) * HASH_SIZE])
            if at is None:
                continue
            index = at // HASH_SIZE
            changed = min(len(ends) - 1 - number, size - 1 - index)
            first = index + 1 + changed
            missing = (first, size) if first < size else None
            return Located(name, ends[number + changed], missing)
    return Located("", 0, (0, size) if size else None)


def _scanned(folder: Path, name: str) -> ScannedFile:
    sha256 = hashlib.sha256()
    size = 0
    leaves: list[bytes] = []
    rest = b""
    with opened(folder / name, os.O_RDONLY) as descriptor:
        for block in blocks(descriptor, 0, os.fstat(descriptor).st_size):
            sha256.update(block)
            size += len(block)
            cut = block.rfind(b"\n") + 1
            if cut:
                leaves.append(block_leaf_hashes(rest + block[:cut]))
                rest = b""
            rest += block[cut:]
    if rest:
        leaves.append(leaf_hash(rest))
    return ScannedFile(name, size, sha256.hexdigest(), b"".join(leaves), whole=not rest)


def _ends(path: Path, length: int) -> tuple[list[int], bytes]:
    """Return where each whole line of a file ends, and their leaf hashes."""
    ends: list[int] = []
    leaves: list[bytes] = []
    with opened(path, os.O_RDONLY) as descriptor:
        for start, line in _lines(descriptor, length):
            ends.append(start + len(line) + 1)
            leaves.append(leaf_hash(line))
    return ends, b"".join(leaves)


def _lines(descriptor: int, length: int) -> Iterator[tuple[int, bytes]]:
    start, rest = 0, b""
    for block in blocks(descriptor, 0, length):
        *lines, rest = (rest + block).split(b"\n")
        for line in lines:
            yield start, line
            start += len(line) + 1


def _line_before(descriptor: int, offset: int) -> bytes:
    """The line whose LF is the byte before `offset`, without it; b"" where there is no LF."""
    size = _LINE
    while True:
        begin = max(0, offset - size)
        text = read_at(descriptor, begin, offset - begin)
        if not text.endswith(b"\n"):
            return b""
        found = text.rfind(b"\n", 0, -1)
        if found >= 0 or begin == 0:
            return text[found + 1 : -1]
        size = min(size * 8, max(BLOCK, offset))
