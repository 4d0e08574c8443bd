"""The window's `SealDesk` over its session: read at once, acted on in tasks, told as notices."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from console.app.anchor import SenderAnchors, checked_reason, nowhere
from console.domain.anchor import ANCHORED_KEY, AnchorState
from console.domain.anchor_qr import Modules, qr_modules
from console.domain.anchor_words import NEVER, told_last
from console.domain.errors import ConsoleError
from console.domain.tlog.encoding import to_base64
from console.services.anchor_desk import CheckpointShown
from console.services.events import Notice
from console.store.anchor_head import TrailHead
from console.store.outbox import SEALED
from console.store.seal import SealedPoint

if TYPE_CHECKING:
    from console.app.folder import Folder

CODE: Final = "seal"


class FolderSeal:
    """The seal of one open folder; `anchors` are those of the sender beside it, None before."""

    def __init__(self, folder: Folder, anchors: Callable[[], SenderAnchors | None]) -> None:
        self._folder = folder
        self._anchors = anchors
        self._doing: asyncio.Task[None] | None = None
        self._head = TrailHead(folder.place.paths.audit_dir, folder.ledger.value)

    def checkpoint(self) -> CheckpointShown | None:
        """See `SealDesk.checkpoint`."""
        outgoing = self._head()
        if outgoing is None:
            return None
        states = outgoing.states
        point = SealedPoint.from_text(self._folder.ledger.value(SEALED) or "")
        last = AnchorState.from_text(self._folder.ledger.value(ANCHORED_KEY)).last
        return CheckpointShown(
            outgoing.note.decode("utf-8"),
            states.origin,
            states.size,
            to_base64(states.root),
            point.keys[0],
            NEVER if last is None else told_last(last),
            self._places,
            self._folder.clock.now(),
        )

    def code(self, text: str, answered: Callable[[Modules | None], None]) -> None:
        """See `SealDesk.code`."""
        self._folder.tasks.start(self._code(text, answered), "qr code")

    def anchor(self) -> None:
        """See `SealDesk.anchor`; a second wish while the first is under way is the same one."""
        if self._doing is None or self._doing.done():
            self._doing = self._folder.tasks.start(self._anchor(), "anchor now")

    def rotate(self, reason: str) -> None:
        """See `SealDesk.rotate`."""
        self._folder.tasks.start(self._rotate(reason), "rotate key")

    @property
    def _places(self) -> int:
        anchors = self._anchors()
        return 0 if anchors is None else len(anchors.places)

    async def _code(self, text: str, answered: Callable[[Modules | None], None]) -> None:
        answered(await asyncio.to_thread(qr_modules, text))

    async def _anchor(self) -> None:
        anchors = self._anchors()
        if anchors is None or not anchors.places:
            self._tell("warning", nowhere(self._folder.place.paths))
            return
        try:
            outcomes = await anchors.hand_now(self._folder.operator.name)
        except ConsoleError as error:
            self._tell("warning", str(error))
            return
        kept = [one.place.name for one in outcomes if one.held is not None]
        if kept:  # what failed is told by the service
            self._tell("info", f"Checkpoint handed to {', '.join(kept)}")

    async def _rotate(self, reason: str) -> None:
        try:
            name = self._folder.operator.name
            await self._folder.journal.rotate_key(checked_reason(reason), name)
        except ConsoleError as error:
            self._tell("error", f"The signing key was not changed: {error}")
            return
        self._tell("info", "The trail is signed with a new key; hand its checkpoint out")

    def _tell(self, level: str, text: str) -> None:
        self._folder.hub.tell(Notice(level, text, CODE))
