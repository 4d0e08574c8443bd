"""Opens a profile's connection: its settings, its secret, and the HTTP tenant behind the port."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path

from console.config import Settings
from console.cxone.settings import ConnectionSettings, fingerprint
from console.services.ports import Clock
from console.services.sender import Connected
from console.store.profiles import Profile
from console.store.secrets import SecretStore


def connection_of(profile: Profile, settings: Settings) -> ConnectionSettings:
    """What the client needs to know of a profile; BadInput where a URL is not allowed."""
    return ConnectionSettings(
        profile=profile.name,
        contract=profile.contract,
        client_id=profile.client_id,
        token_url=profile.token_url,
        api_url=profile.api_url,
        connect_timeout_s=settings.connect_timeout_s,
        read_timeout_s=settings.read_timeout_s,
        deadline_s=settings.request_deadline_s,
        ca_file=Path(settings.ca_file) if settings.ca_file else None,
    )


def fingerprint_of(profile: Profile) -> str:
    """The fingerprint of the profile's API, without opening it."""
    return fingerprint(connection_of(profile, Settings()))


def open_tenant(
    profile: Profile,
    settings: Settings,
    secrets: SecretStore,
    clock: Clock,
    seal: Callable[[], str | None] = lambda: None,
) -> Connected:
    """Open the connection; its secret is read in a worker thread when a token is first needed.

    `seal` gives size:root of the trail for every start's metadata, None for nothing.
    """
    from console.cxone.client import HttpTenant

    wanted = connection_of(profile, settings)
    tenant = HttpTenant(
        wanted,
        lambda: secrets.get(profile.name),
        clock,
        ssl_context=_ssl_context(settings.ca_file) if _wants_tls(wanted) else None,
        seal=seal,
    )
    return Connected(tenant, fingerprint(wanted))


def preload(settings: Settings, profiles: Iterable[Profile]) -> None:
    """Do what makes the first connection slow (imports, TLS): call it in a worker thread."""
    import console.cxone.client  # noqa: F401 - aiohttp and httpx with it

    if any(_wants_tls(connection_of(profile, settings)) for profile in profiles):
        _ssl_context(settings.ca_file)


@cache
def _ssl_context(ca_file: str) -> ssl.SSLContext:
    from console.cxone.tls import make_ssl_context

    return make_ssl_context(Path(ca_file) if ca_file else None)


def _wants_tls(connection: ConnectionSettings) -> bool:
    return any(url.startswith("https") for url in (connection.token_url, connection.api_url))
