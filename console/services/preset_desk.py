"""What the window may ask about presets: plain methods in, events out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from console.domain.preset import Preset


@dataclass(frozen=True)
class PresetsRead:
    """The presets as they are now, by name; `broken` says which files are none."""

    presets: tuple[Preset, ...]
    broken: tuple[str, ...] = ()


@dataclass(frozen=True)
class PresetDone:
    """What was asked under `request` is on disk; `text` says it in a few words."""

    request: str
    text: str


@dataclass(frozen=True)
class PresetRefused:
    """What was asked under `request` was not done; `field` is a key of the preset or empty."""

    request: str
    message: str
    field: str = ""


PresetEvent = PresetsRead | PresetDone | PresetRefused
PresetListener = Callable[[PresetEvent], None]


class PresetsDesk(Protocol):
    """Presets, for the window. No method blocks for the disk."""

    def listen(self, listener: PresetListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""

    def read(self) -> None:
        """Read the folder; answered by PresetsRead."""

    def save(self, request: str, preset: Preset, *, replace: bool) -> None:
        """Keep a preset; answered by PresetDone and PresetsRead, or PresetRefused."""

    def remove(self, request: str, preset: Preset) -> None:
        """Forget a preset; answered as `save`."""

    def take_in(self, request: str, file: Path, *, replace: bool) -> None:
        """Keep the preset in a file that somebody shared; answered as `save`."""

    def export(self, request: str, preset: Preset, file: Path) -> None:
        """Write a preset to a file for others; answered by PresetDone or PresetRefused."""
