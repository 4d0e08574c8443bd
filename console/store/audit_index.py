"""The index over an opened trail, in the cache folder: made anew at will, never believed when in doubt.

One SQLite file a trail, named by the trail's resolved path. It says of each file how far it was read
and what stood there (size, inode, times, SHA-256); where that does not fit any more the index is not
asked. Whoever asks looks at the lines themselves for whatever the index does not decide.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw

from console.domain.audit_histogram import grid
from console.domain.audit_index import LINES_A_TEXT, micros, text_question
from console.domain.audit_view import RecordFilter
from console.domain.errors import EnvironmentProblem
from console.store.audit_files import opened, read_at
from console.store.locks import FileLock
from console.store.trail_files import TrailFile

FOLDER: Final = "trails"
VERSION: Final = 1
MOST_BYTES: Final = 2 * 1024 * 1024 * 1024
"""So much all indexes together may take; those that were used last are kept."""
KINDS: Final = ("type", "workflow", "operator")
_SAMPLE: Final = 4096
_SCHEMA: Final = f"""
PRAGMA user_version = {VERSION};
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE file(number INTEGER PRIMARY KEY, name TEXT, device TEXT, inode TEXT, size INTEGER,
    lines INTEGER, first INTEGER, changed TEXT, digest TEXT, ends TEXT);
CREATE TABLE word(id INTEGER PRIMARY KEY, kind TEXT, text TEXT, UNIQUE(kind, text));
CREATE TABLE record(position INTEGER PRIMARY KEY, at INTEGER, type INTEGER, workflow INTEGER,
    operator INTEGER, instance INTEGER, job INTEGER, odd INTEGER);
CREATE INDEX by_instance ON record(instance) WHERE instance IS NOT NULL;
CREATE INDEX by_job ON record(job) WHERE job IS NOT NULL;
CREATE INDEX by_odd ON record(position) WHERE odd = 1;
CREATE VIRTUAL TABLE text USING fts5(t, content='', detail=none, columnsize=0,
    tokenize='trigram case_sensitive 1');
"""


class IndexTrouble(Exception):
    """The index is damaged or of another time: it is not asked, and made anew."""


@dataclass(frozen=True)
class IndexedFile:
    """How far a file was read into the index: `size` bytes, `lines` whole lines from `first` on."""

    name: str
    device: str
    inode: str
    size: int
    lines: int
    first: int
    changed: str
    digest: str
    ends: str


@dataclass(frozen=True)
class Candidates:
    """Positions that pass (`sure`) and those of which the line itself must be asked; both sorted."""

    sure: array[int]
    doubtful: array[int]


def index_path(cache: Path, root: Path) -> Path:
    """Return where the index of the trail at `root` (resolved) stands."""
    name = hashlib.sha256(os.fsencode(root)).hexdigest()[:32]
    return cache / FOLDER / f"{name}.db"


def connect(path: Path, *, write: bool) -> apsw.Connection:
    """Open an index; raises IndexTrouble where it is none of ours or damaged."""
    flags = apsw.SQLITE_OPEN_READWRITE | (apsw.SQLITE_OPEN_CREATE if write else 0)
    try:
        if write:  # what SQLite makes beside it gets the same rights
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = apsw.Connection(str(path), flags=flags)
        connection.setbusytimeout(3000)
        if write:
            connection.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        else:
            connection.execute("PRAGMA query_only = 1")
        [(version,)] = connection.execute("PRAGMA user_version")
        if version == 0 and write:
            connection.execute(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT")
            seed = os.urandom(16)
            connection.execute("INSERT INTO meta VALUES('seed', ?), ('text', 0)", (seed,))
        elif version != VERSION:
            connection.close()
            raise IndexTrouble(f"version {version}")
    except (apsw.Error, OSError) as error:
        raise IndexTrouble(str(error)) from error
    return connection


def discard(path: Path) -> None:
    """Remove an index with everything beside it."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ending).unlink()


def evict(folder: Path, keep: Path, most: int = MOST_BYTES) -> None:
    """Remove the indexes that were not used for longest until all take at most `most` bytes."""
    found: list[tuple[float, int, Path]] = []
    with suppress(OSError):
        for path in folder.glob("*.db"):
            beside = [path, path.with_name(f"{path.name}-wal")]
            size = sum(part.stat().st_size for part in beside if part.exists())
            found.append((path.stat().st_mtime, size, path))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if total <= most:
            return
        if path == keep:
            continue
        lock = FileLock(path.with_suffix(".lock"))
        with suppress(EnvironmentProblem):
            if lock.acquire(block=False):  # not one that is being made at this moment
                discard(path)
                total -= size
                lock.release()


