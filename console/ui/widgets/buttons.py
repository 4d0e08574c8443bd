"""Buttons by role, with the name that screen readers and tests find them by."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QPushButton, QToolButton

from console.ui.icons import set_icon

Role = Literal["primary", "secondary", "danger", "quiet", "link"]
_ICON_COLOUR = {
    "primary": "on_accent",
    "secondary": "text",
    "danger": "bad",
    "quiet": "muted",
    "link": "accent",
}


def button(
    text: str,
    role: Role = "secondary",
    *,
    name: str,
    icon: str = "",
    accessible: str = "",
    tip: str = "",
) -> QPushButton:
    """Return a push button; its accessible name is `accessible` or its text."""
    result = QPushButton(text)
    result.setProperty("role", role)
    result.setObjectName(name)
    result.setAccessibleName(accessible or text.replace("&", ""))
    result.setAutoDefault(False)
    if role == "link":
        result.setCursor(Qt.CursorShape.PointingHandCursor)
    if icon:
        set_icon(result, icon, _ICON_COLOUR[role])
    if tip:
        result.setToolTip(tip)
    return result


def icon_button(icon: str, accessible: str, *, name: str, checkable: bool = False) -> QToolButton:
    """Return a button that shows only an icon; `accessible` is its name and its tool tip."""
    result = QToolButton()
    result.setObjectName(name)
    result.setAccessibleName(accessible)
    result.setToolTip(accessible)
    result.setCheckable(checkable)
    result.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    set_icon(result, icon, "muted", "accent" if checkable else "")
    return result


def offer_clearing(entry: QLineEdit) -> None:
    """Let a named `entry` be cleared by a button in it, which is named after it."""
    entry.setClearButtonEnabled(True)
    made = entry.findChildren(QToolButton)[-1]
    made.setObjectName(f"{entry.objectName()}_clear")
    made.setAccessibleName(f"Clear {entry.accessibleName()}")
