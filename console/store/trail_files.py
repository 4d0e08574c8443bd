"""The lines of a trail that somebody opened: found, counted and read, never written.

The files may be anybody's: links and pipes are not followed, lines may be of any length, and a
file that changes while it is read gives what it gives.
"""

from __future__ import annotations

import os
import stat
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from console.domain.audit_view import Stopped
from console.domain.errors import BadInput, EnvironmentProblem
from console.store.audit_files import BLOCK, blocks, day_of, opened, read_at, told

MAX_LINE: Final = 256 * 1024 * 1024  # beyond it a line is unreadable, and never held in memory
SEARCHED: Final = 512 * 1024
_TAIL_FIRST: Final = 64 * 1024
_TAIL_LAST: Final = 4 * 1024 * 1024

Cancelled = Callable[[], bool]


class NotATrail(BadInput):
    """A path that cannot be read as a trail; nothing was judged."""


@dataclass(frozen=True)
class TrailFile:
    """One file of a trail as it was when it was looked at.

    `size` bytes were there; `starts` are the first bytes of its `lines` lines, once counted.
    `first` is the position of its first line in the whole trail. `trouble` says why it cannot be
    read; it then has no lines.
    """

    path: Path
    size: int
    identity: tuple[int, int] = (0, 0)
    starts: array[int] = field(default_factory=lambda: array("Q"))
    lines: int = 0
    first: int = 0
    trouble: str = ""

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.name

    def span(self, number: int) -> tuple[int, int]:
        """Return first byte and length of line `number` (from 0), without its LF if it has one."""
        start = self.starts[number]
        if number + 1 < self.lines:
            return start, self.starts[number + 1] - start - 1
        return start, self.size - start  # the last line: its LF, if any, is taken off on reading


def find_trail(path: Path, *, may_be_empty: bool = False) -> tuple[Path, list[TrailFile]]:
    """Return the root and the files of the trail at `path`: a folder, a data folder or a file.

    Raises NotATrail with the reason where there is none.
    """
    try:
        root = path.resolve(strict=True)
        mode = root.stat().st_mode
        if stat.S_ISREG(mode):
            return root, [_single(root)]
        if not stat.S_ISDIR(mode):
            raise NotATrail(f"{path} is neither a folder nor an ordinary file.")
        for folder in (root, root / "audit"):
            names = _names(folder)
            if names or (may_be_empty and folder.is_dir()):
                return folder, [look_at(folder / name) for name in names]
    except OSError as error:
        raise NotATrail(f"{path} cannot be read: {told(error)}") from error
    except (RuntimeError, ValueError) as error:  # links in a ring; a zero in the name
        raise NotATrail(f"{path} cannot be read: {error}.") from error
    raise NotATrail(
        f"{path} holds no audit files. Name a folder with workflow_audit_YYYYMMDD.jsonl files, a"
        " data folder, or one such file."
    )


def look_at(path: Path) -> TrailFile:
    """Return one file of a folder, with the trouble it is in, uncounted."""
    try:
        with opened(path, os.O_RDONLY) as descriptor:
            status = os.fstat(descriptor)
            return TrailFile(path, status.st_size, (status.st_dev, status.st_ino))
    except EnvironmentProblem:
        return TrailFile(path, 0, trouble="It is no ordinary file (a link, a folder or a pipe).")
    except OSError as error:
        return TrailFile(path, 0, trouble=f"It cannot be read: {told(error)}")


def counted(
    file: TrailFile, progress: Callable[[int], None], cancelled: Cancelled, size: int | None = None
) -> TrailFile:
    """Return `file` with its lines found up to byte `size`; what was found before is kept.

    `progress` is told of every so many bytes; raises Stopped once `cancelled` says so.
    """
    end = file.size if size is None else size
    if file.trouble or (file.lines and end == file.size):
        return file
    done = file.size if file.lines else 0
    found = array("Q")
    append = found.append
    try:
        with opened(file.path, os.O_RDONLY) as descriptor:
            if done == 0 or read_at(descriptor, done - 1, 1) == b"\n":
                append(done)
            for block in blocks(descriptor, done, end, SEARCHED):
                if cancelled():
                    raise Stopped
                at = block.find(b"\n")
                while at >= 0:
                    append(done + at + 1)
                    at = block.find(b"\n", at + 1)
                done += len(block)
                progress(len(block))
    except EnvironmentProblem as error:
        return replace(file, trouble=str(error))
    except OSError as error:
        return replace(file, trouble=f"It cannot be read: {told(error)}")
    while found and found[-1] >= done:
        found.pop()
    # Older snapshots share this array: they know how many of its entries are theirs.
    starts = file.starts
    starts.extend(found)
    return replace(file, starts=starts, lines=len(starts), size=done)


