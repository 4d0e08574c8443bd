"""One entry of a list with its tools."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from console.ui.forms.field import FormField
from console.ui.theme import SPACE_XS
from console.ui.widgets.buttons import icon_button


class Row(QWidget):
    """One entry with its tools; Alt+Up and Alt+Down move it, Alt+Delete takes it out."""

    wanted = Signal(str)

    def __init__(self, field: FormField, *, in_title: bool) -> None:
        super().__init__()
        self.field = field
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE_XS)
        line.addWidget(field, 1)
        self.buttons = {
            "up": icon_button("chevron-up", "Move up", name="up"),
            "down": icon_button("chevron-down", "Move down", name="down"),
            "remove": icon_button("close", "Remove", name="remove"),
        }
        tips = {"up": "Alt+Up", "down": "Alt+Down", "remove": "Alt+Delete"}
        for key, tool in self.buttons.items():
            tool.setToolTip(f"{tool.accessibleName()} ({tips[key]})")
            tool.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            tool.clicked.connect(lambda _on=False, k=key: self.wanted.emit(k))
            if in_title:
                field.add_tool(tool)
            else:
                line.addWidget(tool, 0, Qt.AlignmentFlag.AlignTop)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        alt = event.modifiers() == Qt.KeyboardModifier.AltModifier
        keys = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Delete: "remove"}
        wish = keys.get(Qt.Key(event.key())) if alt else None
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        enter = event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}
        if enter and plain and isinstance(self.field.editor.main_widget(), QLineEdit):
            wish = "add"
        if wish is None:
            super().keyPressEvent(event)
        else:
            self.wanted.emit(wish)
