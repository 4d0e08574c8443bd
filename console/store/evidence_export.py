"""The evidence bundle written: chosen records with their proofs, complete or not there at all."""

from __future__ import annotations

import base64
import json
import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from console.domain import evidence
from console.domain.audit import EventType
from console.domain.audit_opening import FileStatement, read_opening
from console.domain.audit_trust import read_keys
from console.domain.audit_view import RecordFilter, Stopped
from console.domain.errors import EnvironmentProblem
from console.domain.evidence import Places
from console.domain.evidence_facts import Spans
from console.domain.tlog.checkpoint import open_checkpoint
from console.domain.tlog.errors import SealError, TileTrouble
from console.domain.tlog.hashes import hash_at, leaf_hash
from console.domain.tlog.proof_file import ProofFile
from console.domain.tlog.proofs import consistency_proof, inclusion_proof, root_at
from console.store.evidence_choice import Chosen, SealedTrail
from console.store.trail_export import refuse_inside
from console.store.trail_files import Cancelled
from console.store.trail_reader import Progress, never, unheard
from console.store.whole_file import write_whole
from console.store.zip_writing import Member, Packed, joined, zip_chunks

_LARGE: Final = 1 << 30
_EVERY: Final = 500
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KEYS_HEAD: Final = (
    "# NOT TO BE TRUSTED BECAUSE IT LIES HERE.\n"
    "# Whoever made this bundle chose what stands below. Ask the owner of the trail for the key by\n"
    "# another way, compare, and give that one to whatever checks this bundle.\n"
)


@dataclass(frozen=True)
class Disclosed:
    """A job's request as its `contextDigest` covers it, and the salt: shown by a person's choice."""

    salt: bytes
    body: bytes


@dataclass(frozen=True)
class Handed:
    """What a bundle holds beside the trail: its texts, the queue's history, values on demand."""

    made_at: str
    made_by: str
    program: str
    selection: str
    readme: str
    verifier: bytes
    history: bytes | None = None
    disclosed: Mapping[str, Disclosed] = field(default_factory=dict)


def write_bundle(
    sealed: SealedTrail,
    chosen: Chosen,
    path: Path,
    handed: Handed,
    progress: Progress = unheard,
    cancelled: Cancelled = never,
) -> None:
    """Write the bundle of `chosen` to `path`; raises BadInput, Refusal, EnvironmentProblem, Stopped."""
    refuse_inside(sealed.trail, path)
    try:
        bundle = _Bundle(sealed, chosen, handed, progress, cancelled)
        write_whole(path, zip_chunks(bundle.members(), bundle.manifest))
    except TileTrouble:  # found on the way: the lines themselves give the same hashes
        sealed.without_tiles()
        bundle = _Bundle(sealed, chosen, handed, progress, cancelled)
        write_whole(path, zip_chunks(bundle.members(), bundle.manifest))


