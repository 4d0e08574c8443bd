"""Hands a checkpoint, or a request for its time stamp, to an address: one POST, a small answer."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from console.cxone.exchange import Call, Exchange
from console.cxone.settings import checked_url
from console.cxone.tls import no_tls_context
from console.cxone.wires import ClientLimits, Wires
from console.domain.errors import BadInput, Rejected, Unknown
from console.services.ports import Clock

MAX_ANSWER: Final = 256 * 1024
DEADLINE_S: Final = 30.0


class AnchorPost:
    """POSTs without credentials, cookies or redirects; sockets are opened with the first call.

    `ssl_context` makes the context for https:// where one is first needed (see `tls`).
    """

    def __init__(self, clock: Clock, ssl_context: Callable[[], ssl.SSLContext]) -> None:
        self._clock = clock
        self._ssl_context = ssl_context
        self._exchanges: dict[bool, Exchange] = {}

    async def __call__(self, url: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """POST `body` once; returns the answer's body where the status is a 2xx.

        Raises NotSent, or Unknown where no usable answer came back (5xx too), Rejected where the
        server said no or wants us elsewhere, BadInput for an address that must not be called.
        """
        address = checked_url(url, query=True, whole=True)
        call = Call("POST", address, headers, body)
        answer = await (await self._exchange(tls=address[:5].lower() == "https")).send(call)
        status = answer.status
        if status in (408, 429) or status >= 500:
            raise Unknown(f"{call.host} answered {status}", status=status)
        if 300 <= status < 400:
            raise Rejected(
                f"{call.host} answered with a redirect ({status}), which is not followed",
                status=status,
            )
        if not answer.ok:
            raise Rejected(f"{call.host} refused it ({status})", status=status)
        if answer.broken or len(answer.body) > MAX_ANSWER:
            why = answer.broken or f"is larger than {MAX_ANSWER // 1024} KiB"
            raise Unknown(f"The answer of {call.host} {why}", status=status)
        return answer.body

    async def close(self) -> None:
        """Close every socket."""
        for exchange in self._exchanges.values():
            await exchange.close()

    async def _exchange(self, *, tls: bool) -> Exchange:
        if tls not in self._exchanges:
            context = await asyncio.to_thread(self._ssl_context) if tls else no_tls_context()
            wires = Wires(ClientLimits(), context)
            self._exchanges[tls] = Exchange(wires, self._clock, DEADLINE_S)
        return self._exchanges[tls]


def checked_address(url: str, setting: str) -> str:
    """Return an address of the settings as it is called; BadInput naming the setting."""
    try:
        return checked_url(url, query=True, whole=True)
    except BadInput as error:
        raise BadInput(f"{setting}: {error}", setting) from error
