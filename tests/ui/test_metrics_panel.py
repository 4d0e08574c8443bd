"""Metrics in the window: the tutorial's three figures a workflow, and how fast it was."""

import csv
import io

import pytest
from PySide6.QtCore import QPersistentModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QPushButton, QToolTip

from console.domain.job import JobState
from console.domain.metrics import Figures
from console.services.events import JobsReloaded
from console.ui.models.figures import COLUMNS, FiguresModel, as_csv, milliseconds, percent
from console.ui.panels.metrics_panel import MetricsPanel
from console.ui.panels.metrics_panel.bars import ROW
from console.ui.theme import apply_theme


def figures(workflow_id="wf_refund", rate=0.9, average=840.0, total=10, p50=600.0):
    p95 = None if p50 is None else p50 * 3
    p99 = None if p50 is None else p50 * 5
    return Figures(workflow_id, rate, average, total, p50, p95, p99)


THREE = [
    figures("wf_refund", 0.9, 840.0, 10, 600.0),
    figures("wf_callback", 1.0, 200.0, 30, 150.0),
    figures("wf_unknown", 0.0, 90_000.0, 2, 61_000.0),
]


@pytest.fixture
def model(qapp):
    result = FiguresModel()
    tester = QAbstractItemModelTester(
        result, QAbstractItemModelTester.FailureReportingMode.Fatal, result
    )
    assert tester.model() is result
    result.show(THREE, {"wf_refund": "Refund approval", "wf_callback": "Callback booking"})
    return result


@pytest.fixture
def panel(commands, bridge, qtbot):
    commands.figures_now = list(THREE)
    result = MetricsPanel(bridge)
    qtbot.addWidget(result)
    result.resize(1200, 900)
    result.show()
    qtbot.waitExposed(result)
    return result


def names(model):
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def cells(model, row):
    return [model.index(row, at).data() for at in range(1, len(COLUMNS))]


# --- the table --------------------------------------------------------------------------------
def test_each_workflow_stands_with_its_three_figures_and_percentiles(model):
    assert names(model) == ["Callback booking", "Refund approval", "wf_unknown"]
    assert cells(model, 1) == ["90.0 %", "840 ms", "10", "600 ms", "1.8 s", "3.0 s"]
    assert cells(model, 2)[1] == "1 min 30 s"


def test_a_workflow_without_executions_shows_no_figures_instead_of_zeros(model):
    model.show([figures("wf_new", 0.0, 0.0, 0, None)], {})
    dash = "\N{EN DASH}"
    assert cells(model, 0) == [dash, dash, "0", dash, dash, dash]


def test_figures_that_change_keep_the_chosen_workflow_chosen(model):
    chosen = QPersistentModelIndex(model.index(1, 0))
    resets = []
    model.modelReset.connect(lambda: resets.append(1))
    later = [figures("wf_refund", 0.5, 900.0, 12, 700.0), *THREE[1:], figures("wf_a", total=1)]
    model.show(later, {"wf_refund": "Refund approval", "wf_callback": "Callback booking"})
    assert resets == []
    assert chosen.data() == "Refund approval"
    assert cells(model, chosen.row())[0] == "50.0 %"
    model.show(later[:1], {})
    assert chosen.isValid()
    assert names(model) == ["wf_refund"]


def test_a_column_sorts_by_its_value_not_by_its_words(model):
    model.sort(COLUMNS.index("p95"), Qt.SortOrder.DescendingOrder)
    assert names(model) == ["wf_unknown", "Refund approval", "Callback booking"]
    model.sort(0, Qt.SortOrder.DescendingOrder)
    assert names(model) == ["wf_unknown", "Refund approval", "Callback booking"]
    model.sort(COLUMNS.index("Executions"), Qt.SortOrder.AscendingOrder)
    assert names(model) == ["wf_unknown", "Refund approval", "Callback booking"]
    model.sort(99)
    assert names(model)[0] == "wf_unknown", "a column that is not there changes nothing"


def test_a_header_says_how_its_figure_is_counted(model):
    told = model.headerData(2, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole)
    assert "back-off included" in told
    assert model.headerData(0, Qt.Orientation.Vertical) is None
    assert model.index(0, 0).data(Qt.ItemDataRole.ToolTipRole) == "wf_callback"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "\N{EN DASH}"),
        (0.0, "0 ms"),
        (999.4, "999 ms"),
        (999.6, "1.0 s"),
        (59_949.0, "59.9 s"),
        (59_950.0, "1 min 00 s"),
        (3_600_000.0, "60 min 00 s"),
    ],
)
def test_latencies_are_written_in_the_unit_people_read(value, words):
    assert milliseconds(value) == words


@pytest.mark.parametrize(
    ("rate", "words"),
    [(1.0, "100 %"), (0.99999, "99.9 %"), (0.5, "50.0 %"), (0.0001, "0.1 %"), (0.0, "0 %")],
)
def test_one_failure_among_many_never_rounds_to_a_hundred_per_cent(rate, words):
    assert percent(rate) == words


