"""The connections of one client: each carries one call at a time and is kept for the next.

Calls go through httpx's transports, not through its client: what the client adds to each call
(cookies, redirects, credentials, one pool that is looked through twice) is unwanted here, and is
half of what a call costs.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.request import getproxies

import httpx

from console.cxone.settings import is_loopback
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
        """`transport` carries every call (tests); without it each call under way has its own."""
        self._context = ssl_context
        self._given = transport
        self._direct = LOOPBACK_NAMES.union(host for host in hosts if is_loopback(host))
        proxies = getproxies()
        self._without = [
            name.strip().lstrip(".").lower() for name in proxies.pop("no", "").split(",")
        ]
        self._proxies = {} if "*" in self._without else proxies
        self._patience_s = limits.connect_timeout_s
        self._places = asyncio.Semaphore(limits.max_connections)
        self._free: dict[str, list[httpx.AsyncBaseTransport]] = {"": []}
        self._made: list[httpx.AsyncBaseTransport] = [] if transport is None else [transport]
        for scheme in ("http", "https", "all"):
            if proxy := self._proxies.get(scheme):
                self._free[proxy] = [self._new(proxy)]

    async def take(self, url: httpx.URL) -> httpx.AsyncBaseTransport:
        """Return the connection for a call: the one that was used last, else a new one.

        `give` it back afterwards. Raises httpx.PoolTimeout where all stay in use for longer than a
        connection may take.
        """
        try:
            async with asyncio.timeout(self._patience_s if self._places.locked() else None):
                await self._places.acquire()
        except TimeoutError as error:
            raise httpx.PoolTimeout("all connections are in use") from error
        proxy = self.proxy_for(url)
        free = self._free[proxy]
        return self._given or (free.pop() if free else self._new(proxy))

    def give(self, url: httpx.URL, transport: httpx.AsyncBaseTransport) -> None:
        """Take `transport` back from a call to `url`, whatever became of that."""
        self._free[self.proxy_for(url)].append(transport)
        self._places.release()

    def proxy_for(self, url: httpx.URL) -> str:
        """Return the proxy on the way to `url`, empty for none."""
        if url.host in self._direct or len(self._free) == 1:
            return ""
        proxy = self._proxies.get(url.scheme) or self._proxies.get("all")
        passed_by = any(f".{url.host}".endswith(f".{name}") for name in self._without if name)
        return "" if proxy is None or passed_by else proxy

    async def close(self) -> None:
        """Close every socket."""
        for transport in self._made:
            await transport.aclose()

    def _new(self, proxy: str) -> httpx.AsyncBaseTransport:
        address = proxy if "://" in proxy or not proxy else f"http://{proxy}"
        try:
            made = httpx.AsyncHTTPTransport(
                verify=self._context, trust_env=False, proxy=address or None
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise EnvironmentProblem(
                "The proxy in the environment (HTTPS_PROXY, ALL_PROXY) cannot be used; the console "
                f"speaks through http:// and https:// proxies only ({type(error).__name__})."
            ) from error
        self._made.append(made)
        return made
