"""Put every case that others wrote through the real form: a line a fault, and a summary.

Usage: python -m tests.conformance.run FOLDER [WORDS], where FOLDER is what `fetch.sh` filled.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtCore import QtMsgType, qInstallMessageHandler
from PySide6.QtWidgets import QApplication

from console.ui.theme import apply_theme
from tests.conformance.cases import LEFT_OUT, examples, suite
from tests.conformance.check import faults


def _quiet(_kind: QtMsgType, _context: object, text: str) -> None:
    if not text.startswith("This plugin does not support"):
        print(text, file=sys.stderr)


def main(folder: Path, words: str) -> int:
    """Run all cases whose name has `words`; 1 where one has a fault."""
    qInstallMessageHandler(_quiet)
    app = QApplication([])
    apply_theme(app, "light")
    began = time.monotonic()
    counts: dict[str, int] = {"forms": 0, "values": 0, "failing": 0}
    for case in (*examples(folder), *suite(folder)):
        if words not in f"{case.source} {case.name}":
            continue
        counts["forms"] += 1
        counts["values"] += len(case.values)
        found = list(faults(case))
        counts["failing"] += bool(found)
        for fault in found:
            print(f"{case.source}: {case.name}: {fault}"[:600], flush=True)
    for part, why in LEFT_OUT.items():
        print(f"left out: {part}.json, which {why}")
    took = time.monotonic() - began
    told = f"{counts['forms']} forms, {counts['values']} values, {counts['failing']} failing"
    print(f"conformance: {told}, {took:.0f} s")
    return 1 if counts["failing"] or not counts["forms"] else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
