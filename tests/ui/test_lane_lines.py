"""What keeps a whole connection from sending: said in words, counted down, with what to do."""

from datetime import timedelta

import pytest

from console.domain.lane import Breaker, Hold, Lane, Pause
from console.services.events import CommandRefused, LaneChanged
from console.ui.panels.queue_panel import QueuePanel
from console.ui.widgets.lane_line import circuit_words, lane_words
from console.ui.widgets.top_bar import TopBar
from tests.ui.fake_commands import NOON

OPEN = Breaker()
for _ in range(5):
    OPEN = OPEN.failed(NOON, "no answer")
HELD = Hold("sign-in-refused", "sign-in refused", NOON)
STOPPED = Pause("fire drill", "op", NOON, line_stopped=True)
SOON = NOON + timedelta(seconds=9)


@pytest.fixture(autouse=True)
def clock_of_noon(monkeypatch):
    monkeypatch.setattr("console.ui.times.near_text", lambda at, _now: at.strftime("%H:%M:%S"))


@pytest.fixture
def panel(bridge, qtbot):
    result = QueuePanel(bridge)
    qtbot.addWidget(result)
    result.resize(1000, 520)
    result.show()
    return result


@pytest.mark.parametrize(
    ("lane", "texts", "circuit"),
    [
        (None, [], ("Not sending", "muted")),
        (Lane("p"), [], ("Circuit closed", "ok")),
        (Lane("p", trouble="no secret"), ["no secret"], ("Connection held", "bad")),
        (
            Lane("p", hold=HELD),
            ["Connection held since 10:41:07: sign-in refused"],
            ("Connection held", "bad"),
        ),
        (
            Lane("p", breaker=OPEN),
            ["Circuit open since 10:41:07: no answer. Next probe at 10:41:37"],
            ("Circuit open", "bad"),
        ),
        (
            Lane("p", breaker=OPEN.probing(NOON)),
            ["Circuit half open: one count is asking CXone now"],
            ("Circuit half open", "warn"),
        ),
        (
            Lane("p", cooldown_until=SOON),
            ["Cool-down until 10:41:16: CXone asked us to wait (429)"],
            ("Circuit closed", "ok"),
        ),
        (
            Lane("p", workflow_cooldowns={"wf_a": SOON, "wf_b": SOON, "wf_c": SOON}),
            ["Cool-down of WF_A, WF_B and 1 more: CXone asked us to wait (429)"],
            ("Circuit closed", "ok"),
        ),
        (Lane("p", cooldown_until=NOON - timedelta(seconds=9)), [], ("Circuit closed", "ok")),
        (
            Lane("p", pause=STOPPED, hold=HELD, cooldown_until=SOON),
            [
                "Line stopped by op since 10:41:07: fire drill",
                "Connection held since 10:41:07: sign-in refused",
            ],
            ("Line stopped", "bad"),
        ),
        (
            Lane("p", pause=Pause("", "op", NOON)),
            ["Paused by op since 10:41:07"],
            ("Paused", "warn"),
        ),
    ],
)
def test_every_hindrance_is_said_in_words_the_gravest_first(lane, texts, circuit):
    assert [words.text for words in lane_words(lane, NOON, str.upper)] == texts
    assert circuit_words(lane) == circuit


def test_a_second_of_time_moves_the_countdown_of_the_circuit(panel, commands):
    commands.put(commands.new_job())
    panel.model.flush()
    commands.set_lane(Lane("demo", breaker=OPEN))
    assert panel.lane_lines.texts()[0].endswith("Next probe at 10:41:37 (0:30 left)")
    commands.advance(1)
    panel._ticked()
    assert panel.lane_lines.texts()[0].endswith("(0:29 left)")


def test_a_cool_down_goes_away_when_its_time_is_over(panel, commands):
    commands.set_lane(Lane("demo", cooldown_until=SOON))
    assert panel.lane_lines.isVisible()
    commands.advance(9)
    panel._ticked()
    assert not panel.lane_lines.isVisible()


def test_a_held_connection_is_tested_once_until_it_has_answered(panel, commands):
    commands.set_lane(Lane("demo", hold=HELD))
    action = panel.lane_lines.lines["hold"].action
    assert action.text() == "Test and go on"
    action.click()
    action.click()
    panel._ticked()
    assert commands.probes == 1
    assert (action.text(), action.isEnabled()) == ("Testing…", False)
    commands.tell(CommandRefused("CXone refused the sign-in again."))
    assert (action.text(), action.isEnabled()) == ("Test and go on", True)
    action.click()
    commands.set_lane(Lane("demo"))
    assert not panel.lane_lines.isVisible()


def test_an_open_circuit_can_be_probed_now(panel, commands):
    commands.set_lane(Lane("demo", breaker=OPEN))
    panel.lane_lines.lines["circuit"].action.click()
    assert commands.probes == 1
    commands.tell(LaneChanged(commands.lane()))
    assert panel.lane_lines.lines["circuit"].action.isEnabled()


def test_a_line_that_stops_later_stands_over_the_one_that_was_there(panel, commands):
    commands.set_lane(Lane("demo", hold=HELD))
    commands.set_lane(Lane("demo", hold=HELD, pause=STOPPED))
    lines = panel.lane_lines.lines
    assert panel.lane_lines.texts()[0].startswith("Line stopped")
    assert lines["pause"].mapToGlobal(lines["pause"].rect().topLeft()).y() <= (
        lines["hold"].mapToGlobal(lines["hold"].rect().topLeft()).y()
    )
    lines["pause"].action.click()
    assert commands.lane().pause is None
    assert panel.lane_lines.texts() == ["Connection held since 10:41:07: sign-in refused"]


def test_the_top_bar_says_that_the_line_is_stopped_and_who_did_it(bridge, commands, qtbot):
    bar = TopBar(bridge)
    qtbot.addWidget(bar)
    commands.set_lane(Lane("demo", pause=STOPPED))
    assert bar.circuit.text() == "Line stopped"
    assert bar.circuit.property("role") == "error"
    assert bar.circuit.toolTip() == "Line stopped by op since 10:41:07: fire drill"
    commands.set_lane(Lane("demo"))
    assert (bar.circuit.text(), bar.circuit.property("role")) == ("Circuit closed", "muted")
