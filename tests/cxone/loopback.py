"""A server on a real socket that answers byte for byte what a test wants, and keeps what it got."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from console.cxone.client import HttpTenant
from console.cxone.settings import ConnectionSettings
from tests.fakes import ManualClock

CERTIFICATES = Path(__file__).parent / "certificates"
SECRET = "canary-client-secret"
TOKEN = "canary-access-token"


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


Reply = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(
    status: int = 200,
    document: object = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> bytes:
    """A whole HTTP answer; `document` goes out as JSON."""
    content = json.dumps(document).encode() if body is None else body
    lines = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines.update(headers or {})
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status} Reason\r\n{head}\r\n".encode() + content


def token_answer(life: object = 3600, value: object = TOKEN) -> bytes:
    return answer(200, {"access_token": value, "expires_in": life, "token_type": "Bearer"})


def server_tls(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
    return context


class LoopbackServer:
    """Answers /token by itself unless told otherwise, everything else by `reply`."""

    def __init__(self, reply: Reply = b"", tls: ssl.SSLContext | None = None) -> None:
        self.reply = reply
        self.token_reply: Reply = token_answer()
        self.requests: list[Request] = []
        self.connections = 0
        self._tls = tls
        self._open: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def calls(self) -> list[Request]:
        """What came in, but for requests of tokens."""
        return [request for request in self.requests if request.target != "/token"]

    @property
    def tokens_asked(self) -> int:
        return len(self.requests) - len(self.calls)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls)
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        for writer in self._writers:
            with suppress(AttributeError):  # a TLS transport that has closed already
                writer.transport.abort()
        for writer in self._writers:
            with suppress(OSError):
                await writer.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        self._writers.append(writer)
        self.connections += 1
        try:
            while (request := await _read(reader)) is not None:
                self.requests.append(request)
                reply = self.token_reply if request.target == "/token" else self.reply
                if isinstance(reply, bytes):
                    writer.write(reply)
                    await writer.drain()
                else:
                    await reply(writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self._open.discard(task)
            writer.close()


async def _read(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (x.partition(":") for x in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, target, headers, body)


def settings_for(url: str, **changes: object) -> ConnectionSettings:
    defaults: dict[str, object] = {
        "profile": "test",
        "client_id": "client-1",
        "token_url": f"{url}/token",
        "api_url": url,
    }
    return ConnectionSettings(**{**defaults, **changes})  # type: ignore[arg-type]


def tenant_for(url: str, clock: ManualClock | None = None, **changes: object) -> HttpTenant:
    return HttpTenant(settings_for(url, **changes), lambda: SECRET, clock or ManualClock())
