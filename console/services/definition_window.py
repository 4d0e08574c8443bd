"""What the window may ask about workflow definitions: plain methods in, events out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from console.domain.workflow import Workflow


@dataclass(frozen=True)
class DefinitionsRead:
    """The definitions are others than before."""


@dataclass(frozen=True)
class DefinitionLoaded:
    """The definition in the file that was asked for under `request`; nothing is stored yet."""

    request: str
    workflow: Workflow


@dataclass(frozen=True)
class DefinitionDone:
    """What was asked under `request` is on disk and on record; `text` says it in a few words."""

    request: str
    text: str


@dataclass(frozen=True)
class DefinitionRefused:
    """What was asked under `request` was not done; `field` is a key of the definition or empty."""

    request: str
    message: str
    field: str = ""


DefinitionEvent = DefinitionsRead | DefinitionLoaded | DefinitionDone | DefinitionRefused
DefinitionListener = Callable[[DefinitionEvent], None]


class DefinitionsWindow(Protocol):
    """Workflow definitions, for the window. No method blocks for the disk."""

    def listen(self, listener: DefinitionListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""

    def all(self) -> tuple[Workflow, ...]:
        """Every definition, by title."""

    def broken(self) -> tuple[str, ...]:
        """What is wrong with files that are no definitions."""

    def load(self, request: str, file: Path) -> None:
        """Read and judge a file; answered by DefinitionLoaded or DefinitionRefused."""

    def save(
        self, request: str, document: Mapping[str, Any], reason: str, before: str | None
    ) -> None:
        """Store a definition; `before` is the digest of the one that was edited, None for a new
        one, which takes no other's place. Answered by DefinitionDone or DefinitionRefused.
        """

    def remove(self, request: str, workflow_id: str, reason: str) -> None:
        """Take a definition away; jobs and records stay. Answered as `save`."""

    def export(self, request: str, workflow: Workflow, file: Path) -> None:
        """Write a definition to a file; answered as `save`."""
