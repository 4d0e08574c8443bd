"""A plain JSON POST without credentials: the simulator's webhooks now, the ERP later."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Final

from console.cxone.exchange import Call, Exchange
from console.cxone.settings import checked_url
from console.cxone.tls import no_tls_context
from console.cxone.wires import ClientLimits, Wires
from console.domain.errors import BadInput
from console.services.ports import Clock

DEFAULT_TIMEOUT_S: Final = 10.0


class JsonPost:
    """Posts bodies and tells the status. Call it: `status = await post(url, body, headers)`.

    Without `ssl_context` (see `tls.make_ssl_context`) it speaks http:// on this computer only.
    """

    def __init__(
        self,
        clock: Clock,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self._speaks_tls = ssl_context is not None
        limits = ClientLimits()
        wires = Wires(limits, ssl_context or no_tls_context())
        self._exchange = Exchange(wires, clock, DEFAULT_TIMEOUT_S)

    def checked(self, url: str) -> str:
        """Return `url` as it is called; raises BadInput for an address that must not be."""
        address = checked_url(url, query=True)
        if address[:5].lower() == "https" and not self._speaks_tls:
            raise BadInput("Only http:// addresses on this computer can be posted to here.", "url")
        return address

    async def __call__(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout_s: float = DEFAULT_TIMEOUT_S,
    ) -> int:
        """POST `body` once; the HTTP status, whatever it is.

        Raises NotSent, or Unknown where no status came back, and BadInput for an address that
        must not be called.
        """
        address = self.checked(url)
        sent = {"Content-Type": "application/json", **headers}
        answer = await self._exchange.send(Call("POST", address, sent, body), deadline_s=timeout_s)
        return answer.status

    async def close(self) -> None:
        """Close every socket."""
        await self._exchange.close()
