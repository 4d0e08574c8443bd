"""Every task has an owner: named, kept, told about when it dies, and ended at the end."""

from __future__ import annotations

import asyncio
import inspect

import pytest

from console.services.tasks import Tasks


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_task_that_dies_is_told_by_name_and_a_cancelled_one_is_not() -> None:
    told: list[tuple[str, BaseException]] = []
    tasks = Tasks(lambda name, error: told.append((name, error)))

    async def dies() -> None:
        raise ValueError("no such thing")

    waiting = tasks.start(forever(), "waiting")
    dying = tasks.start(dies(), "dying")
    await asyncio.wait({dying})
    waiting.cancel()
    await asyncio.wait({waiting})
    assert [(name, str(error)) for name, error in told] == [("dying", "no such thing")]


async def test_without_anyone_to_tell_a_crash_still_stands_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def dies() -> None:
        raise ValueError("no such thing")

    await asyncio.wait({Tasks().start(dies(), "dying")})
    assert "task dying crashed" in caplog.text


async def test_of_two_requests_for_one_thing_the_last_wins() -> None:
    tasks = Tasks()
    first = tasks.latest("search", forever(), "first")
    second = tasks.latest("search", forever(), "second")
    other = tasks.latest("other", forever(), "other")
    await asyncio.wait({first})
    assert first.cancelled()
    assert not second.done()
    assert not other.done()
    third = tasks.latest("search", asyncio.sleep(0, "found"), "third")
    assert await third == "found"
    assert second.cancelled()
    await tasks.close()


async def test_at_the_end_every_task_has_ended_and_none_can_begin() -> None:
    tasks = Tasks()
    running = [tasks.start(forever(), f"task {number}") for number in range(3)]
    await tasks.close()
    assert all(task.cancelled() for task in running)
    late = forever()
    with pytest.raises(RuntimeError, match="closing"):
        tasks.start(late, "late")
    assert inspect.getcoroutinestate(late) == inspect.CORO_CLOSED  # so nothing warns of it


async def test_a_task_that_closes_the_others_is_not_waited_for_by_itself() -> None:
    tasks = Tasks()
    closing = tasks.start(tasks.close(), "closing")
    await asyncio.wait_for(closing, 5)
    assert not closing.cancelled()


async def test_a_task_that_does_not_let_go_is_waited_for_only_so_long() -> None:
    tasks = Tasks()
    let_go = asyncio.Event()

    async def clings() -> None:
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    clinging = tasks.start(clings(), "clinging")
    await asyncio.sleep(0)
    await tasks.close(grace_s=0.01)
    assert not clinging.done()
    let_go.set()
    await clinging
