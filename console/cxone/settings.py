"""Where a connection leads and how long it waits: checked once, frozen, without its secret."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from console.domain.errors import BadInput

WORKFLOW_API: Final = "workflow-api"
LONGEST_URL: Final = 2000
_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


@dataclass(frozen=True)
class ConnectionSettings:
    """One connection; raises BadInput naming the field where it could not be used safely.

    Times are in seconds: `connect_timeout_s` to reach the server, `read_timeout_s` between two
    pieces of an answer, `deadline_s` for a whole request. `ca_file` adds certificates to those
    the system trusts.
    """

    profile: str
    client_id: str
    token_url: str
    api_url: str
    contract: str = WORKFLOW_API
    connect_timeout_s: float = 10.0
    read_timeout_s: float = 10.0
    deadline_s: float = 30.0
    max_connections: int = 32
    ca_file: Path | None = None

    def __post_init__(self) -> None:
        if self.contract != WORKFLOW_API:
            raise BadInput(
                f"This version speaks the contract {WORKFLOW_API} only, not {self.contract!r}.",
                "contract",
            )
        if not self.client_id.strip() or not self.client_id.isprintable():
            raise BadInput(
                "A client id is needed, one line without control characters.", "client_id"
            )
        object.__setattr__(self, "token_url", checked_url(self.token_url, "token_url", whole=True))
        object.__setattr__(self, "api_url", checked_url(self.api_url, "api_url"))


def checked_url(url: str, field: str = "", *, query: bool = False, whole: bool = False) -> str:
    """Return `url` without a trailing slash; BadInput where it must not be called.

    An address that is called as it stands, not one that paths are added to, is `whole`: the slash
    at the end of its path belongs to it, and a server may know it no other way.

    Accepted are https:// anywhere and http:// on this computer (127.0.0.0/8, ::1, localhost),
    without user names and fragments, and without a query unless `query` allows one.
    """
    text = url.strip()
    if not text or len(text) > LONGEST_URL or not (text.isascii() and text.isprintable()):
        raise BadInput(f"{_named(field)} must be an address such as https://example.com.", field)
    if " " in text or "\\" in text:
        raise BadInput(f"{_named(field)} must not hold spaces or backslashes.", field)
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as error:
        raise BadInput(f"{_named(field)} is not an address: {error}.", field) from None
    if parts.scheme not in _DEFAULT_PORTS or not _is_host(host, bracketed="[" in parts.netloc):
        raise BadInput(
            f"{_named(field)} must start with https:// and a host name (http:// only for this "
            "computer, for example http://127.0.0.1:8080).",
            field,
        )
    if "@" in parts.netloc:
        raise BadInput(f"{_named(field)} must not hold a user name or password.", field)
    if "#" in text or ("?" in text and not query):
        raise BadInput(f"{_named(field)} must not hold a query (?) or fragment (#).", field)
    if parts.scheme == "http" and not is_loopback(host):
        raise BadInput(
            f"{_named(field)} must start with https://: secrets are sent in the clear over "
            "http://, which is accepted for this computer only.",
            field,
        )
    return text if whole and parts.path.strip("/") else text.rstrip("/")


def is_loopback(host: str) -> bool:
    """True for 127.0.0.0/8, ::1 and localhost; no other name, whatever it resolves to."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_local(url: str) -> bool:
    """True where a checked address leads to this computer."""
    return is_loopback(urlsplit(url).hostname or "")


def host_of(url: str) -> str:
    """The host (and port, where it is not the usual one) of a checked address, for messages."""
    parts = urlsplit(url)
    host = _bracketed(parts)
    return host if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f"{host}:{parts.port}"


def fingerprint(settings: ConnectionSettings) -> str:
    """16 hex digits that name the tenant's API: contract, both addresses, client id.

    A job keeps it and is sent only where it is the same. Ways of writing the same address (case
    of the host, its usual port, a trailing slash) make no difference.
    """
    parts = (
        settings.contract,
        _normal(settings.token_url),
        _normal(settings.api_url),
        settings.client_id,
    )
    import hashlib

    return hashlib.sha256("\n".join(parts).encode("utf-8")).hexdigest()[:16]


def _normal(url: str) -> str:
    return f"{urlsplit(url).scheme}://{host_of(url)}{urlsplit(url).path.rstrip('/')}"


def _bracketed(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    return f"[{host}]" if ":" in host else host


def _is_host(host: str, *, bracketed: bool) -> bool:
    if bracketed:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            return False
        return "%" not in host  # a zone is this computer's own affair
    labels = host.rstrip(".").split(".")
    return len(host) <= 253 and all(
        0 < len(label) <= 63 and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )


def _named(field: str) -> str:
    return {"token_url": "The token URL", "api_url": "The API URL"}.get(field, "The address")
