"""`simulate`: the built-in tenant in this process, for the demo and for trying things out."""

from __future__ import annotations

import asyncio
import sys
import threading

from console.app.running import run
from console.app.system import SystemClock
from console.cxone.post import JsonPost
from console.domain.errors import BadInput
from console.resources import resource_path
from console.simulator.errors import SimulatorConfigError
from console.simulator.scenario_files import load_scenario
from console.simulator.server import SimulatorConfig, serve
from console.simulator.workflow_specs import load_workflows


def simulate(
    port: int,
    scenario: str,
    seed: int,
    webhook_url: str | None,
    *,
    until_input_ends: bool = False,
) -> int:
    """Serve until Ctrl-C or SIGTERM; prints `listening on http://127.0.0.1:PORT`.

    With `until_input_ends` also until standard input closes: it then never outlives its parent.
    """
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
        if until_input_ends:
            _stop_at_end_of_input(asyncio.get_running_loop(), stop)
        try:
            if webhook_url is not None:
                post.checked(webhook_url)
            await serve(config, post, _announce, stop)
        except SimulatorConfigError as error:
            raise BadInput(str(error)) from error
        finally:
            await post.close()
        return 0

    return run(work)


def _stop_at_end_of_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    def wait() -> None:
        sys.stdin.buffer.read()
        loop.call_soon_threadsafe(stop.set)

    threading.Thread(target=wait, name="parent", daemon=True).start()


def _announce(base_url: str) -> None:
    sys.stdout.write(f"listening on {base_url}\n")
    sys.stdout.flush()
