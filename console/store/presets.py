"""Presets: one JSON file each in {data-dir}/presets, for their owner only."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.config import UnusableFolder, write_private
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.preset import Preset, preset_of, preset_text
from console.store.definition_files import read_document

LARGEST_FILE: Final = 1024 * 1024


@dataclass(frozen=True)
class BrokenPreset:
    """A file that is no preset, and what is wrong with it."""

    file: Path
    message: str


class PresetStore:
    """The presets of one folder; a broken file is told and hides no other."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def all(self) -> tuple[tuple[Preset, ...], tuple[BrokenPreset, ...]]:
        """Every preset by name, and the files that are none."""
        found: dict[tuple[str, str], Preset] = {}
        broken: list[BrokenPreset] = []
        for file in sorted(self._folder.glob("*.json")):
            try:
                preset = read_preset(file)
            except BadInput as error:
                broken.append(BrokenPreset(file, str(error)))
                continue
            found.setdefault((preset.workflow_id, preset.name), preset)
        presets = sorted(found.values(), key=lambda p: (p.name.casefold(), p.workflow_id))
        return tuple(presets), tuple(broken)

    def save(self, preset: Preset, *, replace: bool) -> None:
        """Keep a preset; BadInput where one of its name and workflow exists without `replace`."""
        file = self._file(preset.workflow_id, preset.name)
        if file.exists() and not replace:
            raise BadInput(f"There is a preset {preset.name!r} for this workflow already.", "name")
        try:
            write_private(file, preset_text(preset).encode("utf-8"))
        except UnusableFolder as error:
            raise EnvironmentProblem(str(error)) from error

    def remove(self, workflow_id: str, name: str) -> None:
        """Forget a preset; nothing is done where there is none."""
        for file in self._folder.glob("*.json"):
            try:
                preset = read_preset(file)
            except BadInput:
                continue
            if (preset.workflow_id, preset.name) == (workflow_id, name):
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    raise EnvironmentProblem(
                        f"{file} cannot be removed: {error.strerror or error}."
                    ) from error

    def _file(self, workflow_id: str, name: str) -> Path:
        """Where it stands: a name that no system bends, one for each workflow and name."""
        mark = hashlib.sha256(f"{workflow_id}\n{name}".encode()).hexdigest()[:16]
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "preset"
        return self._folder / f"{slug}-{mark}.json"


def read_preset(file: Path) -> Preset:
    """Read one file; BadInput names it, the key and what is allowed."""
    document = read_document(file, LARGEST_FILE)
    try:
        return preset_of(document)
    except BadInput as error:
        raise BadInput(f"{file}: {error}", error.field) from error
