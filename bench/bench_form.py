"""How long a form of 200 fields takes from its schema to painted and usable, and how long typing one
letter into it takes, beside a bare window of the same number of plain entries.

Offscreen, with the program's style sheet; medians of rounds that take turns.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from statistics import median
from typing import Any, Final

os.environ["QT_QPA_PLATFORM"] = "offscreen"

from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFormLayout, QLineEdit, QScrollArea, QWidget

from console.domain.schema import read_schema
from console.ui.forms.schema_form import SchemaForm
from console.ui.theme import apply_theme

FIELDS: Final = 200
ROUNDS: Final = 7
OPEN_MS: Final = 300.0
TYPE_MS: Final = 16.0
KINDS: Final[tuple[dict[str, Any], ...]] = (
    {"type": "string"},
    {"type": "integer", "minimum": 0},
    {"type": "boolean"},
    {"enum": ["gold", "silver", "bronze"]},
    {"type": "number"},
    {"type": "string", "format": "date"},
    {"type": "array", "items": {"type": "string"}},
    {"type": ["string", "integer", "null"]},
)


def schema() -> dict[str, Any]:
    parts = {
        f"field{n}": {**KINDS[n % len(KINDS)], "title": f"Field {n}", "description": "What it is."}
        for n in range(FIELDS)
    }
    return {"type": "object", "properties": parts}


def the_form() -> QWidget:
    form = SchemaForm(waits=True)
    form.set_schema(read_schema(schema()))
    return form


def bare() -> QWidget:
    result = QWidget()
    rows = QFormLayout(result)
    for n in range(FIELDS):
        rows.addRow(f"Field {n}", QLineEdit())
    return result


def opened(make: Callable[[], QWidget]) -> tuple[float, QScrollArea]:
    """Milliseconds until what `make` gives is painted, and the window around it."""
    began = time.perf_counter()
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.resize(460, 900)
    area.setWidget(make())
    area.show()
    area.grab()
    return (time.perf_counter() - began) * 1000, area


def typed(area: QScrollArea) -> float:
    """Milliseconds for one letter, painted, once every field is there."""
    form = area.widget()
    if isinstance(form, SchemaForm):
        form.review()
        form.clear_touched()
    entry = area.findChildren(QLineEdit)[0]
    took = []
    for letter in "abcdefgh":
        began = time.perf_counter()
        QTest.keyClicks(entry, letter)
        area.viewport().grab()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def figure(name: str, ours: list[float], plain: list[float], target: float) -> None:
    value, against = median(ours), median(plain)
    line = {"name": name, "value": round(value, 2), "unit": "ms", "target": target}
    told = {"ratio": round(value / against, 2), "against": "a bare window of 200 entries"}
    print(json.dumps(line | told | {"against_value": round(against, 2), "ok": value <= target}))


def main() -> int:
    """Print both figures."""
    app = QApplication([])
    apply_theme(app, "light")
    opening: dict[str, list[float]] = {"form": [], "bare": []}
    typing: dict[str, list[float]] = {"form": [], "bare": []}
    for _ in range(ROUNDS):
        for name, make in (("form", the_form), ("bare", bare)):
            took, area = opened(make)
            opening[name].append(took)
            typing[name].append(typed(area))
            area.hide()
            area.deleteLater()
    figure("form_of_200_fields_opens", opening["form"], opening["bare"], OPEN_MS)
    figure("form_of_200_fields_takes_a_letter", typing["form"], typing["bare"], TYPE_MS)
    return 0
