"""Trails that were opened before: ten, the last one first, and those that are gone are told."""

from pathlib import Path

import pytest

from tests.ui.audit_samples import record, shown
from tests.ui.fake_desk import OWN, FakeDesk

PLACES = [Path(f"/evidence/{number}") for number in range(12)]


@pytest.fixture
def desk():
    return FakeDesk({OWN: [record(1)]} | {place: [record(2)] for place in PLACES})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


def entries(panel):
    panel.menus.source_menu.aboutToShow.emit()
    return {action.text(): action for action in panel.menus.source_menu.actions() if action.text()}


def test_the_last_ten_are_offered_the_last_one_first(panel):
    for place in [*PLACES, PLACES[5]]:
        panel.open_trail(place)
    kept = [str(place) for place in [PLACES[5], *PLACES[:1:-1]] if place != PLACES[5]]
    assert panel.menus.recent.all() == [str(PLACES[5]), *kept][:10]
    entries(panel)[str(PLACES[7])].trigger()
    assert panel.menus.recent.all()[0] == str(PLACES[7])


def test_one_that_is_gone_is_told_and_can_be_taken_off(panel, desk):
    for place in PLACES[:3]:
        panel.open_trail(place)
    gone = PLACES[0]
    del desk.trails[gone]
    entries(panel)[str(gone)].trigger()
    assert "holds no audit trail" in panel.failure.text.text()
    assert desk.path == PLACES[2], "what was open stays open"
    assert f"{gone} (could not be opened)" in entries(panel)
    desk.trails[gone] = [record(1)]
    entries(panel)[f"{gone} (could not be opened)"].trigger()
    assert str(gone) in entries(panel)
    del desk.trails[gone]
    panel.open_trail(gone)
    entries(panel)["Take off what could not be opened"].trigger()
    assert panel.menus.recent.all() == [str(PLACES[2]), str(PLACES[1])]
    assert "Take off what could not be opened" not in entries(panel)
    entries(panel)["Clear this list"].trigger()
    assert panel.menus.recent.all() == []
