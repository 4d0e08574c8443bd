"""For tests from outside: a file that says when the window was painted and usable."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Final

READY_FILE: Final = "CXONE_CONSOLE_TEST_READY_FILE"


def age_ms(started: float | None = None) -> float:
    """Return milliseconds since this process began; `started` is perf_counter at its entry.

    Linux tells when the process was made (in steps of 10 ms); elsewhere `started` must do.
    """
    try:
        stat = Path("/proc/self/stat").read_text(encoding="ascii")
        ticks = int(stat.rpartition(")")[2].split()[19])
        made = ticks / os.sysconf("SC_CLK_TCK")
        return (time.clock_gettime(time.CLOCK_BOOTTIME) - made) * 1000
    except (OSError, AttributeError, ValueError, IndexError):
        return (time.perf_counter() - started) * 1000 if started is not None else 0.0


def tell_ready(started: float | None = None) -> None:
    """Write {"ready_ms": ...} to the file that the environment names, if it names one."""
    wanted = os.environ.get(READY_FILE)
    if wanted:
        part = Path(f"{wanted}.part")
        part.write_text(json.dumps({"ready_ms": round(age_ms(started), 1)}), encoding="utf-8")
        part.replace(wanted)
