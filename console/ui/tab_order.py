"""Tab goes in reading order: through the layouts as they stand, whatever came, went or moved.

Qt keeps a chain of its own in the order in which widgets were made. Mending it with `setTabOrder`
can cut it in two rings (6.11): Tab then never leaves a form again. So every window looks for the
next stop when a person presses Tab (`focusNextPrevChild`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QGridLayout,
    QLayout,
    QLayoutItem,
    QMainWindow,
    QScrollArea,
    QSplitter,
    QStackedLayout,
    QWidget,
)


def step(window: QWidget, *, forward: bool) -> bool:
    """Move the keyboard to the next stop of `window`, or the one before; False where none is."""
    present = QApplication.focusWidget()
    ring = [w for w in in_order(window) if w is present or (is_stop(w) and _can_be_had(w))]
    if not ring or ring == [present]:
        return False
    # Where the keyboard is in none of them (it stands in a part of one) it starts again.
    at = ring.index(present) if present in ring else -1 if forward else 0
    target = ring[(at + (1 if forward else -1)) % len(ring)]
    if present is not None and not present.isVisible():
        # Nobody pressed Tab: what had the keyboard went away, and nothing else may move.
        target.setFocus(Qt.FocusReason.OtherFocusReason)
        return True
    reason = Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
    target.setFocus(reason)
    if isinstance(target, QAbstractItemView):
        target.scrollTo(target.currentIndex())
    above = target.parentWidget()
    while above is not None and above is not window:
        if isinstance(above, QScrollArea):
            above.ensureWidgetVisible(target)
        above = above.parentWidget()
    return True


def stops(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets at or below `widget` that Tab stops at, in reading order."""
    return (found for found in in_order(widget, hidden=False) if is_stop(found))


def is_stop(widget: QWidget) -> bool:
    """Return True where Tab stops at `widget` itself."""
    takes_tab = widget.focusPolicy() & Qt.FocusPolicy.TabFocus == Qt.FocusPolicy.TabFocus
    return takes_tab and widget.focusProxy() is None


def in_order(widget: QWidget, *, hidden: bool = True) -> Iterator[QWidget]:
    """Yield `widget` and what its layouts hold, in reading order, with what is `hidden` or not."""
    yield widget
    if isinstance(widget, QSplitter):
        inside = [widget.widget(place) for place in range(widget.count())]
    elif isinstance(widget, QScrollArea):
        inside = [widget.widget()]
    elif isinstance(widget, QMainWindow):
        inside = [widget.centralWidget()]
    else:
        layout = widget.layout()
        inside = [] if layout is None else list(_in_layout(layout))
    for found in inside:
        if found is not None and (hidden or not _hidden(found)):
            yield from in_order(found, hidden=hidden)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    places = list(range(layout.count()))
    if isinstance(layout, QStackedLayout):
        places = places[layout.currentIndex() : layout.currentIndex() + 1]
    elif isinstance(layout, QGridLayout):
        # As one reads, not as it was filled.
        places.sort(key=lambda place: _row_and_column(layout, place))
    for place in places:
        item: QLayoutItem | None = layout.itemAt(place)
        if item is None:
            continue
        if (inner := item.layout()) is not None:
            yield from _in_layout(inner)
        elif (widget := item.widget()) is not None:
            yield widget


def _row_and_column(layout: QGridLayout, place: int) -> tuple[int, int]:
    return cast("tuple[int, int, int, int]", layout.getItemPosition(place))[:2]


def _can_be_had(widget: QWidget) -> bool:
    return widget.isVisible() and widget.isEnabled()


def _hidden(widget: QWidget) -> bool:
    # A widget that its layout has not shown yet counts as hidden for Qt, but is about to be seen.
    return widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)
