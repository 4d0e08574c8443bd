"""Times on the screen, wherever and whenever they are."""

import time
from datetime import UTC, datetime

import pytest

from console.domain.audit_histogram import Histogram
from console.ui import times
from console.ui.panels.audit_panel.histogram import TimeHistogram

FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


@pytest.fixture(params=["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"])
def zone(request, monkeypatch):
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize("at", [FIRST, LAST])
def test_the_first_and_the_last_day_there_are_have_a_text_in_every_zone(zone, at):
    now = datetime(2026, 11, 23, 9, tzinfo=UTC)
    for text in (times.clock_text(at), times.stamp_text(at), times.near_text(at, now)):
        assert text
    assert times.minute_text(at)
    assert times.moment_text(at)


@pytest.mark.parametrize("low", [-(10**17), 253_402_300_799 * 10**6, 10**18])
def test_bars_at_the_end_of_time_are_painted_in_every_zone(zone, low, qtbot):
    view = TimeHistogram()
    qtbot.addWidget(view)
    view.show_counts(Histogram(low, 10**6, (1, 2, 3), 6))
    assert not view.grab().isNull()
    assert view.words(0, 2).startswith("6 records")
