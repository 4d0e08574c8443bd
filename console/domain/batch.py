"""From a table to triggers: which column is which variable, and what is wrong in which row.

Nothing is guessed: a column that is neither typed, mapped nor a field of the workflow is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from console.domain.csv_table import Row
from console.domain.errors import BadInput
from console.domain.schema import (
    FieldMessage,
    FieldSpec,
    FieldType,
    Schema,
    pointer_parts,
    read_schema,
)
from console.domain.values import DataType, FieldError, Json, is_number, parse, parse_json

_KINDS: Final = {
    FieldType.STRING: DataType.STRING,
    FieldType.INTEGER: DataType.INTEGER,
    FieldType.BOOLEAN: DataType.BOOLEAN,
    FieldType.OBJECT: DataType.OBJECT,
    FieldType.ARRAY: DataType.ARRAY,
}
_TYPES: Final = ", ".join(DataType)


@dataclass(frozen=True)
class Column:
    """One column that is sent: as variable `name`, read as `kind` (None: any JSON number)."""

    header: str
    position: int
    name: str
    kind: DataType | None
    required: bool = False


@dataclass(frozen=True)
class RowError:
    """What is wrong in a row; `column` is its header, empty where the whole row is meant."""

    row: int
    line: int
    column: str
    message: str

    def __str__(self) -> str:
        where = f"row {self.row} (line {self.line})"
        return (
            f"{where}, {self.column}: {self.message}" if self.column else f"{where}: {self.message}"
        )


@dataclass(frozen=True)
class Columns:
    """How the rows of one table are read."""

    width: int
    columns: tuple[Column, ...]
    _headers: Mapping[str, str] = field(default_factory=dict)

    def read(self, row: Row) -> tuple[dict[str, Json], tuple[RowError, ...]]:
        """Return the row's values and what is wrong with them; an empty cell is left unset."""
        if len(row.cells) != self.width:
            words = f"Has {_cells(len(row.cells))}; the header has {_cells(self.width)}."
            return {}, (RowError(row.number, row.line, "", words),)
        if not any(cell.strip() for cell in row.cells):
            return {}, (RowError(row.number, row.line, "", "Is empty; delete the row."),)
        values: dict[str, Json] = {}
        errors = []
        for column in self.columns:
            text = row.cells[column.position]
            try:
                if text:
                    values[column.name] = _value(text, column.kind)
                elif column.required and column.kind is DataType.STRING:
                    raise FieldError("Needs a value.")
            except FieldError as error:
                errors.append(RowError(row.number, row.line, column.header, str(error)))
        return values, tuple(errors)

    def error(self, row: Row, message: FieldMessage) -> RowError:
        """Return the definition's `message` about a row's values, at its column where it has one."""
        parts = pointer_parts(message.path)
        header = self._headers.get(parts[0], "") if parts else ""
        text = message.message
        if parts and not header:
            text = f"{parts[0]} (no column): {text}"
        elif len(parts) > 1:
            text = f"{'/'.join(parts[1:])}: {text}"
        return RowError(row.number, row.line, header, text)


def read_columns(
    header: tuple[str, ...], maps: Iterable[str], schema: Schema | None = None
) -> Columns:
    """Return how the columns are read: by `maps`, else by `name:type`, else by the definition.

    `maps` are `COLUMN=NAME:TYPE`, or `COLUMN=` for one that is left out. Raises BadInput naming
    every column that is none of these.
    """
    fields = {} if schema is None else _fields(schema)
    mapped = _maps(maps, header)
    columns: list[Column] = []
    unknown: list[str] = []
    for position, name in enumerate(header):
        if name in mapped:
            target = mapped[name]
        else:
            target = _typed(name) or _defined(name, fields)
            if target is None:
                unknown.append(name)
        if target is not None:
            spec = fields.get(target[0])
            needed = spec is not None and spec.required
            columns.append(Column(name, position, *target, required=needed))
    if unknown:
        raise BadInput(_unknown(unknown, fields), "map")
    _refuse_twice(columns)
    if not columns:
        raise BadInput("Every column is left out; there is nothing to send.", "map")
    return Columns(len(header), tuple(columns), {item.name: item.header for item in columns})


def _value(text: str, kind: DataType | None) -> Json:
    if kind is not None:
        return parse(text, kind)
    try:
        value = parse_json(text.strip())
    except FieldError:
        value = None
    if not is_number(value):
        raise FieldError("Needs a number such as 42 or 3.5.")
    return value


def _fields(schema: Schema) -> dict[str, FieldSpec]:
    return {child.name: child for child in read_schema(schema).children}


def _typed(header: str) -> tuple[str, DataType] | None:
    name, colon, kind = header.rpartition(":")
    if not colon or not name.strip() or kind.strip() not in set(DataType):
        return None
    return name.strip(), DataType(kind.strip())


def _defined(header: str, fields: Mapping[str, FieldSpec]) -> tuple[str, DataType | None] | None:
    spec = fields.get(header)
    if spec is None:
        return None
    if spec.type is FieldType.NUMBER:
        return header, None
    if spec.type not in _KINDS:
        raise BadInput(
            f"Column {header!r}: the workflow takes more than one type here; say which with "
            f"--map {header}={header}:TYPE, TYPE one of {_TYPES}",
            "map",
        )
    return header, _KINDS[spec.type]


def _maps(
    texts: Iterable[str], header: tuple[str, ...]
) -> dict[str, tuple[str, DataType | None] | None]:
    found: dict[str, tuple[str, DataType | None] | None] = {}
    for text in texts:
        column, equals, target = text.rpartition("=")
        column = column.strip()
        typed = _typed(target)
        if not equals or not column or (target.strip() and typed is None):
            raise BadInput(
                f"--map {text!r}: write COLUMN=NAME:TYPE, TYPE one of {_TYPES}, "
                "or COLUMN= to leave it out",
                "map",
            )
        if column not in header:
            raise BadInput(
                f"--map {column}: the file has no such column; it has {_listed(header)}", "map"
            )
        if column in found:
            raise BadInput(f"--map {column} is given twice", "map")
        found[column] = typed
    return found


def _unknown(unknown: list[str], fields: Mapping[str, FieldSpec]) -> str:
    one = len(unknown) == 1
    text = (
        f"{'Column' if one else 'Columns'} {_listed(unknown)} {'is' if one else 'are'} not known: "
        f"map with --map COLUMN=NAME:TYPE, or leave out with --map COLUMN="
    )
    return f"{text}. The workflow has {_listed(fields)}" if fields else text


def _refuse_twice(columns: list[Column]) -> None:
    headers: dict[str, str] = {}
    for column in columns:
        if column.name in headers:
            raise BadInput(
                f"Columns {headers[column.name]!r} and {column.header!r} both give "
                f"{column.name}; leave one out with --map COLUMN=",
                "map",
            )
        headers[column.name] = column.header


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _cells(count: int) -> str:
    return "1 cell" if count == 1 else f"{count} cells"
