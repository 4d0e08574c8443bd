import json
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QWidget,
)

from console.domain.job import JobState
from console.domain.lane import Hold, Lane
from console.services.events import (
    CommandRefused,
    InstancesRead,
    Notice,
    SenderChanged,
    TokenChanged,
    TrailGrew,
)
from console.ui import pages, testing
from console.ui.bridge import Bridge
from console.ui.operate import OperatePage
from console.ui.theme import LIGHT
from console.ui.widgets.top_bar import environment_words
from tests.ui.fake_commands import DEMO, NOON, PRODUCTION, FakeCommands
from tests.ui.plain_form import PlainForm


def test_pages_are_built_after_the_first_paint_and_only_when_shown(make, qtbot):
    window = make(shown=False)
    assert window.stack.count() == 0
    built: list[str] = []
    window.page_built.connect(built.append)
    with qtbot.waitSignal(window.became_usable, timeout=5000):
        window.show()
    assert built == ["operate"]
    window.rail.buttons["audit"].click()
    assert built == ["operate", "audit"]
    window.rail.buttons["operate"].click()
    assert built == ["operate", "audit"]


def test_a_page_that_needs_the_services_is_built_when_they_run_and_ready_only_then(
    make, bridge, qtbot, monkeypatch
):
    told: list[float | None] = []
    monkeypatch.setattr(testing, "tell_ready", told.append)
    bridge.settings().setValue("window/page", "audit")
    window = make(late=("audit", "settings"))
    assert window.page == "audit"
    assert (window.stack.currentWidget().title.text(), told) == ("Opening", [])
    window.show_page("settings")
    window.show_page("audit")
    window.begin()
    assert window.stack.currentWidget().text() == "audit"
    qtbot.waitUntil(lambda: len(told) == 1)


@pytest.mark.parametrize(
    ("key", "page"),
    [("1", "operate"), ("2", "audit"), ("3", "metrics"), ("4", "settings")],
)
def test_ctrl_and_a_number_go_to_the_page(window, qtbot, key, page):
    window.show_page("settings" if page != "settings" else "audit")
    qtbot.keyClick(window, key, Qt.KeyboardModifier.ControlModifier)
    assert window.page == page
    assert window.rail.buttons[page].isChecked()
    if page != "operate":
        assert window.stack.currentWidget().text() == page


def test_the_rail_bears_the_names_by_which_outsiders_find_it(window):
    names = [button.accessibleName() for button in window.rail.buttons.values()]
    assert names == ["Operate", "Audit", "Metrics", "Settings"]


def test_every_control_has_a_name_for_tests_and_for_screen_readers(window):
    window.page_widget("operate").instances.filters.show()
    controls = [
        control
        for kind in (QAbstractButton, QTableView, QComboBox, QLineEdit, QPlainTextEdit)
        for control in window.findChildren(kind)
        # Parts that Qt puts into its own widgets: clear buttons, table corners, popups.
        if type(control).__module__.startswith("console.")
        or not isinstance(control.parent(), QLineEdit | QTableView | QComboBox)
    ]
    assert len(controls) > 30
    assert [c for c in controls if not c.objectName()] == []
    shown = [c for c in controls if c.isVisibleTo(window)]
    assert [c.objectName() for c in shown if not c.accessibleName()] == []


def test_closing_asks_to_stop_and_leaves_the_window_open(window, qtbot):
    with qtbot.waitSignal(window.stop_requested):
        window.close()
    assert window.isVisible()


def test_size_and_page_are_as_one_left_them(make, bridge, qtbot):
    first = make()
    first.resize(760, 610)
    first.show_page("audit")
    first.save()
    second = make(shown=False)
    assert (second.width(), second.height()) == (760, 610)
    assert second.page == "audit"


def test_a_page_that_is_remembered_is_not_written_again(make, bridge, tmp_path):
    bridge.settings().setValue("window/page", "audit")
    bridge.settings().sync()
    file = Path(bridge.settings().fileName())
    first = file.stat().st_ino
    window = make()
    assert window.page == "audit"
    bridge.settings().sync()
    assert file.stat().st_ino == first


def test_a_remembered_page_that_no_longer_exists_is_forgotten(make, bridge):
    bridge.settings().setValue("window/page", "inbox")
    assert make(shown=False).page == "operate"


def test_the_first_run_offers_to_connect_or_to_try_the_demo(make, tmp_path, qtbot):
    bridge = Bridge(None, tmp_path)
    window = make(bridge)
    start = window.stack.currentWidget()
    assert start.objectName() == "start_page"
    assert window.top_bar.environment.words == "NOT CONNECTED"
    with qtbot.waitSignal(window.connect_requested):
        start.findChild(QWidget, "start_connect").click()
    with qtbot.waitSignal(window.demo_requested):
        start.findChild(QWidget, "start_demo").click()
    window.show_page("audit")
    assert window.stack.currentWidget().text() == "audit"
    window.show_page("operate")
    assert window.stack.currentWidget() is start
    bridge.set_commands(FakeCommands())
    assert isinstance(window.stack.currentWidget(), OperatePage)
    assert window.windowTitle() == "demo · CXone Operator Console"


@pytest.mark.parametrize(
    ("view", "words", "environment"),
    [
        (None, "NOT CONNECTED", ""),
        (DEMO, "DEMO · built-in simulator", "demo"),
        (PRODUCTION, "PRODUCTION · main", "production"),
    ],
)
def test_the_environment_is_told_in_words_and_in_its_colour(view, words, environment):
    assert environment_words(view) == (words, environment)


