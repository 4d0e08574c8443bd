from datetime import timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.domain.job import JobState, Wait
from console.domain.lane import Lane
from console.services.events import JobsReloaded
from console.services.ports import JobFilter
from console.ui.models import jobs as column
from console.ui.models.jobs import ACTION_ROLE, JobsModel
from console.ui.models.paged import PagedRows, ranges
from console.ui.widgets.badge import BADGE_ROLE
from console.ui.widgets.table_view import TableView
from tests.ui.fake_commands import NOON, FakeCommands
from tests.ui.samples import busy_day


@pytest.fixture
def model(bridge):
    result = JobsModel(bridge)
    tester = QAbstractItemModelTester(
        result, QAbstractItemModelTester.FailureReportingMode.Fatal, result
    )
    assert tester.model() is result
    return result


def labels(model):
    return [model.index(row, column.JOB).data() for row in range(model.rowCount())]


def cell(model, row, at):
    return model.index(row, at).data()


def review(commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    return commands.move(job, JobState.REVIEW, reason="Nobody knows")


def test_jobs_stand_newest_first_and_new_ones_come_on_top(model, commands):
    for _ in range(3):
        commands.put(commands.new_job())
    model.flush()
    assert labels(model) == ["J-3", "J-2", "J-1"]
    commands.put(commands.new_job())
    model.flush()
    assert labels(model) == ["J-4", "J-3", "J-2", "J-1"]


def test_a_burst_of_changes_becomes_one_update_of_each_run_of_rows(model, commands, qtbot):
    jobs = [commands.put(commands.new_job()) for _ in range(20)]
    model.flush()
    assert len(labels(model)) == 20
    heard = []
    model.dataChanged.connect(lambda first, last: heard.append((first.row(), last.row())))
    for job in jobs[5:10]:
        commands.put(commands.move(job, JobState.SENDING).evolve(attempts=1))
    assert heard == []
    with qtbot.waitSignal(model.counted, timeout=2000):
        pass
    assert heard == [(10, 14)]
    assert cell(model, 12, column.STATE) == "sending"
    assert cell(model, 12, column.ATTEMPT) == "1 of 3"


def test_the_selected_job_stays_selected_while_others_arrive(model, commands, qtbot):
    jobs = [commands.put(commands.new_job()) for _ in range(5)]
    model.flush()
    view = TableView("t", "T")
    qtbot.addWidget(view)
    view.setModel(model)
    chosen = model.index(2, 0)
    view.selectionModel().select(
        chosen, QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    )
    for _ in range(3):
        commands.put(commands.new_job())
    commands.move(jobs[0], JobState.SENDING)
    model.flush()
    assert [model.job_at(row).label for row in view.selected_rows()] == ["J-3"]


def test_a_job_that_leaves_the_filter_goes_and_one_that_enters_comes_to_its_place(model, commands):
    first, second, third = (review(commands) for _ in range(3))
    waiting = commands.move(commands.new_job(), JobState.SENDING)
    model.set_filter(JobFilter(frozenset({JobState.REVIEW})))
    assert labels(model) == ["J-3", "J-2", "J-1"]
    commands.resolve_failed(second, "given up")
    model.flush()
    assert labels(model) == ["J-3", "J-1"]
    commands.move(waiting, JobState.REVIEW)
    model.flush()
    assert labels(model) == ["J-4", "J-3", "J-1"]
    commands.resolve_send_again(third, "not there")
    commands.resolve_accepted(first, "inst-1", "seen")
    model.flush()
    assert labels(model) == ["J-4"]


def test_a_job_that_returns_to_the_middle_of_the_filter_stands_in_its_order(model, commands):
    jobs = [review(commands) for _ in range(3)]
    commands.resolve_send_again(jobs[1], "not there")
    model.set_filter(JobFilter(frozenset({JobState.REVIEW})))
    assert labels(model) == ["J-3", "J-1"]
    again = commands.move(commands.job(jobs[1].job_id), JobState.SENDING)
    commands.move(again, JobState.REVIEW)
    model.flush()
    assert labels(model) == ["J-3", "J-2", "J-1"]


def test_a_hundred_thousand_jobs_are_read_a_page_at_a_time(bridge, commands):
    for _ in range(3000):
        commands.new_job()
    model = JobsModel(bridge)
    commands.pages.clear()
    assert model.rowCount() == 3000
    assert cell(model, 0, column.JOB) == "J-3000"
    assert cell(model, 2999, column.JOB) == "J-1"
    assert cell(model, 1500, column.JOB) == "J-1500"
    assert len(commands.pages) == 3
    assert all(limit <= 100 for _, limit in commands.pages)
    for row in range(3000):
        model.job_at(row)
    assert sum(1 for _ in model._rows.loaded()) <= 1200


def test_a_new_job_on_top_leaves_the_pages_below_unread(bridge, commands):
    for _ in range(450):
        commands.new_job()
    model = JobsModel(bridge)
    for row in range(450):
        model.job_at(row)
    commands.pages.clear()
    commands.put(commands.new_job())
    model.flush()
    assert [cell(model, row, column.JOB) for row in (0, 1, 300, 450)] == [
        "J-451",
        "J-450",
        "J-151",
        "J-1",
    ]
    assert len(commands.pages) == 1


def test_jobs_of_another_process_appear_after_a_reload(model, commands):
    commands.put(commands.new_job())
    model.flush()
    commands.new_job()
    moved = commands.jobs_now()[0].move(JobState.CANCELLED, NOON)
    commands.put(moved, quiet=True)
    commands.tell(JobsReloaded())
    model.flush()
    assert labels(model) == ["J-2", "J-1"]
    assert cell(model, 1, column.STATE) == "cancelled"


def test_a_reload_reaches_a_filtered_view_too(model, commands):
    model.set_filter(JobFilter(frozenset({JobState.QUEUED})))
    commands.new_job()
    commands.tell(JobsReloaded())
    model.flush()
    assert labels(model) == ["J-1"]


def test_a_text_filter_finds_jobs_by_what_the_operator_knows(model, commands):
    commands.new_job("wf_refund")
    commands.new_job("wf_callback")
    model.set_filter(JobFilter(text="refund"))
    assert labels(model) == ["J-1"]
    commands.put(commands.new_job("wf_refund"))
    model.flush()
    assert labels(model) == ["J-3", "J-1"]


def test_a_job_that_does_not_match_costs_a_filtered_view_nothing(model, commands):
    commands.new_job("wf_refund")
    model.set_filter(JobFilter(frozenset({JobState.QUEUED}), text="refund"))
    commands.pages.clear()
    commands.put(commands.new_job("wf_callback"))
    model.flush()
    assert labels(model) == ["J-1"]
    assert commands.pages == []


def test_the_countdown_says_how_long_and_ticks_only_where_a_clock_runs(model, commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    commands.move(
        job,
        JobState.WAITING,
        wait=Wait.RETRY,
        reason="CXone answered 503",
        until=NOON + timedelta(seconds=38),
    )
    commands.put(commands.new_job())
    model.flush()
    assert cell(model, 1, column.WHY) == "0:38 left · Retry 1 of 3: CXone answered 503"
    heard = []
    model.dataChanged.connect(lambda a, b: heard.append((a.row(), b.row(), a.column(), b.column())))
    commands.advance(8)
    model.tick(0, 20)
    assert heard == [(1, 1, column.WHY, column.WHY)]
    assert cell(model, 1, column.WHY).startswith("0:30 left")
    commands.advance(40)
    assert cell(model, 1, column.WHY).startswith("Any moment")


def test_a_look_up_has_its_own_badge_and_says_which_look_it_is(model, commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    commands.move(
        job, JobState.WAITING, wait=Wait.LOOKUP, look=1, until=NOON + timedelta(seconds=5)
    )
    model.flush()
    assert model.index(0, column.STATE).data(BADGE_ROLE).word == "looking"
    assert cell(model, 0, column.WHY) == "0:05 left · Looking for the instance, 1 of 2"


def test_a_pause_changes_the_reason_of_every_waiting_job(model, commands, bridge, qtbot):
    commands.put(commands.new_job())
    model.flush()
    with qtbot.waitSignal(model.dataChanged):
        bridge.pause("shift change")
    assert cell(model, 0, column.WHY) == "Paused by op-north: shift change. Resume to send"


def test_only_jobs_a_person_must_move_carry_a_link(bridge):
    commands = busy_day(8)
    bridge.set_commands(commands)
    model = JobsModel(bridge)
    links = {
        cell(model, r, column.STATE): tuple(
            deed.text for deed in model.index(r, column.WHY).data(ACTION_ROLE)
        )
        for r in range(8)
    }
    assert links["review"] == ("Decide…",)
    assert links["failed"] == ("Edit and resend",)
    assert {links[word] for word in ("queued", "sending", "accepted", "cancelled")} == {()}


def test_text_from_outside_cannot_hide_characters_in_the_table(model, commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    commands.move(job, JobState.FAILED, reason="no\u202egold\x00")
    model.flush()
    assert cell(model, 0, column.WHY) == "no[U+202E]gold[U+0000]"


def test_hovering_tells_the_time_in_utc(model, commands):
    commands.put(commands.new_job())
    model.flush()
    assert "Queued 2026-11-20T10:41:07Z" in model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole)


def test_another_connection_shows_other_jobs(model, bridge, commands):
    commands.put(commands.new_job())
    model.flush()
    bridge.set_commands(FakeCommands())
    assert labels(model) == []


def test_a_lane_that_changes_over_an_empty_queue_tells_nothing(model, commands, qtbot):
    with qtbot.assertNotEmitted(model.dataChanged):
        commands.set_lane(Lane("demo"))


def test_rows_read_from_a_store_that_has_shrunk_are_empty_not_wrong():
    rows = PagedRows(lambda _offset, _limit: ["a"], lambda row: row)
    rows.forget(3)
    assert rows.row(2) == "a"
    assert rows.row(0) is None
    assert rows.row(-1) is None
    assert rows.row(3) is None


def test_numbers_become_runs():
    assert ranges({5, 1, 2, 3, 9}) == [(1, 3), (5, 5), (9, 9)]
