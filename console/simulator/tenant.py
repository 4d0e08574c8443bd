"""The tenant's memory: instances, slots and listings, without any HTTP."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from console.simulator.chance import Chance
from console.simulator.instance import RUNNING, SimulatedInstance, plan_instance
from console.simulator.sample import sample_context
from console.simulator.scenario import Scenario
from console.simulator.start_request import StartRequest
from console.simulator.workflow_specs import DEFAULT_LIMIT, WorkflowSpec


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a listing, newest first; `total` counts the whole listing."""

    instances: tuple[SimulatedInstance, ...]
    total: int


class Tenant:
    """All instances of the tenant; every `now` is a second of one clock that never goes back.

    `on_start` is told of each new instance. What runs is counted as it comes and goes, so a
    count costs the same with ten instances and with a hundred thousand.
    """

    def __init__(
        self,
        workflows: Iterable[WorkflowSpec],
        chance: Chance,
        on_start: Callable[[SimulatedInstance], None],
    ) -> None:
        self.workflows: Mapping[str, WorkflowSpec] = {w.workflow_id: w for w in workflows}
        self.instances: list[SimulatedInstance] = []
        self._chance = chance
        self._on_start = on_start
        self._by_id: dict[str, SimulatedInstance] = {}
        self._by_workflow: dict[str, list[SimulatedInstance]] = {}
        self._running: dict[str, dict[str, SimulatedInstance]] = {}
        self._leaving: list[tuple[float, str, str]] = []
        self._started = 0
        self._foreign = 0
        self._next_foreign: float | None = None

    def begin(self, scenario: Scenario, now: float, wall: datetime, *, populate: bool) -> None:
        """Start a scenario; with `populate` its foreign instances are already under way."""
        every = scenario.foreign_every_seconds
        self._next_foreign = None if every is None else now + every
        if not populate or not self.workflows:
            return
        ages = sorted(
            (
                self._chance.between(0.05, 0.85, "age", number)
                for number in range(scenario.foreign_count)
            ),
            reverse=True,
        )
        for share in ages:
            spec = self._foreign_workflow()
            age = share * scenario.run_profile(spec.workflow_id).seconds[0]
            self._add_foreign(spec, scenario, now - age, wall - timedelta(seconds=age))

    def settle(self, scenario: Scenario, now: float, wall: datetime) -> None:
        """Bring the counts up to `now`: what has stopped running leaves, foreign ones arrive."""
        every = scenario.foreign_every_seconds
        while every and self._next_foreign is not None and self._next_foreign <= now:
            born = self._next_foreign
            self._next_foreign = born + every
            self._leave(born)
            spec = self._foreign_workflow()
            if self.running_count(spec.workflow_id) < self.limit(spec.workflow_id, scenario):
                self._add_foreign(spec, scenario, born, wall - timedelta(seconds=now - born))
        self._leave(now)

    def start(
        self, request: StartRequest, scenario: Scenario, now: float, wall: datetime
    ) -> SimulatedInstance:
        """A new instance, running from `now`; the caller has looked at the limit."""
        self._started += 1
        return self._add(
            plan_instance(
                request,
                scenario.run_profile(request.workflow_id),
                self._chance,
                self._started,
                born=now,
                started_at=wall,
            )
        )

    def limit(self, workflow_id: str, scenario: Scenario) -> int:
        """How many instances of the workflow may run at once."""
        spec = self.workflows.get(workflow_id)
        own = spec.limit if spec else DEFAULT_LIMIT
        return scenario.limits.get(workflow_id, scenario.limits.get("*", own))

    def running_count(self, workflow_id: str) -> int:
        """How many run, as of the last `settle`."""
        return len(self._running.get(workflow_id, ()))

    def running_by_workflow(self) -> dict[str, int]:
        """How many run of each workflow that ever had one, as of the last `settle`."""
        return {workflow_id: len(running) for workflow_id, running in self._running.items()}

    def find(self, instance_id: str) -> SimulatedInstance | None:
        """The instance of that id, or None."""
        return self._by_id.get(instance_id)

    def page(
        self,
        workflow_id: str | None,
        status: str | None,
        number: int,
        size: int,
        now: float,
        lag: float = 0.0,
    ) -> Page:
        """Page `number` (from 1) of `size` of the instances that match, newest first.

        Those born less than `lag` seconds before `now` are not shown yet.
        """
        skip = (number - 1) * size
        if status == RUNNING and workflow_id is not None and not lag:
            # The only listing that is asked for before every start: no scan, no copy.
            running = self._running.get(workflow_id, {})
            return Page(tuple(islice(reversed(running.values()), skip, skip + size)), len(running))
        held = self.instances if workflow_id is None else self._by_workflow.get(workflow_id, [])
        if lag:
            held = [each for each in held if each.born <= now - lag]
        if status is None:
            return Page(tuple(islice(reversed(held), skip, skip + size)), len(held))
        matching = [each for each in reversed(held) if each.status(now) == status]
        return Page(tuple(matching[skip : skip + size]), len(matching))

    def _leave(self, now: float) -> None:
        while self._leaving and self._leaving[0][0] <= now:
            _, workflow_id, instance_id = heapq.heappop(self._leaving)
            del self._running[workflow_id][instance_id]

    def _foreign_workflow(self) -> WorkflowSpec:
        return self._chance.pick(list(self.workflows.values()), "workflow", self._foreign + 1)

    def _add_foreign(
        self, spec: WorkflowSpec, scenario: Scenario, born: float, started_at: datetime
    ) -> None:
        self._foreign += 1
        number = self._foreign
        source = self._chance.pick(("ivr", "crm", "web form"), "source", number)
        request = StartRequest(
            workflow_id=spec.workflow_id,
            priority=int(self._chance.between(2, 8, "priority", number)),
            context=sample_context(spec.schema, self._chance, number),
            metadata={"sourceSystem": source},
        )
        profile = scenario.run_profile(spec.workflow_id)
        self._add(
            plan_instance(
                request,
                profile,
                self._chance,
                number,
                born=born,
                started_at=started_at,
                foreign=True,
            )
        )

    def _add(self, instance: SimulatedInstance) -> SimulatedInstance:
        workflow_id = instance.workflow_id
        self.instances.append(instance)
        self._by_id[instance.instance_id] = instance
        self._by_workflow.setdefault(workflow_id, []).append(instance)
        self._running.setdefault(workflow_id, {})[instance.instance_id] = instance
        heapq.heappush(self._leaving, (instance.yields, workflow_id, instance.instance_id))
        self._on_start(instance)
        return instance
