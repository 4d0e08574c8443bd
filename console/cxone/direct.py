"""HTTP/1.1 straight to a server, below httpx's client: one pool of kept connections on asyncio.

httpx's own way down (httpcore on anyio) takes ten times as long for a request as this one, on the
thread that draws the window. Proxies are left to it.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from typing import Final

import httpx

from console.cxone.wire_connection import Connection, Wire

KEEP_S: Final = 5.0
"""A connection that rested longer is not used again: it may have died unnoticed on its way."""
CLOSE_S: Final = 2.0
SENDING: Final = "http11.send_request_headers.started"
"""What httpx's own transport traces before the first byte of a request leaves."""

Origin = tuple[str, str, int]


class DirectTransport(httpx.AsyncBaseTransport):
    """Sends each request once over a kept or a new connection; raises httpx's errors.

    ConnectError, ConnectTimeout and PoolTimeout mean that no byte of the request has left. The
    trace extension is told right before the first byte does.
    """

    def __init__(self, ssl_context: ssl.SSLContext, max_connections: int) -> None:
        self._ssl = ssl_context
        self._free = asyncio.Semaphore(max_connections)
        self._resting: dict[Origin, list[tuple[float, Connection]]] = {}
        self._open: set[Connection] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        timeouts: dict[str, float | None] = request.extensions.get("timeout", {})
        body = await request.aread()
        try:
            async with asyncio.timeout(timeouts.get("pool")):
                await self._free.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("All connections are busy.") from error
        origin = _origin(request.url)
        connection: Connection | None = None
        try:
            connection = self._rested(origin) or await self._connect(
                origin, timeouts.get("connect")
            )
            trace = request.extensions.get("trace")
            if trace is not None:
                await trace(SENDING, {"request": _Method(request.method.encode("ascii"))})
            await connection.send(request, body, timeouts.get("write"))
            head = await connection.head(timeouts.get("read"))
        except BaseException:
            self._give_back(origin, connection, whole=False)
            raise
        kept = connection
        stream = _Body(
            kept, timeouts.get("read"), lambda whole: self._give_back(origin, kept, whole=whole)
        )
        return httpx.Response(head.status_code, headers=head.headers.raw_items(), stream=stream)

    async def aclose(self) -> None:
        """Close every connection, also those in use."""
        connections = list(self._open)
        for connection in connections:
            self._drop(connection)
        self._resting.clear()
        closing = [connection.closed() for connection in connections]
        if closing:
            await asyncio.wait_for(asyncio.gather(*closing), CLOSE_S)

    def _rested(self, origin: Origin) -> Connection | None:
        resting = self._resting.get(origin, [])
        oldest = asyncio.get_running_loop().time() - KEEP_S
        while resting:
            since, connection = resting.pop()
            if since >= oldest and connection.usable:
                return connection
            self._drop(connection)
        return None

    async def _connect(self, origin: Origin, timeout_s: float | None) -> Connection:
        scheme, host, port = origin
        tls = scheme == "https"
        try:
            async with asyncio.timeout(timeout_s):
                _, wire = await asyncio.get_running_loop().create_connection(
                    Wire,
                    host,
                    port,
                    ssl=self._ssl if tls else None,
                    server_hostname=host if tls else None,
                    happy_eyeballs_delay=0.25,
                )
        except TimeoutError as error:
            raise httpx.ConnectTimeout(f"No connection to {host} in time.") from error
        except OSError as error:  # names, refusals, TLS
            raise httpx.ConnectError(f"No connection to {host}.") from error
        connection = Connection(wire)
        self._open.add(connection)
        return connection

    def _give_back(self, origin: Origin, connection: Connection | None, *, whole: bool) -> None:
        self._free.release()
        if connection is None:
            return
        if whole and connection.finish():
            now = asyncio.get_running_loop().time()
            self._resting.setdefault(origin, []).append((now, connection))
        else:
            self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        self._open.discard(connection)
        connection.close()


class _Body(httpx.AsyncByteStream):
    """The body of one answer; its connection is given back when it was read, or closed."""

    def __init__(
        self, connection: Connection, timeout_s: float | None, give_back: Callable[[bool], None]
    ) -> None:
        self._connection = connection
        self._timeout_s = timeout_s
        self._give_back: Callable[[bool], None] | None = give_back
        self._whole = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while (piece := await self._connection.piece(self._timeout_s)) is not None:
            yield piece
        self._whole = True

    async def aclose(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back(self._whole)


class _Method:
    """The part of a request that a trace looks at."""

    def __init__(self, method: bytes) -> None:
        self.method = method


def _origin(url: httpx.URL) -> Origin:
    host = url.raw_host.decode("ascii")
    default = 443 if url.scheme == "https" else 80
    return url.scheme, host, url.port or default
