"""The open connection as the window names it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ConnectionView:
    """The open connection as the top bar names it; `environment` is production, staging, …

    `seals` says that every trigger carries the trail's size and root.
    """

    profile: str
    environment: str
    contract: str
    api_host: str
    operator: str
    demo: bool = False
    seals: bool = False
