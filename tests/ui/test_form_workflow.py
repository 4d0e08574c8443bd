"""A workflow is found by title or id, or triggered by an id that nobody defined."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from console.domain.workflow import Workflow
from console.ui.bridge import Bridge
from console.ui.panels.trigger_panel import TriggerPanel
from tests.ui.fake_commands import PRODUCTION, FakeCommands
from tests.ui.form_hands import (
    TUTORIAL_ID,
    key,
    keyboard,
    keys,
    open_panel,
    trigger,
    widget,
)


@pytest.fixture
def panel(qtbot, bridge):
    return open_panel(qtbot, bridge)


def typed_workflow(panel, text):
    line = panel.fields.picker.combo.lineEdit()
    line.setFocus()
    line.selectAll()
    keys(text)
    key(Qt.Key.Key_Return)


@pytest.mark.parametrize("text", ["VIP routing", "vip ROUTING", "wf_vip_routing"])
def test_a_workflow_is_found_by_its_title_or_its_id(qtbot, panel, text):
    with qtbot.waitSignal(panel.workflow_changed) as told:
        typed_workflow(panel, text)
    assert told.args == ["wf_vip_routing"]
    assert panel.fields.priority.value() == 2
    assert panel.fields.picker.combo.currentText() == "VIP routing"
    widget(panel, "field_/tier")


def test_a_part_of_title_or_id_is_offered_while_it_is_typed(qtbot, panel):
    completer = panel.fields.picker.combo.completer()
    for part in ("overf", "queue_over"):
        completer.setCompletionPrefix(part)
        assert completer.completionCount() == 1
        assert completer.currentCompletion() == "Queue overflow"
    completer.activated[type(completer.currentIndex())].emit(completer.currentIndex())
    assert panel.workflow_id == "wf_queue_overflow"


def test_a_workflow_without_definition_is_triggered_by_its_id(qtbot, panel, commands):
    typed_workflow(panel, "wf_unknown")
    assert panel.workflow_id == "wf_unknown"
    widget(panel, "variable_name_0").setFocus()
    keys("customerId")
    widget(panel, "variable_value_0").setFocus()
    keys("CUST-1")
    trigger(qtbot, panel)
    assert commands.requests[0].workflow_id == "wf_unknown"
    assert commands.requests[0].context == {"customerId": "CUST-1"}


def test_a_title_that_nobody_knows_is_told_and_the_workflow_stays(qtbot, panel):
    typed_workflow(panel, "no such workflow")
    assert panel.fields.picker.message.startswith("No workflow has this title.")
    assert panel.workflow_id == TUTORIAL_ID
    panel.review()
    assert panel._review_open is None
    typed_workflow(panel, "Tutorial example")
    assert panel.fields.picker.message == ""
    panel.fields.picker.combo.lineEdit().clear()
    key(Qt.Key.Key_Return)
    assert panel.fields.picker.combo.currentText() == "Tutorial example"


def test_other_id_clears_the_picker_for_typing(qtbot, panel):
    combo = panel.fields.picker.combo
    combo.activated.emit(combo.count() - 1)
    assert combo.currentText() == ""
    keys("wf_other")
    key(Qt.Key.Key_Return)
    assert panel.workflow_id == "wf_other"


def test_a_workflow_picked_from_the_list_is_shown(qtbot, panel):
    combo = panel.fields.picker.combo
    combo.activated.emit(0)
    assert combo.currentText() == "Agent-coaching task"
    assert panel.workflow_id == "wf_coaching"


def test_without_any_workflow_the_panel_asks_for_one(qtbot, tmp_path):
    panel = TriggerPanel(Bridge(FakeCommands(workflows=()), tmp_path))
    qtbot.addWidget(panel)
    panel.show()
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    panel.review()
    assert panel.fields.picker.message == "Choose a workflow first."
    panel.setFocus()
    assert keyboard() == "workflow"


def test_another_connection_brings_its_own_workflows(qtbot, panel, bridge):
    own = Workflow("wf_own", "Our own", schema={"properties": {"x": {"type": "string"}}})
    bridge.set_commands(FakeCommands(workflows=(own,), connection=PRODUCTION))
    combo = panel.fields.picker.combo
    assert [combo.itemText(i) for i in range(combo.count())] == ["Our own", "Other id…"]
    assert panel.workflow_id == TUTORIAL_ID
    widget(panel, "variable_name_0")
