"""Rows from a spreadsheet as values of a list's entries."""

from __future__ import annotations

from console.domain.schema import FieldSpec, FieldType
from console.domain.values import DataType, FieldError, Json, parse, parse_json


def values_from_rows(item: FieldSpec, text: str) -> list[Json]:
    """Return one value for each line of `text`; a cell that does not fit stays the text it is.

    A line of an object's entry has its parts in the schema's order, or under a first line that
    names them. Empty cells add no key, empty lines no entry.
    """
    if item.type is not FieldType.OBJECT or not item.children:
        return [value_from_text(item, line) for line in text.splitlines() if line.strip()]
    import csv

    rows = [row for row in csv.reader(text.splitlines(), delimiter="\t") if any(row)]
    columns = list(item.children)
    if rows and (named := _named(item, rows[0])):
        columns, rows = named, rows[1:]
    return [
        {
            child.name: value_from_text(child, cell)
            for child, cell in zip(columns, row, strict=False)
            if cell
        }
        for row in rows
    ]


def value_from_text(spec: FieldSpec, text: str) -> Json:
    """Return the value that `text` writes for `spec`, or `text` itself where it writes none."""
    try:
        if spec.enum is not None:
            return next((c for c in spec.enum if isinstance(c, str) and c == text.strip()), text)
        if spec.type is FieldType.STRING:
            return text
        if spec.type in {FieldType.ANY, FieldType.NUMBER}:
            return parse_json(text)
        return parse(text, DataType(spec.type.value))
    except FieldError:
        return text


def _named(item: FieldSpec, cells: list[str]) -> list[FieldSpec]:
    """Return the parts that `cells` name, empty where they are no line of names."""
    known = {child.name.lower(): child for child in item.children}
    known |= {child.title.lower(): child for child in item.children}
    found = [known.get(cell.strip().lower()) for cell in cells]
    return [child for child in found if child is not None] if all(found) else []
