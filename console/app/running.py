"""Runs one command's coroutine: Ctrl-C and SIGTERM end it in order, never in the middle."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from console.services.tasks import Tasks

T = TypeVar("T")


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> T:
    """Run `work(stop)` to its end; `stop` is set on Ctrl-C or SIGTERM.

    Raises KeyboardInterrupt after `work` ended where it was stopped that way.
    """
    result, interrupted = asyncio.run(_run(work))
    if interrupted:
        raise KeyboardInterrupt
    return result


async def _run(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C cancels instead
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    return await work(stop), stop.is_set()


async def until(tasks: Tasks, work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Await `work`, or cancel it when `stop` is set; returns None then."""
    doing = tasks.start(work, "command")
    stopping = tasks.start(stop.wait(), "stop")
    await asyncio.wait({doing, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    doing.cancel()
    await asyncio.wait({doing, stopping})
    return None if doing.cancelled() else doing.result()
