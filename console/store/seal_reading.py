"""The seal of a trail that somebody opened: its few files read with limits, nothing followed.

Every file may be anybody's. What cannot be read is as good as not there: a seal that cannot be
used is a verdict, never an error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from console.domain.audit_trust import SealRead
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.tlog.note import MAX_NOTE
from console.domain.tlog.tiles import TILE_BYTES, Tile
from console.store.audit_files import opened, read_at, told

SEAL_FOLDER: Final = "seal"
_KEPT: Final = re.compile(r"checkpoint\.(0|[1-9][0-9]{0,19})")
_MAX_KEPT: Final = 1000
_MAX_ENTRIES: Final = 100_000
_MAX_KEYS_FILE: Final = 64 * 1024


class SealFolder:
    """The folder `seal` beside the day files of a trail."""

    def __init__(self, audit: Path) -> None:
        self._folder = audit / SEAL_FOLDER

    def read(self) -> SealRead:
        """Return what lies there; files too large to be what they are called count as missing."""
        folder = self._folder
        try:
            there = folder.is_dir() and not folder.is_symlink()
            trouble = "The seal's folder is a link; links are not followed."
            if not there:
                return SealRead(trouble=trouble if folder.is_symlink() else "")
            kept = tuple(self._kept())  # before the checkpoint, which never falls behind them
            keys = _limited(folder / "vkey", _MAX_KEYS_FILE)
            checkpoint = _limited(folder / "checkpoint", MAX_NOTE)
        except (OSError, EnvironmentProblem) as error:
            return SealRead(there=True, trouble=f"The seal cannot be read: {_words(error)}")
        trouble = "" if checkpoint is not None else _WITHOUT
        return SealRead(checkpoint, keys, kept, there=True, trouble=trouble)

    def tile(self, tile: Tile) -> bytes | None:
        """Return a tile's bytes, None where they cannot be had (a `TileReader`)."""
        try:
            return _limited(self._folder / tile.path, TILE_BYTES)
        except (OSError, EnvironmentProblem):
            return None

    def _kept(self) -> Iterable[bytes]:
        sizes: list[int] = []
        with suppress(OSError), os.scandir(self._folder) as entries:
            names = (_KEPT.fullmatch(entry.name) for entry in islice(entries, _MAX_ENTRIES))
            sizes.extend(int(found[1]) for found in names if found)
        for size in sorted(sizes)[-_MAX_KEPT:]:
            with suppress(OSError, EnvironmentProblem):
                if (raw := _limited(self._folder / f"checkpoint.{size}", MAX_NOTE)) is not None:
                    yield raw


_WITHOUT: Final = "The seal has no checkpoint that can be read: nothing signed says what it held."


def read_given(path: Path, what: str, option: str) -> bytes:
    """Return a small file that a person named; raises BadInput where it cannot be that."""
    try:
        raw = _limited(path, MAX_NOTE)
    except OSError as error:
        raise BadInput(f"{what} {path} cannot be read: {told(error)}", option) from error
    except (EnvironmentProblem, ValueError) as error:
        raise BadInput(f"{what} {path} cannot be read: it is no ordinary file.", option) from error
    if raw is None:
        raise BadInput(f"{what} {path} is not there, or far too large to be that.", option)
    return raw


def _limited(path: Path, limit: int) -> bytes | None:
    try:
        with opened(path, os.O_RDONLY) as descriptor:
            content = read_at(descriptor, 0, limit + 1)
    except FileNotFoundError:
        return None
    return content if len(content) <= limit else None


def _words(error: OSError | EnvironmentProblem) -> str:
    return told(error) if isinstance(error, OSError) else str(error)
