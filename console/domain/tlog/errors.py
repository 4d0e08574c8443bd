"""What can be wrong with a note, a checkpoint, a proof or a tile."""

from __future__ import annotations

from console.domain.errors import ConsoleError


class SealError(ConsoleError):
    """A part of a seal that cannot be relied on; the text says which and why."""


class Malformed(SealError):
    """A text that does not have the form its standard asks for."""


class NotSigned(SealError):
    """A note that none of the known keys has signed."""


class WrongSignature(SealError):
    """A note that names a known key as its signer, but the signature does not hold."""


class ProofRefused(SealError):
    """A proof that does not lead from what it is about to the root that was signed."""


class TileTrouble(SealError):
    """A tile that cannot be used; `path` is its place as tlog-tiles names it."""

    def __init__(self, message: str, path: str) -> None:
        super().__init__(message)
        self.path = path


class TileMissing(TileTrouble):
    """A tile that is needed does not exist, or is shorter than the tree's size asks for."""


class TileDamaged(TileTrouble):
    """A tile whose hashes do not lead to the hash that stands for it above."""
