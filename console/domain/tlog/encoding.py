"""Base64 (RFC 4648, section 4) and decimal numbers, each with one spelling only.

What can be written in two ways can be changed without a trace, so any other spelling is refused.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from console.domain.tlog.errors import Malformed

MAX_NUMBER: Final = 2**64 - 1
_DECIMAL: Final = re.compile(r"0|[1-9][0-9]{0,19}")


def to_base64(content: bytes) -> str:
    """Return `content` as base64 with its padding."""
    return base64.b64encode(content).decode("ascii")


def from_base64(text: str, what: str, size: int | None = None) -> bytes:
    """Return the bytes that `text` spells, `size` of them where given; else raise Malformed."""
    try:
        content = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except (UnicodeEncodeError, binascii.Error):
        raise Malformed(f"{what} is not base64.") from None
    if to_base64(content) != text:
        raise Malformed(f"{what} is not the one way to write these bytes in base64.")
    if size is not None and len(content) != size:
        raise Malformed(f"{what} has {len(content)} bytes instead of {size}.")
    return content


def from_decimal(text: str, what: str) -> int:
    """Return the number below 2**64 that `text` spells without a leading zero or sign."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_NUMBER:
        raise Malformed(f"{what} is not a decimal number without leading zeros.")
    return int(text)


def check_one_line(text: str, what: str) -> None:
    """Raise Malformed unless `text` can be one line of a note: not empty, no control character."""
    if not text:
        raise Malformed(f"{what} is empty.")
    if any(char < " " for char in text):
        raise Malformed(f"{what} holds a control character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed(f"{what} holds half a character (lone surrogate).") from None
