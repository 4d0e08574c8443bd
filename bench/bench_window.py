"""Start, memory and stalls of the console's window, each against a bare window in the same run.

Prints a JSON line a figure. Options: --quick (fewer rounds, a tenth of the data, 3 s instead of
10 s before memory is read), --only start|memory|stalls, and after `--` the console's command line
for start and memory, if not the folder of 100,000 jobs and 1,000,000 records made here. Stalls
are measured in the demo, whose simulator has a process of its own. The bare window and the
console take turns (start) or run side by side (memory, stalls), so that a busy machine is busy
for both.
"""

import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.window_folder import make_busy, make_folder
from console.app.demo import CLIENT_SECRET

HERE: Final = Path(__file__).resolve().parent
CHILD: Final = HERE / "window_child.py"
READY_TIMEOUT_S: Final = 60.0
FRAME_MS: Final = 16.7


@dataclass(frozen=True)
class Rounds:
    """How often and how long: `settle_s` passes before memory is read."""

    start: int
    stalls: int
    settle_s: float
    beat_s: float
    jobs: int
    stored_jobs: int
    stored_records: int
    verified_records: int


FULL: Final = Rounds(
    start=5,
    stalls=5,
    settle_s=10.0,
    beat_s=15.0,
    jobs=500,
    stored_jobs=100_000,
    stored_records=1_000_000,
    verified_records=500_000,
)
QUICK: Final = Rounds(
    start=3,
    stalls=1,
    settle_s=3.0,
    beat_s=6.0,
    jobs=200,
    stored_jobs=10_000,
    stored_records=100_000,
    verified_records=100_000,
)


@dataclass(frozen=True)
class Stalls:
    """Gaps between two ticks of a 1 ms timer, milliseconds; `slow_share` is time above 16.7 ms."""

    p99: float
    p999: float
    slow_share: float
    worst: float


def figure(
    name: str, value: float, unit: str, against: str, reference: float, **more: object
) -> None:
    """Print one figure; the ratio is value to reference of the same run."""
    ratio = value / reference if reference else None
    print(
        json.dumps(
            {
                "name": name,
                "value": round(value, 3),
                "unit": unit,
                "ratio": None if ratio is None else round(ratio, 3),
                "against": f"{against}: {reference:.3f} {unit}",
                **more,
            }
        ),
        flush=True,
    )


def _pause(seconds: float) -> None:
    select.select([], [], [], seconds)


def _environment() -> dict[str, str]:
    # Without compiled modules on disk every start would be a compiler's, not the window's.
    unwanted = {"CXONE_CONSOLE_DATA_DIR", "PYTHONDONTWRITEBYTECODE"}
    given = {key: value for key, value in os.environ.items() if key not in unwanted}
    if not given.get("DISPLAY") and not given.get("WAYLAND_DISPLAY"):
        given.setdefault("QT_QPA_PLATFORM", "offscreen")
    # Beside the script's own folder the child needs the checkout, as `python -m console` has it.
    given["PYTHONPATH"] = str(HERE.parent)
    given["CXONE_CONSOLE_CLIENT_SECRET"] = CLIENT_SECRET
    return given


@contextmanager
def _window(
    kind: str, folder: Path, *own: str, theirs: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[bytes], float]]:
    """A window's process and the milliseconds from its start to its ready file; ends it after."""
    ready = folder / f"{kind}.ready"
    ready.unlink(missing_ok=True)
    if kind == "console" and not own:
        command = [sys.executable, "-m", "console", *theirs]  # as an operator starts it
    else:
        command = [sys.executable, str(CHILD), kind, str(ready), *own, "--", *theirs]
    with (folder / f"{kind}.err").open("wb") as errors:
        begun = perf_counter()
        process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env=_environment() | {"CXONE_CONSOLE_TEST_READY_FILE": str(ready)},
            cwd=HERE.parent,
            start_new_session=True,
        )
        try:
            while not ready.exists():
                if process.poll() is not None or perf_counter() - begun > READY_TIMEOUT_S:
                    told = (folder / f"{kind}.err").read_text(errors="replace")
                    raise SystemExit(f"the {kind} window did not become ready:\n{told[-2000:]}")
                _pause(0.001)
            yield process, (perf_counter() - begun) * 1000
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    # What the demo started beside it (the simulator) belongs to the same session of ours.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)


