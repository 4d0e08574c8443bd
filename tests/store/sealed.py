"""Sealed trails for tests, made with the published formats alone; no writer of ours takes part."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from console.domain.audit import record_line
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.hashes import leaf_hashes
from console.domain.tlog.keys import SigningKey
from console.domain.tlog.tiles import TileEdge
from console.domain.tlog.tree import root_of
from console.store.pins import PinBook
from console.store.trail_verify import Demands, Memory, TrailVerifier

ORIGIN = "cxone-audit/3f1c"
KEY = SigningKey(ORIGIN, bytes(range(32)))
OTHER = SigningKey(ORIGIN, bytes(reversed(range(32))))
START = datetime(2026, 6, 1, 7, tzinfo=UTC)


def day(number):
    return f"workflow_audit_{START + timedelta(days=number):%Y%m%d}.jsonl"


def record(number, at=START, **payload):
    values = {"jobId": f"job-{number}", "priority": number % 10, "reason": f"Straße {number}"}
    return record_line(at + timedelta(seconds=number), "WORKFLOW_TRIGGERED", values | payload)


@dataclass
class Trail:
    """A trail's lines (with LF) by file name; `seal` and `write` put it on a disk."""

    folder: Path
    files: dict[str, list[bytes]] = field(default_factory=dict)

    @property
    def lines(self):
        return [line for name in sorted(self.files) for line in self.files[name]]

    def open_day(self, number, records):
        """Begin a day as the writer does, then add `records` records."""
        before = sorted(self.files)
        previous = None
        if before:
            content = b"".join(self.files[before[-1]])
            previous = {
                "file": before[-1],
                "records": len(self.files[before[-1]]),
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
        leaves = leaf_hashes(line[:-1] for line in self.lines)
        tree = {"size": len(self.lines), "root": root_of(leaves).hex()}
        at = START + timedelta(days=number)
        opening = record_line(at, "AUDIT_FILE_OPENED", {"previous": previous, "tree": tree})
        first = len(self.lines) + 1
        lines = [record(first + more, at) for more in range(records)]
        self.files[day(number)] = [opening, *lines]

    def write(self):
        self.folder.mkdir(exist_ok=True)
        for name, lines in self.files.items():
            (self.folder / name).write_bytes(b"".join(lines))
        return self

    def seal(
        self, signers: Sequence[SigningKey] = (KEY,), *, upto=None, keep=(), vkeys=None, tiles=True
    ):
        """Seal the lines (the first `upto` of them), and keep checkpoints of the sizes `keep`."""
        leaves = leaf_hashes(line[:-1] for line in self.lines[:upto])
        seal = self.folder / "seal"
        seal.mkdir(exist_ok=True)
        for size in (*keep, None):
            root = root_of(leaves if size is None else leaves[: 32 * size])
            checkpoint = Checkpoint(ORIGIN, len(leaves) // 32 if size is None else size, root)
            name = "checkpoint" if size is None else f"checkpoint.{size}"
            (seal / name).write_bytes(checkpoint.signed(signers))
        keys = signers if vkeys is None else vkeys
        (seal / "vkey").write_text("".join(f"{key.verifier.text}\n" for key in keys))
        for tile, content in TileEdge().append(leaves) if tiles else ():
            path = seal / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return self


def sealed_trail(folder, records=(4, 4, 4), **how):
    """Three days of an opening and four records each, closed at their ends."""
    trail = Trail(folder)
    ends = []
    for number, count in enumerate(records):
        trail.open_day(number, count)
        ends.append(len(trail.lines))
    return trail.write().seal(keep=ends[:-1], **how)


def verify(path, state, *, own=None, **demands):
    """The report on the trail at `path`, with what is remembered in `state`."""
    return TrailVerifier(path, Memory(PinBook(state), own), Demands(**demands)).run()


def found(report):
    """Verdict, and the first bad line of the whole as (file, line from 1)."""
    place = next(
        ((file.file, file.first_bad.line) for file in report.files if file.first_bad), None
    )
    return str(report.verdict), place


def rehashed(line, **payload):
    """The line with other values and a hash that holds again."""
    value = json.loads(line)
    return record_line(
        datetime.fromisoformat(value["timestamp"]),
        value["event_type"],
        value["payload"] | payload,
    )
