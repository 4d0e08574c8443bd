"""The window's side of presets: the folder, read and written off the GUI thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from console.app.folder import Folder
from console.domain.errors import BadInput, ConsoleError
from console.domain.preset import Preset, preset_text
from console.services.preset_desk import (
    PresetDone,
    PresetEvent,
    PresetListener,
    PresetRefused,
    PresetsRead,
)
from console.store.presets import PresetStore, read_preset
from console.store.whole_file import write_whole


class FolderPresets:
    """Fulfils `services.preset_desk.PresetsDesk` over one open folder."""

    def __init__(self, folder: Folder) -> None:
        self._tasks = folder.tasks
        self._store = PresetStore(folder.place.paths.presets_dir)
        self._listeners: list[PresetListener] = []

    def listen(self, listener: PresetListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def read(self) -> None:
        """Read the folder; answered by PresetsRead."""
        self._start("", self._read())

    def save(self, request: str, preset: Preset, *, replace: bool) -> None:
        """Keep a preset."""
        self._start(request, self._save(request, preset, replace=replace))

    def remove(self, request: str, preset: Preset) -> None:
        """Forget a preset."""
        self._start(request, self._remove(request, preset))

    def take_in(self, request: str, file: Path, *, replace: bool) -> None:
        """Keep the preset in a file that somebody shared."""
        self._start(request, self._take_in(request, file, replace=replace))

    def export(self, request: str, preset: Preset, file: Path) -> None:
        """Write a preset to a file for others."""
        self._start(request, self._export(request, preset, file))

    async def _read(self) -> None:
        presets, broken = await asyncio.to_thread(self._store.all)
        self._tell(PresetsRead(presets, tuple(one.message for one in broken)))

    async def _save(self, request: str, preset: Preset, *, replace: bool) -> None:
        await asyncio.to_thread(self._store.save, preset, replace=replace)
        self._tell(PresetDone(request, f"Saved the preset {preset.name}"))
        await self._read()

    async def _remove(self, request: str, preset: Preset) -> None:
        await asyncio.to_thread(self._store.remove, preset.workflow_id, preset.name)
        self._tell(PresetDone(request, f"Removed the preset {preset.name}"))
        await self._read()

    async def _take_in(self, request: str, file: Path, *, replace: bool) -> None:
        preset = await asyncio.to_thread(read_preset, file)
        await self._save(request, preset, replace=replace)

    async def _export(self, request: str, preset: Preset, file: Path) -> None:
        content = preset_text(preset).encode("utf-8")
        await asyncio.to_thread(write_whole, file, [content])
        self._tell(PresetDone(request, f"Wrote {file.name}"))

    def _start(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(self._guarded(request, work), "presets")

    async def _guarded(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ConsoleError as error:
            field = error.field if isinstance(error, BadInput) else ""
            self._tell(PresetRefused(request, str(error), field))

    def _tell(self, event: PresetEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)
