"""The token endpoint: OAuth 2.0 client credentials (RFC 6749, 4.4), and the check of each call."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Final

from console.simulator.answers import Answer, RefusedRequest, json_answer
from console.simulator.chance import Chance
from console.simulator.scenario import Scenario

READ: Final = "workflow:read"
WRITE: Final = "workflow:write"
_NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_REALM: Final = 'Bearer realm="cxone-simulator"'


class TokenDesk:
    """Issues tokens and knows which are still good; all times are seconds of one monotonic clock."""

    def __init__(self, client_id: str, client_secret: str, chance: Chance) -> None:
        self._client_id = client_id
        self._client_secret = client_secret
        self._chance = chance
        self._good_until: dict[str, float] = {}
        self._scopes: dict[str, frozenset[str]] = {}
        self.issued = 0

    def issue(self, form: Mapping[str, str], scenario: Scenario, now: float) -> Answer:
        """The answer to a token request; RefusedRequest with a body of RFC 6749, 5.2."""
        grant = form.get("grant_type")
        if not grant:
            raise _oauth_refusal(400, "invalid_request", "grant_type is missing")
        if grant != "client_credentials":
            raise _oauth_refusal(400, "unsupported_grant_type", "only client_credentials is known")
        if not (form.get("client_id") and form.get("client_secret")):
            raise _oauth_refusal(400, "invalid_request", "client_id or client_secret is missing")
        if not self._knows(form["client_id"], form["client_secret"]):
            raise _oauth_refusal(401, "invalid_client", "client id or secret is wrong")
        scopes = frozenset(form.get("scope", f"{WRITE} {READ}").split())
        if not scopes or not scopes <= {READ, WRITE}:
            raise _oauth_refusal(400, "invalid_scope", f"the scopes are {WRITE} and {READ}")
        self.issued += 1
        token = self._chance.token("access", self.issued, 24)
        self._good_until[token] = now + scenario.token_valid_seconds
        self._scopes[token] = scopes
        return json_answer(
            200,
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": scenario.token_expires_in,
                "scope": " ".join(sorted(scopes, reverse=True)),
            },
            _NO_STORE,
        )

    def check(self, authorization: str | None, scope: str, now: float) -> None:
        """Return if the header's token is good for `scope`, else RefusedRequest: 401 or 403."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _call_refusal(401, "unauthorized", "No access token was sent.", _REALM)
        if now >= self._good_until.get(token, now):
            raise _call_refusal(
                401,
                "invalid_token",
                "The access token is unknown or has expired.",
                f'{_REALM}, error="invalid_token", error_description="unknown or expired"',
            )
        if scope not in self._scopes[token]:
            raise _call_refusal(
                403,
                "insufficient_scope",
                f"The access token lacks the scope {scope}.",
                f'{_REALM}, error="insufficient_scope", scope="{scope}"',
            )

    def shorten(self, valid_seconds: float, now: float) -> None:
        """Let no token outlive `valid_seconds` from now, as a change of scenario wants it."""
        for token, until in self._good_until.items():
            self._good_until[token] = min(until, now + valid_seconds)

    def _knows(self, client_id: str, client_secret: str) -> bool:
        given = f"{client_id}\n{client_secret}".encode()
        return hmac.compare_digest(given, f"{self._client_id}\n{self._client_secret}".encode())


def _oauth_refusal(status: int, error: str, description: str) -> RefusedRequest:
    headers = dict(_NO_STORE)
    if status == 401:
        headers["WWW-Authenticate"] = 'Basic realm="cxone-simulator"'
    return RefusedRequest(
        json_answer(status, {"error": error, "error_description": description}, headers)
    )


def _call_refusal(status: int, error: str, message: str, challenge: str) -> RefusedRequest:
    return RefusedRequest(
        json_answer(status, {"error": error, "message": message}, {"WWW-Authenticate": challenge})
    )
