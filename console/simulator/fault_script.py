"""Which scripted faults strike a request: counting and chance only, no bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from console.simulator.chance import Chance
from console.simulator.scenario import Deed, Fault, FaultKind


@dataclass(frozen=True, slots=True)
class Strike:
    """What befalls one request.

    `delay_before` and `delay_after` are seconds before and after it is carried out, `date_error`
    seconds that its Date header is off, `deed` the one fault that changes the answer, or None.
    """

    deed: Deed | None = None
    delay_before: float = 0.0
    delay_after: float = 0.0
    date_error: float = 0.0


@dataclass(frozen=True, slots=True)
class FaultTally:
    """How often a fault's selectors looked at a request (`seen`), and how often it struck."""

    fault: Fault
    seen: int
    struck: int


class FaultScript:
    """Plays a scenario's faults in the order they stand in.

    All delays and Date errors that match are added up; of the other kinds the first that matches
    takes the request. Every fault counts every request that it could be meant for, so that one
    line of a script never shifts the count of another.
    """

    def __init__(self, faults: Iterable[Fault], chance: Chance) -> None:
        self._faults = tuple(faults)
        self._chance = chance
        self._seen = [0] * len(self._faults)
        self._struck = [0] * len(self._faults)

    @property
    def tallies(self) -> tuple[FaultTally, ...]:
        """One tally a fault, in the script's order."""
        rows = zip(self._faults, self._seen, self._struck, strict=True)
        return tuple(FaultTally(*row) for row in rows)

    def strike(self, operations: frozenset[str], workflow_id: str | None, elapsed: float) -> Strike:
        """What befalls the next request, `elapsed` seconds after the scenario began.

        `operations` are all names that a script may call the request by.
        """
        deed: Deed | None = None
        before = after = date_error = 0.0
        for index, fault in enumerate(self._faults):
            if not self._strikes(index, fault, operations, workflow_id, elapsed):
                continue
            do = fault.do
            if do.kind is FaultKind.DELAY and do.made:
                after += do.seconds
            elif do.kind is FaultKind.DELAY:
                before += do.seconds
            elif do.kind is FaultKind.BAD_DATE:
                date_error += do.seconds
            elif deed is None:
                deed = do
            else:
                continue
            self._struck[index] += 1
        return Strike(deed, before, after, date_error)

    def _strikes(
        self,
        index: int,
        fault: Fault,
        operations: frozenset[str],
        workflow_id: str | None,
        elapsed: float,
    ) -> bool:
        if operations.isdisjoint(fault.on):
            return False
        if fault.workflow_id is not None and fault.workflow_id != workflow_id:
            return False
        if elapsed < fault.start or (fault.end is not None and elapsed >= fault.end):
            return False
        self._seen[index] += 1
        seen = self._seen[index]
        if fault.nth is not None and seen not in fault.nth:
            return False
        if fault.every is not None and seen % fault.every:
            return False
        if fault.times is not None and self._struck[index] >= fault.times:
            return False
        chance = self._chance.fraction(f"fault/{index}", seen)
        return fault.probability is None or chance < fault.probability
