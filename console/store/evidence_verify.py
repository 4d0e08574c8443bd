"""The verdict over an evidence bundle: every record led to a signed root, everything beside it compared.

What lies in the bundle vouches for nothing by itself: not its key, not its manifest. Nothing is
remembered of a bundle, and nothing is written.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path

from console.domain import audit_words, evidence, evidence_report
from console.domain.audit import Verdict, check_line, read_timestamp
from console.domain.audit_report import (
    RULE_SEAL,
    FileReport,
    NotProven,
    PinnedAt,
    SealedAt,
)  # fmt: skip
from console.domain.audit_trust import KeyTrust, Pin, Seal, largest, open_given, read_keys
from console.domain.errors import BadInput
from console.domain.evidence_facts import Facts, signed_by
from console.domain.evidence_report import BundleReport
from console.domain.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from console.domain.tlog.encoding import from_base64, to_base64
from console.domain.tlog.errors import Malformed, NotSigned, SealError
from console.domain.tlog.hashes import HASH_SIZE
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import MAX_NOTE, parse_note
from console.domain.tlog.proofs import MAX_PROOF, consistency_holds
from console.store.anchor_reading import opened_of, states_origin
from console.store.evidence_lines import SMALL, RecordLines, prove_lines, read_lines
from console.store.trail_reader import Progress, never, steps, unheard
from console.store.trail_verify import Demands, Memory
from console.store.zip_reading import BundleMembers, Damaged


class BundleVerifier:
    """Judges the bundle at `path` as a person demands; raises NotATrail where it is none."""

    def __init__(self, path: Path, memory: Memory, demands: Demands | None = None) -> None:
        self._path = path
        self._memory = memory
        self._demands = demands or Demands()
        self._facts = Facts()
        self._open: list[NotProven] = []
        self._others: list[FileReport] = []

    def run(
        self, progress: Progress = unheard, cancelled: Callable[[], bool] = never
    ) -> BundleReport:
        """Return the verdict; raises Stopped once `cancelled` says so."""
        with BundleMembers(self._path) as members:
            self._members = members
            total = sum(members.sizes[name] for name in (evidence.RECORDS, evidence.CONTEXT))
            step = steps(progress, total)
            chosen, context = (
                read_lines(members, name, places, self._facts, step, cancelled)
                for name, places in (
                    (evidence.RECORDS, evidence.PLACES),
                    (evidence.CONTEXT, evidence.CONTEXT_PLACES),
                )
            )
            return self._judged(chosen, context)

    # --- everything beside the records ----------------------------------------------------------

    def _judged(self, chosen: RecordLines, context: RecordLines) -> BundleReport:
        try:
            self._note = self._members.read(evidence.CHECKPOINT, MAX_NOTE)
            stated = parse_checkpoint(parse_note(self._note).text)
        except (Damaged, SealError) as error:
            why = f"The checkpoint cannot be read: {error}"
            return self._report(chosen, context, None, None, (), (Verdict.NO_CHECKPOINT, why))
        prove_lines(self._members, chosen, context, self._note, stated)
        kept = self._kept(stated)
        pins = self._memory.of_origin(stated.origin)
        problem, key = self._signer(kept, pins)
        if problem is None:
            problem = self._compared(stated, kept, pins, key)
        self._claims(chosen, context)
        disclosed = self._values()
        self._manifest()
        return self._report(chosen, context, stated, key, pins, problem, disclosed)

    def _signer(
        self, kept: list[tuple[Checkpoint, bytes]], pins: Sequence[Pin]
    ) -> tuple[tuple[Verdict, str] | None, VerifierKey | None]:
        """Return the key that signed the checkpoint and counts, or the problem that there is."""
        lying = None
        if evidence.KEYS in self._members.sizes:
            try:
                lying = self._members.read(evidence.KEYS, MAX_NOTE)
            except Damaged as error:
                self._beside(evidence.KEYS, Verdict.UNREADABLE, str(error))
        given = self._demands.key
        trusted = [given] if given is not None else _pinned(pins)
        self._trust: KeyTrust = "given" if given is not None else "pinned" if trusted else "folder"
        try:
            opened, followed = signed_by(
                self._note, kept, trusted or read_keys(lying), lying, self._facts.keys
            )
        except NotSigned:
            whose = {
                "given": "the key that was given",
                "pinned": "the key pinned here for this trail",
            }.get(self._trust, "any key that lies in the bundle")
            return (Verdict.OTHER_KEY, f"The checkpoint is not signed by {whose}."), None
        except SealError as error:
            return (Verdict.NO_CHECKPOINT, f"The checkpoint does not count. {error}"), None
        key = opened.signed_by[0]
        every = (*trusted, *read_keys(lying))
        for old, raw in kept:
            try:
                open_checkpoint(raw, every)
            except SealError as error:
                self._beside(
                    evidence.seal_name("checkpoint", old.size), Verdict.NO_CHECKPOINT, str(error)
                )
        if followed is not None:
            self._open.append(evidence_report.key_followed(key.text))
        if self._trust == "folder":
            self._open.append(evidence_report.KEY_BUNDLE)
        elif self._trust == "pinned" and not any(pin.confirmed for pin in pins):
            self._open.append(audit_words.KEY_FIRST_SEEN)
        return None, key

    def _kept(self, stated: Checkpoint) -> list[tuple[Checkpoint, bytes]]:
        """Return the kept checkpoints that are shown to be beginnings of this tree."""
        found: list[tuple[Checkpoint, bytes]] = []
        for size in evidence.kept_sizes(list(self._members.sizes)):
            name = evidence.seal_name("checkpoint", size)
            try:
                raw = self._members.read(name, MAX_NOTE)
                old = parse_checkpoint(parse_note(raw).text)
                proof = self._consistency(size)
            except (Damaged, SealError) as error:
                self._beside(name, Verdict.UNREADABLE, str(error))
                continue
            same = old.size == size and old.origin == stated.origin
            if same and consistency_holds(size, stated.size, old.root, stated.root, proof):
                found.append((old, raw))
            else:
                self._beside(name, Verdict.FORKED, "This trail did not grow from it.")
        return found

    def _consistency(self, size: int) -> list[bytes]:
        name = evidence.seal_name("consistency", size)
        if name not in self._members.sizes:
            raise Malformed(f"{name} is not there.")
        text = self._members.read(name, MAX_NOTE).decode("ascii", "replace")
        first, *lines = text.removesuffix("\n").split("\n")
        if first != f"old {size}" or len(lines) > MAX_PROOF + 1:
            raise Malformed(f"{name} is no proof of that size.")
        return [from_base64(line, f"A hash of {name}", HASH_SIZE) for line in lines]

    def _compared(
        self,
        stated: Checkpoint,
        kept: list[tuple[Checkpoint, bytes]],
        pins: Sequence[Pin],
        key: VerifierKey | None,
    ) -> tuple[Verdict, str] | None:
        """Compare with what is known from elsewhere, as far as the bundle allows it."""
        roots = {old.size: old.root for old, _ in kept} | {stated.size: stated.root}
        held: list[tuple[int, bytes, str]] = []
        try:
            given = self._given(stated, key)
        except NotSigned:
            return Verdict.OTHER_KEY, "The checkpoint given is signed by another key."
        if any(old.origin != stated.origin for old, _ in given):
            return Verdict.FORKED, "The checkpoint given is of another trail than this one."
        held += [(old.size, old.root, words) for old, words in given]
        pin = largest(pins)
        if pin is not None:
            held.append((pin.size, bytes.fromhex(pin.root), f"this computer last saw ({pin.seen})"))
        for size, root, said in held:
            if size not in roots:
                self._open.append(evidence_report.NOT_COMPARED)
            elif roots[size] != root:
                return Verdict.FORKED, (
                    f"Another trail: its first {size:,} records are not the ones {said}."
                )
        return None

    def _given(self, stated: Checkpoint, key: VerifierKey | None) -> list[tuple[Checkpoint, str]]:
        """Return what a person gave to compare with; raises NotSigned where another key signed it."""
        given = self._demands.against
        keys = [] if key is None else [key]
        if given is None:
            return []
        if isinstance(given, bytes):
            try:
                old = open_given(given, Seal("folder", key=key), ())
            except NotSigned:
                raise
            except SealError as error:
                why = f"The checkpoint given cannot be used: {error}"
                raise BadInput(why, "against") from error
            return [(old, "the checkpoint given states")]
        ours = [one for one in given if states_origin(one, stated.origin)]
        if not ours:
            raise BadInput("None of the checkpoints given is of this trail", "against")
        found = [(one, opened_of(one, stated.origin, keys)) for one in ours]
        opened = [(one, old) for one, old in found if old is not None]
        if not opened:
            raise NotSigned("None of the known keys has signed the checkpoints given.")
        return [(old, f"the checkpoint {one.path.name} given states") for one, old in opened]

    def _claims(self, chosen: RecordLines, context: RecordLines) -> None:
        """Compare what the bundle says of files and of the queue with what sealed records say."""
        for part, name in ((chosen, evidence.PLACES), (context, evidence.CONTEXT_PLACES)):
            bad = self._facts.contradicted(part.places)
            if bad is not None:
                index = part.places.indices[bad]
                why = f"Of record {index:,} it names another place than sealed records do."
                self._beside(name, Verdict.EDITED, why)
        unsaid = self._facts.unsaid(chosen.places)
        if unsaid:
            self._open.append(evidence_report.places_open(unsaid))
        if evidence.FILES in self._members.sizes:
            lines = self._text(evidence.FILES).removesuffix("\n").split("\n")
            if not set(lines) <= self._facts.files():
                why = "It states a digest that no sealed record here states."
                self._beside(evidence.FILES, Verdict.EDITED, why)
        if evidence.HISTORY not in self._members.sizes:
            return
        digest = self._digest(evidence.HISTORY)
        if self._facts.histories and digest and digest not in self._facts.histories:
            why = "It is not the one that was sealed when the bundle was made."
            self._beside(evidence.HISTORY, Verdict.EDITED, why)
        sealed = digest in self._facts.histories
        self._open.append(
            evidence_report.HISTORY_SEALED if sealed else evidence_report.HISTORY_OPEN
        )

    def _values(self) -> int:
        """Compare disclosed values with the sealed digests; return of how many jobs they are."""
        jobs = evidence.disclosed_jobs(list(self._members.sizes))
        for job_id in jobs:
            sha256 = hashlib.sha256()
            for part in ("salt", "body"):
                name = evidence.disclosed_name(job_id, part) or ""
                if name in self._members.sizes:
                    try:
                        sha256.update(self._members.read(name, SMALL))
                    except Damaged as error:
                        self._beside(name, Verdict.UNREADABLE, str(error))
            if self._facts.digests.get(job_id) != {sha256.hexdigest()}:
                why = (
                    "The values are not the ones that the job's sealed records have the digest of."
                )
                self._beside(f"disclosed/{job_id}.body", Verdict.EDITED, why)
        return len(jobs)

    def _manifest(self) -> None:
        """Compare every member with the manifest, which nobody signed: it shows accidents."""
        try:
            listed = json.loads(self._members.read(evidence.MANIFEST, SMALL))
            stated = {str(one["name"]): one["sha256"] for one in listed["members"]}
        except Damaged as error:
            return self._beside(evidence.MANIFEST, Verdict.UNREADABLE, str(error))
        except (ValueError, LookupError, TypeError, RecursionError):
            why = "It cannot be read as a list of the bundle's files."
            return self._beside(evidence.MANIFEST, Verdict.UNREADABLE, why)
        for name in self._members.sizes:
            if name == evidence.MANIFEST:
                continue
            digest = self._digest(name)
            if name not in stated:
                self._beside(name, Verdict.INSERTED, "The manifest does not name this file.")
            elif digest and stated.pop(name) != digest:
                self._beside(name, Verdict.EDITED, "It is not the file that the manifest names.")
            else:
                stated.pop(name, None)
        for name in sorted(stated)[:10]:
            self._beside(name[:100], Verdict.MISSING, "The manifest names it; it is not here.")
        return None

    def _digest(self, name: str) -> str:
        if name not in self._members.digests:
            try:
                for _ in self._members.blocks(name):
                    pass
            except Damaged as error:
                self._beside(name, Verdict.UNREADABLE, str(error))
                return ""
        return self._members.digests[name]

    def _text(self, name: str) -> str:
        try:
            return self._members.read(name, SMALL).decode("utf-8", "replace")
        except Damaged as error:
            self._beside(name, Verdict.UNREADABLE, str(error))
            return ""

    def _beside(self, name: str, verdict: Verdict, why: str) -> None:
        """Say what is wrong with a file; the first that is found of each counts."""
        if all(report.file != name for report in self._others):
            self._others.append(FileReport(name, verdict, 0, None, why, 1))

    # --- the report -----------------------------------------------------------------------------

    def _report(
        self,
        chosen: RecordLines,
        context: RecordLines,
        stated: Checkpoint | None,
        key: VerifierKey | None,
        pins: Sequence[Pin],
        problem: tuple[Verdict, str] | None,
        disclosed: int = 0,
    ) -> BundleReport:
        shown = chosen.report()
        aside = context.report()
        files = [shown]
        if aside.verdict is not Verdict.INTACT:
            files.append(aside)
        names = {file.file for file in files if file.verdict is not Verdict.INTACT}
        files += [file for file in self._others if file.file not in names]
        damaged = [file for file in files if file.verdict is not Verdict.INTACT]
        verdict, why = problem or (
            (damaged[0].verdict, _why(damaged[0])) if damaged else (Verdict.INTACT, "")
        )
        counts: dict[Verdict, int] = {}
        for mark, _ in chosen.marks.values():
            counts[mark] = counts.get(mark, 0) + 1
        counts[Verdict.INTACT] = max(shown.records - len(chosen.marks), 0)
        pin = largest(pins)
        open_ = [
            audit_words.CONTENT,
            evidence_report.SELECTION,
            *self._open,
            evidence_report.KEY_HOLDER,
        ]
        return BundleReport(
            verdict=verdict,
            files=tuple(files),
            records=shown.records,
            bad=sum(file.bad for file in files),
            first_bad=next((file.first_bad for file in damaged if file.first_bad), None),
            not_proven=tuple(dict.fromkeys(open_)),
            rule=RULE_SEAL,
            counts=counts,
            checkpoint=SealedAt(stated.size, to_base64(stated.root), key.text, _time(chosen))
            if stated is not None and key is not None
            else None,
            key_trust=getattr(self, "_trust", "folder"),
            pinned=None if pin is None else _pinned_at(pin),
            why=why,
            marks={number: mark for number, (mark, _) in chosen.marks.items()},
            proved=evidence_report.proved(verdict, why, stated.size if stated else 0, disclosed),
        )


def _why(file: FileReport) -> str:
    line = "" if file.first_bad is None else f", line {file.first_bad.line}"
    return f"{file.file}{line}: {file.why}"


def _time(chosen: RecordLines) -> str | None:
    record = check_line(chosen.last).record
    at = None if record is None else read_timestamp(record)
    return None if at is None else at.isoformat()


def _pinned(pins: Sequence[Pin]) -> list[VerifierKey]:
    newest = sorted(pins, key=lambda pin: pin.size, reverse=True)
    return list(read_keys("\n".join(pin.key for pin in newest).encode()))


def _pinned_at(pin: Pin) -> PinnedAt:
    root = to_base64(bytes.fromhex(pin.root))
    return PinnedAt(pin.size, root, pin.key, pin.seen, pin.confirmed)
