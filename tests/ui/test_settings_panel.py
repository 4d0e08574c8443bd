"""Settings in the window: connections, the look, the pace, and what this program is."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QPushButton

from console.services.profile_desk import Preferences, ProfileRefused
from console.ui.dialogs.connect import ConnectDialog
from console.ui.models.profiles import COLUMNS, ProfilesModel, environment_look
from console.ui.panels.settings_panel import SettingsPanel
from console.ui.panels.settings_panel import panel as module
from console.ui.theme import apply_theme, tokens
from console.ui.widgets.badge import BADGE_ROLE
from console.ui.widgets.dialog import Question
from tests.ui.fake_profiles import PASSED, REFUSED, FakeProfiles, profile


@pytest.fixture
def desk():
    return FakeProfiles(
        profile(),
        profile("training", environment="training", has_secret=False),
        profile("demo", environment="demo", api_url="http://127.0.0.1:8765"),
        opened="demo",
    )


@pytest.fixture
def panel(desk, bridge, qtbot):
    return shown(desk, bridge, qtbot)


def shown(desk, bridge, qtbot):
    result = SettingsPanel(bridge, desk)
    qtbot.addWidget(result)
    result.resize(1100, 900)
    result.show()
    qtbot.waitExposed(result)
    return result


def choose(panel, name):
    panel.connections.table.selectRow(panel.connections.model.row_of(name))


def button(panel, name):
    return panel.findChild(QPushButton, name)


def press(panel, qtbot, name):
    qtbot.mouseClick(button(panel, name), Qt.MouseButton.LeftButton)


def cells(model, row):
    return [model.index(row, at).data() for at in range(len(COLUMNS))]


# --- connections ------------------------------------------------------------------------------
def test_every_connection_stands_with_its_environment_in_words(panel):
    model = panel.connections.model
    assert cells(model, 0) == [
        "demo", "in use", "demo", "stored", "http://127.0.0.1:8765", "console-app", "workflow-api",
    ]  # fmt: skip
    assert cells(model, 2)[:5] == ["training", "", "training", "missing", "us-2.api.cxone.com"]
    assert model.index(1, 2).data(BADGE_ROLE).tone == "bad", "production stands out"


def test_the_table_of_connections_keeps_the_rules_of_a_model(desk, qapp):
    model = ProfilesModel()
    tester = QAbstractItemModelTester(
        model, QAbstractItemModelTester.FailureReportingMode.Fatal, model
    )
    model.show(desk.list(), "demo")
    assert tester.model().rowCount() == 3
    tip = model.index(1, COLUMNS.index("API")).data(Qt.ItemDataRole.ToolTipRole)
    assert "https://us-2.auth.cxone.com" in tip
    assert model.profile(9) is None
    model.show((), "")
    assert model.rowCount() == 0


def test_an_environment_nobody_knows_keeps_its_word():
    assert environment_look("sand\u202ebox").word == "sand[U+202E]box"
    assert environment_look("").word == "unknown"


def test_the_connection_in_use_is_chosen_at_first_and_cannot_be_used_again(panel):
    assert panel.connections.table.selected_rows() == [0]
    assert not panel.connections.use_button.isEnabled()
    choose(panel, "main")
    assert panel.connections.use_button.isEnabled()


def test_using_another_connection_opens_it(panel, desk, qtbot):
    choose(panel, "main")
    press(panel, qtbot, "connections_use")
    assert desk.open_profile() == "main"
    assert cells(panel.connections.model, 1)[1] == "in use"


def test_a_connection_that_cannot_be_used_says_why(panel, desk):
    desk.tell(ProfileRefused("", "There is no secret for training. Edit it and enter one."))
    assert "no secret for training" in panel.connections.failure.text.text()
    assert panel.connections.failure.isVisible()


def test_a_test_of_a_stored_connection_shows_its_steps(panel, desk, qtbot):
    choose(panel, "main")
    press(panel, qtbot, "connections_test")
    assert not panel.connections.test_button.isEnabled()
    desk.answer(PASSED[:1], done=False)
    assert "Testing main" in panel.connections.steps.headline.text()
    desk.answer(PASSED)
    assert panel.connections.steps.headline.text() == "main answers."
    assert panel.connections.test_button.isEnabled()
    press(panel, qtbot, "connections_test")
    desk.answer(REFUSED)
    assert panel.connections.steps.headline.text() == "main does not work now."


def test_a_test_that_cannot_begin_says_why(panel, desk, qtbot):
    press(panel, qtbot, "connections_test")
    request = desk.asked[-1][1]
    desk.tell(ProfileRefused(request, "This computer has no keyring."))
    assert "no keyring" in panel.connections.failure.text.text()
    assert panel.connections.test_button.isEnabled()
    assert not panel.connections.steps.isVisible()


def test_adding_and_editing_open_the_same_dialog(panel, desk, qtbot):
    press(panel, qtbot, "connections_add")
    [first] = panel.findChildren(ConnectDialog)
    assert first.windowTitle() == "Connect to CXone"
    first.reject()
    choose(panel, "main")
    qtbot.keyClick(panel.connections.table, Qt.Key.Key_Return)
    editing = [d for d in panel.findChildren(ConnectDialog) if d.isVisible()]
    assert [d.windowTitle() for d in editing] == ["Edit main"]
    editing[0].client_id.setText("other")
    editing[0].accept()
    assert desk.profiles["main"].client_id == "other"
    assert panel.connections.table.selected_rows() == [1], "what was chosen stays chosen"


def test_removing_asks_first_and_says_what_stays(panel, desk, qtbot):
    choose(panel, "training")
    press(panel, qtbot, "connections_remove")
    question = panel.findChild(Question, "connections_removal")
    assert "Jobs and records stay" in question.text.text()
    question.reject()
    assert "training" in desk.profiles
    press(panel, qtbot, "connections_remove")
    [again] = [q for q in panel.findChildren(Question) if q.isVisible()]
    again.accept()
    assert "training" not in desk.profiles
    assert panel.connections.model.rowCount() == 2


def test_without_a_connection_the_panel_says_how_to_get_one(bridge, qtbot):
    desk = FakeProfiles()
    panel = shown(desk, bridge, qtbot)
    assert panel.connections.empty.isVisible()
    assert not panel.connections.remove_button.isVisible()
    panel.connections.test()
    panel.connections.edit()
    panel.connections.use()
    panel.connections.ask_remove()
    assert desk.asked == []
    qtbot.mouseClick(panel.connections.empty.action, Qt.MouseButton.LeftButton)
    [dialog] = panel.findChildren(ConnectDialog)
    dialog.name.setText("main")
    dialog.client_id.setText("app")
    dialog.secret.setText("x")
    dialog.accept()
    assert desk.open_profile() == "main", "the first one is used at once"
    assert panel.connections.table.isVisible()


# --- look, pace, about ------------------------------------------------------------------------
def test_the_theme_changes_at_once_and_is_kept(panel, desk, qapp):
    panel.theme.segment("dark").click()
    assert tokens().dark
    assert desk.kept.theme == "dark"
    apply_theme(qapp, "light")


def test_the_pace_is_kept_and_told(panel, desk, qtbot):
    with qtbot.waitSignal(panel.pace_changed) as told:
        panel.pace.setCurrentIndex(panel.pace.findData(10.0))
        panel.pace.activated.emit(panel.pace.currentIndex())
    assert told.args == [10.0]
    assert desk.kept == Preferences("system", 10.0)


def test_a_pace_from_the_settings_file_is_offered_as_it_is(bridge, qtbot):
    desk = FakeProfiles()
    desk.kept = Preferences("light", 4.5)
    panel = shown(desk, bridge, qtbot)
    assert panel.pace.currentText() == "every 4.5 seconds"
    assert panel.theme.value() == "light"


def test_preferences_that_cannot_be_kept_are_told_and_shown_as_they_are(panel, desk, qtbot):
    panel.theme.set_value("dark")
    with qtbot.waitSignal(panel.said) as told:
        desk.tell(ProfileRefused("preferences", "settings.toml cannot be written: disk full."))
    assert "disk full" in told.args[0]
    assert panel.theme.value() == "system"


def test_who_acts_and_where_everything_is_kept_stands_to_read(panel, qtbot):
    assert panel.operator.text() == "op-north"
    assert "in every record" in panel.operator_from.text()
    assert panel.version.text() == "CXone Operator Console 0.2.0"
    assert "cxone-console" in panel.folder.text()
    press(panel, qtbot, "settings_copy_about")
    assert "0.2.0" in QGuiApplication.clipboard().text()


@pytest.mark.parametrize("works", [True, False])
def test_the_data_folder_is_opened_or_named_where_nothing_opens_it(
    panel, qtbot, monkeypatch, works
):
    opened: list[str] = []
    said: list[str] = []

    class Services:
        @staticmethod
        def openUrl(url):  # noqa: N802 - Qt's name
            opened.append(url.toLocalFile())
            return works

    monkeypatch.setattr(module, "QDesktopServices", Services)
    panel.said.connect(said.append)
    press(panel, qtbot, "settings_open_folder")
    assert opened == ["/srv/op/cxone-console"]
    assert bool(said) is not works


def test_another_connection_shows_at_once(panel, desk, bridge, commands):
    desk.open("main")
    assert cells(panel.connections.model, 1)[1] == "in use"
    bridge.set_commands(commands)
    assert panel.operator.text() == "op-north"


def test_every_button_has_a_name_of_its_own(panel):
    assert isinstance(QApplication.instance(), QApplication)
    visible = [b for b in panel.findChildren(QPushButton) if b.isVisible()]
    names = [b.objectName() for b in visible]
    assert len(names) == len(set(names))
    assert all(b.objectName() and b.accessibleName() for b in visible)
