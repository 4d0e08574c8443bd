"""`audit export`: records of any trail into a file for others; of our own trail, each is on record."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import Any

from console.app.evidence import BundleAsked, hand_over
from console.app.folder import Folder, Place, opened
from console.config import find_paths, load_settings
from console.domain.audit import EventType
from console.domain.audit_view import RecordFilter
from console.domain.errors import BadInput
from console.domain.evidence_history import selected
from console.domain.records import RecordDraft
from console.services.ports import Write
from console.store.sealed_reader import SealedReader
from console.store.trail_export import export, export_kind
from console.store.trail_reader import Progress, TrailReader, unheard
from console.store.trail_verify import Memory


@dataclass(frozen=True)
class ExportAsked:
    """Options of `audit export` as they were typed; the newest `limit` of what passes `wanted`."""

    path: Path
    out: Path
    wanted: RecordFilter
    limit: int | None = None
    disclose: bool = False


def export_records(asked: ExportAsked, data_dir: str | None, progress: Progress = unheard) -> int:
    """Write what passes to a .csv, .jsonl, .pdf or .zip file; returns how many records.

    An export of the own trail of `data_dir` is itself a record there.
    """
    kind = export_kind(asked.out)
    if asked.disclose and kind != "zip":
        raise BadInput("Values are disclosed in an evidence bundle (.zip) only", "disclose-values")
    trail = SealedReader.look(asked.path, Memory())
    found = positions(trail, asked.wanted, asked.limit)
    audit = find_paths(data_dir).audit_dir.resolve()
    own = audit in {trail.root, trail.root.parent}
    if kind == "zip":
        return asyncio.run(_bundle(asked, trail.root, found, data_dir, progress, own=own))
    if kind == "pdf":
        records = _report(asked, found, data_dir, progress)
    else:
        records = export(trail, found, asked.out, kind)
    if own:
        asyncio.run(_tell(Place.find(data_dir), kind, {"records": records, **_filtered(asked)}))
    return records


def positions(trail: TrailReader, wanted: RecordFilter, limit: int | None) -> Sequence[int]:
    """Return the newest `limit` records that pass (None: all), in trail order."""
    records = trail.count()
    found: Sequence[int] = range(records) if wanted.everything else trail.matching(wanted)
    return found if limit is None else found[max(0, len(found) - limit) :]


def operator_of(data_dir: str | None) -> str:
    """Return the operator's name by the settings, without opening a data folder."""
    return load_settings(find_paths(data_dir).settings_file).settings.operator


def export_record(folder: Folder, kind: str, payload: dict[str, Any]) -> Write:
    """The record of an export: its kind, what `payload` says of it, and who made it when."""
    about = {
        "kind": kind,
        **payload,
        "operator": folder.operator.name,
        "decidedAt": folder.clock.now().astimezone(UTC).isoformat(),
    }
    return Write(records=(RecordDraft(EventType.AUDIT_EXPORTED, about),))


def _filtered(asked: ExportAsked) -> dict[str, bool]:
    return {"filtered": not asked.wanted.everything or asked.limit is not None}


def _report(
    asked: ExportAsked, found: Sequence[int], data_dir: str | None, progress: Progress
) -> int:
    from console.app.audit import memory_of
    from console.app.audit_report_pdf import ReportAsked, ready_qt, write_report

    qt = ready_qt()
    trail = SealedReader.look(asked.path, memory_of(data_dir))
    trail.count()
    printing = ReportAsked(
        found,
        asked.out,
        operator_of(data_dir),
        selected(asked.wanted, asked.limit),
        progress,
    )
    records = write_report(trail, printing)
    del qt  # until here
    return records


async def _bundle(
    asked: ExportAsked,
    root: Path,
    found: Sequence[int],
    data_dir: str | None,
    progress: Progress,
    *,
    own: bool,
) -> int:
    bundle = BundleAsked(
        root=root,
        positions=found,
        out=asked.out,
        operator=operator_of(data_dir),
        selection=selected(asked.wanted, asked.limit),
        filtered=_filtered(asked)["filtered"],
        jobs=find_paths(data_dir).database_file if own else None,
        disclose=asked.disclose,
        progress=progress,
    )
    if not own:
        return await hand_over(bundle, None)
    async with opened(Place.find(data_dir)) as folder:

        async def record(payload: dict[str, Any]) -> None:
            await folder.journal.write(export_record(folder, "zip", payload))

        return await hand_over(bundle, record)


async def _tell(place: Place, kind: str, payload: dict[str, Any]) -> None:
    async with opened(place) as folder:
        await folder.journal.write(export_record(folder, kind, payload))
