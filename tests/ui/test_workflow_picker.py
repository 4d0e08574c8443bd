"""The picker: favourites and recent workflows first, found by title, id or description."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QPixmap

from console.domain.workflow import Workflow
from console.ui.forms.workflow_picker import _ID, _MARK, RECENT_KEPT, WorkflowPicker
from tests.ui.form_hands import keys, open_panel

KNOWN = tuple(Workflow(f"wf_{n}", f"Title {n}", f"About thing{n}") for n in range(8))


@pytest.fixture
def settings(tmp_path):
    return QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def picker(qtbot, settings):
    return made(qtbot, settings)


def made(qtbot, settings):
    result = WorkflowPicker()
    qtbot.addWidget(result)
    result.remember(settings)
    result.set_workflows(KNOWN)
    result.show()
    return result


def order(picker):
    picker._order()
    rows = (picker._model.item(row) for row in range(picker._model.rowCount() - 1))
    return [(row.data(_ID), row.data(_MARK)) for row in rows]


def choose(picker, workflow_id):
    picker._take(workflow_id)


def test_favourites_come_first_then_what_was_chosen_last(qtbot, picker, settings):
    for number in (3, 5, 6):
        choose(picker, f"wf_{number}")
    choose(picker, "wf_7")
    qtbot.mouseClick(picker.star, Qt.MouseButton.LeftButton)
    expected = [("wf_7", "★"), ("wf_6", "recent"), ("wf_5", "recent"), ("wf_3", "recent")]
    assert order(picker)[:5] == [*expected, ("wf_0", "")]
    again = made(qtbot, settings)
    assert order(again)[:4] == expected
    again.show_choice("wf_7")
    assert again.star.isChecked()
    qtbot.mouseClick(again.star, Qt.MouseButton.LeftButton)
    assert again.favourites() == []
    assert order(again)[0] == ("wf_7", "recent")


def test_one_favourite_alone_is_read_back_as_one(qtbot, picker, settings):
    choose(picker, "wf_1")
    qtbot.mouseClick(picker.star, Qt.MouseButton.LeftButton)
    settings.sync()
    again = QSettings(settings.fileName(), QSettings.Format.IniFormat)
    assert made(qtbot, again).favourites() == ["wf_1"]


def test_only_the_last_few_count_as_recent(picker):
    for number in range(8):
        choose(picker, f"wf_{number}")
    assert picker.recent() == [f"wf_{number}" for number in (7, 6, 5, 4, 3)]
    assert len(picker.recent()) == RECENT_KEPT


def test_a_workflow_without_definition_is_neither_favourite_nor_recent(picker):
    choose(picker, "wf_typed")
    assert not picker.star.isEnabled()
    assert picker.recent() == []


def test_a_workflow_is_found_by_its_description_title_or_id(picker):
    completer = picker._completer
    for words, row in (("thing5", "wf_5"), ("title 2", "wf_2"), ("WF_7", "wf_7")):
        completer.setCompletionPrefix(words)
        assert completer.completionCount() == 1
        assert completer.currentIndex().data(_ID) == row


def test_the_choice_stays_while_the_list_is_put_in_order(picker):
    choose(picker, "wf_4")
    picker.combo.showPopup()
    assert picker.workflow_id == "wf_4"
    assert picker.combo.lineEdit().text() == "Title 4"
    picker.combo.hidePopup()


def test_what_marks_a_workflow_is_spoken_and_painted(qtbot, picker):
    choose(picker, "wf_4")
    order(picker)
    spoken = picker._model.item(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "Title 4, recent"
    picker.combo.showPopup()
    assert isinstance(picker.combo.view().grab(), QPixmap)
    picker.combo.hidePopup()


def test_a_picker_that_keeps_nothing_offers_all_the_same(qtbot):
    bare = WorkflowPicker()
    qtbot.addWidget(bare)
    bare.set_workflows(KNOWN)
    choose(bare, "wf_3")
    assert bare.recent() == []


def test_favourites_are_kept_with_the_windows_own_memory(qtbot, bridge):
    panel = open_panel(qtbot, bridge, "wf_callback")
    qtbot.mouseClick(panel.fields.picker.star, Qt.MouseButton.LeftButton)
    assert bridge.settings().value("workflows/favourites") == ["wf_callback"]
    panel.fields.picker.combo.lineEdit().setFocus()
    keys("x")
