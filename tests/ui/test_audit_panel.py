"""Audit in the window: which trail is shown, and what can be said of the whole of it."""

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QPushButton

from console.app.system import SystemClock
from console.domain.audit import Verdict
from console.domain.audit_report import BadLine, FileReport, judge
from console.services.audit_desk import RowsChecked, VerifyDone, VerifyProgress
from console.services.tasks import Tasks
from console.services.trail_desk import TrailDesk
from console.store.trail_export import TrailShelf
from tests.ui.audit_samples import badge, chosen, column, edited, record, records, shown
from tests.ui.fake_desk import OWN, FakeDesk


@pytest.fixture
def desk():
    return FakeDesk({OWN: records(480)})


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


TUTORIAL = Path(__file__).parents[1] / "data" / "tutorial_trail"


# --- the whole trail -----------------------------------------------------------------------------
def test_our_own_trail_is_open_and_judged_when_the_panel_is_first_shown(panel, desk):
    assert desk.own
    assert panel.table.accessibleName() == "Audit records"
    assert panel.model.rowCount() == 480
    assert badge(panel) == "480 records \N{MIDDLE DOT} every hash holds"
    assert panel.filters.count.text() == "480 records"
    assert not panel.verdict.isVisible(), "a good verdict needs no banner"


def test_an_edited_line_is_counted_at_the_title_and_named_in_plain_words(bridge, qtbot):
    lines = records(480)
    lines[120] = edited(lines[120])
    panel = shown(FakeDesk({OWN: lines}), bridge, qtbot)
    assert badge(panel) == "1 line edited \N{MIDDLE DOT} 479 intact"
    assert panel.verdict.isVisible()
    assert "line 121 of workflow_audit_20261119.jsonl" in panel.verdict.headline.text()
    qtbot.mouseClick(panel.verdict.jump, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.record.badge.word == "edited")
    assert panel.record.title.text() == "Record 121"


def test_two_kinds_of_damage_are_counted_together(bridge, qtbot):
    lines = records(9)
    lines[2] = edited(lines[2])
    lines[4] = lines[4][:30]
    panel = shown(FakeDesk({OWN: lines}), bridge, qtbot)
    assert badge(panel) == "2 lines not intact \N{MIDDLE DOT} 7 intact"


def test_the_verdict_says_what_it_does_not_prove_as_long_as_there_is_no_seal(panel, qtbot):
    qtbot.mouseClick(panel.menus.verify, Qt.MouseButton.LeftButton)
    assert panel.verdict.isVisible()
    qtbot.mouseClick(panel.verdict.details, Qt.MouseButton.LeftButton)
    open_questions = panel.verdict.open_questions
    assert open_questions.isVisible()
    assert "order" in open_questions.text()
    assert "removed or added cannot be told" in open_questions.text()
    assert open_questions.accessibleDescription() == open_questions.text()


def test_verifying_shows_how_far_it_is_and_can_be_cancelled(panel, desk, qtbot):
    desk.hold = True
    qtbot.mouseClick(panel.menus.verify, Qt.MouseButton.LeftButton)
    desk.hub.tell(VerifyProgress(430, 1000))
    assert panel.verdict.progress.value() == 430
    assert "43 %" in panel.verdict.progress_text.text()
    qtbot.mouseClick(panel.verdict.cancel, Qt.MouseButton.LeftButton)
    assert ("cancel",) in desk.asked
    assert "nothing is known" in panel.verdict.headline.text()
    assert not panel.verdict.jump.isVisible()
    qtbot.mouseClick(panel.verdict._close, Qt.MouseButton.LeftButton)
    assert not panel.verdict.isVisible()


def test_a_trail_too_large_to_judge_at_once_says_that_it_was_not(bridge, qtbot, monkeypatch):
    monkeypatch.setattr("console.ui.panels.audit_panel.panel.VERIFY_AT_ONCE", 100)
    desk = FakeDesk({OWN: records(120)})
    panel = shown(desk, bridge, qtbot)
    assert badge(panel) == "120 records \N{MIDDLE DOT} not verified yet"
    assert ("verify",) not in desk.asked


