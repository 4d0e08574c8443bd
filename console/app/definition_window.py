"""The window's side of workflow definitions: read, judged and written off the GUI thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any

from console.app.folder import Folder
from console.domain.errors import BadInput, ConsoleError
from console.domain.workflow import Workflow, definition_text, workflow_of
from console.services.definition_window import (
    DefinitionDone,
    DefinitionEvent,
    DefinitionListener,
    DefinitionLoaded,
    DefinitionRefused,
    DefinitionsRead,
)
from console.store.definitions import check_schema, read_definition
from console.store.whole_file import write_whole


class FolderDefinitions:
    """Fulfils `services.definition_window.DefinitionsWindow` over one open folder."""

    def __init__(self, folder: Folder) -> None:
        self._desk = folder.desk
        self._tasks = folder.tasks
        self._store = folder.definitions
        self._listeners: list[DefinitionListener] = []
        folder.desk.listen(lambda: self._tell(DefinitionsRead()))

    def listen(self, listener: DefinitionListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def all(self) -> tuple[Workflow, ...]:
        """Every definition, by title."""
        return self._store.all()

    def broken(self) -> tuple[str, ...]:
        """What is wrong with files that are no definitions."""
        return tuple(one.message for one in self._store.broken())

    def load(self, request: str, file: Path) -> None:
        """Read and judge a file."""
        self._start(request, self._load(request, file))

    def save(
        self, request: str, document: Mapping[str, Any], reason: str, before: str | None
    ) -> None:
        """Store a definition."""
        self._start(request, self._save(request, document, reason, before))

    def remove(self, request: str, workflow_id: str, reason: str) -> None:
        """Take a definition away."""
        self._start(request, self._remove(request, workflow_id, reason))

    def export(self, request: str, workflow: Workflow, file: Path) -> None:
        """Write a definition to a file."""
        self._start(request, self._export(request, workflow, file))

    async def _load(self, request: str, file: Path) -> None:
        workflow = await asyncio.to_thread(read_definition, file)
        self._tell(DefinitionLoaded(request, workflow))

    async def _save(
        self, request: str, document: Mapping[str, Any], reason: str, before: str | None
    ) -> None:
        workflow = await asyncio.to_thread(workflow_of, dict(document), check_schema)
        change = await self._desk.put(
            workflow, reason, replace=before is not None, before=before or None
        )
        self._tell(DefinitionDone(request, f"{workflow.title}: {change.what}"))

    async def _remove(self, request: str, workflow_id: str, reason: str) -> None:
        await self._desk.remove(workflow_id, reason)
        self._tell(DefinitionDone(request, f"{workflow_id}: removed"))

    async def _export(self, request: str, workflow: Workflow, file: Path) -> None:
        content = definition_text(workflow).encode("utf-8")
        await asyncio.to_thread(write_whole, file, [content])
        self._tell(DefinitionDone(request, f"Wrote {file.name}"))

    def _start(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        self._tasks.start(self._guarded(request, work), "definitions")

    async def _guarded(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ConsoleError as error:
            field = error.field if isinstance(error, BadInput) else ""
            self._tell(DefinitionRefused(request, str(error), field))

    def _tell(self, event: DefinitionEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)
