"""JSON as a person reads and edits it: exact, with nothing in it that hides or turns the line."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from console.domain.text import visible
from console.domain.wire_json import to_text

if TYPE_CHECKING:
    from console.domain.values import Json

# Joiners and variation selectors right after a pictograph belong to it and show as one picture.
_IN_EMOJI: Final = re.compile(
    "(?<=[\u2190-\u2bff\u3030\u303d\ufe0f\U0001f000-\U0001faff])[\u200d\ufe0f]"
)
_ODD: Final = re.compile(r"[^\n\x20-\x7e]")


def json_text(value: Json) -> str:
    """Return `value` as indented JSON, in which what nobody would see is written as an escape."""
    text = to_text(value, indent=2)
    return text if text.isascii() else _escaped(text)


def hides(text: str) -> bool:
    """Return True where `text` holds a character that a line of text would not show as it is."""
    return (not text.isascii() and _escaped(text) != text) or bool(_CONTROL.search(text))


_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def _escaped(text: str) -> str:
    kept = {found.start() for found in _IN_EMOJI.finditer(text)}

    def escape(found: re.Match[str]) -> str:
        char = found[0]
        if found.start() in kept or visible(char) == char:
            return char
        return json.dumps(char)[1:-1]

    return _ODD.sub(escape, text)
