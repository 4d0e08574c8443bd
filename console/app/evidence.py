"""Evidence bundles made: what the trail gives, what the queue remembers, and the record of it.

The record of an export stands in the trail before the bundle does: it names the digest of the
queue's history, and the bundle takes it along under a checkpoint that covers it. Where the bundle then
cannot be written, a second record says so.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from console import VERSION
from console.config import find_memory
from console.domain.audit import EventType
from console.domain.audit_view import RecordFilter
from console.domain.errors import BadInput
from console.domain.evidence import MAX_DISCLOSED, disclosed_name
from console.domain.evidence_history import history_lines, selected
from console.domain.job import JobEvent, TriggerJob
from console.domain.text import visible
from console.resources import resource_path
from console.store.audit_files import day_of
from console.store.database import connect
from console.store.evidence_choice import Chosen, SealedTrail
from console.store.evidence_export import Disclosed, Handed, write_bundle
from console.store.job_reads import JobReads
from console.store.pins import PinBook
from console.store.seal_reading import SealFolder
from console.store.trail_export import refuse_inside
from console.store.trail_files import Cancelled
from console.store.trail_reader import Progress, TrailReader, never, unheard
from console.store.zip_reading import is_bundle

# Puts the record of an export into our own trail: what its payload says beside kind and operator.
Record = Callable[[dict[str, Any]], Awaitable[None]]
_PROGRAM: Final = f"CXone Operator Console {VERSION}"


@dataclass(frozen=True)
class BundleAsked:
    """What a person asks for: which trail, which records by position, where to, in whose name.

    `jobs` is the queue's database where the trail is this installation's own, else None.
    """

    root: Path
    positions: Sequence[int]
    out: Path
    operator: str
    selection: str
    filtered: bool
    jobs: Path | None = None
    disclose: bool = False
    progress: Progress = field(default=unheard)
    cancelled: Cancelled = field(default=never)


@dataclass(frozen=True)
class _Told:
    """What the queue gives to a bundle."""

    history: bytes
    disclosed: dict[str, Disclosed]


async def hand_over(asked: BundleAsked, record: Record | None) -> int:
    """Write the bundle; returns how many records are in it. `record` is for our own trail alone."""
    if asked.disclose and asked.jobs is None:
        raise BadInput(
            "Values can be disclosed of this installation's own trail only: no other holds them",
            "disclose-values",
        )
    if is_bundle(asked.root):
        raise BadInput(f"{asked.root} is an evidence bundle already: hand over that one", "PATH")
    sealed, chosen, job_ids = await asyncio.to_thread(_choose, asked)
    told: _Told | None = None
    if asked.jobs is not None and record is not None:
        told = await asyncio.to_thread(_remembered, asked.jobs, job_ids, disclose=asked.disclose)
        before = sealed.trail.records
        payload = {
            "records": len(chosen),
            "filtered": asked.filtered,
            "historySha256": hashlib.sha256(told.history).hexdigest(),
            "valuesDisclosed": sorted(told.disclosed),
        }
        await record(payload)
        try:
            sealed, chosen = await asyncio.to_thread(_again, asked, before, payload)
            await asyncio.to_thread(_write, asked, sealed, chosen, told)
        except BaseException:
            await record({"records": 0, "filtered": asked.filtered, "failed": True})
            raise
    else:
        await asyncio.to_thread(_write, asked, sealed, chosen, None)
    return len(chosen)


def opened_whole(path: Path) -> tuple[TrailReader, range | None]:
    """Open and count the trail that `path` belongs to, and say which part of it one file is.

    A single day file is proved by the seal beside it.
    """
    trail = TrailReader.open(path)
    root = trail.root
    single = root.is_file() and day_of(root.name) and SealFolder(root.parent).read().there
    if single:
        trail = TrailReader.open(root.parent)
    trail.count()
    if not single:
        return trail, None
    [file] = [file for file in trail.files if file.name == root.name]
    return trail, range(file.first, file.first + file.lines)


def _choose(asked: BundleAsked) -> tuple[SealedTrail, Chosen, set[str]]:
    """Find what is asked for, and refuse it before anything is on record."""
    trail, part = opened_whole(asked.root)
    refuse_inside(trail, asked.out)
    if not asked.out.parent.is_dir():
        raise BadInput(f"The folder {asked.out.parent} does not exist. Make it first.", "OUT")
    sealed = SealedTrail(trail, PinBook(find_memory()))
    first = part.start if part is not None else 0
    job_ids: set[str] = set()
    chosen = sealed.choose(
        (first + position for position in asked.positions),
        lambda done, total: asked.progress(done // 2, total),
        asked.cancelled,
        job_ids=job_ids if asked.jobs is not None else None,
    )
    return sealed, chosen, job_ids


def _again(asked: BundleAsked, before: int, payload: dict[str, Any]) -> tuple[SealedTrail, Chosen]:
    """Open the trail once more, now with the record of this export, which goes along."""
    trail, part = opened_whole(asked.root)
    sealed = SealedTrail(trail, PinBook(find_memory()))
    exports = RecordFilter(
        text=payload["historySha256"], event_types=frozenset({EventType.AUDIT_EXPORTED})
    )
    sealed.witnesses.update(trail.matching(exports, start=before)[-1:])
    first = part.start if part is not None else 0
    return sealed, sealed.choose(first + position for position in asked.positions)


def _write(asked: BundleAsked, sealed: SealedTrail, chosen: Chosen, told: _Told | None) -> None:
    handed = Handed(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        made_by=visible(asked.operator),
        program=_PROGRAM,
        selection=asked.selection,
        readme=resource_path("evidence", "README.txt").read_text("utf-8"),
        verifier=resource_path("evidence", "verify.py").read_bytes(),
        history=None if told is None else told.history,
        disclosed={} if told is None else told.disclosed,
    )
    write_bundle(
        sealed,
        chosen,
        asked.out,
        handed,
        lambda done, total: asked.progress((total + done) // 2, total),
        asked.cancelled,
    )


def _remembered(database: Path, job_ids: set[str], *, disclose: bool) -> _Told:
    """Ask the queue, on a connection of this thread's own, what it knows of these jobs."""
    reads = JobReads(connect(database), database)
    try:
        found: list[tuple[TriggerJob, list[JobEvent]]] = []
        for job_id in sorted(job_ids):
            job = reads.job(job_id)
            if job is not None:
                found.append((job, reads.history(job_id)))
    finally:
        reads.close()
    disclosed: dict[str, Disclosed] = {}
    if disclose:
        if len(found) > MAX_DISCLOSED:
            raise BadInput(
                f"The values of at most {MAX_DISCLOSED:,} jobs are disclosed at once; these records"
                f" are about {len(found):,}. Narrow the filter, with --job for one",
                "disclose-values",
            )
        disclosed = {
            job.job_id: Disclosed(job.salt, job.payload.digested().encode("utf-8"))
            for job, _ in found
            if disclosed_name(job.job_id, "salt")
        }
    return _Told(history_lines(found, frozenset(disclosed)), disclosed)


__all__ = ["BundleAsked", "Record", "hand_over", "opened_whole", "selected"]
