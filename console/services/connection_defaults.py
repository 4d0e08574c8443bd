"""What a connection may be called and what is offered for it."""

from __future__ import annotations

from typing import Final

ENVIRONMENTS: Final = ("production", "staging", "training", "demo")
CONTRACTS: Final = ("workflow-api",)
REGIONS: Final = ("us-2", "eu-1")
"""The regions that the tutorial names, offered as examples; any other can be typed."""


def default_token_url(region: str) -> str:
    """The token endpoint that is offered for `region`; empty for an empty region."""
    return f"https://{region}.auth.cxone.com/v1/oauth2/token" if region else ""


def default_api_url(region: str) -> str:
    """The API base that is offered for `region`; the tutorial names none, so it is editable."""
    return f"https://{region}.api.cxone.com" if region else ""