def test_what_came_after_the_verdict_is_counted_apart(panel, desk, qtbot):
    desk.grow(record(480), record(481))
    assert badge(panel) == "482 records \N{MIDDLE DOT} 480 hold, 2 newer"
    assert panel._again.isActive()
    panel._again.timeout.emit()
    assert badge(panel) == "482 records \N{MIDDLE DOT} every hash holds"


def test_while_a_trail_is_counted_its_newest_records_are_there_to_read(bridge, qtbot):
    desk = FakeDesk({OWN: records(480)})
    desk.hold = True
    panel = shown(desk, bridge, qtbot)
    assert panel.model.rowCount() == 50
    qtbot.waitUntil(lambda: panel.record.detail is not None)
    assert panel.record.title.text() == "Record", "its number is not known yet"
    desk.counted()
    qtbot.waitUntil(lambda: panel.record.title.text() == "Record 480")
    assert panel.model.rowCount() == 480


def test_nothing_is_judged_behind_a_panel_nobody_sees(panel, desk):
    panel.hide()
    before = desk.asked.count(("verify",))
    desk.grow(record(480))
    assert not panel._again.isActive()
    panel.show()
    assert panel._again.isActive()
    assert desk.asked.count(("verify",)) == before


def test_damage_in_many_files_is_named_file_by_file_up_to_a_number(panel, desk):
    bad = BadLine(3, 2, Verdict.EDITED, "")
    files = [FileReport(f"day{n}.jsonl", Verdict.EDITED, 5, bad, bad=1) for n in range(8)]
    files += [FileReport("gone.jsonl", Verdict.UNREADABLE, 0, why="It cannot be opened.")]
    files += [FileReport("good.jsonl", Verdict.INTACT, 5)]
    desk.hub.tell(VerifyDone(judge(tuple(files), {Verdict.EDITED: 8})))
    told = panel.verdict.proves.text()
    assert "day5.jsonl: edited, first at line 3" in told
    assert "day6.jsonl" not in told
    assert "and 3 more files that are not intact" in told
    assert "1 other file is intact." in told
    assert badge(panel) == "8 lines edited \N{MIDDLE DOT} 37 intact"


def test_a_long_line_that_was_judged_shows_its_verdict_in_row_and_record(panel, desk, qtbot):
    chosen(panel, qtbot, 40)
    lines = desk.trails[OWN]
    lines[40] = edited(lines[40])
    desk.hub.tell(RowsChecked((40,)))
    qtbot.waitUntil(lambda: panel.record.badge.word == "edited")
    row = panel.model.row_of(40)
    assert panel.model.index(row, column("Verdict")).data() == "edited"


def test_a_verification_of_a_trail_that_was_left_is_forgotten(panel, desk, qtbot):
    desk.hold = True
    qtbot.mouseClick(panel.menus.verify, Qt.MouseButton.LeftButton)
    assert panel.verdict.isVisible()
    panel.open_trail(Path("/tmp/holiday-photos"))
    assert not panel.verdict.isVisible(), "the failed command ended it"


# --- empty and failing ---------------------------------------------------------------------------
def test_an_empty_trail_says_what_will_stand_here(bridge, qtbot):
    desk = FakeDesk()
    panel = shown(desk, bridge, qtbot)
    assert panel.empty.title.text() == "No records yet"
    assert not panel.summary.isVisible()
    desk.grow(record(0))
    qtbot.waitUntil(panel.table.isVisible)
    assert panel.model.rowCount() == 1


def test_a_folder_without_a_trail_is_refused_and_the_open_one_stays(panel):
    panel.open_trail(Path("/tmp/holiday-photos"))
    assert "holds no audit trail" in panel.failure.text.text()
    assert panel.failure.isVisible()
    assert panel.model.rowCount() == 480


