"""The review shows exactly what will be sent, and one press makes one job."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPlainTextEdit

from console.domain.payload import TriggerPayload
from console.domain.schema import read_schema
from console.services.commands import ConnectionView, TriggerRequest
from console.ui.dialogs.review import MAX_ROWS, SHOWN_JSON, ReviewDialog, value_rows
from tests.ui.fake_commands import DEMO, PRODUCTION
from tests.ui.form_hands import TUTORIAL, keyboard, shipped, widget

METADATA = {"sourceSystem": "erp_sync_module", "batchId": "BATCH-001"}


def review(
    qtbot,
    *,
    context=TUTORIAL,
    connection: ConnectionView | None = DEMO,
    schema="tutorial-example",
    approval=False,
    **changes,
):
    """An open review, and the requests that it hands over."""
    payload = TriggerPayload("wf_1", context, 2, METADATA)
    request = TriggerRequest("r-1", "wf_1", context, 2, METADATA, **changes)
    spec = (
        None
        if schema is None
        else read_schema(shipped(schema) if isinstance(schema, str) else schema)
    )
    dialog = ReviewDialog(
        request,
        payload,
        title="Tutorial example",
        connection=connection,
        spec=spec,
        approval=approval,
    )
    qtbot.addWidget(dialog)
    told: list[TriggerRequest] = []
    dialog.confirmed.connect(told.append)
    dialog.open()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    return dialog, told


def text(dialog, name):
    found = widget(dialog, name)
    assert isinstance(found, QLabel)
    return found.text()


def shown_values(dialog):
    model = dialog.table.model()
    return [
        tuple(model.index(row, column).data() for column in range(3))
        for row in range(model.rowCount())
    ]


def test_the_review_shows_every_value_with_its_type(qtbot):
    dialog, _ = review(qtbot)
    QAbstractItemModelTester(
        dialog.table.model(), QAbstractItemModelTester.FailureReportingMode.Fatal
    )
    assert shown_values(dialog) == [
        ("Customer id", "string", "CUST-99887"),
        ("Priority score", "integer", "85"),
        ("Requires callback", "boolean", "true"),
        ("Routing metadata · Channel", "string", "voice"),
        ("Routing metadata · Queue", "string", "sales"),
    ]
    assert (
        dialog.table.model().index(3, 0).data(Qt.ItemDataRole.ToolTipRole)
        == "routingMetadata.channel"
    )


def test_the_json_is_the_body_of_the_request_itself(qtbot):
    dialog, _ = review(qtbot)
    body = json.loads(dialog.json.toPlainText())
    assert body["metadata"].pop("consoleJobId").startswith("<the job's id")
    assert body == {"workflowId": "wf_1", "priority": 2, "context": TUTORIAL, "metadata": METADATA}
    qtbot.mouseClick(widget(dialog, "review_view_json"), Qt.MouseButton.LeftButton)
    assert isinstance(widget(dialog, "review_json"), QPlainTextEdit)
    assert dialog.json.isReadOnly()


def test_where_the_trails_root_goes_along_the_json_says_so(qtbot):
    dialog, _ = review(qtbot, connection=replace(DEMO, seals=True))
    seal = json.loads(dialog.json.toPlainText())["metadata"]["consoleSeal"]
    assert seal == "<size:root of the audit trail at that moment>"


def test_workflow_place_priority_metadata_and_reason_are_named(qtbot):
    dialog, _ = review(qtbot, reason="Customer asked twice", resend_of="job-7")
    assert text(dialog, "review_workflow") == "Tutorial example"
    assert text(dialog, "review_workflow_id") == "wf_1"
    assert text(dialog, "review_host") == "127.0.0.1:8765"
    assert widget(dialog, "environment").accessibleName() == "DEMO · built-in simulator"
    assert text(dialog, "review_priority") == "2 of 10"
    assert text(dialog, "review_metadata") == "sourceSystem = erp_sync_module\nbatchId = BATCH-001"
    assert text(dialog, "review_reason") == "Customer asked twice"
    assert text(dialog, "review_sends again") == "job-7"


def test_a_trigger_that_waits_for_a_second_person_says_so(qtbot):
    dialog, _ = review(qtbot, approval=True)
    assert text(dialog, "review_approval") == "A second person approves it before it is sent."


def test_enter_triggers_once_however_often_it_is_pressed(qtbot):
    dialog, told = review(qtbot)
    assert keyboard() == "trigger_now"
    assert dialog.answer_button.text() == "Trigger now"
    qtbot.keyClick(dialog.answer_button, Qt.Key.Key_Return)
    dialog.answer_button.click()
    dialog.accept()
    assert [request.request for request in told] == ["r-1"]


def test_escape_goes_back_and_sends_nothing(qtbot):
    dialog, told = review(qtbot)
    with qtbot.waitSignal(dialog.rejected):
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert told == []


def test_a_key_still_held_from_the_form_does_not_trigger(qtbot):
    dialog, told = review(qtbot)
    held = QKeyEvent(
        QEvent.Type.KeyPress, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r", True
    )
    QApplication.sendEvent(dialog.answer_button, held)
    qtbot.keyClick(dialog.answer_button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert told == []
    assert dialog.isVisible()


def test_production_asks_twice_and_enter_alone_sends_nothing(qtbot):
    dialog, told = review(qtbot, connection=PRODUCTION)
    confirm = widget(dialog, "review_confirm")
    assert isinstance(confirm, QLineEdit)
    assert QApplication.focusWidget() is confirm
    assert confirm.accessibleName() == "This is production. Type main to trigger."
    qtbot.keyClick(confirm, Qt.Key.Key_Return)
    assert told == []
    qtbot.keyClicks(confirm, "mai")
    assert not dialog.answer_button.isEnabled()
    qtbot.keyClicks(confirm, "n")
    qtbot.keyClick(confirm, Qt.Key.Key_Return)
    assert len(told) == 1


def test_what_hides_in_a_value_is_made_visible(qtbot):
    dialog, _ = review(
        qtbot, context={"n\u202eame": "a\u202eb\u0007", "e": "", "n": None, "l": [], "o": {}}, schema=None, reason="x\u200by"
    )  # fmt: skip
    assert shown_values(dialog) == [
        ("n[U+202E]ame", "string", "a[U+202E]b[U+0007]"),
        ("e", "string", "(empty text)"),
        ("n", "null", "null"),
        ("l", "array", "[]"),
        ("o", "object", "{}"),
    ]
    assert "\\u202e" in dialog.json.toPlainText()
    assert text(dialog, "review_reason") == "x[U+200B]y"


def test_entries_of_lists_are_numbered_under_their_titles(qtbot):
    context = {
        "targets": [{"queue": "a", "sharePercent": 1}, {"queue": "b", "other": 2}],
        "channels": ["voice", "chat"],
        "x": [1],
    }
    dialog, _ = review(qtbot, context=context, schema="queue-overflow")
    assert [row[0] for row in shown_values(dialog)] == [
        "Target 1 · Queue", "Target 1 · Share in percent", "Target 2 · Queue", "Target 2 · other",
        "Channel 1", "Channel 2", "x 1",
    ]  # fmt: skip


def test_a_secret_value_is_masked_in_both_views(qtbot):
    schema = {"type": "object", "properties": {"pin": {"type": "string", "writeOnly": True}}}
    dialog, told = review(qtbot, context={"pin": "4711"}, schema=schema)
    assert "4711" not in dialog.json.toPlainText()
    assert shown_values(dialog) == [("pin", "string", "••••••")]
    qtbot.keyClick(dialog.answer_button, Qt.Key.Key_Return)
    assert told[0].context == {"pin": "4711"}


def test_thousands_of_values_open_at_once_and_say_that_there_are_more(qtbot):
    dialog, _ = review(qtbot, context={"l": ["x" * 50] * 10_000}, schema=None)
    rows = shown_values(dialog)
    assert len(rows) == MAX_ROWS + 1
    assert rows[-1][2] == "More values stand in the JSON."
    shown = dialog.json.toPlainText()
    assert len(shown) < SHOWN_JSON + 100
    assert shown.endswith("more characters are sent.")


def test_a_long_text_is_cut_in_the_table_and_nothing_breaks_without_values(qtbot):
    (row,) = value_rows({"a": "x" * 5_000}, None)
    assert len(row.text) == 1_001
    assert list(value_rows({}, None)) == []
    dialog, _ = review(qtbot, context={}, connection=None)
    assert text(dialog, "review_host") == "no connection is open"


@pytest.mark.parametrize(("priority", "words"), [(1, "1 of 10 (highest)"), (10, "10 of 10")])
def test_the_highest_priority_is_named(qtbot, priority, words):
    payload = TriggerPayload("wf_1", {}, priority)
    dialog = ReviewDialog(TriggerRequest("r", "wf_1", {}), payload, title="wf_1", connection=DEMO)
    qtbot.addWidget(dialog)
    assert text(dialog, "review_priority") == words
    assert dialog.findChild(QLabel, "review_workflow_id") is None