class _Bundle:
    def __init__(
        self,
        sealed: SealedTrail,
        chosen: Chosen,
        handed: Handed,
        progress: Progress,
        cancelled: Cancelled,
    ) -> None:
        self._sealed = sealed
        self._chosen = chosen
        self._handed = handed
        self._progress = progress
        self._cancelled = cancelled
        self._node = sealed.node()
        self._keys = tuple(
            dict.fromkeys(
                [
                    *read_keys(sealed.files.keys),
                    *(key for key in [sealed.seal.key] if key is not None),
                ]
            )
        )
        openings = _openings(sealed, chosen)
        context = openings | _witnesses(sealed)
        self._context = sealed.sealed(context - set(chosen.positions))
        self._stated = _stated(sealed, sealed.sealed(openings))

    def members(self) -> Iterator[Member]:
        """Give every member but the manifest, always in this order."""
        handed, note = self._handed, self._sealed.files.checkpoint or b""
        keys = "".join(f"{key.text}\n" for key in self._keys)
        yield Member(evidence.README, [self._readme()])
        yield Member(evidence.VERIFIER, [handed.verifier])
        yield Member(evidence.CHECKPOINT, [note])
        yield Member(evidence.KEYS, [_KEYS_HEAD.encode(), keys.encode()])
        yield from self._seals()
        large = self._sealed.trail.size > _LARGE
        lines = joined(self._lines(self._chosen, shown=True))
        yield Member(evidence.RECORDS, lines, large=large)
        yield Member(evidence.PLACES, joined(self._places(self._chosen).to_lines()))
        yield Member(evidence.CONTEXT, joined(self._lines(self._context)))
        yield Member(
            evidence.CONTEXT_PLACES, joined(self._places(self._context, sure=True).to_lines())
        )
        yield from self._proofs(note)
        if self._stated:
            digests = [f"{one.sha256}  {one.file}\n" for one in self._stated.values()]
            yield Member(evidence.FILES, ["".join(digests).encode()])
        if handed.history is not None:
            yield Member(evidence.HISTORY, [handed.history])
        for job_id, values in sorted(handed.disclosed.items()):
            for part, content in (("salt", values.salt), ("body", values.body)):
                name = evidence.disclosed_name(job_id, part)
                if name is not None:
                    yield Member(name, [content])

    def manifest(self, packed: list[Packed]) -> Member:
        """Say what is in the bundle and what each member's digest is; nothing of it is signed."""
        stated = self._sealed.checkpoint
        text = json.dumps(
            {
                "format": evidence.FORMAT,
                "notice": "Nothing in this file is signed; README.txt says what is proved, and how.",
                "madeAt": self._handed.made_at,
                "madeBy": self._handed.made_by,
                "program": self._handed.program,
                "origin": stated.origin,
                "size": stated.size,
                "root": base64.b64encode(stated.root).decode(),
                "records": len(self._chosen),
                "selection": self._handed.selection,
                "valuesDisclosed": bool(self._handed.disclosed),
                "members": [
                    {"name": one.name, "bytes": one.size, "sha256": one.sha256} for one in packed
                ],
            },
            indent=1,
        )
        return Member(evidence.MANIFEST, [text.encode(), b"\n"])

    def _readme(self) -> bytes:
        stated = self._sealed.checkpoint
        shared = len(self._chosen) + len(self._context) > evidence.MAX_SINGLE
        known = {
            "origin": stated.origin,
            "size": str(stated.size),
            "root": base64.b64encode(stated.root).decode(),
            "records": str(len(self._chosen)),
            "index": str(self._chosen.indices[0]),
            "madeAt": self._handed.made_at,
            "madeBy": self._handed.made_by,
            "program": self._handed.program,
            "selection": self._handed.selection,
        }
        parts = {
            "single": not shared,
            "shared": shared,
            "files": bool(self._stated),
            "history": self._handed.history is not None,
            "disclosed": bool(self._handed.disclosed),
            "undisclosed": not self._handed.disclosed,
        }
        return filled(self._handed.readme, known, parts).encode()

    def _seals(self) -> Iterator[Member]:
        """Give every kept checkpoint that the tree grew from, with the proof that it did."""
        stated, done = self._sealed.checkpoint, set[int]()
        for raw in self._sealed.files.kept:
            try:
                kept = open_checkpoint(raw, self._keys).checkpoint
            except SealError:
                continue
            fits = kept.origin == stated.origin and 0 < kept.size <= stated.size
            if not fits or kept.size in done or root_at(kept.size, self._node) != kept.root:
                continue
            done.add(kept.size)
            hashes = consistency_proof(kept.size, stated.size, self._node)
            text = "".join(f"{base64.b64encode(each).decode()}\n" for each in hashes)
            yield Member(evidence.seal_name("checkpoint", kept.size), [raw])
            name = evidence.seal_name("consistency", kept.size)
            yield Member(name, [f"old {kept.size}\n{text}".encode()])

    def _proofs(self, note: bytes) -> Iterator[Member]:
        size = self._sealed.checkpoint.size
        indices = sorted([*self._chosen.indices, *self._context.indices])
        if len(indices) > evidence.MAX_SINGLE:
            hashes = joined(evidence.shared_proof(indices, size, self._node))
            yield Member(evidence.SHARED, hashes, stored=True)
            return
        for index in indices:
            proof = ProofFile(index, tuple(inclusion_proof(index, size, self._node)), note)
            yield Member(evidence.proof_name(index), [proof.to_bytes()])

    def _lines(self, chosen: Chosen, *, shown: bool = False) -> Iterator[bytes]:
        """Give the lines, each compared once more with what was sealed."""
        total = len(chosen)
        for number, (_, _, raw) in enumerate(self._sealed.trail.lines(chosen.positions)):
            if shown and number % _EVERY == 0:
                if self._cancelled():
                    raise Stopped
                self._progress(number, total)
            if leaf_hash(raw) != hash_at(chosen.leaves, number):
                raise EnvironmentProblem("The trail was changed while it was exported. Verify it")
            yield raw + b"\n"

    def _places(self, chosen: Chosen, *, sure: bool = False) -> Places:
        """Claim file and line of each record where no sealed record says otherwise.

        With `sure` only where one says it.
        """
        places = Places()
        files = [file for file in self._sealed.trail.files if file.lines]
        firsts = [file.first for file in files]
        agrees = Spans(self._stated).agrees
        for index, position in zip(chosen.indices, chosen.positions, strict=True):
            file = files[bisect_right(firsts, position) - 1]
            claim = evidence.named(file.name, position - file.first + 1)
            said = agrees(index, *claim)
            moved = index != position  # lines before it are gone, or too many
            if said is False or ((sure or moved) and said is None):
                claim = (evidence.UNNAMED, 0)
            places.add(index, *claim)
        return places


