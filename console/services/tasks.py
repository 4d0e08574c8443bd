"""The owner of every asyncio task: nothing runs that is not named, kept and awaited at the end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

log = logging.getLogger(__name__)

T = TypeVar("T")
Crashed = Callable[[str, BaseException], None]


class Tasks:
    """Starts tasks, keeps strong references, and tells `crashed` about what nobody awaited.

    A cancelled task is no error; an expected error belongs to the coroutine itself.
    """

    def __init__(self, crashed: Crashed | None = None) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._latest: dict[str, asyncio.Task[Any]] = {}
        self._crashed = crashed
        self._closing = False
        self.broken = asyncio.Event()
        """Set once a task has crashed: what it was to do is done by nobody."""

    def start(self, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run `coro` as a task named `name`; after `close` it is refused and never runs."""
        if self._closing:
            coro.close()
            raise RuntimeError(f"{name}: the console is closing")
        task = asyncio.get_running_loop().create_task(coro, name=name)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def latest(self, key: str, coro: Coroutine[Any, Any, T], name: str) -> asyncio.Task[T]:
        """Run `coro` and cancel what ran under the same `key`: the last request wins."""
        before = self._latest.get(key)
        if before is not None:
            before.cancel()
        task = self.start(coro, name)
        self._latest[key] = task
        return task

    async def close(self, grace_s: float = 5.0) -> None:
        """Cancel every task and wait until each has ended, at most `grace_s` seconds."""
        self._closing = True
        me = asyncio.current_task()
        waiting = {task for task in self._running if task is not me}
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting, timeout=grace_s)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        for key in [key for key, value in self._latest.items() if value is task]:
            del self._latest[key]
        if task.cancelled():
            return
        error = task.exception()
        if error is not None:
            log.error("task %s crashed", task.get_name(), exc_info=error)
            self.broken.set()
            if self._crashed is not None:
                self._crashed(task.get_name(), error)
