"""InstanceFilters: the row over the instances that narrows them, and its present wish."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QPushButton, QWidget

from console.domain.text import shortened, visible
from console.ui.models.instances import InstanceFilter
from console.ui.theme import SPACE_M, SPACE_S
from console.ui.widgets.buttons import button, offer_clearing
from console.ui.widgets.segmented import Segmented

_TYPED_MS = 200


class InstanceFilters(QWidget):
    """Text, workflow, status and origin; `changed` tells the new `InstanceFilter`."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("instance_filters")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(SPACE_M + 2, SPACE_S, SPACE_M, SPACE_S)
        self._row.setSpacing(SPACE_S)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._tell)
        self._offered: dict[str, list[tuple[str, str]]] = {"workflow": [], "status": []}

    # Most windows never filter: the parts are made with the first look at the row.
    @cached_property
    def text(self) -> QLineEdit:
        """The words searched for."""
        result = QLineEdit()
        result.setObjectName("instance_search")
        result.setAccessibleName("Search instances")
        result.setPlaceholderText("Id, status or any value")
        offer_clearing(result)
        result.setMinimumWidth(120)
        result.textChanged.connect(lambda _text: self._typed.start())
        return result

    @cached_property
    def workflow(self) -> QComboBox:
        """The workflow wished for."""
        result = _combo("instance_workflow", "Filter by workflow", "Every workflow")
        result.activated.connect(lambda _row: self._tell())
        _offer(result, self._offered["workflow"])
        return result

    @cached_property
    def status(self) -> QComboBox:
        """The status wished for."""
        result = _combo("instance_status", "Filter by status", "Every status")
        result.activated.connect(lambda _row: self._tell())
        _offer(result, self._offered["status"])
        return result

    @cached_property
    def origin(self) -> Segmented:
        """Ours, others or all."""
        result = Segmented(
            [("", "All"), ("ours", "Ours"), ("foreign", "Others")],
            name="instance_origin",
            accessible="Show instances",
        )
        result.chosen.connect(lambda _key: self._tell())
        return result

    @cached_property
    def clear_button(self) -> QPushButton:
        """Takes every wish away."""
        result = button("Clear", "quiet", name="instance_filter_clear")
        result.setAccessibleName("Clear the filters")
        result.clicked.connect(self.clear)
        return result

    def setVisible(self, visible: bool) -> None:  # noqa: FBT001 - Qt's
        if visible and self._row.isEmpty():
            self._row.addWidget(self.text, 1)
            for part in (self.workflow, self.status, self.origin, self.clear_button):
                self._row.addWidget(part)
        super().setVisible(visible)

    def value(self) -> InstanceFilter:
        """Return what is wished for now."""
        made = vars(self)
        return InstanceFilter(
            self.text.text().strip() if "text" in made else "",
            str(self.workflow.currentData() or "") if "workflow" in made else "",
            str(self.status.currentData() or "") if "status" in made else "",
            self.origin.value() if "origin" in made else "",
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
        self._offered["workflow"] = [(key, titled(key)) for key in workflow_ids]
        self._offered["status"] = [(key, key) for key in statuses]
        for name in vars(self).keys() & self._offered.keys():
            _offer(getattr(self, name), self._offered[name])

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
