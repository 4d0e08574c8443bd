"""The proof that one record stands in a trail, as one text that needs nothing else (C2SP tlog-proof).

It holds the record's index, the hashes from its leaf up, and the signed checkpoint. The suggested
file extension is `.tlog-proof`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from console.domain.tlog.checkpoint import OpenedCheckpoint, open_checkpoint, parse_checkpoint
from console.domain.tlog.encoding import MAX_NUMBER, from_base64, from_decimal, to_base64
from console.domain.tlog.errors import Malformed, ProofRefused
from console.domain.tlog.hashes import HASH_SIZE
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import MAX_NOTE, parse_note
from console.domain.tlog.proofs import MAX_PROOF, inclusion_holds

_HEAD: Final = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True)
class ProofFile:
    """One record's proof: `index` from 0, `proof` of 32 bytes each, `checkpoint` as it was signed.

    `extra` is free for the maker, and nothing vouches for it.
    """

    index: int
    proof: tuple[bytes, ...]
    checkpoint: bytes
    extra: bytes = b""

    def __post_init__(self) -> None:
        if not 0 <= self.index <= MAX_NUMBER:
            raise Malformed("The proof's index is no number below 2**64.")
        if len(self.proof) > MAX_PROOF or any(len(each) != HASH_SIZE for each in self.proof):
            raise Malformed(f"The proof is not of at most {MAX_PROOF} hashes of 32 bytes.")
        parse_checkpoint(parse_note(self.checkpoint).text)

    def to_bytes(self) -> bytes:
        """Return the proof as it is stored and handed over."""
        lines = [_HEAD]
        if self.extra:
            lines.append(f"extra {to_base64(self.extra)}")
        lines.append(f"index {self.index}")
        lines.extend(to_base64(each) for each in self.proof)
        return "".join(f"{line}\n" for line in (*lines, "")).encode() + self.checkpoint

    def check(
        self, leaf: bytes, keys: Iterable[VerifierKey], origin: str | None = None
    ) -> OpenedCheckpoint:
        """Return the checkpoint once it is shown to hold the record whose leaf hash is `leaf`.

        Raises Malformed, WrongSignature, NotSigned (as `open_checkpoint`), or ProofRefused.
        """
        opened = open_checkpoint(self.checkpoint, keys, origin)
        stated = opened.checkpoint
        if not inclusion_holds(leaf, self.index, stated.size, self.proof, stated.root):
            raise ProofRefused(
                f"The proof does not lead from this record at index {self.index} to the root of"
                f" the checkpoint of {stated.size} records."
            )
        return opened


def parse_proof_file(raw: bytes) -> ProofFile:
    """Read a proof without checking it; raise Malformed where the form is not kept."""
    if len(raw) > 2 * MAX_NOTE:
        raise Malformed(f"The proof is longer than {2 * MAX_NOTE} bytes.")
    head, blank, checkpoint = raw.partition(b"\n\n")
    if not blank:
        raise Malformed("The proof has no empty line before its checkpoint.")
    try:
        lines = head.decode("ascii").split("\n")
    except UnicodeDecodeError:
        raise Malformed("The proof holds more than ASCII before its checkpoint.") from None
    if lines.pop(0) != _HEAD:
        raise Malformed(f"The proof does not begin with {_HEAD}.")
    extra = b""
    if lines and lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "), "The proof's extra data")
        if not extra:
            raise Malformed("The proof's extra data is empty; then the line must not be there.")
    if not lines or not lines[0].startswith("index "):
        raise Malformed("The proof has no line with its index.")
    index = from_decimal(lines.pop(0).removeprefix("index "), "The proof's index")
    hashes = tuple(from_base64(line, "A hash of the proof", HASH_SIZE) for line in lines)
    return ProofFile(index, hashes, checkpoint, extra)
