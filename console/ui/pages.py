"""What the window's pages are made of; each is imported and built when it is first shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from console.ui.bridge import Bridge

PageMaker = Callable[[], QWidget]
Pages = Mapping[str, PageMaker]


def operate_page(bridge: Bridge) -> PageMaker:
    """Return what makes the Operate page."""

    def make() -> QWidget:
        from console.ui.operate import OperatePage

        return OperatePage(bridge)

    return make
