"""Records of a trail as a file for others: complete or not there at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from console.domain.audit import check_line
from console.domain.errors import BadInput, Refusal
from console.domain.text import harmless
from console.services.trail_ports import Trail
from console.store.audit_index_trail import IndexedTrail
from console.store.sealed_reader import SealedReader
from console.store.trail_files import TrailFile
from console.store.trail_prove import prove
from console.store.trail_reader import TrailReader
from console.store.trail_verify import Memory
from console.store.whole_file import write_whole

COLUMNS: Final = (
    "index",
    "file",
    "line",
    "verdict",
    "timestamp",
    "event_type",
    "workflowId",
    "instanceId",
    "jobId",
    "operator",
    "reason",
    "payload",
    "compliance_hash",
)
KINDS: Final = ("csv", "jsonl", "pdf", "zip")


def export_kind(path: Path) -> str:
    """Return 'csv', 'jsonl', 'pdf' or 'zip' by the name's end; raises BadInput for any other."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in KINDS:
        raise BadInput(
            f"{path.name}: exports are .csv, .jsonl, .pdf or .zip; end the name with one of these.",
            "OUT",
        )
    return kind


def export(trail: TrailReader, positions: Iterable[int], path: Path, kind: str) -> int:
    """Write the records at `positions` to `path` and return how many.

    jsonl holds the lines as they stand in the trail, csv one row a record with the verdict of
    the hash rule. Raises BadInput for a place inside the trail, EnvironmentProblem where the
    disk refuses; an existing file is replaced only by a complete one.
    """
    refuse_inside(trail, path)
    found = trail.lines(positions)
    if kind == "csv":
        return write_whole(path, _csv_rows(found), head=_row(COLUMNS))
    return write_whole(path, (raw + b"\n" for _, _, raw in found))


def refuse_inside(trail: TrailReader, path: Path) -> None:
    """Raise BadInput for a place inside the trail."""
    place = path.resolve()
    inside = place == trail.root or (trail.root.is_dir() and place.is_relative_to(trail.root))
    if inside:
        raise BadInput(
            f"{path} lies in the trail itself, which is only read. Choose another folder.", "OUT"
        )


def _csv_rows(found: Iterable[tuple[TrailFile, int, bytes]]) -> Iterator[bytes]:
    for file, number, raw in found:
        check = check_line(raw)
        record = check.record or {}
        payload = record.get("payload")
        values = payload if isinstance(payload, dict) else {}
        yield _row(
            (
                file.first + number,
                file.name,
                number + 1,
                check.verdict,
                *(_text(record.get(key)) for key in ("timestamp", "event_type")),
                *(
                    _text(values.get(key))
                    for key in ("workflowId", "instanceId", "jobId", "operator", "reason")
                ),
                _text(payload) if check.record is not None else raw.decode("utf-8", "replace"),
                _text(record.get("compliance_hash")),
            )
        )


def _text(value: object) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return "(nested too deeply)"


def _row(cells: Iterable[object]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow([harmless(cell) if isinstance(cell, str) else cell for cell in cells])
    return line.getvalue().replace("\0", "[U+0000]").encode("utf-8", "backslashreplace")


class TrailShelf:
    """Opens trails for the audit desk and writes records out; `own` is our audit folder."""

    def __init__(self, own: Path, memory: Memory | None = None, cache: Path | None = None) -> None:
        """Without a `memory` nothing is known of any trail from before, and nothing is kept.

        Indexes are kept in the folder `cache`, none without it.
        """
        self._own = own
        self._memory = memory or Memory()
        self._cache = cache

    def open(self, path: Path | None) -> SealedReader:
        """Open the trail at `path`; our own, which may be empty, where it is None."""
        if path is None:
            trail: SealedReader = IndexedTrail.look(self._own, self._memory, may_be_empty=True)
        else:
            trail = IndexedTrail.look(path, self._memory)
        if self._cache is not None:
            trail.keep_index(self._cache)
        return trail

    def prove(self, trail: Trail, position: int) -> tuple[int, bytes]:
        """Return (checkpoint's size, C2SP tlog-proof) of one record; see `trail_prove.prove`."""
        if self._memory.pins is None:
            raise Refusal("Nothing is known here of whose key counts.")
        proved = prove(trail.root, position, self._memory.pins)
        return proved.size, proved.text

    def save(self, trail: Trail, path: Path, text: bytes) -> None:
        """Write `text` to `path`, all or nothing, never into the trail."""
        assert isinstance(trail, TrailReader)
        refuse_inside(trail, path)
        write_whole(path, [text])

    def export(self, trail: Trail, positions: Iterable[int], path: Path, kind: str) -> int:
        """Write the records at `positions` of a trail that `open` gave; return how many."""
        assert isinstance(trail, TrailReader)
        return export(trail, positions, path, kind)
