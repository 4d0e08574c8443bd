"""Tables and questions by keyboard and in little room."""

from PySide6.QtCore import QItemSelectionModel, QSettings, Qt
from PySide6.QtGui import QStandardItemModel

from console.ui.widgets.dialog import Question
from console.ui.widgets.table_view import TableView


def stretched(qtbot, width):
    view = TableView("give_way", "Rows")
    qtbot.addWidget(view)
    model = QStandardItemModel(5, 3, view)
    view.setModel(model)
    view.set_columns((100, 200, 100), stretch=1)
    view.give_way((2, 0), keep=150)
    view.resize(width, 200)
    view.show()
    return view


def columns_shown(view):
    return [c for c in range(3) if not view.isColumnHidden(c)]


def test_columns_give_way_in_their_order_and_come_back_with_the_room(qtbot):
    view = stretched(qtbot, 600)
    seen = []
    for width in (600, 300, 200, 300, 600):
        view.resize(width, 200)
        seen.append(columns_shown(view))
    assert seen == [[0, 1, 2], [0, 1], [1], [0, 1], [0, 1, 2]]


def test_a_column_that_a_person_shows_again_stays_and_nothing_of_it_is_remembered_as_hidden(
    qtbot, tmp_path
):
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    view = stretched(qtbot, 300)
    view.remember(settings)
    assert columns_shown(view) == [0, 1]
    view.save_columns()
    assert columns_shown(view) == [0, 1]
    wide = stretched(qtbot, 600)
    wide.remember(settings)
    assert columns_shown(wide) == [0, 1, 2]
    menu = view.columns_menu()
    next(a for a in menu.actions() if a.data() == 2).trigger()
    assert 2 in columns_shown(view)


def test_columns_that_stand_as_they_were_are_not_written_again(qtbot, tmp_path):
    file = tmp_path / "window.ini"
    view = stretched(qtbot, 600)
    view.remember(QSettings(str(file), QSettings.Format.IniFormat))
    view.save_columns()
    view._settings.sync()
    first = file.stat().st_ino
    again = stretched(qtbot, 600)
    again.remember(QSettings(str(file), QSettings.Format.IniFormat))
    again.save_columns()
    again._settings.sync()
    assert file.stat().st_ino == first
    again.setColumnHidden(0, True)
    again.save_columns()
    again._settings.sync()
    assert file.stat().st_ino != first


def test_rows_selected_in_several_runs_are_told_in_order(qtbot):
    view = stretched(qtbot, 600)
    kind = QItemSelectionModel.SelectionFlag
    for row in (4, 0, 1):
        view.selectionModel().select(view.model().index(row, 0), kind.Select | kind.Rows)
    assert view.selected_rows() == [0, 1, 4]


def test_enter_presses_the_button_that_has_the_keyboard(qtbot):
    ask = Question("Stop?", "", "Stop", name="ask")
    qtbot.addWidget(ask)
    answers = []
    ask.accepted.connect(lambda: answers.append("stop"))
    ask.rejected.connect(lambda: answers.append("kept"))
    ask.open()
    ask.activateWindow()
    qtbot.waitUntil(ask.isActiveWindow)
    ask.cancel_button.setFocus()
    qtbot.keyClick(ask.cancel_button, Qt.Key.Key_Return)
    assert answers == ["kept"]


def test_columns_that_gave_way_stay_away_while_the_others_are_kept(qtbot, tmp_path):
    view = stretched(qtbot, 200)
    view.remember(QSettings(str(tmp_path / "w.ini"), QSettings.Format.IniFormat))
    moved = []
    view.horizontalHeader().sectionResized.connect(lambda *about: moved.append(about))
    view.save_columns()
    # Showing them for a moment repainted every narrow table twice a second, for ever.
    assert moved == []
