"""A probe that one process asks for and the process that sends carries out.

The question stands as a lasting value, which the sender notices; it puts its answer there.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final

from console.domain.errors import ConsoleError, EnvironmentProblem
from console.services.lane_control import Surroundings
from console.services.ports import Write

ASKED: Final = "probe:"
PATIENCE_S: Final = 30.0
STALE: Final = timedelta(seconds=120)
LOOK_S: Final = 0.1


class FarProbes:
    """Answers, in the process that sends, the probes that others ask for; `probe` takes a profile."""

    def __init__(self, around: Surroundings, probe: Callable[[str], Awaitable[None]]) -> None:
        self._around = around
        self._probe = probe
        self._answering: set[str] = set()

    def look(self) -> None:
        """Begin to answer what was asked for since; what nobody waits for any more is dropped."""
        for key, text in self._around.ledger.values_under(ASKED).items():
            if key not in self._answering:
                asked = json.loads(text)
                if self._stale(asked):
                    self._start(key, self._drop(key))
                elif "answer" not in asked:
                    self._start(key, self._answer(key, asked))

    def _start(self, key: str, work: Coroutine[Any, Any, None]) -> None:
        self._answering.add(key)
        self._around.tasks.start(work, key)

    def _stale(self, asked: dict[str, Any]) -> bool:
        age = self._around.clock.now() - datetime.fromisoformat(asked["at"])
        return abs(age) > STALE

    async def _answer(self, key: str, asked: dict[str, Any]) -> None:
        answer = ""
        try:
            await self._probe(asked["profile"])
        except ConsoleError as error:
            answer = str(error)
        text = json.dumps({**asked, "answer": answer})
        await self._store(key, Write(values={key: text}, when={key: json.dumps(asked)}))

    async def _drop(self, key: str) -> None:
        await self._store(key, Write(values={key: None}))

    async def _store(self, key: str, write: Write) -> None:
        try:
            await self._around.journal.write(write)
        except ConsoleError:
            return  # the one who asked has gone, or the disk is full: the next look asks again
        finally:
            self._answering.discard(key)


async def ask_sender(around: Surroundings, profile: str) -> None:
    """Return once the process that sends has an answer of `profile`'s tenant.

    Raises EnvironmentProblem with what it said where there is none, or nothing came for 30 s.
    """
    clock = around.clock
    key = f"{ASKED}{around.ids.job_id()}"
    asked = {"profile": profile, "at": clock.now().isoformat()}
    await around.journal.write(Write(values={key: json.dumps(asked)}))
    end = clock.monotonic() + PATIENCE_S
    try:
        while clock.monotonic() < end:
            await clock.sleep(LOOK_S)
            answer = json.loads(around.ledger.value(key) or "{}").get("answer")
            if answer:
                raise EnvironmentProblem(answer)
            if answer is not None:
                return
    finally:
        await around.journal.write(Write(values={key: None}))
    raise EnvironmentProblem(
        f"The process that sends has not tested {profile} within {PATIENCE_S:.0f} s. "
        "Look at its own messages, or end it and try again."
    )
