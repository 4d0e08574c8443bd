"""Connect: what a first connection needs, and that its secret goes one way only."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QWidget

from console.ui.dialogs.connect import ConnectDialog
from tests.ui.fake_profiles import PASSED, REFUSED, FakeProfiles, profile


@pytest.fixture
def desk():
    return FakeProfiles()


def opened(desk, qtbot, *arguments, **options):
    dialog = ConnectDialog(desk, *arguments, **options)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, on=False)
    qtbot.addWidget(dialog)
    dialog.open()
    qtbot.waitExposed(dialog)
    return dialog


def filled(dialog, qtbot):
    qtbot.keyClicks(dialog.name, "main")
    qtbot.keyClicks(dialog.client_id, "console-app")
    qtbot.keyClicks(dialog.secret, "s3cret")
    return dialog


def error(dialog, key):
    return dialog._errors[key].text()


def save(dialog, qtbot):
    qtbot.mouseClick(dialog.answer_button, Qt.MouseButton.LeftButton)


def test_the_region_offers_both_addresses_until_one_types_ones_own(desk, qtbot):
    dialog = opened(desk, qtbot)
    assert dialog.token_url.text() == "https://us-2.auth.cxone.com/v1/oauth2/token"
    dialog.region.setEditText("eu-1")
    assert dialog.token_url.text() == "https://eu-1.auth.cxone.com/v1/oauth2/token"
    assert dialog.api_url.text() == "https://eu-1.api.cxone.com"
    dialog.api_url.clear()
    qtbot.keyClicks(dialog.api_url, "https://cxone.example")
    dialog.region.setEditText("us-2")
    assert dialog.api_url.text() == "https://cxone.example"
    assert dialog.token_url.text().startswith("https://us-2.")


def test_what_is_missing_is_said_at_its_field_and_nothing_is_saved(desk, qtbot):
    dialog = opened(desk, qtbot)
    dialog.region.setEditText("")
    save(dialog, qtbot)
    assert error(dialog, "name") == "Give the connection a name."
    assert error(dialog, "secret") == "Enter the client secret."
    assert "Name a region" in error(dialog, "token_url")
    assert dialog.name.accessibleDescription() == error(dialog, "name")
    assert dialog.focusWidget() is dialog.name
    assert desk.profiles == {}
    qtbot.keyClicks(dialog.name, "m")
    assert error(dialog, "name") == ""


def test_a_saved_connection_is_told_by_name_and_its_secret_leaves_the_field(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.environment.segment("staging").click()
    with qtbot.waitSignal(dialog.saved) as told:
        save(dialog, qtbot)
    assert told.args == ["main"]
    assert desk.secrets == {"main": "s3cret"}
    assert desk.profiles["main"].environment == "staging"
    assert dialog.secret.text() == ""
    assert not dialog.isVisible()
    assert desk.open_profile() == "", "another connection stays in use"
    assert desk.listeners == 0


def test_the_first_connection_is_used_at_once(desk, qtbot):
    save(filled(opened(desk, qtbot, open_when_saved=True), qtbot), qtbot)
    assert desk.open_profile() == "main"


def test_production_is_chosen_at_first_and_says_what_that_means(desk, qtbot):
    dialog = opened(desk, qtbot)
    assert dialog.environment.value() == "production"
    assert "asks twice" in dialog.environment_hint.text()
    dialog.environment.segment("demo").click()
    assert "asks twice" not in dialog.environment_hint.text()


def test_the_secret_is_never_readable_on_the_screen(desk, qtbot):
    dialog = filled(opened(desk, qtbot, profile(), open_when_saved=False), qtbot)
    assert dialog.secret.echoMode() == QLineEdit.EchoMode.Password
    shown = [w.accessibleName() + w.accessibleDescription() for w in dialog.findChildren(QWidget)]
    assert not any("s3cret" in text for text in shown)


def test_a_refusal_stands_at_its_field_and_the_dialog_stays(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.name.setText("my main")
    save(dialog, qtbot)
    assert error(dialog, "name") == "A profile's name has no spaces."
    assert dialog.name.property("invalid") == "true"
    assert dialog.isVisible()
    dialog.name.setText("main")
    save(dialog, qtbot)
    assert "main" in desk.profiles


def test_a_refusal_of_no_field_stands_on_top(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.secret.setText("no keyring")
    save(dialog, qtbot)
    assert dialog.failure.isVisible()
    assert "no keyring" in dialog.failure.text.text()
    assert dialog.answer_button.isEnabled()


def test_pressing_save_twice_saves_once(desk, qtbot, monkeypatch):
    asked = []
    monkeypatch.setattr(desk, "save", lambda *given: asked.append(given))
    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.accept()
    dialog.accept()
    assert len(asked) == 1


def test_a_test_shows_each_step_as_it_comes_and_keeps_nothing(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    qtbot.mouseClick(dialog.test_button, Qt.MouseButton.LeftButton)
    assert not dialog.test_button.isEnabled()
    desk.answer(PASSED[:1], done=False)
    assert "Testing" in dialog.steps.headline.text()
    desk.answer(PASSED)
    assert dialog.steps.headline.text() == "The connection answers."
    assert "Sign in: passed. Token for 60 minutes" in dialog.steps.accessibleDescription()
    assert dialog.test_button.isEnabled()
    assert desk.profiles == {}
    assert desk.asked[0][3] == "s3cret"


def test_a_test_that_fails_says_at_which_step_and_what_to_do(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.test()
    desk.answer(REFUSED)
    assert "does not work yet" in dialog.steps.headline.text()
    told = dialog.steps.accessibleDescription()
    assert "Sign in: failed. 401: the client secret is wrong" in told
    assert "Read the instances: not done" in told


def test_a_test_of_nonsense_is_refused_at_the_field(desk, qtbot, monkeypatch):
    from console.services.profile_desk import ProfileRefused

    dialog = filled(opened(desk, qtbot), qtbot)
    dialog.test()
    desk.tell(ProfileRefused(dialog._testing, "Only https:// is allowed.", "api_url"))
    assert error(dialog, "api_url") == "Only https:// is allowed."
    assert not dialog.steps.isVisible()
    assert dialog.test_button.isEnabled()


def test_an_incomplete_connection_is_not_tested(desk, qtbot):
    opened(desk, qtbot).test()
    assert desk.asked == []


def test_answers_for_another_dialog_are_not_ours(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    other = filled(opened(desk, qtbot), qtbot)
    other.test()
    desk.answer(PASSED)
    assert not dialog.steps.isVisible()


def test_editing_keeps_the_stored_secret_unless_another_is_typed(qtbot):
    desk = FakeProfiles(profile())
    dialog = opened(desk, qtbot, profile())
    assert dialog.secret.text() == ""
    assert "keyring" in dialog.secret.placeholderText()
    dialog.client_id.setText("other-app")
    save(dialog, qtbot)
    assert desk.profiles["main"].client_id == "other-app"
    assert desk.secrets == {}


def test_editing_does_not_take_other_addresses_because_the_region_changes(qtbot):
    desk = FakeProfiles()
    dialog = opened(desk, qtbot, profile(api_url="https://cxone.example"))
    dialog.region.setEditText("eu-1")
    assert dialog.api_url.text() == "https://cxone.example"


def test_escape_leaves_everything_as_it_was(desk, qtbot):
    dialog = filled(opened(desk, qtbot), qtbot)
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert desk.profiles == {}
    assert dialog.secret.text() == ""
