"""Audit trails for the command line and the window: opened read-only, judged, searched, exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.app.anchor import at_hand
from console.app.evidence_command import export_record, positions
from console.app.evidence_desk import WindowExports
from console.app.folder import Folder
from console.config import find_cache, find_memory, find_paths
from console.domain.anchor import STAMP_SUFFIX
from console.domain.audit import LineCheck, check_line, read_timestamp
from console.domain.audit_report import TrailReport
from console.domain.audit_trust import Pin, read_keys
from console.domain.audit_view import RecordFilter
from console.domain.errors import BadInput
from console.domain.tlog.errors import SealError
from console.domain.tlog.keys import VerifierKey
from console.services.trail_desk import TrailDesk
from console.store.anchor_folder import FoundNote
from console.store.anchor_reading import given_folder, given_stamp
from console.store.evidence_reader import judge_bundle
from console.store.pins import PinBook
from console.store.seal_reading import read_given
from console.store.sealed_reader import SealedReader
from console.store.trail_export import TrailShelf
from console.store.trail_prove import ProofChecked, Proved, check_proof, prove
from console.store.trail_reader import Progress, unheard
from console.store.trail_verify import Demands, Memory, TrailVerifier
from console.store.zip_reading import is_bundle


@dataclass(frozen=True)
class Found:
    """One record that a search found; `index` counts from 0 over the trail, `line` from 1."""

    index: int
    file: str
    line: int
    raw: bytes
    check: LineCheck

    def to_json(self) -> dict[str, Any]:
        """The entry of `audit search --json`; a line that is no record has `raw` instead."""
        record = self.check.record
        at = None if record is None else read_timestamp(record)
        event_type = None if record is None else record.get("event_type")
        entry: dict[str, Any] = {
            "index": self.index,
            "file": self.file,
            "line": self.line,
            "verdict": str(self.check.verdict),
            "timestamp": None if at is None else at.isoformat(),
            "eventType": event_type if isinstance(event_type, str) else None,
            "record": record,
        }
        if record is None:
            entry["raw"] = self.raw.decode("utf-8", "backslashreplace")
        return entry


@dataclass(frozen=True)
class Asked:
    """What a person asks of a verification: options of `audit verify` as they were typed."""

    key: str | None = None
    against: Path | None = None
    rule: str | None = None
    deep: bool = False


def verify(
    path: Path, asked: Asked, data_dir: str | None, progress: Progress = unheard
) -> TrailReport:
    """Judge the trail at `path`; raises NotATrail (bad input) with the reason.

    What was seen of a trail that nothing speaks against is remembered outside its folder.
    """
    memory = memory_of(data_dir)
    demands = Demands(
        trusted_key(asked.key), _against(asked.against, memory), asked.deep, asked.rule
    )
    if is_bundle(path):
        return judge_bundle(path, memory, demands, progress)
    return TrailVerifier(path, memory, demands).run(progress)


def _against(given: Path | None, memory: Memory) -> bytes | tuple[FoundNote, ...] | None:
    """What `--against` names: a checkpoint, a folder of them, or a time stamp beside one."""
    if given is None:
        return None
    if given.is_dir():
        return given_folder(given)
    if given.suffix == STAMP_SUFFIX:
        return given_stamp(given, memory.anchors)
    return read_given(given, "The checkpoint", "against")


def pin(path: Path | None, key: str | None, data_dir: str | None) -> tuple[TrailReport, Pin | None]:
    """Remember the trail's checkpoint and key as confirmed by a person, if the trail is intact."""
    memory = memory_of(data_dir)
    place = find_paths(data_dir).audit_dir if path is None else path
    verifier = TrailVerifier(place, memory, Demands(trusted_key(key)))
    report = verifier.run()
    return report, verifier.confirm() if report.intact and report.checkpoint else None


def prove_record(path: Path, index: int) -> Proved:
    """Return the proof of one record; see `store.trail_prove.prove`."""
    return prove(path, index, PinBook(find_memory()))


def check_proof_file(file: Path, key: str | None, record: Path | None) -> ProofChecked:
    """Check a proof in a file; see `store.trail_prove.check_proof`."""
    line = None if record is None else read_given(record, "The record", "record")
    raw = read_given(file, "The proof", "check")
    return check_proof(raw, PinBook(find_memory()), trusted_key(key), line)


def trusted_key(named: str | None) -> VerifierKey | None:
    """Return the key that a person named by its text or by a file; raises BadInput."""
    if named is None:
        return None
    text = named.strip()
    try:
        return VerifierKey.from_text(text)
    except SealError as error:
        if not Path(text).is_file():
            raise BadInput(
                f"--key: {error} Name its text or a file that holds it", "key"
            ) from error
    keys = read_keys(read_given(Path(text), "The key", "key"))
    if not keys:
        raise BadInput(f"--key: {text} holds no verifier key (name+id+base64)", "key")
    return keys[0]


def memory_of(data_dir: str | None) -> Memory:
    """Return what is known outside of any opened folder."""
    paths = find_paths(data_dir)
    return Memory(PinBook(find_memory()), paths.data_dir, at_hand(paths))


def search(path: Path, wanted: RecordFilter, limit: int | None) -> Iterator[Found]:
    """The newest `limit` records that pass (None: all), in trail order."""
    trail = SealedReader.look(path, Memory())
    for file, number, raw in trail.lines(positions(trail, wanted, limit)):
        place = trail.place(file, number)
        yield Found(place.index, place.file, place.line, raw, check_line(raw))


def desk_for(folder: Folder) -> TrailDesk:
    """The audit desk of the window over an open folder."""

    async def exported(kind: str, records: int, filtered: bool) -> None:  # noqa: FBT001 - a port
        payload = {"records": records, "filtered": filtered}
        await folder.journal.write(export_record(folder, kind, payload))

    memory = memory_of(str(folder.place.paths.data_dir))
    shelf = TrailShelf(folder.place.paths.audit_dir, memory, find_cache())
    exports = WindowExports(folder)
    return TrailDesk(shelf, folder.tasks, folder.clock, folder.hub, exported, exports, follow=True)
