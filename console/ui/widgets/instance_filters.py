"""InstanceFilters: the row over the instances that narrows them, and its present wish."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QWidget

from console.domain.text import shortened, visible
from console.ui.models.instances import InstanceFilter
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.buttons import button
from console.ui.widgets.segmented import Segmented

_TYPED_MS = 200


class InstanceFilters(QWidget):
    """Text, workflow, status and origin; `changed` tells the new `InstanceFilter`."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instance_filters")
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE_M + 2, SPACE_S, SPACE_M, SPACE_S)
        row.setSpacing(SPACE_S)
        self.text = QLineEdit()
        self.text.setObjectName("instance_search")
        self.text.setAccessibleName("Search instances")
        self.text.setPlaceholderText("Id, status or any value")
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(120)
        self.workflow = _combo("instance_workflow", "Filter by workflow", "Every workflow")
        self.status = _combo("instance_status", "Filter by status", "Every status")
        self.origin = Segmented(
            [("", "All"), ("ours", "Ours"), ("foreign", "Others")],
            name="instance_origin",
            accessible="Show instances",
        )
        self.clear_button = button("Clear", "quiet", name="instance_filter_clear")
        self.clear_button.setAccessibleName("Clear the filters")
        self.clear_button.clicked.connect(self.clear)
        row.addWidget(self.text, 1)
        row.addWidget(self.workflow)
        row.addWidget(self.status)
        row.addWidget(self.origin)
        row.addWidget(self.clear_button)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._tell)
        self.text.textChanged.connect(lambda _text: self._typed.start())
        self.workflow.activated.connect(lambda _row: self._tell())
        self.status.activated.connect(lambda _row: self._tell())
        self.origin.chosen.connect(lambda _key: self._tell())

    def value(self) -> InstanceFilter:
        """Return what is wished for now."""
        return InstanceFilter(
            self.text.text().strip(),
            str(self.workflow.currentData() or ""),
            str(self.status.currentData() or ""),
            self.origin.value(),
        )

    def clear(self) -> None:
        """Wish for everything."""
        self.text.clear()
        self.workflow.setCurrentIndex(0)
        self.status.setCurrentIndex(0)
        self.origin.set_value("")
        self._tell()

    def offer(
        self, workflow_ids: Sequence[str], titled: Callable[[str], str], statuses: Sequence[str]
    ) -> None:
        """Offer these workflows and statuses; a choice made stays, listed or not."""
        _offer(self.workflow, [(key, titled(key)) for key in workflow_ids])
        _offer(self.status, [(key, key) for key in statuses])

    def _tell(self) -> None:
        self._typed.stop()
        self.changed.emit(self.value())


def _combo(name: str, accessible: str, every: str) -> QComboBox:
    result = QComboBox()
    result.setObjectName(name)
    result.setAccessibleName(accessible)
    result.addItem(every, "")
    result.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    result.setMinimumContentsLength(13)
    return result


def _offer(combo: QComboBox, choices: list[tuple[str, str]]) -> None:
    chosen = combo.currentData()
    texts = [(key, visible(shortened(text, 60)) or "unknown") for key, text in choices]
    if chosen and all(key != chosen for key, _ in texts):
        texts.append((chosen, combo.currentText()))
    now = [(combo.itemData(row), combo.itemText(row)) for row in range(1, combo.count())]
    if now == texts:
        return
    every = combo.itemText(0)
    combo.clear()
    combo.addItem(every, "")
    for key, text in texts:
        combo.addItem(text, key)
    combo.setCurrentIndex(max(combo.findData(chosen), 0))
