"""The tenant's side of contract `workflow-api`: token, start, list and get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from console.simulator.answers import Answer, RefusedRequest, json_answer, refusal
from console.simulator.chance import Chance
from console.simulator.clock import Clock
from console.simulator.fault_script import FaultScript, FaultTally
from console.simulator.instance import SimulatedInstance
from console.simulator.scenario import Scenario, retry_after_text
from console.simulator.start_request import check_context, read_document, read_start
from console.simulator.tenant import Tenant
from console.simulator.tokens import READ, WRITE, TokenDesk
from console.simulator.webhooks import Courier, DeliveryCounts
from console.simulator.wire import bend, send
from console.simulator.workflow_specs import WorkflowSpec

INSTANCES_PATH: Final = "/api/v2/workflows/instances"
BODY_LIMIT: Final = 8 * 1024 * 1024
_PAGE_SIZE: Final = 25

Carry = Callable[[int], Answer]
"""Carries a request out and answers it; a start makes as many instances as the number says."""


@dataclass(frozen=True, slots=True)
class ReceivedStart:
    """One start as it came in: its bytes and headers, and when."""

    body: bytes
    headers: Mapping[str, str]
    at: datetime


@dataclass(frozen=True, slots=True)
class SiteState:
    """What a site has seen; `slots` gives how many run and how many may, by workflow."""

    seconds_in_scenario: float
    requests: Mapping[str, int]
    tokens_issued: int
    instances: int
    slots: Mapping[str, tuple[int, int]]
    faults: tuple[FaultTally, ...]
    deliveries: DeliveryCounts | None


class TenantSite:
    """Serves one tenant; each request is judged at the moment when it is carried out."""

    def __init__(
        self,
        scenario: Scenario,
        workflows: Iterable[WorkflowSpec],
        desk: TokenDesk,
        chance: Chance,
        clock: Clock,
        courier: Courier | None,
    ) -> None:
        self.starts: list[ReceivedStart] = []
        self.requests: Counter[str] = Counter()
        self.tenant = Tenant(workflows, chance, self._started)
        self._desk = desk
        self._chance = chance
        self._clock = clock
        self._courier = courier
        self._served = 0
        self._begin(scenario, populate=True)

    def application(self) -> web.Application:
        """The aiohttp application with the contract's routes."""
        application = web.Application(client_max_size=BODY_LIMIT)
        application.router.add_post("/v1/oauth2/token", self._token)
        application.router.add_post(INSTANCES_PATH, self._start)
        application.router.add_get(INSTANCES_PATH, self._list, allow_head=False)
        application.router.add_get(INSTANCES_PATH + "/{id}", self._get, allow_head=False)
        return application

    def play(self, scenario: Scenario) -> None:
        """Go over to another scenario: its script starts now, tokens live no longer than it says."""
        self._begin(scenario, populate=False)
        self._desk.shorten(scenario.token_valid_seconds, self._now())

    def state(self) -> SiteState:
        """What happened so far, as of now."""
        now = self._settled()
        running = self.tenant.running_by_workflow()
        slots = {
            workflow_id: (
                running.get(workflow_id, 0),
                self.tenant.limit(workflow_id, self.scenario),
            )
            for workflow_id in [*self.tenant.workflows, *running]
        }
        return SiteState(
            seconds_in_scenario=now - self._began,
            requests=dict(self.requests),
            tokens_issued=self._desk.issued,
            instances=len(self.tenant.instances),
            slots=slots,
            faults=self._script.tallies,
            deliveries=None if self._courier is None else self._courier.counts,
        )

    def _begin(self, scenario: Scenario, *, populate: bool) -> None:
        self.scenario = scenario
        self._script = FaultScript(scenario.faults, self._chance)
        self._began = self._now()
        self.tenant.begin(scenario, self._began, self._clock.wall(), populate=populate)

    async def _token(self, request: web.Request) -> web.StreamResponse:
        if request.content_type == "application/x-www-form-urlencoded":
            form = {key: str(value) for key, value in (await request.post()).items()}
        else:
            form = {}

        def carry(_: int) -> Answer:
            return self._desk.issue(form, self.scenario, self._now())

        return await self._answer(request, "token", None, carry)

    async def _start(self, request: web.Request) -> web.StreamResponse:
        try:
            raw = await request.read()
        except web.HTTPRequestEntityTooLarge:
            large = refusal(413, "too_large", "The body is larger than 8 MiB.")
            return await send(request, large.answer, None, self._clock, 0.0)
        arrived = self._now()
        headers = dict(request.headers)
        self.starts.append(ReceivedStart(raw, headers, self._clock.wall()))
        document: dict[str, Any] | RefusedRequest
        try:
            document = read_document(raw)
        except RefusedRequest as refused:
            document = refused
        named = document.get("workflowId") if isinstance(document, dict) else None

        def carry(copies: int) -> Answer:
            self._desk.check(headers.get("Authorization"), WRITE, self._now())
            if isinstance(document, RefusedRequest):
                raise document
            return self._carry_start(document, copies, arrived)

        workflow_id = named if isinstance(named, str) else None
        return await self._answer(request, "start", workflow_id, carry)

    def _carry_start(self, document: Mapping[str, Any], copies: int, arrived: float) -> Answer:
        now, wall, scenario = self._now(), self._clock.wall(), self.scenario
        asked = read_start(document)
        spec = self.tenant.workflows.get(asked.workflow_id)
        if spec is not None:
            check_context(asked.context, spec)
        elif not scenario.accept_unknown_workflows:
            raise refusal(
                404,
                "unknown_workflow",
                f"There is no workflow {asked.workflow_id}.",
                field="workflowId",
            )
        self.tenant.settle(scenario, now, wall)
        limit = self.tenant.limit(asked.workflow_id, scenario)
        if self.tenant.running_count(asked.workflow_id) >= limit:
            retry_after = retry_after_text(scenario.full_retry_after, wall)
            raise refusal(
                scenario.full_status,
                "concurrent_limit",
                f"The concurrent instance limit of {limit} is reached.",
                headers={} if retry_after is None else {"Retry-After": retry_after},
                limit=limit,
            )
        made = [self.tenant.start(asked, scenario, now, wall) for _ in range(copies)]
        first = made[0]
        latency_ms = max(1, round((now - arrived) * 1000))
        return json_answer(
            201,
            {"id": first.instance_id, "status": first.status(now), "latencyMs": latency_ms},
            {"Location": f"{INSTANCES_PATH}/{first.instance_id}"},
        )

    async def _list(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        workflow_id = query.get("workflowId")

        def carry(_: int) -> Answer:
            self._check_read(request)
            number = _whole(query.get("pageNumber"), "pageNumber", 1)
            size = min(
                _whole(query.get("pageSize"), "pageSize", _PAGE_SIZE), self.scenario.page_cap
            )
            now = self._settled()
            lag = self.scenario.listing_lag_seconds
            page = self.tenant.page(workflow_id, query.get("status"), number, size, now, lag)
            return json_answer(
                200,
                {
                    "totalCount": page.total,
                    "pageNumber": number,
                    "pageSize": size,
                    "instances": [instance.as_json(now) for instance in page.instances],
                },
            )

        counting = query.get("status") is not None and query.get("pageSize") == "1"
        kind = "count" if counting else "look"
        return await self._answer(request, "list", workflow_id, carry, kind)

    async def _get(self, request: web.Request) -> web.StreamResponse:
        instance_id = request.match_info["id"]
        found = self.tenant.find(instance_id)

        def carry(_: int) -> Answer:
            self._check_read(request)
            if found is None:
                raise refusal(404, "unknown_instance", f"There is no instance {instance_id}.")
            return json_answer(200, found.as_json(self._settled()))

        workflow_id = None if found is None else found.workflow_id
        return await self._answer(request, "get", workflow_id, carry)

    async def _answer(
        self,
        request: web.Request,
        operation: str,
        workflow_id: str | None,
        carry: Carry,
        kind: str = "",
    ) -> web.StreamResponse:
        """Carry one request out, with whatever the script has in store for it."""
        self.requests[operation] += 1
        names = frozenset({operation, kind})
        strike = self._script.strike(names, workflow_id, self._now() - self._began)
        self._served += 1
        latency_ms = self._chance.between(*self.scenario.latency_ms, "latency", self._served)
        await self._pass(latency_ms / 1000 + strike.delay_before)
        deed = strike.deed
        answer = json_answer(500, {})
        if deed is None or deed.made:
            try:
                answer = carry(1 if deed is None else deed.copies)
            except RefusedRequest as refused:
                answer = refused.answer
        if deed is not None:
            answer = bend(answer, deed, self._clock.wall())
        await self._pass(strike.delay_after)
        return await send(request, answer, deed, self._clock, strike.date_error)

    def _check_read(self, request: web.Request) -> None:
        self._desk.check(request.headers.get("Authorization"), READ, self._now())

    def _started(self, instance: SimulatedInstance) -> None:
        if self._courier is not None:
            self._courier.expect(instance)

    def _settled(self) -> float:
        now = self._now()
        self.tenant.settle(self.scenario, now, self._clock.wall())
        return now

    def _now(self) -> float:
        return self._clock.monotonic()

    async def _pass(self, seconds: float) -> None:
        if seconds > 0:
            await self._clock.sleep(seconds)


def _whole(text: str | None, name: str, default: int) -> int:
    """A query parameter that counts from 1."""
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 9 and int(text) >= 1):
        raise refusal(400, "validation_failed", "must be a whole number from 1", field=name)
    return int(text)
