"""A checkpoint on paper and by mail: what goes outside must be readable without this program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from PySide6.QtCore import QRectF, Qt, QUrl
from PySide6.QtGui import QFont, QFontDatabase, QPagedPaintDevice, QPageLayout, QPainter

from console.ui import times
from console.ui.dialogs.checkpoint_qr import paint_modules

if TYPE_CHECKING:
    from console.domain.anchor_qr import Modules
    from console.services.anchor_desk import CheckpointShown

SUBJECT: Final = "Checkpoint of an audit trail"
_CODE_MM: Final = 70.0


def explained(shown: CheckpointShown) -> str:
    """Say for somebody who keeps it what a checkpoint is good for."""
    return (
        f"This is the checkpoint of the audit trail {shown.origin} as it stood at"
        f" {times.utc_text(shown.at)}: its first {shown.size:,} records. Keep it. With it anybody can"
        " show later whether these are still the same records:"
        " cxone-console audit verify TRAIL --against FILE."
    )


def mail_url(shown: CheckpointShown) -> QUrl:
    """Return a mailto: address with subject and text (RFC 6068); the operator chooses who gets it."""
    text = f"{explained(shown)}\n\n{shown.note}\nKey: {shown.key}\n"
    body = quote(text.replace("\n", "\r\n"), safe="")
    # As it is encoded already: Qt must not decode it for its own taste.
    address = f"mailto:?subject={quote(SUBJECT)}&body={body}"
    return QUrl.fromEncoded(address.encode("ascii"), QUrl.ParsingMode.StrictMode)


def draw(device: QPagedPaintDevice, shown: CheckpointShown, code: Modules) -> bool:
    """Draw one page on a printer or into a PDF; False where the device refuses.

    `code` is the note's, with its quiet zone; empty where there is none.
    """
    painter = QPainter()
    if not painter.begin(device):
        return False
    try:
        _page(painter, device, shown, code)
    finally:
        painter.end()
    return True


def _page(
    painter: QPainter, device: QPagedPaintDevice, shown: CheckpointShown, code: Modules
) -> None:
    layout: QPageLayout = device.pageLayout()
    room = QRectF(layout.paintRectPixels(device.logicalDpiX()))
    room.moveTo(0, 0)
    wrap = int(Qt.TextFlag.TextWrapAnywhere | Qt.AlignmentFlag.AlignLeft)
    plain = QFont()
    mono = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    top = 0.0
    for text, font, points in (
        (SUBJECT, plain, 16),
        (explained(shown), plain, 10),
        (shown.note, mono, 8),
        (f"Key: {shown.key}", mono, 8),
        (shown.anchored, plain, 10),
    ):
        sized = QFont(font)
        sized.setPointSize(points)
        painter.setFont(sized)
        box = QRectF(0, top, room.width(), room.height() - top)
        flags = wrap if font.family() == mono.family() else int(Qt.TextFlag.TextWordWrap)
        used = painter.drawText(box, flags, text)
        top = used.bottom() + device.logicalDpiY() / 6
    if code:
        side = _CODE_MM / 25.4 * device.logicalDpiX()
        paint_modules(painter, code, QRectF(0, top, side, side))
