"""The one family of icons: SVG files drawn in the colour that the place asks for."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from console.resources import resource_path
from console.ui.theme import Tokens, theme_changed, tokens

ICON_PX: Final = 20


@lru_cache(maxsize=128)
def _source(name: str) -> str:
    return resource_path("icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _drawn(name: str, colour: str, size: float, ratio: float) -> QPixmap:
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
    normal: str = getattr(look, role)
    chosen: str = getattr(look, on_role) if on_role else normal
    return QIcon(_Drawing(name, normal, chosen, look.edge, size))


class _Drawing(QIconEngine):
    """An icon that is drawn when it is shown, as sharp as that screen is, in each colour it has."""

    def __init__(self, name: str, normal: str, chosen: str, dim: str, size: int) -> None:
        super().__init__()
        self._parts = (name, normal, chosen, dim, size)

    def clone(self) -> QIconEngine:
        return _Drawing(*self._parts)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:  # noqa: ARG002 - Qt's
        own = self._parts[4]
        return QSize(own, own).boundedTo(size)

    def availableSizes(
        self,
        mode: QIcon.Mode = QIcon.Mode.Normal,  # noqa: ARG002 - Qt's
        state: QIcon.State = QIcon.State.Off,  # noqa: ARG002 - Qt's
    ) -> list[QSize]:
        return [QSize(self._parts[4], self._parts[4])]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        name, normal, chosen, dim, own = self._parts
        colour = chosen if state is QIcon.State.On else normal
        if mode is QIcon.Mode.Disabled:
            colour = dim
        # `size` is in the screen's pixels here; an icon is never drawn larger than it was meant.
        # A button squeezed to nothing has no room for any.
        pixels = max(min(size.width(), size.height(), round(own * scale)), 1)
        return _drawn(name, colour, pixels / scale, scale)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        scale = painter.deviceTransform().m11()
        drawn = self.scaledPixmap(rect.size() * scale, mode, state, scale)
        box = QRect(QPoint(0, 0), drawn.deviceIndependentSize().toSize())
        box.moveCenter(rect.center())
        painter.drawPixmap(box, drawn)


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
