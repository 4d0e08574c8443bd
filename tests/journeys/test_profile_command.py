"""`profile` from the outside: what is stored, what is said, and the exit codes."""

import asyncio
import getpass
import io
import json
import sys
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend

from console.app.profiles import check_draft
from console.app.system import SystemClock
from console.cli import main
from console.config import Settings
from console.store.profiles import Profile
from console.store.secrets import SecretStore
from tests.cxone.loopback import LoopbackServer, answer, token_answer

SECRET = "canary-secret-of-the-command"
VARIABLE = "CXONE_CONSOLE_CLIENT_SECRET"
LIST = answer(200, {"totalCount": 4, "pageNumber": 1, "pageSize": 1, "instances": []})


class Ring(KeyringBackend):
    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[str, str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[username]


@pytest.fixture
def ring(monkeypatch: pytest.MonkeyPatch) -> Ring:
    ring = Ring()
    monkeypatch.setattr(keyring, "get_keyring", lambda: ring)
    return ring


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    """A tenant in a thread of its own, since a command runs its own loop."""
    server = LoopbackServer(LIST)
    ready, loop = threading.Event(), asyncio.new_event_loop()
    stop = asyncio.Event()

    async def serve() -> None:
        async with server:
            ready.set()
            await stop.wait()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch):
    def give(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    give(b"")
    return give


def add(url: str, *more: str) -> int:
    urls = ["--token-url", f"{url}/token", "--api-url", url]
    return main(["profile", "add", "local", "--client-id", "client-1", *urls, *more])


def profiles_file(tmp_path: Path) -> str:
    return (tmp_path / "data" / "profiles.toml").read_text()


def test_a_secret_from_stdin_goes_into_the_keyring_and_nowhere_else(ring, stdin, tmp_path, capsys):
    stdin(f"{SECRET}\r\n".encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0
    assert ring.kept == {"local": SECRET}
    told = capsys.readouterr()
    assert SECRET not in told.out + told.err
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert all(SECRET.encode() not in path.read_bytes() for path in written)


def test_a_secret_is_asked_for_at_a_terminal_and_not_shown(ring, monkeypatch, stdin, capsys):
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", lambda _: SECRET)
    assert add("http://127.0.0.1:9") == 0
    assert ring.kept == {"local": SECRET}
    assert SECRET not in capsys.readouterr().out


def test_a_terminal_that_gives_no_secret_ends_with_usage(ring, monkeypatch, stdin):
    def gone(_: str) -> str:
        raise EOFError

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(getpass, "getpass", gone)
    assert add("http://127.0.0.1:9") == 2


def test_a_secret_in_the_environment_stands_in_and_is_stored_nowhere(
    ring, stdin, monkeypatch, tmp_path, capsys
):
    monkeypatch.setenv(VARIABLE, SECRET)
    assert add("http://127.0.0.1:9") == 0
    stdin(b"another secret")
    assert add("http://127.0.0.1:9", "--secret-stdin", "--replace") == 0
    assert ring.kept == {}
    assert "was not stored" in capsys.readouterr().err
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(SECRET.encode() not in path.read_bytes() for path in files)


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines\n", b"\xff\xfe"])
def test_a_secret_that_cannot_be_one_stores_nothing(ring, stdin, content, tmp_path, capsys):
    stdin(content)
    assert add("http://127.0.0.1:9", "--secret-stdin") == 2
    assert ring.kept == {}
    assert not (tmp_path / "data" / "profiles.toml").exists()
    assert "secret" in capsys.readouterr().err


def test_without_terminal_and_secret_it_says_how_to_give_one(ring, stdin, capsys):
    assert add("http://127.0.0.1:9") == 2
    told = capsys.readouterr().err
    assert "--secret-stdin" in told
    assert VARIABLE in told


def test_without_a_keyring_nothing_is_stored_and_the_exit_is_3(stdin, tmp_path, capsys):
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 3
    assert not (tmp_path / "data" / "profiles.toml").exists()
    assert VARIABLE in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--region", "us-2", "--contract", "studio"], "workflow-api only"),
        (["--api-url", "http://example.com", "--token-url", "https://a.example"], "https://"),
        ([], "Name a region"),
        (["--region", "us-2", "--environment", "live"], "invalid choice"),
        (["--region", "../.."], "region"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_before_any_secret(
    ring, monkeypatch, options, words, capsys, tmp_path
):
    monkeypatch.setattr(getpass, "getpass", lambda _: pytest.fail("asked for the secret"))
    assert main(["profile", "add", "p", "--client-id", "c", *options]) == 2
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1
    assert not (tmp_path / "data" / "profiles.toml").exists()


def test_a_name_that_is_taken_needs_a_word(ring, stdin, capsys, tmp_path):
    stdin(b"first-secret")
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0
    stdin(b"second-secret")
    assert add("http://127.0.0.1:8", "--secret-stdin") == 2
    assert "--replace" in capsys.readouterr().err
    assert ring.kept == {"local": "first-secret"}
    stdin(b"second-secret")
    assert add("http://127.0.0.1:8", "--secret-stdin", "--replace") == 0
    assert ring.kept == {"local": "second-secret"}
    assert "127.0.0.1:8" in profiles_file(tmp_path)


def test_profiles_are_listed_as_lines_and_as_json(ring, stdin, capsys):
    assert main(["profile", "list"]) == 0
    assert "No profiles yet" in capsys.readouterr().out
    assert main(["profile", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    stdin(SECRET.encode())
    options = ["--client-id", "c", "--region", "us-2", "--secret-stdin"]
    assert main(["profile", "add", "cloud", *options]) == 0
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin", "--json") == 0
    capsys.readouterr()
    assert main(["--json", "profile", "list"]) == 0
    cloud, local = json.loads(capsys.readouterr().out)
    assert cloud == {
        "name": "cloud",
        "contract": "workflow-api",
        "environment": "production",
        "region": "us-2",
        "clientId": "c",
        "tokenUrl": "https://us-2.auth.cxone.com/v1/oauth2/token",
        "apiUrl": "https://us-2.api.cxone.com",
        "lastUsed": True,
    }
    assert (local["environment"], local["lastUsed"]) == ("demo", False)
    assert main(["profile", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["NAME", "cloud", "local"]


def test_each_change_of_a_connection_is_in_the_trail(ring, stdin, tmp_path):
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0
    assert main(["profile", "remove", "local"]) == 0
    (day,) = (tmp_path / "data" / "audit").glob("workflow_audit_*.jsonl")
    records = [json.loads(line) for line in day.read_text().splitlines()]
    changes = [r["payload"] for r in records if r["event_type"] == "CONNECTION_CHANGED"]
    assert [change["change"] for change in changes] == ["added", "removed"]
    assert all(change["profile"] == "local" and change["operator"] for change in changes)


def test_a_removed_profile_takes_its_secret_along(ring, stdin, capsys):
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "remove", "local", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"removed": "local", "note": None}
    assert ring.kept == {}
    assert main(["profile", "remove", "local"]) == 3
    assert "no profile 'local'" in capsys.readouterr().err


def test_a_profile_is_removed_even_where_the_keyring_is_gone(ring, stdin, monkeypatch, capsys):
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0

    def broken(*_: str) -> str:
        raise OSError("no bus")

    monkeypatch.setattr(ring, "get_password", broken)
    assert main(["profile", "remove", "local"]) == 0
    told = capsys.readouterr()
    assert "Removed local" in told.out
    assert "may still be in the keyring" in told.err
    assert main(["profile", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_with_a_secret_in_the_environment_removing_asks_no_keyring(ring, stdin, monkeypatch):
    monkeypatch.setenv(VARIABLE, SECRET)
    assert add("http://127.0.0.1:9") == 0
    ring.kept["local"] = "older"
    assert main(["profile", "remove", "local"]) == 0
    assert ring.kept == {"local": "older"}


def test_a_test_signs_in_reads_once_and_tells_each_steps_time(ring, stdin, server, capsys):
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "local"]) == 0
    told = capsys.readouterr().out
    assert "Sign in" in told
    assert "59 min" in told or "60 min" in told
    assert "4 running instances can be read." in told
    assert [request.target.split("?")[0] for request in server.requests] == [
        "/token",
        "/api/v2/workflows/instances",
    ]
    assert all(request.method == "GET" for request in server.calls)


def test_a_test_as_json_names_every_step(ring, stdin, server, capsys):
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["profile"], document["passed"]) == ("local", True)
    assert [step["title"] for step in document["steps"]] == ["Sign in", "Read instances"]
    assert all(step["passed"] and step["tookMs"] > 0 for step in document["steps"])


def test_a_refused_sign_in_ends_with_1_and_reads_nothing(ring, stdin, server, capsys):
    server.token_reply = answer(401, {"error": "invalid_client"})
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "local"]) == 1
    told = capsys.readouterr()
    assert "refused the client id or its secret" in told.out
    assert "skipped" in told.out
    assert "does not answer as it should" in told.err
    assert server.calls == []


@pytest.mark.parametrize(
    ("reply", "words"),
    [(answer(403, {}), "workflow:read"), (answer(200, body=b"<html>hello</html>"), "not JSON")],
)
def test_a_reading_that_fails_ends_with_1_and_says_why(ring, stdin, server, capsys, reply, words):
    server.reply = reply
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "local"]) == 1
    assert words in capsys.readouterr().out


def test_a_token_for_one_use_and_a_list_without_a_total_are_told(ring, stdin, server, capsys):
    server.token_reply = token_answer(life=None)
    server.reply = answer(200, {"instances": []})
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "local"]) == 0
    told = capsys.readouterr().out
    assert "for one use only" in told
    assert "unknown number" in told


