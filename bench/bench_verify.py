"""Verifying a sealed trail: closed days against openssl, and line by line against the tutorial's loop.

Prints a JSON line a figure. The trail is bench_audit's, sealed: each day opens with the digest of the
one before, and a checkpoint with its tiles covers all. Options: --quick (a tenth of it).
"""

import hashlib
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.bench_audit import DAYS, START, _line, figure, tutorial_loop
from console.domain.audit import record_line
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.hashes import block_leaf_hashes
from console.domain.tlog.keys import SigningKey
from console.domain.tlog.tiles import TileEdge
from console.store.trail_verify import Demands, Memory, TrailVerifier

ROUNDS: Final = 5
ORIGIN: Final = "cxone-audit/bench"


def make_sealed(folder: Path, records: int) -> None:
    """Write `records` records over ten days and a last short one, sealed."""
    folder.mkdir()
    edge, previous = TileEdge(), None
    for day in range(DAYS + 1):
        first = START + timedelta(days=day)
        count = records // DAYS if day < DAYS else 100
        tree = {"size": edge.size, "root": edge.root().hex()}
        opening = {"previous": previous, "tree": tree}
        content = record_line(first, "AUDIT_FILE_OPENED", opening) + b"".join(
            _line(day * (records // DAYS) + n, first + timedelta(milliseconds=n))
            for n in range(count)
        )
        name = f"workflow_audit_{first:%Y%m%d}.jsonl"
        (folder / name).write_bytes(content)
        previous = {
            "file": name,
            "records": count + 1,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
        }
        for tile, hashes in edge.append(block_leaf_hashes(content)):
            path = folder / "seal" / tile.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(hashes)
    key = SigningKey(ORIGIN, bytes(32))
    (folder / "seal" / "checkpoint").write_bytes(
        Checkpoint(ORIGIN, edge.size, edge.root()).signed([key])
    )
    (folder / "seal" / "vkey").write_text(key.verifier.text + "\n")


def verified(folder: Path, *, deep: bool = False) -> bool:
    """True where the trail is intact, as it is."""
    return TrailVerifier(folder, Memory(), Demands(deep=deep)).run().intact


def openssl(folder: Path) -> bool:
    """Have the ordinary tool hash the same files."""
    tool = shutil.which("openssl")
    if tool is None:
        raise SystemExit("openssl is not installed")
    files = sorted(folder.glob("*.jsonl"))
    done = subprocess.run([tool, "dgst", "-sha256", *files], check=True, capture_output=True)
    return done.stdout.count(b"\n") == len(files)


def measured(ways: dict[str, Callable[[], bool]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each way, all ways taking turns."""
    taken: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, work in ways.items():
            begin = perf_counter()
            if not work():
                raise SystemExit(f"{way} gives another answer")
            taken[way].append(perf_counter() - begin)
    return {way: statistics.median(times) for way, times in taken.items()}


def told(name: str, records: int, taken: float, against: str, other: float, target: float) -> None:
    """Print how many times faster than the reference, on the same records in the same run."""
    ratio = other / taken
    figure(
        name,
        records / taken,
        "records/s",
        ratio=round(ratio, 3),
        against=against,
        reference=round(records / other),
        records=records,
        target=target,
        ok=ratio >= target,
    )


def main() -> int:
    """Print the figures; 0."""
    scale = 10 if "--quick" in sys.argv else 1
    small, large = 100_000 // scale, 1_000_000 // scale
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as name:
        few, many = Path(name) / "few", Path(name) / "many"
        make_sealed(few, small)
        make_sealed(many, large)
        lines = small + DAYS + 1 + 100
        whole = measured({"ours": lambda: verified(many), "openssl": lambda: openssl(many)})
        deep = measured(
            {
                "loop": lambda: tutorial_loop(few) == lines,
                "deep": lambda: verified(many, deep=True),
            },
            3,
        )
    loop = deep["loop"] / lines
    told("audit_verify_closed_days", large, whole["ours"], "openssl dgst", whole["openssl"], 0.8)
    told("audit_verify_closed_days", large, whole["ours"], "the tutorial's loop", loop * large, 40)
    told("audit_verify_deep", large, deep["deep"], "the tutorial's loop", loop * large, 4)
    return 0
