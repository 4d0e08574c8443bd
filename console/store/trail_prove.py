"""The proof that one record stands in a sealed trail, made for somebody who has nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.domain.audit_trust import KeyTrust, Pin, open_seal, stated_origin
from console.domain.errors import BadInput, Refusal
from console.domain.tlog.checkpoint import parse_checkpoint
from console.domain.tlog.errors import NotSigned, SealError, TileTrouble
from console.domain.tlog.hashes import leaf_hash
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import parse_note
from console.domain.tlog.proof_file import ProofFile, parse_proof_file
from console.domain.tlog.proofs import LeafNodes, inclusion_proof
from console.store.evidence_handover import named_keys
from console.store.line_work import LineWorkers, pieces
from console.store.pins import PinBook
from console.store.seal_reading import SealFolder
from console.store.sealed_tree import confirmed, tiled
from console.store.trail_reader import TrailReader

MAX_EXTRA: Final = 1024 * 1024
"""A longer record does not fit into the text of its proof and has to be handed over beside it."""


@dataclass(frozen=True)
class Proved:
    """One record's proof: `text` is the C2SP tlog-proof, with the record itself as its extra data."""

    index: int
    file: str
    line: int
    text: bytes
    size: int


@dataclass(frozen=True)
class ProofChecked:
    """A proof that holds: the record is number `index` of the `size` that `origin` has signed."""

    origin: str
    index: int
    size: int
    key: str
    key_trust: KeyTrust
    record: bytes


def prove(path: Path, index: int, pins: PinBook) -> Proved:
    """Return the proof of record `index` (from 0) of the trail at `path`.

    Raises NotATrail, BadInput where there is no such record, and Refusal where the trail has no
    checkpoint that counts or the record is not as sealed.
    """
    trail = TrailReader.open(path)
    folder = SealFolder(trail.root)
    files = folder.read()
    origin = stated_origin(files)
    seal = open_seal(
        files,
        pins.of_origin(origin) if origin else (),
        named=named_keys(trail.files, folder),
    )
    if seal.checkpoint is None or files.checkpoint is None:
        raise Refusal(f"Nothing can be proved of this trail. {seal.why}")
    size = seal.checkpoint.size
    if not 0 <= index < size:
        raise BadInput(
            f"There is no sealed record {index}: they count from 0 to {size - 1}", "INDEX"
        )
    records = trail.count()
    found = list(trail.lines([index])) if index < records else []
    if not found:
        raise Refusal(f"Record {index} is not there any more. Verify the trail.")
    [(file, number, raw)] = found
    leaf = leaf_hash(raw)
    leaves = tiled(folder, seal.checkpoint)
    try:
        if leaves is None:
            raise TileTrouble("The tiles are of no use.", "")
        hashes, sealed = leaves.tree.inclusion(index), leaves.leaf(index)
    except TileTrouble:
        lines = _by_lines(trail)
        held = confirmed(lines, seal.checkpoint)
        if held is None:
            raise Refusal("The trail is not as sealed. Verify it to see where.") from None
        hashes = inclusion_proof(index, size, LeafNodes(held.span(0, size)))
        sealed = held.leaf(index)
    if sealed != leaf:
        raise Refusal(f"Record {index} is not as sealed. Verify the trail to see what was done.")
    extra = raw if len(raw) <= MAX_EXTRA else b""
    proof = ProofFile(index, tuple(hashes), files.checkpoint, extra)
    proof.check(leaf, [seal.key] if seal.key is not None else [])
    return Proved(index, file.name, number + 1, proof.to_bytes(), size)


def check_proof(
    raw: bytes, pins: PinBook, key: VerifierKey | None = None, record: bytes | None = None
) -> ProofChecked:
    """Check a proof that stands for itself; `record` is the line where the proof does not hold it.

    Raises BadInput where it is no proof or nobody said whose key counts, Refusal where it does not
    hold.
    """
    try:
        proof = parse_proof_file(raw)
        stated = parse_checkpoint(parse_note(proof.checkpoint).text)
    except SealError as error:
        raise BadInput(f"This is no proof: {error}", "check") from error
    line = proof.extra if record is None else record.removesuffix(b"\n")
    if not line:
        raise BadInput("The proof does not hold the record: name it with --record FILE", "record")
    known = pins.of_origin(stated.origin)
    keys = [key] if key is not None else _keys(known)
    if not keys:
        raise BadInput(
            f"Whose key counts is not known: name that of {stated.origin} with --key", "key"
        )
    try:
        opened = proof.check(leaf_hash(line), keys)
    except NotSigned as error:
        told = "The proof's checkpoint is signed by another key than the trusted one."
        raise Refusal(told) from error
    except SealError as error:
        raise Refusal(f"The proof does not hold. {error}") from error
    trust: KeyTrust = "given" if key is not None else "pinned"
    signer = opened.signed_by[0].text
    return ProofChecked(stated.origin, proof.index, stated.size, signer, trust, line)


def _keys(pins: tuple[Pin, ...]) -> list[VerifierKey]:
    keys: list[VerifierKey] = []
    for pin in pins:
        try:
            keys.append(VerifierKey.from_text(pin.key))
        except SealError:
            continue
    return keys


def _by_lines(trail: TrailReader) -> bytes:
    todo = [piece for file in trail.files for piece in pieces(file.path, file.size)]
    done = LineWorkers().run(todo, lambda _: None, lambda: False)
    return b"".join(part.leaves for part in done)