def resident_mb(pid: int) -> float:
    """The process' resident memory in MB (10^6 bytes), without its children."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise SystemExit(f"process {pid} has no resident memory")


def stalls(gaps: Sequence[float]) -> Stalls:
    """Sum up one heartbeat; raises SystemExit where it never ticked."""
    if not gaps:
        raise SystemExit("the heartbeat never ticked")
    ordered = sorted(gaps)
    slow = sum(gap for gap in gaps if gap > FRAME_MS)
    return Stalls(
        p99=ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))],
        p999=ordered[min(len(ordered) - 1, int(len(ordered) * 0.999))],
        slow_share=slow / sum(gaps),
        worst=ordered[-1],
    )


def bench_start(rounds: Rounds, folder: Path, theirs: Sequence[str]) -> None:
    """Process start to painted, usable window; median of the rounds, taking turns."""
    ours: list[float] = []
    bare: list[float] = []
    for turn in range(rounds.start + 1):
        with _window("bare", folder) as (_, took):
            bare.append(took)
        with _window("console", folder, theirs=theirs) as (_, took):
            ours.append(took)
        if turn == 0:  # fills the file cache and makes the demo's data folder: not counted
            ours.clear()
            bare.clear()
    figure(
        "window_start",
        statistics.median(ours),
        "ms",
        "bare PySide6 window",
        statistics.median(bare),
        target="ratio <= 1.5",
        ok=statistics.median(ours) <= 1.5 * statistics.median(bare),
        rounds=rounds.start,
    )


def bench_memory(rounds: Rounds, folder: Path, theirs: Sequence[str]) -> None:
    """Resident memory `settle_s` after the window is ready."""
    with (
        _window("bare", folder) as (bare, _),
        _window("console", folder, theirs=theirs) as (ours, _),
    ):
        _pause(rounds.settle_s)
        reference, value = resident_mb(bare.pid), resident_mb(ours.pid)
    figure(
        "window_memory",
        value,
        "MB",
        "bare PySide6 window",
        reference,
        target="ratio <= 2.5",
        ok=value <= 2.5 * reference,
        after_s=rounds.settle_s,
    )


def bench_stalls(rounds: Rounds, folder: Path, theirs: Sequence[str]) -> None:
    """Gaps of the GUI thread under a busy day's load, beside a bare window under the same.

    500 jobs run, 1,000 instances are polled with 100 changes a second, a trail is verified.
    """
    results: list[tuple[Stalls, Stalls]] = []
    for _ in range(rounds.stalls):
        beats = {kind: folder / f"{kind}.beat" for kind in ("bare", "console")}
        for beat in beats.values():
            beat.unlink(missing_ok=True)
        seconds = str(rounds.beat_s)
        jobs = str(rounds.jobs)
        with (
            _window(
                "console",
                folder,
                "--beat", str(beats["console"]), seconds,
                "--jobs", jobs,
                "--trail", str(folder / "trail"),
                theirs=theirs,
            ) as (ours, _),
            _window("bare", folder, "--beat", str(beats["bare"]), seconds) as (bare, _),
        ):  # fmt: skip
            ours.wait(READY_TIMEOUT_S + rounds.beat_s)
            bare.wait(READY_TIMEOUT_S)
        for kind, beat in beats.items():
            if not beat.exists():
                told = (folder / f"{kind}.err").read_text(errors="replace")
                raise SystemExit(f"the {kind} window ended without a heartbeat:\n{told[-2000:]}")
        measured = {kind: stalls(json.loads(beat.read_text())) for kind, beat in beats.items()}
        results.append((measured["console"], measured["bare"]))
    ours_best, bare_best = min(results, key=lambda pair: pair[0].p99)
    more = {"jobs": rounds.jobs, "seconds": rounds.beat_s, "best_of": rounds.stalls}
    against = "bare window beside it"
    figure(
        "window_stall_p99", ours_best.p99, "ms", against, bare_best.p99,
        target="<= 16 ms", ok=ours_best.p99 <= 16, **more,
    )  # fmt: skip
    figure(
        "window_stall_p999", ours_best.p999, "ms", against, bare_best.p999,
        target="<= 50 ms", ok=ours_best.p999 <= 50, worst_ms=round(ours_best.worst, 1), **more,
    )  # fmt: skip
    figure(
        "window_slow_share", ours_best.slow_share * 100, "%", against, bare_best.slow_share * 100,
        target="< 5 % of the time in gaps above 16.7 ms", ok=ours_best.slow_share < 0.05, **more,
    )  # fmt: skip


def main() -> int:
    """Run the benches that the arguments choose, all of them without one."""
    arguments = sys.argv[1:]
    theirs: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, theirs = arguments[:at], arguments[at + 1 :]
    quick = "--quick" in arguments or bool(os.environ.get("BENCH_QUICK"))
    rounds = QUICK if quick else FULL
    only = arguments[arguments.index("--only") + 1] if "--only" in arguments else ""
    with tempfile.TemporaryDirectory(prefix="cxone-bench-") as name:
        folder = Path(name)
        for place in ("CONFIG", "STATE", "CACHE"):  # the trail's key and pins are the bench's own
            os.environ[f"CXONE_CONSOLE_{place}_DIR"] = str(folder / place.lower())
        data = folder / "data"
        command = theirs or ["--data-dir", str(data)]
        if not theirs and only in ("", "start", "memory"):
            make_folder(data, rounds.stored_jobs, rounds.stored_records)
        if only in ("", "start"):
            bench_start(rounds, folder, command)
        if only in ("", "memory"):
            bench_memory(rounds, folder, command)
        if only in ("", "stalls"):
            busy = make_busy(folder / "demo", folder / "trail", rounds.verified_records)
            demo = ["--data-dir", str(folder / "demo"), "demo", "--scenario", str(busy)]
            bench_stalls(rounds, folder, demo)
    return 0


if __name__ == "__main__":
    sys.exit(main())
