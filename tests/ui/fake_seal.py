"""A seal desk in memory: one checkpoint, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.domain.anchor_qr import Modules, qr_modules
from console.domain.errors import ConsoleError
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.encoding import to_base64
from console.domain.tlog.keys import SigningKey
from console.services.anchor_desk import CheckpointShown
from tests.ui.fake_commands import NOON

KEY = SigningKey("cxone-audit/75d65f90-7d60-4c40-8420-3f9424dded47", bytes(32))
STATES = Checkpoint(KEY.name, 4711, bytes(range(32)))
SHOWN = CheckpointShown(
    STATES.signed([KEY]).decode(),
    STATES.origin,
    STATES.size,
    to_base64(STATES.root),
    KEY.verifier.text,
    "Never anchored outside, as far as is known here.",
    1,
    NOON,
)


class FakeSeal:
    """`SealDesk`; `error` is raised instead of a checkpoint."""

    def __init__(self, shown: CheckpointShown | None = SHOWN) -> None:
        self.shown = shown
        self.error: ConsoleError | None = None
        self.asked: list[tuple[str, ...]] = []

    def without_places(self) -> FakeSeal:
        return FakeSeal(replace(SHOWN, places=0))

    def checkpoint(self) -> CheckpointShown | None:
        if self.error is not None:
            raise self.error
        return self.shown

    def code(self, text: str, answered: Callable[[Modules | None], None]) -> None:
        answered(qr_modules(text))

    def anchor(self) -> None:
        self.asked.append(("anchor",))

    def rotate(self, reason: str) -> None:
        self.asked.append(("rotate", reason))
