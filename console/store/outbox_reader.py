"""The queue's outbox as a verifier looks at it: read only, and nothing is made beside it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any, Final

import apsw

from console.store.ledger import DATABASE

_LINES: Final = "SELECT file, offset, line FROM outbox"
_VALUE: Final = "SELECT value FROM lasting WHERE name = ?"
_READ: Final = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI


class OutboxLines:
    """The exact lines that the queue of a data folder holds until a checkpoint covers them."""

    def __init__(self, data: Path) -> None:
        self._path = data / DATABASE
        self._lines: dict[tuple[str, int], bytes] | None = None

    def forget(self) -> None:
        """Look again the next time."""
        self._lines = None

    def vouches(self, file: str, offset: int, raw: bytes) -> bool:
        """True where the outbox holds this line (without its LF) at this very place.

        Of a line that is being written at this moment the beginning may be there.
        """
        if self._lines is None:
            self._lines = {
                (str(file), int(offset)): bytes(line) for file, offset, line in self._read(_LINES)
            }
        line = self._lines.get((file, offset))
        return line is not None and (line == raw + b"\n" or (bool(raw) and line.startswith(raw)))

    def lasting(self, name: str) -> str | None:
        """A lasting value of the queue; None where there is none, or it cannot be read."""
        return next((str(row[0]) for row in self._read(_VALUE, (name,))), None)

    def _read(self, query: str, values: tuple[str, ...] = ()) -> list[Any]:
        wal = self._path.with_name(f"{DATABASE}-wal")
        shared = self._path.with_name(f"{DATABASE}-shm")
        try:
            if not wal.exists():  # nobody writes and everything is in the file itself
                return _rows(self._path, "immutable=1", query, values)
            if shared.exists():
                return _rows(self._path, "mode=ro", query, values)
            # Left by a crash: reading it here would make a file beside it.
            with tempfile.TemporaryDirectory(prefix="cxone-outbox-") as folder:
                for part in (self._path, wal):
                    shutil.copyfile(part, Path(folder) / part.name)
                return _rows(Path(folder) / DATABASE, "mode=rw", query, values)
        except (OSError, apsw.Error):
            return []


def _rows(path: Path, how: str, query: str, values: tuple[str, ...]) -> list[Any]:
    flags = _READ if how != "mode=rw" else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_URI
    connection = apsw.Connection(f"{path.as_uri()}?{how}", flags=flags)
    try:
        connection.setbusytimeout(2000)
        return connection.execute(query, values).fetchall()
    finally:
        connection.close()
