"""What the window asks about definitions and presets, over a real folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from console.app.definition_window import FolderDefinitions
from console.app.folder import Folder
from console.app.place import Place
from console.app.preset_desk import FolderPresets
from console.domain.preset import Preset
from console.domain.workflow import Workflow, document_of
from console.services.definition_window import (
    DefinitionDone,
    DefinitionLoaded,
    DefinitionRefused,
    DefinitionsRead,
)
from console.services.events import DefinitionsChanged
from console.services.preset_desk import PresetDone, PresetRefused, PresetsRead

ASKED = ("presets", "definitions")
GOLD = Preset("Gold", "wf_a", {"tier": "gold"}, ("/tier",))


@pytest.fixture
async def folder(tmp_path: Path) -> AsyncIterator[Folder]:
    crashes: list[Any] = []
    made = Folder(Place.find(str(tmp_path / "data")), lambda name, error: crashes.append(error))
    yield made
    await made.journal.drained()
    await made.close()
    assert crashes == []


async def done(folder: Folder) -> None:
    """Until everything that was asked for has been answered."""
    while asked := [t for t in folder.tasks._running if t.get_name() in ASKED]:
        await asyncio.wait(asked)


async def test_presets_are_saved_shared_and_removed(folder, tmp_path):
    desk = FolderPresets(folder)
    heard: list[Any] = []
    leave = desk.listen(heard.append)
    desk.save("1", GOLD, replace=False)
    await done(folder)
    assert heard == [PresetDone("1", "Saved the preset Gold"), PresetsRead((GOLD,))]
    desk.save("2", GOLD, replace=False)
    desk.export("3", GOLD, tmp_path / "out.json")
    await done(folder)
    assert any(isinstance(e, PresetRefused) and e.field == "name" for e in heard)
    desk.take_in("4", tmp_path / "out.json", replace=True)
    desk.take_in("5", tmp_path / "none.json", replace=True)
    await done(folder)
    desk.remove("6", GOLD)
    desk.read()
    await done(folder)
    assert heard[-1] == PresetsRead(())
    leave()
    desk.read()
    await done(folder)
    assert heard[-1] == PresetsRead(())


async def test_definitions_are_saved_exported_and_removed_and_everybody_is_told(folder, tmp_path):
    desk = FolderDefinitions(folder)
    heard: list[Any] = []
    hub: list[Any] = []
    leave = desk.listen(heard.append)
    folder.hub.listen(hub.append)
    workflow = Workflow("wf_a", "Callback")
    desk.save("1", document_of(workflow), "first", None)
    await done(folder)
    assert heard == [DefinitionsRead(), DefinitionDone("1", "Callback: added")]
    assert any(isinstance(event, DefinitionsChanged) for event in hub)
    assert desk.all() == (workflow,)
    assert desk.broken() == ()
    desk.save("2", {"id": "wf_a", "limmit": 3}, "", workflow.digest)
    await done(folder)
    assert [e.field for e in heard if isinstance(e, DefinitionRefused)] == ["limmit"]
    desk.save("3", document_of(workflow), "", None)
    await done(folder)
    assert "already" in str(heard[-1])
    desk.export("4", workflow, tmp_path / "out.json")
    await done(folder)
    desk.load("5", tmp_path / "out.json")
    await done(folder)
    assert heard[-1] == DefinitionLoaded("5", workflow)
    desk.remove("6", "wf_a", "why")
    await done(folder)
    assert desk.all() == ()
    leave()
    records = [
        json.loads(line)
        for file in folder.place.paths.audit_dir.glob("*.jsonl")
        for line in file.read_text().splitlines()
    ]
    kinds = [r["payload"]["change"] for r in records if r["event_type"] == "DEFINITION_CHANGED"]
    assert kinds == ["added", "removed"]


async def test_a_start_records_what_changed_in_the_folder_meanwhile(folder):
    (folder.place.paths.workflows_dir / "a.json").write_text('{"id": "wf_a"}')
    await folder.started("test")
    trail = "".join(f.read_text() for f in folder.place.paths.audit_dir.glob("*.jsonl"))
    assert '"change": "found"' in trail
