"""The members of an evidence bundle that somebody handed over: a zip or a folder, with limits.

It may be anybody's. Nothing is unpacked by name, followed, or read to a size that nobody needs; a zip
that different programs could read in different ways is no bundle.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Final, Self

from console.domain.errors import ConsoleError, EnvironmentProblem
from console.domain.evidence import MAX_RECORD, MUST_HAVE, known_name
from console.store.audit_files import opened, read_at, told
from console.store.trail_files import NotATrail

MAX_MEMBERS: Final = 10_000
_MAX_LISTED: Final = MAX_MEMBERS * 400
_UNPACKED: Final = 2 * 1024**3
_TIMES: Final = 50
_BLOCK: Final = 256 * 1024
_FOLDERS: Final = ("proof/", "seals/", "queue/", "disclosed/")
_END: Final = 22
_ZIP64: Final = 76
_MAGIC: Final = b"PK\x03\x04"


class Damaged(ConsoleError):
    """A member that cannot be read to its end, or is far larger than what it is called."""


def is_bundle(path: Path) -> bool:
    """True where `path` is to be read as an evidence bundle: any zip file, or an unpacked bundle."""
    try:
        if path.is_dir():
            return all((path / name).is_file() for name in MUST_HAVE)
        with opened(path.resolve(strict=True), os.O_RDONLY) as descriptor:
            return read_at(descriptor, 0, 4) in {_MAGIC, b"PK\x05\x06"}
    except (OSError, EnvironmentProblem, RuntimeError, ValueError):
        return False


class BundleMembers:
    """What a bundle holds: `sizes` by name; each read gives a member's digest to `digests`.

    It is looked at once and stays open until `close`, or the end of a `with` block.
    """

    def __init__(self, path: Path) -> None:
        """Raise NotATrail where it is no bundle, or one that is not safe to open."""
        self.path = path
        self.digests: dict[str, str] = {}
        self._infos: dict[str, zipfile.ZipInfo] = {}
        self._archive: zipfile.ZipFile | None = None
        self._held = ExitStack()
        try:
            self.sizes: Mapping[str, int] = self._in_folder() if path.is_dir() else self._in_zip()
            for name in sorted(MUST_HAVE):
                if name not in self.sizes:
                    raise self._unusable(f"it has no {name}")
        except BaseException as error:
            self.close()
            if isinstance(error, EnvironmentProblem):
                raise self._unusable("it is no ordinary file") from error
            if isinstance(error, OSError):
                raise NotATrail(f"{path} cannot be read: {told(error)}") from error
            if isinstance(error, zipfile.BadZipFile | NotImplementedError | struct.error):
                raise self._unusable("the zip file is damaged") from error
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._held.close()

    def read(self, name: str, limit: int) -> bytes:
        """Return a member of at most `limit` bytes; raises Damaged."""
        if self.sizes[name] > limit:
            raise Damaged(f"{name} is far too large to be that.")
        return b"".join(self.blocks(name))

    def blocks(self, name: str) -> Iterator[bytes]:
        """Give a member's bytes; raises Damaged where they cannot be had to their end."""
        sha256 = hashlib.sha256()
        try:
            with self._opened(name) as file:
                while block := file.read(_BLOCK):
                    sha256.update(block)
                    yield block
        except (
            OSError, EOFError, ValueError, RuntimeError, NotImplementedError, zlib.error,
            zipfile.BadZipFile, EnvironmentProblem,
        ) as error:  # fmt: skip
            raise Damaged(f"{name} is damaged and cannot be read to its end.") from error
        self.digests[name] = sha256.hexdigest()

    def lines(self, name: str) -> Iterator[bytes]:
        """Give a member's lines without their LFs; raises Damaged, also for a line without end."""
        rest: list[bytes] = []
        held = 0
        for block in self.blocks(name):
            lines = block.split(b"\n")
            last = lines.pop()
            if lines:
                yield b"".join([*rest, lines[0]])
                yield from lines[1:]
                rest, held = [], 0
            rest.append(last)
            held += len(last)
            if held > MAX_RECORD:
                raise Damaged(f"{name} has a line longer than {MAX_RECORD >> 20} MiB.")
        if held:
            raise Damaged(f"The last line of {name} does not end.")

    @contextmanager
    def _opened(self, name: str) -> Iterator[IO[bytes]]:
        if self._archive is not None:
            with self._archive.open(self._infos[name]) as member:
                yield member
            return
        path = self.path.joinpath(*name.split("/"))
        with (
            opened(path, os.O_RDONLY) as descriptor,
            os.fdopen(descriptor, "rb", closefd=False) as f,
        ):
            yield f

    def _in_folder(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for folder in ("", *_FOLDERS):
            place = self.path / folder
            if not place.is_dir() or (folder and place.is_symlink()):
                continue
            with os.scandir(place) as entries:
                for entry in entries:
                    name = folder + entry.name
                    if not known_name(name):
                        continue  # what a person put there; it is not read
                    status = entry.stat(follow_symlinks=False)
                    if not stat.S_ISREG(status.st_mode):
                        raise self._unusable(f"{name} is no ordinary file")
                    sizes[name] = status.st_size
                    if len(sizes) > MAX_MEMBERS:
                        raise self._unusable("it has more members than any bundle")
        return dict(sorted(sizes.items()))

    def _in_zip(self) -> dict[str, int]:
        descriptor = self._held.enter_context(opened(self.path, os.O_RDONLY))
        size = os.fstat(descriptor).st_size
        self._check_end(read_at(descriptor, max(0, size - _END - _ZIP64), _END + _ZIP64))
        file = self._held.enter_context(os.fdopen(descriptor, "rb", closefd=False))
        self._archive = self._held.enter_context(zipfile.ZipFile(file))
        infos = self._archive.infolist()
        end = 0
        sizes: dict[str, int] = {}
        for info in sorted(infos, key=lambda one: one.header_offset):
            name = info.filename
            if name in _FOLDERS and not info.file_size:
                continue
            self._check_entry(info, sizes, end)
            end = info.header_offset + 30 + info.compress_size
            sizes[name] = info.file_size
            self._infos[name] = info
        if sum(sizes.values()) > max(_UNPACKED, _TIMES * size):
            raise self._unusable("it would unpack to far more than it can hold")
        return sizes

    def _check_end(self, tail: bytes) -> None:
        """Refuse a list of members that is too long to be looked at, or not where it belongs."""
        end = tail[-_END:]
        if end[:4] != b"PK\x05\x06" or end[-2:] != b"\0\0":
            raise self._unusable("the zip file is cut, or something follows its end")
        count, listed, offset = struct.unpack("<HII", end[10:20])
        if count == 0xFFFF or 0xFFFFFFFF in {listed, offset}:
            if tail[-42:-38] != b"PK\x06\x07" or tail[:4] != b"PK\x06\x06":
                raise self._unusable("the zip file is damaged")
            count, listed = struct.unpack("<QQ", tail[32:48])
        if count > MAX_MEMBERS or listed > _MAX_LISTED:
            raise self._unusable("it has more members than any bundle")

    def _check_entry(self, info: zipfile.ZipInfo, sizes: Mapping[str, int], end: int) -> None:
        name = info.filename
        if info.orig_filename != name or not known_name(name):
            raise self._unusable("it holds files that no bundle has")
        kind = stat.S_IFMT(info.external_attr >> 16)
        if name in sizes:
            raise self._unusable(f"{name} is in it twice")
        if info.flag_bits & 1:
            raise self._unusable(f"{name} is encrypted")
        if kind not in {0, stat.S_IFREG}:
            raise self._unusable(f"{name} is no ordinary file")
        if info.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
            raise self._unusable(f"{name} is packed in an unusual way")
        if info.header_offset < end:
            raise self._unusable(f"{name} overlaps another file in it")

    def _unusable(self, why: str) -> NotATrail:
        return NotATrail(f"{self.path} cannot be read as an evidence bundle: {why}.")
