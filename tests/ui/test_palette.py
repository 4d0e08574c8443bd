"""The palette: everything by a few letters, by keyboard alone."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from console.ui.bridge import Bridge
from console.ui.dialogs.palette import CommandPalette, Entry, fits
from console.ui.theme import DARK, tokens


@pytest.fixture
def palette(window):
    window.open_palette()
    (found,) = window.findChildren(CommandPalette)
    return found


def titles(palette):
    return [entry.title for entry in palette._shown]


def test_ctrl_k_opens_the_palette_and_escape_closes_it(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    (palette,) = window.findChildren(CommandPalette)
    assert palette.isVisible()
    qtbot.keyClick(palette, Qt.Key.Key_Escape)
    assert not palette.isVisible()


def test_a_workflow_is_chosen_by_a_few_letters(window, palette, qtbot):
    qtbot.keyClicks(palette.query, "trig call")
    assert titles(palette) == ["Trigger Callback booking"]
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    form = window.page_widget("operate").trigger
    assert form.chosen == ["wf_callback"]


def test_a_job_is_found_by_what_one_knows_of_it(window, commands, qtbot):
    job = commands.put(commands.new_job("wf_refund"))
    window.page_widget("operate").queue.model.flush()
    window.open_palette()
    (palette,) = window.findChildren(CommandPalette)
    palette.query.setText("ticket 4711")
    assert titles(palette) == ["J-1 Refund approval"]
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert window.page_widget("operate").queue.selected() == [job]


def test_arrows_walk_through_the_results_and_round(palette, qtbot):
    palette.query.setText("go to")
    assert titles(palette) == ["Go to Operate", "Go to Audit", "Go to Metrics", "Go to Settings"]
    qtbot.keyClick(palette.query, Qt.Key.Key_Up)
    assert palette.view.currentIndex().row() == 3
    qtbot.keyClick(palette.query, Qt.Key.Key_Down)
    assert palette.view.currentIndex().row() == 0


def test_what_nobody_has_says_so_and_enter_does_nothing(palette, qtbot):
    palette.query.setText("zzz")
    assert titles(palette) == []
    assert palette.none.isVisible()
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert palette.isVisible()


def test_sending_is_paused_and_resumed_from_the_palette(window, commands, qtbot):
    for title in ("Pause sending", "Resume sending"):
        window.open_palette()
        palette = window.findChildren(CommandPalette)[-1]
        palette.query.setText(title)
        assert titles(palette)[0] == title
        qtbot.keyClick(palette.query, Qt.Key.Key_Return)
        assert (commands.lane().pause is not None) == (title == "Pause sending")


def test_the_line_is_stopped_from_the_palette_with_a_question(window, palette, qtbot):
    palette.query.setText("stop the line")
    qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert window.page_widget("operate").queue.findChild(QWidget, "stop_line").isVisible()


def test_a_page_and_a_theme_are_chosen_from_the_palette(window, palette, qtbot):
    palette.query.setText("theme: dark")
    with qtbot.waitSignal(window.theme_chosen) as kept:
        qtbot.keyClick(palette.query, Qt.Key.Key_Return)
    assert kept.args == ["dark"]
    assert tokens() is DARK
    window.open_palette()
    again = window.findChildren(CommandPalette)[-1]
    again.query.setText("go to metrics")
    qtbot.keyClick(again.query, Qt.Key.Key_Return)
    assert window.page == "metrics"


def test_without_a_connection_the_palette_offers_no_deed(make, tmp_path):
    window = make(Bridge(None, tmp_path))
    window.open_palette()
    (palette,) = window.findChildren(CommandPalette)
    assert not [t for t in titles(palette) if "sending" in t or "Trigger" in t]


def test_the_best_fit_comes_first():
    entry = Entry("Refund approval", "wf_refund", "operate", print)
    assert fits("refund", entry) == 0
    assert fits("approval ref", entry) == 1
    assert fits("wf_refund", entry) == 2
    assert fits("gold", entry) is None
