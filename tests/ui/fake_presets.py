"""Presets and definitions in memory: refuse what the real ones would, answer at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from console.domain.errors import BadInput
from console.domain.preset import Preset
from console.domain.workflow import Workflow, workflow_of
from console.services.definition_window import (
    DefinitionDone,
    DefinitionEvent,
    DefinitionListener,
    DefinitionLoaded,
    DefinitionRefused,
    DefinitionsRead,
)
from console.services.preset_desk import (
    PresetDone,
    PresetEvent,
    PresetListener,
    PresetRefused,
    PresetsRead,
)
from console.store.definitions import check_schema, read_definition
from console.store.presets import read_preset


class FakePresets:
    """`PresetsDesk` in memory."""

    def __init__(self, *presets: Preset) -> None:
        self.kept = {(preset.workflow_id, preset.name): preset for preset in presets}
        self.broken: tuple[str, ...] = ()
        self.exported: list[tuple[Preset, Path]] = []
        self._listeners: list[PresetListener] = []

    def tell(self, event: PresetEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def listen(self, listener: PresetListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def read(self) -> None:
        self.tell(PresetsRead(tuple(self.kept.values()), self.broken))

    def save(self, request: str, preset: Preset, *, replace: bool) -> None:
        place = (preset.workflow_id, preset.name)
        if place in self.kept and not replace:
            self.tell(PresetRefused(request, f"There is a preset {preset.name!r} already.", "name"))
            return
        self.kept[place] = preset
        self.tell(PresetDone(request, "Saved"))
        self.read()

    def remove(self, request: str, preset: Preset) -> None:
        del self.kept[preset.workflow_id, preset.name]
        self.tell(PresetDone(request, "Removed"))
        self.read()

    def take_in(self, request: str, file: Path, *, replace: bool) -> None:
        try:
            preset = read_preset(file)
        except BadInput as error:
            self.tell(PresetRefused(request, str(error), error.field))
            return
        self.save(request, preset, replace=replace)

    def export(self, request: str, preset: Preset, file: Path) -> None:
        self.exported.append((preset, file))
        self.tell(PresetDone(request, f"Wrote {file.name}"))


class FakeDefinitions:
    """`DefinitionsWindow` in memory."""

    def __init__(self, *workflows: Workflow) -> None:
        self.kept = {workflow.workflow_id: workflow for workflow in workflows}
        self.wrong: tuple[str, ...] = ()
        self.reasons: list[str] = []
        self.exported: list[tuple[Workflow, Path]] = []
        self._listeners: list[DefinitionListener] = []

    def tell(self, event: DefinitionEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    def listen(self, listener: DefinitionListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def all(self) -> tuple[Workflow, ...]:
        return tuple(sorted(self.kept.values(), key=lambda workflow: workflow.title.lower()))

    def broken(self) -> tuple[str, ...]:
        return self.wrong

    def load(self, request: str, file: Path) -> None:
        try:
            self.tell(DefinitionLoaded(request, read_definition(file)))
        except BadInput as error:
            self.tell(DefinitionRefused(request, str(error), error.field))

    def save(
        self, request: str, document: Mapping[str, Any], reason: str, before: str | None
    ) -> None:
        try:
            workflow = workflow_of(dict(document), check_schema)
            present = self.kept.get(workflow.workflow_id)
            if before is None and present is not None:
                raise BadInput("There is a definition already", "id")
            if before is not None and (present is None or present.digest != before):
                raise BadInput("The definition was changed by somebody else", "id")
        except BadInput as error:
            self.tell(DefinitionRefused(request, str(error), error.field))
            return
        self.reasons.append(reason)
        self.kept[workflow.workflow_id] = workflow
        self.tell(DefinitionsRead())
        self.tell(DefinitionDone(request, "saved"))

    def remove(self, request: str, workflow_id: str, reason: str) -> None:
        self.reasons.append(reason)
        del self.kept[workflow_id]
        self.tell(DefinitionsRead())
        self.tell(DefinitionDone(request, f"{workflow_id}: removed"))

    def export(self, request: str, workflow: Workflow, file: Path) -> None:
        self.exported.append((workflow, file))
        self.tell(DefinitionDone(request, f"Wrote {file.name}"))
