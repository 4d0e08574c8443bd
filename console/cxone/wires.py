"""The ways of one client to its servers, and how many calls are on them at once.

Calls go through httpx's transports, not through its client: what the client adds to each call
(cookies, redirects, credentials) is unwanted here.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from urllib.request import getproxies

import httpx

from console.cxone.settings import is_loopback
from console.cxone.transport import SocketTransport
from console.domain.errors import EnvironmentProblem

LOOPBACK_NAMES: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class ClientLimits:
    """How long the client waits, in seconds, and how many calls it carries at once."""

    connect_timeout_s: float = 10.0
    read_timeout_s: float = 10.0
    max_connections: int = 32


class Wires:
    """HTTP/1.1 connections through the system's proxy.

    This computer, by its usual names or one of `hosts`, is reached without. Raises
    EnvironmentProblem where the proxy of the environment cannot be used.
    """

    def __init__(
        self,
        limits: ClientLimits,
        ssl_context: ssl.SSLContext,
        transport: httpx.AsyncBaseTransport | None = None,
        hosts: Collection[str] = (),
    ) -> None:
        """`transport` carries every call (tests)."""
        self._context = ssl_context
        self._direct = LOOPBACK_NAMES.union(host for host in hosts if is_loopback(host))
        proxies = getproxies()
        self._without = [
            name.strip().lstrip(".").lower() for name in proxies.pop("no", "").split(",")
        ]
        self._proxies = {} if "*" in self._without else proxies
        self._limits = limits
        self._places = asyncio.Semaphore(limits.max_connections)
        self._ways: dict[str, httpx.AsyncBaseTransport] = {"": transport or self._way("")}
        for scheme in ("http", "https", "all"):
            if proxy := self._proxies.get(scheme):
                self._ways[proxy] = transport or self._way(proxy)

    @asynccontextmanager
    async def way(self, url: httpx.URL) -> AsyncIterator[httpx.AsyncBaseTransport]:
        """Hold one of the places for a call to `url`, and give the transport that carries it.

        Raises httpx.PoolTimeout where all stay taken for longer than a connection may take.
        """
        patience_s = self._limits.connect_timeout_s if self._places.locked() else None
        try:
            async with asyncio.timeout(patience_s):
                await self._places.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("all connections are in use") from error
        try:
            yield self._ways[self.proxy_for(url)]
        finally:
            self._places.release()

    def proxy_for(self, url: httpx.URL) -> str:
        """Return the proxy on the way to `url`, empty for none."""
        if url.host in self._direct or len(self._ways) == 1:
            return ""
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        passed_by = any(f".{url.host}".endswith(f".{name}") for name in self._without if name)
        return "" if proxy is None or passed_by else proxy

    async def close(self) -> None:
        """Close every socket."""
        for transport in self._ways.values():
            await transport.aclose()

    def _way(self, proxy: str) -> httpx.AsyncBaseTransport:
        limits = self._limits
        times = limits.connect_timeout_s, limits.read_timeout_s
        if not proxy:
            return SocketTransport(self._context, *times)
        address = proxy if "://" in proxy else f"http://{proxy}"
        try:
            named = httpx.Proxy(address)
        except (ValueError, httpx.InvalidURL) as error:
            raise _unusable(type(error).__name__) from error
        if named.url.scheme not in ("http", "https"):
            raise _unusable(named.url.scheme)
        return SocketTransport(self._context, *times, named)


def _unusable(why: str) -> EnvironmentProblem:
    return EnvironmentProblem(
        "The proxy in the environment (HTTPS_PROXY, ALL_PROXY) cannot be used; the console "
        f"speaks through http:// and https:// proxies only ({why})."
    )
