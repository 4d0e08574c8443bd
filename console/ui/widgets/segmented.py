"""Segmented: two to five exclusive choices side by side, moved through with the arrow keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QSizePolicy, QWidget


class _Segment(QPushButton):
    """One choice; the arrow keys go to its neighbours, Tab leaves the whole row."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self.stepped.emit(step)


class Segmented(QWidget):
    """Exclusive choices (key, text); `chosen` tells the key when a person picks another."""

    chosen = Signal(str)

    def __init__(
        self,
        choices: Sequence[tuple[str, str]],
        *,
        name: str,
        accessible: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self._keys = [key for key, _ in choices]
        self._buttons: list[_Segment] = []
        for place, (key, text) in enumerate(choices):
            segment = _Segment(text)
            segment.setCheckable(True)
            # One of several: a radio button to screen readers, not a check box.
            segment.setAutoExclusive(True)
            segment.setAutoDefault(False)
            segment.setObjectName(f"{name}_{key}")
            segment.setAccessibleName(f"{accessible}: {text}")
            segment.setProperty("segment", "true")
            segment.setProperty("first", "true" if place == 0 else "false")
            segment.setProperty("last", "true" if place == len(choices) - 1 else "false")
            first = Qt.FocusPolicy.StrongFocus if place == 0 else Qt.FocusPolicy.ClickFocus
            segment.setFocusPolicy(first)
            segment.stepped.connect(self._step)
            self._group.addButton(segment, place)
            self._buttons.append(segment)
            row.addWidget(segment)
        self._buttons[0].setChecked(True)
        self.setFocusProxy(self._buttons[0])
        self._group.idToggled.connect(self._toggled)
        self._group.idClicked.connect(self._clicked)
        self._told = self._keys[0]

    def value(self) -> str:
        """Return the key of the present choice."""
        return self._keys[self._group.checkedId()]

    def set_value(self, key: str) -> None:
        """Choose `key` without telling `chosen`."""
        self._told = key
        self._buttons[self._keys.index(key)].setChecked(True)

    def set_text(self, key: str, text: str) -> None:
        """Show another text for `key`, for example with a count; its name stays."""
        self._buttons[self._keys.index(key)].setText(text)

    def segment(self, key: str) -> QPushButton:
        """Return the button of `key`."""
        return self._buttons[self._keys.index(key)]

    def _toggled(self, place: int, on: bool) -> None:  # noqa: FBT001 - Qt's signal
        if on:
            self.setFocusProxy(self._buttons[place])
        # Only the present choice is a tab stop: one Tab passes the row, arrows move in it.
        policy = Qt.FocusPolicy.StrongFocus if on else Qt.FocusPolicy.ClickFocus
        self._buttons[place].setFocusPolicy(policy)

    def _clicked(self, place: int) -> None:
        key = self._keys[place]
        if key != self._told:
            self._told = key
            self.chosen.emit(key)

    def _step(self, step: int) -> None:
        place = (self._group.checkedId() + step) % len(self._buttons)
        self._buttons[place].setFocus(Qt.FocusReason.TabFocusReason)
        self._buttons[place].click()
