"""What every test gets: no display, no network beyond loopback, no settings of this machine."""

import asyncio
import ipaddress
import os
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import settings

PROVE: Final = bool(os.environ.pop("PROVE", ""))

# Before Qt, keyring or the time functions are first used.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
# Local time that no machine has by chance: UTC taken for local time shows. POSIX form, because a
# bare system has no zone files.
os.environ["TZ"] = "CXT-05:45"
if hasattr(time, "tzset"):
    time.tzset()

settings.register_profile("sample", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("prove", deadline=None, max_examples=2_000)
settings.load_profile("prove" if PROVE else "sample")


class NetworkUsedError(Exception):
    """A test tried to reach something beyond this machine."""


def _only_loopback(event: str, args: tuple[Any, ...]) -> None:
    """Refuse connections and name look-ups that leave this machine, whoever makes them."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind"):
        address = args[1]
        if not isinstance(address, tuple):
            return  # a Unix socket, or already connected
        host = address[0]
    else:
        return
    text = host.decode() if isinstance(host, bytes) else host
    if text in (None, "", "localhost", "0.0.0.0", "::"):
        return
    try:
        if ipaddress.ip_address(text).is_loopback:
            return
    except ValueError:
        pass  # a name: looking it up asks a server
    raise NetworkUsedError(f"{event} {text}: tests stay on loopback")


sys.addaudithook(_only_loopback)


@pytest.fixture(autouse=True)
def own_folders(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Give the test empty folders and none of the user's CXONE_CONSOLE_* settings."""
    for name in os.environ:
        if name.startswith("CXONE_CONSOLE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CXONE_CONSOLE_DATA_DIR", str(tmp_path / "data"))
    account = tmp_path_factory.mktemp("account")
    monkeypatch.setenv("CXONE_CONSOLE_AUDIT_KEY", str(account / "audit.key"))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        # Apart from `tmp_path`, which many tests take for a data folder: no key may stand there.
        monkeypatch.setenv(name, str(account / name.lower()))


@pytest.fixture(scope="session")
def proving() -> bool:
    """Promise True under `make prove`: sweeps go through every point, else a seeded sample."""
    return PROVE


@pytest.fixture
def on_qt_loop(qapp: Any) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run coroutines on Qt's event loop as the program does; a task left behind fails the test."""
    from qasync import QEventLoop

    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    try:
        yield loop.run_until_complete
        left = asyncio.all_tasks(loop)
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
        assert not left, f"tasks nobody ended: {left}"
    finally:
        loop.close()
        asyncio.set_event_loop(None)
