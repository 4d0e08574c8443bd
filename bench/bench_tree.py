"""The tree's root over the lines of a trail, in one and two processes, against the tutorial's loop.

Prints a JSON line a figure; the trail is bench_audit's, 100,000 records. Options: --quick (a tenth).
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import Final

from bench.bench_audit import figure, make_trail, tutorial_loop
from console.domain.tlog.hashes import block_leaf_hashes
from console.domain.tlog.tiles import TileEdge
from console.domain.tlog.tree import GrowingTree, span_nodes

ROUNDS: Final = 5


def root_in_one(folder: Path) -> bytes:
    """Return the root over all lines, file by file."""
    tree = GrowingTree()
    for path in sorted(folder.glob("*.jsonl")):
        tree.extend(block_leaf_hashes(path.read_bytes()))
    return tree.root()


def part(path: Path, begin: int) -> list[tuple[int, bytes]]:
    """Return what one process contributes: the nodes over a file whose first leaf is `begin`."""
    return span_nodes(begin, block_leaf_hashes(path.read_bytes()))


def root_in_two(folder: Path, pool: ProcessPoolExecutor) -> bytes:
    """Return the root over all lines, the files shared out to the pool's processes."""
    paths = sorted(folder.glob("*.jsonl"))
    begins = [0]
    for path in paths[:-1]:
        begins.append(begins[-1] + path.read_bytes().count(b"\n"))
    tree = GrowingTree()
    for nodes in pool.map(part, paths, begins):
        for level, row in nodes:
            tree.extend(row, level)
    return tree.root()


def tiles_of(folder: Path) -> bytes:
    """Return the root over all lines once every tile's bytes are made."""
    edge = TileEdge()
    for path in sorted(folder.glob("*.jsonl")):
        edge.append(block_leaf_hashes(path.read_bytes()))
    return edge.root()


def main() -> int:
    """Print the figures; 0."""
    records = 10_000 if "--quick" in sys.argv else 100_000
    with tempfile.TemporaryDirectory(prefix="bench-tree-") as name, ProcessPoolExecutor(2) as pool:
        folder = Path(name)
        make_trail(folder, records)
        root = root_in_one(folder)
        ways: dict[str, Callable[[], bool]] = {
            "loop": lambda: tutorial_loop(folder) == records,
            "audit_tree_root": lambda: root_in_one(folder) == root,
            "audit_tree_root_two_processes": lambda: root_in_two(folder, pool) == root,
            "audit_tree_tiles": lambda: tiles_of(folder) == root,
        }
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(ROUNDS):
            for way, work in ways.items():
                begin = perf_counter()
                if not work():
                    raise SystemExit(f"{way} gives another answer")
                taken[way].append(perf_counter() - begin)
    rate = {way: records / statistics.median(times) for way, times in taken.items()}
    for way, target in (
        ("audit_tree_root", 8),
        ("audit_tree_root_two_processes", 11),
        ("audit_tree_tiles", None),
    ):
        figure(
            way,
            rate[way],
            "records/s",
            ratio=round(rate[way] / rate["loop"], 3),
            against="the tutorial's loop",
            reference=round(rate["loop"]),
            records=records,
            target=target,
        )
    return 0
