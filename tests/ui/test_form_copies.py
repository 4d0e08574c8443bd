"""A job of any state as a new trigger: named, marked, and compared in the review."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.domain.payload import TriggerPayload
from console.domain.schema import read_schema
from console.ui.dialogs.review import ReviewDialog
from console.ui.dialogs.review_changes import ChangesModel, Compared, change_rows, summary
from console.ui.panels.trigger_panel import TriggerPanel
from tests.ui.fake_commands import PRODUCTION
from tests.ui.form_hands import TUTORIAL, TUTORIAL_ID, open_panel, press_review, widget
from tests.ui.test_review import review


@pytest.fixture
def panel(qtbot, bridge):
    return open_panel(qtbot, bridge)


def test_a_queued_jobs_values_become_a_new_trigger_that_names_it(qtbot, panel, commands):
    job = commands.new_job(TUTORIAL_ID)
    panel.load_job(job, copies=True)
    assert panel._notice.text.text() == f"Values of {job.label}, to send as a new job."
    panel.fields.form.set_value({**TUTORIAL, "customerId": "CUST-2"})
    dialog = press_review(qtbot, panel)
    assert widget(dialog, "review_values from").isVisible()
    assert job.label in widget(dialog, "review_against it").text()  # type: ignore[attr-defined]
    dialog.accept()
    assert commands.requests[-1].resend_of is None
    assert commands.requests[-1].copied_from == job.job_id


def test_a_copy_is_still_one_after_a_crash_and_is_compared_again(qtbot, bridge, panel, commands):
    job = commands.new_job(TUTORIAL_ID)
    panel.load_job(job, copies=True)
    again = TriggerPanel(bridge)
    qtbot.addWidget(again)
    assert again.fields.copies
    (field,) = [f for f in again.fields.form.fields_now() if f.path == "/customerId"]
    assert field._label.hint.text().startswith(job.label)


def test_fields_that_still_are_as_in_the_earlier_job_say_so(panel, commands):
    job = commands.new_job(TUTORIAL_ID)
    panel.load_job(job, copies=True)
    panel.fields.form.set_value({"customerId": "other"})
    panel.fields.form.check()
    (field,) = [f for f in panel.fields.form.fields_now() if f.path == "/customerId"]
    assert field._label.hint.text().startswith("typed")


SCHEMA = {
    "type": "object",
    "properties": {
        "customerId": {"type": "string", "title": "Customer"},
        "rows": {
            "type": "array",
            "title": "Rows",
            "items": {"type": "object", "properties": {"n": {"type": "integer", "title": "N"}}},
        },
        "pin": {"type": "string", "writeOnly": True},
        "box": {"type": "object", "writeOnly": True},
    },
}


def rows(before, after, **more):
    was = TriggerPayload("wf", before, 5, {"team": "n"})
    now = TriggerPayload("wf", after, more.get("priority", 5), more.get("metadata", {"team": "n"}))
    compared = Compared("J-7", was, "why")
    return change_rows(compared, now, more.get("reason", "why"), read_schema(SCHEMA))


def told(found):
    return [(str(row.kind), row.name, row.before, row.now) for row in found]


def test_what_differs_is_told_by_the_fields_titles():
    found = rows(
        {"customerId": "A", "rows": [{"n": 1}], "gone": {"x": 1}},
        {"customerId": "B", "rows": [{"n": 1}, {"n": 2}]},
        priority=2,
        metadata={},
        reason="other",
    )
    assert told(found) == [
        ("changed", "Customer", "A", "B"),
        ("added", "Rows · 2", "", '{ "n": 2 }'),
        ("removed", "gone", '{ "x": 1 }', ""),
        ("changed", "Priority", "5", "2"),
        ("removed", "Metadata team", "n", ""),
        ("changed", "Reason", "why", "other"),
    ]
    assert summary(found) == "3 changed, 1 added, 2 removed"
    assert summary([]) == "nothing differs"


def test_secrets_that_differ_are_told_and_not_shown():
    found = rows(
        {"pin": "CANARY-1", "box": {"a": "CANARY-2"}}, {"pin": "CANARY-3", "box": {"a": 1}}
    )
    assert [row.name for row in found] == ["pin", "box · a"]
    assert "CANARY" not in str(found)


def test_letters_that_hide_are_made_visible_in_the_comparison():
    (row,) = rows({"a": "x"}, {"a": "x\u202e"})
    assert "U+202E" in row.now


def test_the_comparison_is_a_table_of_its_own(qtbot):
    model = ChangesModel(rows({"a": "x"}, {"a": "y"}), None)  # type: ignore[arg-type]
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    assert [model.index(0, column).data() for column in range(4)] == ["changed", "a", "x", "y"]
    assert model.headerData(0, Qt.Orientation.Horizontal) == "Change"
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.index(0, 2).data(Qt.ItemDataRole.FontRole) is not None
    assert model.index(0, 1).data(Qt.ItemDataRole.FontRole) is None


def test_the_review_shows_the_changes_beside_values_and_json(qtbot, bridge, panel, commands):
    job = commands.new_job(TUTORIAL_ID)
    panel.load_job(job, copies=True)
    panel.fields.form.set_value({**TUTORIAL, "customerId": "CUST-2"})
    dialog = press_review(qtbot, panel)
    qtbot.mouseClick(widget(dialog, "review_view_changes"), Qt.MouseButton.LeftButton)
    assert dialog.changes.isVisible()
    qtbot.mouseClick(widget(dialog, "review_view_json"), Qt.MouseButton.LeftButton)
    assert dialog.json.isVisible()
    dialog.reject()


def test_a_workflow_without_the_guard_asks_no_typing_at_production(qtbot):
    dialog, _ = review(qtbot, connection=PRODUCTION)
    assert not dialog.answer_button.isEnabled()
    dialog.reject()
    payload = TriggerPayload("wf_1", dict(dialog.request.context))
    open_one = ReviewDialog(dialog.request, payload, title="t", connection=PRODUCTION, guard=False)
    qtbot.addWidget(open_one)
    assert open_one.answer_button.isEnabled()


def test_a_secret_deep_in_the_values_is_masked_in_the_json_too(qtbot):
    schema = {
        "type": "object",
        "properties": {
            "who": {
                "type": "object",
                "properties": {"pin": {"type": "string", "writeOnly": True}},
            }
        },
    }
    dialog, _ = review(qtbot, context={"who": {"pin": "CANARY"}}, schema=schema)
    assert "CANARY" not in dialog.json.toPlainText()
