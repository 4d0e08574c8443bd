"""What stood in a form before: one step back for each burst of typing, and forward again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from console.domain.schema import Unset
    from console.domain.values import Json

MAX_STEPS: Final = 200


@dataclass(frozen=True)
class Snapshot:
    """A form as it stood: its values in fields, or the text of its JSON view (None: in fields)."""

    value: Json | Unset
    text: str | None = None


@dataclass
class History:
    """Snapshots behind and ahead of what stands now; `begin` at the first edit of a burst."""

    now: Snapshot | None = None
    busy: bool = False
    _behind: list[Snapshot] = field(default_factory=list)
    _ahead: list[Snapshot] = field(default_factory=list)

    def restart(self, now: Snapshot) -> None:
        """Forget all: another form, or values that nobody typed."""
        self.now, self.busy = now, False
        self._behind.clear()
        self._ahead.clear()

    def begin(self) -> None:
        """A person has edited: what stood before is a step to go back to."""
        if self.busy or self.now is None:
            return
        self.busy = True
        self._behind.append(self.now)
        del self._behind[:-MAX_STEPS]
        self._ahead.clear()

    def settle(self, now: Snapshot) -> None:
        """The burst is over: what stands now is what the next step leads back to."""
        self.now, self.busy = now, False

    def back(self, now: Snapshot) -> Snapshot | None:
        """Return what stood before, None where nothing did."""
        return self._step(now, self._behind, self._ahead)

    def forward(self, now: Snapshot) -> Snapshot | None:
        """Return what was taken back last, None where nothing was."""
        return self._step(now, self._ahead, self._behind)

    def _step(
        self, now: Snapshot, source: list[Snapshot], target: list[Snapshot]
    ) -> Snapshot | None:
        if not source:
            return None
        target.append(now)
        self.now, self.busy = source.pop(), False
        return self.now
