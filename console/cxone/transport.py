"""httpx's requests over aiohttp's sockets: the same calls at a seventh of the processor time.

httpx's own transport takes 2.4 ms of Python for a small POST, which at eight at once is most of what
a trigger costs and, in the window, time that the window stands still; aiohttp parses in C and takes
0.35. What was sent, and what went wrong, is told as httpx's transport tells it.
"""

from __future__ import annotations

import asyncio
import select
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Final
from weakref import WeakSet

import aiohttp
import httpx
from aiohttp.connector import Connection
from yarl import URL

KEPT_S: Final = 5.0
"""How long an idle connection is kept: servers end them after that, and a POST may then be lost."""
MOST_HEAD: Final = 64 * 1024
"""The longest line of an answer's head, in bytes."""
SENT: Final = "sent"
"""The request's extension that holds a function: it is called before the first byte leaves."""
_begins: ContextVar[Callable[[], None] | None] = ContextVar("begins", default=None)
_used: Final[WeakSet[asyncio.Transport]] = WeakSet()
_NONE_ADDED: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
# The most special first. Of what comes from a connection that stands, only the words differ.
_MEANING: Final[tuple[tuple[type[Exception], type[httpx.TransportError]], ...]] = (
    (aiohttp.ConnectionTimeoutError, httpx.ConnectTimeout),
    (aiohttp.ServerTimeoutError, httpx.ReadTimeout),
    (aiohttp.ClientHttpProxyError, httpx.ProxyError),
    (aiohttp.ClientProxyConnectionError, httpx.ProxyError),
    (aiohttp.ClientConnectorError, httpx.ConnectError),
    (aiohttp.ServerDisconnectedError, httpx.RemoteProtocolError),
    (aiohttp.ClientResponseError, httpx.RemoteProtocolError),
    (aiohttp.ClientPayloadError, httpx.RemoteProtocolError),
    (aiohttp.InvalidURL, httpx.UnsupportedProtocol),
    (aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol),
    (aiohttp.ClientError, httpx.ReadError),
    (ValueError, httpx.LocalProtocolError),
)


class SocketTransport(httpx.AsyncBaseTransport):
    """Carries calls over HTTP/1.1, straight or through one proxy; nothing is followed or kept.

    Raises httpx's errors. Made before a loop runs, it opens what it needs at the first call.
    """

    def __init__(
        self,
        context: ssl.SSLContext,
        connect_s: float,
        read_s: float,
        proxy: httpx.Proxy | None = None,
    ) -> None:
        """`connect_s` is the time for a connection, its TLS included, `read_s` between two reads."""
        self._context = context
        # aiohttp rounds times above the threshold up to a whole second.
        self._timeout = aiohttp.ClientTimeout(
            connect=connect_s, sock_read=read_s, ceil_threshold=float("inf")
        )
        self._proxy = None if proxy is None else URL(str(proxy.url), encoded=True)
        self._proxy_headers: dict[str, str] = {}
        if proxy is not None and proxy.auth is not None:
            credentials = aiohttp.encode_basic_auth(*proxy.auth)
            self._proxy_headers["Proxy-Authorization"] = credentials
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the head of its answer; its stream gives the body as it comes."""
        session = self._session = self._session or self._opened()
        begins = _begins.set(request.extensions.get(SENT))
        try:
            while True:
                with suppress(_Stale):  # each try closes one, so that a new one comes in the end
                    answer = await self._asked(session, request)
                    break
        except aiohttp.ClientConnectorCertificateError as error:
            raise _meant(error) from error.certificate_error  # aiohttp's own lacks its words
        except (aiohttp.ClientError, ValueError) as error:
            raise _meant(error) from error
        finally:
            _begins.reset(begins)
        body = _Body(answer)
        return httpx.Response(answer.status, headers=list(answer.raw_headers), stream=body)

    async def aclose(self) -> None:
        """Close every socket."""
        if self._session is not None:
            await self._session.close()

    async def _asked(
        self, session: aiohttp.ClientSession, request: httpx.Request
    ) -> aiohttp.ClientResponse:
        return await session.request(
            request.method,
            URL(str(request.url), encoded=True),
            headers=[(n.decode(), value.decode()) for n, value in request.headers.raw],
            data=request.content or None,
            allow_redirects=False,
            proxy=self._proxy,
            proxy_headers=self._proxy_headers,
        )

    def _opened(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=self._context,
                limit=0,
                keepalive_timeout=KEPT_S,
                timeout_ceil_threshold=float("inf"),
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            skip_auto_headers=_NONE_ADDED,
            timeout=self._timeout,
            request_class=_Request,
            max_line_size=MOST_HEAD,
            max_field_size=MOST_HEAD,
        )


class _Stale(Exception):
    """A kept connection ended while nobody looked; nothing was sent over it."""


class _Request(aiohttp.ClientRequest):
    """Looks at a kept connection once more, then says that bytes begin to leave.

    The loop may not have heard yet that the server closed it, and a POST sent then has an outcome
    that nobody knows.
    """

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        transport = conn.transport
        assert transport is not None
        if transport in _used and _readable(transport.get_extra_info("socket")):
            raise _Stale
        _used.add(transport)
        begins = _begins.get()
        if begins is not None:
            begins()
        return await super().send(conn)


def _readable(socket: Any) -> bool:
    """True where an idle connection has something to read: its end, or what nobody asked for."""
    if not hasattr(select, "poll"):  # Windows, where `select` takes any number of sockets
        return bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(0))


class _Body(httpx.AsyncByteStream):
    """An answer's body as it comes; closing it before its end ends the connection."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            while piece := await self._answer.content.readany():
                yield piece
        except aiohttp.ClientError as error:
            raise _meant(error) from error

    async def aclose(self) -> None:
        self._answer.close()


def _meant(error: Exception) -> httpx.TransportError:
    """The error of httpx for one of aiohttp; the words stay behind, they may quote headers."""
    kind = next(meant for theirs, meant in _MEANING if isinstance(error, theirs))
    return kind(type(error).__name__)
