"""The seal of this console's own trail, for the command line."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.app.place import Place
from console.app.system import SystemClock
from console.config import find_paths
from console.domain.audit import EventType
from console.domain.errors import ConsoleError
from console.domain.tlog.checkpoint import Checkpoint, parse_checkpoint
from console.domain.tlog.note import parse_note
from console.store.audit_files import day_files, trouble_told
from console.store.seal_files import SealFiles

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class PrintedCheckpoint:
    """A checkpoint as it stands, with what it states; its signature is for others to check."""

    note: str
    states: Checkpoint

    def to_json(self) -> dict[str, Any]:
        """The document of `audit checkpoint --json`."""
        return {
            "checkpoint": self.note,
            "origin": self.states.origin,
            "size": self.states.size,
            "root": self.states.root.hex(),
        }


def checkpoint(data_dir: str | None) -> PrintedCheckpoint:
    """The trail's checkpoint, read without its key; ConsoleError where there is none yet."""
    audit = find_paths(data_dir).audit_dir
    with trouble_told(audit):
        note = SealFiles(audit).checkpoint()
    if note is None:
        raise ConsoleError(f"The trail in {audit} has no checkpoint yet: nothing is recorded there")
    states = parse_checkpoint(parse_note(note).text)
    return PrintedCheckpoint(note.decode(), states)


def adopt(source: Path, data_dir: str | None) -> dict[str, Any]:
    """Copy the trail at `source` into the empty one of `data_dir`; returns what is on record."""
    from console.store.audit_keys import AuditKeys
    from console.store.ledger import SqliteLedger

    place = Place.find(data_dir)
    paths = place.paths
    keys = AuditKeys(paths.config_dir, paths.data_dir)
    ledger = SqliteLedger(paths.data_dir, SystemClock(), keys)
    try:
        for notice in ledger.adopt(source):
            log.warning("%s", notice)
    finally:
        ledger.close()
    payload = _recorded(paths.audit_dir)
    return {"files": payload["files"], "newlineAdded": payload.get("newlineAdded")}


def _recorded(audit: Path) -> dict[str, Any]:
    """The payload of the record of an adoption, which stands in the newest file."""
    newest = [name for name, size in day_files(audit) if size][-1]
    for line in reversed((audit / newest).read_bytes().splitlines()):
        if f'"event_type": "{EventType.AUDIT_TRAIL_ADOPTED}"'.encode() in line:
            payload: dict[str, Any] = json.loads(line)["payload"]
            return payload
    raise ConsoleError("The adoption is not on record; look at the log")
