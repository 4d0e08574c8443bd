"""Client secrets: in the system's keyring, in the environment, or for this session only.

Alone in importing `keyring`, and only when a secret is needed: it costs 30 ms and starts threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from console.domain.errors import BadInput, EnvironmentProblem
from console.logs import never_log, without_secrets

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "cxone-console"
VARIABLE: Final = "CXONE_CONSOLE_CLIENT_SECRET"
TIMEOUT_S: Final = 10.0
LONGEST_SECRET: Final = 10_000
_PLAINTEXT: Final = "keyrings.alt"
_NOWHERE: Final = ("keyring.backends.null", "keyring.backends.fail")
_HOW: Final = (
    "Unlock or install a keyring (on Linux: gnome-keyring or KWallet), or set "
    f"{VARIABLE} for this session"
)
T = TypeVar("T")


class SecretStore:
    """One secret a profile. Every method may wait for the keyring: call it in a worker thread.

    Where CXONE_CONSOLE_CLIENT_SECRET is set it stands in for the keyring, which is then not
    touched. Problems of the keyring are EnvironmentProblems that say what to do.
    """

    def __init__(
        self, environ: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._environ = os.environ if environ is None else environ
        self._timeout_s = timeout_s
        self._session: dict[str, str] = {}
        self._backends: list[KeyringBackend] | None = None
        self._busy = threading.Lock()

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

            def read() -> str | None:
                found = (backend.get_password(SERVICE, profile) for backend in self._usable())
                return next((secret for secret in found if secret), None)

            secret = self._ask(read)
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
            self._ask(lambda: self._usable()[0].set_password(SERVICE, profile, secret))
        self._session[profile] = secret

    def delete(self, profile: str) -> None:
        """Forget the secret of `profile`, here and in the keyring; none is no error."""
        self._session.pop(profile, None)

        def remove() -> None:
            for backend in self._usable():
                if backend.get_password(SERVICE, profile) is not None:
                    backend.delete_password(SERVICE, profile)

        self._ask(remove)

    def _usable(self) -> list[KeyringBackend]:
        """The backends that really keep secrets, best first; called in the keyring's thread."""
        if self._backends is None:
            import keyring

            chosen = keyring.get_keyring()
            # A chain hands secrets to its first member that takes them, plaintext or not.
            members: list[KeyringBackend] = list(getattr(chosen, "backends", [chosen]))
            usable = [backend for backend in members if _keeps_secrets(backend)]
            if not usable:
                raise EnvironmentProblem(_refusal(members))
            self._backends = usable
        return self._backends

    def _ask(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread of its own: a locked keyring may wait for a person for ever."""
        if not self._busy.acquire(timeout=self._timeout_s):
            raise EnvironmentProblem(f"The keyring still does not answer. {_HOW}.")
        box: SimpleQueue[tuple[T | None, Exception | None]] = SimpleQueue()

        def run() -> None:
            try:
                box.put((work(), None))
            except Exception as error:  # noqa: BLE001  # this thread's owner; a backend is a plug-in that raises anything
                box.put((None, error))
            finally:
                self._busy.release()

        threading.Thread(target=run, name="keyring", daemon=True).start()
        try:
            answer, error = box.get(timeout=self._timeout_s)
        except Empty:
            raise EnvironmentProblem(
                f"The keyring does not answer; it may be locked. {_HOW}."
            ) from None
        if isinstance(error, EnvironmentProblem):
            raise error
        if error is not None:
            raise EnvironmentProblem(f"The keyring failed: {_words(error)}. {_HOW}.") from error
        return answer  # type: ignore[return-value]  # without an error it is what `work` returned


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


def _keeps_secrets(backend: KeyringBackend) -> bool:
    modules = [kind.__module__ for kind in type(backend).__mro__]
    plaintext = any(name.split(".")[:2] == _PLAINTEXT.split(".") for name in modules)
    return not plaintext and type(backend).__module__ not in _NOWHERE


def _refusal(members: list[KeyringBackend]) -> str:
    if any(type(member).__module__.startswith(_PLAINTEXT) for member in members):
        return f"The only keyring here keeps secrets in a plain file, which is refused. {_HOW}."
    return f"This computer has no keyring to keep the secret in. {_HOW}."


def _words(error: Exception) -> str:
    text = " ".join(without_secrets(str(error)).split())[:200]
    return text.rstrip(".") or type(error).__name__
