"""Checkpoints: the signed statement of a tree's size and root (C2SP tlog-checkpoint)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from console.domain.tlog.encoding import (
    MAX_NUMBER,
    check_one_line,
    from_base64,
    from_decimal,
    to_base64,
)
from console.domain.tlog.errors import Malformed, NotSigned
from console.domain.tlog.hashes import EMPTY_ROOT, HASH_SIZE
from console.domain.tlog.keys import SigningKey, VerifierKey
from console.domain.tlog.note import Note, NoteSignature, open_note, sign_note


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint states: whose tree (`origin`), `size` in leaves, `root` of 32 bytes.

    `extensions` are further lines that other programs may add; they are kept as they are.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_one_line(self.origin, "The checkpoint's origin")
        for line in self.extensions:
            check_one_line(line, "A line of the checkpoint")
        if not 0 <= self.size <= MAX_NUMBER:
            raise Malformed("The checkpoint's size is no number below 2**64.")
        if len(self.root) != HASH_SIZE:
            raise Malformed(f"The checkpoint's root has {len(self.root)} bytes instead of 32.")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise Malformed("The checkpoint's root is not that of an empty tree.")

    @property
    def text(self) -> str:
        """The note's text, with the LF at its end."""
        lines = (self.origin, str(self.size), to_base64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    def signed(self, signers: Sequence[SigningKey], others: Sequence[NoteSignature] = ()) -> bytes:
        """Return the checkpoint as a note signed by `signers` (two where a key is replaced)."""
        return sign_note(self.text, signers, others)


@dataclass(frozen=True)
class OpenedCheckpoint:
    """A checkpoint whose signatures by known keys hold; `signed_by` are those keys."""

    checkpoint: Checkpoint
    note: Note
    signed_by: tuple[VerifierKey, ...]


def parse_checkpoint(text: str) -> Checkpoint:
    """Read a note's text as a checkpoint; raise Malformed where it is none."""
    if not text.endswith("\n"):
        raise Malformed("The checkpoint does not end with a line's end.")
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 3:
        raise Malformed("The checkpoint has fewer than three lines.")
    origin, size, root, *extensions = lines
    return Checkpoint(
        origin,
        from_decimal(size, "The checkpoint's size"),
        from_base64(root, "The checkpoint's root", HASH_SIZE),
        tuple(extensions),
    )


def open_checkpoint(
    raw: bytes, keys: Iterable[VerifierKey], origin: str | None = None
) -> OpenedCheckpoint:
    """Read a checkpoint that one of `keys` has signed, of `origin` where one is given.

    Raises Malformed, WrongSignature, or NotSigned, also where it is of another origin.
    """
    opened = open_note(raw, keys)
    checkpoint = parse_checkpoint(opened.note.text)
    if origin is not None and checkpoint.origin != origin:
        raise NotSigned("The checkpoint is of another trail than the one asked for.")
    return OpenedCheckpoint(checkpoint, opened.note, opened.signed_by)
