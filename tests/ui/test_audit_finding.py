"""Audit in the window: finding records by text, type, time, and from one to its like."""

from datetime import UTC, datetime, timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QPushButton

from console.domain.audit_view import RecordFilter
from console.services.audit_desk import FilterProgress
from tests.ui.audit_samples import records, shown, wanted
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    return FakeDesk({OWN: records(480)})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


# --- finding -------------------------------------------------------------------------------------
def test_typing_filters_once_the_typing_stops(panel, desk, qtbot):
    qtbot.keyClicks(panel.filters.text, "inst-15")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 33)
    assert [asked.text for asked in wanted(desk)] == ["inst-15"]
    assert panel.filters.count.text() == "33 of 480"


def test_ctrl_f_goes_to_the_search_field(panel, qtbot):
    panel.table.setFocus()
    qtbot.keyClick(panel.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert panel.filters.text.hasFocus()


def test_a_type_is_chosen_from_those_the_trail_can_hold(panel, desk):
    panel.filters.choose_type("TRIGGER_QUEUED")
    assert wanted(desk) == [RecordFilter(event_types=frozenset({"TRIGGER_QUEUED"}))]
    assert panel.empty.title.text() == "No record passes the filter"
    panel.empty.acted.emit()
    assert panel.model.rowCount() == 480
    assert panel.filters.types.currentIndex() == 0


def test_a_type_nobody_offered_is_added_when_it_is_picked_from_a_record(panel, desk):
    panel.filters.choose_type("SOMETHING_ELSE")
    panel.filters.set_types(("TRIGGER_QUEUED",))
    assert panel.filters.types.currentData() == "SOMETHING_ELSE"


def test_days_are_local_and_the_last_one_counts_whole(panel, desk, bridge):
    at = panel.filters.times.findData("days")
    panel.filters.times.setCurrentIndex(at)
    assert panel.filters.first_day.isVisible()
    panel.filters.first_day.setDate(
        panel.filters.first_day.date().fromString("2026-11-19", "yyyy-MM-dd")
    )
    panel.filters.last_day.setDate(panel.filters.first_day.date())
    asked = panel.filters.wanted()
    # Midnight at 5:45 ahead of UTC.
    assert asked.since == datetime(2026, 11, 18, 18, 15, tzinfo=UTC)
    assert asked.until == datetime(2026, 11, 19, 18, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("key", "since"),
    [
        ("hour", timedelta(hours=1)),
        ("week", timedelta(days=7)),
        ("month", timedelta(days=30)),
    ],
)
def test_spans_end_now(panel, bridge, key, since):
    panel.filters.times.setCurrentIndex(panel.filters.times.findData(key))
    assert panel.filters.wanted().since == bridge.now() - since


def test_today_begins_at_local_midnight(panel, commands):
    panel.filters.times.setCurrentIndex(panel.filters.times.findData("today"))
    since = panel.filters.wanted().since
    assert since is not None
    assert since.astimezone().strftime("%H:%M") == "00:00"


def test_a_record_leads_to_all_of_its_like_and_back(panel, desk, qtbot, monkeypatch):
    menus: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda self, _place: menus.append(self))
    panel.go_to(100)
    place = panel.table.visualRect(panel.table.currentIndex()).center()
    panel.table.customContextMenuRequested.emit(place)
    actions = {action.text(): action for action in menus[0].actions()}
    actions["Only operator op-south"].trigger()
    assert wanted(desk)[-1] == RecordFilter(operator="op-south")
    assert panel.model.rowCount() == 240
    assert panel.model.record(panel.table.currentIndex().row()).position == 100
    chip = panel.findChild(QPushButton, "audit_chip_operator")
    assert chip.accessibleName() == "Remove the filter Operator: op-south"
    qtbot.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert wanted(desk)[-1].everything
    actions["Only WORKFLOW_TRIGGERED"].trigger()
    assert wanted(desk)[-1].event_types == {"WORKFLOW_TRIGGERED"}
    panel.table.customContextMenuRequested.emit(QPoint(5, 100_000))
    assert len(menus) == 1, "no menu below the last record"


def test_a_long_search_says_how_far_it_is(panel, desk):
    desk.hub.tell(FilterProgress(1, 4))
    assert panel.filters.count.text() == "Searching 25 %"


def test_going_to_a_record_that_the_filter_hides_takes_the_filter_away(panel, desk, qtbot):
    panel.filters.narrow("operator", "op-north")
    assert panel.model.row_of(100) is None
    panel.go_to(100)
    assert panel.model.rowCount() == 480
    assert panel.model.record(panel.table.currentIndex().row()).position == 100
