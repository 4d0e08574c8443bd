"""A zip as a stream of chunks: members in the order given, fixed times, for one account's eyes."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_PIECE: Final = 256 * 1024


@dataclass(frozen=True)
class Member:
    """One file of the zip; `chunks` are asked for once. Hashes are `stored`: they do not shrink."""

    name: str
    chunks: Iterable[bytes]
    stored: bool = False
    large: bool = False


@dataclass(frozen=True)
class Packed:
    """What a member came to: its bytes before they were packed, and their SHA-256 in hex."""

    name: str
    size: int
    sha256: str


def zip_chunks(
    members: Iterable[Member], last: Callable[[list[Packed]], Member]
) -> Iterator[bytes]:
    """Give the bytes of a zip of `members` and of `last`, which is told what stands before it.

    The same members give the same bytes.
    """
    sink = _Sink()
    packed: list[Packed] = []
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            yield from _written(archive, sink, member, packed)
        yield from _written(archive, sink, last(list(packed)), packed)
    yield sink.taken()


def joined(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Give `lines` in larger pieces."""
    parts: list[bytes] = []
    held = 0
    for line in lines:
        parts.append(line)
        held += len(line)
        if held >= _PIECE:
            yield b"".join(parts)
            parts, held = [], 0
    yield b"".join(parts)


def _written(
    archive: zipfile.ZipFile, sink: _Sink, member: Member, packed: list[Packed]
) -> Iterator[bytes]:
    info = zipfile.ZipInfo(member.name, _LONG_AGO)
    info.create_system = 3  # Unix, on whatever system it was made
    info.external_attr = 0o100600 << 16
    info.compress_type = zipfile.ZIP_STORED if member.stored else zipfile.ZIP_DEFLATED
    sha256, size = hashlib.sha256(), 0
    with archive.open(info, "w", force_zip64=member.large) as target:
        for chunk in member.chunks:
            target.write(chunk)
            sha256.update(chunk)
            size += len(chunk)
            if sink.held >= _PIECE:
                yield sink.taken()
    packed.append(Packed(member.name, size, sha256.hexdigest()))


class _Sink:
    """What zipfile writes to; it cannot be sought in, so sizes follow their members."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.held = 0

    def write(self, content: bytes) -> int:
        self._parts.append(bytes(content))
        self.held += len(content)
        return len(content)

    def flush(self) -> None:
        """Nothing waits anywhere."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self) -> bytes:
        whole = b"".join(self._parts)
        self._parts, self.held = [], 0
        return whole
