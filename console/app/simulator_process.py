"""The demo's simulator in a process of its own, so that it never takes time from the window."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from typing import Final

from console.domain.errors import EnvironmentProblem

START_S: Final = 20.0
END_S: Final = 3.0
LISTENING: Final = "listening on "


class SimulatorProcess:
    """A `simulate` on a port; it ends with this process, because its standard input closes.

    It starts at once and is waited for by `base_url`, so that both start at the same time.
    """

    def __init__(self, scenario: str, port: int = 0) -> None:
        command = [*program(), "simulate", "--port", str(port if _free(port) else 0)]
        self._process = subprocess.Popen(  # noqa: S603 - our own program, without a shell
            [*command, "--scenario", scenario, "--until-input-ends"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def base_url(self) -> str:
        """Wait until it listens; raises EnvironmentProblem with its words where it did not start."""
        assert self._process.stdout is not None
        late = threading.Timer(START_S, self._process.kill)
        late.start()
        line = self._process.stdout.readline().decode("utf-8", "replace")
        late.cancel()
        if line.startswith(LISTENING):
            return line.removeprefix(LISTENING).strip()
        _, told = self._process.communicate()
        words = told.decode("utf-8", "replace").strip().removeprefix("cxone-console: ")
        raise EnvironmentProblem(f"The simulator did not start. {words}")

    def stop(self) -> None:
        """End it and wait until it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def program() -> list[str]:
    """The command that starts this very program: itself where it was built into one file."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "console"]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
