"""The way through the system's proxy, and around it."""

import httpx
import pytest

from console.cxone.tls import no_tls_context
from console.cxone.wires import ClientLimits, Wires
from console.domain.errors import EnvironmentProblem, NotSent
from tests.cxone.loopback import LoopbackServer, answer, tenant_for
from tests.cxone.test_over_sockets import OK, PAYLOAD, SHORT, silence


class Proxy(LoopbackServer):
    """A proxy that refuses to connect anybody."""


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
