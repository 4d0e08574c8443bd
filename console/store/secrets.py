"""Client secrets: in the system's keyring, in the environment, or for this session only."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from console.domain.errors import BadInput, EnvironmentProblem
from console.logs import never_log
from console.store.system_keyring import SERVICE as SERVICE
from console.store.system_keyring import TIMEOUT_S, SystemKeyring

VARIABLE: Final = "CXONE_CONSOLE_CLIENT_SECRET"
LONGEST_SECRET: Final = 10_000
_HOW: Final = (
    "Unlock or install a keyring (on Linux: gnome-keyring or KWallet), or set "
    f"{VARIABLE} for this session"
)


class SecretStore:
    """One secret a profile. Every method may wait for the keyring: call it in a worker thread.

    Where CXONE_CONSOLE_CLIENT_SECRET is set it stands in for the keyring, which is then not
    touched. Problems of the keyring are EnvironmentProblems that say what to do.
    """

    def __init__(
        self, environ: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._session: dict[str, str] = {}
        self._keyring = SystemKeyring(_HOW, timeout_s)

    @property
    def stands_in(self) -> bool:
        """True where the environment gives the secret and the keyring is left alone."""
        return bool(self._environ.get(VARIABLE))

    def get(self, profile: str) -> str:
        """The secret of `profile`; EnvironmentProblem where there is none or no keyring."""
        found = self.find(profile)
        if found is None:
            raise EnvironmentProblem(
                f"No secret is stored for the profile {profile}. Enter it with: cxone-console "
                f"profile add {profile} --replace, or set {VARIABLE}"
            )
        return found

    def find(self, profile: str) -> str | None:
        """The secret of `profile`, or None; read from the keyring once a session."""
        given = self._environ.get(VARIABLE)
        if given:
            never_log(given)
            return given
        if profile not in self._session:
            secret = self._keyring.find(profile)
            if secret is None:
                return None
            never_log(secret)
            self._session[profile] = secret
        return self._session[profile]

    def set(self, profile: str, secret: str, *, remember: bool = True) -> None:
        """Keep `secret` for `profile`: in the keyring, or with `remember=False` in memory only.

        Raises BadInput for a secret that cannot be one.
        """
        checked_secret(secret)
        never_log(secret)
        if remember:
            self._keyring.set(profile, secret)
        self._session[profile] = secret

    def delete(self, profile: str) -> None:
        """Forget the secret of `profile`, here and in the keyring; none is no error."""
        self._session.pop(profile, None)
        self._keyring.delete(profile)


def checked_secret(secret: str) -> str:
    """Return `secret` if it can be one: one line of text, not empty; else BadInput."""
    if not secret.strip():
        raise BadInput("The client secret is empty.", "secret")
    if len(secret) > LONGEST_SECRET or any(char in secret for char in "\r\n\0"):
        raise BadInput("The client secret must be one line.", "secret")
    try:
        secret.encode("utf-8")
    except UnicodeEncodeError:
        raise BadInput("The client secret is not text in UTF-8.", "secret") from None
    return secret
