"""Pages of a printed report: text that flows from page to page, each with its number.

Drawn line by line with QPainter, so that ten thousand records need no more memory than one page. May
be used outside of the window's thread: nothing here is a widget. Texts are shown as given; whoever
gives them has made invisible characters visible.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from PySide6.QtCore import QMarginsF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QPen,
    QTextOption,
)

_DPI: Final = 300
_MM: Final = _DPI / 25.4
_MARGIN_MM: Final = 15.0
_FOOT_MM: Final = 8.0
_SHORT: Final = 120
INK: Final = QColor(0x1B, 0x1F, 0x24)
QUIET: Final = QColor(0x5A, 0x63, 0x6E)
RULE: Final = QColor(0xC9, 0xCF, 0xD6)
_TOP: Final = Qt.AlignmentFlag.AlignTop


@dataclass(frozen=True)
class Cell:
    """A text in a table's row, `width` in mm; it wraps, and stands in `color`."""

    text: str
    width: float
    color: QColor = field(default_factory=lambda: INK)
    bold: bool = False


class PdfPages:
    """A PDF of A4 pages at `path`, made within a `with` block; OSError where it cannot be written."""

    def __init__(self, path: Path, title: str, foot: str) -> None:
        self._writer = QPdfWriter(str(path))
        self._writer.setResolution(_DPI)
        self._writer.setTitle(title)
        self._writer.setCreator("CXone Operator Console")
        self._writer.setPageLayout(
            QPageLayout(
                QPageSize(QPageSize.PageSizeId.A4),
                QPageLayout.Orientation.Portrait,
                QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM),
                QPageLayout.Unit.Millimeter,
            )
        )
        self._path = path
        self._foot = foot
        self._painter = QPainter()
        self._y = 0.0
        self._head: Sequence[Cell] = ()
        self.page = 1
        # Left as on paper, whichever way a text itself runs; words stay whole where they fit.
        self._flow = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute | _TOP)
        self._flow.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self._flow.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._fonts: dict[tuple[float, bool, bool], QFont] = {}

    def __enter__(self) -> Self:
        if not self._painter.begin(self._writer):
            raise OSError(f"{self._path} could not be written")
        self._painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._width = float(self._writer.width())
        self._bottom = self._writer.height() - _FOOT_MM * _MM
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self._number()
        if not self._painter.end() and kind is None:
            raise OSError(f"{self._path} could not be written")

    def new_page(self) -> None:
        """Go on on the next page, below the table's head where there is one."""
        self._number()
        if not self._writer.newPage():
            raise OSError(f"{self._path} could not be written")
        self.page += 1
        self._y = 0.0
        if self._head:
            self._draw_row(self._head, 7.5)
            self.rule()

    def text(
        self, text: str, points: float = 9.5, color: QColor = INK, *,
        bold: bool = False, mono: bool = False, indent: float = 0.0, after: float = 1.5,
    ) -> None:  # fmt: skip
        """Draw a paragraph, `indent` and `after` it in mm; one too long for a page is cut there."""
        font = self._font(points, bold=bold, mono=mono)
        left = indent * _MM
        height = self._height(text, font, self._width - left)
        self._room(height)
        self._draw(text, font, color, QRectF(left, self._y, self._width - left, height))
        self._y += height + after * _MM

    def gap(self, millimetres: float) -> None:
        """Leave some space."""
        self._y += millimetres * _MM

    def rule(self) -> None:
        """Draw a line across the page."""
        self._painter.setPen(QPen(RULE, 0.2 * _MM))
        self._y += 0.6 * _MM
        self._painter.drawLine(0, int(self._y), int(self._width), int(self._y))
        self._y += 1.0 * _MM

    def begin_table(self, head: Sequence[Cell]) -> None:
        """From now on every page begins with this row."""
        self._head = tuple(head)
        self._draw_row(self._head, 7.5)
        self.rule()

    def row(self, cells: Sequence[Cell], below: Sequence[tuple[str, bool]] = ()) -> None:
        """Draw one row, and below it lines over the whole width, each in (text, fixed width)."""
        fonts = [self._font(7.5, bold=cell.bold) for cell in cells]
        height = max(
            self._height(cell.text, font, cell.width * _MM - 1.5 * _MM)
            for cell, font in zip(cells, fonts, strict=True)
        )
        lines = [
            (text, self._font(7.0 if mono else 7.5, mono=mono)) for text, mono in below if text
        ]
        heights = [self._height(text, font, self._width) for text, font in lines]
        self._room(height + sum(heights) + 2.5 * _MM)
        self._draw_row(cells, 7.5)
        for (text, font), tall in zip(lines, heights, strict=True):
            self._draw(text, font, QUIET, QRectF(0, self._y, self._width, tall))
            self._y += tall
        self.rule()

    def _draw_row(self, cells: Sequence[Cell], points: float) -> None:
        left = tallest = 0.0
        for cell in cells:
            font = self._font(points, bold=cell.bold)
            width = cell.width * _MM
            height = self._height(cell.text, font, width - 1.5 * _MM)
            self._draw(
                cell.text, font, cell.color, QRectF(left, self._y, width - 1.5 * _MM, height)
            )
            left, tallest = left + width, max(tallest, height)
        self._y += tallest + 0.4 * _MM

    def _room(self, height: float) -> None:
        if self._y and self._y + height > self._bottom:
            self.new_page()

    def _height(self, text: str, font: QFont, width: float) -> float:
        if len(text) < _SHORT:  # mostly one line, which is quickly seen
            measure = QFontMetricsF(font, self._writer)
            if measure.horizontalAdvance(text) < width and "\n" not in text:
                return measure.height()
        rect = QRectF(0, 0, width, self._bottom)
        self._painter.setFont(font)
        tall = self._painter.boundingRect(rect, text, self._flow)
        return min(tall.height(), self._bottom)

    def _draw(self, text: str, font: QFont, color: QColor, rect: QRectF) -> None:
        self._painter.setFont(font)
        self._painter.setPen(color)
        self._painter.drawText(rect, text, self._flow)

    def _number(self) -> None:
        rect = QRectF(0, self._bottom + 2 * _MM, self._width, 5 * _MM)
        self._painter.setFont(self._font(7.0))
        self._painter.setPen(QUIET)
        self._painter.drawText(rect, self._foot, self._flow)
        right = QTextOption(Qt.AlignmentFlag.AlignRight | _TOP)
        self._painter.drawText(rect, f"Page {self.page}", right)

    def _font(self, points: float, *, bold: bool = False, mono: bool = False) -> QFont:
        known = self._fonts.get((points, bold, mono))
        if known is None:
            which = QFontDatabase.SystemFont
            known = QFontDatabase.systemFont(which.FixedFont if mono else which.GeneralFont)
            known.setPointSizeF(points)
            known.setBold(bold)
            self._fonts[points, bold, mono] = known
        return known
