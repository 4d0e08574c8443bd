"""Filters that are kept by name in the window, taken again and deleted."""

from datetime import timedelta

import pytest
from PySide6.QtWidgets import QLineEdit

from console.domain.audit_view import RecordFilter
from console.ui.widgets.dialog import Question
from tests.ui.audit_samples import START, records, shown, wanted
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    return FakeDesk({OWN: records(90)})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


def entries(panel):
    panel.saved.menu.aboutToShow.emit()
    return {action.text(): action for action in panel.saved.menu.actions() if action.text()}


def test_a_filter_is_kept_by_a_name_and_taken_again(panel, desk):
    assert not entries(panel)["Keep this filter…"].isEnabled(), "there is nothing to keep"
    panel.filters.text.setText("4711")
    panel.filters.choose_type("WORKFLOW_TRIGGERED")
    panel.filters.narrow("operator", "op-north")
    panel.filters.set_span(START, START + timedelta(seconds=30))
    entries(panel)["Keep this filter…"].trigger()
    question = panel.findChild(Question, "audit_keep_filter")
    entry = question.findChild(QLineEdit, "audit_filter_name")
    assert not question.answer_button.isEnabled()
    entry.setText("  North   &  night ")
    question.answer_button.click()
    kept = panel.filters.wanted()
    panel.filters.clear()
    assert panel.filters.wanted() == RecordFilter()
    entries(panel)["North && night"].trigger()
    assert panel.filters.wanted() == wanted(desk)[-1] == kept
    assert panel.filters.count.text() == "15 of 90"


def test_a_span_that_moves_with_the_clock_is_kept_as_such(panel, desk):
    panel.filters.times.setCurrentIndex(panel.filters.times.findData("hour"))
    panel.saved.keep("lately")
    panel.filters.clear()
    [saved] = panel.saved.all()
    assert (saved.time, saved.wanted.text) == ("hour", "")
    entries(panel)["lately"].trigger()
    assert panel.filters.times.currentData() == "hour"
    assert wanted(desk)[-1].since is not None


def test_taking_the_same_filter_twice_asks_again(panel, desk):
    panel.filters.text.setText("4711")
    panel.saved.keep("one")
    panel.filters._tell()
    asked = len(wanted(desk))
    entries(panel)["one"].trigger()
    assert len(wanted(desk)) == asked + 1


def test_a_kept_filter_is_replaced_by_one_of_its_name_and_deleted(panel):
    panel.filters.text.setText("a")
    panel.saved.keep("one")
    panel.filters.text.setText("b")
    panel.saved.keep("one")
    panel.saved.keep("two")
    assert [(saved.name, saved.wanted.text) for saved in panel.saved.all()] == [
        ("one", "b"),
        ("two", "b"),
    ]
    entries(panel)
    [forget] = [action.menu() for action in panel.saved.menu.actions() if action.menu()]
    forget.actions()[0].trigger()
    assert [saved.name for saved in panel.saved.all()] == ["two"]
