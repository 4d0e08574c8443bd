"""Start the built program as a user would: its version, then the demo until its window is usable.

Usage: smoke_test.py FOLDER. The program gets no virtual environment, a home of its own and, where
there is no display, a virtual one.
"""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
READY_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 20.0
_STEP_S: Final = 0.1


class SmokeError(Exception):
    """The built program did not do what its installation promises."""


@contextlib.contextmanager
def display() -> Iterator[str]:
    """Promise the name of a display that lives as long as the block."""
    if name := os.environ.get("DISPLAY"):
        yield name
        return
    server = shutil.which("Xvfb")
    if server is None:
        raise SmokeError("Xvfb is not installed (Debian: apt-get install xvfb)")
    reading, writing = os.pipe()
    command = [
        server,
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "1600x1000x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as process:
        os.close(writing)
        try:
            if not select.select([reading], [], [], READY_WITHIN_S)[0]:
                raise SmokeError("Xvfb named no display")
            yield f":{os.read(reading, 16).decode().strip()}"
        finally:
            os.close(reading)
            process.terminate()


def check_version(program: Path, env: dict[str, str]) -> None:
    """Raise SmokeError unless `--version` prints the version of this checkout."""
    source = (ROOT / "console" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'VERSION: Final = "([^"]+)"', source)
    if found is None:
        raise SmokeError("console/__init__.py names no version")
    done = subprocess.run(
        [program, "--version"], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0 or found[1] not in done.stdout:
        raise SmokeError(f"--version gave {done.returncode}: {done.stdout}{done.stderr}")


def wait_until_ready(process: subprocess.Popen[bytes], ready_file: Path) -> int:
    """Return the window's own `ready_ms`; raise SmokeError when it ends or takes too long."""
    for _ in range(int(READY_WITHIN_S / _STEP_S)):
        with contextlib.suppress(subprocess.TimeoutExpired):
            raise SmokeError(f"the program ended by itself with {process.wait(timeout=_STEP_S)}")
        with contextlib.suppress(FileNotFoundError, json.JSONDecodeError):
            return int(json.loads(ready_file.read_text(encoding="utf-8"))["ready_ms"])
    raise SmokeError(f"no usable window within {READY_WITHIN_S:.0f} s")


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask the program to end and raise SmokeError where it, or a process it started, stays."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        raise SmokeError(f"still there {ENDS_WITHIN_S:.0f} s after SIGTERM") from None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 0)
        raise SmokeError("it left a process behind")


def check_demo(program: Path, env: dict[str, str], home: Path) -> int:
    """Return how many ms the demo's window took; raise SmokeError where it fails."""
    ready_file, output = home / "ready.json", home / "output.txt"
    env = env | {"CXONE_CONSOLE_TEST_READY_FILE": str(ready_file)}
    with output.open("wb") as written:
        process = subprocess.Popen(
            [program, "demo"], env=env, stdout=written, stderr=written, start_new_session=True
        )
        try:
            ready_ms = wait_until_ready(process, ready_file)
            end(process)
        except SmokeError as error:
            text = output.read_text(encoding="utf-8", errors="replace")
            raise SmokeError(f"demo: {error}\n{text}") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    text = output.read_text(encoding="utf-8", errors="replace")
    if "Traceback" in text:
        raise SmokeError(f"demo: a traceback is a bug\n{text}")
    return ready_ms


def main() -> int:
    """Print one line on what was found; 0 when the built program starts, else 1."""
    folder = Path(sys.argv[1]).resolve()
    program = folder / "cxone-console"
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file() and not f.is_symlink())
    try:
        with tempfile.TemporaryDirectory() as home, display() as name:
            env = {"PATH": "/usr/bin:/bin", "HOME": home, "DISPLAY": name, "LANG": "C.UTF-8"}
            check_version(program, env)
            ready_ms = check_demo(program, env, Path(home))
    except SmokeError as error:
        print(f"smoke test: {error}", file=sys.stderr)
        return 1
    print(f"smoke test: {size / 1e6:.0f} MB, window usable after {ready_ms} ms, ended when asked")
    return 0


if __name__ == "__main__":
    sys.exit(main())
