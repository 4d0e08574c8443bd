"""A table's columns as text and back: order, widths, which are hidden, and what sorts.

Qt's own saved state would hold columns that only give way to a narrow window as hidden; to leave
them out they had to be shown for a moment, which repaints the table and moves columns again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHeaderView


def as_text(header: QHeaderView, widths: Mapping[int, int], showing: Collection[int]) -> str:
    """Return the columns of `header` as text; those of `showing` count as shown.

    `widths` has those of columns that are hidden, whose width Qt does not tell.
    """
    columns = range(header.count())
    sort = [header.sortIndicatorSection(), header.sortIndicatorOrder().value]
    told = {
        "order": [header.logicalIndex(place) for place in columns],
        "widths": [header.sectionSize(c) or widths.get(c, 0) for c in columns],
        "hidden": [c for c in columns if header.isSectionHidden(c) and c not in showing],
        "sort": sort if header.isSortIndicatorShown() else None,
    }
    return json.dumps(told)


def arrange(header: QHeaderView, text: object) -> bool:
    """Arrange the columns as `as_text` told; False, and nothing done, where it is not of this table.

    The text stands in a file that anybody can edit.
    """
    columns = list(range(header.count()))
    try:
        told = json.loads(text) if isinstance(text, str) else {}
        order, widths, hidden, sort = (told[key] for key in ("order", "widths", "hidden", "sort"))
        fits = sorted(order) == columns and len(widths) == len(columns)
        fits = fits and all(type(width) is int and 0 <= width < 10_000 for width in widths)
        fits = fits and set(hidden) < set(columns)
        by = (
            None
            if sort is None
            else (
                columns[sort[0]],
                (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)[sort[1]],
            )
        )
    except (ValueError, KeyError, TypeError, IndexError):
        return False
    if not fits:
        return False
    for place, column in enumerate(order):
        header.moveSection(header.visualIndex(column), place)
    for column, width in enumerate(widths):
        if width:
            header.resizeSection(column, width)
    for column in columns:
        header.setSectionHidden(column, column in hidden)
    if by is not None:
        header.setSortIndicator(*by)
    return True
