"""The system's keyring: its backends that really keep secrets, asked with a timeout.

Alone in importing `keyring`, and only when a secret is needed: it costs 30 ms and starts threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, TypeVar

from console.domain.errors import EnvironmentProblem
from console.logs import without_secrets

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

SERVICE: Final = "cxone-console"
TIMEOUT_S: Final = 10.0
_PLAINTEXT: Final = "keyrings.alt"
_NOWHERE: Final = ("keyring.backends.null", "keyring.backends.fail")
T = TypeVar("T")


class NoKeyring(EnvironmentProblem):
    """This computer has no keyring that keeps secrets; one that is locked is another thing."""


class SystemKeyring:
    """Secrets by name. Every method may wait for the keyring: call it in a worker thread.

    `how` ends every problem's text: what to do instead.
    """

    def __init__(self, how: str, timeout_s: float = TIMEOUT_S) -> None:
        self._how = how
        self._timeout_s = timeout_s
        self._backends: list[KeyringBackend] | None = None
        self._busy = threading.Lock()

    def find(self, name: str) -> str | None:
        """The secret of `name`, or None; NoKeyring or EnvironmentProblem in words."""

        def read() -> str | None:
            found = (backend.get_password(SERVICE, name) for backend in self._usable())
            return next((secret for secret in found if secret), None)

        return self._ask(read)

    def set(self, name: str, secret: str) -> None:
        """Keep `secret` under `name`."""
        self._ask(lambda: self._usable()[0].set_password(SERVICE, name, secret))

    def delete(self, name: str) -> None:
        """Forget the secret of `name`; none is no error."""

        def remove() -> None:
            for backend in self._usable():
                if backend.get_password(SERVICE, name) is not None:
                    backend.delete_password(SERVICE, name)

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
                raise NoKeyring(_refusal(members, self._how))
            self._backends = usable
        return self._backends

    def _ask(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread of its own: a locked keyring may wait for a person for ever."""
        if not self._busy.acquire(timeout=self._timeout_s):
            raise EnvironmentProblem(f"The keyring still does not answer. {self._how}.")
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
                f"The keyring does not answer; it may be locked. {self._how}."
            ) from None
        if isinstance(error, EnvironmentProblem):
            raise error
        if error is not None:
            raise EnvironmentProblem(
                f"The keyring failed: {_words(error)}. {self._how}."
            ) from error
        return answer  # type: ignore[return-value]  # without an error it is what `work` returned


def _keeps_secrets(backend: KeyringBackend) -> bool:
    modules = [kind.__module__ for kind in type(backend).__mro__]
    plaintext = any(name.split(".")[:2] == _PLAINTEXT.split(".") for name in modules)
    return not plaintext and type(backend).__module__ not in _NOWHERE


def _refusal(members: list[KeyringBackend], how: str) -> str:
    if any(type(member).__module__.startswith(_PLAINTEXT) for member in members):
        return f"The only keyring here keeps secrets in a plain file, which is refused. {how}."
    return f"This computer has no keyring to keep the secret in. {how}."


def _words(error: Exception) -> str:
    text = " ".join(without_secrets(str(error)).split())[:200]
    return text.rstrip(".") or type(error).__name__
