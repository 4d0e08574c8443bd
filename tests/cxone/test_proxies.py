"""The way through the system's proxy, and around it."""

import asyncio
import base64
from contextlib import suppress
from typing import Self

import httpx
import pytest

from console.cxone.client import HttpTenant
from console.cxone.tls import no_tls_context
from console.cxone.wires import ClientLimits, Wires
from console.domain.errors import EnvironmentProblem, NotSent
from tests.cxone.loopback import (
    CERTIFICATES,
    SECRET,
    LoopbackServer,
    answer,
    server_tls,
    settings_for,
    tenant_for,
)
from tests.cxone.test_over_sockets import OK, PAYLOAD, SHORT, silence
from tests.fakes import ManualClock


class Proxy(LoopbackServer):
    """A proxy that refuses to connect anybody."""


class Tunnel:
    """A proxy that connects everybody to one port of this computer, whatever host they name."""

    def __init__(self, port: int) -> None:
        self.heads: list[str] = []
        self._port = port
        self._pipes: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for pipe in self._pipes:
            pipe.cancel()
        await asyncio.gather(*self._pipes, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        from_api, to_api = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        for source, target in ((reader, to_api), (from_api, writer)):
            self._pipes.append(asyncio.create_task(_pipe(source, target)))  # noqa: TID251 - its own


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(65_536):
            target.write(piece)
    finally:
        target.close()
        with suppress(ConnectionError):
            await target.wait_closed()


async def test_a_trigger_goes_through_the_proxys_tunnel_with_credentials_for_the_proxy_alone(
    monkeypatch,
):
    async with LoopbackServer(OK) as tokens, LoopbackServer(OK, server_tls("other-name")) as api:
        async with Tunnel(int(api.url.rpartition(":")[2])) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"http://ann:p%40ss@127.0.0.1:{proxy.port}")
            settings = settings_for(
                tokens.url, api_url="https://other.example", ca_file=CERTIFICATES / "ca.pem"
            )
            tenant = HttpTenant(settings, lambda: SECRET, ManualClock())
            assert (await tenant.start(PAYLOAD, "job-1")).instance_id == "i-1"
            await tenant.close()
        told = base64.b64encode(b"ann:p@ss").decode()
        (head,) = proxy.heads
        assert head.startswith("CONNECT other.example:443 HTTP/1.1\r\n")
        assert f"Proxy-Authorization: Basic {told}" in head
        assert "Bearer" not in head
        (call,) = api.requests
        assert (call.method, call.headers["host"]) == ("POST", "other.example")
        assert "proxy-authorization" not in call.headers


async def test_a_proxy_that_refuses_is_not_sent(monkeypatch):
    async with LoopbackServer(OK) as server, Proxy(answer(407, {})) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tenant = tenant_for(server.url, api_url="https://api.example")
        with pytest.raises(NotSent) as caught:
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()
        assert type(caught.value) is NotSent
        assert proxy.calls[0].method == "CONNECT"


async def test_a_proxy_that_falls_silent_before_the_request_is_not_sent(monkeypatch):
    async with LoopbackServer(OK) as server, Proxy(silence) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        tenant = tenant_for(server.url, api_url="https://api.example", deadline_s=SHORT)
        with pytest.raises(NotSent):
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()


async def test_this_computer_is_never_reached_through_a_proxy(monkeypatch):
    async with LoopbackServer(OK) as server, Proxy(answer(500, {})) as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        tenant = tenant_for(server.url)
        assert (await tenant.start(PAYLOAD, "job-1")).instance_id == "i-1"
        await tenant.close()
        assert proxy.requests == []


@pytest.mark.parametrize("named", ["api.example", ".example", "elsewhere, EXAMPLE", "*"])
def test_a_host_that_needs_no_proxy_is_reached_without(monkeypatch, named):
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    through = Wires(ClientLimits(), no_tls_context())
    assert through.proxy_for(httpx.URL("https://api.example/x")).endswith("proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", named)
    around = Wires(ClientLimits(), no_tls_context())
    assert around.proxy_for(httpx.URL("https://api.example/x")) == ""


def test_a_proxy_nobody_can_speak_to_is_said(monkeypatch):
    for address in ("socks5://127.0.0.1:1", "nonsense://127.0.0.1:1"):
        monkeypatch.setenv("ALL_PROXY", address)
        with pytest.raises(EnvironmentProblem, match="proxy"):
            Wires(ClientLimits(), no_tls_context())
