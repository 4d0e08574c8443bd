"""What a person's hands do with the queue: tick rows, click a row's link, find the question."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QDialog

from console.ui.models import jobs as column
from console.ui.models.jobs import ACTION_ROLE
from console.ui.panels.queue_panel import QueuePanel
from console.ui.widgets.why_delegate import link_boxes

D = TypeVar("D", bound=QDialog)


def dialog(panel: QueuePanel, kind: type[D]) -> D:
    """The one open question of this kind."""
    found = [d for d in panel.findChildren(kind) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def select(panel: QueuePanel, *rows: int) -> None:
    """Tick exactly these rows."""
    kind = QItemSelectionModel.SelectionFlag
    panel.view.clearSelection()
    for row in rows:
        index = panel.model.index(row, 0)
        panel.view.selectionModel().select(index, kind.Select | kind.Rows)


def click_link(qtbot: Any, panel: QueuePanel, row: int, key: str) -> None:
    """Click the link `key` in a row, at the place where it is painted."""
    index = panel.model.index(row, column.WHY)
    deeds = index.data(ACTION_ROLE)
    box = panel.view.visualRect(index)
    _, found = link_boxes(box, index.data(), deeds, panel.view.fontMetrics())
    places: dict[str, QPoint] = {deed.key: place.center() for deed, place in found}
    qtbot.mouseClick(panel.view.viewport(), Qt.MouseButton.LeftButton, pos=places[key])
