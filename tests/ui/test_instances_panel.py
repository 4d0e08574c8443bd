import dataclasses
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from console.domain.instance import Instance
from console.domain.job import JobState
from console.domain.payload import JOB_ID_KEY
from console.services.events import InstancesRead, InstancesUnread
from console.ui.bridge import Bridge
from console.ui.models import instances as column
from console.ui.panels.instances_panel import InstancesPanel
from console.ui.widgets.instance_drawer import instance_lines
from tests.ui.fake_commands import NOON, FakeCommands


@pytest.fixture
def panel(bridge, qtbot):
    result = InstancesPanel(bridge)
    qtbot.addWidget(result)
    result.resize(900, 500)
    result.show()
    return result


def read(panel, commands, *instances, slots=None):
    commands.tell(InstancesRead(tuple(instances), slots or {}, commands.now()))
    panel.model.flush()


def running(name, **changes):
    values = {
        "instance_id": name,
        "workflow_id": "wf_callback",
        "status": "running",
        "context": {"customerId": "CUST-99887"},
        "started_at": NOON - timedelta(minutes=2),
    }
    return Instance(**(values | changes))


def test_before_the_first_reading_the_panel_says_so(panel):
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "Nothing read yet"
    assert panel.age.text() == "not read yet · every 3 s"


def test_an_empty_reading_says_that_nothing_runs(panel, commands):
    read(panel, commands)
    assert panel.empty.title.text() == "Nothing runs"


def test_the_table_bears_the_name_by_which_outsiders_find_it(panel):
    assert panel.view.accessibleName() == "Running instances"
    assert panel.view.objectName() == "instances"


def test_the_age_of_the_data_is_always_shown(panel, commands):
    read(panel, commands, running("a"))
    assert panel.age.text() == "updated 0 s ago · every 3 s"
    commands.advance(7)
    panel._ticked()
    assert panel.age.text() == "updated 7 s ago · every 3 s"
    assert panel.model.index(0, column.RUNNING).data() == "2:07"


def test_a_failed_reading_keeps_the_rows_and_says_how_old_they_are(panel, commands):
    read(panel, commands, running("a"))
    commands.advance(40)
    commands.tell(InstancesUnread("CXone did not answer", commands.now()))
    assert panel.failure.isVisible()
    assert panel.failure.text.text() == (
        "The last reading failed: CXone did not answer. What is shown is 40 s old."
    )
    assert panel.model.rowCount() == 1
    read(panel, commands, running("a"))
    assert not panel.failure.isVisible()


def test_slots_are_those_of_the_chosen_workflow_else_of_all(panel, commands):
    slots = {"wf_callback": (23, 50), "wf_refund": (2, 10)}
    read(panel, commands, running("a"), slots=slots)
    assert panel.slot_bar.words.text() == "25 running in 2 workflows"
    assert not panel.slot_bar._bar.isVisible(), "limits of several workflows do not add up"
    panel.set_chosen_workflow("wf_callback")
    assert panel.slot_bar.words.text() == "23 of 50 slots · Callback booking"
    assert panel.slot_bar._bar.isVisible()
    panel.set_chosen_workflow("wf_elsewhere")
    assert panel.slot_bar.words.text() == "25 running in 2 workflows"


def test_a_narrow_panel_says_the_same_in_fewer_words(panel, commands):
    read(panel, commands, running("a"), slots={"wf_callback": (23, 50)})
    panel.set_chosen_workflow("wf_callback")
    panel.setMinimumSize(540, 220)  # as the page does
    panel.resize(560, 400)
    assert panel.slot_bar.words.text() == "23 of 50 slots"
    assert panel.slot_bar.toolTip() == "Callback booking"
    assert panel.age.text() == "0 s ago"
    assert panel.age.accessibleName() == "Reading of the instances"
    assert panel.age.accessibleDescription() == "updated 0 s ago, every 3 s"
    shown = [c for c in range(7) if not panel.view.isColumnHidden(c)]
    assert shown == [column.INSTANCE, column.WORKFLOW, column.STATUS, column.RUNNING]
    panel.resize(900, 400)
    assert not any(panel.view.isColumnHidden(c) for c in range(7))


def test_an_unknown_count_is_shown_as_unknown(panel, commands):
    read(panel, commands, running("a"), slots={"wf_callback": (None, 50)})
    assert panel.slot_bar.words.text() == "how many run is unknown"
    slots = {"wf_callback": (None, 50), "wf_refund": (4, 20)}
    read(panel, commands, running("a"), slots=slots)
    assert panel.slot_bar.words.text() == "4 running in 1 workflow, 1 more unknown"
    panel.set_chosen_workflow("wf_callback")
    assert panel.slot_bar.accessibleName() == "unknown of 50 slots · Callback booking"


def test_choosing_a_pace_asks_for_it_and_is_remembered(panel, commands, bridge, qtbot):
    every_ten = [a for a in panel.age.menu().actions() if a.text() == "Every 10 s"]
    every_ten[0].trigger()
    assert commands.polling[-1] == (10.0, False, True)
    assert panel.age.text().endswith("every 10 s")
    again = InstancesPanel(bridge)
    qtbot.addWidget(again)
    again.resize(900, 400)
    again.show()
    assert again.age.text().endswith("every 10 s")


