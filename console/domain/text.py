"""Text from outside, made safe to show: nothing in it hides, turns round or moves the line."""

from __future__ import annotations

import re
from typing import Final

# Characters that print as nothing although Python calls them printable: fillers and blanks,
# variation selectors, the grapheme joiner.
_HOLLOW: Final = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U0001d159\U000e0100-\U000e01ef"
)
_HOLLOW_ONE: Final = re.compile(f"[{_HOLLOW}]")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def visible(text: str, *, keep_lines: bool = False) -> str:
    """Return `text` with every invisible, control or bidirectional character as `[U+202E]`.

    Ordinary spaces stay; line feeds stay where `keep_lines` is True. Lone surrogates are shown
    the same way, so the result can always be encoded.
    """
    if text.isprintable() and not _HOLLOW_ONE.search(text):
        return text
    return "".join(
        char
        if (char.isprintable() and not _HOLLOW_ONE.match(char)) or (keep_lines and char == "\n")
        else f"[U+{ord(char):04X}]"
        for char in text
    )


def shortened(text: str, limit: int) -> str:
    """Return `text`, or its first `limit` characters and a mark that something follows."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def harmless(text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