@pytest.mark.parametrize(("year", "words"), [(0, ""), (1, "behind"), (-1, "ahead of")])
def test_a_clock_that_differs_from_the_servers_is_told(ring, stdin, server, capsys, year, words):
    date = datetime.now(UTC) + timedelta(days=30 * year)
    server.reply = answer(200, {"totalCount": 0}, {"Date": format_datetime(date, usegmt=True)})
    stdin(SECRET.encode())
    assert add(server.url, "--secret-stdin") == 0
    capsys.readouterr()
    assert main(["profile", "test", "local"]) == 0
    told = capsys.readouterr().out
    assert ("This computer's clock" in told) == bool(words)
    assert words in told


async def test_a_profile_can_be_tried_before_it_is_stored_and_tells_its_steps(ring):
    seen: list[list[bool | None]] = []
    async with LoopbackServer(LIST) as tenant:
        profile = Profile("new", "c", token_url=f"{tenant.url}/token", api_url=tenant.url)
        checked = await check_draft(
            profile,
            SECRET,
            Settings(),
            SecretStore({}),
            SystemClock(),
            lambda steps: seen.append([step.passed for step in steps]),
        )
    assert checked.code == 0
    assert seen == [[None], [True, None], [True, True]]
    assert ring.kept == {}


async def test_a_draft_without_a_secret_takes_the_one_of_its_name(ring):
    async with LoopbackServer(LIST) as tenant:
        profile = Profile("new", "c", token_url=f"{tenant.url}/token", api_url=tenant.url)
        given = (None, Settings(), SecretStore({}), SystemClock())
        assert (await check_draft(profile, *given)).code == 3
        assert tenant.requests == []
        ring.kept["new"] = SECRET
        assert (await check_draft(profile, *given)).code == 0


def test_nobody_listening_ends_with_3(ring, stdin, capsys):
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:1", "--secret-stdin") == 0
    assert main(["profile", "test", "local"]) == 3
    assert "refused" in capsys.readouterr().out


def test_a_test_without_secret_profile_or_any_profile_ends_with_3(ring, stdin, capsys):
    assert main(["profile", "test"]) == 3
    assert main(["profile", "test", "nobody"]) == 3
    stdin(SECRET.encode())
    assert add("http://127.0.0.1:9", "--secret-stdin") == 0
    ring.kept.clear()
    assert main(["profile", "test", "local"]) == 3
    assert "No secret is stored" in capsys.readouterr().err


def test_a_production_profile_is_never_tested_unnamed(ring, stdin, capsys):
    stdin(SECRET.encode())
    options = ["--client-id", "c", "--region", "us-2", "--secret-stdin"]
    assert main(["profile", "add", "prod", *options]) == 0
    assert main(["profile", "test"]) == 2
    assert "must be named" in capsys.readouterr().err
