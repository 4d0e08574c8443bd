"""The trigger panel: from choosing a workflow to a queued job, with nothing lost on the way."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from console.services.commands import TriggerRequest
from console.services.events import SubmitRefused, Submitted
from console.ui.bridge import Bridge
from console.ui.dialogs.review import ReviewDialog
from tests.ui.fake_commands import FakeCommands
from tests.ui.form_hands import (
    TUTORIAL,
    TUTORIAL_ID,
    fill_in,
    key,
    keyboard,
    keys,
    open_panel,
    press_review,
    trigger,
    widget,
)


class Silent(FakeCommands):
    """A console that has not answered yet."""

    def submit(self, request: TriggerRequest) -> None:
        self.requests.append(request)


@pytest.fixture
def panel(qtbot, bridge):
    return open_panel(qtbot, bridge)


def test_the_tutorials_example_is_triggered_with_the_keyboard_alone(qtbot, panel, commands):
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
        ("sendBefore", "send_time", "send_message"),
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


def test_tab_goes_from_the_workflow_through_the_fields_to_the_button(qtbot, panel):
    widget(panel, "form_mode_form").setFocus()
    seen = [keyboard()]
    for _ in range(13):
        key(Qt.Key.Key_Tab)
        seen.append(keyboard())
    assert seen == [
        "form_mode_form", "workflow", "workflow_favourite", "priority", "field_/customerId",
        "field_/priorityScore",
        "field_/requiresCallback_unset", "field_/routingMetadata/channel",
        "field_/routingMetadata/queue", "metadata_add", "reason", "send_time",
        "review_and_trigger", "clear_form",
    ]  # fmt: skip


def test_every_control_of_the_panel_has_a_name_of_its_own(panel):
    from console.ui.tab_order import stops

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
