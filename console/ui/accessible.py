"""What screen readers and outsiders are told where Qt's own words are not enough.

On Linux Qt calls a combo box by its present value and leaves its title to a label beside it; one
without a label has no title at all. Here its name is its title, and its value leads its
description. One of several buttons is a radio button, not a check box, and a plain widget that has
a name is a group or a text, not a filler.
"""

from __future__ import annotations

import sys
from typing import Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAbstractButton, QAccessibleWidget, QComboBox, QWidget

_BUTTONS: Final = ("QPushButton", "QToolButton")


def speak_up() -> None:
    """Tell Qt to ask here first; costs nothing until something listens."""
    QAccessible.installFactory(_made)


def _made(kind: str, owner: QObject) -> QAccessibleInterface | None:
    # Qt asks for an object's class and then for each base of it, by name.
    if kind == "QComboBox" and sys.platform == "linux" and isinstance(owner, QComboBox):
        return _Titled(owner)
    if kind in _BUTTONS and isinstance(owner, QAbstractButton) and owner.autoExclusive():
        return _OneOfSeveral(owner)
    if kind == "QWidget" and isinstance(owner, QWidget) and owner.accessibleName():
        inside = owner.findChild(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly)
        role = QAccessible.Role.StaticText if inside is None else QAccessible.Role.Grouping
        return QAccessibleWidget(owner, role)
    return None


class _OneOfSeveral(QAccessibleWidget):
    """A button of an exclusive group."""

    def __init__(self, button: QAbstractButton) -> None:
        super().__init__(button, QAccessible.Role.RadioButton)
        self._button = button

    def text(self, kind: QAccessible.Text) -> str:
        said = str(super().text(kind))
        if kind == QAccessible.Text.Name and not said:
            return self._button.text()
        return said

    def state(self) -> QAccessible.State:
        state = super().state()
        state.checkable = True
        state.checked = self._button.isChecked()
        return state

    def actionNames(self) -> list[str]:
        return [self.pressAction(), self.toggleAction(), self.setFocusAction()]

    def doAction(self, name: str) -> None:
        if name == self.setFocusAction():
            super().doAction(name)
        elif self._button.isEnabled():
            self._button.click()


class _Titled(QAccessibleWidget):
    """A combo box whose name is its title; its list, and the line of an editable one, are inside."""

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo, QAccessible.Role.ComboBox)
        self._combo = combo
        combo.currentTextChanged.connect(self._tell)

    def text(self, kind: QAccessible.Text) -> str:
        value = self._combo.currentText()
        if kind == QAccessible.Text.Value:
            return value
        said = str(super().text(kind))
        if kind == QAccessible.Text.Description and not self._combo.isEditable():
            return f"{value}. {said}" if said else value
        return said

    def state(self) -> QAccessible.State:
        state = super().state()
        showing = self._combo.view().isVisible()
        state.expandable = True
        state.expanded, state.collapsed = showing, not showing
        state.editable = self._combo.isEditable()
        return state

    def childCount(self) -> int:
        return 2 if self._combo.isEditable() else 1

    def child(self, place: int) -> QAccessibleInterface:
        line = self._combo.lineEdit()
        inside = self._combo.view() if place == 0 or line is None else line
        return QAccessible.queryAccessibleInterface(inside)

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        return 1 if child.object() is self._combo.lineEdit() else 0

    def actionNames(self) -> list[str]:
        return [self.pressAction(), self.showMenuAction(), self.setFocusAction()]

    def doAction(self, name: str) -> None:
        if name == self.setFocusAction():
            super().doAction(name)
        elif self._combo.view().isVisible():
            self._combo.hidePopup()
        else:
            self._combo.showPopup()

    def _tell(self, _value: str) -> None:
        told = QAccessible.Event.DescriptionChanged
        QAccessible.updateAccessibility(QAccessibleEvent(self._combo, told))
