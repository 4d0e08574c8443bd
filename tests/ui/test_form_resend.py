"""Drafts and resends: what was typed comes back, and a resend names the job it repeats."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from console.domain.job import JobState
from console.ui.bridge import Bridge
from console.ui.panels.trigger_panel import TriggerPanel
from tests.ui.fake_commands import FakeCommands
from tests.ui.form_hands import (
    TUTORIAL,
    TUTORIAL_ID,
    entry_text,
    fill_in,
    keyboard,
    keys,
    open_panel,
    trigger,
    widget,
)


@pytest.fixture
def panel(qtbot, bridge):
    return open_panel(qtbot, bridge)


def test_what_was_typed_is_there_again_after_a_crash(qtbot, bridge):
    panel = open_panel(qtbot, bridge)
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-1")
    widget(panel, "field_/priorityScore").setFocus()
    keys("8x")
    widget(panel, "reason").setFocus()
    keys("half a reason")
    panel.fields.metadata.load({"a": "b"})
    qtbot.waitUntil(
        lambda: (bridge.folder / "drafts.json").exists() and not panel._timer.isActive()
    )
    again = TriggerPanel(bridge)
    qtbot.addWidget(again)
    assert again.workflow_id == TUTORIAL_ID
    assert entry_text(again, "field_/priorityScore") == "8x"
    assert entry_text(again, "reason") == "half a reason"
    assert again.fields.metadata.pairs() == [("a", "b")]


def test_json_that_was_half_typed_is_there_again_too(qtbot, bridge):
    panel = open_panel(qtbot, bridge)
    qtbot.mouseClick(widget(panel, "form_mode_json"), Qt.MouseButton.LeftButton)
    panel.fields.form.show_json_text('{"customerId"')
    qtbot.mouseClick(widget(panel, "form_mode_form"), Qt.MouseButton.LeftButton)
    assert panel.mode.value() == "json"
    panel.keep_draft()
    again = TriggerPanel(bridge)
    qtbot.addWidget(again)
    assert again.mode.value() == "json"
    assert again.fields.form.json_text() == '{"customerId"'


def test_each_workflow_keeps_its_own_draft(qtbot, panel):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-1")
    panel.choose_workflow("wf_callback")
    assert entry_text(panel, "field_/customerId") == ""
    panel.choose_workflow(TUTORIAL_ID)
    assert entry_text(panel, "field_/customerId") == "CUST-1"


def test_a_form_that_is_hidden_keeps_what_was_just_typed(qtbot, panel, bridge):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-1")
    panel.hide()
    assert "CUST-1" in (bridge.folder / "drafts.json").read_text()


def test_a_queued_trigger_leaves_no_draft_but_its_values_in_the_form(qtbot, panel, bridge):
    fill_in(panel)
    panel.keep_draft()
    trigger(qtbot, panel)
    assert "CUST-99887" not in (bridge.folder / "drafts.json").read_text()
    assert panel.fields.form.value()[0] == TUTORIAL
    assert panel.fields.to_fix() == 0


def test_a_folder_that_takes_no_draft_is_told(qtbot, tmp_path):
    panel = open_panel(qtbot, Bridge(FakeCommands(), tmp_path / "gone"))
    fill_in(panel)
    panel.keep_draft()
    assert panel.result.text().startswith("The draft cannot be kept")


def test_a_failed_job_is_edited_and_sent_again_as_a_new_one_that_names_it(qtbot, panel, commands):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-1")
    fill_in(panel)
    trigger(qtbot, panel)
    job = commands.move(commands.jobs_now()[0], JobState.FAILED, reason="400")
    panel.fields.clear()
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-2")
    panel.load_job(job)
    assert panel.fields.form.value()[0] == TUTORIAL
    assert panel._notice.text.text() == f"Values of {job.label}, to send as a new job."
    panel.setFocus()
    assert keyboard() == "field_/customerId"
    trigger(qtbot, panel)
    assert commands.requests[-1].resend_of == job.job_id
    assert panel._notice.isHidden()
    trigger(qtbot, panel)
    assert commands.requests[-1].resend_of is None


def test_loading_a_job_can_be_taken_back(qtbot, panel, commands):
    widget(panel, "field_/customerId").setFocus()
    keys("CUST-2")
    panel.load_job(commands.new_job(TUTORIAL_ID))
    qtbot.mouseClick(panel._notice.action, Qt.MouseButton.LeftButton)
    assert entry_text(panel, "field_/customerId") == "CUST-2"
    assert panel._notice.isHidden()
    assert panel.fields.resend_of is None


def test_a_cleared_form_can_be_taken_back(qtbot, panel):
    fill_in(panel)
    qtbot.mouseClick(widget(panel, "clear_form"), Qt.MouseButton.LeftButton)
    assert panel.fields.is_blank()
    qtbot.mouseClick(panel._notice.action, Qt.MouseButton.LeftButton)
    assert panel.fields.form.value()[0] == TUTORIAL
    panel.fields.clear()
    qtbot.mouseClick(widget(panel, "clear_form"), Qt.MouseButton.LeftButton)
    assert panel._notice.isHidden()
