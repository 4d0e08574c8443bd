"""`simulate`: the built-in tenant in this process, for the demo and for trying things out."""

from __future__ import annotations

import asyncio

from console.app.running import run
from console.app.system import SystemClock
from console.cxone.post import JsonPost
from console.domain.errors import BadInput
from console.resources import resource_path
from console.simulator.errors import SimulatorConfigError
from console.simulator.scenario_files import load_scenario
from console.simulator.server import SimulatorConfig, serve
from console.simulator.workflow_specs import load_workflows


def simulate(port: int, scenario: str, seed: int, webhook_url: str | None) -> int:
    """Serve until Ctrl-C or SIGTERM; prints `listening on http://127.0.0.1:PORT`."""
    try:
        config = SimulatorConfig(
            scenario=load_scenario(scenario, resource_path("scenarios")),
            workflows=load_workflows(resource_path("workflows")),
            seed=seed,
            port=port,
            webhook_url=webhook_url,
        )
    except SimulatorConfigError as error:
        raise BadInput(str(error)) from error

    async def work(stop: asyncio.Event) -> int:
        post = JsonPost(SystemClock())
        try:
            await serve(config, post, _announce, stop)
        except SimulatorConfigError as error:
            raise BadInput(str(error)) from error
        finally:
            await post.close()
        return 0

    return run(work)


def _announce(base_url: str) -> None:
    print(f"listening on {base_url}", flush=True)