@pytest.mark.parametrize("stored", ["nonsense", "0.001", "", None])
def test_a_pace_that_nobody_offers_falls_back_to_three_seconds(tmp_path, qtbot, stored):
    bridge = Bridge(FakeCommands(), tmp_path)
    bridge.settings().setValue("instances/seconds", stored)
    panel = InstancesPanel(bridge)
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    assert panel.age.text() == "not read yet · every 3 s"


def test_pausing_stops_the_reading_and_says_so(panel, commands):
    panel.pause_action.trigger()
    assert commands.polling[-1] == (3.0, True, True)
    assert panel.age.text().endswith("paused")


def test_a_hidden_panel_asks_less_often(panel, commands):
    panel.hide()
    assert commands.polling[-1] == (3.0, False, False)
    panel.show()
    assert commands.polling[-1] == (3.0, False, True)


def test_enter_opens_the_details_and_escape_closes_them(panel, commands, qtbot):
    job = commands.move(commands.new_job(), JobState.SENDING)
    job = commands.put(
        commands.move(job, JobState.ACCEPTED, instance_id="a", api_ms=212.0).evolve(
            attempt_started_at=NOON
        )
    )
    read(panel, commands, running("a", metadata={JOB_ID_KEY: job.job_id}))
    panel.view.selectRow(0)
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    assert panel.drawer.isVisible()
    assert panel.drawer.instance_id == "a"
    assert panel.drawer.badge.word == "running"
    assert '"customerId": "CUST-99887"' in panel.drawer.context.toPlainText()
    with qtbot.waitSignal(panel.job_requested) as asked:
        panel.drawer.job.click()
    assert asked.args == [job.job_id]
    qtbot.keyClick(panel.drawer, Qt.Key.Key_Escape)
    assert not panel.drawer.isVisible()


def test_open_details_follow_the_selection_and_the_next_reading(panel, commands):
    a, b = running("a"), running("b", started_at=NOON - timedelta(minutes=9))
    read(panel, commands, a, b)
    panel.view.selectRow(0)
    panel._open(panel.model.index(0, 0))
    panel.view.selectRow(1)
    assert panel.drawer.instance_id == "b"
    read(panel, commands, a, dataclasses.replace(b, status="completed"))
    assert panel.drawer.badge.word == "completed"
    read(panel, commands, a)
    assert panel.drawer.gone.isVisible()
    assert panel.drawer.instance_id == "b"


def test_the_timeline_says_what_is_not_known_from_here():
    ended = running("a", status="failed")
    assert instance_lines(ended, None) == [
        (ended.started_at, "started", ""),
        (None, "failed", "the end was not seen from here"),
    ]


def test_the_timeline_of_ours_runs_from_queued_to_the_end(commands):
    job = commands.new_job().evolve(
        attempt_started_at=NOON, api_ms=212.4, completed_at=NOON + timedelta(minutes=1)
    )
    lines = instance_lines(running("a", status="completed"), job)
    assert [(what, said) for _, what, said in lines] == [
        ("queued", "J-1 by op-north"),
        ("sent", "answered in 212 ms"),
        ("started", ""),
        ("completed", ""),
    ]


def test_the_instance_id_can_be_copied(panel, commands):
    read(panel, commands, running("inst-77"))
    panel._open(panel.model.index(0, 0))
    panel.drawer._copy()
    assert QApplication.clipboard().text() == "inst-77"


def test_filters_narrow_the_table_and_closing_them_shows_everything_again(panel, commands, qtbot):
    read(panel, commands, running("a"), running("b", workflow_id="wf_refund", status="failed"))
    panel.filter_button.click()
    assert panel.filters.isVisible()
    panel.filters.status.setCurrentIndex(panel.filters.status.findData("failed"))
    panel.filters.status.activated.emit(1)
    assert panel.model.rowCount() == 1
    qtbot.keyClicks(panel.filters.text, "nobody")
    with qtbot.waitSignal(panel.filters.changed, timeout=2000):
        pass
    assert panel.empty.isVisible()
    assert panel.empty.title.text() == "No instance matches"
    panel.filter_button.click()
    assert panel.model.rowCount() == 2


def test_the_empty_table_offers_to_clear_the_filters(panel, commands):
    read(panel, commands, running("a"))
    panel.filter_button.click()
    panel.filters.origin.segment("ours").click()
    assert panel.model.rowCount() == 0
    panel.empty.action.click()
    assert panel.model.rowCount() == 1
    assert panel.filters.origin.value() == ""


def test_a_chosen_status_stays_offered_when_no_instance_has_it_any_more(panel, commands):
    read(panel, commands, running("a"), running("b", status="failed"))
    panel.filters.status.setCurrentIndex(panel.filters.status.findData("failed"))
    panel.filters.status.activated.emit(1)
    read(panel, commands, running("a"))
    assert panel.filters.status.currentText() == "failed"
    assert panel.model.rowCount() == 0


def test_an_instance_asked_for_is_shown_even_through_a_filter(panel, commands):
    read(panel, commands, running("a"), running("b"))
    panel.filters.text.setText("nobody")
    panel.filters._tell()
    assert panel.show_instance("b")
    assert panel.drawer.instance_id == "b"
    assert not panel.show_instance("gone")


def test_another_connection_starts_without_the_old_instances(panel, commands, bridge):
    read(panel, commands, running("a"), slots={"wf_callback": (1, 50)})
    panel._open(panel.model.index(0, 0))
    bridge.set_commands(FakeCommands())
    assert panel.empty.isVisible()
    assert not panel.drawer.isVisible()
    assert panel.slot_bar.words.text() == "no reading yet"
