"""Opens a profile's connection: its settings, its secret, and the HTTP tenant behind the port."""

from __future__ import annotations

from console.config import Settings
from console.cxone.client import HttpTenant
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
    )


def fingerprint_of(profile: Profile) -> str:
    """The fingerprint of the profile's API, without opening it."""
    return fingerprint(connection_of(profile, Settings()))


def open_tenant(
    profile: Profile, settings: Settings, secrets: SecretStore, clock: Clock
) -> Connected:
    """Open the connection; EnvironmentProblem where its secret cannot be had."""
    secret = secrets.get(profile.name)
    wanted = connection_of(profile, settings)
    return Connected(HttpTenant(wanted, lambda: secret, clock), fingerprint(wanted))
