"""What stands between console and tenant: a gateway that may speak TLS, and cuts where it is told."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from console.simulator.server import Simulator

START = b"POST /api/v2/workflows/instances "


@dataclass(frozen=True)
class Cut:
    """Where a start is cut, once: after so many bytes of its request, or of its answer."""

    request: int | None = None
    answer: int | None = None
    reset: bool = False


class Front:
    """Passes every byte on, but for the first start, which meets `cut`."""

    def __init__(
        self, simulator: Simulator, *, tls: ssl.SSLContext | None = None, cut: Cut | None = None
    ) -> None:
        self._simulator = simulator
        self._tls = tls
        self._open: set[asyncio.Task[None]] = set()
        self.cut = cut
        self.connections = 0
        self.request_bytes = 0
        self.answer_bytes = 0
        self.port = 0

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def listen(self) -> None:
        """Begin to listen, on the same port as before where there was one."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", self.port, ssl=self._tls
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self.connections += 1
        host = self._simulator.base_url.removeprefix("http://").partition(":")
        behind, ahead = await asyncio.open_connection(host[0], int(host[2]))
        try:
            while await self._pass(reader, writer, behind, ahead):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(task)
            for end in (writer, ahead):
                end.close()
                with suppress(ConnectionError, ssl.SSLError):
                    await end.wait_closed()

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        behind: asyncio.StreamReader,
        ahead: asyncio.StreamWriter,
    ) -> bool:
        """Pass one request and its answer; False where the connection is over."""
        request = await _message(reader)
        if request is None:
            return False
        cut = None
        if request.startswith(START):
            self.request_bytes, cut, self.cut = len(request), self.cut, None
        if cut is not None and cut.request is not None:
            ahead.write(request[: cut.request])
            await ahead.drain()
            _end(writer, cut)
            return False
        ahead.write(request)
        answer = await _message(behind)
        if answer is None:
            return False
        if request.startswith(START):
            self.answer_bytes = len(answer)
        if cut is not None:
            writer.write(answer[: cut.answer])
            await writer.drain()
            _end(writer, cut)
            return False
        writer.write(answer)
        await writer.drain()
        return True


def _end(writer: asyncio.StreamWriter, cut: Cut) -> None:
    if cut.reset:
        end = writer.get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def _message(reader: asyncio.StreamReader) -> bytes | None:
    """One whole HTTP message; None where the connection has ended before it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return head + await reader.readexactly(int(line.partition(b":")[2]))
    return head


@asynccontextmanager
async def front_of(
    simulator: Simulator, *, tls: ssl.SSLContext | None = None, cut: Cut | None = None
) -> AsyncIterator[Front]:
    """A gateway that listens in front of `simulator`."""
    front = Front(simulator, tls=tls, cut=cut)
    await front.listen()
    try:
        yield front
    finally:
        await front.close()
