"""What only a simulator has: its health, its state, a change of scenario, and its life."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest

from console.simulator.errors import SimulatorConfigError
from console.simulator.scenario import Scenario
from console.simulator.server import Simulator, SimulatorConfig, serve

TUTORIAL = "wf_12345678-abcd-efgh-ijkl-1234567890ab"


async def test_its_state_tells_what_happened_without_a_token(open_tenant):
    script = {
        "limits": {TUTORIAL: 4},
        "faults": [{"on": "start", "nth": 2, "do": {"kind": "status"}}],
    }
    async with open_tenant(script) as tenant:
        for _ in range(3):
            await tenant.start()
        tenant.clock.advance(2.5)
        del tenant.client.headers["Authorization"]
        state = (await tenant.client.get("/__sim/state")).json()
        health = await tenant.client.get("/healthz")

    assert health.json() == {"status": "ok"}
    assert (state["scenario"], state["secondsInScenario"]) == ("test", 2.5)
    assert state["requests"] == {"token": 1, "start": 3}
    assert state["workflows"][TUTORIAL] == {"running": 2, "limit": 4}
    assert state["workflows"]["wf_vip_routing"] == {"running": 0, "limit": 5}
    assert state["faults"] == [{"on": ["start"], "kind": "status", "seen": 3, "struck": 1}]


async def test_another_day_can_begin_while_instances_go_on(open_tenant):
    async with open_tenant({"foreign": {"count": 2}}) as tenant:
        mine = (await tenant.start()).json()["id"]
        tenant.clock.advance(5)
        changed = await tenant.client.post("/__sim/scenario", json={"name": "outage"})
        still = await tenant.one(mine)
        listing = await tenant.listing()
        tenant.clock.advance(31)
        down = await tenant.start()

    assert changed.json() == {"scenario": "outage", "title": "Outage"}
    assert still["status"] == "running"
    assert listing["totalCount"] == 3
    assert down.status_code == 503


async def test_a_change_to_short_lived_tokens_reaches_the_tokens_that_are_out(open_tenant):
    async with open_tenant() as tenant:
        document = {"token": {"validSeconds": 15}}
        await tenant.client.post("/__sim/scenario", json={"scenario": document})
        before = await tenant.start()
        tenant.clock.advance(15)
        after = await tenant.start()

    assert (before.status_code, after.status_code) == (201, 401)


@pytest.mark.parametrize(
    "document",
    [
        {"name": "stormy"},
        {"name": "../workflows/callback-booking"},
        {"name": "outage.json"},
        {"scenario": {"pageCap": 0}},
        {"scenario": {"extends": "../../secrets"}},
        {},
    ],
)
async def test_a_change_to_a_day_that_is_none_is_refused_and_changes_nothing(open_tenant, document):
    async with open_tenant() as tenant:
        refused = await tenant.client.post("/__sim/scenario", json=document)
        state = (await tenant.client.get("/__sim/state")).json()

    assert refused.status_code == 400
    assert refused.json()["error"]
    assert state["scenario"] == "test"


@pytest.mark.parametrize(
    ("content", "content_type", "status"),
    [('{"name": "outage"}', "text/plain", 415), ("{", "application/json", 400)],
)
async def test_a_change_must_be_json_that_no_web_page_can_post_unasked(
    open_tenant, content, content_type, status
):
    async with open_tenant() as tenant:
        refused = await tenant.client.post(
            "/__sim/scenario", content=content, headers={"Content-Type": content_type}
        )

    assert refused.status_code == status


async def test_it_serves_until_it_is_told_to_stop_and_announces_where(workflows):
    stop = asyncio.Event()
    told: asyncio.Queue[str] = asyncio.Queue()
    config = SimulatorConfig(Scenario("plain"), workflows)

    async with asyncio.TaskGroup() as group:
        group.create_task(serve(config, None, told.put_nowait, stop))
        url = await told.get()
        async with httpx.AsyncClient() as client:
            health = await client.get(f"{url}/healthz")
            stop.set()

    assert url.startswith("http://127.0.0.1:")
    assert health.status_code == 200
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(f"{url}/healthz")


async def test_a_port_that_is_taken_is_named_with_what_to_do(workflows):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorConfigError, match=f"port {port}"):
            async with Simulator(SimulatorConfig(Scenario("plain"), workflows, port=port)):
                pass


async def test_its_addresses_are_those_of_the_contract(open_tenant):
    async with open_tenant() as tenant:
        simulator = tenant.simulator

        assert simulator.token_url == f"{simulator.base_url}/v1/oauth2/token"
        assert simulator.api_url == simulator.base_url
        assert simulator.requests == {"token": 1}


def test_before_it_listens_there_is_nothing_to_read(workflows):
    with pytest.raises(RuntimeError, match="entered"):
        _ = Simulator(SimulatorConfig(Scenario("plain"), workflows)).starts


async def test_a_test_can_change_the_day_from_inside(open_tenant):
    async with open_tenant() as tenant:
        tenant.simulator.play(Scenario("evening", accept_unknown_workflows=True))
        answer = await tenant.start("wf_of_the_evening")

    assert answer.status_code == 201
