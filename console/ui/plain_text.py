"""Text from outside as it is: one line, with control and bidirectional characters made visible."""

from __future__ import annotations

import re
from typing import Final

# C0 and C1 controls, soft hyphen, zero-width and bidirectional marks, separators, BOM, and
# lone surrogates, which Qt cannot show.
_HIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINES_KEPT: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
LIMIT: Final = 4000


def visible(text: str, limit: int = LIMIT) -> str:
    """Return at most `limit` characters of `text` in one line, hidden characters as <U+200B>."""
    cut = text if len(text) <= limit else text[:limit] + "…"
    return _HIDDEN.sub(_named, cut)


def visible_lines(text: str) -> str:
    """Return `text` with its line breaks and tabs kept and other hidden characters as <U+200B>."""
    return _LINES_KEPT.sub(_named, text)


def _named(match: re.Match[str]) -> str:
    return f"<U+{ord(match[0]):04X}>"