def filled(template: str, known: Mapping[str, str], parts: Mapping[str, bool]) -> str:
    """Return a text with its `{{name}}`s filled in and only those [[part]]s that apply."""
    lines: list[str] = []
    on = True
    for line in template.splitlines():
        if line.startswith("[[") and line.endswith("]]"):
            on = parts.get(line[2:-2], True)  # [[]] ends a part
        elif on:
            lines.append(line)
    text = "\n".join(lines) + "\n"
    for name, value in known.items():
        text = text.replace("{{" + name + "}}", value)
    return text


def _openings(sealed: SealedTrail, chosen: Chosen) -> set[int]:
    """Find the records that open the files in which chosen ones stand, and the files after them."""
    firsts = [file.first for file in sealed.trail.files if file.lines]
    numbers = {bisect_right(firsts, position) - 1 for position in chosen.positions}
    after = {number + 1 for number in numbers} & set(range(len(firsts)))
    wanted = sorted(firsts[number] for number in numbers | after)
    lines = sealed.trail.lines(wanted)
    return {
        position
        for position, (_, _, raw) in zip(wanted, lines, strict=True)
        if read_opening(raw) is not None
    }


def _witnesses(sealed: SealedTrail) -> set[int]:
    """Find the records that say whose key came after whose, and what was asked for."""
    if len(read_keys(sealed.files.keys)) < 2:
        return set(sealed.witnesses)
    changes = RecordFilter(event_types=frozenset({EventType.AUDIT_KEY_CHANGED}))
    return {*sealed.trail.matching(changes), *sealed.witnesses}


def _stated(sealed: SealedTrail, openings: Chosen) -> dict[int, FileStatement]:
    """Return what the sealed opening records say of the files before theirs, by end in the tree."""
    found: dict[int, FileStatement] = {}
    lines = sealed.trail.lines(openings.positions)
    for index, (_, _, raw) in zip(openings.indices, lines, strict=True):
        opening = read_opening(raw)
        if opening is not None and opening.previous is not None:
            before = opening.previous
            plain = evidence.named(before.file, 1)[0] == before.file
            plain = plain and _DIGEST.fullmatch(before.sha256) is not None
            if plain and 0 < before.records <= index:
                found[index] = before
    return found
