import dataclasses
from datetime import timedelta

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QAbstractItemModelTester

from console.domain.instance import Instance
from console.domain.job import JobState
from console.domain.payload import JOB_ID_KEY
from console.services.events import InstancesRead
from console.ui.models import instances as column
from console.ui.models.instances import InstanceFilter, InstancesModel
from console.ui.widgets.badge import BADGE_ROLE
from console.ui.widgets.table_view import TableView
from tests.ui.fake_commands import NOON, FakeCommands


@pytest.fixture
def model(bridge):
    result = InstancesModel(bridge)
    QAbstractItemModelTester(result, QAbstractItemModelTester.FailureReportingMode.Fatal, result)
    return result


def instance(name, seconds=60, **changes):
    values = {
        "instance_id": name,
        "workflow_id": "wf_callback",
        "status": "running",
        "priority": 5,
        "context": {"customerId": f"CUST-{name}"},
        "started_at": NOON - timedelta(seconds=seconds),
    }
    return Instance(**(values | changes))


def read(commands, model, *instances):
    commands.tell(InstancesRead(tuple(instances), {}, NOON))
    model.flush()


def ids(model):
    return [model.index(row, column.INSTANCE).data() for row in range(model.rowCount())]


def column_of(model, at):
    return [model.index(row, at).data() for row in range(model.rowCount())]


def test_the_youngest_instance_stands_on_top(model, commands):
    read(commands, model, instance("a", 90), instance("b", 10), instance("c", 300))
    assert ids(model) == ["b", "a", "c"]
    assert column_of(model, column.RUNNING) == ["0:10", "1:30", "5:00"]
    assert column_of(model, column.CUSTOMER) == ["CUST-b", "CUST-a", "CUST-c"]


def test_a_reading_is_shown_as_the_difference_to_the_one_before(model, commands):
    a, b, c = instance("a", 90), instance("b", 10), instance("c", 300)
    read(commands, model, a, b, c)
    heard = []
    model.rowsInserted.connect(lambda _p, first, last: heard.append(("in", first, last)))
    model.rowsRemoved.connect(lambda _p, first, last: heard.append(("out", first, last)))
    model.dataChanged.connect(lambda first, last: heard.append(("new", first.row(), last.row())))
    model.modelReset.connect(lambda: heard.append(("reset", 0, 0)))
    done = dataclasses.replace(a, status="completed")
    read(commands, model, done, c, instance("d", 5))
    assert ids(model) == ["d", "a", "c"]
    assert heard == [("out", 0, 0), ("in", 0, 0), ("new", 1, 1)]
    assert model.index(1, column.STATUS).data(BADGE_ROLE).word == "completed"


def test_the_same_reading_again_changes_nothing(model, commands, qtbot):
    read(commands, model, instance("a"))
    with qtbot.assertNotEmitted(model.dataChanged):
        read(commands, model, instance("a"))


def test_many_readings_in_a_moment_become_one(model, commands, qtbot):
    heard = []
    model.shown.connect(lambda: heard.append(model.rowCount()))
    for count in range(1, 6):
        found = tuple(instance(str(n)) for n in range(count))
        commands.tell(InstancesRead(found, {}, NOON))
    with qtbot.waitSignal(model.shown, timeout=2000):
        pass
    assert heard == [5]


def test_the_selected_instance_stays_selected_when_the_order_changes(model, commands, qtbot):
    view = TableView("t", "T")
    qtbot.addWidget(view)
    view.setModel(model)
    model.sort(column.STATUS)
    a, b, c = instance("a"), instance("b", status="waiting"), instance("c", status="paused")
    read(commands, model, a, b, c)
    assert ids(model) == ["c", "a", "b"]
    view.selectionModel().select(
        model.index(1, 0),
        QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows,
    )
    read(commands, model, dataclasses.replace(a, status="waiting for input"), b, c)
    assert ids(model) == ["c", "b", "a"]
    assert [model.instance_at(row).instance_id for row in view.selected_rows()] == ["a"]


@pytest.mark.parametrize(
    ("at", "order", "expected"),
    [
        (column.INSTANCE, Qt.SortOrder.AscendingOrder, ["a", "b", "c"]),
        (column.INSTANCE, Qt.SortOrder.DescendingOrder, ["c", "b", "a"]),
        (column.PRIORITY, Qt.SortOrder.AscendingOrder, ["c", "a", "b"]),
        (column.RUNNING, Qt.SortOrder.DescendingOrder, ["b", "c", "a"]),
    ],
)
def test_rows_can_be_put_in_the_order_of_a_column(model, commands, at, order, expected):
    a = instance("a", 10, priority=10)
    b = instance("b", started_at=None, priority=None)
    c = instance("c", 30, priority=2)
    read(commands, model, a, b, c)
    model.sort(at, order)
    assert ids(model) == expected


