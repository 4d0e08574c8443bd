"""Settings, Workflows: find, add, edit, learn, export and remove definitions."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QFileDialog, QPushButton

from console.domain.payload import TriggerPayload
from console.domain.workflow import Slot, Workflow
from console.ui.dialogs.confirm import AskReason
from console.ui.dialogs.definition import DefinitionDialog
from console.ui.dialogs.definition_learn import LearnDefinition
from console.ui.models.workflows import WorkflowsModel, found
from console.ui.panels.settings_panel import SettingsPanel
from console.ui.widgets.dialog import Question
from tests.ui.fake_presets import FakeDefinitions
from tests.ui.fake_profiles import FakeProfiles, profile

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
REFUND = Workflow(
    "wf_refund",
    "Refund",
    "Pays money back to a customer.",
    SCHEMA,
    limit=5,
    priority=2,
    reason_required=True,
    approval_required=True,
    send_before_hours=1.23456,
    production_guard=False,
    slots=(Slot("a"),),
    script_path="/x",
)
CALLBACK = Workflow("wf_callback", "Callback", send_before_hours=None)


@pytest.fixture
def desk(bridge):
    bridge.definitions = FakeDefinitions(REFUND, CALLBACK)
    return bridge.definitions


@pytest.fixture
def panel(qtbot, bridge, desk):
    result = SettingsPanel(bridge, FakeProfiles(profile()))
    qtbot.addWidget(result)
    result.resize(1100, 1000)
    result.show()
    qtbot.waitExposed(result)
    return result.workflows


def press(qtbot, panel, name):
    made = panel.window().findChild(QPushButton, name)
    qtbot.mouseClick(made, Qt.MouseButton.LeftButton)


def opened(panel, kind):
    (dialog,) = [d for d in panel.window().findChildren(kind) if d.isVisible()]
    return dialog


def edit(qtbot, panel, workflow_id="wf_refund") -> DefinitionDialog:
    panel.table.selectRow(panel.model.row_of(workflow_id))
    press(qtbot, panel, "workflows_edit")
    dialog: DefinitionDialog = opened(panel, DefinitionDialog)
    return dialog


# --- the list -------------------------------------------------------------------------------------
def test_every_definition_stands_with_its_rules(panel):
    rows = [[panel.model.index(row, at).data() for at in range(7)] for row in range(2)]
    assert rows == [
        ["Callback", "wf_callback", "50", "5", "", "", "never too old"],
        ["Refund", "wf_refund", "5", "2", "second person", "required", "1.23456 h"],
    ]
    tip = panel.model.index(1, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == "Pays money back to a customer."


def test_the_table_of_workflows_keeps_the_rules_of_a_model(qapp):
    model = WorkflowsModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    model.show((REFUND, CALLBACK))
    assert model.workflow(9) is None
    assert model.row_of("none") is None
    model.show(())
    assert model.headerData(0, Qt.Orientation.Vertical) is None


@pytest.mark.parametrize("words", ["money back", "REFUND", "wf_ref", "customer pays"])
def test_a_workflow_is_found_by_title_id_and_description(words):
    assert found((REFUND, CALLBACK), words) == [REFUND]


def test_a_search_without_a_find_says_so_and_leads_back(qtbot, panel):
    panel.search.setText("nothing like this")
    assert panel.model.rowCount() == 0
    qtbot.mouseClick(panel.empty.action, Qt.MouseButton.LeftButton)
    assert panel.model.rowCount() == 2


def test_without_any_definition_the_page_says_what_to_do(qtbot, panel, desk):
    desk.kept.clear()
    panel.read()
    assert not panel.edit_button.isEnabled()
    panel.edit()
    panel.ask_export()
    panel.ask_remove()
    qtbot.mouseClick(panel.empty.action, Qt.MouseButton.LeftButton)
    assert opened(panel, DefinitionDialog).windowTitle() == "New workflow"


def test_broken_files_are_told_until_they_are_mended(panel, desk):
    desk.wrong = ("a.json: limmit", "b.json: no JSON")
    panel.read()
    assert panel.failure.text.text() == "a.json: limmit And 1 more."
    desk.wrong = ()
    panel.read()
    assert panel.failure.isHidden()


def test_a_settings_page_without_the_services_has_no_workflows(qtbot, bridge):
    result = SettingsPanel(bridge, FakeProfiles(profile()))
    qtbot.addWidget(result)
    assert result.workflows is None


# --- editing --------------------------------------------------------------------------------------
def test_an_edit_that_changes_nothing_saves_the_very_same_definition(qtbot, panel, desk):
    dialog = edit(qtbot, panel)
    dialog.accept()
    assert desk.kept["wf_refund"] == REFUND
    assert not dialog.isVisible()


def test_every_rule_can_be_changed(qtbot, panel, desk):
    dialog = edit(qtbot, panel)
    dialog.title.setText("Refunds")
    dialog.description.setPlainText("New")
    dialog.limit.setValue(7)
    dialog.priority.setValue(9)
    dialog.hours.setValue(2.5)
    for box in (dialog.approval, dialog.reason):
        box.setChecked(False)
    dialog.guard.setChecked(True)
    dialog.schema.setPlainText('{"type": "object", "properties": {"b": {}}}')
    dialog.why.setText("cleaner")
    dialog.accept()
    assert desk.kept["wf_refund"] == replace(
        REFUND,
        title="Refunds",
        description="New",
        limit=7,
        priority=9,
        send_before_hours=2.5,
        approval_required=False,
        reason_required=False,
        production_guard=True,
        schema={"type": "object", "properties": {"b": {}}},
    )
    assert desk.reasons == ["cleaner"]


def test_never_too_old_is_a_tick_of_its_own(qtbot, panel, desk):
    dialog = edit(qtbot, panel, "wf_callback")
    assert dialog.never.isChecked()
    assert not dialog.hours.isEnabled()
    dialog.never.setChecked(False)
    dialog.accept()
    assert desk.kept["wf_callback"].send_before_hours == 4.0


def test_json_that_cannot_be_read_is_told_with_its_line_and_the_cursor_goes_there(
    qtbot, panel, desk
):
    dialog = edit(qtbot, panel)
    dialog.schema.setPlainText('{"type": "object",\n "properties": }')
    dialog.accept()
    error = dialog._errors["schema"]
    assert "line 2, column 16" in error.text()
    assert dialog.schema.textCursor().blockNumber() == 1
    assert dialog.schema.textCursor().positionInBlock() == 15
    assert desk.kept["wf_refund"] == REFUND


@pytest.mark.parametrize(
    "schema", ['{"type": "objet"}', '{"type": "array"}', "5", '{"$schema": "x"}']
)
def test_a_schema_that_is_none_is_told_at_its_field(qtbot, panel, schema):
    dialog = edit(qtbot, panel)
    dialog.schema.setPlainText(schema)
    dialog.accept()
    error = dialog._errors["schema"]
    assert not error.isHidden()
    assert dialog.answer_button.isEnabled()
    assert dialog.schema.accessibleDescription() == error.text()


def test_a_new_definition_needs_an_id_of_its_own(qtbot, panel, desk):
    press(qtbot, panel, "workflows_add")
    dialog = opened(panel, DefinitionDialog)
    dialog.accept()
    error = dialog._errors["id"]
    assert "id is needed" in error.text()
    dialog.workflow_id.setText("wf_refund")
    dialog.accept()
    assert "already" in error.text()
    dialog.workflow_id.setText("wf_new")
    dialog.accept()
    assert desk.kept["wf_new"].title == "wf_new"
    assert panel.model.row_of("wf_new") is not None


def test_a_definition_that_another_has_changed_meanwhile_is_not_overwritten(qtbot, panel, desk):
    dialog = edit(qtbot, panel)
    desk.kept["wf_refund"] = replace(REFUND, limit=77)
    dialog.accept()
    assert desk.kept["wf_refund"].limit == 77
    assert dialog.isVisible()


def test_edits_are_not_lost_by_a_slip_of_the_hand(qtbot, panel):
    dialog = edit(qtbot, panel)
    dialog.title.setText("Changed")
    dialog.reject()
    assert dialog.isVisible()
    question = next(q for q in dialog.findChildren(Question) if q.isVisible())
    question.accept()
    assert not dialog.isVisible()
    again = edit(qtbot, panel)
    again.reject()
    assert not again.isVisible()


# --- in and out -------------------------------------------------------------------------------------
def test_a_file_is_looked_at_before_it_is_added(qtbot, panel, desk, tmp_path):
    file = tmp_path / "a.yaml"
    file.write_text("id: wf_new\ntitle: New one\nlimit: 3\n")
    panel.load(file)
    dialog = opened(panel, DefinitionDialog)
    assert dialog.limit.value() == 3
    assert "wf_new" not in desk.kept
    dialog.accept()
    assert desk.kept["wf_new"].limit == 3


def test_a_file_of_a_known_id_is_shown_as_an_edit_of_that_one(qtbot, panel, desk, tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps({"id": "wf_refund", "title": "From a file"}))
    panel.load(file)
    dialog = opened(panel, DefinitionDialog)
    assert dialog.windowTitle() == "Edit From a file"
    dialog.accept()
    assert desk.kept["wf_refund"].title == "From a file"


def test_a_file_that_is_no_definition_is_told(panel, tmp_path):
    file = tmp_path / "a.json"
    file.write_text('{"id": "x", "limmit": 1}')
    panel.load(file)
    assert "limmit" in panel.failure.text.text()


def test_a_definition_is_exported_and_removed_with_a_reason(qtbot, panel, desk):
    panel.table.selectRow(panel.model.row_of("wf_refund"))
    panel.export(REFUND, Path("out.json"))
    assert desk.exported == [(REFUND, Path("out.json"))]
    assert panel.failure.text.text() == "Wrote out.json"
    press(qtbot, panel, "workflows_remove")
    question = opened(panel, AskReason)
    question.reason.setText("no longer used")
    question.accept()
    assert "wf_refund" not in desk.kept
    assert desk.reasons == ["no longer used"]


def test_file_dialogs_open_beside_the_window(qtbot, panel):
    press(qtbot, panel, "workflows_file")
    press(qtbot, panel, "workflows_export")
    names = {d.objectName() for d in panel.window().findChildren(QFileDialog) if d.isVisible()}
    assert names == {"workflows_open_file", "workflows_export_file"}
    for dialog in panel.window().findChildren(QFileDialog):
        dialog.close()


# --- learning ---------------------------------------------------------------------------------------
def learning(qtbot, panel) -> LearnDefinition:
    press(qtbot, panel, "workflows_learn")
    dialog: LearnDefinition = opened(panel, LearnDefinition)
    return dialog


def tick(dialog, row, *, on=True):
    state = Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
    dialog._model.item(row).setCheckState(state)


def test_a_definition_is_learned_from_past_jobs_without_their_values(qtbot, panel, commands, desk):
    past: list[dict[str, Any]] = [
        {"customerId": "CANARY-1", "score": 1},
        {"customerId": "CANARY-2"},
    ]
    for context in past:
        job = commands.new_job("wf_unknown")
        commands.put(job.evolve(payload=TriggerPayload("wf_unknown", context)))
    dialog = learning(qtbot, panel)
    assert not dialog.answer_button.isEnabled()
    tick(dialog, 0)
    tick(dialog, 1)
    assert dialog.told.text() == "2 jobs ticked"
    dialog.accept()
    editing = opened(panel, DefinitionDialog)
    assert editing.workflow_id.text() == "wf_unknown"
    schema = json.loads(editing.schema.toPlainText())
    assert schema["required"] == ["customerId"]
    assert "CANARY" not in editing.schema.toPlainText()
    editing.accept()
    assert desk.kept["wf_unknown"].title == "Wf unknown"


def test_jobs_of_several_workflows_teach_nothing_and_ticks_survive_a_search(qtbot, panel, commands):
    commands.new_job("wf_one")
    commands.new_job("wf_two")
    dialog = learning(qtbot, panel)
    tick(dialog, 0)
    tick(dialog, 1)
    assert "several workflows" in dialog.told.text()
    dialog.accept()
    assert dialog.isVisible()
    tick(dialog, 0, on=False)
    dialog.search.setText("wf_one")
    dialog.read()
    assert dialog._model.rowCount() == 1
    assert dialog._model.item(0).checkState() is Qt.CheckState.Checked
    dialog.search.setText("none such")
    dialog.read()
    assert dialog.told.text() == "1 job ticked"
    dialog.reject()


def test_without_any_job_there_is_nothing_to_learn_from(qtbot, panel):
    dialog = learning(qtbot, panel)
    assert dialog.told.text() == "No jobs yet."
    dialog.search.setText("x")
    dialog.read()
    assert dialog.told.text() == "No job matches."
