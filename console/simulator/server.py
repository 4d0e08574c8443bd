"""The simulated tenant as an HTTP server on a loopback port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Self

from aiohttp import web

from console.simulator.chance import Chance
from console.simulator.clock import Clock, SystemClock
from console.simulator.control import add_control_routes
from console.simulator.errors import SimulatorConfigError
from console.simulator.handlers import ReceivedStart, TenantSite
from console.simulator.instance import SimulatedInstance
from console.simulator.scenario import Scenario
from console.simulator.tokens import TokenDesk
from console.simulator.webhooks import Courier, Post
from console.simulator.workflow_specs import WorkflowSpec

_BACKLOG: Final = 512
_LAST_WORDS_S: Final = 0.1


@dataclass(frozen=True)
class SimulatorConfig:
    """What a simulator is started with; port 0 takes a free one, no webhook_url means no webhooks.

    Without a `webhook_secret` (`whsec_...`) the webhooks go out unsigned.
    """

    scenario: Scenario
    workflows: tuple[WorkflowSpec, ...]
    seed: int = 7
    host: str = "127.0.0.1"
    port: int = 0
    webhook_url: str | None = None
    webhook_secret: str | None = None
    client_id: str = "demo-client"
    client_secret: str = "demo-secret"  # noqa: S105 - the made-up secret of a made-up tenant


class Simulator:
    """A tenant that listens from `async with` on, and has closed every connection after it.

    Without `post` (see webhooks.Post) no webhook leaves. SimulatorConfigError where the port
    cannot be had.
    """

    def __init__(
        self, config: SimulatorConfig, *, post: Post | None = None, clock: Clock | None = None
    ) -> None:
        self._config = config
        self._post = post
        self._clock = clock or SystemClock()
        self._chance = Chance(config.seed)
        self._stack = AsyncExitStack()
        self._site: TenantSite | None = None
        self._port = config.port

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            courier = await self._courier(stack)
            desk = TokenDesk(self._config.client_id, self._config.client_secret, self._chance)
            self._site = TenantSite(
                self._config.scenario,
                self._config.workflows,
                desk,
                self._chance,
                self._clock,
                courier,
            )
            application = self._site.application()
            add_control_routes(application, self._site)
            # No access log: a line a request halves the rate, and query strings name workflows.
            runner = web.AppRunner(application, access_log=None, shutdown_timeout=_LAST_WORDS_S)
            await runner.setup()
            stack.push_async_callback(runner.cleanup)
            listener = web.TCPSite(runner, self._config.host, self._config.port, backlog=_BACKLOG)
            try:
                await listener.start()
            except OSError as error:
                raise SimulatorConfigError(
                    f"The simulator cannot listen on {self._config.host}, port "
                    f"{self._config.port}: {error.strerror}. Choose another port; 0 takes a free one."
                ) from error
            self._port = runner.addresses[0][1]
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # The caller's own error is not passed on: the task group would wrap it in a group.
        await self._stack.aclose()

    @property
    def base_url(self) -> str:
        """`http://HOST:PORT`, without a slash at its end."""
        return f"http://{self._config.host}:{self._port}"

    @property
    def token_url(self) -> str:
        """Where tokens are asked for."""
        return f"{self.base_url}/v1/oauth2/token"

    @property
    def api_url(self) -> str:
        """What the contract calls {api_url}."""
        return self.base_url

    @property
    def starts(self) -> Sequence[ReceivedStart]:
        """Every start whose body arrived, refused ones too, oldest first."""
        return self._running.starts

    @property
    def instances(self) -> Sequence[SimulatedInstance]:
        """Every instance there is or was, oldest first, foreign ones too."""
        return self._running.tenant.instances

    @property
    def requests(self) -> dict[str, int]:
        """How many requests of each operation (token, start, list, get) have arrived."""
        return dict(self._running.requests)

    def play(self, scenario: Scenario) -> None:
        """Change the scenario while running; instances and tokens live on."""
        self._running.play(scenario)

    @property
    def _running(self) -> TenantSite:
        if self._site is None:
            raise RuntimeError("the simulator has not been entered")
        return self._site

    async def _courier(self, stack: AsyncExitStack) -> Courier | None:
        url = self._config.webhook_url
        if url is None or self._post is None:
            return None
        group = await stack.enter_async_context(asyncio.TaskGroup())
        courier = Courier(url, self._post, self._clock, group, self._config.webhook_secret)
        stack.callback(courier.stop)
        return courier


async def serve(
    config: SimulatorConfig,
    post: Post | None,
    announce: Callable[[str], None],
    stop: asyncio.Event,
) -> None:
    """Run a simulator until `stop` is set; `announce` is told its base URL once it listens."""
    async with Simulator(config, post=post) as simulator:
        announce(simulator.base_url)
        await stop.wait()
