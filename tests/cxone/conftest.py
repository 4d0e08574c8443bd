"""A tenant behind a transport that plays a script, for tables of outcomes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from console.cxone.client import HttpTenant
from tests.cxone.loopback import SECRET, TOKEN, settings_for
from tests.fakes import ManualClock

Play = httpx.Response | Exception


class Stage:
    """Plays `token` and then `plays` one after the other (the last for ever)."""

    def __init__(self) -> None:
        self.token: Play = json_response(200, {"access_token": TOKEN, "expires_in": 3600})
        self.plays: list[Play] = []
        self.requests: list[httpx.Request] = []
        self.tokens_asked: list[httpx.Request] = []
        self.clock = ManualClock()
        self.tenant = HttpTenant(
            settings_for("https://api.example"),
            lambda: SECRET,
            self.clock,
            httpx.MockTransport(self._play),
        )

    def play(self, *plays: Play) -> HttpTenant:
        self.plays = list(plays)
        return self.tenant

    async def _play(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/token":
            self.tokens_asked.append(request)
            play = self.token
        else:
            self.requests.append(request)
            play = self.plays.pop(0) if len(self.plays) > 1 else self.plays[0]
        if isinstance(play, Exception):
            raise play
        # Built anew each time, with a stream as a socket's: it can be read once.
        headers = [(k, v) for k, v in play.headers.multi_items() if k != "content-length"]
        return httpx.Response(play.status_code, headers=headers, stream=_Stream(play.content))


class _Stream(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._content


def json_response(
    status: int, document: object, headers: dict[str, str] | None = None
) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(document).encode(), headers=headers)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.tenant.close()


@pytest.fixture
def says() -> Callable[..., httpx.Response]:
    return json_response
