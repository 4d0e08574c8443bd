"""Bulk actions: exactly the rows that were ticked, with one outcome each."""

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt

from console.domain.job import JobState, Wait
from console.services.events import CommandRefused
from console.ui.dialogs.confirm import AskReason
from console.ui.panels.queue_panel import QueuePanel
from tests.ui.fake_commands import NOON
from tests.ui.queue_hands import dialog, select


@pytest.fixture
def panel(bridge, qtbot):
    result = QueuePanel(bridge)
    qtbot.addWidget(result)
    result.resize(1100, 620)
    result.show()
    return result


def outcomes(panel):
    model = panel.outcomes.model
    return [tuple(model.index(row, c).data() for c in (0, 2, 3)) for row in range(model.rowCount())]


def test_each_ticked_job_gets_its_own_outcome_in_the_list(panel, commands):
    jobs = [commands.put(commands.new_job()) for _ in range(4)]
    commands.move(jobs[1], JobState.SENDING)
    panel.model.flush()
    select(panel, 0, 2, 3)  # J-4, J-2 (sending), J-1
    panel.buttons["cancel"].click()
    ask = dialog(panel, AskReason)
    commands.move(jobs[0], JobState.SENDING)  # while the question is open
    ask.reason.setText("wrong list")
    ask.answer_button.click()
    assert panel.outcomes.isVisible()
    assert panel.outcomes.summary.text() == "Cancel 3 jobs: 1 done, 2 refused"
    assert outcomes(panel) == [
        ("J-2", "refused", "It is being sent now"),
        ("J-4", "done", ""),
        ("J-1", "refused", "J-1 is now sending; look at it again and decide anew."),
    ]
    assert commands.job(jobs[2].job_id).state is JobState.QUEUED


def test_what_is_told_in_the_list_is_not_told_again_over_the_page(panel, commands, bridge):
    jobs = [commands.put(commands.new_job()) for _ in range(2)]
    panel.model.flush()
    panel.view.selectAll()
    panel.buttons["cancel"].click()
    for job in jobs:
        commands.move(job, JobState.SENDING)
    told: list[str] = []
    bridge.command_refused.connect(told.append)
    dialog(panel, AskReason).answer_button.click()
    assert told == []
    assert [outcome for _, outcome, _ in outcomes(panel)] == ["refused", "refused"]
    commands.tell(CommandRefused("Too late.", jobs[0].job_id))
    assert told == ["Too late."]


def test_a_job_without_an_answer_yet_is_still_to_come(panel, commands, bridge, monkeypatch):
    for _ in range(2):
        commands.put(commands.new_job())
    panel.model.flush()
    panel.view.selectAll()
    monkeypatch.setattr(commands, "cancel", lambda job, reason="": None)
    panel.buttons["cancel"].click()
    dialog(panel, AskReason).answer_button.click()
    assert panel.outcomes.summary.text() == "Cancel 2 jobs: 0 done, 2 to come"


def test_the_waits_of_all_ticked_jobs_end_without_a_question(panel, commands):
    kept = []
    for _ in range(3):
        job = commands.move(commands.new_job(), JobState.SENDING)
        until = NOON + timedelta(minutes=4)
        kept.append(commands.move(job, JobState.WAITING, wait=Wait.RETRY, until=until))
    panel.model.flush()
    select(panel, 0, 2)
    panel.buttons["retry"].click()
    assert [commands.job(job.job_id).until is None for job in kept] == [True, False, True]
    assert panel.outcomes.summary.text() == "Send 2 jobs now: 2 done"


def test_failed_jobs_are_sent_again_only_after_a_question(panel, commands, monkeypatch):
    asked = []
    monkeypatch.setattr(commands, "retry_now", lambda job, reason="": asked.append((job, reason)))
    failed = []
    for _ in range(2):
        job = commands.move(commands.new_job(), JobState.SENDING)
        failed.append(commands.move(job, JobState.FAILED, reason="500"))
    panel.model.flush()
    panel.view.selectAll()
    assert panel.buttons["retry"].text() == "Send again…"
    panel.buttons["retry"].click()
    ask = dialog(panel, AskReason)
    assert ask.windowTitle() == "Send 2 jobs again?"
    assert "same values, sent to demo" in ask.text.text()
    assert asked == []
    ask.reason.setText("CXone is back")
    ask.answer_button.click()
    assert asked == [(failed[1], "CXone is back"), (failed[0], "CXone is back")]


def test_one_job_needs_no_list(panel, commands):
    commands.put(commands.new_job())
    panel.model.flush()
    panel.view.selectRow(0)
    panel.buttons["cancel"].click()
    dialog(panel, AskReason).answer_button.click()
    assert not panel.outcomes.isVisible()


def test_the_list_is_closed_with_escape(panel, commands, qtbot):
    for _ in range(2):
        commands.put(commands.new_job())
    panel.model.flush()
    panel.view.selectAll()
    panel.buttons["cancel"].click()
    dialog(panel, AskReason).answer_button.click()
    qtbot.keyClick(panel.outcomes, Qt.Key.Key_Escape)
    assert not panel.outcomes.isVisible()
    assert panel.view.hasFocus()


def test_what_is_offered_for_many_is_what_any_of_them_allows(panel, commands):
    commands.put(commands.new_job())
    commands.put(replace(commands.new_job(), send_before=NOON))
    job = commands.move(commands.new_job(), JobState.SENDING)
    commands.move(job, JobState.REVIEW)
    panel.model.flush()
    panel.view.selectAll()
    assert [k for k, b in panel.buttons.items() if b.isVisible()] == ["retry", "cancel"]
