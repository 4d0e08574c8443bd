"""Whole files and single lines hashed: in this process, or shared out where that is faster.

A digest over large blocks releases the interpreter, so threads do for whole files. Lines are too
short for that: a large file is cut behind line ends and its pieces are hashed by processes of
their own, which also keeps a window's thread free. This module imports little, because each such
process imports it.
"""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, TypeVar

from console.domain.audit import Verdict, check_line, hash_holds
from console.domain.audit_blocks import BlockJudge
from console.domain.audit_opening import ADOPTING_MARK, opening_lines
from console.domain.audit_view import Stopped
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.hashes import block_leaf_hashes
from console.store.audit_files import BLOCK, blocks, opened, read_at
from console.store.trail_files import MAX_LINE

if TYPE_CHECKING:
    from concurrent.futures import Future

PIECE: Final = 8 * 1024 * 1024
WORTH_PROCESSES: Final = 24 * 1024 * 1024
"""Below this many bytes the start of the processes costs more than they save."""
_DIGEST_BLOCK: Final = 1024 * 1024
_PROCESSES: Final = 4
_MARKS: Final = 10_000
_LOOK_S: Final = 0.1

_Todo = TypeVar("_Todo")
_Done = TypeVar("_Done")
Step = Callable[[int], None]
Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Piece:
    """Whole lines of a file: from byte `begin` to byte `end`.

    `rule`: judge each hash as well; `leaves`: hash each line for the tree.
    """

    path: Path
    begin: int
    end: int
    rule: bool = False
    leaves: bool = True


@dataclass(frozen=True)
class PieceDone:
    """What the lines of a piece came to; line numbers count from 0 in the piece.

    `leaves` are their leaf hashes in a row, `openings` and `adoptions` the lines that begin as
    such records do, `bad` (at most 10,000) those whose compliance hash does not hold; of all such
    `unreadable` cannot be read at all.
    """

    lines: int
    leaves: bytes = b""
    openings: tuple[int, ...] = ()
    adoptions: tuple[int, ...] = ()
    bad: tuple[int, ...] = ()
    bad_count: int = 0
    unreadable: int = 0


def work(piece: Piece) -> PieceDone:
    """Hash the lines of a piece, however long they are; raises OSError, EnvironmentProblem."""
    leaves: list[bytes] = []
    openings: list[int] = []
    adoptions: list[int] = []
    bad: list[int] = []
    lines = bad_count = unreadable = 0
    judge = BlockJudge()
    for block in _line_blocks(piece):
        if isinstance(block, _LongLine):
            leaves.append(block.leaf)
            if block.verdict is not Verdict.INTACT:
                bad_count += 1
                unreadable += block.verdict is Verdict.UNREADABLE
                bad.append(lines)
            lines += 1
            continue
        if piece.leaves:
            leaves.append(block_leaf_hashes(block))
            openings.extend(lines + number for number in opening_lines(block))
            adoptions.extend(lines + number for number in opening_lines(block, ADOPTING_MARK))
        found = judge.bad(block) if piece.rule else ()
        if found:
            raws = block.split(b"\n")
            unreadable += sum(check_line(raws[at]).verdict is Verdict.UNREADABLE for at in found)
            bad_count += len(found)
            bad.extend(lines + number for number in found[: max(_MARKS - len(bad), 0)])
        lines += block.count(b"\n") + (not block.endswith(b"\n"))
    row = b"".join(leaves) if piece.leaves else b""
    marks = tuple(openings), tuple(adoptions), tuple(bad)
    return PieceDone(lines, row, *marks, bad_count, unreadable)


def joined(parts: Sequence[PieceDone]) -> PieceDone:
    """Return what the pieces of one file came to together, in their order."""
    openings: list[int] = []
    adoptions: list[int] = []
    bad: list[int] = []
    first = 0
    for part in parts:
        openings.extend(first + number for number in part.openings)
        adoptions.extend(first + number for number in part.adoptions)
        bad.extend(first + number for number in part.bad[: _MARKS - len(bad)])
        first += part.lines
    return PieceDone(
        first,
        b"".join(part.leaves for part in parts),
        tuple(openings),
        tuple(adoptions),
        tuple(bad),
        sum(part.bad_count for part in parts),
        sum(part.unreadable for part in parts),
    )


def pieces(
    path: Path, size: int, *, rule: bool = False, leaves: bool = True, piece: int = PIECE
) -> list[Piece]:
    """Cut the first `size` bytes of a file behind line ends into pieces of about `piece` bytes."""
    found: list[Piece] = []
    begin = 0
    with opened(path, os.O_RDONLY) as descriptor:
        while size - begin > piece:
            end = _line_end(descriptor, begin + piece, size)
            found.append(Piece(path, begin, end, rule, leaves))
            begin = end
    if begin < size or not found:
        found.append(Piece(path, begin, size, rule, leaves))
    return found


class LineWorkers:
    """Does `work` for many pieces in order: in processes where there is much to do, else here."""

    def __init__(self, processes: int | None = None) -> None:
        """`processes` None lets the machine and the amount of work decide, 0 is this one."""
        self._processes = processes

    def run(self, todo: Sequence[Piece], step: Step, cancelled: Cancelled) -> list[PieceDone]:
        """Return what each piece came to; raises Stopped, OSError, EnvironmentProblem."""
        processes = self._processes
        if processes is None:
            cores = min(os.cpu_count() or 1, _PROCESSES)
            worth = sum(piece.end - piece.begin for piece in todo) >= WORTH_PROCESSES
            processes = cores if worth and cores > 1 else 0
        if processes:
            from concurrent.futures.process import BrokenProcessPool

            try:
                return shared(work, todo, _bytes, step, cancelled, processes)
            except (BrokenProcessPool, PermissionError, NotImplementedError):
                pass  # a system that gives no processes: the same work here, only slower
        return [_done_here(piece, step, cancelled) for piece in todo]


