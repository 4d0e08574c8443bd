"""Durable writes from the loop: many waiting callers share one commit (group commit).

While one batch is being synced in the worker thread, the next one gathers. A caller's `write`
returns only when its change and its records are on disk.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Final, TypeVar

from console.domain.errors import EnvironmentProblem
from console.domain.job import TriggerJob
from console.services.events import Hub, JobChanged, JobsReloaded, Notice, TrailGrew
from console.services.ports import DateUnconfirmed, Ledger, TrailBehind, TrailUnsynced, Write
from console.services.tasks import Tasks

T = TypeVar("T")
TRAIL_BEHIND: Final = "trail-behind"
CONFIRM_DATE: Final = "confirm-date"
MOST_A_COMMIT: Final = 32
"""Writes that share one commit; answering many more at once would stop the window."""


class Journal:
    """The one writer of this process; `behind` tells why records wait outside the trail."""

    def __init__(
        self, ledger: Ledger, tasks: Tasks, hub: Hub, thread: Executor | None = None
    ) -> None:
        """`thread` runs the ledger's commits; None runs them in place (tests)."""
        self._ledger = ledger
        self._thread = thread
        self._tasks = tasks
        self._hub = hub
        self._waiting: deque[tuple[Write, asyncio.Future[TriggerJob | None]]] = deque()
        self._busy: asyncio.Task[None] | None = None
        self.behind: str | None = None
        self.closed = asyncio.Event()
        """Set while only a person's check lets writing go on; without a window nobody can give it."""
        self._date_asked = False
        self.commits = 0
        """How often this process has written."""

    async def write(self, write: Write) -> TriggerJob | None:
        """Make `write` durable; returns the stored job and tells the hub `JobChanged`.

        Raises Refusal where the job has moved on, EnvironmentProblem where nothing was stored.
        Where the change is stored but its records cannot reach the trail yet, it returns and
        `behind` is set: nothing may be sent until `settle` succeeded.
        """
        future: asyncio.Future[TriggerJob | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        if self._busy is None:
            self._busy = self._tasks.start(self._drain(), "journal")
        return await asyncio.shield(future)

    async def job(self, write: Write) -> TriggerJob:
        """`write` for a write that carries a job."""
        stored = await self.write(write)
        assert stored is not None
        return stored

    async def settle(self) -> None:
        """Bring the trail up to the outbox; clears `behind`, or raises EnvironmentProblem.

        What it raises is the caller's to tell, unless writing has stopped before.
        """
        try:
            notices = await self._offload(self._ledger.settle)
        except EnvironmentProblem as error:
            self._fell_behind(error, told=self.behind is None)
            raise
        self._tell(notices)
        self.closed.clear()
        if self.behind is not None:
            self.behind = None
            self._hub.tell(Notice("info", "The audit trail is complete again.", TRAIL_BEHIND))

    async def check(self) -> None:
        """A person's *check and resume* after the disk did not confirm audit records."""
        await self._offload(self._ledger.check)
        await self.settle()

    async def rotate_key(self, reason: str, operator: str) -> None:
        """A person's change of the trail's key; raises EnvironmentProblem where it did not happen."""
        self._tell(await self._offload(self._ledger.rotate_key, reason, operator))
        self._hub.tell(TrailGrew(None))

    def confirm_date(self) -> None:
        """A person's yes to this computer's date."""
        self._ledger.confirm_date()
        self._date_asked = False
        self._hub.tell(Notice("info", "Recording goes on with this date.", CONFIRM_DATE))

    async def ask(self, question: Callable[[], T]) -> T:
        """Ask the ledger something that belongs to its writer, between two commits."""
        return await self._offload(question)

    async def drained(self) -> None:
        """Wait until everything that was asked for is on disk."""
        while self._busy is not None:
            await asyncio.wait({self._busy})

    async def _drain(self) -> None:
        try:
            while self._waiting:
                count = min(len(self._waiting), MOST_A_COMMIT)
                batch = [self._waiting.popleft() for _ in range(count)]
                await self._commit(batch)
        finally:
            self._busy = None

    async def _commit(self, batch: list[tuple[Write, asyncio.Future[TriggerJob | None]]]) -> None:
        work = self._offload(self._ledger.commit, [write for write, _ in batch])
        try:
            await asyncio.wait({work})
        except asyncio.CancelledError:
            await asyncio.wait({work})  # a commit under way is finished and told, even at the end
            self._settled(batch, work)
            raise
        if not self._settled(batch, work):
            for alone in batch:
                await self._commit([alone])

    def _settled(
        self,
        batch: list[tuple[Write, asyncio.Future[TriggerJob | None]]],
        work: asyncio.Future[list[TriggerJob | Exception | None]],
    ) -> bool:
        """Answer every waiter; False where one of several writes spoiled the batch for all."""
        self.commits += 1
        error = work.exception()
        self._tell(self._ledger.take_notices())
        if error is None:
            self._answer(batch, work.result())
        elif isinstance(error, TrailBehind):
            self._fell_behind(error.__cause__ or error)
            self._answer(batch, error.results)
        elif len(batch) > 1 and not isinstance(error, EnvironmentProblem):
            return False
        else:
            self._ask_for_date(error)
            for _, future in batch:
                future.set_exception(error)
            return True
        if any(write.records for write, _ in batch) and self.behind is None:
            self._hub.tell(TrailGrew(None))
        return True

    def _tell(self, notices: tuple[str, ...]) -> None:
        for text in notices:
            self._hub.tell(Notice("warning", text, "trail-recovered"))

    def _ask_for_date(self, error: BaseException) -> None:
        if isinstance(error, DateUnconfirmed) and not self._date_asked:
            self._date_asked = True
            self._hub.tell(Notice("error", str(error), CONFIRM_DATE, "The date is right"))

    def _answer(
        self,
        batch: list[tuple[Write, asyncio.Future[TriggerJob | None]]],
        results: list[TriggerJob | Exception | None],
    ) -> None:
        for (write, future), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                future.set_exception(result)
                continue
            if result is not None:
                self._hub.tell(JobChanged(result))
            if write.inserts:
                self._hub.tell(JobsReloaded())
            future.set_result(result)

    def _offload(self, work: Callable[..., T], *args: object) -> asyncio.Future[T]:
        loop = asyncio.get_running_loop()
        if self._thread is not None:
            return loop.run_in_executor(self._thread, work, *args)
        done: asyncio.Future[T] = loop.create_future()
        try:
            done.set_result(work(*args))
        except Exception as error:  # noqa: BLE001 - handed on through the future, as a thread would
            done.set_exception(error)
        return done

    def _fell_behind(self, error: BaseException, *, told: bool = False) -> None:
        if isinstance(error, TrailUnsynced):
            self.closed.set()
        told = told or self.behind == str(error)
        self.behind = str(error)
        if not told:
            self._hub.tell(writing_stopped(error))


def writing_stopped(error: BaseException) -> Notice:
    """What the operator reads where records cannot reach the trail, with what a person can do."""
    action = "Check and resume" if isinstance(error, TrailUnsynced) else ""
    return Notice("error", f"Sending has stopped: {error}", TRAIL_BEHIND, action)
