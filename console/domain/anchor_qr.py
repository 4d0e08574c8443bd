"""A text as QR code: rows of dark and light modules, and the same for a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

QUIET: Final = 4
"""Light modules that a reader needs around the code (ISO/IEC 18004)."""
_BLOCKS: Final = {
    (True, True): " ",
    (True, False): "\N{LOWER HALF BLOCK}",
    (False, True): "\N{UPPER HALF BLOCK}",
    (False, False): "\N{FULL BLOCK}",
}

Modules = tuple[tuple[bool, ...], ...]


def qr_modules(text: str) -> Modules | None:
    """Return the code's rows without its quiet zone, True for dark; None where it is too long.

    UTF-8, a quarter of it may be lost (level Q) where that makes no larger code.
    """
    import segno
    from segno.encoder import DataOverflowError

    try:
        code = segno.make(text, error="M", boost_error=True, micro=False, encoding="utf-8")
    except DataOverflowError:
        return None
    return tuple(tuple(bool(module) for module in row) for row in code.matrix)


def with_quiet(modules: Modules) -> Modules:
    """Return the code with its quiet zone around."""
    width = len(modules) + 2 * QUIET
    side = (False,) * QUIET
    empty = ((False,) * width,) * QUIET
    return (*empty, *((*side, *row, *side) for row in modules), *empty)


def terminal_lines(modules: Modules) -> Sequence[str]:
    """Return lines of half blocks, two rows each, light on dark as most terminals are."""
    rows = list(with_quiet(modules))
    if len(rows) % 2:
        rows.append((False,) * len(rows[0]))
    return [
        "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    ]
