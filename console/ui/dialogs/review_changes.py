"""What a trigger changes against the earlier job that its values come from, for the review."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from console.domain.schema import FieldSpec, Unset
from console.domain.schema_secret import MASKED, masked
from console.domain.text import shortened, visible
from console.domain.value_diff import Difference, Kind, differences, value_at
from console.ui.forms.json_text import json_text
from console.ui.models.fixed_rows import FixedRows, Index
from console.ui.theme import mono_font

if TYPE_CHECKING:
    from console.domain.payload import TriggerPayload
    from console.domain.values import Json

MOST: Final = 2_000
_CELL: Final = 1_000
_COLUMNS: Final = ("Change", "Name", "Before", "Now")
_ENTRY: Final = "*"


@dataclass(frozen=True)
class Compared:
    """The earlier job: its short name, what it asked for and why."""

    label: str
    payload: TriggerPayload
    reason: str = ""


@dataclass(frozen=True)
class ChangeRow:
    """One line of the comparison, in words."""

    kind: Kind
    name: str
    before: str
    now: str


def change_rows(
    earlier: Compared, payload: TriggerPayload, reason: str, spec: FieldSpec | None
) -> list[ChangeRow]:
    """What differs, values first, then priority, metadata and reason; secrets are masked."""
    trees = [dict(one.context) for one in (earlier.payload, payload)]
    shown = [(tree, tree if spec is None else masked(spec, tree)) for tree in trees]
    titles = {} if spec is None else {field.path: field.title for field in spec.walk()}
    found = differences(earlier.payload.context, payload.context)
    rows = [_row(one, _title(one, titles), shown) for one in islice(found, MOST)]
    was = _beside(earlier.payload, earlier.reason)
    rows += [
        _row(one, " ".join(one.names), []) for one in differences(was, _beside(payload, reason))
    ]
    return rows


def summary(rows: list[ChangeRow]) -> str:
    """How much differs, in words."""
    counts = [(kind, sum(row.kind is kind for row in rows)) for kind in Kind]
    told = [f"{count} {kind}" for kind, count in counts if count]
    return ", ".join(told) or "nothing differs"


def _beside(payload: TriggerPayload, reason: str) -> dict[str, Json]:
    metadata: dict[str, Json] = dict(payload.metadata)
    return {"Priority": payload.priority, "Metadata": metadata, "Reason": reason}


def _title(one: Difference, titles: Mapping[str, str]) -> str:
    words = []
    known = ""
    for name in one.names:
        step = f"{known}/{name.replace('~', '~0').replace('/', '~1')}"
        entry = f"{known}/{_ENTRY}"
        if step in titles:
            known, word = step, titles[step] or name
        elif entry in titles and name.isdecimal():
            known, word = entry, str(int(name) + 1)
        else:
            known, word = step, name
        words.append(word)
    return " · ".join(words)


def _row(one: Difference, name: str, shown: list[tuple[dict[str, Json], Json]]) -> ChangeRow:
    hide = any(_is_masked(plain, mask, one.names) for plain, mask in shown)
    before, now = (_text(value, hide=hide) for value in (one.before, one.after))
    return ChangeRow(one.kind, visible(name), before, now)


def _is_masked(plain: dict[str, Json], mask: Json, names: tuple[str, ...]) -> bool:
    """True where the value at `names`, or what holds it, stands masked in `mask`."""
    ways = [names[:count] for count in range(len(names) + 1)]
    return any(value_at(mask, way) == MASKED != value_at(plain, way) for way in ways) or (
        value_at(mask, names) != value_at(plain, names)
    )


def _text(value: Json | Unset, *, hide: bool) -> str:
    if isinstance(value, Unset):
        return ""
    if hide:
        return MASKED
    # In JSON text a line ends between two parts only, never inside one.
    text = value if isinstance(value, str) else re.sub(r"\n *", " ", json_text(value))
    return visible(shortened(text, _CELL)) or "(empty text)"


class ChangesModel(FixedRows[ChangeRow]):
    """The comparison as a table."""

    def __init__(self, rows: list[ChangeRow], parent: QWidget) -> None:
        super().__init__(rows, _COLUMNS, parent)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = self._rows[index.row()]
        cells = (str(row.kind), row.name, row.before, row.now)
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return cells[index.column()]
        if role == Qt.ItemDataRole.FontRole and index.column() >= 2:
            return mono_font()
        return None
