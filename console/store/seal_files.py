"""The files of a trail's seal: checkpoint, keys and tiles, each there whole or as it was before.

What is synced, and why. The checkpoint, its folder and the keys before it: what was sealed once
must not be unsealed by a power cut. A tile of 256 hashes once, when it is full: it is what names the
damaged line, or goes on in place of a lost one, years later. A partial tile never: the next batch
replaces it, and after a power cut it is made anew from the lines, which are on the disk.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from console.domain.tlog.errors import Malformed
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import MAX_NOTE
from console.domain.tlog.tiles import TILE_BYTES, WIDTH, Tile
from console.store.audit_files import (
    make_private,
    open_regular,
    opened,
    read_at,
    sync,
    sync_folder,
    write_all,
)

SEAL_FOLDER: Final = "seal"
CHECKPOINT: Final = "checkpoint"
KEYS: Final = "vkey"
TILES: Final = "tile"
_NEW: Final = ".new"


class SealFiles:
    """The folder `seal/` of one audit folder; errors of the system pass through as OSError."""

    def __init__(self, audit: Path) -> None:
        self.folder = audit / SEAL_FOLDER

    def checkpoint(self) -> bytes | None:
        """The checkpoint as it stands, None where there is none."""
        return self._read(CHECKPOINT, MAX_NOTE)

    def write_checkpoint(self, note: bytes) -> None:
        """Replace the checkpoint; returns once the new one is on the disk under its name."""
        self._replace(CHECKPOINT, note)
        sync_folder(self.folder)

    def keep(self, size: int, note: bytes) -> None:
        """Keep the checkpoint of `size` leaves beside later ones; the next `write_checkpoint` or
        `settled` makes its name last.
        """
        self._replace(f"{CHECKPOINT}.{size}", note)

    def settled(self) -> None:
        """Return once every name in the folder is on the disk."""
        sync_folder(self.folder)

    def keys(self) -> list[str]:
        """The verifier keys' lines as they stand, the newest first."""
        raw = self._read(KEYS, MAX_NOTE)
        return [] if raw is None else raw.decode("utf-8", "replace").splitlines()

    def add_key(self, key: VerifierKey) -> None:
        """Put `key` first among the keys, unless it is."""
        lines = self.keys()
        if lines[:1] != [key.text]:
            others = [line for line in lines if line != key.text and _is_key(line)]
            self._replace(KEYS, "".join(f"{line}\n" for line in (key.text, *others)).encode())

    def tile(self, tile: Tile) -> bytes | None:
        """The bytes of a tile (a TileReader), None where it is not there."""
        return self._read(tile.path, TILE_BYTES)

    def write_tile(self, tile: Tile, content: bytes) -> None:
        """Write a tile; a full one is on the disk afterwards.

        No checkpoint names it yet, so it need not be replaced in one step.
        """
        path = self.folder / tile.path
        full = tile.width == WIDTH
        if not path.parent.is_dir():
            for folder in reversed(path.relative_to(self.folder).parents):
                (self.folder / folder).mkdir(mode=0o700, exist_ok=True)
        with opened(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC) as descriptor:
            write_all(descriptor, content)
            if full:
                sync(descriptor)
        if full:
            for folder in path.parents:
                sync_folder(folder)
                if folder == self.folder:
                    break

    def drop_partial(self, tile: Tile) -> None:
        """Remove a partial tile that a wider one has replaced, or all of them once the full one has.

        tlog-tiles allows both. One that stays is of no use, and of no harm.
        """
        path = self.folder / tile.path
        if (self.folder / tile.full.path).exists():
            shutil.rmtree(path.parent, ignore_errors=True)
            return
        with suppress(OSError):
            path.unlink()

    def put_away(self) -> None:
        """Give way to a new tree: what stands there of an old one is kept under another name.

        The checkpoint itself stays until the new one replaces it, so that a crash forgets nothing.
        """
        number = 1
        while any((self.folder / f"{name}.old-{number}").exists() for name in (CHECKPOINT, TILES)):
            number += 1
        with suppress(FileNotFoundError):
            os.link(self.folder / CHECKPOINT, self.folder / f"{CHECKPOINT}.old-{number}")
        with suppress(FileNotFoundError):
            (self.folder / TILES).rename(self.folder / f"{TILES}.old-{number}")

    def make(self) -> None:
        """Make the folder, for this account alone."""
        make_private(self.folder)

    def _read(self, name: str, most: int) -> bytes | None:
        try:
            with opened(self.folder / name, os.O_RDONLY) as descriptor:
                return read_at(descriptor, 0, most + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _replace(self, name: str, content: bytes) -> None:
        new = self.folder / f"{name}{_NEW}"
        with suppress(FileNotFoundError):  # left behind by a crash
            new.unlink()
        descriptor = open_regular(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
        try:
            write_all(descriptor, content)
            sync(descriptor)
        finally:
            os.close(descriptor)
        new.replace(self.folder / name)


def _is_key(line: str) -> bool:
    try:
        VerifierKey.from_text(line)
    except Malformed:
        return False
    return True
