"""Presets in the form: filled in, locked, told where they no longer fit, and free of secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListView

from console.domain.preset import Preset, preset_text
from console.domain.workflow import Workflow
from console.services.events import DefinitionsChanged
from console.services.preset_desk import PresetsRead
from console.ui.bridge import Bridge
from console.ui.dialogs.preset_save import SavePreset
from console.ui.dialogs.presets import PresetsDialog
from console.ui.panels.trigger_panel import TriggerPanel
from console.ui.widgets.dialog import Question
from console.ui.widgets.presets_tool import OPENING
from tests.ui.fake_commands import FakeCommands
from tests.ui.fake_presets import FakePresets
from tests.ui.form_hands import keys, messages, open_panel, press_review, widget

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["customerId"],
    "properties": {
        "customerId": {"type": "string", "title": "Customer"},
        "tier": {"type": "string", "title": "Tier", "default": "silver"},
        "level": {"type": "integer"},
        "who": {
            "type": "object",
            "properties": {
                "name": {"type": "string"},
                "pin": {"writeOnly": True, "type": "string"},
            },
        },
        "password": {"type": "string", "writeOnly": True},
    },
}
WORKFLOW = Workflow("wf_a", "Callback", schema=SCHEMA)
OTHER = Workflow("wf_b", "Other", schema={"type": "object", "properties": {"x": {}}})
GOLD = Preset("Gold", "wf_a", {"tier": "gold", "level": 3}, ("/tier",), 2, {"team": "n"}, "why")


@pytest.fixture
def commands():
    return FakeCommands((WORKFLOW, OTHER))


@pytest.fixture
def desk(bridge):
    bridge.presets = FakePresets(GOLD, Preset("B", "wf_b", {"x": 1}))
    return bridge.presets


@pytest.fixture
def panel(qtbot, bridge, desk):
    return open_panel(qtbot, bridge, "wf_a")


def open_menu(qtbot, panel):
    qtbot.mouseClick(panel.presets.button, Qt.MouseButton.LeftButton)
    assert panel.presets.menu is not None
    return panel.presets.menu


def pick(qtbot, panel, text: str) -> None:
    menu = open_menu(qtbot, panel)
    (action,) = [a for a in menu.actions() if a.text() == text]
    action.trigger()
    menu.close()


def hint(panel, path: str):
    (field,) = [f for f in panel.fields.form.fields_now() if f.path == path]
    return field._label.hint.text()


def test_a_preset_fills_the_form_and_its_locked_fields_cannot_be_changed(qtbot, panel):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-of-before")
    pick(qtbot, panel, "Gold")
    assert panel.fields.form.held_values() == {"tier": "gold", "level": 3}
    assert panel.fields.priority.value() == 2
    assert panel.fields.metadata.pairs() == [("team", "n")]
    assert panel.fields.reason.text() == "why"
    assert not widget(panel, "field_/tier").isEnabled()
    assert widget(panel, "field_/level").isEnabled()
    assert hint(panel, "/tier").startswith("locked")
    assert hint(panel, "/level").startswith("preset")
    assert "Locked by the preset Gold" in widget(panel, "field_/tier").accessibleDescription()
    assert panel._notice.text.text() == "Preset Gold: 1 field locked."


def test_a_field_that_is_changed_is_no_longer_the_presets(qtbot, panel):
    pick(qtbot, panel, "Gold")
    entry = widget(panel, "field_/level")
    entry.setFocus()
    entry.selectAll()  # type: ignore[attr-defined]
    keys("7")
    panel.fields.form.check()
    assert hint(panel, "/level").startswith("typed")


def test_what_stood_in_the_form_before_a_preset_can_be_taken_back(qtbot, panel):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-1")
    pick(qtbot, panel, "Gold")
    qtbot.mouseClick(panel._notice.action, Qt.MouseButton.LeftButton)
    assert panel.fields.form.held_values()["customerId"] == "CUST-1"
    assert widget(panel, "field_/tier").isEnabled()
    assert panel.fields.origins.preset is None


def test_a_locked_value_that_was_changed_as_json_is_not_sent(qtbot, panel, commands):
    pick(qtbot, panel, "Gold")
    qtbot.mouseClick(widget(panel, "form_mode_json"), Qt.MouseButton.LeftButton)
    panel.fields.form.show_json_text('{"customerId": "C", "tier": "silver", "level": 3}')
    panel.review()
    assert panel._review_open is None
    assert panel.fields.to_fix() == 1
    panel.fields.form.show_json_text('{"customerId": "C", "tier": "gold", "level": 3}')
    panel.fields.form.clear_touched()
    press_review(qtbot, panel).accept()
    assert commands.requests[-1].context == {"customerId": "C", "tier": "gold", "level": 3}


def test_a_preset_that_is_let_go_leaves_its_values_and_no_lock(qtbot, panel):
    pick(qtbot, panel, "Gold")
    pick(qtbot, panel, "Let go of Gold")
    assert widget(panel, "field_/tier").isEnabled()
    assert panel.fields.form.held_values()["tier"] == "gold"
    assert hint(panel, "/tier") == "string"
    assert panel._notice.isHidden()


def test_values_of_a_preset_that_no_longer_fit_are_told_and_not_bent(qtbot, panel, desk):
    desk.kept["wf_a", "Gold"] = replace(GOLD, values={"tier": "gold", "level": "three"})
    pick(qtbot, panel, "Gold")
    assert panel.fields.form.held_values()["level"] == "three"
    assert list(messages(panel.fields.form)) == ["/level"]
    assert "/customerId" not in messages(panel.fields.form), "what is missing is yet to be typed"


def test_a_preset_in_use_survives_a_crash_with_its_locks(qtbot, bridge, panel):
    pick(qtbot, panel, "Gold")
    again = TriggerPanel(bridge)
    qtbot.addWidget(again)
    assert again.fields.origins.preset == GOLD
    assert not widget(again, "field_/tier").isEnabled()
    text = (bridge.folder / "drafts.json").read_text()
    (bridge.folder / "drafts.json").write_text(text.replace('\\"locked\\"', '\\"lockd\\"'))
    damaged = TriggerPanel(bridge)
    qtbot.addWidget(damaged)
    assert damaged.fields.origins.preset is None


def test_only_the_presets_of_this_workflow_are_offered(qtbot, panel):
    texts = [action.text() for action in open_menu(qtbot, panel).actions() if action.text()]
    assert texts == ["Gold", "Save as a preset…", "Manage presets…"]
    panel.presets.menu.close()
    panel.choose_workflow("wf_c")
    assert "No presets for this workflow yet" in [
        action.text() for action in open_menu(qtbot, panel).actions()
    ]
    panel.presets.menu.close()


def test_presets_wait_until_the_console_is_open(qtbot, bridge):
    panel = open_panel(qtbot, bridge, "wf_a")
    qtbot.mouseClick(panel.presets.button, Qt.MouseButton.LeftButton)
    assert panel.result.text() == OPENING
    panel.presets.save()
    panel.presets.manage()
    assert panel.findChildren(Question) == []


# --- saving -------------------------------------------------------------------------------------
def saving(qtbot, panel):
    pick(qtbot, panel, "Save as a preset…")
    (dialog,) = [d for d in panel.findChildren(SavePreset) if d.isVisible()]
    return dialog


def fill(panel) -> None:
    panel.fields.form.set_value(
        {
            "customerId": "CUST-1",
            "tier": "gold",
            "who": {"name": "N", "pin": "CANARY-1"},
            "password": "CANARY-2",
        }
    )


def test_the_form_is_saved_as_a_preset_with_what_is_locked_and_without_secrets(
    qtbot, panel, desk, bridge
):
    fill(panel)
    panel.fields.metadata.load({"team": "n"})
    dialog = saving(qtbot, panel)
    assert widget(dialog, "preset_secrets").isVisible()
    dialog.name.setText("Mine")
    dialog._model.item(0).setCheckState(Qt.CheckState.Checked)
    dialog.accept()
    saved = desk.kept["wf_a", "Mine"]
    assert saved == Preset(
        "Mine",
        "wf_a",
        {"customerId": "CUST-1", "tier": "gold", "who": {"name": "N"}},
        ("/customerId",),
        None,
        {"team": "n"},
        None,
    )
    assert "CANARY" not in preset_text(saved)
    assert panel.fields.origins.preset == saved
    assert not widget(panel, "field_/customerId").isEnabled()


def test_no_secret_is_ever_in_a_draft_in_neither_view(qtbot, panel, bridge):
    fill(panel)
    panel.keep_draft()
    qtbot.mouseClick(widget(panel, "form_mode_json"), Qt.MouseButton.LeftButton)
    panel.keep_draft()
    panel.hide()
    for file in bridge.folder.rglob("*"):
        assert not file.is_file() or b"CANARY" not in file.read_bytes(), file


def test_a_name_that_exists_is_asked_about_and_one_that_is_none_is_refused(qtbot, panel, desk):
    fill(panel)
    dialog = saving(qtbot, panel)
    dialog.accept()
    assert "name is needed" in dialog.error.text()
    dialog.name.setText("Gold")
    dialog.accept()
    assert "already" in dialog.error.text()
    assert dialog.answer_button.text() == "Replace it"
    dialog.name.setText("Gold 2")
    assert dialog.answer_button.text() == "Save preset"
    dialog.name.setText("Gold")
    dialog.accept()
    dialog.accept()
    assert desk.kept["wf_a", "Gold"].values["customerId"] == "CUST-1"


def test_a_preset_saved_again_keeps_its_name_and_locks(qtbot, panel):
    pick(qtbot, panel, "Gold")
    dialog = saving(qtbot, panel)
    assert dialog.name.text() == "Gold"
    dialog.priority.setChecked(True)
    dialog.reason.setChecked(True)
    assert dialog.preset() == GOLD
    dialog.reject()


# --- managing -----------------------------------------------------------------------------------
@pytest.fixture
def manager(qtbot, panel):
    pick(qtbot, panel, "Manage presets…")
    (dialog,) = [d for d in panel.findChildren(PresetsDialog) if d.isVisible()]
    return dialog


def test_all_presets_stand_there_those_of_this_workflow_first(manager, panel):
    rows = [manager._model.item(row).text() for row in range(manager._model.rowCount())]
    assert rows == ["Gold   ·   wf_a   ·   2 values, 1 locked", "B   ·   wf_b   ·   1 values"]
    manager.list.setCurrentIndex(manager._model.index(1, 0))
    manager.accept()
    assert panel.workflow_id == "wf_b"
    assert panel.fields.form.held_values() == {"x": 1}


def test_a_shared_file_is_taken_in_and_asks_before_it_replaces(qtbot, manager, desk, tmp_path):
    file = tmp_path / "shared.json"
    file.write_text(preset_text(replace(GOLD, values={"tier": "x"})))
    manager.take_in(file)
    (question,) = [q for q in manager.findChildren(Question) if q.isVisible()]
    assert desk.kept["wf_a", "Gold"] == GOLD
    question.accept()
    assert desk.kept["wf_a", "Gold"].values == {"tier": "x"}
    file.write_text('{"name": "x", "workflow": "w", "lockd": 1}')
    manager.take_in(file)
    assert "lockd" in manager.told.text()


def test_a_preset_is_written_to_a_file_and_removed_after_a_question(manager, desk, tmp_path):
    manager.export(GOLD, tmp_path / "out.json")
    assert desk.exported == [(GOLD, tmp_path / "out.json")]
    assert manager.told.text() == "Wrote out.json"
    manager.ask_remove()
    (question,) = [q for q in manager.findChildren(Question) if q.isVisible()]
    question.accept()
    assert ("wf_a", "Gold") not in desk.kept
    manager.ask_remove()
    [q for q in manager.findChildren(Question) if q.isVisible()][-1].accept()
    assert manager.told.text().startswith("No presets yet")
    assert not manager.answer_button.isEnabled()
    manager.ask_remove()
    manager.ask_export()
    manager.accept()
    assert manager.isVisible()


def test_broken_files_are_told_and_file_dialogs_open_beside(manager, desk):
    desk.tell(PresetsRead((GOLD,), ("broken.json: no preset",)))
    assert manager.told.text() == "broken.json: no preset"
    manager.ask_file()
    manager.ask_export()
    assert manager.findChild(QListView, "presets_list") is manager.list
    for name in ("presets_import_file", "presets_export_file"):
        manager.findChild(type(manager).__mro__[2], name).close()


# --- a definition that changes --------------------------------------------------------------------
def test_a_definition_that_changes_changes_the_form_and_keeps_all_that_is_typed(
    qtbot, panel, commands
):
    fill(panel)
    panel.fields.reason.setText("half a reason")
    new = {**SCHEMA["properties"], "added": {"type": "string"}, "level": {"type": "string"}}
    del new["tier"]
    changed = replace(WORKFLOW, schema={**SCHEMA, "properties": new}, priority=1)
    commands._workflows = (changed, OTHER)
    commands.tell(DefinitionsChanged())
    assert widget(panel, "field_/added").isVisible()
    assert panel.fields.form.held_values() == {
        "customerId": "CUST-1",
        "tier": "gold",
        "who": {"name": "N", "pin": "CANARY-1"},
        "password": "CANARY-2",
    }
    assert panel.fields.reason.text() == "half a reason"
    assert panel.fields.priority.value() == 1
    assert "definition has changed" in panel.result.text()


def test_half_typed_json_and_locks_survive_a_changed_definition(qtbot, panel, commands):
    pick(qtbot, panel, "Gold")
    qtbot.mouseClick(widget(panel, "form_mode_json"), Qt.MouseButton.LeftButton)
    panel.fields.form.show_json_text('{"customerId"')
    commands._workflows = (replace(WORKFLOW, title="New name"), OTHER)
    commands.tell(DefinitionsChanged())
    assert panel.fields.form._as_json().text() == '{"customerId"'
    assert panel.fields.origins.preset == GOLD
    assert panel.fields.picker.combo.lineEdit().text() == "New name"


def test_a_removed_definition_leaves_the_values_as_free_variables(qtbot, panel, commands):
    panel.fields.form.set_value({"customerId": "CUST-1"})
    commands._workflows = (OTHER,)
    commands.tell(DefinitionsChanged())
    assert panel.workflow_id == "wf_a"
    assert panel.fields.form.held_values() == {"customerId": "CUST-1"}


def test_another_workflows_change_leaves_the_form_alone(qtbot, panel, commands):
    fill(panel)
    before = panel.fields.form.fields_now()
    commands._workflows = (WORKFLOW, replace(OTHER, title="Third"))
    commands.tell(DefinitionsChanged())
    assert panel.fields.form.fields_now() == before
    assert Bridge.workflow_title(panel._bridge, "wf_b") == "Third"
