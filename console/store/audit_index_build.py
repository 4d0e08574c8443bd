"""The index over a trail made and continued: here where there is little to read, else by a process.

A process of its own keeps the window's thread free. It is told to pause, to go on and to stop, and
what it has written by then is kept: the next time goes on from there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from console.domain.audit_index import LINES_A_TEXT, IndexRow, fit, index_row, text_entry
from console.domain.audit_view import Stopped
from console.domain.errors import EnvironmentProblem
from console.store.audit_files import blocks, make_private, opened
from console.store.audit_index import (
    IndexTrouble,
    changed,
    connect,
    discard,
    ends_of,
    evict,
    key_of,
)
from console.store.line_work import interrupts_held, left_alone
from console.store.locks import FileLock

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

WORTH_A_PROCESS: Final = 8 * 1024 * 1024
MOST_TEXT: Final = 640 * 1024 * 1024
"""Beyond so many bytes a trail gets no index over its text: it would take as much again to keep."""
_LOOK_S: Final = 0.1

Progress = Callable[[int, int], None]
Asked = Callable[[], bool]


@dataclass(frozen=True)
class IndexTask:
    """What is to be indexed: files with the sizes up to which they are to be read, and into what."""

    index: Path
    files: tuple[tuple[Path, int], ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(size for _, size in self.files)


def build(task: IndexTask, progress: Progress, cancelled: Asked, paused: Asked) -> bool:
    """Bring the index up to the files; False where another process is at it, or none can be kept.

    Raises Stopped once `cancelled` says so.
    """
    folder = task.index.parent
    try:
        make_private(folder)
        lock = FileLock(task.index.with_suffix(".lock"))
        if not lock.acquire(block=False):
            return False
    except (OSError, EnvironmentProblem):
        return False  # no place to keep it: what is asked is answered from the lines
    try:
        evict(folder, task.index)
        done = task.index.stat().st_size if task.index.exists() else 0
        if task.size - done < WORTH_A_PROCESS:
            return write(task, progress, _hold(cancelled, paused))
        return _in_process(task, progress, cancelled, paused)
    finally:
        lock.release()


def write(task: IndexTask, progress: Progress, hold: Callable[[], None]) -> bool:
    """Read what is new into the index; `hold` returns when to go on, and raises Stopped."""
    for attempt in range(2):
        try:
            writer = _Writer(connect(task.index, write=True), task)
            try:
                writer.run(progress, hold)
            finally:
                writer.close()
        except (IndexTrouble, apsw.Error):
            discard(task.index)
            if attempt:
                return False  # a full disk, say
        except (OSError, EnvironmentProblem):
            return False
        else:
            return True
    return False


def _hold(cancelled: Asked, paused: Asked) -> Callable[[], None]:
    from threading import Event

    never = Event()

    def hold() -> None:
        while True:
            if cancelled():
                raise Stopped
            if not paused():
                return
            never.wait(_LOOK_S)

    return hold


def _in_process(task: IndexTask, progress: Progress, cancelled: Asked, paused: Asked) -> bool:
    from multiprocessing import get_context

    context = get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_work, args=(there, task), daemon=True)
    try:
        with interrupts_held():
            process.start()
    except (OSError, NotImplementedError):
        return write(task, progress, _hold(cancelled, paused))
    there.close()
    held = False
    try:
        while True:
            if cancelled():
                raise Stopped
            if paused() != held:
                held = not held
                here.send("hold" if held else "go")
            if here.poll(_LOOK_S):
                said = here.recv()
                if isinstance(said, bool):
                    return said
                progress(*said)
    except (EOFError, OSError):
        return False  # it was killed: the next time goes on from what it wrote
    finally:
        with suppress(OSError):
            here.send("stop")
        process.join(2)
        if process.is_alive():
            process.terminate()
            process.join()
        here.close()


def _work(pipe: Connection, task: IndexTask) -> None:
    left_alone()

    def hold() -> None:
        waiting = False
        while waiting or pipe.poll():
            said = pipe.recv()
            if said == "stop":
                raise Stopped
            waiting = said == "hold"

    def progress(done: int, total: int) -> None:
        pipe.send((done, total))

    with suppress(Stopped, EOFError, OSError):
        pipe.send(write(task, progress, hold))


class _Unfit(Exception):
    """A line of which an index keeps nothing."""


class _Writer:
    def __init__(self, connection: apsw.Connection, task: IndexTask) -> None:
        self._db = connection
        self._task = task
        try:
            self._meta: dict[str, Any] = dict(connection.execute("SELECT key, value FROM meta"))
            self._seed = bytes(self._meta["seed"])
            self._words: dict[tuple[str, str | None], int] = {
                (kind, text): number
                for number, kind, text in connection.execute("SELECT id, kind, text FROM word")
            }
            self._known = [
                (str(name), int(size), int(lines), str(before), str(digest))
                for name, size, lines, before, digest in connection.execute(
                    "SELECT name, size, lines, changed, digest FROM file ORDER BY number"
                )
            ]
        except (apsw.Error, KeyError, TypeError, ValueError) as error:
            connection.close()
            raise IndexTrouble(str(error)) from error

    def close(self) -> None:
        """Let go of the index."""
        self._db.close()

    def run(self, progress: Progress, hold: Callable[[], None]) -> None:
        files = self._task.files
        if len(self._known) > len(files):
            raise IndexTrouble("files are gone")
        wants_text = self._task.size <= MOST_TEXT
        total = self._task.size * (2 if wants_text else 1)
        done = first = lines = 0
        for number, (path, size) in enumerate(files):
            for step, known in self._file(number, path, size, first, hold):
                done += step
                lines = known
                progress(done, total)
            done, first = sum(size for _, size in files[: number + 1]), first + lines
        if wants_text:
            for step in self._text(hold):
                done += step
                progress(min(done, total), total)

    def _file(
        self, number: int, path: Path, size: int, first: int, hold: Callable[[], None]
    ) -> Iterator[tuple[int, int]]:
        """Read what is new of a file; gives (bytes read, lines known of it by now)."""
        known = self._known[number] if number < len(self._known) else (path.name, 0, 0, "", "")
        name, begin, lines, before, digest = known
        last = number + 1 == len(self._task.files)
        if name != path.name or begin > size:
            raise IndexTrouble("other files")
        with opened(path, os.O_RDONLY) as descriptor:
            status = os.fstat(descriptor)
            if before == changed(status) and (last or begin == size):
                yield begin, lines
                return
            sha256 = hashlib.sha256()
            for block in blocks(descriptor, 0, begin):
                hold()
                sha256.update(block)
            if begin and sha256.hexdigest() != digest:
                raise IndexTrouble(f"{name} was changed")
            yield begin, lines
            for whole in _whole(descriptor, begin, size, torn=not last):
                hold()
                sha256.update(whole)
                begin += len(whole)
                raws = whole.removesuffix(b"\n").split(b"\n")
                with self._db:
                    self._lines(first + lines, raws)
                    lines += len(raws)
                    self._told(number, name, (begin, lines, first), status, sha256, descriptor)
                yield len(whole), lines
            self._told(number, name, (begin, lines, first), status, sha256, descriptor)

    def _told(
        self,
        number: int,
        name: str,
        read: tuple[int, int, int],
        status: os.stat_result,
        sha256: Any,
        descriptor: int,
    ) -> None:
        """Write down how far a file was read and what stood there."""
        where = (number, name, str(status.st_dev), str(status.st_ino), *read)
        what = (changed(status), sha256.hexdigest(), ends_of(descriptor, read[0]))
        self._db.execute(
            "INSERT OR REPLACE INTO file VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", (*where, *what)
        )

    def _lines(self, position: int, raws: Sequence[bytes]) -> None:
        self._db.executemany(
            "INSERT INTO record VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
            ((position + at, *self._values(index_row(raw))) for at, raw in enumerate(raws)),
        )

    def _values(self, row: IndexRow) -> tuple[int | None, ...]:
        at, event_type, workflow, operator, instance, job, odd = row
        words = self._words
        try:
            if odd:
                raise _Unfit
            return (
                at,
                words.get(("type", event_type)) or self._word("type", event_type),
                words.get(("workflow", workflow)) or self._word("workflow", workflow),
                words.get(("operator", operator)) or self._word("operator", operator),
                None if instance is None else key_of(self._seed, instance),
                None if job is None else key_of(self._seed, job),
                0,
            )
        except (_Unfit, UnicodeEncodeError):  # half a character stands in an id
            return (None, None, None, None, None, None, 1)

    def _word(self, kind: str, text: str | None) -> int | None:
        """Write down a word that is new."""
        if text is None:
            return None
        if not fit(text):
            raise _Unfit
        self._db.execute("INSERT INTO word(kind, text) VALUES(?, ?)", (kind, text))
        number = self._words[(kind, text)] = self._db.last_insert_rowid()
        return number

    def _text(self, hold: Callable[[], None]) -> Iterator[int]:
        """Read the text of all lines in order, so many in a row as one entry; gives bytes read."""
        [(covered,)] = self._db.execute("SELECT value FROM meta WHERE key = 'text'")
        held: list[bytes] = []
        position = 0
        files = list(self._db.execute("SELECT size, lines FROM file ORDER BY number"))
        for (path, _), (size, lines) in zip(self._task.files, files, strict=False):
            if position + lines <= covered:
                position += lines
                yield size
                continue
            with opened(path, os.O_RDONLY) as descriptor:
                for whole in _whole(descriptor, 0, size, torn=True):
                    hold()
                    raws = whole.removesuffix(b"\n").split(b"\n")
                    held += raws[max(covered - position, 0) :] if position < covered else raws
                    position += len(raws)
                    covered = self._entries(held, covered)
                    yield len(whole)

    def _entries(self, held: list[bytes], covered: int) -> int:
        """Index the lines of whole entries, which begin at `covered`, and take them out of `held`."""
        ready = len(held) - len(held) % LINES_A_TEXT
        entries = (
            ((covered + at) // LINES_A_TEXT, text_entry(held[at : at + LINES_A_TEXT]))
            for at in range(0, ready, LINES_A_TEXT)
        )
        with self._db:
            self._db.executemany("INSERT INTO text(rowid, t) VALUES(?, ?)", entries)
            self._db.execute("UPDATE meta SET value = ? WHERE key = 'text'", (covered + ready,))
        del held[:ready]
        return covered + ready


def _whole(descriptor: int, begin: int, end: int, *, torn: bool) -> Iterator[bytes]:
    """Give the lines of a file in large pieces; `torn`: a last one without its end, too."""
    rest: list[bytes] = []
    for block in blocks(descriptor, begin, end):
        cut = block.rfind(b"\n") + 1
        if cut:
            yield b"".join([*rest, block[:cut]])
            rest = []
        rest.append(block[cut:])
    left = b"".join(rest)
    if left and torn:
        yield left