def read_line(descriptor: int, file: TrailFile, number: int, limit: int = MAX_LINE) -> bytes:
    """Return line `number` (from 0) without its LF, at most `limit` bytes of it."""
    start, length = file.span(number)
    raw = read_at(descriptor, start, min(length, limit))
    return raw[:-1] if raw.endswith(b"\n") else raw


def all_lines(
    file: TrailFile, progress: Callable[[int], None], cancelled: Cancelled
) -> Iterator[bytes | None]:
    """Give every line of a file in order without its LF; None for one longer than MAX_LINE."""
    parts: list[bytes] = []
    held, too_long = 0, False
    with opened(file.path, os.O_RDONLY) as descriptor:
        for block in blocks(descriptor, 0, file.size):
            if cancelled():
                raise Stopped
            lines = block.split(b"\n")
            rest = lines.pop()
            if lines:
                whole = b"".join([*parts, lines[0]])
                yield None if too_long or len(whole) > MAX_LINE else whole
                yield from lines[1:]
                parts, held, too_long = [], 0, False
            held += len(rest)
            if held > MAX_LINE:
                parts, too_long = [], True
            else:
                parts.append(rest)
            progress(len(block))
    if held:
        yield None if too_long else b"".join(parts)


def whole_lines(
    file: TrailFile, start: int, progress: Callable[[int], None], cancelled: Cancelled
) -> Iterator[tuple[int, bytes]]:
    """Give (byte offset, lines) from byte `start` on: large pieces that hold whole lines only.

    Every piece but the last ends with LF. A line longer than MAX_LINE is left out.
    """
    parts: list[bytes] = []
    held, too_long = 0, False
    with opened(file.path, os.O_RDONLY) as descriptor:
        for block in blocks(descriptor, start, file.size):
            if cancelled():
                raise Stopped
            cut = block.rfind(b"\n") + 1
            if cut and too_long:
                begin = block.find(b"\n") + 1
                if begin < cut:
                    yield start + held + begin, block[begin:cut]
            elif cut:
                yield start, b"".join([*parts, block[:cut]])
            if cut:
                start, parts, held, too_long = start + held + cut, [], 0, False
            held += len(block) - cut
            too_long = too_long or held > MAX_LINE
            parts = [] if too_long else [*parts, block[cut:]]
            progress(len(block))
    if held and not too_long:
        yield start, b"".join(parts)


def line_pieces(
    file: TrailFile, number: int, progress: Callable[[int], None], cancelled: Cancelled
) -> Iterator[tuple[int, bytes]]:
    """Give (byte offset, lines) from line `number` of a counted file on, some megabytes at once.

    Every piece but the last ends with LF. A line longer than MAX_LINE is left out.
    """
    piece = min(BLOCK, SEARCHED)
    with opened(file.path, os.O_RDONLY) as descriptor:
        while number < file.lines:
            if cancelled():
                raise Stopped
            begin = file.starts[number]
            number = max(
                bisect_right(file.starts, begin + piece, number, file.lines) - 1, number + 1
            )
            end = file.starts[number] if number < file.lines else file.size
            if file.size - begin <= piece:
                number, end = file.lines, file.size
            if end - begin <= MAX_LINE + 1:
                yield begin, read_at(descriptor, begin, end - begin)
            progress(end - begin)


def line_span(descriptor: int, number: int, size: int) -> tuple[int, int]:
    """Return first byte and length (without LF) of line `number` of a file that nobody counted."""
    begin = seen = done = 0
    for block in blocks(descriptor, 0, size):
        at = -1
        lines = block.count(b"\n")
        if seen + lines < number:
            seen += lines
            done += len(block)
            continue
        while (at := block.find(b"\n", at + 1)) >= 0:
            if seen == number:
                return begin, done + at - begin
            seen, begin = seen + 1, done + at + 1
        done += len(block)
    return begin, done - begin


def newest_lines(file: TrailFile, limit: int) -> list[bytes]:
    """Return the last lines of a file, oldest first, at most `limit`, without counting it.

    Lines that do not fit into the last 4 MiB are left out.
    """
    size = _TAIL_FIRST
    with opened(file.path, os.O_RDONLY) as descriptor:
        while True:
            begin = max(0, file.size - size)
            lines = read_at(descriptor, begin, file.size - begin).split(b"\n")
            if not lines[-1]:
                lines.pop()
            if begin == 0:
                return lines[-limit:]
            if len(lines) > limit or size >= _TAIL_LAST:
                return lines[1:][-limit:]
            size *= 4


def _names(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if day_of(path.name) is not None)


def _single(path: Path) -> TrailFile:
    file = look_at(path)
    if file.trouble:
        raise NotATrail(f"{path} cannot be read as a trail. {file.trouble}")
    with opened(path, os.O_RDONLY) as descriptor:
        if read_at(descriptor, 0, 4) == b"PK\x03\x04":
            raise NotATrail(f"{path} is a zip file: only whole evidence bundles are opened.")
    return file


assert BLOCK < MAX_LINE
