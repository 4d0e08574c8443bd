"""The checkpoint of this console's own trail as it stands, seen to be the one that it signed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console.domain.anchor import Outgoing
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.checkpoint import open_checkpoint
from console.domain.tlog.errors import SealError
from console.domain.tlog.keys import VerifierKey
from console.store.audit_files import trouble_told
from console.store.outbox import SEALED
from console.store.seal import SealedPoint
from console.store.seal_files import SealFiles


class TrailHead:
    """Reads the checkpoint in `audit`; `value` gives a lasting value of the queue by its name."""

    def __init__(self, audit: Path, value: Callable[[str], str | None]) -> None:
        self._audit = audit
        self._value = value

    def __call__(self) -> Outgoing | None:
        """Return it, None before the first record.

        Raises EnvironmentProblem where it cannot be read, or where what stands there is not what
        this console signed: nothing of that is handed to anybody.
        """
        text = self._value(SEALED)
        with trouble_told(self._audit):
            note = SealFiles(self._audit).checkpoint()
        if text is None or note is None:
            return None
        point = SealedPoint.from_text(text)
        keys = [VerifierKey.from_text(key) for key in point.keys]
        try:
            states = open_checkpoint(note, keys, point.origin).checkpoint
        except SealError as error:
            raise EnvironmentProblem(
                f"The checkpoint in {self._audit} is not the one that this console signed. It is not"
                f" handed out; verify the trail ({error})"
            ) from error
        return Outgoing(note, states)
