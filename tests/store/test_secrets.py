"""Secrets: in a keyring that keeps them, never in the clear, and never waited for without end."""

import sys
import threading
import types

import keyring
import keyring.errors
import pytest
from keyring.backend import KeyringBackend

from console.domain.errors import BadInput, EnvironmentProblem
from console.logs import redact
from console.store.secrets import SERVICE, VARIABLE, SecretStore

SECRET = "canary secret + ü"


class Memory(KeyringBackend):
    """A keyring in memory that counts its questions."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.questions = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.questions += 1
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


def backend_from(module: str) -> Memory:
    """A backend that says it comes from `module`."""
    kind: type[Memory] = type("Keyring", (Memory,), {"__module__": module})
    return kind()


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Memory:
    backend = Memory()
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return backend


def use(monkeypatch: pytest.MonkeyPatch, backend: object) -> SecretStore:
    monkeypatch.setattr(keyring, "get_keyring", lambda: backend)
    return SecretStore({})


def test_a_secret_comes_back_as_it_was_given(ring):
    SecretStore({}).set("prod", SECRET)
    assert ring.kept == {(SERVICE, "prod"): SECRET}
    assert SecretStore({}).get("prod") == SECRET


def test_the_keyring_is_asked_once_a_session(ring):
    ring.kept[SERVICE, "prod"] = SECRET
    store = SecretStore({})
    assert [store.get("prod") for _ in range(3)] == [SECRET] * 3
    assert ring.questions == 1


def test_a_secret_for_this_session_alone_never_reaches_the_keyring(ring):
    store = SecretStore({})
    store.set("prod", SECRET, remember=False)
    assert store.get("prod") == SECRET
    assert ring.kept == {}


def test_a_missing_secret_says_how_to_enter_it(ring):
    store = SecretStore({})
    assert store.find("prod") is None
    with pytest.raises(EnvironmentProblem, match="profile add prod --replace"):
        store.get("prod")


def test_a_forgotten_secret_is_gone_from_session_and_keyring(ring):
    store = SecretStore({})
    store.set("prod", SECRET)
    store.delete("prod")
    store.delete("prod")
    assert ring.kept == {}
    assert store.find("prod") is None


def test_the_environment_stands_in_and_the_keyring_is_left_alone(ring):
    store = SecretStore({VARIABLE: SECRET})
    assert store.stands_in
    assert store.get("prod") == store.get("other") == SECRET
    assert (ring.questions, ring.kept) == (0, {})
    assert not SecretStore({VARIABLE: ""}).stands_in


def test_a_secret_once_seen_is_kept_out_of_every_log(ring):
    ring.kept[SERVICE, "prod"] = "canary-from-the-keyring"
    SecretStore({}).get("prod")
    SecretStore({VARIABLE: "canary-from-the-environment"}).get("prod")
    SecretStore({}).set("prod", "canary-typed", remember=False)
    assert "canary" not in redact(
        "canary-from-the-keyring canary-from-the-environment canary-typed"
    )


@pytest.mark.parametrize("secret", ["", "  ", "a\nb", "a\rb", "a\0b", "a\ud800", "x" * 10_001])
def test_what_cannot_be_a_secret_is_refused_and_not_kept(ring, secret):
    with pytest.raises(BadInput) as caught:
        SecretStore({}).set("prod", secret)
    assert caught.value.field == "secret"
    assert ring.kept == {}


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("keyrings.alt.file", "plain file"),
        ("keyrings.alt.Windows", "plain file"),
        ("keyring.backends.fail", "no keyring"),
        ("keyring.backends.null", "no keyring"),
    ],
)
def test_a_keyring_that_keeps_no_secret_is_refused(monkeypatch, module, words):
    backend = backend_from(module)
    store = use(monkeypatch, backend)
    for work in (lambda: store.set("prod", SECRET), lambda: store.get("prod")):
        with pytest.raises(EnvironmentProblem, match=words) as caught:
            work()
        assert VARIABLE in str(caught.value)
    assert backend.kept == {}


def test_a_plain_keyring_under_another_name_is_refused_too(monkeypatch):
    plain = type("Plain", (Memory,), {"__module__": "keyrings.alt.file"})
    disguised = type("Mine", (plain,), {"__module__": "my.keyring"})()
    with pytest.raises(EnvironmentProblem):
        use(monkeypatch, disguised).set("prod", SECRET)


def test_of_a_chain_only_the_members_that_keep_secrets_are_used(monkeypatch):
    plain, good, other = backend_from("keyrings.alt.file"), Memory(), Memory()
    chain = types.SimpleNamespace(backends=[plain, good, other])
    store = use(monkeypatch, chain)
    store.set("prod", SECRET)
    assert (plain.kept, good.kept, other.kept) == ({}, {(SERVICE, "prod"): SECRET}, {})
    other.kept[SERVICE, "old"] = "from the second"
    assert store.get("old") == "from the second"


def test_any_other_keyring_that_the_user_names_is_honoured(monkeypatch):
    store = use(monkeypatch, backend_from("my.own.keyring"))
    store.set("prod", SECRET)
    assert SecretStore.get(store, "prod") == SECRET


def test_the_tests_own_keyring_fails_and_says_what_to_do():
    with pytest.raises(EnvironmentProblem, match="no keyring"):
        SecretStore({}).get("prod")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (keyring.errors.KeyringLocked("The collection is locked."), "is locked"),
        (keyring.errors.PasswordSetError(f"cannot keep {SECRET}"), "cannot keep"),
        (RuntimeError(), "RuntimeError"),
        (OSError("no bus"), "no bus"),
    ],
)
def test_whatever_a_keyring_raises_is_told_in_words_without_the_secret(
    monkeypatch, ring, error, words
):
    def fail(*_: str) -> None:
        raise error

    monkeypatch.setattr(ring, "set_password", fail)
    with pytest.raises(EnvironmentProblem, match=words) as caught:
        SecretStore({}).set("prod", SECRET)
    assert SECRET not in str(caught.value)


def test_a_keyring_that_hangs_is_left_and_can_be_asked_again_when_it_woke_up(
    monkeypatch: pytest.MonkeyPatch, ring: Memory
):
    ring.kept[SERVICE, "prod"] = SECRET
    unlocked = threading.Event()
    really = ring.get_password

    def locked(service: str, username: str) -> str | None:
        unlocked.wait()
        return really(service, username)

    monkeypatch.setattr(ring, "get_password", locked)
    store = SecretStore({}, timeout_s=0.05)
    for words in ("does not answer", "still does not answer"):
        with pytest.raises(EnvironmentProblem, match=words):
            store.get("prod")
    unlocked.set()
    store._keyring._timeout_s = 10
    assert store.get("prod") == SECRET


def test_the_store_shows_no_secret():
    store = SecretStore({})
    store.set("prod", SECRET, remember=False)
    assert SECRET not in repr(store)


def test_keyring_is_not_imported_before_a_secret_is_asked_for():
    import subprocess

    code = "import sys; import console.store.secrets as s; s.SecretStore(); print('keyring' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"
