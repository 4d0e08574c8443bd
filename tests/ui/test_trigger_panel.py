"""The trigger panel: from choosing a workflow to a queued job, with nothing lost on the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from console.domain.job import JobState
from console.domain.workflow import Workflow
from console.services.commands import TriggerRequest
from console.services.events import SubmitRefused, Submitted
from console.ui.bridge import Bridge
from console.ui.dialogs.review import ReviewDialog
from console.ui.forms.tab_order import order_tabs
from console.ui.panels.trigger_panel import TriggerPanel
from tests.ui.fake_commands import PRODUCTION, FakeCommands
from tests.ui.form_hands import TUTORIAL, entry_text, key, keyboard, keys, widget

TUTORIAL_ID = "wf_12345678-abcd-efgh-ijkl-1234567890ab"


class Silent(FakeCommands):
    """A console that has not answered yet."""

    def submit(self, request: TriggerRequest) -> None:
        self.requests.append(request)


@pytest.fixture
def panel(qtbot, bridge):
    return open_panel(qtbot, bridge)


def open_panel(qtbot, bridge, workflow=TUTORIAL_ID):
    result = TriggerPanel(bridge)
    qtbot.addWidget(result)
    result.resize(430, 900)
    result.choose_workflow(workflow)
    result.show()
    result.activateWindow()
    qtbot.waitUntil(result.isActiveWindow)
    return result


def fill_in(panel):
    panel.fields.form.set_value(TUTORIAL)


def press_review(qtbot, panel) -> ReviewDialog:
    """Press the button and return the review."""
    qtbot.mouseClick(panel.review_button, Qt.MouseButton.LeftButton)
    dialog = panel._review_open
    assert isinstance(dialog, ReviewDialog)
    return dialog


def trigger(qtbot, panel):
    press_review(qtbot, panel).accept()


def test_the_tutorials_example_is_triggered_with_the_keyboard_alone(qtbot, panel, commands):
    order_tabs(panel)
    panel.setFocus()
    keys("CUST-99887")
    key(Qt.Key.Key_Tab)
    keys("85")
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_Left)
    key(Qt.Key.Key_Left)
    key(Qt.Key.Key_Tab)
    key(Qt.Key.Key_V)
    key(Qt.Key.Key_Tab)
    keys("sales")
    widget(panel, "priority").setFocus()
    key(Qt.Key.Key_Down)
    key(Qt.Key.Key_Down)
    key(Qt.Key.Key_Down)
    for place, (name, text) in enumerate(
        {"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"}.items()
    ):
        widget(panel, "metadata_add").setFocus()
        key(Qt.Key.Key_Space)
        keys(name)
        widget(panel, f"metadata_text_{place}").setFocus()
        keys(text)
    widget(panel, "reason").setFocus()
    keys("Customer asked twice")
    key(Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    dialog = panel._review_open
    assert isinstance(dialog, ReviewDialog)
    qtbot.keyClick(dialog.answer_button, Qt.Key.Key_Return)
    (request,) = commands.requests
    assert request.context == TUTORIAL
    assert (request.workflow_id, request.priority) == (TUTORIAL_ID, 2)
    assert request.metadata == {"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"}
    assert request.reason == "Customer asked twice"
    assert panel.result.text() == f"{commands.jobs_now()[0].label} queued"


def test_an_invalid_form_opens_no_review_but_leads_to_what_is_wrong(qtbot, panel):
    panel.fields.form.set_value({**TUTORIAL, "priorityScore": 850})
    qtbot.mouseClick(panel.review_button, Qt.MouseButton.LeftButton)
    assert panel._review_open is None
    assert panel.fix_button.text() == "1 field to fix"
    assert keyboard() == "field_/priorityScore"
    panel.review_button.setFocus()
    qtbot.mouseClick(panel.fix_button, Qt.MouseButton.LeftButton)
    assert keyboard() == "field_/priorityScore"


def test_a_double_press_makes_one_job(qtbot, panel, commands):
    fill_in(panel)
    dialog = press_review(qtbot, panel)
    panel.review()
    assert panel._review_open is dialog
    dialog.answer_button.click()
    dialog.answer_button.click()
    assert len(commands.jobs_now()) == 1


def test_each_review_is_a_trigger_of_its_own(qtbot, panel, commands):
    fill_in(panel)
    trigger(qtbot, panel)
    trigger(qtbot, panel)
    one, other = commands.requests
    assert one.request != other.request
    assert len(commands.jobs_now()) == 2


def test_while_a_trigger_is_being_queued_no_second_review_opens(qtbot, tmp_path):
    commands = Silent()
    panel = open_panel(qtbot, Bridge(commands, tmp_path))
    fill_in(panel)
    trigger(qtbot, panel)
    assert panel.result.text() == "Queuing…"
    panel.review()
    assert panel._review_open is None
    job = commands.new_job()
    commands.tell(Submitted("of another window", job))
    assert panel.result.text() == "Queuing…"
    commands.tell(Submitted(commands.requests[0].request, job))
    assert panel.result.text() == f"{job.label} queued"


@pytest.mark.parametrize(
    ("field", "name", "place"),
    [
        (
            "context.routingMetadata.queue",
            "field_/routingMetadata/queue",
            "message_/routingMetadata/queue",
        ),
        ("metadata.batchId", "metadata_add", "metadata_message"),
        ("reason", "reason", "reason_message"),
        ("workflowId", "workflow", "workflow_message"),
        ("context", None, "form_message"),
        ("sendBefore", None, "form_message"),
        ("", None, "trigger_result"),
        ("priority", None, "trigger_result"),
    ],
)
def test_a_refusal_stands_at_the_field_that_it_is_about(qtbot, tmp_path, field, name, place):
    commands = Silent()
    panel = open_panel(qtbot, Bridge(commands, tmp_path))
    fill_in(panel)
    trigger(qtbot, panel)
    commands.tell(SubmitRefused("of another window", "Not this one."))
    commands.tell(SubmitRefused(commands.requests[0].request, "Not today.", field))
    assert widget(panel, place).text() == "Not today."  # type: ignore[attr-defined]
    if name is not None:
        assert keyboard() == name


def test_a_reason_is_asked_for_where_the_workflow_wants_one(qtbot, bridge):
    panel = open_panel(qtbot, bridge, "wf_outage_notice")
    panel.review()
    assert widget(panel, "reason_message").isVisible()
    widget(panel, "reason").setFocus()
    keys("fibre cut")
    assert not panel.findChild(QWidget, "reason_message").isVisible()


def test_metadata_that_cannot_be_sent_is_told_at_its_rows(qtbot, panel):
    fill_in(panel)
    for pairs, words in [
        (
            [("consoleJobId", "x")],
            "Metadata 'consoleJobId' is set by the console; choose another name.",
        ),
        ([("a", "1"), ("a", "2")], "The name 'a' stands twice."),
        ([("", "text")], "A text needs a name."),
    ]:
        panel.fields.metadata.load(pairs)
        panel.review()
        assert panel.fields.metadata.message == words
        assert panel.fix_button.text() == "1 field to fix"
        assert keyboard() == "metadata_key_0"
    keys("b")
    assert panel.fields.metadata.message == ""
    qtbot.mouseClick(widget(panel, "metadata_remove_0"), Qt.MouseButton.LeftButton)
    assert panel.fields.metadata.pairs() == []


def test_without_a_connection_nothing_is_reviewed_and_the_way_on_is_told(qtbot, tmp_path):
    panel = open_panel(qtbot, Bridge(None, tmp_path), "wf_any")
    panel.review()
    assert panel._review_open is None
    assert panel.result.text() == "No connection is open. Connect first, then trigger again."


def test_a_trigger_too_large_for_the_tenant_is_not_reviewed(qtbot, bridge):
    panel = open_panel(qtbot, bridge, "wf_free")
    panel.fields.form.set_value({"a": "é" * 4_000_000})
    panel.review()
    assert panel._review_open is None
    assert panel.fields.form.to_fix() == 1


# --- choosing a workflow -----------------------------------------------------------------------


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


# --- drafts and resends --------------------------------------------------------------------------


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


def test_tab_goes_from_the_workflow_through_the_fields_to_the_button(qtbot, panel):
    qtbot.waitUntil(lambda: not panel._tabs.isActive())
    widget(panel, "form_mode_form").setFocus()
    seen = [keyboard()]
    for _ in range(11):
        key(Qt.Key.Key_Tab)
        seen.append(keyboard())
    assert seen == [
        "form_mode_form", "workflow", "priority", "field_/customerId", "field_/priorityScore",
        "field_/requiresCallback_unset", "field_/routingMetadata/channel",
        "field_/routingMetadata/queue", "metadata_add", "reason", "review_and_trigger",
        "clear_form",
    ]  # fmt: skip


def test_every_control_of_the_panel_has_a_name_of_its_own(panel):
    from console.ui.forms.tab_order import stops

    controls = list(stops(panel))
    names = [control.objectName() for control in controls]
    assert len(set(names)) == len(names)
    assert all(names)
    assert all(control.accessibleName() for control in controls)
    assert {"Workflow", "Priority", "Reason", "Review and trigger"} <= {
        control.accessibleName() for control in controls
    }
    assert QApplication.instance() is not None
    assert not isinstance(panel, QDialog)
