"""Runs one command's coroutine: Ctrl-C and SIGTERM end it in order, never in the middle."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, TypeVar

from console.domain.errors import ConsoleError
from console.services.events import Event, Notice
from console.services.tasks import Tasks

log = logging.getLogger(__name__)

T = TypeVar("T")


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM, told after the work ended in order; `result` is what it had come to."""

    def __init__(self, result: Any) -> None:
        super().__init__()
        self.result = result


def run(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> T:
    """Run `work(stop)` to its end; `stop` is set on Ctrl-C or SIGTERM.

    Raises Interrupted with its result after `work` ended where it was stopped that way.
    """
    result, interrupted = asyncio.run(_run(work))
    if interrupted:
        raise Interrupted(result)
    return result


async def _run(work: Callable[[asyncio.Event], Coroutine[Any, Any, T]]) -> tuple[T, bool]:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with suppress(NotImplementedError):  # Windows: Ctrl-C cancels instead
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stop.set)
    return await work(stop), stop.is_set()


async def until(tasks: Tasks, work: Coroutine[Any, Any, T], stop: asyncio.Event) -> T | None:
    """Await `work`, or cancel it when `stop` is set; returns None then.

    Raises ConsoleError once any task of `tasks` has crashed: a sender that lost a part of itself
    would wait for ever, and nobody would start it again.
    """
    doing = tasks.start(_told(work), "command")
    watching = {
        tasks.start(stop.wait(), "stop"),
        tasks.start(tasks.broken.wait(), "crash"),
    }
    await asyncio.wait({doing, *watching}, return_when=asyncio.FIRST_COMPLETED)
    for task in (doing, *watching):
        task.cancel()
    await asyncio.wait({doing, *watching})
    if tasks.broken.is_set():
        raise ConsoleError(
            "Something in the console itself went wrong; the log says what. What was being sent "
            "is looked for at the next start"
        )
    if doing.cancelled():
        return None
    result, error = doing.result()
    if error is not None:
        raise error
    return result


async def _told(work: Coroutine[Any, Any, T]) -> tuple[T | None, Exception | None]:
    """Await `work`; an expected error is a value here, so that nobody takes it for a crash."""
    try:
        return await work, None
    except (ConsoleError, OSError) as error:
        return None, error


class Troubles:
    """Says on stderr what a command without a window must tell its operator; each text once in a row."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, event: Event) -> None:
        if isinstance(event, Notice) and event.level != "info" and event.text != self._last:
            self._last = event.text
            log.log(logging.getLevelNamesMapping()[event.level.upper()], "%s", event.text)
