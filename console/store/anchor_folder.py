"""A folder elsewhere with checkpoints in it, one a file: written whole, never over a different one."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from console.domain.anchor import STAMP_SUFFIX, SUFFIX, Outgoing, file_stem
from console.domain.errors import EnvironmentProblem, Refusal
from console.domain.tlog.errors import SealError
from console.domain.tlog.note import MAX_NOTE, parse_note
from console.store.audit_files import opened, read_at, sync_folder, told

MOST_READ: Final = 1000
_MAX_ENTRIES: Final = 100_000
_MAX_FILE: Final = 64 * 1024
_MOST_STAMPS: Final = 99
_NAME: Final = re.compile(
    rf"(?:.*-([0-9]{{1,20}}){re.escape(SUFFIX)}|checkpoint(?:\.([0-9]{{1,20}}))?)"
)


@dataclass(frozen=True)
class FoundNote:
    """A file that may be a checkpoint; `at` is the time that its folder tells of it."""

    path: Path
    note: bytes
    at: datetime


class AnchorFolder:
    """The folder at `folder`, which must be there: a disk that is not mounted is no place."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, outgoing: Outgoing) -> str:
        """Keep the checkpoint; returns its file's name. One that is there already is left as it is.

        Raises Refusal where another checkpoint of the same size stands there, EnvironmentProblem
        where the folder is missing or cannot be written.
        """
        name = f"{file_stem(outgoing.states)}{SUFFIX}"
        try:
            if not self.folder.is_dir():
                raise EnvironmentProblem(
                    f"The folder {self.folder} is not there; make it, or see whether its disk is"
                )
            if not self._there(name, outgoing.note):
                _write_new(self.folder / name, outgoing.note)
        except FileExistsError:  # another process was faster
            self._there(name, outgoing.note)
        except OSError as error:
            raise EnvironmentProblem(f"{self.folder} cannot be written: {told(error)}") from error
        return name

    def put_stamp(self, outgoing: Outgoing, answer: bytes) -> str:
        """Keep a time stamp beside its checkpoint; returns its file's name."""
        self.put(outgoing)
        stem = file_stem(outgoing.states)
        try:
            for number in range(1, _MOST_STAMPS + 1):
                name = f"{stem}{STAMP_SUFFIX}" if number == 1 else f"{stem}.{number}{STAMP_SUFFIX}"
                with suppress(FileExistsError):
                    _write_new(self.folder / name, answer)
                    return name
        except OSError as error:
            raise EnvironmentProblem(f"{self.folder} cannot be written: {told(error)}") from error
        raise Refusal(f"{self.folder} holds {_MOST_STAMPS} stamps of this checkpoint already")

    def notes(self) -> Iterator[FoundNote]:
        """Yield what may be checkpoints, the largest by name first; at most 1,000.

        Nothing is raised: a folder that cannot be read holds nothing.
        """
        for name in self._names():
            path = self.folder / name
            raw = read_small(path)
            if raw:
                with suppress(OSError, OverflowError, ValueError):
                    yield FoundNote(path, raw, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def stamps(self, note: Path) -> Iterator[bytes]:
        """Yield the time stamps that stand beside a checkpoint's file, the first one first."""
        stem = note.name.removesuffix(SUFFIX)
        for number in range(1, _MOST_STAMPS + 1):
            name = f"{stem}{STAMP_SUFFIX}" if number == 1 else f"{stem}.{number}{STAMP_SUFFIX}"
            raw = read_small(self.folder / name)
            if raw is None:
                return
            yield raw

    def _names(self) -> list[str]:
        sizes: list[tuple[int, str]] = []
        with suppress(OSError), os.scandir(self.folder) as entries:
            for entry in islice(entries, _MAX_ENTRIES):
                found = _NAME.fullmatch(entry.name)
                if found is not None:
                    sizes.append((int(found[1] or found[2] or 0), entry.name))
                elif entry.name.endswith(SUFFIX):
                    sizes.append((0, entry.name))
        return [name for _, name in sorted(sizes, reverse=True)[:MOST_READ]]

    def _there(self, name: str, note: bytes) -> bool:
        """True where this checkpoint stands there already; Refusal where a different one does."""
        with suppress(FileNotFoundError), opened(self.folder / name, os.O_RDONLY) as descriptor:
            known = read_at(descriptor, 0, MAX_NOTE)
            if not known:  # a name that a crash left without content, where links are unknown
                (self.folder / name).unlink()
                return False
            if known == note or _text(known) == _text(note):
                return True
            raise Refusal(
                f"{self.folder / name} is another checkpoint of the same size. It stays as it is;"
                " verify the trail against it"
            )
        return False


def read_small(path: Path) -> bytes | None:
    """The content of a small regular file; None where it is none, too large or cannot be read."""
    with suppress(OSError, EnvironmentProblem), opened(path, os.O_RDONLY) as descriptor:
        content = read_at(descriptor, 0, _MAX_FILE + 1)
        return content if len(content) <= _MAX_FILE else None
    return None


def _text(note: bytes) -> str:
    """What a note states: it may bear another signature besides."""
    try:
        return parse_note(note).text
    except SealError:
        return note.decode("latin-1")


def _write_new(path: Path, content: bytes) -> None:
    """Give `path` its content whole and on the disk; FileExistsError where the name is taken."""
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _name_new(Path(temporary), path)
    finally:
        with suppress(OSError):
            Path(temporary).unlink()
    with suppress(OSError):  # some shares know no such call for folders
        sync_folder(path.parent)


def _name_new(temporary: Path, path: Path) -> None:
    """Name the file, unless the name is taken; also where a disk knows no links, as many shares."""
    if os.name == "nt":  # pragma: no cover - rename there refuses a name that is taken
        temporary.rename(path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        temporary.replace(path)
