"""Which checkpoints a growing trail was found to agree with, so that each is compared once.

A window judges its own trail again with every few records, and a year of anchors is thousands of
comparisons. What was a beginning of the trail as it was is one of the trail as it is, where the
trail as it was is a beginning itself: that one comparison stands for all before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from console.domain.anchor_words import Witness
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import TileTrouble
from console.store.sealed_tree import Leaves


@dataclass
class Agreed:
    """Per origin: the checkpoint that was judged last, and what agreed with it."""

    _known: dict[str, tuple[Checkpoint, frozenset[tuple[int, bytes]]]] = field(default_factory=dict)

    def left(
        self, checkpoint: Checkpoint, witnesses: Sequence[Witness], leaves: Leaves | None
    ) -> list[Witness]:
        """Return those that have to be compared with the trail under `checkpoint`."""
        before, agreed = self._known.get(checkpoint.origin, (None, frozenset()))
        if before is None or leaves is None or not _begins(before, checkpoint, leaves):
            return list(witnesses)
        return [one for one in witnesses if (one.size, one.root) not in agreed]

    def keep(self, checkpoint: Checkpoint, witnesses: Sequence[Witness]) -> None:
        """Remember that all of them agreed."""
        agreed = frozenset((one.size, one.root) for one in witnesses)
        self._known[checkpoint.origin] = (checkpoint, agreed)


def _begins(before: Checkpoint, checkpoint: Checkpoint, leaves: Leaves) -> bool:
    if before.size > checkpoint.size:
        return False
    try:
        return leaves.root_at(before.size) == before.root
    except TileTrouble:
        return False
