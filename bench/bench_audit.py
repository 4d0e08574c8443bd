"""The audit trail: judging every record as a window does, against the tutorial's loop.

Prints a JSON line a figure. The trail is made anew in a temporary folder, the same every time:
nested payloads, not only ASCII, about 450 bytes a record. Options: --quick (a tenth of it).
"""

import hashlib
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from console.domain.audit import record_line
from console.store.trail_reader import TrailReader

ROUNDS: Final = 5
DAYS: Final = 10
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
NAMES: Final = ("Anna Kareninová", "José Ortega", "李雷", "Grace Hopper")


def make_trail(folder: Path, records: int) -> None:
    """Write `records` records over ten days into `folder`."""
    a_day = records // DAYS
    for day in range(DAYS):
        first = START + timedelta(days=day)
        lines = (_line(day * a_day + n, first + timedelta(milliseconds=n)) for n in range(a_day))
        (folder / f"workflow_audit_{first:%Y%m%d}.jsonl").write_bytes(b"".join(lines))


def tutorial_loop(folder: Path) -> int:
    """The tutorial's rule as its reader would write it; returns how many hashes hold."""
    good = 0
    for path in sorted(folder.glob("workflow_audit_*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for line in file:
                record = json.loads(line)
                text = json.dumps(record["payload"], sort_keys=True).encode("utf-8")
                good += hashlib.sha256(text).hexdigest() == record["compliance_hash"]
    return good


def figure(name: str, value: float, unit: str, **more: Any) -> None:
    """Print one figure."""
    print(json.dumps({"name": name, "value": round(value, 4), "unit": unit} | more), flush=True)


def judging(folder: Path, records: int) -> None:
    """Records a second, ours and the tutorial's loop taking turns; medians."""
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(_seconds(lambda: _expect(tutorial_loop(folder), records)))
        ours.append(_seconds(lambda: _expect(_intact(folder), records)))
    rate = records / statistics.median(ours)
    loop = records / statistics.median(theirs)
    figure(
        "audit_verify_hash_rule",
        rate,
        "records/s",
        ratio=round(rate / loop, 3),
        against="the tutorial's loop",
        reference=round(loop),
        records=records,
    )


def main() -> int:
    """Print the figures; 0."""
    scale = 10 if "--quick" in sys.argv else 1
    with tempfile.TemporaryDirectory(prefix="bench-audit-") as name:
        small = Path(name) / "small"
        small.mkdir()
        make_trail(small, 100_000 // scale)
        judging(small, 100_000 // scale)
    return 0


def payload_of(number: int) -> dict[str, Any]:
    """What record `number` says: nested, and not only ASCII."""
    return {
        "workflowId": f"wf_{number % 7}",
        "instanceId": f"{number * 2654435761 % 2**32:08x}-{number:08x}",
        "jobId": f"{number:08x}-0000-4000-8000-{number:012x}",
        "operator": NAMES[number % len(NAMES)],
        "reason": f"Customer asked for a call back, ticket {number}",
        "priority": number % 10 + 1,
        "latency_ms": number * 1.37 % 900,
        "routing": {"channel": "voice", "queues": ["sales", "support"], "depth": number % 5},
    }


def _line(number: int, at: datetime) -> bytes:
    return record_line(at, "WORKFLOW_TRIGGERED", payload_of(number))


def _intact(folder: Path) -> int:
    report = TrailReader.open(folder).verify()
    return report.records if report.intact else -1


def _seconds(work: Callable[[], object]) -> float:
    begin = perf_counter()
    work()
    return perf_counter() - begin


def _expect(found: int, records: int) -> None:
    if found != records:
        raise RuntimeError(f"{found} of {records} records hold")


if __name__ == "__main__":
    sys.exit(main())
