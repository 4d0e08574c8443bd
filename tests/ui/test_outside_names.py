"""For ears and machines: every control of every page and question has a name and a role."""

from collections import Counter

import pytest
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget

from console.ui import accessible
from tests.ui.samples import busy_day, reading
from tests.ui.test_metrics_panel import THREE
from tests.ui.whole_window import QUESTIONS, SCENES, WholeWindow, controls, name_of, panel_of

Role = QAccessible.Role


@pytest.fixture
def commands():
    result = busy_day()
    result.figures_now = list(THREE)
    return result


@pytest.fixture
def window(bridge, commands, qtbot):
    accessible.speak_up()
    result = WholeWindow(bridge, commands)
    qtbot.addWidget(result)
    with qtbot.waitSignal(result.became_usable, timeout=5000):
        result.show()
    commands.tell(reading(commands))
    return result


def role_of(control: QWidget) -> QAccessible.Role:
    return QAccessible.queryAccessibleInterface(control).role()


@pytest.mark.parametrize("place", [*SCENES, *QUESTIONS])
def test_every_control_has_a_name_of_its_own_for_ears_and_for_machines(window, place):
    root = window.show_place(place)
    found = controls(root)
    assert found
    assert [c.objectName() or repr(c) for c in found if not name_of(c)] == [], "for ears"
    assert [name_of(c) for c in found if not c.objectName()] == [], "for machines"
    names = Counter((panel_of(c), c.objectName()) for c in found)
    assert [name for name, count in names.items() if count > 1] == []
    called = Counter((panel_of(c), role_of(c), name_of(c)) for c in found)
    assert [what for what, count in called.items() if count > 1] == []
    # A name in place of what a label says would keep it from who cannot see it.
    for text in root.findChildren(QLabel):
        if text.isVisible() and text.text():
            assert text.text().replace("&&", "&") in name_of(text), text.objectName()


def test_a_combo_box_is_called_by_its_title_and_tells_its_value(window):
    window.show_place("operate")
    channel = window.findChild(QComboBox, "field_/routingMetadata/channel")
    told = QAccessible.queryAccessibleInterface(channel)
    assert told.role() == Role.ComboBox
    assert told.text(QAccessible.Text.Name) == "Channel"
    assert told.text(QAccessible.Text.Description).startswith("Unset. ")
    channel.setCurrentText("voice")
    assert told.text(QAccessible.Text.Description).startswith("voice. ")


@pytest.mark.parametrize("name", ["rail_audit", "queue_states_failed"])
def test_one_of_several_is_a_radio_button_with_its_state(window, name):
    button = window.findChild(QAbstractButton, name)
    told = QAccessible.queryAccessibleInterface(button)
    assert told.role() == Role.RadioButton
    assert not told.state().checked
    told.actionInterface().doAction(told.actionInterface().pressAction())
    assert told.state().checked


def test_a_tool_that_stays_pressed_tells_whether_it_is(window):
    button = window.findChild(QAbstractButton, "queue_history")
    told = QAccessible.queryAccessibleInterface(button)
    assert told.state().checkable
    assert not told.state().checked
    button.click()
    assert told.state().checked
