"""How a table's columns are kept as text and come back."""

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QTableView

from console.ui.widgets import columns


@pytest.fixture
def header(qtbot):
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(QStandardItemModel(3, 4, view))
    view.setSortingEnabled(True)
    yield view.horizontalHeader()
    view.hide()  # the view lives as long as its header


def state(header):
    places = range(header.count())
    return (
        [header.logicalIndex(place) for place in places],
        [header.sectionSize(column) for column in places],
        header.sortIndicatorSection(),
        header.sortIndicatorOrder(),
    )


def told(header):
    return columns.as_text(header, {1: 77}, ())


def test_order_widths_hidden_columns_and_sorting_come_back(header):
    header.moveSection(3, 0)
    header.resizeSection(2, 143)
    header.setSectionHidden(1, True)
    header.setSortIndicator(2, Qt.SortOrder.DescendingOrder)
    before, text = state(header), told(header)
    header.moveSection(0, 2)
    header.setSectionHidden(1, False)
    header.resizeSection(2, 50)
    header.setSortIndicator(0, Qt.SortOrder.AscendingOrder)
    assert columns.arrange(header, text)
    assert state(header) == before
    header.setSectionHidden(1, False)
    assert header.sectionSize(1) == 77  # as wide as it was before it was hidden


def test_a_column_that_only_gives_way_is_kept_as_shown(header):
    header.setSectionHidden(1, True)
    assert json.loads(columns.as_text(header, {}, {1}))["hidden"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"order": [0, 1, 2]},
        {"order": [0, 1, 2, 2]},
        {"order": "0123"},
        {"widths": [100, 100]},
        {"widths": [100, 100, 100, -1]},
        {"widths": [100, 100, 100, 10**9]},
        {"widths": [100, 100, 100, True]},
        {"hidden": [0, 1, 2, 3]},
        {"hidden": [7]},
        {"hidden": 1},
        {"sort": [9, 0]},
        {"sort": [0, 9]},
        {"sort": [0, "down"]},
        {"sort": 5},
    ],
)
def test_text_of_another_table_or_hand_changes_nothing(header, changes):
    before, text = state(header), json.dumps(json.loads(told(header)) | changes)
    assert not columns.arrange(header, text)
    assert state(header) == before


@pytest.mark.parametrize("text", [None, "", "{}", "[]", "{", 5, "null"])
def test_what_is_no_such_text_changes_nothing(header, text):
    before = state(header)
    assert not columns.arrange(header, text)
    assert state(header) == before
