"""Approval by a second person, and what grew too old, as the queue shows and decides them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from console.domain.job import JobState
from console.domain.lane import Lane, Pause
from console.domain.payload import TriggerPayload
from console.ui.dialogs.approval import ApprovalDialog
from console.ui.dialogs.confirm import AskReason
from console.ui.models import jobs as column
from console.ui.models.jobs import ACTION_ROLE
from console.ui.panels.queue_panel import QueuePanel
from console.ui.widgets.top_bar import EnvironmentBadge
from tests.ui.fake_commands import NOON, PRODUCTION
from tests.ui.queue_hands import click_link, dialog, select


@pytest.fixture
def panel(bridge, qtbot):
    result = QueuePanel(bridge)
    qtbot.addWidget(result)
    result.resize(1100, 620)
    result.show()
    return result


def asked(commands, operator="op-south", **more):
    """A job that awaits the approval of somebody else than `operator`."""
    job = replace(commands.new_job("wf_refund"), operator=operator, approval_required=True, **more)
    return commands.put(job)


def links(panel, row=0):
    return [deed.text for deed in panel.model.index(row, column.WHY).data(ACTION_ROLE)]


def why(panel, row=0):
    return panel.model.index(row, column.WHY).data()


def test_a_second_person_finds_both_answers_in_the_row(panel, commands):
    asked(commands)
    panel.model.flush()
    assert why(panel) == "Needs approval by a second person; asked by op-south"
    assert links(panel) == ["Approve…", "Refuse…"]


def test_who_asked_for_it_sees_why_he_cannot_approve_it(panel, commands):
    asked(commands, " OP-North ")
    panel.model.flush()
    assert why(panel) == "Needs approval by a second person; you asked for it"
    assert links(panel) == []
    panel.view.selectRow(0)
    assert [k for k, b in panel.buttons.items() if b.isVisibleTo(panel)] == [
        "cancel",
        "reuse",
    ]


def test_the_question_shows_exactly_what_would_be_sent_and_cannot_be_edited(panel, commands, qtbot):
    payload = TriggerPayload(
        "wf_refund", {"orderNumber": "2026-004471", "amount": 12}, 3, {"a": "b"}
    )
    job = asked(commands, payload=payload, operator_reason="damaged on arrival")
    panel.model.flush()
    click_link(qtbot, panel, 0, "approve")
    ask = dialog(panel, ApprovalDialog)
    assert ask.values.isReadOnly()
    for told in (
        '"orderNumber": "2026-004471"',
        '"amount": 12',
        '"priority": 3',
        '"a": "b"',
        job.job_id,
    ):
        assert told in ask.values.toPlainText()
    shown = {label.objectName(): label.text() for label in ask.findChildren(QLabel)}
    assert shown["approval_fact_asked_by"].startswith("op-south, ")
    assert shown["approval_fact_reason"] == "damaged on arrival"


def test_approving_takes_a_reason_or_none_and_names_the_second_person(panel, commands, qtbot):
    job = asked(commands)
    panel.model.flush()
    click_link(qtbot, panel, 0, "approve")
    ask = dialog(panel, ApprovalDialog)
    assert ask.focusWidget() is ask.reason
    qtbot.keyClick(ask.reason, Qt.Key.Key_Return)
    assert commands.job(job.job_id).approved_by == "op-north"
    panel.model.flush()
    assert links(panel) == []


def test_refusing_needs_a_reason_and_cancels(panel, commands, qtbot):
    job = asked(commands)
    panel.model.flush()
    click_link(qtbot, panel, 0, "refuse")
    ask = dialog(panel, ApprovalDialog)
    assert not ask.answer_button.isEnabled()
    qtbot.keyClicks(ask.reason, "already paid")
    qtbot.keyClick(ask.reason, Qt.Key.Key_Return)
    kept = commands.job(job.job_id)
    assert (kept.state, kept.reason) == (JobState.CANCELLED, "Refused by op-north: already paid")


def test_the_history_names_who_asked_and_who_approved(panel, commands):
    job = asked(commands)
    commands.approve(job)
    panel.model.flush()
    panel.view.selectRow(0)
    panel.history_button.click()
    assert panel.drawer.note.text().startswith("by op-south · approved by op-north")


def test_what_needs_a_person_is_counted_and_found_together(panel, commands):
    sending = commands.move(commands.new_job(), JobState.SENDING)
    commands.move(sending, JobState.REVIEW, reason="cut")
    asked(commands)
    commands.put(replace(commands.new_job(), send_before=NOON))
    commands.put(commands.new_job())
    panel.model.flush()
    assert panel.states.segment("review").text() == "Needs you 3"
    assert panel.card.subtitle.text() == "3 waiting · 3 need you"
    panel.states.segment("review").click()
    assert [panel.model.job_at(row).number for row in range(panel.model.rowCount())] == [3, 2, 1]


def test_a_job_that_grows_too_old_enters_the_list_of_what_needs_a_person(panel, commands):
    commands.put(replace(commands.new_job(), send_before=NOON + timedelta(seconds=90)))
    panel.model.flush()
    panel.states.segment("review").click()
    assert panel.model.rowCount() == 0
    commands.advance(91)
    for _ in range(5):
        panel._ticked()
    assert panel.model.rowCount() == 1
    assert panel.states.segment("review").text() == "Needs you 1"


def test_a_job_kept_back_a_moment_ago_is_among_what_needs_a_person_at_once(panel, commands):
    job = commands.put(commands.new_job())
    panel.show_states("review")
    commands.advance(1)
    commands.put(replace(job, send_before=commands.now()))
    panel.model.flush()
    assert panel.model.rowCount() == 1


def test_a_job_that_is_too_old_is_sent_or_cancelled_from_its_row(panel, commands, qtbot):
    first = commands.put(replace(commands.new_job(), send_before=NOON))
    second = commands.put(replace(commands.new_job(), send_before=NOON))
    panel.model.flush()
    assert links(panel) == ["Send now", "Cancel…"]
    click_link(qtbot, panel, 0, "retry")
    assert commands.job(second.job_id).send_before is None
    click_link(qtbot, panel, 1, "cancel")
    dialog(panel, AskReason).answer_button.click()
    assert commands.job(first.job_id).state is JobState.CANCELLED


def test_a_scheduled_job_can_be_sent_now(panel, commands):
    later = NOON + timedelta(hours=3)
    job = commands.put(replace(commands.new_job(), not_before=later))
    panel.model.flush()
    panel.view.selectRow(0)
    assert panel.buttons["retry"].text() == "Send now"
    panel.buttons["retry"].click()
    assert commands.job(job.job_id).not_before is None


def test_where_the_row_is_narrow_the_first_answer_stays_and_the_rest_is_in_the_menu(
    panel, commands
):
    asked(commands)
    panel.model.flush()
    panel.resize(560, 420)
    panel.view.selectRow(0)
    assert panel.tools.more.isVisible()
    assert not panel.buttons["approve"].isVisible()
    assert not panel.search.isVisible()
    panel.tools.more.click()
    menu = panel.view.findChildren(type(panel.view.columns_menu()))[-1]
    menu.close()
    panel.resize(1100, 620)
    assert panel.buttons["approve"].isVisible()
    assert not panel.tools.more.isVisible()


def test_many_are_approved_together_after_all_of_them_were_shown(panel, commands):
    for number in range(3):
        asked(commands, payload=TriggerPayload("wf_refund", {"orderNumber": f"2026-00447{number}"}))
    asked(commands, "op-north")
    panel.model.flush()
    select(panel, 0, 1, 3)  # J-4 is his own; J-2 stays unticked
    panel.buttons["approve"].click()
    ask = dialog(panel, ApprovalDialog)
    assert ask.windowTitle() == "Approve 2 jobs?"
    shown = ask.values.toPlainText()
    assert ("2026-004470" in shown, "2026-004471" in shown, "2026-004472" in shown) == (
        True,
        False,
        True,
    )
    ask.answer_button.click()
    approved = [job.number for job in commands.jobs_now() if job.approved_by == "op-north"]
    assert approved == [1, 3]
    assert panel.outcomes.summary.text() == "Approve 3 jobs: 2 done, 1 refused"
    refused = panel.outcomes.model.index(0, 3).data()
    assert refused == "You asked for it; another operator must decide"


def test_the_question_names_production_where_it_would_be_sent(panel, commands, qtbot):
    commands.set_connection(PRODUCTION)
    asked(commands)
    panel.model.flush()
    click_link(qtbot, panel, 0, "approve")
    (badge,) = dialog(panel, ApprovalDialog).findChildren(EnvironmentBadge)
    assert badge.words == "PRODUCTION · main"


def test_while_the_line_is_stopped_an_approval_can_still_be_given(panel, commands):
    asked(commands)
    commands.set_lane(Lane("demo", pause=Pause("drill", "op-east", NOON, line_stopped=True)))
    panel.model.flush()
    assert links(panel) == ["Approve…", "Refuse…"]
