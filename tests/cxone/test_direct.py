"""Straight to the server: connections kept, replaced in time, and never used twice at once."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from console.cxone import direct, wire_connection
from console.cxone.direct import DirectTransport
from console.cxone.tls import make_ssl_context, no_tls_context
from tests.cxone.loopback import CERTIFICATES, LoopbackServer, answer, server_tls

OK = answer(200, {"id": "i-1"})
SHORT = httpx.Timeout(0.2)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=DirectTransport(no_tls_context(), 4)) as opened:
        yield opened


async def test_requests_one_after_the_other_share_a_connection(client: httpx.AsyncClient) -> None:
    async with LoopbackServer(OK) as server:
        for number in range(3):
            told = await client.post(server.url, json={"n": number})
            assert told.json() == {"id": "i-1"}
        assert server.connections == 1
        assert [call.body for call in server.calls] == [b'{"n":0}', b'{"n":1}', b'{"n":2}']


async def test_a_connection_that_rested_too_long_is_not_used_again(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "KEEP_S", -1.0)
    async with LoopbackServer(OK) as server:
        await client.get(server.url)
        await client.get(server.url)
        assert server.connections == 2


async def test_what_a_server_says_unasked_ends_the_connection(client: httpx.AsyncClient) -> None:
    said = asyncio.Event()

    async def more_than_asked(writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\n\r\n")
        await writer.drain()
        said.set()

    async with LoopbackServer(more_than_asked) as server:
        assert (await client.get(server.url)).status_code == 200
        await said.wait()
        server.reply = OK
        assert (await client.get(server.url)).json() == {"id": "i-1"}
        assert server.connections == 2


async def test_an_end_that_the_loop_has_not_seen_yet_is_seen_on_the_socket() -> None:
    ours, theirs = socket.socketpair()
    transport, wire = await asyncio.get_running_loop().create_connection(
        wire_connection.Wire, sock=ours
    )
    before = wire.silent
    theirs.close()
    after = wire.silent
    transport.close()
    await wire.closed
    assert (before, after, wire.silent) == (True, False, False)


async def test_without_poll_the_socket_is_asked_by_select(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("select.poll")
    ours, theirs = socket.socketpair()
    transport, wire = await asyncio.get_running_loop().create_connection(
        wire_connection.Wire, sock=ours
    )
    before = wire.silent
    theirs.send(b"x")
    assert (before, wire.silent) == (True, False)
    transport.close()
    theirs.close()
    await wire.closed


async def test_an_answer_until_the_end_of_the_connection_is_whole(
    client: httpx.AsyncClient,
) -> None:
    async def until_the_end(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        await writer.drain()
        writer.close()

    async with LoopbackServer(until_the_end) as server:
        assert (await client.get(server.url)).text == "all of it"
        assert (await client.get(server.url)).text == "all of it"
        assert server.connections == 2


async def test_an_interim_answer_is_passed_over(client: httpx.AsyncClient) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    async with LoopbackServer(early + OK) as server:
        assert (await client.get(server.url)).json() == {"id": "i-1"}


async def test_an_answer_before_the_whole_request_was_taken_is_read() -> None:
    """A server that refuses a large body answers at once and reads no further."""
    refused = asyncio.Event()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer(413, {}))
        await refused.wait()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1024)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(transport=DirectTransport(no_tls_context(), 1)) as client:
        told = await client.post(f"http://127.0.0.1:{port}", content=b"x" * 8_000_000)
        assert told.status_code == 413
        refused.set()
    server.close()


async def test_a_server_that_takes_nothing_is_given_up_in_time() -> None:
    holds = asyncio.Event()

    async def hold(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await holds.wait()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", 0, limit=1024)
    port = server.sockets[0].getsockname()[1]
    async with httpx.AsyncClient(
        transport=DirectTransport(no_tls_context(), 1), timeout=SHORT
    ) as client:
        with pytest.raises(httpx.WriteTimeout):
            await client.post(f"http://127.0.0.1:{port}", content=b"x" * 8_000_000)
        holds.set()
    server.close()


async def test_a_large_answer_that_is_read_slowly_is_read_whole(client: httpx.AsyncClient) -> None:
    content = b"0123456789abcdef" * 200_000
    async with LoopbackServer(answer(200, body=content)) as server:
        read = bytearray()
        async with client.stream("GET", server.url) as response:
            async for piece in response.aiter_raw():
                read += piece
                await asyncio.sleep(0)
        assert bytes(read) == content
        assert server.connections == 1


async def test_a_body_that_nobody_read_to_its_end_costs_its_connection(
    client: httpx.AsyncClient,
) -> None:
    async with LoopbackServer(answer(200, body=b"x" * 100_000)) as server:
        async with client.stream("GET", server.url) as response:
            assert response.status_code == 200
        server.reply = OK
        assert (await client.get(server.url)).json() == {"id": "i-1"}
        assert server.connections == 2


async def test_no_more_connections_than_allowed_and_each_is_free_again_afterwards() -> None:
    async with LoopbackServer(OK) as server:
        transport = DirectTransport(no_tls_context(), 2)
        async with httpx.AsyncClient(transport=transport) as client:
            told = await asyncio.gather(*(client.get(server.url) for _ in range(20)))
        assert [one.status_code for one in told] == [200] * 20
        assert server.connections <= 2


async def test_a_request_that_http_does_not_allow_is_not_sent(client: httpx.AsyncClient) -> None:
    async with LoopbackServer(OK) as server:
        request = client.build_request("GET", server.url)
        request.headers["x-broken"] = "a\r\nb: c"
        with pytest.raises(httpx.LocalProtocolError):
            await client.send(request)
        assert server.calls == []
        assert (await client.get(server.url)).status_code == 200


async def test_the_trace_is_told_right_before_the_first_byte(client: httpx.AsyncClient) -> None:
    told: list[tuple[str, bytes, int]] = []

    async with LoopbackServer(OK) as server:

        async def trace(name: str, info: dict[str, Any]) -> None:
            told.append((name, info["request"].method, len(server.calls)))

        await client.post(server.url, extensions={"trace": trace})
    assert told == [(direct.SENDING, b"POST", 0)]


async def test_closing_ends_what_is_under_way() -> None:
    async def silence(_: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    async with LoopbackServer(silence) as server:
        transport = DirectTransport(no_tls_context(), 2)
        client = httpx.AsyncClient(transport=transport)
        waiting = asyncio.get_running_loop().create_task(client.get(server.url))
        while not server.calls:
            await asyncio.sleep(0)
        await client.aclose()
        with pytest.raises(httpx.HTTPError):
            await waiting


async def test_a_connection_over_tls_is_kept_too() -> None:
    context = make_ssl_context(CERTIFICATES / "ca.pem")
    async with (
        LoopbackServer(OK, server_tls("good")) as server,
        httpx.AsyncClient(transport=DirectTransport(context, 2)) as client,
    ):
        for _ in range(3):
            assert (await client.get(server.url)).json() == {"id": "i-1"}
        assert server.connections == 1


async def test_a_name_with_two_addresses_is_tried_at_both(client: httpx.AsyncClient) -> None:
    async with LoopbackServer(OK) as server:
        port = server.url.rsplit(":", 1)[1]
        assert (await client.get(f"http://localhost:{port}")).status_code == 200


async def test_a_connection_that_is_reset_is_a_broken_one(client: httpx.AsyncClient) -> None:
    async def reset(writer: asyncio.StreamWriter) -> None:
        opened: socket.socket = writer.get_extra_info("socket")
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async with LoopbackServer(reset) as server:
        with pytest.raises(httpx.ReadError):
            await client.get(server.url)


async def test_an_answer_given_back_twice_frees_its_place_once() -> None:
    async with LoopbackServer(OK) as server:
        transport = DirectTransport(no_tls_context(), 1)
        response = await transport.handle_async_request(httpx.Request("GET", server.url))
        stream = response.stream
        assert isinstance(stream, httpx.AsyncByteStream)
        await stream.aclose()
        await stream.aclose()
        await transport.handle_async_request(httpx.Request("GET", server.url))
        request = httpx.Request("GET", server.url, extensions={"timeout": {"pool": 0.05}})
        with pytest.raises(httpx.PoolTimeout):
            await transport.handle_async_request(request)
        await transport.aclose()