def test_the_csv_has_the_command_lines_names_and_no_formula():
    rows = list(csv.reader(io.StringIO(as_csv([figures("=cmd()", p50=None), *THREE]))))
    assert rows[0][:4] == ["workflowId", "success_rate", "avg_latency_ms", "total_executions"]
    assert rows[1] == ["'=cmd()", "0.9", "840.0", "10", "", "", ""]
    assert len(rows) == 5


# --- the panel --------------------------------------------------------------------------------
def test_the_tiles_sum_up_over_all_workflows(panel):
    assert panel.total.accessibleName() == "Executions: 42, in 3 workflows"
    assert panel.rate.value.text() == "92.9 %"
    assert panel.rate.remark.text() == "3 failed"
    assert panel.slowest.remark.text() == "wf_unknown"


def test_the_bars_tell_in_words_what_they_paint(panel):
    assert panel.success.accessibleName() == "Success rate by workflow"
    told = panel.success.accessibleDescription()
    assert "Refund approval: 90.0 % accepted, 1 of 10 failed" in told
    assert "Refund approval: p50 600 ms, p95 1.8 s, p99 3.0 s" in panel.latency.text()


def test_the_bars_say_so_where_nothing_ran_yet(panel, commands):
    commands.figures_now = [figures("wf_new", 0.0, 0.0, 0, None)]
    panel.read()
    assert "no executions yet" in panel.success.text()
    assert "no latency yet" in panel.latency.text()
    assert not panel.grab().isNull()


def test_a_success_bar_is_as_long_as_the_rate(panel, qapp):
    half = figures("wf_half", 0.5, 100.0, 10)
    panel.success.show_figures([half], str)
    panel.success.resize(500, ROW)
    image = panel.success.grab().toImage()
    ratio = image.devicePixelRatio()
    middle = round(ROW / 2 * ratio)
    greens = [x for x in range(image.width()) if image.pixelColor(x, middle).name() == "#17794a"]
    left, width = 180, 500 - 180 - 84 - 16
    assert abs(len(greens) / ratio - width / 2) <= 8
    assert abs(greens[0] / ratio - left) <= 4


def test_the_bars_change_their_colours_with_the_theme(panel, qapp):
    light = panel.latency.grab().toImage()
    apply_theme(qapp, "dark")
    dark = panel.latency.grab().toImage()
    assert light != dark


def test_a_bar_leads_to_its_row_in_the_table_and_tells_its_words_on_hover(
    panel, qtbot, monkeypatch
):
    told: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, text, _on: told.append(text))
    place = QPoint(40, ROW + ROW // 2)
    qtbot.mouseClick(panel.success, Qt.MouseButton.LeftButton, pos=place)
    assert panel.table.selected_rows() == [1]
    event = QHelpEvent(QHelpEvent.Type.ToolTip, place, panel.success.mapToGlobal(place))
    assert panel.success.event(event)
    assert told == ["Refund approval\n90.0 % accepted, 1 of 10 failed"]
    qtbot.mouseClick(panel.success, Qt.MouseButton.LeftButton, pos=QPoint(40, 10 * ROW))
    assert panel.table.selected_rows() == [1]


def test_many_jobs_that_end_at_once_are_read_once(panel, commands, monkeypatch):
    reads: list[int] = []

    def read():
        reads.append(1)
        return list(THREE)

    monkeypatch.setattr(commands, "figures", read)
    for _ in range(50):
        job = commands.move(commands.put(commands.new_job()), JobState.SENDING)
        commands.move(job, JobState.ACCEPTED, instance_id="inst-1")
    assert reads == []
    assert panel._again.isActive()
    panel._again.timeout.emit()
    assert reads == [1]


def test_a_job_that_only_waits_changes_no_figure(panel, commands):
    commands.put(commands.new_job())
    assert not panel._again.isActive()


def test_nothing_is_read_while_the_panel_is_hidden_and_all_of_it_when_it_shows(panel, commands):
    panel.hide()
    commands.figures_now = THREE[:1]
    commands.tell(JobsReloaded())
    assert not panel._again.isActive()
    assert panel.model.rowCount() == 3
    panel.show()
    assert panel.model.rowCount() == 1


def test_before_the_first_execution_the_panel_leads_to_the_form(commands, bridge, qtbot):
    panel = MetricsPanel(bridge)
    qtbot.addWidget(panel)
    panel.show()
    assert panel.empty.isVisible()
    with qtbot.waitSignal(panel.operate_wanted):
        qtbot.mouseClick(panel.empty.action, Qt.MouseButton.LeftButton)


def test_the_figures_are_copied_as_csv_in_the_order_shown(panel, qtbot):
    with qtbot.waitSignal(panel.said):
        qtbot.mouseClick(
            panel.findChild(QPushButton, "metrics_copy_csv"), Qt.MouseButton.LeftButton
        )
    rows = QGuiApplication.clipboard().text().splitlines()
    assert [line.split(",")[0] for line in rows[1:]] == ["wf_callback", "wf_refund", "wf_unknown"]
