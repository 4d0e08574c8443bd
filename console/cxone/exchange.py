"""One request and its answer over HTTP, with the proof of what was sent."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx

from console import VERSION
from console.cxone.bodies import ACCEPTED_ENCODING, Body, BrokenBody, read_body
from console.cxone.dates import plausible_offset, retry_after_s
from console.cxone.errors import from_transport
from console.cxone.settings import host_of
from console.cxone.transport import SENT
from console.cxone.wires import Wires
from console.domain.errors import CallError
from console.services.ports import Clock

USER_AGENT: Final = f"cxone-console/{VERSION}"
_HEADERS: Final = {
    "Accept": "*/*",
    "Accept-Encoding": ACCEPTED_ENCODING,
    "Connection": "keep-alive",
    "User-Agent": USER_AGENT,
}
DATES_KEPT: Final = 256


@dataclass(frozen=True)
class Call:
    """A request as a contract encodes it, complete but for the token; `url` may hold a query."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    @property
    def host(self) -> str:
        """Where it goes, for messages."""
        return host_of(self.url)

    def __repr__(self) -> str:
        return f"<Call {self.method} {self.host}>"  # queries and bodies hold customers' values


@dataclass(frozen=True)
class Answer:
    """What came back; `broken` says why the body is not whole (empty: it is).

    `retry_after` is in seconds, None where the server said nothing readable.
    """

    status: int
    content_type: str
    body: bytes
    broken: str = ""
    retry_after: float | None = None
    location: str = ""
    challenge: str = ""

    @property
    def ok(self) -> bool:
        """True for a 2xx."""
        return 200 <= self.status < 300

    def __repr__(self) -> str:
        return f"<Answer {self.status}, {len(self.body)} bytes>"


class Exchange:
    """Sends calls, each within `deadline_s` seconds from waiting for a connection to the last byte.

    Redirects are not followed and cookies not kept. `traced` says that the transport of `wires`
    tells when it begins to send (ours does).
    """

    def __init__(
        self,
        wires: Wires,
        clock: Clock,
        deadline_s: float,
        *,
        traced: bool = True,
    ) -> None:
        self._wires = wires
        self._traced = traced
        self._clock = clock
        self._deadline_s = deadline_s
        self._dates: deque[tuple[datetime, float]] = deque(maxlen=DATES_KEPT)

    @property
    def server_time(self) -> datetime | None:
        """The server's time by its last readable Date header; None before the first.

        It is counted on from there by the clock that never jumps.
        """
        if not self._dates:
            return None
        told, at = self._dates[-1]
        return told + timedelta(seconds=self._clock.monotonic() - at)

    @property
    def server_doubt(self) -> timedelta:
        """How far its Date headers contradicted each other lately; headers count whole seconds."""
        begins = [told - timedelta(seconds=at) for told, at in self._dates]
        return max(begins) - min(begins) if begins else timedelta()

    async def send(
        self, call: Call, token: str | None = None, deadline_s: float | None = None
    ) -> Answer:
        """Send `call` once and read its answer; raises NotSent or Unknown where none came.

        An answer that breaks off after its status line is an answer with `broken` set.
        """
        deadline_s = deadline_s or self._deadline_s
        sent = _Sent(sent=False if self._traced else None)
        head: httpx.Response | None = None
        body = Body("")
        broken = ""
        request = self._request(call, token, sent)
        try:
            async with asyncio.timeout(deadline_s), self._wires.way(request.url) as transport:
                head = await transport.handle_async_request(request)
                try:
                    self._note_date(head)
                    body = Body(head.headers.get("content-encoding", ""))
                    await read_body(head, body)
                finally:
                    await head.aclose()
        except BrokenBody as error:
            broken = str(error)
        except TimeoutError as error:
            if head is None:
                raise _unanswered(error, call, sent, deadline_s) from error
            broken = f"did not end within {deadline_s:g} s"
        # OSError: ssl.SSLError after the handshake reaches us unwrapped.
        except (httpx.HTTPError, OSError) as error:
            if head is None:
                raise _unanswered(error, call, sent, deadline_s) from error
            broken = "broke off"
        assert head is not None
        return self._answer(head, body.content, broken)

    async def close(self) -> None:
        """Close every socket."""
        await self._wires.close()

    def _request(self, call: Call, token: str | None, sent: _Sent) -> httpx.Request:
        headers = {**_HEADERS, **call.headers}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        extensions = {SENT: sent}
        return httpx.Request(
            call.method, call.url, headers=headers, content=call.body, extensions=extensions
        )

    def _note_date(self, response: httpx.Response) -> None:
        now = self._clock.now()
        offset = plausible_offset(response.headers.get("date"), now)
        if offset is not None:
            self._dates.append((now + offset, self._clock.monotonic()))

    def _answer(self, head: httpx.Response, content: bytes, broken: str) -> Answer:
        headers = head.headers
        wait = retry_after_s(
            headers.get_list("retry-after"), headers.get("date"), self._clock.now()
        )
        return Answer(
            status=head.status_code,
            content_type=headers.get("content-type", ""),
            body=content,
            broken=broken,
            retry_after=wait,
            location=headers.get("location", ""),
            challenge=headers.get("www-authenticate", ""),
        )


def _unanswered(error: BaseException, call: Call, sent: _Sent, deadline_s: float) -> CallError:
    return from_transport(error, call.host, sent=sent.sent, deadline_s=deadline_s)


class _Sent:
    """Whether a byte of the request itself may have left; None with a transport that cannot tell."""

    def __init__(self, *, sent: bool | None) -> None:
        self.sent = sent

    def __call__(self) -> None:
        self.sent = True
