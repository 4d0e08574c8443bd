"""How results are printed: one JSON document, or lines for a person."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from console.domain.text import visible


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, UTF-8 whatever the terminal."""
    _write(json.dumps(document, ensure_ascii=False, indent=2, default=str))


def print_json_line(document: Any) -> None:
    """Print one JSON Lines entry at once."""
    _write(json.dumps(document, ensure_ascii=False, default=str))


def print_line(text: str) -> None:
    """Print one line for a person; control characters are made harmless."""
    _write(
        "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )


def print_error(text: str) -> None:
    """Say one line on stderr, as every problem is said there."""
    sys.stderr.write(f"cxone-console: {visible(text)}\n")


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print aligned columns."""
    lines = [tuple(head), *(tuple(str(cell) for cell in row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    for line in lines:
        padded = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print_line("  ".join(padded).rstrip())


def local(at: datetime | None) -> str:
    """A time in the local zone, to the second."""
    return "" if at is None else at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _write(text: str) -> None:
    data = (text + "\n").encode("utf-8", "backslashreplace")
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(data.decode("utf-8"))
    else:
        buffer.write(data)
    sys.stdout.flush()
