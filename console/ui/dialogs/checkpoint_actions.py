"""SealActions: what a person does with the own trail's seal, from the Audit page and the palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QMenu, QWidget

from console.domain.errors import ConsoleError
from console.ui.widgets.buttons import button

if TYPE_CHECKING:
    from console.services.anchor_desk import SealDesk

NARROW_PX: Final = 820
TIGHT_PX: Final = 600
SHOW: Final = "Checkpoint\N{HORIZONTAL ELLIPSIS}"
ANCHOR: Final = "Anchor now"
NEW_KEY: Final = "Change the signing key\N{HORIZONTAL ELLIPSIS}"
NOTHING: Final = "Nothing is recorded yet, so there is no checkpoint."
_KEY_WHY: Final = (
    "From now on a new key signs the trail; the change itself is signed by both, so whoever trusts"
    " the present key follows. Tell the new one to those who check the trail, and hand the"
    " checkpoint out: a stolen key can still sign what it likes about the time before."
)


class SealActions(QObject):
    """Opens the dialogs over `ground`; `said` tells what came of it: level and text."""

    said = Signal(str, str)
    coded = Signal(str, object)  # a note, its QR code (Modules | None)

    def __init__(self, desk: SealDesk, ground: QWidget) -> None:
        super().__init__(ground)
        self._desk = desk
        self._ground = ground

    def show_checkpoint(self) -> None:
        """Show the checkpoint as it stands."""
        try:
            shown = self._desk.checkpoint()
        except ConsoleError as error:
            self.said.emit("warning", str(error))
            return
        if shown is None:
            self.said.emit("info", NOTHING)
            return
        from console.ui.dialogs.checkpoint import CheckpointDialog

        dialog = CheckpointDialog(shown, self._ground)
        dialog.said.connect(self.said)
        dialog.anchor_wanted.connect(self.anchor)
        # Through a signal: the dialog may be closed before its code is made.
        self.coded.connect(dialog.show_code)
        dialog.open()
        self._desk.code(shown.note, partial(self.coded.emit, shown.note))

    def anchor(self) -> None:
        """Hand the checkpoint to every place outside."""
        self._desk.anchor()

    def ask_new_key(self) -> None:
        """Ask for the reason, then change the key."""
        from console.ui.dialogs.confirm import AskReason

        ask = AskReason(
            "Change the signing key?",
            _KEY_WHY,
            "Change the key",
            name="new_key",
            required=True,
            role="danger",
            parent=self._ground,
        )
        ask.answered.connect(self._desk.rotate)
        ask.open()

    def menu_for(self, header: QWidget) -> SealMenu:
        """Return the menu *Seal* for a header that its button stands in."""
        return SealMenu(self, header)


class SealMenu(QObject):
    """The button `made` with its menu, for a header of some width.

    Where that is narrow it drops its word, where there is no room it goes: the palette has the same.
    """

    def __init__(self, actions: SealActions, header: QWidget) -> None:
        super().__init__(header)
        self._header = header
        self._own = True
        self.made = button(
            "Seal", "quiet", name="audit_seal", accessible="Seal of the own trail", icon="lock"
        )
        self.made.setParent(header)  # shown before it has a place it would be a window of its own
        self.made.setProperty("menu", "true")
        self.made.setToolTip("Checkpoint, anchoring and key of your own trail")
        menu = QMenu(self.made)
        for text, name, do in (
            (SHOW, "seal_checkpoint", actions.show_checkpoint),
            (ANCHOR, "seal_anchor", actions.anchor),
            (NEW_KEY, "seal_new_key", actions.ask_new_key),
        ):
            action = menu.addAction(text)
            action.setObjectName(name)
            action.triggered.connect(lambda _=False, do=do: do())
        self.made.setMenu(menu)
        header.installEventFilter(self)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # Raised in here, an exception would end the process: nothing below can raise.
        if event.type() == QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def set_own(self, *, own: bool) -> None:
        """Say whether the own trail is shown: of another one there is nothing to change."""
        self._own = own
        self._fit()

    def _fit(self) -> None:
        room = self._header.width()
        self.made.setText("Seal" if room >= NARROW_PX else "")
        self.made.setVisible(self._own and room >= TIGHT_PX)
