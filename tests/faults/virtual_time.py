"""An event loop on which waiting costs nothing: real sockets and threads, imagined time.

Nothing in the code under test is replaced. The loop's clock moves on to the next timer as soon as
no socket has anything to say and no thread is at work, so that deadlines of 30 s and back-offs of
half an hour come exactly when they should, and at once.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

START: Final = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
EPOCH: Final = 10_000.0
"""What the loop's clock says when it begins: some number, as on a real computer."""
OWED_S: Final = 0.25
"""How long an answer that is still to come is really waited for before time moves on."""
LATE_S: Final = 0.0005
"""The same while the tenant answers late on purpose: loopback delivers in the sender's own call."""
STUCK_S: Final = 5.0


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A selector loop whose `time` is imagined; `patience` is how long to wait for real before."""

    def __init__(self) -> None:
        self.at = EPOCH
        self.threads = 0
        self.patience: Callable[[], float] = lambda: LATE_S
        self.turns = 0
        self.at_turn: tuple[int, Callable[[], None]] | None = None
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.at

    def _run_once(self) -> None:
        """One turn: everybody goes from one await to the next."""
        super()._run_once()  # type: ignore[misc]  # asyncio's own, unknown to its stub
        self.turns += 1
        if self.at_turn is not None and self.turns >= self.at_turn[0]:
            at_turn, self.at_turn = self.at_turn, None
            at_turn[1]()

    def run_in_executor(  # type: ignore[override]  # the stub's variadic form says the same
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        self.threads += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._thread_ended)
        return future

    def _thread_ended(self, _: asyncio.Future[Any]) -> None:
        self.threads -= 1


class _Selector(selectors.DefaultSelector):
    """Asks the real sockets first, and moves the loop's clock where they are all silent."""

    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if events or (timeout is not None and timeout <= 0):
            return events
        if self._loop.threads:
            return super().select(OWED_S)
        events = super().select(self._loop.patience())
        if events:
            return events
        if timeout is None:
            events = super().select(STUCK_S)
            assert events, "everything waits for something that nobody will ever do"
            return events
        self._loop.at += timeout
        return []


def loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """For pytest-asyncio: every test of a folder runs on imagined time."""
    return {"imagined": VirtualTimeLoop}


def run(work: Any) -> Any:
    """`asyncio.run` on imagined time, for tests that hypothesis drives."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(work)


def virtual_loop() -> VirtualTimeLoop:
    """The loop of the running test."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualTimeLoop)
    return loop


class ConsoleClock:
    """The operator's computer: its wall clock can `jump`, its monotonic one cannot."""

    def __init__(self) -> None:
        self._loop = virtual_loop()
        self._began = self._loop.time()
        self._jumped = timedelta()

    def now(self) -> datetime:
        passed = timedelta(seconds=self._loop.time() - self._began)
        return START + passed + self._jumped

    def monotonic(self) -> float:
        return self._loop.time()

    def jump(self, seconds: float) -> None:
        """Move the wall clock alone, as a person or a time server does."""
        self._jumped += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await event.wait()


class TenantClock:
    """The tenant's computer, `ahead` of the operator's; `sleepers` answer late on purpose."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._loop = virtual_loop()
        self._began = self._loop.time()
        self.ahead = ahead
        self.sleepers = 0

    def monotonic(self) -> float:
        return self._loop.time()

    def wall(self) -> datetime:
        return START + timedelta(seconds=self._loop.time() - self._began) + self.ahead

    async def sleep(self, seconds: float) -> None:
        self.sleepers += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self.sleepers -= 1
