"""Drafts: what stands in the form and was not sent yet, one a workflow, kept through a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QFile, QIODevice, QSaveFile

from console.domain.values import read_kept
from console.domain.wire_json import to_text

if TYPE_CHECKING:
    from console.domain.values import Json

FILE: Final = "drafts.json"
_TEXTS: Final = ("json", "reason", "resend_label", "at", "send_before", "preset")
MAX_DRAFTS: Final = 50
MAX_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """The form of one workflow as it stood; `json` is the JSON view's text where that was open.

    `at` and `send_before` are ISO 8601 with their zone, empty where none was chosen. `resend_of`
    names an earlier job, whose values were only taken over where it `copies`. `preset` is the
    file of the preset that is in use. Values of write-only fields are never among all this.
    """

    values: dict[str, Json] = field(default_factory=dict)
    json: str = ""
    priority: int | None = None
    metadata: list[list[str]] = field(default_factory=list)
    reason: str = ""
    resend_of: str | None = None
    resend_label: str = ""
    at: str = ""
    send_before: str = ""
    copies: bool = False
    preset: str = ""


class Drafts:
    """Reads and writes `drafts.json` in `folder`: whole or old, never half, for its owner only.

    A write that fails is told by `problem` and tried again with the next change.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self.last = ""
        self.problem = ""
        self._drafts: dict[str, Draft] = {}
        self._written = b""
        self._read()

    def get(self, workflow_id: str) -> Draft | None:
        """Return the draft of a workflow."""
        return self._drafts.get(workflow_id)

    def put(self, workflow_id: str, draft: Draft | None) -> None:
        """Keep `draft` from now on, or forget it; `flush` writes."""
        self._drafts.pop(workflow_id, None)
        if draft is not None:
            self._drafts[workflow_id] = draft
        while len(self._drafts) > MAX_DRAFTS:
            self._drafts.pop(next(iter(self._drafts)))

    def flush(self) -> None:
        """Write all drafts and the workflow that was chosen last."""
        told: dict[str, Any] = {
            "last": self.last,
            "drafts": {key: asdict(d) for key, d in self._drafts.items()},
        }
        # ASCII keeps what cannot be sent yet (half a character) in a file that is valid UTF-8.
        content = to_text(told, ensure_ascii=True).encode("ascii")
        if content == self._written:
            # The disk confirms what is written here, and a window that starts would wait for it.
            self.problem = ""
            return
        file = QSaveFile(str(self._path))
        if not file.open(QIODevice.OpenModeFlag.WriteOnly):
            self.problem = f"The draft cannot be kept: {file.errorString()}"
            return
        file.setPermissions(QFile.Permission.ReadOwner | QFile.Permission.WriteOwner)
        file.write(content)
        if file.commit():
            self._written, self.problem = content, ""
        else:
            self.problem = f"The draft cannot be kept: {file.errorString()}"

    def _read(self) -> None:
        try:
            if self._path.stat().st_size > MAX_BYTES:
                return
            content = self._path.read_bytes()
            told = read_kept(content)
        except (OSError, ValueError, RecursionError):
            return  # no drafts, or a file that is none of ours: the form starts empty
        self._written = content
        if isinstance(told, Mapping):
            last = told.get("last")
            self.last = last if isinstance(last, str) else ""
            drafts = told.get("drafts")
            for key, draft in drafts.items() if isinstance(drafts, Mapping) else ():
                if (read := _draft(draft)) is not None:
                    self._drafts[key] = read


def _draft(told: Any) -> Draft | None:
    """Return the draft in `told`, None where it has another shape."""
    names = {f.name for f in fields(Draft)}
    if not isinstance(told, Mapping) or not told.keys() <= names:
        return None
    pairs = told.get("metadata", [])
    shapes = (
        isinstance(told.get("values", {}), dict),
        isinstance(pairs, list) and all(_is_pair(pair) for pair in pairs),
        all(isinstance(told.get(name, ""), str) for name in _TEXTS),
        isinstance(told.get("priority"), int | None),
        isinstance(told.get("resend_of"), str | None),
        isinstance(told.get("copies", False), bool),
    )
    return Draft(**told) if all(shapes) else None


def _is_pair(told: Any) -> bool:
    return isinstance(told, list) and len(told) == 2 and all(isinstance(part, str) for part in told)
