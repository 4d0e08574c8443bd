"""Run every bench_*.py beside this file in a process of its own and print its JSON lines.

Usage: run.py [NAME]. A bench prints one JSON object a line with name, value, unit, ratio, against,
target and ok; versions are added here. Exit 1 where a bench fails or prints no figure.
"""

import json
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).resolve().parent
_PACKAGES: Final = ("PySide6-Essentials", "qasync", "httpx", "apsw", "pydantic", "aiohttp")


def versions() -> dict[str, str]:
    """Promise what a figure depends on besides the machine."""
    found = {name: version(name) for name in _PACKAGES}
    return {"python": platform.python_version(), **found}


def run(script: Path, used: dict[str, str]) -> bool:
    """Print the figures of one bench as they come; False where it failed or gave none."""
    code = f"import sys; from bench.{script.stem} import main; sys.exit(main())"
    figures = 0
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=HERE.parent, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            try:
                figure: Any = json.loads(line)
            except json.JSONDecodeError:
                figure = None
            if not isinstance(figure, dict):
                print(line, end="", file=sys.stderr)
                continue
            print(json.dumps({"versions": used} | figure), flush=True)
            figures += 1
    if process.returncode != 0 or not figures:
        print(f"{script.name}: {figures} figures, exit {process.returncode}", file=sys.stderr)
        return False
    return True


def main() -> int:
    """Run the benches whose name contains the argument, all of them without one."""
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    scripts = [s for s in sorted(HERE.glob("bench_*.py")) if wanted in s.stem]
    if not scripts:
        print(f"no bench is named {wanted!r}" if wanted else "no bench yet", file=sys.stderr)
        return 1
    used = versions()
    # A list, not a generator: one bench that fails must not keep the others from running.
    return 0 if all([run(script, used) for script in scripts]) else 1  # noqa: C419


if __name__ == "__main__":
    sys.exit(main())
