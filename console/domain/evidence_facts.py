"""What the records of a bundle say about the trail itself, once they are shown to be sealed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from console.domain.audit import EventType, check_line
from console.domain.audit_opening import FileStatement, read_opening
from console.domain.audit_trust import read_keys
from console.domain.evidence import UNNAMED, Places
from console.domain.tlog.checkpoint import Checkpoint, OpenedCheckpoint, open_checkpoint
from console.domain.tlog.errors import NotSigned
from console.domain.tlog.keys import VerifierKey


class Spans:
    """Which part of the tree each file is, by the index behind its end, as sealed records state it."""

    def __init__(self, stated: Mapping[int, FileStatement]) -> None:
        self._stated = stated
        self._ends = sorted(stated)
        self._names = {one.file for one in stated.values()}

    def agrees(self, index: int, file: str, line: int) -> bool | None:
        """Say whether the record at `index` stood there; None where no sealed record says it."""
        at = bisect_right(self._ends, index)
        end = self._ends[at] if at < len(self._ends) else 0
        begin = end - self._stated[end].records if end else 0
        if end and begin <= index:
            if file == UNNAMED:
                return True
            return (self._stated[end].file, index - begin + 1) == (file, line)
        return False if file in self._names else None


@dataclass
class Facts:
    """Read line by line: files by the index behind their end, keys, exports, digests of values."""

    stated: dict[int, FileStatement] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    histories: set[str] = field(default_factory=set)
    digests: dict[str, set[str]] = field(default_factory=dict)

    def read(self, index: int, raw: bytes) -> None:
        """Take what the record at `index` says of the trail, its keys, its files and its values."""
        if b'"AUDIT_' not in raw and b'"contextDigest"' not in raw:
            return
        record = check_line(raw).record
        payload = None if record is None else record["payload"]
        if record is None or not isinstance(payload, dict):
            return
        kind = record.get("event_type")
        opening = read_opening(raw)
        if opening is not None and opening.previous is not None:
            self.stated[index] = opening.previous
        if kind == EventType.AUDIT_KEY_CHANGED and isinstance(payload.get("to"), str):
            self.keys[index] = payload["to"]
        if kind == EventType.AUDIT_EXPORTED and isinstance(payload.get("historySha256"), str):
            self.histories.add(payload["historySha256"])
        self._read_digest(payload)

    def _read_digest(self, payload: Mapping[str, Any]) -> None:
        job_id, digest = payload.get("jobId"), payload.get("contextDigest")
        if isinstance(job_id, str) and isinstance(digest, str):
            self.digests.setdefault(job_id, set()).add(digest)

    def contradicted(self, places: Places) -> int | None:
        """Return the first record whose place sealed records contradict, by its number here."""
        for number, place in enumerate(self._judged(places)):
            if place is False:
                return number
        return None

    def unsaid(self, places: Places) -> int:
        """Return of how many records no sealed record says in which file they stood."""
        return sum(place is None for place in self._judged(places))

    def files(self) -> set[str]:
        """Return the stated files as lines of `files.sha256`."""
        return {f"{one.sha256}  {one.file}" for one in self.stated.values()}

    def _judged(self, places: Places) -> Iterator[bool | None]:
        agrees = Spans(self.stated).agrees
        for index, file, line in zip(places.indices, places.files, places.lines, strict=True):
            yield agrees(index, file, line)


def signed_by(
    note: bytes,
    kept: Sequence[tuple[Checkpoint, bytes]],
    trusted: Sequence[VerifierKey],
    lying: bytes | None,
    changes: Mapping[int, str],
) -> tuple[OpenedCheckpoint, VerifierKey | None]:
    """Open a bundle's checkpoint by the keys that count; the key that was followed, or None.

    A key that lies in the bundle counts where a trusted one has sealed the AUDIT_KEY_CHANGED record
    (by index in `changes`) that names it: two signatures under one text would not say that, for
    anybody can add a second one. `kept` checkpoints are known to be beginnings of this tree. Raises
    NotSigned, WrongSignature, Malformed.
    """
    keys = list(trusted)
    followed: VerifierKey | None = None
    while True:
        try:
            return open_checkpoint(note, keys), followed
        except NotSigned:
            sealed = max((one.size for one, raw in kept if _signed(raw, keys)), default=0)
            named = {text for index, text in changes.items() if index < sealed}
            new = [key for key in read_keys(lying) if key.text in named and key not in keys]
            if not new:
                raise
            followed = new[0]
            keys += new


def _signed(raw: bytes, keys: Sequence[VerifierKey]) -> bool:
    try:
        open_checkpoint(raw, keys)
    except NotSigned:
        return False
    return True
