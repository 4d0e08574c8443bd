"""Space kept aside on the data folder's disk, so that outcomes in flight fit when it is full."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

FULL_SIZE: Final = 16 * 1024 * 1024
SHARE: Final = 8
SMALLEST: Final = 64 * 1024
_BLOCK: Final = bytes(64 * 1024)


class Reserve:
    """A file of zeros, 16 MiB or an eighth of what is free; given up when nothing else is left."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "reserve"
        self._enough = 0

    def make(self) -> bool:
        """Set space aside where there is none yet; False where the disk has too little."""
        if self._file.exists():
            return True
        part = self._file.with_suffix(".part")
        try:
            free = shutil.disk_usage(self._file.parent).free
            size = min(FULL_SIZE, free // SHARE)
            if size < SMALLEST or free < self._enough:
                return False
            descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
            try:
                _fill(descriptor, size)
            finally:
                os.close(descriptor)
            part.replace(self._file)
        except OSError:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            return False
        self._enough = 0
        return True

    def release(self) -> bool:
        """Give the space back to the disk; False where there was none set aside."""
        try:
            size = self._file.stat().st_size
            free = shutil.disk_usage(self._file.parent).free
            self._file.unlink()
        except OSError:
            return False
        # On a full disk what was given back is no sign that somebody made space.
        self._enough = size + SMALLEST * SHARE if free < size else 0
        return True


def _fill(descriptor: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(descriptor, 0, size)
        return
    for _ in range(size // len(_BLOCK)):
        os.write(descriptor, _BLOCK)
