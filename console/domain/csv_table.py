"""A table from the bytes of a CSV file: read strictly, so that no row shifts or bends unseen."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from console.domain.errors import BadInput

MAX_ROWS: Final = 100_000
MAX_BYTES: Final = 64 * 1024 * 1024
DELIMITERS: Final = (",", ";", "\t")
_BOM: Final = b"\xef\xbb\xbf"
_WIDE: Final = (b"\xff\xfe", b"\xfe\xff")
_SAMPLED_ROWS: Final = 50
# Line ends of CSV alone: str.splitlines would also cut at U+2028, which may stand in a cell.
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_SEP: Final = re.compile(r"sep=([,;\t])[ ,;\t]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)


@dataclass(frozen=True)
class Row:
    """One row: `number` from 1 below the header, `line` of the file where it begins."""

    number: int
    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """What a CSV file holds; rows may have another width than the header (see `batch`)."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str = ","
    bom: bool = False


def read_table(raw: bytes) -> Table:
    """Read UTF-8 CSV (comma, semicolon or tab; quoted line ends; BOM or none; any line end).

    Empty lines are left out. Raises BadInput naming line and column where the file cannot be
    read without guessing.
    """
    if len(raw) > MAX_BYTES:
        raise BadInput(f"The file is larger than {MAX_BYTES // 1024 // 1024} MiB; split it.")
    text = _decoded(raw)
    said = _SEP.match(text)  # Excel's own first line
    first = 2 if said else 1
    lines = [match.group() for match in _LINE.finditer(text, said.end() if said else 0)]
    delimiter = said.group(1) if said else _delimiter(lines)
    records = _records(lines, delimiter, first)
    line, head = next(records, (first, ()))
    header = _header(head, line)
    rows: list[Row] = []
    for line, cells in records:
        if len(rows) == MAX_ROWS:
            raise BadInput(f"The file has more than {MAX_ROWS:,} rows; split it into smaller ones.")
        rows.append(Row(len(rows) + 1, line, cells))
    if not rows:
        raise BadInput("The file has a header and no row below it; there is nothing to queue.")
    return Table(header, tuple(rows), delimiter, raw.startswith(_BOM))


def _decoded(raw: bytes) -> str:
    if raw.startswith(_WIDE):
        raise BadInput("The file is UTF-16 text; save it as CSV in UTF-8.")
    try:
        text = raw.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        where = _place(error.object[: error.start].decode("utf-8"))
        raise BadInput(f"The file is not UTF-8 text at {where}; save it as CSV in UTF-8.") from None
    nul = text.find("\0")
    if nul >= 0:
        raise BadInput(f"The file holds a NUL byte at {_place(text[:nul])}; it is no CSV text.")
    if not text.strip():
        raise BadInput("The file is empty.")
    return text


def _place(before: str) -> str:
    """Line and column, both from 1, of what follows `before`."""
    lines = [match.group() for match in _LINE.finditer(before)]
    if not lines or lines[-1].endswith(("\r", "\n")):
        lines.append("")
    return f"line {len(lines)}, column {len(lines[-1]) + 1}"


def _records(
    lines: Iterable[str], delimiter: str, first: int = 1
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield (line where it begins, cells) of every record that is not empty."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    begins = first
    try:
        for cells in reader:
            if cells:
                yield begins, tuple(cells)
            begins = first + reader.line_num
    except csv.Error as error:
        raise BadInput(f"The record that begins at line {begins} {_words(error)}") from None


def _words(error: csv.Error) -> str:
    text = str(error)
    if "unexpected end" in text:
        return "opens a quote that is never closed."
    if "expected after" in text:
        return 'has text after a closed quote; a quote inside a cell is written "".'
    if "field larger" in text:
        return f"has a cell of more than {csv.field_size_limit():,} characters."
    return f"cannot be read: {text}."


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter under which the first records are most alike, the comma in doubt."""
    best, best_rank = ",", (False, 0)
    for delimiter in DELIMITERS:
        widths = _widths(lines, delimiter)
        if widths and widths[0] > 1:
            rank = (len(set(widths)) == 1, widths[0])
            if rank > best_rank:
                best, best_rank = delimiter, rank
    return best


def _widths(lines: list[str], delimiter: str) -> list[int]:
    widths = []
    try:
        for _, cells in _records(lines, delimiter):
            widths.append(len(cells))
            if len(widths) > _SAMPLED_ROWS:
                break
    except BadInput:  # told once the file is read for good
        return [*widths[:1], -1]
    return widths


def _header(cells: tuple[str, ...], line: int) -> tuple[str, ...]:
    names = tuple(cell.strip() for cell in cells)
    if not names:
        raise BadInput("The file has no header; its first line names the columns.")
    seen: dict[str, int] = {}
    for column, name in enumerate(names, start=1):
        if not name:
            raise BadInput(f"Column {column} has no name in the header (line {line}).")
        if name in seen:
            raise BadInput(
                f"Columns {seen[name]} and {column} are both named {name!r} (line {line})."
            )
        seen[name] = column
    return names
