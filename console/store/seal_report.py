"""What was found out about a sealed trail, put together as one report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.domain import audit_words
from console.domain.audit import Verdict, check_line, read_timestamp
from console.domain.audit_report import (
    RULE_SEAL,
    BadLine,
    FileReport,
    PinnedAt,
    SealedAt,
    TrailReport,
)
from console.domain.audit_rows import RowJudged
from console.domain.audit_trust import Pin, Seal, largest
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.encoding import to_base64
from console.domain.tlog.errors import TileTrouble
from console.store.sealed_tree import Leaves
from console.store.trail_judge import Judgement

MAX_MARKS: Final = 10_000
_GONE: Final = frozenset({Verdict.MISSING, Verdict.TAIL_CUT, Verdict.DAY_MISSING})
_ALL_GONE: Final = "All files of the trail are gone; its checkpoint states {} records."


def compared(
    checkpoint: Checkpoint, held: Sequence[tuple[int, bytes, str]], leaves: Leaves | None
) -> tuple[Verdict | None, str]:
    """Compare with checkpoints known otherwise, each as (size, root, what it is in words)."""
    for size, root, said in held:
        if size > checkpoint.size:
            return Verdict.ROLLED_BACK, (
                f"Set back: the checkpoint states {checkpoint.size:,} records, fewer than the"
                f" {size:,} {said}."
            )
        before = checkpoint.root if size == checkpoint.size else _root_at(leaves, size)
        if before is not None and before != root:
            return Verdict.FORKED, (
                f"Another trail: its first {size:,} records are not the ones {said}."
            )
    return None, ""


def sealed_report(
    seal: Seal, judgement: Judgement, problem: Verdict | None, why: str
) -> TrailReport:
    """Return the report on a trail whose checkpoint counts; `problem` is one with the whole of it."""
    assert seal.checkpoint is not None
    assert seal.key is not None
    files: list[FileReport] = []
    marks: dict[int, Verdict] = {}
    counts: Counter[Verdict] = Counter()
    first = 0
    for row in judgement.rows:
        look = judgement.looks.get(row.name)
        records = 0 if look is None else look.lines.records
        files.append(_file(row, records, first))
        for line, mark in row.judged.marks:
            counts[mark] += 1
            if len(marks) < MAX_MARKS:
                marks[first + line] = mark
        if row.judged.missing:
            gone = row.judged.verdict
            counts[gone if gone in _GONE else Verdict.MISSING] += row.judged.missing
        first += records
    damaged = [file for file in files if file.verdict is not Verdict.INTACT]
    if problem is None and not damaged and seal.checkpoint.size > first - judgement.unsealed:
        problem, why = Verdict.DAY_MISSING, _ALL_GONE.format(f"{seal.checkpoint.size:,}")
    verdict = problem or (damaged[0].verdict if damaged else Verdict.INTACT)
    if problem is None and judgement.newest_gone and damaged[0] is files[-1]:
        verdict, why = Verdict.DAY_MISSING, damaged[0].why
    counts[Verdict.INTACT] = max(first - sum(len(row.judged.marks) for row in judgement.rows), 0)
    pin = largest(seal.pins)
    return TrailReport(
        verdict=verdict,
        files=tuple(files),
        records=first,
        bad=sum(file.bad for file in files),
        first_bad=next((file.first_bad for file in damaged if file.first_bad is not None), None),
        not_proven=(audit_words.CONTENT, *judgement.notices),
        rule=RULE_SEAL,
        counts=dict(counts),
        checkpoint=SealedAt(
            seal.checkpoint.size,
            to_base64(seal.checkpoint.root),
            seal.key.text,
            _time(judgement),
        ),
        key_trust=seal.trust,
        pinned=None if pin is None else _pinned(pin),
        why=why,
        marks=marks,
        unsealed=judgement.unsealed,
    )


def without_checkpoint(report: TrailReport, seal: Seal) -> TrailReport:
    """A seal was to be expected, but nothing signed counts: that is the verdict over the whole."""
    assert seal.problem is not None
    pin = largest(seal.pins)
    return replace(
        without_seal(report),
        verdict=seal.problem,
        rule=RULE_SEAL,
        key_trust=seal.trust,
        pinned=None if pin is None else _pinned(pin),
        why=seal.why,
    )


def without_seal(report: TrailReport) -> TrailReport:
    """No hash that holds proves a trail: what the hash rule calls intact nobody can know."""
    files = tuple(
        replace(file, verdict=Verdict.CANNOT_KNOW) if file.verdict is Verdict.INTACT else file
        for file in report.files
    )
    damaged = [file for file in files if file.verdict is not Verdict.CANNOT_KNOW]
    verdict = damaged[0].verdict if damaged else Verdict.CANNOT_KNOW
    why = "" if damaged else _CANNOT_KNOW.format(f"{report.records:,}")
    return replace(report, verdict=verdict, files=files, rule=RULE_SEAL, why=why)


_CANNOT_KNOW: Final = (
    "Cannot know: every hash of {} records holds, but the trail has no seal that says whether these"
    " are all of them, in their order and with their times."
)


def only_file(report: TrailReport, name: str) -> TrailReport:
    """Return the part of a trail's report that is about one file of it."""
    [file] = [file for file in report.files if file.file == name]
    whole = report.why and report.verdict not in {Verdict.DAY_MISSING, Verdict.CANNOT_KNOW}
    return replace(
        report,
        verdict=report.verdict if whole else file.verdict,
        files=(file,),
        records=file.records,
        bad=file.bad,
        first_bad=file.first_bad,
        why=report.why if whole else "",
    )


def pin_of(root: Path, seal: Seal, now: datetime, *, confirmed: bool = False) -> Pin:
    """Return what is to be remembered of a trail whose checkpoint counts."""
    assert seal.checkpoint is not None
    assert seal.key is not None
    return Pin(
        origin=seal.checkpoint.origin,
        key=seal.key.text,
        size=seal.checkpoint.size,
        root=seal.checkpoint.root.hex(),
        path=os.fspath(root),
        seen=now.astimezone(UTC).isoformat(timespec="seconds"),
        confirmed=confirmed or seal.trust == "given",
    )


def _file(row: RowJudged, records: int, first: int) -> FileReport:
    judged = row.judged
    if judged.verdict is Verdict.INTACT:
        return FileReport(row.name, Verdict.INTACT, records)
    why = row.why or audit_words.SAID[judged.verdict]
    bad = max(len(judged.marks) + judged.missing, 1)
    placed = judged.line >= 0 and judged.verdict not in {Verdict.DAY_MISSING, Verdict.UNREADABLE}
    line = BadLine(judged.line + 1, first + judged.line, judged.verdict, why) if placed else None
    return FileReport(row.name, judged.verdict, records, line, why, bad)


def _root_at(leaves: Leaves | None, size: int) -> bytes | None:
    if leaves is None:
        return None
    try:
        return leaves.root_at(size)
    except TileTrouble:
        return None


def _time(judgement: Judgement) -> str | None:
    """The timestamp of the last sealed record that is there."""
    aside = judgement.unsealed
    for look in reversed(judgement.looks.values()):
        if aside >= look.lines.records:
            aside -= look.lines.records
            continue
        lines = list(look.newest(aside + 1))
        record = check_line(lines[-1][1]).record if lines else None
        at = None if record is None else read_timestamp(record)
        return None if at is None else at.isoformat()
    return None


def _pinned(pin: Pin) -> PinnedAt:
    root = to_base64(bytes.fromhex(pin.root))
    return PinnedAt(pin.size, root, pin.key, pin.seen, pin.confirmed)
