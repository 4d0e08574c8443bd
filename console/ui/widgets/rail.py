"""Rail: the window's pages as a narrow column of buttons, Ctrl+1 to Ctrl+4."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QFrame, QToolButton, QVBoxLayout, QWidget

from console.ui.icons import set_icon
from console.ui.theme import SPACE_S

PAGES: Final = (
    ("operate", "Operate"),
    ("audit", "Audit"),
    ("metrics", "Metrics"),
    ("settings", "Settings"),
)


class Rail(QFrame):
    """One checkable button a page; `chosen` tells the key of the page a person wants."""

    chosen = Signal(str)

    def __init__(
        self, pages: Sequence[tuple[str, str]] = PAGES, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAccessibleName("Pages")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, SPACE_S, 0, SPACE_S)
        column.setSpacing(2)
        self._group = QButtonGroup(self)
        self._group.setExclusive(True)
        self.buttons: dict[str, QToolButton] = {}
        for place, (key, text) in enumerate(pages, 1):
            made = QToolButton()
            made.setObjectName(f"rail_{key}")
            made.setAccessibleName(text)
            made.setText(text)
            made.setToolTip(f"{text} (Ctrl+{place})")
            made.setCheckable(True)
            # One of several: a radio button to screen readers, not a check box.
            made.setAutoExclusive(True)
            made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            set_icon(made, key, "muted", "accent", size=20)
            made.clicked.connect(lambda _on, key=key: self.chosen.emit(key))
            shortcut = QShortcut(QKeySequence(f"Ctrl+{place}"), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(made.click)
            self._group.addButton(made)
            self.buttons[key] = made
            column.addWidget(made)
        column.addStretch(1)

    def set_page(self, key: str) -> None:
        """Mark the page that is shown, without telling `chosen`."""
        self.buttons[key].setChecked(True)
