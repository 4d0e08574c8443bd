"""The one family of icons: SVG files drawn in the colour that the place asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from console.resources import resource_path
from console.ui.theme import Tokens, theme_changed, tokens

ICON_PX: Final = 20
_RATIOS: Final = (1.0, 2.0)


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixels = round(size * ratio)
    result = QPixmap(pixels, pixels)
    result.fill(Qt.GlobalColor.transparent)
    painter = QPainter(result)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    result.setDevicePixelRatio(ratio)
    return result


def pixmap(name: str, colour: str, size: int = ICON_PX, ratio: float = 1.0) -> QPixmap:
    """Return icon `name` in `colour` (#rrggbb), `size` logical pixels at device pixel `ratio`."""
    return QPixmap(_drawn(name, colour, size, ratio))


def icon(name: str, role: str = "text", on_role: str = "", size: int = ICON_PX) -> QIcon:
    """Return icon `name` in the present theme's token `role`, `on_role` where it is checked.

    It keeps the colour of today's theme; `set_icon` follows the theme.
    """
    return _icon(name, role, on_role, size, tokens())


def _icon(name: str, role: str, on_role: str, size: int, look: Tokens) -> QIcon:
    result = QIcon()
    for ratio in _RATIOS:
        normal = _drawn(name, getattr(look, role), size, ratio)
        result.addPixmap(normal, QIcon.Mode.Normal, QIcon.State.Off)
        dim = _drawn(name, look.edge, size, ratio)
        result.addPixmap(dim, QIcon.Mode.Disabled, QIcon.State.Off)
        if on_role:
            chosen = _drawn(name, getattr(look, on_role), size, ratio)
            result.addPixmap(chosen, QIcon.Mode.Normal, QIcon.State.On)
    return result


class _Tint(QObject):
    """Draws its parent's icon again when the theme changes; dies with its parent."""

    def __init__(self, target: QAbstractButton | QAction, parts: tuple[str, str, str, int]) -> None:
        super().__init__(target)
        self.setObjectName("tint")
        self._target = target
        self.parts = parts
        theme_changed.connect(self.draw)
        self.draw(tokens())

    def draw(self, look: object) -> None:
        """Set the icon in the colours of `look`."""
        assert isinstance(look, Tokens)
        self._target.setIcon(_icon(*self.parts, look))


def set_icon(
    target: QAbstractButton | QAction,
    name: str,
    role: str = "text",
    on_role: str = "",
    size: int = 16,
) -> None:
    """Give `target` icon `name` in token `role` (checked: `on_role`), through theme changes."""
    parts = (name, role, on_role, size)
    if isinstance(target, QAbstractButton):
        target.setIconSize(QSize(size, size))
    for tint in target.findChildren(_Tint):
        tint.parts = parts
        tint.draw(tokens())
        return
    _Tint(target, parts)
