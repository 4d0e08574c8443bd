"""The plain POST of the simulator and the ERP: no credentials, no redirects, an end in time."""

import asyncio

import pytest

from console.cxone.post import JsonPost
from console.cxone.tls import make_ssl_context
from console.domain.errors import BadInput, NotSent, Unknown
from tests.cxone.loopback import CERTIFICATES, LoopbackServer, answer, server_tls
from tests.fakes import ManualClock


async def test_body_and_headers_arrive_and_the_status_is_told():
    async with LoopbackServer(answer(202, {})) as server:
        post = JsonPost(ManualClock())
        status = await post(f"{server.url}/hook?x=1", b'{"a": 1}', {"webhook-id": "m-1"})
        await post.close()
        (request,) = server.requests
        assert (status, request.method, request.target) == (202, "POST", "/hook?x=1")
        assert request.body == b'{"a": 1}'
        assert request.headers["webhook-id"] == "m-1"
        assert request.headers["content-type"] == "application/json"
        assert "authorization" not in request.headers


async def test_a_redirect_is_a_status_and_not_followed():
    async with LoopbackServer(answer(307, {}, {"Location": "/elsewhere"})) as server:
        post = JsonPost(ManualClock())
        assert await post(server.url, b"{}", {}) == 307
        await post.close()
        assert len(server.requests) == 1


async def test_a_receiver_that_never_answers_is_unknown_and_a_closed_port_not_sent():
    async def silence(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    post = JsonPost(ManualClock())
    async with LoopbackServer(silence) as server:
        with pytest.raises(Unknown):
            await post(server.url, b"{}", {}, timeout_s=0.2)
        url = server.url
    with pytest.raises(NotSent):
        await post(url, b"{}", {})
    await post.close()


async def test_only_addresses_that_may_be_called_are_called():
    post = JsonPost(ManualClock())
    for url in ("http://example.com/hook", "https://127.0.0.1/hook", "ftp://x"):
        with pytest.raises(BadInput):
            await post(url, b"{}", {})
    await post.close()


async def test_with_certificates_it_speaks_tls():
    async with LoopbackServer(answer(200, {}), server_tls("good")) as server:
        post = JsonPost(ManualClock(), make_ssl_context(CERTIFICATES / "ca.pem"))
        assert await post(server.url, b"{}", {}) == 200
        await post.close()
