"""Cuts, stalls and floods over real sockets: what left this computer, and what that means."""

import asyncio
import gzip
import socket
import zlib

import pytest

from console.cxone.client import HttpTenant
from console.cxone.exchange import Call
from console.domain.errors import (
    CallError,
    NotSent,
    Rejected,
    SignInUnavailable,
    Throttled,
    Unknown,
    Unreadable,
)
from console.domain.payload import TriggerPayload
from console.services.ports import Started
from tests.cxone.loopback import LoopbackServer, Reply, answer, tenant_for

PAYLOAD = TriggerPayload("wf_1", {"customerId": "CUST-1"})
OK = answer(200, {"id": "i-1", "status": "running"})
SHORT = 0.25
"""Seconds of a deadline that a test waits for."""


async def start_against(reply: Reply, **changes: object) -> tuple[CallError | str, LoopbackServer]:
    async with LoopbackServer(reply) as server:
        tenant = tenant_for(server.url, None, **changes)
        try:
            return (await tenant.start(PAYLOAD, "job-1")).instance_id, server
        except CallError as error:
            return error, server
        finally:
            await tenant.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def cut(writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def silence(_: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def then_silence(begin: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await asyncio.Event().wait()

    return reply


def then_cut(begin: bytes) -> Reply:
    async def reply(writer: asyncio.StreamWriter) -> None:
        writer.write(begin)
        await writer.drain()
        writer.close()

    return reply


async def test_a_start_over_a_real_socket_is_sent_once():
    outcome, server = await start_against(OK)
    assert outcome == "i-1"
    assert len(server.calls) == 1
    assert server.calls[0].headers["idempotency-key"] == "job-1"


async def test_a_port_where_nobody_listens_is_not_sent():
    async with LoopbackServer(OK) as server:
        tenant = tenant_for(server.url, api_url=f"http://127.0.0.1:{free_port()}")
        with pytest.raises(NotSent) as caught:
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()
    assert type(caught.value) is NotSent
    assert "refused" in str(caught.value)


async def test_a_token_endpoint_where_nobody_listens_is_not_sent():
    async with LoopbackServer(OK) as server:
        tenant = tenant_for(server.url, token_url=f"http://127.0.0.1:{free_port()}/token")
        with pytest.raises(SignInUnavailable):
            await tenant.start(PAYLOAD, "job-1")
        await tenant.close()
        assert server.requests == []


@pytest.mark.parametrize(
    "reply", [cut, reset, then_cut(b"HTTP/1.1 200 O"), then_cut(b"garbage\r\n\r\n")]
)
async def test_a_connection_cut_before_the_answer_leaves_it_unknown(reply):
    outcome, server = await start_against(reply)
    assert type(outcome) is Unknown
    assert len(server.calls) == 1


async def test_a_server_that_never_answers_leaves_it_unknown_at_the_deadline():
    outcome, server = await start_against(silence, deadline_s=SHORT)
    assert type(outcome) is Unknown
    assert "longer than" in str(outcome)
    assert len(server.calls) == 1


async def test_a_read_timeout_leaves_it_unknown():
    outcome, _ = await start_against(silence, read_timeout_s=SHORT)
    assert type(outcome) is Unknown


async def test_an_answer_that_trickles_ends_at_the_deadline():
    async def trickle(writer: asyncio.StreamWriter) -> None:
        for index in range(len(OK)):
            writer.write(OK[index : index + 1])
            await asyncio.sleep(SHORT / 20)

    began = asyncio.get_running_loop().time()
    outcome, _ = await start_against(trickle, deadline_s=SHORT)
    assert isinstance(outcome, Unknown)
    assert asyncio.get_running_loop().time() - began < SHORT * 8


async def test_a_yes_whose_body_stalls_is_unreadable_and_never_sent_again_by_itself():
    begin = b"HTTP/1.1 201 Created\r\nContent-Length: 50\r\n\r\n{"
    outcome, _ = await start_against(then_silence(begin), deadline_s=SHORT)
    assert type(outcome) is Unreadable
    assert outcome.status == 201


async def test_a_yes_whose_body_is_cut_is_unreadable():
    begin = b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"id": "i-1"'
    outcome, _ = await start_against(then_cut(begin))
    assert type(outcome) is Unreadable
    assert "broke off" in str(outcome)


async def test_a_refusal_whose_body_is_cut_is_still_a_refusal():
    begin = b"HTTP/1.1 422 No\r\nContent-Length: 500\r\n\r\nthe tier is wro"
    outcome, _ = await start_against(then_cut(begin))
    assert type(outcome) is Rejected
    assert outcome.server_text == "the tier is wro"


async def test_a_429_whose_body_stalls_is_still_a_429():
    begin = b"HTTP/1.1 429 Slow\r\nContent-Length: 500\r\nRetry-After: 3\r\n\r\n"
    outcome, _ = await start_against(then_silence(begin), deadline_s=SHORT)
    assert isinstance(outcome, Throttled)
    assert outcome.retry_after == 3.0


async def test_a_server_that_never_shakes_hands_is_not_sent():
    """It takes connections and says nothing: no byte of the trigger left."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        async with LoopbackServer(OK) as server:
            url = f"https://127.0.0.1:{listener.getsockname()[1]}"
            tenant = tenant_for(server.url, api_url=url, connect_timeout_s=SHORT)
            with pytest.raises(NotSent) as caught:
                await tenant.start(PAYLOAD, "job-1")
            await tenant.close()
    assert type(caught.value) is NotSent


async def busy(tenant: HttpTenant, server: LoopbackServer) -> asyncio.Task[Started]:
    """A trigger under way that never gets its answer and holds its connection."""
    first = asyncio.get_running_loop().create_task(tenant.start(PAYLOAD, "job-1"))
    while not server.calls:
        await asyncio.sleep(0)
    return first


async def test_a_deadline_before_anything_was_sent_is_not_sent():
    async with LoopbackServer(silence) as server:
        tenant = tenant_for(server.url, max_connections=1)
        first = await busy(tenant, server)
        with pytest.raises(NotSent) as caught:
            await tenant._exchange.send(Call("POST", server.url, body=b"{}"), deadline_s=SHORT)
        first.cancel()
        await tenant.close()
        assert len(server.calls) == 1
    assert type(caught.value) is NotSent
    assert "longer than" in str(caught.value)


async def test_when_all_connections_are_busy_the_next_trigger_is_not_sent():
    async with LoopbackServer(silence) as server:
        tenant = tenant_for(server.url, max_connections=1, connect_timeout_s=SHORT)
        first = await busy(tenant, server)
        with pytest.raises(NotSent) as caught:
            await tenant.start(PAYLOAD, "job-2")
        first.cancel()
        await tenant.close()
        assert len(server.calls) == 1
    assert type(caught.value) is NotSent
    assert "busy" in str(caught.value)


async def test_a_kept_connection_that_the_server_cuts_under_the_trigger_is_unknown():
    async with LoopbackServer(OK) as server:
        tenant = tenant_for(server.url)
        await tenant.start(PAYLOAD, "job-1")
        server.reply = reset
        with pytest.raises(Unknown):
            await tenant.start(PAYLOAD, "job-2")
        await tenant.close()
        assert [call.headers["idempotency-key"] for call in server.calls] == ["job-1", "job-2"]


async def test_a_kept_connection_that_the_server_closed_is_replaced_before_sending():
    async def answer_and_close(writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        writer.close()
        await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    async with LoopbackServer(answer_and_close) as server:
        tenant = tenant_for(server.url)
        await tenant.start(PAYLOAD, "job-1")
        await closed.wait()
        server.reply = OK
        assert (await tenant.start(PAYLOAD, "job-2")).instance_id == "i-1"
        await tenant.close()
        assert len(server.calls) == 2


async def test_a_packed_answer_is_unpacked():
    packed = gzip.compress(b'{"id": "i-1"}')
    outcome, _ = await start_against(answer(body=packed, headers={"Content-Encoding": "gzip"}))
    assert outcome == "i-1"


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b" " * 50_000_000)),
        ("gzip", gzip.compress(gzip.compress(b" " * 50_000_000))),
        ("gzip, gzip", gzip.compress(gzip.compress(b" " * 50_000_000))),
        ("gzip", b"not packed at all"),
        ("gzip", gzip.compress(b'{"id": "i-1"}')[:-9]),
        ("br", b"whatever"),
        ("deflate", zlib.compress(b'{"id": "i-1"}')),
        ("", b" " * (8 * 1024 * 1024 + 1)),
    ],
    ids=["bomb", "bomb-in-a-gzip", "twice-packed", "garbage", "cut", "br", "deflate", "large"],
)
async def test_bombs_and_bodies_above_8_mib_are_left_unread(encoding, body):
    outcome, _ = await start_against(answer(body=body, headers={"Content-Encoding": encoding}))
    assert type(outcome) is Unreadable


async def test_an_endless_body_is_left_after_8_mib():
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()

    outcome, _ = await start_against(endless)
    assert type(outcome) is Unknown
    assert outcome.status == 500
    assert len(outcome.server_text) <= 20_000


async def test_a_head_without_end_is_unknown():
    async def endless(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-Filler: " + b"x" * 1000 + b"\r\n")
            await writer.drain()

    outcome, _ = await start_against(endless)
    assert type(outcome) is Unknown


async def test_a_head_with_a_line_of_32_kib_is_read():
    async with LoopbackServer(answer(200, {"id": "i-1"}, {"X-Long": "x" * 32_768})) as server:
        tenant = tenant_for(server.url)
        assert (await tenant.start(PAYLOAD, "job-1")).instance_id == "i-1"
        await tenant.close()


async def test_a_switch_of_protocols_is_unknown():
    begin = b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"
    outcome, _ = await start_against(then_silence(begin), deadline_s=SHORT)
    assert type(outcome) is Unknown


async def test_cookies_are_not_kept():
    async with LoopbackServer(answer(200, {"totalCount": 0}, {"Set-Cookie": "a=b"})) as server:
        tenant = tenant_for(server.url)
        await tenant.count("wf_1")
        await tenant.count("wf_1")
        await tenant.close()
        assert all("cookie" not in call.headers for call in server.calls)


async def test_eight_triggers_at_once_ask_for_one_token_and_share_connections():
    async with LoopbackServer(OK) as server:
        tenant = tenant_for(server.url)
        await asyncio.gather(*(tenant.start(PAYLOAD, f"job-{n}") for n in range(8)))
        await asyncio.gather(*(tenant.start(PAYLOAD, f"job-{n}") for n in range(8, 16)))
        await tenant.close()
        assert server.tokens_asked == 1
        assert len({call.headers["idempotency-key"] for call in server.calls}) == 16
        assert server.connections <= 9


async def test_eight_triggers_with_an_expired_token_renew_it_once():
    refused = answer(401, {})
    async with LoopbackServer(refused) as server:

        async def first_eight_refused(writer: asyncio.StreamWriter) -> None:
            writer.write(refused if len(server.calls) <= 8 else OK)

        server.reply = first_eight_refused
        tenant = tenant_for(server.url)
        started = await asyncio.gather(*(tenant.start(PAYLOAD, f"job-{n}") for n in range(8)))
        await tenant.close()
        assert len(started) == 8
        assert server.tokens_asked == 2
        assert len(server.calls) == 16


async def test_a_cancelled_call_leaves_the_connection_usable():
    async with LoopbackServer(silence) as server:
        tenant = tenant_for(server.url)
        await tenant.sign_in()
        call = asyncio.get_running_loop().create_task(tenant.start(PAYLOAD, "job-1"))
        while not server.calls:
            await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        server.reply = OK
        assert (await tenant.start(PAYLOAD, "job-2")).instance_id == "i-1"
        await tenant.close()


def test_a_tenant_on_this_computer_reads_no_certificates(monkeypatch):
    def forbidden(_: object) -> None:
        raise AssertionError("certificates were read")

    monkeypatch.setattr("console.cxone.client.make_ssl_context", forbidden)
    assert isinstance(tenant_for("http://127.0.0.1:9"), HttpTenant)
