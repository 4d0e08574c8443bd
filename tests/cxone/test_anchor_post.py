"""A checkpoint on its way to an address: one POST without credentials, and a small answer."""

import asyncio
import ssl

import pytest

from console.cxone.anchor_post import MAX_ANSWER, AnchorPost, checked_address
from console.domain.errors import BadInput, NotSent, Rejected, Unknown
from tests.cxone.loopback import CERTIFICATES, LoopbackServer, answer, server_tls
from tests.fakes import ManualClock


def trusting():
    return ssl.create_default_context(cafile=CERTIFICATES / "ca.pem")


async def handed(reply, tls=None, **headers):
    async with LoopbackServer(reply, tls) as server:
        post = AnchorPost(ManualClock(), trusting)
        try:
            return await post(f"{server.url}/hook/?token=1", b"note\n", headers), server.requests
        finally:
            await post.close()


@pytest.mark.parametrize("tls", [None, "good"])
async def test_the_note_arrives_as_it_is_and_the_answer_is_returned(tls):
    got, [request] = await handed(
        answer(201, body=b"thanks"), tls and server_tls(tls), **{"Content-Type": "text/plain"}
    )
    assert (got, request.method, request.target) == (b"thanks", "POST", "/hook/?token=1")
    assert (request.body, request.headers["content-type"]) == (b"note\n", "text/plain")
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    ("status", "error", "why"),
    [
        (302, Rejected, "redirect"),
        (308, Rejected, "not followed"),
        (400, Rejected, "refused it"),
        (401, Rejected, "refused it"),
        (408, Unknown, "answered 408"),
        (429, Unknown, "answered 429"),
        (500, Unknown, "answered 500"),
    ],
)
async def test_any_other_status_is_no_yes_and_nothing_is_sent_elsewhere(status, error, why):
    async with LoopbackServer(answer(status, {}, {"Location": "/elsewhere"})) as server:
        post = AnchorPost(ManualClock(), trusting)
        with pytest.raises(error, match=why):
            await post(server.url, b"note", {})
        await post.close()
        assert len(server.requests) == 1


async def test_an_answer_that_is_too_large_or_breaks_off_is_no_yes():
    with pytest.raises(Unknown, match="larger than 256 KiB"):
        await handed(answer(200, body=bytes(MAX_ANSWER + 1)))
    with pytest.raises(Unknown, match="broke off"):
        await handed(_cut)


async def _cut(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def test_a_closed_port_and_an_untrusted_certificate_leave_nothing_sent():
    async with LoopbackServer(answer()) as server:
        url = server.url
    post = AnchorPost(ManualClock(), trusting)
    with pytest.raises(NotSent):
        await post(url, b"note", {})
    await post.close()
    with pytest.raises(NotSent, match="certificate"):
        await handed(answer(), server_tls("self-signed"))


@pytest.mark.parametrize("url", ["http://example.com/", "ftp://127.0.0.1", "", "https://u:p@h/"])
async def test_what_is_neither_https_nor_this_computer_is_refused_naming_the_setting(url):
    with pytest.raises(BadInput, match=r"^anchor_url: "):
        checked_address(url, "anchor_url")
    post = AnchorPost(ManualClock(), trusting)
    with pytest.raises(BadInput):
        await post(url, b"note", {})
    await post.close()


async def test_one_after_another_goes_over_the_same_connection():
    async with LoopbackServer(answer(200, body=b"ok")) as server:
        post = AnchorPost(ManualClock(), trusting)
        for _ in range(2):
            assert await post(server.url, b"note", {}) == b"ok"
        await post.close()
        assert (len(server.requests), server.connections) == (2, 1)


def test_an_address_is_called_as_it_stands():
    assert checked_address("https://h/path/?q=1", "anchor_url") == "https://h/path/?q=1"
