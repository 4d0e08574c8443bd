"""What the audit desk needs from outside: trails, the place they are opened, the task owner."""

from __future__ import annotations

import asyncio
from array import array
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from console.domain.audit_histogram import Histogram
from console.domain.audit_report import TrailReport
from console.domain.audit_view import Growth, RecordDetail, RecordFilter, TrailRow

Progress = Callable[[int, int], None]
Cancelled = Callable[[], bool]


class Trail(Protocol):
    """A trail on disk, opened read-only; may be asked from several threads."""

    @property
    def root(self) -> Path: ...
    @property
    def files(self) -> Sequence[object]: ...
    @property
    def records(self) -> int: ...
    def newest(self, limit: int) -> list[TrailRow]: ...
    def count(self, progress: Progress, cancelled: Cancelled) -> int: ...
    def refresh(self) -> Growth: ...
    def rows(self, positions: Iterable[int]) -> list[TrailRow]: ...
    def judge_long(self, positions: Iterable[int]) -> None: ...
    def detail(self, position: int) -> RecordDetail | None: ...
    def matching(
        self, wanted: RecordFilter, progress: Progress, cancelled: Cancelled, start: int = 0
    ) -> array[int]: ...
    def index(self, progress: Progress, cancelled: Cancelled, paused: Cancelled) -> bool: ...
    def histogram(
        self, wanted: RecordFilter, view: Sequence[int] | None, cancelled: Cancelled
    ) -> Histogram | None: ...
    def verify(self, progress: Progress, cancelled: Cancelled) -> TrailReport: ...
    def summary(self) -> str: ...


class TrailShelf(Protocol):
    """Where trails are opened and records are written out; raises only ConsoleErrors."""

    def open(self, path: Path | None) -> Trail:
        """Open the trail at `path`, our own (which may be empty) where it is None."""

    def prove(self, trail: Trail, position: int) -> tuple[int, bytes]:
        """Return (size of the checkpoint, proof as a C2SP tlog-proof) of one sealed record."""

    def save(self, trail: Trail, path: Path, text: bytes) -> None:
        """Write `text` to `path`, all or nothing, never into the trail."""

    def export(self, trail: Trail, positions: Iterable[int], path: Path, kind: str) -> int:
        """Write the records at `positions` to `path`, all or nothing; return how many."""


class TaskOwner(Protocol):
    """The owner of all tasks (`services.tasks.Tasks`)."""

    def start(self, coro: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]: ...
    def latest(
        self, key: str, coro: Coroutine[Any, Any, None], name: str
    ) -> asyncio.Task[None]: ...


class Flag:
    """Says to a worker thread that nobody waits for it any more."""

    def __init__(self) -> None:
        self.up = False

    def __call__(self) -> bool:
        return self.up


def unheard(_done: int, _total: int) -> None:
    """Nobody watches."""
