"""What the window may ask about the own trail's seal: its checkpoint, anchoring it, a new key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from console.domain.anchor_qr import Modules


@dataclass(frozen=True)
class CheckpointShown:
    """The checkpoint as it stood at `at`: the signed note's text, and what it states in words.

    `root` is base64 as in the note, `key` the verifier key's text, `anchored` a sentence on when the
    trail was last anchored outside; `places` are set up to keep checkpoints.
    """

    note: str
    origin: str
    size: int
    root: str
    key: str
    anchored: str
    places: int
    at: datetime


class SealDesk(Protocol):
    """The own trail's seal. What comes of `anchor` and `rotate` is told as a notice on the hub."""

    def checkpoint(self) -> CheckpointShown | None:
        """Return it, None before the first record; raises ConsoleError where it cannot be read."""

    def code(self, text: str, answered: Callable[[Modules | None], None]) -> None:
        """Make the QR code of `text` and answer on the window's thread; None where it is too long.

        It takes a visible moment, so it is made elsewhere.
        """

    def anchor(self) -> None:
        """Hand the present checkpoint to every configured place, now."""

    def rotate(self, reason: str) -> None:
        """Sign the trail with a new key from now on; `reason` goes on record."""
