"""What this computer remembers of trails, outside of them: the largest checkpoint seen of each.

One small file a trail and key. Whoever can write a trail's folder can set it back together with
its checkpoint; these files stand elsewhere, so that the set-back is seen.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any, Final

from console.domain.audit_trust import Pin
from console.domain.errors import EnvironmentProblem
from console.store.audit_files import make_private, opened, read_at, trouble_told
from console.store.locks import FileLock
from console.store.whole_file import write_whole

FOLDER: Final = "pins"
_MAX_FILE: Final = 64 * 1024
_MAX_PINS: Final = 10_000
_ROOT: Final = re.compile(r"[0-9a-f]{64}")


class PinBook:
    """The pins in the folder `pins` of the platform's state folder; nothing is made by reading."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    def of_origin(self, origin: str) -> tuple[Pin, ...]:
        """Return every pin of a trail, one for each key that signed it."""
        return tuple(pin for pin in self._all() if pin.origin == origin)

    def at_path(self, path: Path) -> tuple[Pin, ...]:
        """Return the pins of the trails that were last seen at `path`."""
        return tuple(pin for pin in self._all() if pin.path == str(path))

    def remember(self, pin: Pin) -> Pin:
        """Keep `pin` unless a larger one of the same trail and key is known; return the kept one.

        A confirmation is never lost again. Raises EnvironmentProblem where the folder cannot be
        written.
        """
        with trouble_told(self._folder):
            make_private(self._folder)
        path = self._folder / f"{_name(pin)}.json"
        with FileLock(self._folder / "lock"):
            known = _read(path)
            if known is not None and (known.origin, known.key) == (pin.origin, pin.key):
                confirmed = known.confirmed or pin.confirmed
                pin = replace(pin if pin.size >= known.size else known, confirmed=confirmed)
                if pin == known:
                    return pin
            write_whole(path, [json.dumps(asdict(pin), indent=1).encode() + b"\n"])
        return pin

    def _all(self) -> Iterator[Pin]:
        with suppress(OSError):
            for path in islice(sorted(self._folder.glob("*.json")), _MAX_PINS):
                pin = _read(path)
                if pin is not None:
                    yield pin


def _name(pin: Pin) -> str:
    return hashlib.sha256(f"{pin.origin}\n{pin.key}".encode()).hexdigest()[:40]


def _read(path: Path) -> Pin | None:
    """A pin, None where the file is none: what cannot be read is as if it had never been seen."""
    try:
        with opened(path, os.O_RDONLY) as descriptor:
            value = json.loads(read_at(descriptor, 0, _MAX_FILE))
    except (OSError, EnvironmentProblem, ValueError, RecursionError):
        return None
    return _pin(value)


def _pin(value: Any) -> Pin | None:
    if not isinstance(value, dict):
        return None
    texts = [value.get(key) for key in ("origin", "key", "root", "path", "seen")]
    size, confirmed = value.get("size"), value.get("confirmed")
    if not all(isinstance(text, str) for text in texts) or not isinstance(confirmed, bool):
        return None
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        return None
    origin, key, root, path, seen = map(str, texts)
    if not _ROOT.fullmatch(root):
        return None
    return Pin(origin, key, size, root, path, seen, confirmed)
