"""A tenant on a loopback port whose time the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import httpx
import pytest

from console.simulator.scenario import Scenario
from console.simulator.scenario_files import parse_scenario
from console.simulator.server import Simulator, SimulatorConfig
from console.simulator.workflow_specs import WorkflowSpec, load_workflows

RESOURCES: Final = Path(__file__).resolve().parents[2] / "resources"
TUTORIAL: Final = "wf_12345678-abcd-efgh-ijkl-1234567890ab"
INSTANCES: Final = "/api/v2/workflows/instances"


class ManualClock:
    """Time that stands still until the test moves it; sleepers wake when their moment has come."""

    def __init__(self) -> None:
        self._seconds = 1000.0
        self._epoch = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []
        self._asleep = asyncio.Event()

    def monotonic(self) -> float:
        return self._seconds

    def wall(self) -> datetime:
        return self._epoch + timedelta(seconds=self._seconds - 1000.0)

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._sleepers.append((self._seconds + seconds, future))
        self._asleep.set()
        await future

    async def until_asleep(self) -> None:
        """Return once somebody waits for this clock."""
        self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]
        if not self._sleepers:
            self._asleep.clear()
            await self._asleep.wait()

    def advance(self, seconds: float) -> None:
        self._seconds += seconds
        for at, future in self._sleepers:
            if at <= self._seconds and not future.done():
                future.set_result(None)
        self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]


class Tenant:
    """A running simulator and an HTTP client that has signed in."""

    def __init__(self, simulator: Simulator, client: httpx.AsyncClient, clock: ManualClock) -> None:
        self.simulator = simulator
        self.client = client
        self.clock = clock

    async def sign_in(self, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": "demo-client",
            "client_secret": "demo-secret",
            "scope": "workflow:write workflow:read",
            **changes,
        }
        said = {key: value for key, value in form.items() if value}
        answer = await self.client.post("/v1/oauth2/token", data=said)
        if answer.status_code == 200:
            self.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return answer

    async def start(self, workflow_id: str = TUTORIAL, **changes: Any) -> httpx.Response:
        body = {
            "workflowId": workflow_id,
            "priority": 2,
            "context": {"customerId": "CUST-99887"},
            "metadata": {"consoleJobId": "5f2c1d9e-0000-4000-8000-000000000001"},
            **changes,
        }
        return await self.client.post(INSTANCES, json=body)

    async def listing(self, **query: str | int) -> dict[str, Any]:
        answer = await self.client.get(INSTANCES, params=query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def one(self, instance_id: str) -> dict[str, Any]:
        answer = await self.client.get(f"{INSTANCES}/{instance_id}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


class OpenTenant(Protocol):
    """Opens a tenant that plays a scenario (none: one without chance), signed in unless told."""

    def __call__(
        self,
        scenario: Mapping[str, Any] | Scenario | None = None,
        *,
        signed_in: bool = True,
        post: Callable[[str, bytes, Mapping[str, str]], Awaitable[int]] | None = None,
        **config: Any,
    ) -> Any: ...


@pytest.fixture(scope="session")
def workflows() -> tuple[WorkflowSpec, ...]:
    return load_workflows(RESOURCES / "workflows")


@pytest.fixture
def open_tenant(workflows: tuple[WorkflowSpec, ...]) -> OpenTenant:
    @asynccontextmanager
    async def opened(
        scenario: Mapping[str, Any] | Scenario | None = None,
        *,
        signed_in: bool = True,
        post: Callable[[str, bytes, Mapping[str, str]], Awaitable[int]] | None = None,
        **config: Any,
    ) -> AsyncIterator[Tenant]:
        played = (
            scenario
            if isinstance(scenario, Scenario)
            else parse_scenario(dict(scenario or {}), name="test", folder=RESOURCES / "scenarios")
        )
        clock = ManualClock()
        settings = SimulatorConfig(played, workflows, **config)
        async with (
            Simulator(settings, post=post, clock=clock) as simulator,
            httpx.AsyncClient(base_url=simulator.base_url, timeout=10) as client,
        ):
            tenant = Tenant(simulator, client, clock)
            if signed_in:
                answer = await tenant.sign_in()
                assert answer.status_code == 200, answer.text
            yield tenant

    return opened
