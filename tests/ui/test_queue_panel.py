from datetime import timedelta

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu

from console.domain.job import JobState, Wait
from console.domain.lane import Pause
from console.ui.bridge import Bridge
from console.ui.dialogs.confirm import AskReason
from console.ui.dialogs.decide import Decide
from console.ui.models import jobs as column
from console.ui.panels.queue_panel import QueuePanel
from tests.ui.fake_commands import NOON
from tests.ui.queue_hands import click_link, dialog, select
from tests.ui.samples import busy_day


@pytest.fixture
def panel(bridge, qtbot):
    result = QueuePanel(bridge)
    qtbot.addWidget(result)
    result.resize(1000, 520)
    result.show()
    return result


@pytest.fixture
def review(commands, panel):
    job = commands.move(commands.new_job(), JobState.SENDING)
    job = commands.move(job, JobState.REVIEW, reason="Cut after sending")
    panel.model.flush()
    return job


def test_an_empty_queue_says_what_will_stand_here(panel):
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No jobs yet"
    assert panel.card.subtitle.text() == "0 waiting"


def test_the_header_counts_what_waits_and_what_needs_a_person(panel, commands, review):
    for _ in range(7):
        commands.put(commands.new_job())
    panel.model.flush()
    assert panel.card.subtitle.text() == "7 waiting · 1 needs you"
    assert panel.states.segment("review").text() == "Needs you 1"
    assert panel.view.accessibleName() == "Queue"


def test_pausing_and_resuming_is_one_button(panel, commands):
    panel.pause_button.click()
    assert commands.lane().pause is not None
    assert panel.pause_button.text() == "Resume"
    assert panel.lane_lines.isVisible()
    assert panel.lane_lines.texts()[0].startswith("Paused by op-north since")
    panel.pause_button.click()
    assert commands.lane().pause is None
    assert not panel.lane_lines.isVisible()


def test_the_line_stops_only_with_a_reason(panel, commands, qtbot):
    panel.stop_button.click()
    ask = dialog(panel, AskReason)
    assert not ask.answer_button.isEnabled()
    qtbot.keyClick(ask.reason, Qt.Key.Key_Return)
    assert commands.lane().pause is None
    qtbot.keyClicks(ask.reason, "wrong list")
    qtbot.keyClick(ask.reason, Qt.Key.Key_Return)
    assert commands.lane().pause == Pause("wrong list", "op-north", NOON, line_stopped=True)
    assert not panel.stop_button.isEnabled()
    panel.lane_lines.lines["pause"].action.click()
    assert commands.lane().pause is None


def test_a_question_that_is_dismissed_does_nothing(panel, commands):
    panel.stop_button.click()
    ask = dialog(panel, AskReason)
    ask.cancel_button.click()
    assert commands.lane().pause is None


def test_the_three_decisions_need_a_reason_and_the_first_an_instance(panel, review, qtbot):
    panel.view.selectRow(0)
    panel.buttons["decide"].click()
    ask = dialog(panel, Decide)
    assert not ask.answer_button.isEnabled()
    ask.radios["ran"].click()
    qtbot.keyClicks(ask.reason, "seen in CXone")
    assert not ask.answer_button.isEnabled()
    qtbot.keyClicks(ask.instance, "inst-7")
    assert ask.answer_button.isEnabled()
    assert ask.answer_button.text() == "Mark as accepted"


@pytest.mark.parametrize(
    ("verdict", "state", "instance"),
    [
        ("ran", JobState.ACCEPTED, "inst-7"),
        ("send-again", JobState.QUEUED, None),
        ("give-up", JobState.FAILED, None),
    ],
)
def test_a_decision_moves_the_job(panel, commands, review, qtbot, verdict, state, instance):
    panel.view.selectRow(0)
    panel.actions_by_key["decide"].trigger()
    ask = dialog(panel, Decide)
    ask.instance.setText("inst-7")
    ask.radios[verdict].click()
    qtbot.keyClicks(ask.reason, "looked in CXone")
    ask.answer_button.click()
    job = commands.job(review.job_id)
    assert (job.state, job.instance_id) == (state, instance)


def test_a_decision_on_a_job_that_moved_on_meanwhile_is_refused(panel, commands, review, qtbot):
    panel.view.selectRow(0)
    panel.actions_by_key["decide"].trigger()
    ask = dialog(panel, Decide)
    commands.resolve_accepted(review, "inst-late", "found late")
    ask.radios["send-again"].click()
    qtbot.keyClicks(ask.reason, "not there")
    with qtbot.waitSignal(panel._bridge.command_refused) as refusal:
        ask.answer_button.click()
    assert refusal.args == ["J-1 is now accepted; look at it again and decide anew."]
    assert commands.job(review.job_id).state is JobState.ACCEPTED


def test_a_click_on_the_link_in_the_row_opens_the_decision(panel, commands, review, qtbot):
    click_link(qtbot, panel, 0, "decide")
    assert dialog(panel, Decide).windowTitle() == "Decide on J-1: Callback booking"


def test_a_failed_job_can_be_edited_and_sent_again(panel, commands, qtbot):
    job = commands.move(commands.new_job(), JobState.SENDING)
    job = commands.move(job, JobState.FAILED, reason="400")
    panel.model.flush()
    panel.view.selectRow(0)
    with qtbot.waitSignal(panel.resend_requested) as asked:
        panel.buttons["resend"].click()
    assert asked.args == [job]


