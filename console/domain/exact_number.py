"""A JSON number that neither `int` nor `float` gives back as it was typed: 1.10, 1e400, -0.

A module of its own, so that `decimal` is loaded with the first such number and not at the start.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any, Self


class ExactNumber(Decimal):
    """The number that `text` writes, exactly; `str` gives the text back to the letter."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> Self:
        """Raise ValueError for an exponent beyond what a Decimal has (18 digits)."""
        try:
            made = super().__new__(cls, text)
        except InvalidOperation:
            raise ValueError(text) from None
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text

    def __copy__(self) -> ExactNumber:
        return self

    def __deepcopy__(self, memo: Any) -> ExactNumber:
        return self

    def plain(self) -> int | float | None:
        """The `int` or `float` that is the same number, None where there is none."""
        if self.is_zero():
            return -0.0 if self.is_signed() else 0.0
        if self.adjusted() > 400 or self.adjusted() < -400:
            return None  # and no minutes spent on writing 1e999999999 out
        near = float(self)
        return near if Decimal(repr(near)) == self else None