def shared(
    job: Callable[[_Todo], _Done],
    todo: Sequence[_Todo],
    size: Callable[[_Todo], int],
    step: Step,
    cancelled: Cancelled,
    processes: int,
) -> list[_Done]:
    """Do `job` for each of `todo` in so many processes and return what each came to, in order.

    Raises Stopped, what `job` raises, and what a system does that gives no processes.
    """
    # Loaded where they are needed: the window starts without them.
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    # Spawned, not forked: a fork of a program with threads and a window may hang.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=left_alone)
    try:
        with interrupts_held():
            waiting = [pool.submit(job, one) for one in todo]
        return [
            _waited(future, size(one), step, cancelled)
            for future, one in zip(waiting, todo, strict=True)
        ]
    finally:
        pool.shutdown(cancel_futures=True)


def digests(
    files: Sequence[tuple[Path, int]], step: Step, cancelled: Cancelled, threads: int = 2
) -> list[str]:
    """Return the SHA-256 in hex of the first bytes of each file, as many as are named; two at once.

    A file that is shorter by now or cannot be read gives ''. Raises Stopped.
    """
    from concurrent.futures import ThreadPoolExecutor

    lock = Lock()

    def locked(size: int) -> None:
        with lock:
            step(size)

    with ThreadPoolExecutor(threads) as pool:
        waiting = [pool.submit(_digest, path, size, locked, cancelled) for path, size in files]
        return [future.result() for future in waiting]


def _digest(path: Path, size: int, step: Step, cancelled: Cancelled) -> str:
    sha256, left = hashlib.sha256(), size
    room = memoryview(bytearray(_DIGEST_BLOCK))
    try:
        with (
            opened(path, os.O_RDONLY) as descriptor,
            os.fdopen(descriptor, "rb", 0, closefd=False) as file,
        ):
            while left:
                if cancelled():
                    raise Stopped
                got = file.readinto(room[: min(left, _DIGEST_BLOCK)])
                if not got:
                    return ""
                sha256.update(room[:got])
                left -= got
                step(got)
    except (OSError, EnvironmentProblem):
        return ""  # the lines tell what is wrong with this file
    return sha256.hexdigest()


def _done_here(piece: Piece, step: Step, cancelled: Cancelled) -> PieceDone:
    if cancelled():
        raise Stopped
    done = work(piece)
    step(piece.end - piece.begin)
    return done


def _bytes(piece: Piece) -> int:
    return piece.end - piece.begin


def _waited(future: Future[_Done], size: int, step: Step, cancelled: Cancelled) -> _Done:
    from concurrent.futures import wait

    while True:
        if cancelled():
            raise Stopped
        if wait([future], timeout=_LOOK_S).done:
            done = future.result()
            step(size)
            return done


@dataclass(frozen=True)
class _LongLine:
    """A line longer than a block, of which only the hash is kept and, where asked, its verdict."""

    leaf: bytes
    verdict: Verdict = Verdict.INTACT


def _line_blocks(piece: Piece) -> Iterator[bytes | _LongLine]:
    """Give blocks of whole lines; a line longer than a block is hashed as it passes by."""
    rest = b""
    begin = at = piece.begin  # of the line that `rest` begins, and of the next block
    sha256 = None
    with opened(piece.path, os.O_RDONLY) as descriptor:
        for block in blocks(descriptor, piece.begin, piece.end):
            at += len(block)
            fresh = block
            if sha256 is not None:
                end = block.find(b"\n")
                if end < 0:
                    sha256.update(block)
                    continue
                sha256.update(block[:end])
                yield _long(piece, descriptor, begin, at - len(block) + end, sha256.digest())
                sha256, fresh = None, block[end + 1 :]
            cut = fresh.rfind(b"\n") + 1
            if cut:
                yield rest + fresh[:cut]
            rest = fresh[cut:] if cut else rest + fresh
            begin = at - len(rest)
            if len(rest) > BLOCK:
                sha256, rest = hashlib.sha256(b"\x00" + rest), b""
        if sha256 is not None:
            yield _long(piece, descriptor, begin, at, sha256.digest())
        elif rest:
            yield rest


def _long(piece: Piece, descriptor: int, begin: int, end: int, leaf: bytes) -> _LongLine:
    if not piece.rule:
        return _LongLine(leaf)
    if end - begin > MAX_LINE:
        return _LongLine(leaf, Verdict.UNREADABLE)
    raw = read_at(descriptor, begin, end - begin)
    return _LongLine(leaf, Verdict.INTACT if hash_holds(raw) else check_line(raw).verdict)


def _line_end(descriptor: int, start: int, size: int) -> int:
    for block in blocks(descriptor, start, size):
        at = block.find(b"\n")
        if at >= 0:
            return start + at + 1
        start += len(block)
    return size


def left_alone() -> None:
    """Work behind the window, which comes first on a busy machine.

    Ctrl-C is for the program that started this process; it ends its workers itself.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(10)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Start processes that know no Ctrl-C from their first moment, before they can say so."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