def test_cancelling_acts_on_exactly_the_selected_jobs_that_can_be(panel, commands, qtbot):
    jobs = [commands.put(commands.new_job()) for _ in range(4)]
    commands.move(jobs[0], JobState.SENDING)
    panel.model.flush()
    select(panel, 1, 3)  # J-3 and J-1; J-1 is sending
    panel.buttons["cancel"].click()
    ask = dialog(panel, AskReason)
    assert ask.windowTitle() == "Cancel J-3?"
    assert "1 selected can no longer be cancelled" in ask.text.text()
    ask.answer_button.click()
    assert [job.state.value for job in commands.jobs_now()] == [
        "sending",
        "queued",
        "cancelled",
        "queued",
    ]


def test_retry_now_ends_the_wait_of_the_selected_job(panel, commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    job = commands.move(job, JobState.WAITING, wait=Wait.RETRY, until=NOON + timedelta(minutes=4))
    panel.model.flush()
    panel.view.selectRow(0)
    panel.buttons["retry"].click()
    assert commands.job(job.job_id).until is None


def test_only_what_can_be_done_is_offered(bridge, qtbot):
    bridge.set_commands(busy_day(8))
    panel = QueuePanel(bridge)
    qtbot.addWidget(panel)
    offered = {}
    for row in range(8):
        panel.view.selectRow(row)
        word = panel.model.index(row, column.STATE).data()
        keys = ("decide", "resend", "retry", "cancel")
        offered[word] = [k for k in keys if panel.actions_by_key[k].isEnabled()]
    assert offered == {
        "queued": ["cancel"],
        "sending": [],
        "waiting": ["retry", "cancel"],
        "looking": [],
        "accepted": ["resend"],
        "review": ["decide"],
        "failed": ["resend", "retry"],
        "cancelled": ["resend"],
    }


def test_the_states_are_chosen_by_keyboard_and_an_empty_choice_leads_back(panel, commands, qtbot):
    commands.put(commands.new_job())
    panel.model.flush()
    panel.states.segment("all").setFocus()
    qtbot.keyClick(panel.states.segment("all"), Qt.Key.Key_Right)
    assert panel.states.value() == "waiting"
    assert panel.model.rowCount() == 1
    qtbot.keyClick(panel.states.segment("waiting"), Qt.Key.Key_Right)
    assert panel.model.rowCount() == 0
    assert panel.empty.title.text() == "No job matches"
    panel.empty.action.click()
    assert panel.states.value() == "all"
    assert panel.model.rowCount() == 1


def test_a_reset_keeps_the_selected_job_and_the_place_one_looked_at(panel, commands, bridge):
    for _ in range(150):
        commands.new_job()
    panel.states.segment("waiting").click()
    chosen = panel.model.job_at(60)
    panel.view.selectRow(60)
    panel.view.verticalScrollBar().setValue(50 * 34)
    commands.put(commands.new_job(), quiet=True)
    panel.model._reset()
    assert panel.selected() == [chosen]
    assert panel.view.currentIndex().row() == 61
    assert panel.view.verticalScrollBar().value() == 50 * 34


def test_typing_searches_after_a_pause(panel, commands, qtbot):
    commands.put(commands.new_job("wf_refund"))
    commands.put(commands.new_job("wf_callback"))
    panel.model.flush()
    qtbot.keyClicks(panel.search, "refund")
    qtbot.waitUntil(lambda: panel.model.rowCount() == 1, timeout=2000)


def test_enter_shows_the_history_which_grows_with_the_job(panel, commands, qtbot):
    job = commands.put(commands.new_job())
    panel.model.flush()
    panel.view.selectRow(0)
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert panel.drawer.isVisible()
    assert panel.drawer.title.text() == "J-1 Callback booking"
    moved = commands.move(job, JobState.SENDING)
    commands.move(moved, JobState.ACCEPTED, instance_id="inst-9")
    assert [what for _, what, _ in panel.drawer.timeline._shown] == [
        "queued",
        "queued",
        "sending",
        "accepted",
    ]
    with qtbot.waitSignal(panel.instance_requested) as asked:
        panel.drawer.instance.click()
    assert asked.args == ["inst-9"]
    qtbot.keyClick(panel.drawer, Qt.Key.Key_Escape)
    assert not panel.drawer.isVisible()
    assert not panel.history_button.isChecked()


def test_the_open_history_asks_for_one_job_when_several_are_selected(panel, commands):
    for _ in range(2):
        commands.put(commands.new_job())
    panel.model.flush()
    panel.history_button.click()
    panel.view.selectAll()
    assert panel.drawer.note.text() == "Select one job to see what happened to it."


def test_a_job_asked_for_is_selected_whatever_is_filtered(panel, commands):
    job = commands.put(commands.new_job())
    panel.model.flush()
    panel.states.segment("failed").click()
    assert panel.select_job(job.job_id)
    assert [j.job_id for j in panel.selected()] == [job.job_id]
    assert not panel.select_job("nobody")


def test_selected_rows_are_copied_as_they_read(panel, commands, qtbot):
    commands.put(commands.new_job())
    panel.model.flush()
    panel.view.selectRow(0)
    qtbot.keyClick(panel.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text().split("\t")[:4] == [
        "J-1",
        "Callback booking",
        "queued",
        "Next in line",
    ]


def test_the_menu_offers_what_the_buttons_offer(panel, commands, review):
    panel.view.selectRow(0)
    panel._menu(QPoint(5, 5))
    (menu,) = panel.view.findChildren(QMenu)
    assert [a.text() for a in menu.actions() if a.isEnabled()] == [
        "Decide…",
        "Use as new trigger",
        "Copy rows",
    ]
    menu.close()


def test_without_a_connection_nothing_can_be_paused(tmp_path, qtbot):
    panel = QueuePanel(Bridge(None, tmp_path))
    qtbot.addWidget(panel)
    assert not panel.pause_button.isEnabled()
    assert not panel.stop_button.isEnabled()
