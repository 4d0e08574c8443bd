"""The console as a program of its own: started, spoken to, interrupted and killed from outside."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from console.store.locks import FileLock

ROOT: Final = Path(__file__).resolve().parents[2]
SECRET: Final = "s3cr3t-CANARY-of-the-client"
PATIENCE_S: Final = 30.0
LIMITED: Final = """
import resource, sys
limit = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
from console.cli import main
sys.exit(main())
"""


def until(condition: Callable[[], Any], what: str) -> None:
    """Return as soon as `condition` holds; fail with `what` where it does not come true."""
    tick = threading.Event()
    for _ in range(int(PATIENCE_S / 0.01)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError(f"never came true: {what}")


@dataclass(frozen=True)
class Ran:
    """What a finished command left: exit code and text."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def one_line(self) -> str:
        """The one line on stderr; more, or a traceback, fails."""
        assert "Traceback" not in self.err, self.err
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        return lines[0]


class Running:
    """A command that has not ended yet."""

    def __init__(self, process: subprocess.Popen[bytes], said: list[bytes]) -> None:
        self._process = process
        self._said = said

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def first_line(self) -> str:
        """The first line it prints, as soon as it is there."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().decode().strip()

    def first_trouble(self) -> str:
        """The first line on stderr, as soon as it is there."""
        assert self._process.stderr is not None
        return self._process.stderr.readline().decode().strip()

    def kill(self) -> None:
        """Power loss, as far as a process can tell."""
        self._process.kill()
        self.end()

    def interrupt(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def close_output(self) -> None:
        """Stop reading, as `head` does."""
        assert self._process.stdout is not None
        self._process.stdout.close()

    def terminate(self) -> None:
        """What a service manager sends first."""
        self._process.terminate()

    def end(self) -> Ran:
        """Wait for its end."""
        if self._process.stdout is not None and self._process.stdout.closed:
            self._process.stdout = None
        out, err = self._process.communicate(timeout=PATIENCE_S)
        out = out or b""
        self._said += [out, err]
        return Ran(self._process.returncode, out.decode(), err.decode())


class Program:
    """`python -m console` over one data folder, with quick look-ups."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.config_dir = folder / "config"
        self.said: list[bytes] = []
        self.settings = {
            "CXONE_CONSOLE_DATA_DIR": str(self.data_dir),
            "CXONE_CONSOLE_CONFIG_DIR": str(self.config_dir),
            "CXONE_CONSOLE_CLIENT_SECRET": SECRET,
            # The test's own, so that what it does in its own process is signed by the same key.
            "CXONE_CONSOLE_AUDIT_KEY": os.environ.get(
                "CXONE_CONSOLE_AUDIT_KEY", str(folder / "audit.key")
            ),
            "CXONE_CONSOLE_OPERATOR": "op-north",
            "CXONE_CONSOLE_LOOKUP_FIRST_S": "0.1",
            "CXONE_CONSOLE_LOOKUP_SECOND_S": "0.1",
            "CXONE_CONSOLE_BASE_DELAY_S": "0.1",
            "CXONE_CONSOLE_POLL_INTERVAL_S": "0.2",
        }

    @contextmanager
    def started(
        self,
        *args: str | bytes,
        file_limit: int | None = None,
        under: Sequence[str] = (),
        **settings: str,
    ) -> Iterator[Running]:
        """Run a command beside the test; it is dead afterwards.

        `under` is a command that runs it, as strace does.
        """
        process = self._popen(args, file_limit, settings, under)
        try:
            yield Running(process, self.said)
        finally:
            if process.poll() is None:
                process.kill()
            if under:
                with suppress(ProcessLookupError):  # what ran under it may outlive it
                    os.killpg(process.pid, signal.SIGKILL)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()
            process.wait()

    def run(
        self,
        *args: str | bytes,
        file_limit: int | None = None,
        under: Sequence[str] = (),
        **settings: str,
    ) -> Ran:
        """Run a command to its end.

        A setting given as '' is taken out of the environment. With `file_limit` no file may grow
        beyond so many bytes, as on a full disk.
        """
        with self.started(*args, file_limit=file_limit, under=under, **settings) as running:
            return running.end()

    def redirected(self, redirection: str, *args: str, **settings: str) -> int:
        """Run a command with its streams as a shell's `redirection` says; returns the exit code.

        What still comes out of it is kept in `said`.
        """
        line = f'exec "$0" -m console "$@" {redirection}'
        ran = subprocess.run(
            ["sh", "-c", line, sys.executable, *args],
            cwd=ROOT,
            env=self._environment(settings),
            capture_output=True,
            timeout=PATIENCE_S,
            check=False,
        )
        self.said += [ran.stdout, ran.stderr]
        assert b"Traceback" not in ran.stderr, ran.stderr.decode()
        return ran.returncode

    def connect(self, url: str, *more: str) -> None:
        """Add the profile demo for the tenant at `url`."""
        ran = self.run(
            *("profile", "add", "demo", "--client-id", "demo-client"),
            *("--token-url", f"{url}/v1/oauth2/token", "--api-url", url, *more),
        )
        assert ran.code == 0, ran.err

    def jobs(self) -> list[dict[str, Any]]:
        """`queue list --json`."""
        ran = self.run("queue", "list", "--json")
        assert ran.code == 0, ran.err
        found: list[dict[str, Any]] = ran.json
        return found

    def records(self) -> list[dict[str, Any]]:
        """Every record of the trail; each must hold by the tutorial's own rule."""
        found = []
        for file in sorted((self.data_dir / "audit").glob("workflow_audit_*.jsonl")):
            for line in file.read_text("utf-8").splitlines():
                record = json.loads(line)
                assert list(record) == ["timestamp", "event_type", "payload", "compliance_hash"]
                raw = json.dumps(record["payload"], sort_keys=True).encode("utf-8")
                assert sha256(raw).hexdigest() == record["compliance_hash"], line
                found.append(record)
        return found

    def sends(self) -> bool:
        """True while a process is the sender: it is so a moment after it has begun."""
        lock = FileLock(self.data_dir / "sender.lock")
        free = lock.acquire(block=False)
        if free:
            lock.release()
        return not free

    def types(self) -> list[str]:
        """The records' event types, in order."""
        return [record["event_type"] for record in self.records()]

    def payloads(self, event_type: str) -> list[dict[str, Any]]:
        """The payloads of the records of one type."""
        return [r["payload"] for r in self.records() if r["event_type"] == event_type]

    def written(self) -> bytes:
        """Every byte that the program wrote: files, stdout and stderr."""
        files = [path for path in self.data_dir.parent.rglob("*") if path.is_file()]
        return b"\n".join([*self.said, *(path.read_bytes() for path in files)])

    def _popen(
        self,
        args: tuple[str | bytes, ...],
        file_limit: int | None,
        settings: dict[str, str],
        under: Sequence[str] = (),
    ) -> subprocess.Popen[bytes]:
        program = ("-m", "console") if file_limit is None else ("-c", LIMITED, str(file_limit))
        return subprocess.Popen(
            [*under, sys.executable, *program, *args],
            cwd=ROOT,
            env=self._environment(settings),
            start_new_session=bool(under),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def _environment(self, settings: dict[str, str]) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("CXONE_CONSOLE_")}
        given = {f"CXONE_CONSOLE_{key.upper()}": value for key, value in settings.items()}
        env |= self.settings | given
        return {key: value for key, value in env.items() if value}
