"""A trail judged by the hash rule alone: every line by itself, large trails shared out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from console.domain.audit import LineCheck, Verdict, check_line
from console.domain.audit_report import BadLine, FileReport, TrailReport, judge
from console.domain.errors import EnvironmentProblem
from console.store.audit_files import opened, read_at, told
from console.store.line_work import Cancelled, LineWorkers, Piece, PieceDone, Step, joined, pieces
from console.store.trail_files import MAX_LINE, TrailFile, line_span

_TOO_LONG: Final = LineCheck(Verdict.UNREADABLE, why="Longer than 256 MiB.")


def by_hash_rule(
    files: Sequence[TrailFile], step: Step, cancelled: Cancelled, workers: LineWorkers | None = None
) -> TrailReport:
    """Judge every line of `files` by its hash; raises Stopped once `cancelled` says so."""
    counts: dict[Verdict, int] = {}
    reports: list[FileReport] = []
    first = 0
    for file, done in zip(files, _done(files, step, cancelled, workers), strict=True):
        report = _report(file, done, first)
        reports.append(report)
        first += report.records
        if isinstance(done, PieceDone):
            for verdict, number in (
                (Verdict.EDITED, done.bad_count - done.unreadable),
                (Verdict.UNREADABLE, done.unreadable),
            ):
                if number:
                    counts[verdict] = counts.get(verdict, 0) + number
        counts[Verdict.INTACT] = counts.get(Verdict.INTACT, 0) + report.records - report.bad
    return judge(tuple(reports), counts)


def _done(
    files: Sequence[TrailFile], step: Step, cancelled: Cancelled, workers: LineWorkers | None
) -> list[PieceDone | str]:
    """What the lines of each file came to, or the trouble it is in."""
    cut = [_cut(file) for file in files]
    todo = [piece for parts in cut if not isinstance(parts, str) for piece in parts]
    try:
        results = iter((workers or LineWorkers()).run(todo, step, cancelled))
    except (OSError, EnvironmentProblem):
        # One of them broke while it was read: which one is found by asking one after another.
        return [
            parts if isinstance(parts, str) else _alone(parts, step, cancelled) for parts in cut
        ]
    return [
        parts if isinstance(parts, str) else joined([next(results) for _ in parts]) for parts in cut
    ]


def _cut(file: TrailFile) -> list[Piece] | str:
    if file.trouble:
        return file.trouble
    try:
        return pieces(file.path, file.size, rule=True, leaves=False)
    except (OSError, EnvironmentProblem) as error:
        return _words(error)


def _alone(parts: list[Piece], step: Step, cancelled: Cancelled) -> PieceDone | str:
    try:
        return joined(LineWorkers(0).run(parts, step, cancelled))
    except (OSError, EnvironmentProblem) as error:
        return _words(error)


def _report(file: TrailFile, done: PieceDone | str, first: int) -> FileReport:
    if isinstance(done, str):
        return FileReport(file.name, Verdict.UNREADABLE, 0, None, done, 0)
    if not done.bad_count:
        return FileReport(file.name, Verdict.INTACT, done.lines)
    line = done.bad[0]
    check = _check(file, line)
    bad = BadLine(line + 1, first + line, check.verdict, check.why)
    return FileReport(file.name, bad.code, done.lines, bad, bad.why, done.bad_count)


def _check(file: TrailFile, number: int) -> LineCheck:
    """Judge one line again, for what is wrong with it."""
    try:
        with opened(file.path, os.O_RDONLY) as descriptor:
            begin, size = line_span(descriptor, number, file.size)
            return check_line(read_at(descriptor, begin, size)) if size <= MAX_LINE else _TOO_LONG
    except (OSError, EnvironmentProblem) as error:
        return LineCheck(Verdict.UNREADABLE, why=_words(error))


def _words(error: OSError | EnvironmentProblem) -> str:
    return f"It cannot be read: {told(error)}" if isinstance(error, OSError) else str(error)
