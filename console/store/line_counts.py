"""The lines of large files found by several processes: where each begins, and how many there are."""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from console.domain.errors import EnvironmentProblem
from console.store.audit_files import blocks, opened
from console.store.line_work import Cancelled, Step, shared
from console.store.trail_files import SEARCHED, TrailFile

WORTH_PROCESSES: Final = 1024 * 1024 * 1024
"""Below this many bytes one process is through before others have begun."""
PART: Final = 128 * 1024 * 1024

Part = tuple[Path, int, int]


def line_ends(part: Part) -> tuple[int, bytes]:
    """Return how many bytes were read, and behind each LF among them the next byte's place."""
    path, begin, end = part
    ends = array("Q")
    append, done = ends.append, begin
    with opened(path, os.O_RDONLY) as descriptor:
        for block in blocks(descriptor, begin, end, SEARCHED):
            at = block.find(b"\n")
            while at >= 0:
                append(done + at + 1)
                at = block.find(b"\n", at + 1)
            done += len(block)
    return done - begin, ends.tobytes()


def counted_together(
    files: Sequence[TrailFile], step: Step, cancelled: Cancelled, processes: int | None = None
) -> list[TrailFile] | None:
    """Find the lines of files that nobody counted yet; None where it has to be done here.

    That is where there is little to read, one of them is in trouble or changes meanwhile, or the
    system gives no processes. Raises Stopped once `cancelled` says so.
    """
    cores = min(os.cpu_count() or 1, 4) if processes is None else processes
    if cores < 2 or sum(file.size for file in files) < WORTH_PROCESSES:
        return None
    if any(file.trouble or file.lines for file in files):
        return None
    todo = [
        (file.path, begin, min(begin + PART, file.size))
        for file in files
        for begin in range(0, file.size, PART)
    ]
    from concurrent.futures.process import BrokenProcessPool

    try:
        results = iter(shared(line_ends, todo, _size, step, cancelled, cores))
    except (OSError, EnvironmentProblem, BrokenProcessPool, NotImplementedError):
        return None
    return _joined(files, todo, results.__next__)


def _joined(
    files: Sequence[TrailFile], todo: Sequence[Part], following: Callable[[], tuple[int, bytes]]
) -> list[TrailFile] | None:
    found: list[TrailFile] = []
    parts = iter(todo)
    for file in files:
        starts = array("Q", [0] if file.size else [])
        for _ in range(0, file.size, PART):
            read, ends = following()
            if read != _size(next(parts)):
                return None
            starts.frombytes(ends)
        while starts and starts[-1] >= file.size:
            starts.pop()
        found.append(replace(file, starts=starts, lines=len(starts)))
    return found


def _size(part: Part) -> int:
    return part[2] - part[1]
