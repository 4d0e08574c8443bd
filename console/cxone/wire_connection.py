"""One HTTP/1.1 connection on asyncio: bytes as they come, and whether it may be used again."""

from __future__ import annotations

import asyncio
import select
import socket
from typing import Any, Final

import h11
import httpx

HIGH_WATER: Final = 64 * 1024
"""Bytes that may wait unread before the server is slowed down."""
LONGEST_HEAD: Final = 100 * 1024


class Wire(asyncio.Protocol):
    """What arrives on one socket; errors come out as httpx's."""

    def __init__(self) -> None:
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived = bytearray()
        self._ended = False
        self._error: Exception | None = None
        self._flushed = True
        self._waiter: asyncio.Future[None] | None = None

    # -- what asyncio tells -------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._opened = transport
        transport.set_write_buffer_limits(high=0)

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if len(self._arrived) > HIGH_WATER:
            self._opened.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._ended = True
        self._wake()
        return False  # the other side has closed: so do we

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._flushed = True
        self._wake()
        self.closed.set_result(None)

    def pause_writing(self) -> None:
        self._flushed = False

    def resume_writing(self) -> None:
        self._flushed = True
        self._wake()

    # -- what the connection asks -------------------------------------------------------------

    @property
    def silent(self) -> bool:
        """True where nothing has come since the last answer, not even an end."""
        return not (self._ended or self._arrived or self._readable())

    async def write(self, data: bytes, timeout_s: float | None) -> None:
        """Send `data`; returns once it has left, or as soon as an answer or an end arrives."""
        self._opened.write(data)
        try:
            async with asyncio.timeout(timeout_s):
                while not (self._flushed or self._ended or self._arrived):
                    await self._wait()
        except TimeoutError as error:
            raise httpx.WriteTimeout("The request could not be sent in time.") from error

    async def read(self, timeout_s: float | None) -> bytes:
        """The next bytes, empty at the end of the connection."""
        if not (self._arrived or self._ended):
            try:
                async with asyncio.timeout(timeout_s):
                    while not (self._arrived or self._ended):
                        await self._wait()
            except TimeoutError as error:
                raise httpx.ReadTimeout("No answer came in time.") from error
        if not self._arrived and self._error is not None:
            raise httpx.ReadError("The connection broke.") from self._error
        data = bytes(self._arrived)
        self._arrived.clear()
        if not self._ended:
            self._opened.resume_reading()
        return data

    def abort(self) -> None:
        """Close at once."""
        self._opened.abort()

    async def _wait(self) -> None:
        self._waiter = asyncio.get_running_loop().create_future()
        await self._waiter

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _readable(self) -> bool:
        """True where the socket holds what the event loop has not taken yet, such as an end."""
        opened: socket.socket = self._opened.get_extra_info("socket")
        if hasattr(select, "poll"):
            poll = select.poll()
            poll.register(opened.fileno(), select.POLLIN)
            return bool(poll.poll(0))
        return bool(select.select([opened.fileno()], [], [], 0)[0])


class Connection:
    """One request after the other on one wire, as HTTP/1.1 says."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)

    @property
    def usable(self) -> bool:
        """True where the next request may go out on it."""
        return self._http.our_state is h11.IDLE and self._wire.silent

    async def send(self, request: httpx.Request, body: bytes, timeout_s: float | None) -> None:
        """Send the whole request at once."""
        try:
            parts = [
                self._http.send(
                    h11.Request(
                        method=request.method,
                        target=request.url.raw_path,
                        headers=request.headers.raw,
                    )
                ),
                self._http.send(h11.Data(body)) if body else b"",
                self._http.send(h11.EndOfMessage()),
            ]
        except h11.LocalProtocolError as error:
            raise httpx.LocalProtocolError(str(error)) from error
        await self._wire.write(b"".join(part for part in parts if part), timeout_s)

    async def head(self, timeout_s: float | None) -> h11.Response:
        """The status line and headers of the answer; 100 Continue and the like are passed over."""
        while True:
            event = await self._next(timeout_s)
            if isinstance(event, h11.Response):
                return event

    async def piece(self, timeout_s: float | None) -> bytes | None:
        """The next piece of the body, None at its end."""
        event = await self._next(timeout_s)
        return bytes(event.data) if isinstance(event, h11.Data) else None

    def finish(self) -> bool:
        """Make ready for the next request; False (and closed) where there can be none.

        What a server said beyond its answer would be taken for the answer to the next request.
        """
        done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if done and self._http.trailing_data == (b"", False):
            self._http.start_next_cycle()
            return True
        self.close()
        return False

    def close(self) -> None:
        """Close at once."""
        self._wire.abort()

    async def closed(self) -> None:
        """Wait until the socket is closed."""
        await self._wire.closed

    async def _next(self, timeout_s: float | None) -> Any:
        try:
            while True:
                event = self._http.next_event()
                if event is not h11.NEED_DATA:
                    return event
                data = await self._wire.read(timeout_s)
                if not data and self._http.their_state is h11.SEND_RESPONSE:
                    raise httpx.RemoteProtocolError("The server closed without an answer.")
                self._http.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise httpx.RemoteProtocolError("The answer is no HTTP.") from error