def test_ours_and_foreign_ones_are_told_apart(model, commands):
    job = commands.new_job()
    ours = instance("ours", 10, metadata={JOB_ID_KEY: job.job_id})
    elsewhere = instance("other", 20, metadata={JOB_ID_KEY: "another-console"})
    read(commands, model, ours, elsewhere, instance("bare", 30))
    assert column_of(model, column.BY) == ["op-north", "not from here", "not from here"]
    model.set_filter(InstanceFilter(origin="ours"))
    assert ids(model) == ["ours"]
    model.set_filter(InstanceFilter(origin="foreign"))
    assert ids(model) == ["other", "bare"]


@pytest.mark.parametrize("text", ["CUST-a", "cust-A", "callback book", "wf_callback", "running"])
def test_an_instance_is_found_by_id_workflow_status_or_any_context_value(model, commands, text):
    read(
        commands,
        model,
        instance("a"),
        instance("z", workflow_id="wf_refund", status="paused", context={"topic": "billing"}),
    )
    model.set_filter(InstanceFilter(text=text))
    assert ids(model) == ["a"]


def test_a_search_sees_values_that_changed_since_the_last_reading(model, commands):
    a = instance("a")
    read(commands, model, a)
    model.set_filter(InstanceFilter(text="gold"))
    assert ids(model) == []
    read(commands, model, dataclasses.replace(a, context={"tier": "gold"}))
    assert ids(model) == ["a"]


def test_filters_by_workflow_and_status_are_offered_from_what_was_read(model, commands):
    read(commands, model, instance("a"), instance("b", workflow_id="wf_refund", status="failed"))
    assert model.statuses() == ["failed", "running"]
    assert model.workflow_ids() == ["wf_callback", "wf_refund"]
    model.set_filter(InstanceFilter(workflow_id="wf_refund"))
    assert ids(model) == ["b"]
    model.set_filter(InstanceFilter(status="running"))
    assert ids(model) == ["a"]
    assert model.total == 2


def test_running_times_go_on_for_the_visible_rows_that_still_run(model, commands):
    read(commands, model, instance("a", 10), instance("b", 20, status="completed"))
    heard = []
    model.dataChanged.connect(lambda first, last: heard.append((first.row(), last.row())))
    commands.advance(5)
    model.tick(0, 10)
    assert heard == [(0, 0)]
    assert column_of(model, column.RUNNING)[0] == "0:15"


def test_an_ended_instance_of_ours_shows_how_long_it_ran(model, commands):
    job = commands.move(commands.new_job(), JobState.SENDING)
    job = commands.move(job, JobState.ACCEPTED, instance_id="a")
    commands.put(job.evolve(completed_at=NOON))
    ended = instance("a", 95, status="completed", metadata={JOB_ID_KEY: job.job_id})
    read(commands, model, ended, instance("b", 100, status="failed"))
    assert column_of(model, column.RUNNING)[0] == "1:35"
    assert column_of(model, column.RUNNING)[1] == "\N{EN DASH}"


def test_a_status_nobody_has_heard_of_is_shown_as_it_came(model, commands):
    read(commands, model, instance("a", status="waiting for input"))
    assert column_of(model, column.STATUS) == ["waiting for input"]


def test_an_instance_with_nothing_but_an_id_still_has_a_row(model, commands):
    read(commands, model, Instance("bare\u202e"))
    assert ids(model) == ["bare[U+202E]"]
    assert column_of(model, column.CUSTOMER) == [""]
    assert column_of(model, column.PRIORITY) == [""]
    assert column_of(model, column.STATUS) == ["unknown"]


def test_another_connection_starts_with_an_empty_table(model, commands, bridge):
    read(commands, model, instance("a"))
    bridge.set_commands(FakeCommands())
    assert ids(model) == []


def test_the_operator_of_a_job_that_was_just_stored_is_shown_at_the_next_reading(model, commands):
    job = commands.new_job()
    ours = instance("a", metadata={JOB_ID_KEY: job.job_id})
    read(commands, model, ours)
    assert column_of(model, column.BY) == ["op-north"]
    commands.put(dataclasses.replace(job, operator="op-south"))
    assert column_of(model, column.BY) == ["op-south"]
