"""The records of an evidence bundle, line by line, and each led to the root of its checkpoint."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from console.domain import evidence
from console.domain.audit import Verdict, check_line
from console.domain.audit_quick import QuickJudge
from console.domain.audit_report import BadLine, FileReport
from console.domain.audit_view import Stopped
from console.domain.evidence import Places
from console.domain.evidence_facts import Facts
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import Malformed, ProofRefused, SealError
from console.domain.tlog.hashes import HASH_SIZE, leaf_hash
from console.domain.tlog.note import MAX_NOTE
from console.domain.tlog.proof_file import parse_proof_file
from console.domain.tlog.proofs import inclusion_holds
from console.store.zip_reading import BundleMembers, Damaged

SMALL: Final = 64 * 1024 * 1024
_EVERY: Final = 2000
_SPARE: Final = 1000
_OTHER_ROOT: Final = (
    "The records do not lead to the signed root: one of them, its place, or the proof was changed."
)


@dataclass
class RecordLines:
    """One .jsonl member with its places: leaves in a row, and what is wrong with single lines."""

    name: str
    places: Places
    leaves: bytearray
    marks: dict[int, tuple[Verdict, str]]
    trouble: tuple[Verdict, str] | None = None
    last: bytes = b""

    @property
    def known(self) -> int:
        """How many lines have a place in the tree."""
        return len(self.leaves) // HASH_SIZE

    def leaf(self, number: int) -> bytes:
        """Return the leaf of line `number`, from 0."""
        return bytes(self.leaves[number * HASH_SIZE : (number + 1) * HASH_SIZE])

    def report(self) -> FileReport:
        """Return what became of it as of any file."""
        records = max(self.known, max(self.marks, default=-1) + 1)
        bad = len(self.marks) + (self.trouble is not None)
        first = None
        if self.marks:
            number = min(self.marks)
            verdict, why = self.marks[number]
            first = BadLine(number + 1, number, verdict, why)
        if self.trouble is not None:
            return FileReport(self.name, self.trouble[0], records, first, self.trouble[1], bad)
        if first is not None:
            return FileReport(self.name, first.code, records, first, first.why, bad)
        return FileReport(self.name, Verdict.INTACT, records)


def read_lines(
    members: BundleMembers,
    name: str,
    places: str,
    facts: Facts,
    step: Callable[[int], None],
    cancelled: Callable[[], bool],
) -> RecordLines:
    """Read a .jsonl member and its .tsv; what the records say of the trail goes to `facts`."""
    found = RecordLines(name, Places(), bytearray(), {})
    try:
        raw = members.read(places, SMALL)
        found.places = evidence.parse_places(raw, places)
    except (Damaged, Malformed) as error:
        found.trouble = Verdict.UNREADABLE, str(error)
        return found
    holds, known = QuickJudge().holds, len(found.places.indices)
    number = -1
    try:
        for number, line in enumerate(members.lines(name)):
            if number % _EVERY == 0 and cancelled():
                raise Stopped
            step(len(line) + 1)
            if number >= known:
                why = "A record stands here that has no proof: it was added."
                found.marks[number] = Verdict.INSERTED, why
                if number > known + _SPARE:
                    break
                continue
            found.leaves += leaf_hash(line)
            found.last = line
            if not holds(line):
                check = check_line(line)
                found.marks[number] = check.verdict, check.why
            facts.read(found.places.indices[number], line)
    except Damaged as error:
        found.trouble = Verdict.UNREADABLE, str(error)
        return found
    if not known and name == evidence.RECORDS:
        found.trouble = found.trouble or (Verdict.MISSING, "The bundle holds no record.")
    elif number + 1 < known:
        why = f"{places} names {known:,} records, but only {number + 1:,} are here."
        found.trouble = Verdict.MISSING, why
    return found


def prove_lines(
    members: BundleMembers,
    chosen: RecordLines,
    context: RecordLines,
    note: bytes,
    stated: Checkpoint,
) -> None:
    """Lead every record to the root `stated` in `note`; what does not lead there is marked."""
    rows = {
        index: (part, number)
        for part in (context, chosen)
        for number, index in enumerate(part.places.indices[: part.known])
    }
    many = sum(part.known for part in (chosen, context))
    if len(rows) != many:
        chosen.trouble = Verdict.INSERTED, "A record stands in it twice."
        return
    order = array("Q", sorted(rows))
    names = members.sizes
    shared = evidence.SHARED in names
    if shared:
        _by_shared(members, order, rows, chosen, stated)
    for index in order:
        part, number = rows[index]
        name = evidence.proof_name(index)
        if name in names:
            bad = _by_proof(members, index, part.leaf(number), note, stated)
            if bad is not None:
                part.marks[number] = bad
        elif not shared:
            why = "A record stands here that has no proof: it was added."
            part.marks[number] = Verdict.INSERTED, why
    singles = {name for name in names if name.endswith(".tlog-proof")}
    spare = singles - {evidence.proof_name(index) for index in order}
    if spare and not chosen.marks and chosen.trouble is None and context.trouble is None:
        why = f"{min(spare)} is a proof whose record is not here."
        chosen.trouble = Verdict.MISSING, why


def _by_shared(
    members: BundleMembers,
    order: Sequence[int],
    rows: dict[int, tuple[RecordLines, int]],
    chosen: RecordLines,
    stated: Checkpoint,
) -> None:
    try:
        proof = members.read(evidence.SHARED, 1024 * 1024 * 1024)
        root = evidence.shared_root(
            order, lambda number: _leaf_of(rows[order[number]]), stated.size, proof
        )
        if root != stated.root:
            raise ProofRefused(_OTHER_ROOT)
    except (Damaged, ProofRefused) as error:
        chosen.trouble = chosen.trouble or (Verdict.EDITED, str(error))


def _by_proof(
    members: BundleMembers, index: int, leaf: bytes, note: bytes, stated: Checkpoint
) -> tuple[Verdict, str] | None:
    try:
        proof = parse_proof_file(members.read(evidence.proof_name(index), 2 * MAX_NOTE))
    except (Damaged, SealError) as error:
        return Verdict.EDITED, f"Its proof cannot be used. {error}"
    if proof.checkpoint != note or proof.index != index:
        return Verdict.EDITED, "Its proof is of another record or of another checkpoint."
    if not inclusion_holds(leaf, index, stated.size, proof.proof, stated.root):
        return (
            Verdict.EDITED,
            "It is not the record that was sealed here, or its proof was changed.",
        )
    return None


def _leaf_of(row: tuple[RecordLines, int]) -> bytes:
    return row[0].leaf(row[1])
