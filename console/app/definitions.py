"""Workflow definitions for the command line: add, list, show and remove, each with its record."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.app.folder import Folder, opened
from console.app.place import Place
from console.app.running import run
from console.domain.errors import BadInput
from console.domain.workflow import (
    Workflow,
    changed_keys,
    definition_text,
    document_of,
)
from console.services.definition_desk import DefinitionChange
from console.store.definitions import read_definition
from console.store.whole_file import write_whole


@dataclass(frozen=True)
class Changed:
    """What a command did to one definition; digests are None where there is or was none.

    `trouble` says where its record waits outside the trail.
    """

    workflow_id: str
    what: str
    before: str | None
    after: str | None
    keys: tuple[str, ...]
    trouble: str = ""


def add(data_dir: str | None, file: Path, reason: str, *, replaces: bool) -> Changed:
    """Store the definition in `file`; BadInput for what is none, or exists without `replaces`."""
    workflow = read_definition(file)
    return _change(data_dir, lambda folder: folder.desk.put(workflow, reason, replace=replaces))


def remove(data_dir: str | None, workflow_id: str, reason: str) -> Changed:
    """Take a definition away; BadInput where there is none."""
    return _change(data_dir, lambda folder: folder.desk.remove(workflow_id, reason))


def listing(data_dir: str | None) -> tuple[list[dict[str, Any]], tuple[str, ...]]:
    """Every definition without its schema, by title, and what is wrong with broken files."""
    place = _settled(data_dir)
    found = [_summary(workflow) for workflow in place.definitions.all()]
    return found, tuple(broken.message for broken in place.definitions.broken())


def shown(data_dir: str | None, workflow_id: str) -> dict[str, Any]:
    """One definition as a document that `add` takes."""
    return document_of(_found(_settled(data_dir), workflow_id))


def export(data_dir: str | None, workflow_id: str, file: Path) -> str:
    """Write one definition to `file`, the same bytes every time; returns their SHA-256."""
    workflow = _found(_settled(data_dir), workflow_id)
    write_whole(file, [definition_text(workflow).encode("utf-8")])
    return workflow.digest


def _found(place: Place, workflow_id: str) -> Workflow:
    workflow = place.definitions.get(workflow_id)
    if workflow is None:
        raise BadInput(f"There is no definition of {workflow_id!r}", "id")
    return workflow


def _settled(data_dir: str | None) -> Place:
    """The folder, after a change that a crash interrupted has been carried out."""
    place = Place.find(data_dir)
    if place.definitions.unfinished():

        async def work(_: asyncio.Event) -> None:
            async with opened(place) as folder:
                await folder.desk.settle()

        run(work)
    return place


def _change(data_dir: str | None, act: Callable[[Folder], Awaitable[DefinitionChange]]) -> Changed:
    place = Place.find(data_dir)

    async def work(_: asyncio.Event) -> Changed:
        async with opened(place) as folder:
            await folder.journal.settle()
            change = await act(folder)
            return Changed(
                change.workflow_id,
                change.what,
                None if change.before is None else change.before.digest,
                None if change.after is None else change.after.digest,
                tuple(changed_keys(change.before, change.after)),
                folder.journal.behind or "",
            )

    return run(work)


def _summary(workflow: Workflow) -> dict[str, Any]:
    return {
        "id": workflow.workflow_id,
        "title": workflow.title,
        "description": workflow.description,
        "limit": workflow.limit,
        "priority": workflow.priority,
        "reasonRequired": workflow.reason_required,
        "approval": "required" if workflow.approval_required else None,
        "sendBeforeHours": document_of(workflow)["sendBeforeHours"],
        "productionGuard": workflow.production_guard,
        "digest": workflow.digest,
    }
