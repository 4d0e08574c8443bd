"""One instance of the tenant: its whole life is planned at birth and read off the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from console.simulator.chance import Chance
from console.simulator.scenario import RunProfile
from console.simulator.start_request import StartRequest

RUNNING: Final = "running"
WAITING: Final = "waiting"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class SimulatedInstance:
    """An instance; `born`, `yields` and `ends` are seconds of the tenant's monotonic clock.

    From `born` it is running, from `yields` waiting for input (where it ever waits, else
    `yields` equals `ends`), from `ends` it has its `ending`. Waiting gives the slot back and is
    never left for running again, so that the running ones never exceed the workflow's limit.
    """

    instance_id: str
    number: int
    foreign: bool
    request: StartRequest
    started_at: datetime
    born: float
    yields: float
    ends: float
    ending: str
    verdict: str
    steps: tuple[str, ...]

    @property
    def workflow_id(self) -> str:
        return self.request.workflow_id

    def status(self, now: float) -> str:
        """running, waiting, completed, failed or cancelled, as of `now`."""
        if now < self.yields:
            return RUNNING
        return WAITING if now < self.ends else self.ending

    def output(self) -> dict[str, str]:
        """What the workflow gives back; empty unless it completes."""
        return {"routingDecision": self.verdict} if self.ending == COMPLETED else {}

    def as_json(self, now: float) -> dict[str, Any]:
        """The instance as the contract gives it, with completedAt and steps once it has ended."""
        status = self.status(now)
        told: dict[str, Any] = {
            "id": self.instance_id,
            "workflowId": self.workflow_id,
            "status": status,
            "priority": self.request.priority,
            "context": self.request.context,
            "metadata": self.request.metadata,
            "startedAt": _stamp(self.started_at),
        }
        if now >= self.ends:
            told["completedAt"] = _stamp(self._moment(1.0))
            told["steps"] = [
                {"name": name, "at": _stamp(self._moment((index + 1) / len(self.steps)))}
                for index, name in enumerate(self.steps)
            ]
            if self.ending == COMPLETED:
                told["output"] = self.output()
            else:
                told["outcome"] = self.verdict
        return told

    def _moment(self, share: float) -> datetime:
        return self.started_at + timedelta(seconds=(self.ends - self.born) * share)


def plan_instance(
    request: StartRequest,
    profile: RunProfile,
    chance: Chance,
    number: int,
    *,
    born: float,
    started_at: datetime,
    foreign: bool = False,
) -> SimulatedInstance:
    """The `number`-th instance with its whole life; the same seed and number give the same life."""
    realm = "foreign" if foreign else "ours"
    runs = chance.between(*profile.seconds, f"{realm}/runs", number)
    yields = born + runs
    ends = yields
    if chance.fraction(f"{realm}/waits", number) < profile.waiting:
        ends += chance.between(*profile.waiting_seconds, f"{realm}/waiting", number)
    lot = chance.fraction(f"{realm}/ending", number)
    steps = profile.steps
    if lot < profile.failed:
        ending, verdict = FAILED, chance.pick(profile.failures, f"{realm}/verdict", number)
        steps = steps[:-1] or steps
    elif lot < profile.failed + profile.cancelled:
        ending, verdict = CANCELLED, "Cancelled in the tenant"
        steps = steps[:1]
    else:
        ending, verdict = COMPLETED, chance.pick(profile.decisions, f"{realm}/verdict", number)
    return SimulatedInstance(
        instance_id=f"inst-{chance.token(realm, number, 10)}",
        number=number,
        foreign=foreign,
        request=request,
        started_at=started_at,
        born=born,
        yields=yields,
        ends=ends,
        ending=ending,
        verdict=verdict,
        steps=steps,
    )


def completion_event(instance: SimulatedInstance) -> Mapping[str, Any]:
    """The webhook's JSON for an instance that has ended."""
    context = instance.request.context
    customer = {"customerId": context["customerId"]} if "customerId" in context else {}
    return {
        "instanceId": instance.instance_id,
        "workflowId": instance.workflow_id,
        "status": instance.ending,
        "context": {**customer, **instance.output()},
    }


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