def key_of(seed: bytes, text: str) -> int:
    """Return the number under which an id stands; which ids share one cannot be foreseen."""
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=8, key=seed).digest()
    return int.from_bytes(digest, "big", signed=True)


def changed(status: os.stat_result) -> str:
    """Return what of a file changes whenever its content does."""
    return f"{status.st_size} {status.st_mtime_ns} {status.st_ctime_ns}"


def ends_of(descriptor: int, size: int) -> str:
    """Return a digest of the first and last bytes up to `size`."""
    tail = read_at(descriptor, max(0, size - _SAMPLE), min(size, _SAMPLE))
    return hashlib.sha256(read_at(descriptor, 0, min(size, _SAMPLE)) + tail).hexdigest()


class TrailIndex:
    """An index opened to be asked; one thread at a time. Every method may raise IndexTrouble."""

    def __init__(self, path: Path) -> None:
        """Open the index at `path`, which must be there."""
        self._connection = connect(path, write=False)
        try:
            [(answer,)] = self._connection.execute("PRAGMA quick_check(1)")
            if answer != "ok":
                raise IndexTrouble(str(answer))
            meta = dict(self._connection.execute("SELECT key, value FROM meta"))
            self._seed = bytes(meta["seed"])
        except (apsw.Error, KeyError, TypeError, ValueError) as error:
            self.close()
            raise IndexTrouble(str(error)) from error
        with suppress(OSError):
            os.utime(path)  # used just now

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def covered(self, files: Sequence[TrailFile]) -> int:
        """Return how many lines, from the first on, the index knows as they are now."""
        known = self.files()
        if len(known) > len(files):
            raise IndexTrouble("files are gone")
        lines = 0
        for number, (old, file) in enumerate(zip(known, files, strict=False)):
            last = number + 1 == len(known)
            if (
                old.first != lines
                or file.trouble
                or old.name != file.name
                or not _same(old, file, grown=last)
            ):
                raise IndexTrouble(f"{file.name} is another")
            if not last and old.lines != file.lines:
                raise IndexTrouble(f"{file.name} has other lines")
            lines += min(old.lines, file.lines)
        return lines

    def files(self) -> list[IndexedFile]:
        """Return how far each file was read."""
        try:
            rows = self._connection.execute(
                "SELECT name, device, inode, size, lines, first, changed, digest, ends FROM file"
                " ORDER BY number"
            )
            return [IndexedFile(*row) for row in rows]
        except (apsw.Error, TypeError) as error:
            raise IndexTrouble(str(error)) from error

    def candidates(
        self, wanted: RecordFilter, literals: Sequence[bytes], start: int, end: int
    ) -> Candidates | None:
        """Return which of the lines from `start` to `end` pass or may pass `wanted`.

        None where it takes as long to ask the lines one by one.
        """
        try:
            return self._candidates(wanted, literals, start, end)
        except (apsw.Error, TypeError, ValueError) as error:
            raise IndexTrouble(str(error)) from error

    def times(self, wanted: RecordFilter, end: int) -> tuple[int, int, dict[int, int]] | None:
        """Return (begin, width in microseconds, records by part) of the lines up to `end`.

        `wanted` without its text and ids; None where no record has a time.
        """
        try:
            clauses, values = self._clauses(wanted)
            where = " AND ".join(["position < ?", "at IS NOT NULL", *clauses])
            ask = self._connection.execute
            [(low, high)] = ask(
                f"SELECT min(at), max(at) FROM record WHERE {where}", (end, *values)
            )
            if low is None:
                return None
            begin, width, _ = grid(low, high)
            rows = ask(
                f"SELECT (at - ?) / ?, count(*) FROM record WHERE {where} GROUP BY 1",
                (begin, width, end, *values),
            )
            return begin, width, dict(rows)
        except (apsw.Error, TypeError, ValueError) as error:
            raise IndexTrouble(str(error)) from error

    def times_at(self, positions: Iterable[int]) -> list[int]:
        """Return the times of these records, those that have one, in microseconds."""
        try:
            rows = self._connection.executemany(
                "SELECT at FROM record WHERE position = ? AND at IS NOT NULL",
                ((position,) for position in positions),
            )
            return [at for (at,) in rows]
        except (apsw.Error, TypeError) as error:
            raise IndexTrouble(str(error)) from error

    def words(self, kind: str, most: int) -> list[str]:
        """Return the texts of a kind (one of KINDS) that stand in the trail, at most so many."""
        try:
            rows = self._connection.execute(
                "SELECT text FROM word WHERE kind = ? ORDER BY text LIMIT ?", (kind, most)
            )
            return [str(text) for (text,) in rows]
        except apsw.Error as error:
            raise IndexTrouble(str(error)) from error

    def _candidates(
        self, wanted: RecordFilter, literals: Sequence[bytes], start: int, end: int
    ) -> Candidates | None:
        ask = self._connection.execute
        clauses, values = self._clauses(wanted)
        span = (start, end)
        sure: list[tuple[int]] = []
        doubtful = list(
            ask(
                "SELECT position FROM record WHERE odd = 1 AND position >= ? AND position < ?", span
            )
        )
        asked = bool(wanted.text or wanted.instance_id or wanted.job_id)
        if wanted.text:
            [(covered,)] = ask("SELECT value FROM meta WHERE key = 'text'")
            question = text_question(literals) if covered else ""
            if not question and not clauses:
                return None
            if question:
                most = (end - start) // 8 // LINES_A_TEXT + 1
                blocks = list(
                    ask("SELECT rowid FROM text WHERE text MATCH ? LIMIT ?", (question, most))
                )
                if len(blocks) == most and not clauses:
                    return None
                if len(blocks) < most:
                    where = " AND ".join(["position BETWEEN ? AND ?", "odd = 0", *clauses])
                    select = f"SELECT position FROM record WHERE {where}"
                    for (block,) in blocks:
                        first = block * LINES_A_TEXT
                        last = min(first + LINES_A_TEXT, end) - 1
                        doubtful += ask(select, (max(first, start), last, *values))
                    span = (max(start, covered), end)
        # With an id its own index is the way in, not the order of the lines.
        column = "+position" if wanted.instance_id or wanted.job_id else "position"
        where = " AND ".join(["odd = 0", f"{column} >= ?", f"{column} < ?", *clauses])
        rows = list(ask(f"SELECT position FROM record WHERE {where}", (*span, *values)))
        if asked:
            doubtful += rows
        else:
            sure = rows
        if len(doubtful) > max(5000, (end - start) // 16):
            return None
        return Candidates(_positions(sure), _positions(doubtful))

    def _clauses(self, wanted: RecordFilter) -> tuple[list[str], list[int]]:
        clauses: list[str] = []
        values: list[int] = []
        for column, text in (("workflow", wanted.workflow_id), ("operator", wanted.operator)):
            if text:
                clauses.append(f"{column} = ?")
                values.append(self._word(column, text))
        if wanted.event_types:
            known = [self._word("type", text) for text in sorted(wanted.event_types)]
            clauses.append(f"type IN ({', '.join('?' * len(known))})")
            values += known
        for column, text in (("instance", wanted.instance_id), ("job", wanted.job_id)):
            if text:
                clauses.append(f"{column} = ?")
                values.append(key_of(self._seed, text) if _plain(text) else 0)
        for at, sign in ((wanted.since, ">="), (wanted.until, "<")):
            if at is not None:
                clauses.append(f"at {sign} ?")
                values.append(micros(at))
        return clauses, values

    def _word(self, kind: str, text: str) -> int:
        """The number of a word; one that stands nowhere gets -1."""
        if not _plain(text):
            return -1
        rows = list(
            self._connection.execute(
                "SELECT id FROM word WHERE kind = ? AND text = ?", (kind, text)
            )
        )
        return int(rows[0][0]) if rows else -1


def _plain(text: str) -> bool:
    """True for a text that can be written at all; lines with others are odd."""
    try:
        return bool(text.encode("utf-8")) and "\0" not in text
    except UnicodeEncodeError:
        return False


def _positions(rows: Iterable[tuple[int]]) -> array[int]:
    return array("Q", sorted({int(position) for (position,) in rows}))


def _same(old: IndexedFile, file: TrailFile, *, grown: bool) -> bool:
    """True where the file is as it was when it was read, or (`grown`) has only got longer since."""
    try:
        status = file.path.stat()
        if (old.device, old.inode) != (str(status.st_dev), str(status.st_ino)):
            return False
        if old.changed == changed(status):
            return True
        if not grown or status.st_size <= int(old.changed.partition(" ")[0]):
            return False
        with opened(file.path, os.O_RDONLY) as descriptor:
            return ends_of(descriptor, old.size) == old.ends
    except (OSError, EnvironmentProblem, ValueError):
        return False
