"""Opening a trail of a million and of ten million records: first rows, counted, memory, filters, index.

Prints a JSON line a figure. Each trail is opened by a process of its own, whose memory is told. The
larger one is the smaller one ten times over, on days that follow. lnav is measured beside where it
is installed. Options: --quick (a tenth of it).
"""

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from bench.bench_audit import DAYS, START, figure, make_trail
from console.domain.audit_view import RecordFilter
from console.store.audit_index_trail import IndexedTrail
from console.store.trail_reader import TrailReader
from console.store.trail_verify import Memory

ROUNDS: Final = 5
MANY: Final = 1_000_000
TIMES: Final = 10
_MIB: Final = 1024 * 1024


def make_larger(small: Path, large: Path) -> None:
    """Write the days of `small` ten times over."""
    days = sorted(small.glob("*.jsonl"))
    for number in range(TIMES * len(days)):
        name = f"workflow_audit_{START + timedelta(days=number):%Y%m%d}.jsonl"
        shutil.copyfile(days[number % len(days)], large / name)


def seconds(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Median seconds of `work`."""
    taken = []
    for _ in range(rounds):
        begin = perf_counter()
        work()
        taken.append(perf_counter() - begin)
    return statistics.median(taken)


def opened(folder: Path) -> dict[str, float]:
    """What a process measures that opens the trail, counts it, and reads a page here and there."""
    first = seconds(lambda: TrailReader.open(folder).newest(50))
    counted = seconds(lambda: TrailReader.open(folder).count(), 3)
    trail = TrailReader.open(folder)
    records = trail.count()
    pages = [range(n, n + 50) for n in range(0, records - 50, records // 97)]
    page = statistics.median(seconds(partial(trail.rows, numbers), 1) for numbers in pages)
    return {
        "records": records,
        "first": first,
        "counted": counted,
        "page": page,
        "memory": _peak() / _MIB,
    }


def told(what: dict[str, float], first: float, counted: float) -> None:
    """Print what a process measured, with the targets of quality.md."""
    records = int(what["records"])
    for name, value, unit, target in (
        ("audit_first_rows", what["first"], "s", first),
        ("audit_counted", what["counted"], "s", counted),
        ("audit_page_of_50_rows", what["page"], "s", None),
        ("audit_open_memory", what["memory"], "MiB", 250),
    ):
        more: dict[str, Any] = {} if target is None else {"target": target, "ok": value < target}
        figure(name, value, unit, records=records, **more)


def filters(folder: Path, cache: Path, records: int) -> None:
    """A look at every line, the index made, and its answers: the same ones."""
    scan = TrailReader.open(folder)
    scan.count()
    trail = IndexedTrail.look(folder, Memory())
    trail.keep_index(cache)
    trail.count()
    begin = perf_counter()
    if not trail.index():
        raise SystemExit("no index was made")
    size = sum(path.stat().st_size for path in cache.rglob("*.db")) / _MIB
    figure("audit_index_made", perf_counter() - begin, "s", records=records, mebibytes=round(size))
    job = f"{4711:08x}-0000-4000-8000-{4711:012x}"
    for name, wanted, target in (
        ("text", RecordFilter(text="ticket 4711x"), 0.5),
        ("letters", RecordFilter(text="KARENINOVÁ"), None),
        ("number", RecordFilter(text="ticket 47110"), 0.5),
        ("job", RecordFilter(job_id=job), None),
        ("workflow", RecordFilter(workflow_id="wf_3"), None),
        ("day", RecordFilter(since=START + timedelta(days=DAYS - 1)), None),
    ):
        looked = seconds(partial(scan.matching, wanted), 3)
        asked = seconds(partial(trail.matching, wanted), 3)
        found = scan.matching(wanted)
        if trail.matching(wanted) != found:
            raise SystemExit(f"{name}: the index gives another answer")
        more: dict[str, Any] = {} if target is None else {"target": target, "ok": looked < target}
        figure(f"audit_scan_{name}", looked, "s", found=len(found), records=records, **more)
        ratio = round(looked / asked, 1)
        figure(
            f"audit_index_{name}", asked, "s", ratio=ratio, against="every line", records=records
        )
    made = seconds(lambda: trail.histogram(RecordFilter(), None), 3)
    figure("audit_histogram", made, "s", records=records)


def lnav(folder: Path, records: int) -> None:
    """How long lnav takes to open the same files, where it is installed."""
    tool = shutil.which("lnav")
    if tool is None:
        return
    command = [tool, "-n", "-c", ":goto 0", *sorted(map(str, folder.glob("*.jsonl")))]
    taken = seconds(
        lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=600), 3
    )
    figure("lnav_open", taken, "s", records=records)


def main() -> int:
    """Print the figures; 0."""
    if sys.argv[1:2] == ["--opened"]:
        print(json.dumps(opened(Path(sys.argv[2]))))
        return 0
    many = MANY // (10 if "--quick" in sys.argv else 1)
    with tempfile.TemporaryDirectory(prefix="bench-open-") as name:
        small, large = Path(name) / "small", Path(name) / "large"
        small.mkdir()
        make_trail(small, many)
        told(_process(small), 0.1, 1.0)
        lnav(small, many)
        filters(small, Path(name) / "cache", many)
        large.mkdir()
        make_larger(small, large)
        told(_process(large), 0.5, 3.0)
    return 0


def _process(folder: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.bench_open", "--opened", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout)
    return result


def _peak() -> int:
    """The most memory this process ever had, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    sys.exit(main())