def test_a_foreign_trail_is_named_kept_among_the_recent_and_not_followed(panel, desk, qtbot):
    other = Path("/evidence/march/audit")
    desk.trails[other] = [record(1)]
    panel.open_trail(other)
    assert panel.menus.source.text() == "march"
    assert not panel.menus.follow.isVisible()
    assert panel.menus.recent.all() == [str(other)]
    panel.menus.source_menu.aboutToShow.emit()
    actions = {action.text(): action for action in panel.menus.source_menu.actions()}
    assert str(other) in actions
    actions["Own trail"].trigger()
    assert desk.own
    assert panel.menus.source.text() == "Own trail"


@pytest.mark.parametrize(
    ("entry", "name"),
    [
        ("Open folder\N{HORIZONTAL ELLIPSIS}", "audit_open_folder"),
        ("Open file\N{HORIZONTAL ELLIPSIS}", "audit_open_file"),
    ],
)
def test_a_folder_or_file_is_chosen_in_a_dialog_that_blocks_nothing(
    panel, desk, qtbot, entry, name
):
    other = Path("/evidence/copy.jsonl")
    desk.trails[other] = [record(1)]
    panel.menus.source_menu.aboutToShow.emit()
    [action] = [a for a in panel.menus.source_menu.actions() if a.text() == entry]
    action.trigger()
    dialog = panel.findChild(QFileDialog, name)
    assert dialog is not None
    dialog.fileSelected.emit(str(other))
    dialog.close()
    assert desk.path == other


# --- export and manners --------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_the_records_shown_are_exported_to_a_file_one_chooses(panel, desk, qtbot, tmp_path, kind):
    panel.menus.ask_export(kind)
    dialog = panel.findChild(QFileDialog, "audit_export_to")
    with qtbot.waitSignal(panel.said) as told:
        dialog.fileSelected.emit(str(tmp_path / f"out.{kind}"))
    dialog.close()
    assert ("export", tmp_path / f"out.{kind}", kind) in desk.asked
    assert "480 records written" in told.args[0]


def test_a_narrow_panel_keeps_every_tool_by_its_name(panel, qtbot):
    panel.resize(900, 600)
    assert panel.menus.export.text() == ""
    assert panel.menus.export.accessibleName() == "Export the records shown"
    assert panel.menus.verify.text() == "Verify", "the obvious thing keeps its word"
    assert panel.menus.source.accessibleName() == "Trail"
    assert panel.menus.source.accessibleDescription().startswith("Own trail")
    assert badge(panel) == "every hash holds", "the number stands beside the filter"
    panel.resize(1500, 600)
    assert panel.menus.export.text() == "Export"


def test_a_narrow_verdict_gives_its_room_to_the_sentence(bridge, qtbot):
    lines = records(9)
    lines[2] = edited(lines[2])
    panel = shown(FakeDesk({OWN: lines}), bridge, qtbot)
    details = panel.verdict.details
    panel.resize(900, 600)
    assert details.text() == ""
    assert (details.accessibleName(), details.toolTip()) == ("What this proves",) * 2
    panel.resize(1500, 600)
    assert details.text() == "What this proves"


def test_every_control_has_a_name_of_its_own(panel):
    names = [
        child.objectName()
        for child in panel.findChildren(QPushButton)
        if child.objectName() not in {"empty_action", "banner_action"}
    ]
    assert "" not in names
    assert len(names) == len(set(names))
    assert all(
        child.accessibleName() for child in panel.findChildren(QPushButton) if child.isVisible()
    )


def test_the_tutorials_trail_is_read_and_judged_by_the_real_desk(bridge, qtbot, on_qt_loop):
    async def look():
        tasks = Tasks()
        desk = TrailDesk(TrailShelf(TUTORIAL), tasks, SystemClock())
        judged = asyncio.get_running_loop().create_future()
        panel = shown(desk, bridge, qtbot)
        panel._desk.verify_done.connect(judged.set_result)
        async with asyncio.timeout(20):
            report = await judged
        seen = badge(panel), panel.model.rowCount(), panel.model.record(0).verdict
        panel.hide()
        await tasks.close()
        return report, seen

    report, seen = on_qt_loop(look())
    assert (report.verdict, report.bad) == (Verdict.CANNOT_KNOW, 0)
    assert seen == ("480 records \N{MIDDLE DOT} every hash holds", 480, Verdict.INTACT)
