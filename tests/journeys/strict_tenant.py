"""A tenant that remembers every byte it was sent and answers as badly as a test asks for."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

TOKEN: Final = "tok-CANARY-of-the-session"
INSTANCES: Final = "/api/v2/workflows/instances"

Answer = Callable[[dict[str, Any]], tuple[int, dict[str, str], bytes]]


@dataclass
class StrictTenant:
    """Counts and lists what it really made; `hold` keeps the answers to starts back.

    `makes` says whether a start leaves an instance; `answer` replaces its answer;
    `lies` makes totals wrong, so that no listing proves anything; `deaf` lists all, whatever the
    query asks for.
    """

    url: str = ""
    makes: bool = True
    lies: bool = False
    deaf: bool = False
    running: int | None = None
    slow_s: float = 0.0
    answer: Answer | None = None
    tokens: int = 0
    log: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    instances: list[dict[str, Any]] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop | None = None
    _gate: asyncio.Event | None = None

    def hold(self) -> None:
        """Keep the answers to starts back from now on."""
        self._do("clear")

    def release(self) -> None:
        """Answer what was held, and everything else at once."""
        self._do("set")

    def end_all(self) -> None:
        """Let every instance complete."""
        for instance in self.instances:
            instance["status"] = "completed"

    def forget(self) -> None:
        """Be a tenant to which nobody has spoken yet."""
        for seen in (self.log, self.bodies, self.headers, self.instances):
            seen.clear()

    def job_ids(self) -> list[str]:
        """The job of each instance, oldest first."""
        return [instance["metadata"]["consoleJobId"] for instance in self.instances]

    def make(self, body: dict[str, Any]) -> str:
        """Start an instance."""
        instance_id = f"inst-{len(self.instances) + 1:04d}"
        self.instances.append(
            {
                "id": instance_id,
                "workflowId": body["workflowId"],
                "status": "running",
                "priority": body["priority"],
                "context": body["context"],
                "metadata": body["metadata"],
                "startedAt": datetime.now(UTC).isoformat(),
            }
        )
        return instance_id

    def _do(self, what: str) -> None:
        assert self._loop is not None
        assert self._gate is not None
        done = threading.Event()

        def turn() -> None:
            getattr(self._gate, what)()
            done.set()

        self._loop.call_soon_threadsafe(turn)
        assert done.wait(10)

    async def serve(self, ready: threading.Event, stop: list[Callable[[], object]]) -> None:
        """Serve until the one function in `stop` is called."""
        self._loop = asyncio.get_running_loop()
        self._gate = asyncio.Event()
        self._gate.set()
        stopping = asyncio.Event()
        application = web.Application()
        application.router.add_post("/v1/oauth2/token", self._token)
        application.router.add_post(INSTANCES, self._start)
        application.router.add_get(INSTANCES, self._list)
        application.router.add_get(INSTANCES + "/{id}", self._get)
        runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        loop = self._loop
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        ready.set()
        await stopping.wait()
        self._gate.set()
        await runner.cleanup()

    async def _token(self, _: web.Request) -> web.Response:
        self.tokens += 1
        return web.json_response({"access_token": TOKEN, "expires_in": 3600})

    async def _start(self, request: web.Request) -> web.Response:
        assert self._gate is not None
        try:
            body = json.loads(await request.read())
        except ConnectionResetError:  # whoever sent it was killed in the middle of it
            return web.Response(status=400)
        self.log.append("start")
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        makes, answer = self.makes, self.answer
        made = self.make(body) if makes else ""
        if self.slow_s:
            await asyncio.sleep(self.slow_s)
        await self._gate.wait()
        if answer is not None:
            status, headers, content = answer(body)
            return web.Response(status=status, headers=headers, body=content)
        if not makes:
            return web.Response(status=503)
        return web.json_response({"id": made, "status": "running"}, status=201)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        status = query.get("status")
        self.log.append("list" if status is None else f"list {status}")
        found = [
            instance
            for instance in reversed(self.instances)
            if self.deaf
            or (
                query.get("workflowId") in (None, instance["workflowId"])
                and status in (None, instance["status"])
            )
        ]
        size, number = int(query.get("pageSize", 25)), int(query.get("pageNumber", 1))
        total = len(found) + (1 if self.lies else 0)
        if status == "running" and self.running is not None:
            total = self.running
        return web.json_response(
            {
                "totalCount": total,
                "pageNumber": number,
                "pageSize": size,
                "instances": found[(number - 1) * size : number * size],
            }
        )

    async def _get(self, request: web.Request) -> web.Response:
        self.log.append("get")
        for instance in self.instances:
            if instance["id"] == request.match_info["id"]:
                return web.json_response(instance)
        return web.Response(status=404)


@contextmanager
def strict_tenant() -> Iterator[StrictTenant]:
    """A tenant in a thread of its own, on a free loopback port."""
    tenant = StrictTenant()
    ready = threading.Event()
    stop: list[Callable[[], object]] = []
    thread = threading.Thread(target=lambda: asyncio.run(tenant.serve(ready, stop)))
    thread.start()
    try:
        assert ready.wait(10)
        yield tenant
    finally:
        stop[0]()
        thread.join(10)