def test_production_demo_and_staging_have_colours_of_their_own():
    colours = {LIGHT.environment(name) for name in ("production", "demo", "staging", "test")}
    assert len(colours) == 4


def test_the_top_bar_tells_circuit_token_and_operator(window, commands):
    bar = window.top_bar
    assert (bar.circuit.text(), bar.token.text(), bar.operator.text()) == (
        "Circuit closed",
        "No token yet",
        "op-north",
    )
    commands.tell(TokenChanged(NOON + timedelta(minutes=54)))
    assert bar.token.text() == "Token 54 min"
    commands.advance(3600)
    bar._show_token()
    assert bar.token.text() == "Token expired"
    commands.set_lane(Lane("demo", hold=Hold("sign-in-refused", "401", NOON)))
    assert bar.circuit.text() == "Connection held"


def test_a_narrow_window_keeps_what_matters_most_in_the_top_bar(window, qtbot):
    bar = window.top_bar
    window.resize(1400, 800)
    qtbot.waitUntil(bar.product.isVisible, timeout=2000)
    assert bar.operator.isVisible()
    window.resize(700, 500)
    qtbot.waitUntil(lambda: not bar.product.isVisible(), timeout=2000)
    assert not bar.operator.isVisible()
    assert bar.environment.isVisible()
    assert bar.circuit.isVisible()


def test_the_foot_tells_who_sends_and_how_long_the_trail_is(window, commands):
    line = window.status_line
    assert line.who.text() == "Sender: not started yet"
    commands.tell(SenderChanged(here=True))
    assert line.who.text() == "Sender: this window"
    commands.tell(SenderChanged(here=False))
    assert line.who.text() == "Sender: another process"
    commands.tell(TrailGrew(10482))
    assert line.trail.text().startswith("Trail: 10,482 records, written ")
    commands.tell(TrailGrew(None))
    assert line.trail.text().startswith("Trail: written ")
    assert line.times.text().startswith("Times: local (UTC")


def test_warnings_and_errors_stay_until_closed_one_line_a_subject(window, commands):
    commands.tell(Notice("error", "Disk full", "disk"))
    commands.tell(Notice("error", "Disk nearly full", "disk"))
    commands.tell(Notice("warning", "17 jobs waited"))
    assert window.notices.texts() == ["Disk nearly full", "17 jobs waited"]
    banner = next(iter(window.notices._shown.values()))
    assert banner.accessibleName() == "Error: Disk nearly full"
    banner.close_button.click()
    assert window.notices.texts() == ["17 jobs waited"]


def test_at_most_three_lines_take_room_from_the_page(window, commands):
    for number in range(5):
        commands.tell(Notice("warning", f"n{number}"))
    assert window.notices.texts() == ["n2", "n3", "n4"]


def test_a_refused_command_is_told_over_the_page(window, commands):
    commands.tell(CommandRefused("J-1 has moved on."))
    commands.tell(CommandRefused("J-2 has moved on."))
    assert window.notices.texts() == ["J-2 has moved on."]


def test_good_news_goes_by_itself(window, commands):
    commands.tell(Notice("info", "Resumed"))
    assert window.toast.isVisible()
    assert window.toast.text.text() == "Resumed"
    assert window.notices.texts() == []
    window.resize(1000, 700)
    window.toast._timer.timeout.emit()
    assert not window.toast.isVisible()


# --- Operate ----------------------------------------------------------------------------------
def test_one_part_of_operate_leads_to_another(window, commands):
    page = window.page_widget("operate")
    job = commands.move(commands.new_job(), JobState.SENDING)
    failed = commands.move(job, JobState.FAILED, reason="400")
    page.queue.model.flush()
    page.queue.resend_requested.emit(failed)
    assert page.trigger.loaded == [failed]
    page.instances.job_requested.emit(failed.job_id)
    assert page.queue.selected() == [failed]
    commands.tell(InstancesRead((), {"wf_refund": (3, 10)}, NOON))
    page.trigger.workflow_changed.emit("wf_refund")
    assert page.instances.slot_bar.words.text().startswith("3 of 10 slots")
    assert page.instances.slot_bar.toolTip() == "Refund approval"


def test_the_splits_are_as_one_left_them(bridge, qtbot):
    first = OperatePage(bridge, PlainForm())
    qtbot.addWidget(first)
    first.resize(1500, 800)
    first.show()
    first.split.setSizes([600, 864])
    first.save()
    second = OperatePage(bridge, PlainForm())
    qtbot.addWidget(second)
    second.resize(1500, 800)
    second.show()
    assert second.split.sizes() == first.split.sizes()


def test_the_operate_page_comes_with_the_real_form(bridge, qtbot):
    page = pages.operate_page(bridge)()
    qtbot.addWidget(page)
    assert isinstance(page, OperatePage)
    assert type(page.trigger).__name__ == "TriggerPanel"


# --- ready file -------------------------------------------------------------------------------
def test_the_ready_file_is_written_once_the_window_is_usable(make, tmp_path, monkeypatch):
    file = tmp_path / "ready.json"
    monkeypatch.setenv(testing.READY_FILE, str(file))
    make()
    assert json.loads(file.read_text())["ready_ms"] > 0


def test_without_a_name_no_ready_file_is_written(monkeypatch, tmp_path):
    monkeypatch.delenv(testing.READY_FILE, raising=False)
    testing.tell_ready()
    assert list(tmp_path.iterdir()) == []


def test_where_the_system_does_not_tell_the_start_the_entry_counts(monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda _name: int("x"))
    monkeypatch.setattr("time.perf_counter", lambda: 12.5)
    assert testing.age_ms(10.0) == 2500
    assert testing.age_ms() == 0
