"""A payload as a tree of keys and values, read as deep as somebody opens it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from console.domain.text import shortened, visible

Index = QModelIndex | QPersistentModelIndex
MOST_CHILDREN: Final = 1000
_CELL: Final = 300
_TOP: Final = QModelIndex()
_HEADS: Final = ("Key", "Value")


class _Number(str):
    """A number just as it stands in the text: Python would round it or write it anew."""

    __slots__ = ()


@dataclass(eq=False)
class _Node:
    """One key with its value; the nodes below are made when somebody asks for them."""

    key: str
    value: Any
    parent: _Node | None
    row: int
    below: list[_Node] | None = field(default=None)

    def children(self) -> list[_Node]:
        if self.below is None:
            value = self.value
            if isinstance(value, dict):
                pairs = list(value.items())
            elif isinstance(value, list):
                pairs = [(f"[{number}]", inner) for number, inner in enumerate(value)]
            else:
                pairs = []
            self.below = [
                _Node(key, inner, self, row)
                for row, (key, inner) in enumerate(pairs[:MOST_CHILDREN])
            ]
            if len(pairs) > MOST_CHILDREN:
                more = f"{len(pairs) - MOST_CHILDREN:,} more"
                self.below.append(_Node(more, _Number(""), self, MOST_CHILDREN))
        return self.below


def read_tree(text: str) -> Any:
    """Return what JSON text says, numbers as they stand; raises ValueError where it is none."""
    try:
        return json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_Number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


class PayloadTree(QAbstractItemModel):
    """Keys and values of one payload; empty until `show_value`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._root = _Node("", {}, None, 0)

    def show_value(self, value: Any) -> None:
        """Show what `read_tree` gave; a payload that is no object stands as the only row."""
        self.beginResetModel()
        whole = value if isinstance(value, dict | list) else {"payload": value}
        self._root = _Node("", whole, None, 0)
        self.endResetModel()

    def index(self, row: int, column: int, parent: Index = _TOP) -> QModelIndex:
        below = self._node(parent).children()
        if not (0 <= row < len(below) and 0 <= column < len(_HEADS)):
            return QModelIndex()
        return self.createIndex(row, column, below[row])

    def parent(self, index: Index = _TOP) -> QModelIndex:  # type: ignore[override]  # two of one name
        above = self._node(index).parent if index.isValid() else None
        if above is None or above is self._root:
            return QModelIndex()
        return self.createIndex(above.row, 0, above)

    def rowCount(self, parent: Index = _TOP) -> int:
        return 0 if parent.column() > 0 else len(self._node(parent).children())

    def columnCount(self, _parent: Index = _TOP) -> int:
        return len(_HEADS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or role not in {
            Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole,
        }:  # fmt: skip
            return None
        node = self._node(index)
        return visible(shortened(node.key, _CELL)) if index.column() == 0 else _words(node.value)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        shown = orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return _HEADS[section] if shown and 0 <= section < len(_HEADS) else None

    def _node(self, index: Index) -> _Node:
        node = index.internalPointer() if index.isValid() else self._root
        assert isinstance(node, _Node)
        return node


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "{}" if not value else f"{len(value):,} {'key' if len(value) == 1 else 'keys'}"
    if isinstance(value, list):
        return "[]" if not value else f"{len(value):,} {'value' if len(value) == 1 else 'values'}"
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, str):
        return f'"{visible(shortened(value, _CELL))}"'
    return {None: "null", True: "true", False: "false"}[value]
