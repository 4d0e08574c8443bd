"""How long a file of 10,000 rows takes into the queue, and how much memory: every row judged by a
definition's schema, all rows with their records in one durable commit.

The command runs as a process of its own; what is measured is the whole of it, start included.
The growth is its peak beside that of the same command with a file of one row.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from console.app.place import Place
from console.resources import resource_path
from console.store.profiles import Profile

ROOT: Final = Path(__file__).resolve().parents[1]
ROWS: Final = 10_000
ROUNDS: Final = 5
WORKFLOW: Final = "wf_callback"
HEADER: Final = (
    "customerId,phoneNumber,topic,preferredDate,windowMinutes,leaveVoicemail,otherNumbers"
)
TARGET_S: Final = 3.0
TARGET_MB: Final = 150.0
CHILD: Final = """
import resource, sys
from console.cli import main
code = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""


@dataclass(frozen=True)
class Taken:
    """Seconds and peak megabytes of one command."""

    seconds: float
    megabytes: float


def write_rows(path: Path, rows: int, first: int) -> None:
    topics = ("billing", "delivery", "technical", "contract", "complaint")
    lines = (
        f"CUST-{number % 100_000:05d},+1415{number:07d},{topics[number % 5]},2026-12-03,60,yes,"
        f'"[""+1415{number:07d}""]"'
        for number in range(first, first + rows)
    )
    path.write_text("\n".join((HEADER, *lines)) + "\n", "utf-8")


def batch(folder: Path, file: Path, rows: int) -> Taken:
    """Queue one file by the command line."""
    command = [sys.executable, "-c", CHILD, "batch", str(file), "--workflow", WORKFLOW, "--json"]
    began = time.perf_counter()
    done = subprocess.run(
        [*command, "--data-dir", str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - began
    assert json.loads(done.stdout)["queued"] == rows
    return Taken(seconds, int(done.stderr.split()[-1]) / 1024)


def prepared(folder: Path) -> Path:
    """A data folder with a profile and the example workflows."""
    place = Place.find(str(folder))
    nowhere = "http://127.0.0.1:9"
    place.profiles.add(
        Profile("bench", "id", environment="demo", token_url=nowhere, api_url=nowhere)
    )
    place.profiles.use("bench")
    place.definitions.seed_from(resource_path("workflows"))
    return folder


def figure(name: str, value: float, unit: str, target: float, **more: Any) -> None:
    line = {"name": name, "value": round(value, 3), "unit": unit, "target": target}
    print(json.dumps(line | {"ok": value <= target} | more), flush=True)


def main() -> int:
    """Print both figures."""
    for name in [name for name in os.environ if name.startswith("CXONE_CONSOLE_")]:
        del os.environ[name]
    with tempfile.TemporaryDirectory(prefix="bench-batch-") as made:
        home = Path(made)
        os.environ["CXONE_CONSOLE_CONFIG_DIR"] = str(home / "config")
        one, many = home / "one.csv", home / "many.csv"
        alone, full = [], []
        for number in range(ROUNDS):
            write_rows(one, 1, number)
            write_rows(many, ROWS, 100 + number)
            alone.append(batch(prepared(home / f"one-{number}"), one, 1))
            full.append(batch(prepared(home / f"many-{number}"), many, ROWS))
    seconds = median(item.seconds for item in full)
    start = median(item.seconds for item in alone)
    figure(
        "batch_10000_rows", seconds, "s", TARGET_S, against="one row", against_value=round(start, 3)
    )
    growth = median(big.megabytes - small.megabytes for big, small in zip(full, alone, strict=True))
    figure("batch_10000_rows_memory", growth, "MB", TARGET_MB, against="one row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
