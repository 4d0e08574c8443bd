"""Reads what became of accepted jobs where no window does: every profile, each at its own pace."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from console.domain.errors import ConsoleError, EnvironmentProblem
from console.services.events import Notice
from console.services.lane_control import Surroundings
from console.services.poller import Pace, Poller, unsettled
from console.services.ports import Definitions
from console.services.sender import Connect, Connected


class Completions:
    """Records the instances that ended, and those found late, of every profile that expects any.

    A connection that fails is asked less and less often, so that a refused sign-in is not tried
    again every few seconds. `names` gives the profiles anew each time, `seconds` the usual pace.
    """

    def __init__(
        self,
        around: Surroundings,
        definitions: Definitions,
        connect: Connect,
        names: Callable[[], Iterable[str]],
        seconds: float,
    ) -> None:
        self._around = around
        self._definitions = definitions
        self._connect = connect
        self._names = names
        self._pace = Pace(seconds)
        self._pollers: dict[str, tuple[Connected, Poller]] = {}
        self._failures: dict[str, int] = {}
        self._due: dict[str, float] = {}

    async def watch(self, here: Callable[[], bool]) -> None:
        """Read again and again until cancelled, while `here`: while this process is the sender."""
        while True:
            await self._around.clock.sleep(self._pace.seconds)
            if not here():
                continue
            try:
                await self.read()
            except EnvironmentProblem as error:  # the profiles or the queue, just now
                self._around.hub.tell(Notice("error", str(error), "not-read"))

    async def read(self) -> None:
        """Read once what is due; raises EnvironmentProblem where nothing can be read here."""
        for name in self._names():
            now = self._around.clock.monotonic()
            if now < self._due.get(name, now) or not self._expected(name):
                continue
            failures = 0 if await self._read(name) else self._failures.get(name, 0) + 1
            self._failures[name] = failures
            delay = self._pace.delay(failures, self._around.ids.jitter())
            self._due[name] = self._around.clock.monotonic() + (delay if failures else 0.0)

    def _expected(self, name: str) -> bool:
        """True where an instance may be seen to end, or to run after all."""
        return bool(self._around.ledger.uncompleted(name, 1) or unsettled(self._around, name))

    async def _read(self, name: str) -> bool:
        try:
            connected = self._connect(name)
        except ConsoleError as error:
            self._around.hub.tell(Notice("error", f"{name}: {error}", "no-connection"))
            return False
        known = self._pollers.get(name)
        if known is None or known[0] is not connected:
            poller = Poller(
                name,
                connected.tenant,
                self._around,
                self._definitions,
                self._pace,
                fingerprint=connected.fingerprint,
            )
            known = self._pollers[name] = (connected, poller)
        return await known[1].read()
