"""Routes that only a simulator has: a demo, a test or a person looks in and changes the day.

`GET /healthz` answers once it listens. `GET /__sim/state` tells what happened so far.
`POST /__sim/scenario` with `{"name": "outage"}` or `{"scenario": {...}}` changes the scenario
while the tenant runs. None of them belongs to the contract, and none of them counts as a request.
"""

from __future__ import annotations

from dataclasses import asdict

from aiohttp import web

from console.simulator.answers import RefusedRequest
from console.simulator.errors import SimulatorConfigError
from console.simulator.handlers import TenantSite
from console.simulator.scenario import Scenario
from console.simulator.scenario_files import load_scenario, parse_scenario
from console.simulator.start_request import read_document


def add_control_routes(application: web.Application, site: TenantSite) -> None:
    """Let `application` answer them for that site."""

    async def health(_: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    async def state(_: web.Request) -> web.Response:
        return web.json_response(_told(site))

    async def change_scenario(request: web.Request) -> web.Response:
        # Only JSON: a web page can post other types to a loopback port without asking.
        if request.content_type != "application/json":
            return web.json_response({"error": "send application/json"}, status=415)
        try:
            scenario = _wanted(await request.read(), site.scenario)
        except RefusedRequest as refused:
            answer = refused.answer
            return web.Response(
                status=answer.status, body=answer.body, content_type=answer.content_type
            )
        except SimulatorConfigError as error:
            return web.json_response({"error": str(error)}, status=400)
        site.play(scenario)
        return web.json_response({"scenario": scenario.name, "title": scenario.title})

    application.router.add_get("/healthz", health)
    application.router.add_get("/__sim/state", state)
    application.router.add_post("/__sim/scenario", change_scenario)


def _wanted(body: bytes, present: Scenario) -> Scenario:
    folder = present.folder
    match read_document(body):
        # A name only: a path would let a request read any JSON file of this computer.
        case {"name": str(name)} if folder is not None and not {"/", "\\", "."} & set(name):
            return load_scenario(name, folder)
        case {"scenario": dict(document)}:
            return parse_scenario(document, name="posted", folder=folder)
        case _:
            raise SimulatorConfigError('Send {"name": "..."} or {"scenario": {...}}.')


def _told(site: TenantSite) -> dict[str, object]:
    state = site.state()
    return {
        "scenario": site.scenario.name,
        "secondsInScenario": round(state.seconds_in_scenario, 3),
        "requests": dict(state.requests),
        "tokensIssued": state.tokens_issued,
        "instances": state.instances,
        "workflows": {
            workflow_id: {"running": running, "limit": limit}
            for workflow_id, (running, limit) in state.slots.items()
        },
        "faults": [
            {
                "on": sorted(tally.fault.on),
                "kind": tally.fault.do.kind.value,
                "seen": tally.seen,
                "struck": tally.struck,
            }
            for tally in state.faults
        ],
        "webhooks": None if state.deliveries is None else asdict(state.deliveries),
    }
