"""How results are printed: one JSON document, or lines for a person.

A command has done its work before it prints. That nobody takes the result changes neither what
was done nor its exit code, or a script would do it twice.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from console.domain.text import visible
from console.domain.wire_json import to_text


def open_streams() -> None:
    """Make the three standard streams usable, whatever the caller left of them.

    A closed one is filled first: the next file to be opened, a day of the trail perhaps, would
    get its number, and whoever writes to that number would write into the file.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115  # while it runs
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # as above
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # as above
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # help in a terminal without our letters


def nobody_reads() -> bool:
    """True once stdout took no more: whoever prints without end may stop."""
    return _gone


def print_json(document: Any) -> None:
    """Print one JSON document on stdout, UTF-8 whatever the terminal."""
    _write(to_text(document, indent=2, other=str))


def print_json_line(document: Any) -> None:
    """Print one JSON Lines entry at once."""
    _write(to_text(document, other=str))


def print_line(text: str) -> None:
    """Print one line for a person; control characters are made harmless."""
    _write(
        "".join(c if c.isprintable() or c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )


def print_error(text: str) -> None:
    """Say one line on stderr, as every problem is said there."""
    with suppress(OSError):  # nobody hears it, the exit code says it
        sys.stderr.write(f"cxone-console: {visible(text)}\n")
        sys.stderr.flush()


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


_gone = False


def _write(text: str) -> None:
    global _gone  # noqa: PLW0603 - one stdout a process
    if _gone:
        return
    data = (text + "\n").encode("utf-8", "backslashreplace")
    try:
        sys.stdout.flush()
        buffer = getattr(sys.stdout, "buffer", None)
        if buffer is None:
            sys.stdout.write(data.decode("utf-8"))
        else:
            buffer.write(data)
        sys.stdout.flush()
    except OSError as error:
        _gone = True
        # What the stream still holds goes nowhere, instead of failing again at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # head and less go when they have enough
            print_error(f"The result could not be printed: {error.strerror or error}.")
