"""When records were written: seen, heard, chosen with the mouse or the keys, and asked of the filter."""

from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent

from console.domain.audit_histogram import Histogram
from console.services import audit_desk as events
from console.ui.panels.audit_panel.histogram import TimeHistogram
from tests.ui.audit_samples import START, records, shown, wanted
from tests.ui.fake_desk import OWN, FakeDesk

HOUR = 3_600_000_000
LOW = int(START.timestamp()) * 1_000_000


@pytest.fixture
def bars(qtbot):
    result = TimeHistogram()
    qtbot.addWidget(result)
    result.resize(400, 58)
    result.show()
    result.show_counts(Histogram(LOW, HOUR, (5, 0, 1, 94), 101))
    return result


@pytest.fixture
def desk():
    desk = FakeDesk({OWN: records(480)})
    desk.indexed = True
    return desk


@pytest.fixture
def panel(desk, bridge, qtbot):
    panel = shown(desk, bridge, qtbot)
    desk.hub.tell(events.IndexEnded("ready"))
    return panel


def spans(bars):
    found = []
    bars.chosen.connect(lambda since, until: found.append((since, until)))
    return found


def hours(first, last):
    return START + timedelta(hours=first), START + timedelta(hours=last)


def test_all_that_is_painted_is_told_in_words(bars):
    assert bars.accessibleName() == "Records over time"
    told = bars.accessibleDescription()
    assert told.startswith("100 records. 5 records, ")
    assert "1 record, " in told
    bars.show_counts(Histogram(LOW, HOUR, tuple([1] * 60), 60))
    assert bars.accessibleDescription().endswith("and 20 more parts")
    bars.show_counts(None)
    assert bars.accessibleDescription() == "No record has a time."
    assert not bars.grab().isNull()


def test_a_span_is_chosen_with_the_keys_alone(bars, qtbot):
    found = spans(bars)
    heard: list[str] = []
    bars.told.connect(heard.append)
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        qtbot.keyClick(bars, key)  # nothing is chosen yet
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.keyClick(bars, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert heard[-1].startswith("1 record, ")
    assert bars.accessibleDescription().startswith(heard[-1])
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert found == [hours(1, 3)]
    qtbot.keyClick(bars, Qt.Key.Key_End)
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.keyClick(bars, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(bars, Qt.Key.Key_Space)
    assert found[1:] == [hours(2, 4)]
    qtbot.keyClick(bars, Qt.Key.Key_Home)
    qtbot.keyClick(bars, Qt.Key.Key_Escape)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    qtbot.keyClick(bars, Qt.Key.Key_A)
    assert len(found) == 2


def test_a_span_is_drawn_with_the_mouse_also_backwards(bars, qtbot):
    found = spans(bars)
    qtbot.mousePress(bars, Qt.MouseButton.LeftButton, pos=QPoint(350, 20))
    qtbot.mouseMove(bars, QPoint(250, 20))
    qtbot.mouseRelease(bars, Qt.MouseButton.LeftButton, pos=QPoint(250, 20))
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    qtbot.mouseClick(bars, Qt.MouseButton.RightButton, pos=QPoint(20, 20))
    assert found == [hours(2, 4), hours(0, 1)]
    help_event = QHelpEvent(
        QHelpEvent.Type.ToolTip, QPoint(20, 20), bars.mapToGlobal(QPoint(20, 20))
    )
    assert bars.event(help_event)
    assert bars._bar_at(QPointF(-5, 0)) == 0


def test_without_bars_nothing_can_be_chosen(bars, qtbot):
    found = spans(bars)
    bars.show_counts(None)
    qtbot.keyClick(bars, Qt.Key.Key_Right)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    assert found == []


def test_the_histogram_appears_once_there_is_an_index_and_follows_the_filter(panel, desk):
    histogram = panel.times.histogram
    assert histogram.isVisible()
    assert histogram.text().startswith("480 records")
    panel.filters.text.setText("op-north")
    panel.filters._tell()
    assert histogram.text().startswith("240 records")
    desk.hub.tell(events.HistogramReady(None))
    assert not histogram.isVisible()


def test_a_chosen_span_becomes_the_filter_and_is_named_and_taken_away_again(panel, desk):
    panel.times.histogram.chosen.emit(START, START + timedelta(seconds=60))
    assert (wanted(desk)[-1].since, wanted(desk)[-1].until) == (
        START,
        START + timedelta(seconds=60),
    )
    assert panel.filters.count.text() == "60 of 480"
    assert " to " in panel.filters.times.currentText()
    panel.times.histogram.chosen.emit(START, START + timedelta(seconds=5))
    assert panel.filters.count.text() == "5 of 480"
    panel.filters.clear()
    assert panel.filters.count.text() == "480 records"


def test_records_that_come_in_are_counted_a_moment_later(panel, desk, qtbot):
    desk.asked.clear()
    desk.grow(*records(2))
    assert ("histogram",) not in desk.asked
    qtbot.waitUntil(lambda: ("histogram",) in desk.asked)


def test_long_indexing_is_told_and_can_be_held_and_stopped(panel, desk, qtbot):
    strip = panel.times
    desk.hub.tell(events.IndexProgress(10, 100))
    assert not strip.pause.isVisible()
    qtbot.waitUntil(strip.pause.isVisible)
    desk.hub.tell(events.IndexProgress(25, 100))
    assert strip.said.text() == "Indexing for quick filters: 25 %"
    strip.pause.click()
    assert (desk.asked[-1], strip.pause.text()) == (("pause", True), "Go on")
    strip.pause.click()
    assert (desk.asked[-1], strip.pause.accessibleName()) == (("pause", False), "Pause indexing")
    strip.stop.click()
    assert "look through the other lines" in strip.said.text()
    assert not strip.pause.isVisible()
    strip.again.click()
    assert desk.asked[-1] == ("index",)
    desk.hub.tell(events.IndexProgress(30, 100))
    assert strip.pause.isVisible()
    desk.hub.tell(events.IndexEnded("none"))
    assert not strip.pause.isVisible()


def test_another_trail_begins_without_the_bars_of_the_one_before(panel, desk):
    desk.indexed = False
    panel.open_trail(None)
    assert not panel.times.histogram.isVisible()
