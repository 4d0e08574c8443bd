"""Repeatable chance: every draw is a hash of the seed and of what is drawn for.

A stream of random numbers would make each outcome depend on everything drawn before it; here
the n-th instance of a seed always fares the same, whatever else was asked meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

Item = TypeVar("Item")
_SCALE: Final = float(1 << 64)


@dataclass(frozen=True, slots=True)
class Chance:
    """All the chance of one seed."""

    seed: int

    def token(self, purpose: str, number: int, size: int = 8) -> str:
        """`2 * size` hex digits, the same for the same seed, purpose and number."""
        return self._digest(f"{purpose}/{number}", size).hex()

    def fraction(self, purpose: str, number: int) -> float:
        """A number from 0 up to, not including, 1."""
        return int.from_bytes(self._digest(f"{purpose}/{number}", 8), "big") / _SCALE

    def between(self, low: float, high: float, purpose: str, number: int) -> float:
        """A number from `low` to `high`."""
        return low + (high - low) * self.fraction(purpose, number)

    def pick(self, items: Sequence[Item], purpose: str, number: int) -> Item:
        """One of `items`, which must not be empty."""
        return items[int(self.fraction(purpose, number) * len(items))]

    def _digest(self, what: str, size: int) -> bytes:
        return hashlib.blake2b(f"{self.seed}/{what}".encode(), digest_size=size).digest()
