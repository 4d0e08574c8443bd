"""Every compliance hash, record by record, against the tutorial's loop: our files and the tutorial's.

Prints a JSON line a figure. Ours stand with sorted keys, those that the tutorial's code writes in the
order of its source; each verdict is compared with the loop's. Options: --quick (a tenth of it).
"""

import json
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final

from bench.bench_audit import DAYS, START, make_trail, payload_of, tutorial_loop
from bench.bench_verify import measured, told
from console.domain.audit import compliance_hash
from console.store.line_work import LineWorkers, pieces

FEW: Final = 100_000
MANY: Final = 1_000_000


def make_unsorted(folder: Path, records: int) -> None:
    """Write the records of bench_audit as the tutorial's code writes its own."""
    a_day = records // DAYS
    for day in range(DAYS):
        first = START + timedelta(days=day)
        with (folder / f"workflow_audit_{first:%Y%m%d}.jsonl").open("w", encoding="utf-8") as file:
            for number in range(day * a_day, (day + 1) * a_day):
                payload = payload_of(number)
                record = {
                    "timestamp": (first + timedelta(milliseconds=number)).isoformat(),
                    "event_type": "WORKFLOW_TRIGGERED",
                    "payload": payload,
                    "compliance_hash": compliance_hash(payload),
                }
                file.write(json.dumps(record) + "\n")


def every_hash(folder: Path, processes: int) -> int:
    """Judge each compliance hash, in this process or in several; return how many hold."""
    todo = [
        piece
        for path in sorted(folder.glob("*.jsonl"))
        for piece in pieces(path, path.stat().st_size, rule=True, leaves=False)
    ]
    done = LineWorkers(processes).run(todo, lambda _: None, lambda: False)
    return sum(part.lines - part.bad_count for part in done)


def _holds(judge: Callable[[Path], int], folder: Path, records: int) -> bool:
    return judge(folder) == records


def main() -> int:
    """Print the figures; 0."""
    scale = 10 if "--quick" in sys.argv else 1
    few, many = FEW // scale, MANY // scale
    with tempfile.TemporaryDirectory(prefix="bench-hashes-") as name:
        for words, make, one, two in (
            ("", make_trail, 4, 7),
            ("_of_the_tutorial", make_unsorted, 1.8, 3.5),
        ):
            small, large = Path(name) / f"small{words}", Path(name) / f"large{words}"
            for folder, records in ((small, few), (large, many)):
                folder.mkdir()
                make(folder, records)
            taken = measured(
                {
                    "loop": partial(_holds, tutorial_loop, small, few),
                    "one": partial(_holds, partial(every_hash, processes=0), small, few),
                }
            )
            # The loop over all would take half a minute a round: it is as fast on a tenth.
            shared = measured(
                {
                    "loop": partial(_holds, tutorial_loop, small, few),
                    "two": partial(_holds, partial(every_hash, processes=2), large, many),
                }
            )
            told(f"every_hash{words}", few, taken["one"], "the tutorial's loop", taken["loop"], one)
            loop = shared["loop"] / few * many
            name_two = f"every_hash{words}_two_processes"
            told(name_two, many, shared["two"], "the tutorial's loop", loop, two)
    return 0


if __name__ == "__main__":
    sys.exit(main())
