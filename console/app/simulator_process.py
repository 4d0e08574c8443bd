"""The demo's simulator in a process of its own, so that it never takes time from the window."""

from __future__ import annotations

import asyncio
import socket
import sys
from typing import Final

from console.domain.errors import EnvironmentProblem

START_S: Final = 20.0
END_S: Final = 3.0


class SimulatorProcess:
    """A running `simulate`; it ends with this process, because its standard input closes."""

    def __init__(self, process: asyncio.subprocess.Process, base_url: str) -> None:
        self._process = process
        self.base_url = base_url

    @classmethod
    async def start(cls, scenario: str, port: int = 0) -> SimulatorProcess:
        """Start it on `port` (taken already: any free one); EnvironmentProblem if it won't start."""
        if port and not _free(port):
            port = 0
        process = await asyncio.create_subprocess_exec(
            *_program(),
            "simulate",
            "--port",
            str(port),
            "--scenario",
            scenario,
            "--until-input-ends",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        try:
            async with asyncio.timeout(START_S):
                line = (await process.stdout.readline()).decode()
        except TimeoutError:
            line = ""
        if not line.startswith("listening on "):
            if process.returncode is None:
                process.kill()
            _, told = await process.communicate()
            words = told.decode("utf-8", "replace").strip().removeprefix("cxone-console: ")
            raise EnvironmentProblem(f"The simulator did not start. {words}")
        return cls(process, line.removeprefix("listening on ").strip())

    async def stop(self) -> None:
        """End it and wait until it has ended."""
        if self._process.returncode is not None:
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def _program() -> list[str]:
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
