"""The client and the simulated tenant agree about the contract, on good days and bad ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from console.app.system import SystemClock
from console.cxone.client import HttpTenant
from console.cxone.settings import ConnectionSettings
from console.domain.errors import (
    Rejected,
    SignInRefused,
    SignInUnavailable,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)
from console.domain.payload import TriggerPayload
from console.resources import resource_path
from console.simulator.scenario_files import parse_scenario
from console.simulator.server import Simulator, SimulatorConfig
from console.simulator.workflow_specs import load_workflows

TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
PAYLOAD = TriggerPayload(
    TUTORIAL,
    {
        "customerId": "CUST-99887",
        "priorityScore": 85,
        "requiresCallback": True,
        "routingMetadata": {"channel": "voice", "queue": "sales"},
    },
    priority=2,
    metadata={"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"},
)
START = "start"


@asynccontextmanager
async def tenant_on(
    scenario: dict[str, Any] | None = None, **changes: Any
) -> AsyncIterator[tuple[HttpTenant, Simulator]]:
    """A tenant that plays `scenario`, and a connection to it."""
    config = SimulatorConfig(
        scenario=parse_scenario(scenario or {}, name="a test"),
        workflows=load_workflows(resource_path("workflows")),
    )
    async with Simulator(config) as simulator:
        settings = ConnectionSettings(
            "test", "demo-client", simulator.token_url, simulator.api_url, **changes
        )
        tenant = HttpTenant(settings, lambda: "demo-secret", SystemClock())
        try:
            yield tenant, simulator
        finally:
            await tenant.close()


def fault(on: str = START, **do: Any) -> dict[str, Any]:
    """A scenario in which every call `on` meets one fault."""
    return {"faults": [{"on": on, "do": do}]}


async def test_the_tutorials_trigger_starts_one_instance_that_every_reading_shows():
    async with tenant_on() as (tenant, simulator):
        started = await tenant.start(PAYLOAD, "job-1")
        assert len(simulator.starts) == 1
        assert (await tenant.count(TUTORIAL)).count == 1
        listing = await tenant.listing(TUTORIAL)
        (instance,) = listing.instances
        assert listing.complete
        assert (instance.instance_id, instance.job_id) == (started.instance_id, "job-1")
        assert instance.context == dict(PAYLOAD.context)
        assert instance.priority == 2
        assert await tenant.get(started.instance_id) == instance
        assert await tenant.get("inst-of-nobody") is None


async def test_a_list_over_many_capped_pages_is_complete():
    async with tenant_on({"pageCap": 7, "limits": {"*": 60}}) as (tenant, _):
        await asyncio.gather(*(tenant.start(PAYLOAD, f"job-{n}") for n in range(40)))
        listing = await tenant.listing(TUTORIAL)
        assert {item.job_id for item in listing.instances} == {f"job-{n}" for n in range(40)}
        assert listing.complete
        page = await tenant.page(TUTORIAL, page_size=100)
        assert (len(page.instances), page.total, page.complete) == (7, 40, False)


async def test_a_value_the_schema_forbids_is_refused_at_its_field():
    async with tenant_on() as (tenant, _):
        wrong = TriggerPayload(TUTORIAL, {"customerId": "C", "priorityScore": 101})
        with pytest.raises(Rejected) as caught:
            await tenant.start(wrong, "job-1")
    assert caught.value.field == "context.priorityScore"
    assert "must be at most 100" in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"), [(429, Throttled), (400, WorkflowFull), (409, WorkflowFull)]
)
async def test_a_full_workflow_is_told_as_full(status, kind):
    scenario = {"limits": {"*": 1}, "full": {"status": status, "retryAfter": "2"}}
    async with tenant_on(scenario) as (tenant, simulator):
        await tenant.start(PAYLOAD, "job-1")
        with pytest.raises(kind):
            await tenant.start(PAYLOAD, "job-2")
        assert len(simulator.instances) == 1


@pytest.mark.parametrize(
    ("do", "kind", "made"),
    [
        ({"kind": "cut-before"}, Unknown, 0),
        ({"kind": "cut-after"}, Unknown, 1),
        ({"kind": "cut-during"}, Unreadable, 1),
        ({"kind": "truncated-json"}, Unreadable, 1),
        ({"kind": "no-id"}, Unreadable, 1),
        ({"kind": "trickle", "seconds": 0.05}, Unreadable, 1),
        ({"kind": "delay", "seconds": 5}, Unknown, None),
        ({"kind": "html"}, Unknown, 0),
        ({"kind": "redirect"}, Rejected, 0),
        ({"kind": "status", "status": 503}, Unknown, 0),
        ({"kind": "status", "status": 422}, Rejected, 0),
        ({"kind": "status", "status": 403}, Unauthorized, 0),
        ({"kind": "status", "status": 401}, Unauthorized, 0),
        ({"kind": "status", "status": 429, "retryAfter": "9"}, Throttled, 0),
    ],
)
async def test_each_fault_of_a_script_is_told_as_what_it_is(do, kind, made):
    if do["kind"] == "html":
        do = {**do, "status": 502}
    async with tenant_on(fault(**do), deadline_s=0.4) as (tenant, simulator):
        with pytest.raises(kind) as caught:
            await tenant.start(PAYLOAD, "job-1")
        assert type(caught.value) is kind
        if made is not None:
            assert len(simulator.instances) == made


async def test_a_redirect_is_rejected_without_following():
    async with tenant_on(fault(kind="redirect", status=307)) as (tenant, simulator):
        with pytest.raises(Rejected):
            await tenant.start(PAYLOAD, "job-1")
        assert simulator.requests["start"] == 1


@pytest.mark.parametrize(
    ("do", "kind"),
    [
        ({"kind": "status", "status": 401}, SignInRefused),
        ({"kind": "status", "status": 503}, SignInUnavailable),
        ({"kind": "html", "status": 200}, SignInUnavailable),
        ({"kind": "cut-before"}, SignInUnavailable),
        ({"kind": "delay", "seconds": 5}, SignInUnavailable),
    ],
)
async def test_trouble_with_signing_in_sends_no_trigger(do, kind):
    async with tenant_on(fault("token", **do), deadline_s=0.4) as (tenant, simulator):
        with pytest.raises(kind):
            await tenant.start(PAYLOAD, "job-1")
        assert simulator.requests.get("start", 0) == 0


async def test_a_token_that_is_withdrawn_early_is_renewed_unseen():
    once = {"faults": [{"on": START, "times": 1, "do": {"kind": "status", "status": 401}}]}
    async with tenant_on(once) as (tenant, simulator):
        await tenant.start(PAYLOAD, "job-1")
        assert len(simulator.instances) == 1
        assert (simulator.requests["token"], simulator.requests["start"]) == (2, 2)


async def test_a_clock_that_is_off_is_seen_in_the_date_header():
    async with tenant_on(fault("list", kind="bad-date", seconds=300)) as (tenant, _):
        await tenant.count(TUTORIAL)
        now = SystemClock().now()
        assert 290 < (tenant.server_time(now) - now).total_seconds() < 310
