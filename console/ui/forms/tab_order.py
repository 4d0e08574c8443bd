"""Tab goes in reading order, also after rows were added, moved or taken out."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QStackedLayout, QWidget


def order_tabs(root: QWidget) -> None:
    """Chain the tab stops below `root` in the order of its layouts."""
    for one, other in pairwise(stops(root)):
        QWidget.setTabOrder(one, other)


def stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets at or below `widget` that Tab stops at, in the order of the layouts."""
    takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    if takes_tab and widget.focusProxy() is None:
        yield widget
    if isinstance(widget, QScrollArea):
        if (inside := widget.widget()) is not None:
            yield from stops(inside)
    elif (layout := widget.layout()) is not None:
        yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    items = [layout.itemAt(place) for place in range(layout.count())]
    if isinstance(layout, QStackedLayout):
        current = layout.currentIndex()
        items = items[current : current + 1]
    for item in items:
        if item is None:
            continue
        if (inner := item.layout()) is not None:
            yield from _in_layout(inner)
        elif (widget := item.widget()) is not None and not _hidden(widget):
            yield from stops(widget)


def _hidden(widget: QWidget) -> bool:
    # A widget that its layout has not shown yet counts as hidden for Qt, but is about to be seen.
    return widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
