"""The main path without a mouse: find a workflow, fill it in, review, trigger, look, stop, leave."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QWidget

from console.domain.job import JobState
from console.ui.main_window import MainWindow
from tests.ui.form_hands import TUTORIAL, TUTORIAL_ID, keyboard

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def window(bridge, qtbot):
    made = {key: lambda key=key: QLabel(key) for key in ("audit", "metrics", "settings")}
    result = MainWindow(bridge, made)
    qtbot.addWidget(result, before_close_func=lambda w: w.hide())
    result.resize(1440, 900)
    with qtbot.waitSignal(result.became_usable, timeout=5000):
        result.show()
    result.activateWindow()
    qtbot.waitUntil(result.isActiveWindow)
    return result


def press(key, modifier=Qt.KeyboardModifier.NoModifier):
    """Press a key wherever the keyboard is."""
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, key, modifier)


def typed(text):
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClicks(focus, text)


def tab_to(name):
    """Press Tab until the keyboard is at `name`."""
    for _ in range(40):
        if keyboard() == name:
            return
        press(Qt.Key.Key_Tab)
    raise AssertionError(f"Tab never reaches {name}")


def question(window):
    return next((d for d in window.findChildren(QDialog) if d.isVisible()), None)


def back(window, qtbot):
    """What a window manager does when a dialog has closed; the offscreen platform has none."""
    qtbot.waitUntil(lambda: question(window) is None)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def test_a_trigger_from_the_palette_to_the_queue_and_back(window, qtbot, commands):
    press(Qt.Key.Key_K, CONTROL)
    qtbot.waitUntil(lambda: keyboard() == "palette_query")
    typed("tutorial")
    press(Qt.Key.Key_Return)
    page = window.page_widget("operate")
    back(window, qtbot)
    assert page.trigger.workflow_id == TUTORIAL_ID
    assert keyboard() == "field_/customerId"
    typed("CUST-99887")
    tab_to("field_/priorityScore")
    typed("85")
    tab_to("field_/requiresCallback_unset")
    press(Qt.Key.Key_Left)
    press(Qt.Key.Key_Left)
    tab_to("field_/routingMetadata/channel")
    typed("voice")
    tab_to("field_/routingMetadata/queue")
    typed("sales")
    tab_to("reason")
    typed("ticket 4711")
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: keyboard() == "trigger_now")
    press(Qt.Key.Key_Return)
    (job,) = commands.jobs_now()
    assert job.payload.context == {
        "customerId": "CUST-99887",
        "priorityScore": 85,
        "requiresCallback": True,
        "routingMetadata": {"channel": "voice", "queue": "sales"},
    }
    assert job.operator_reason == "ticket 4711"
    back(window, qtbot)
    assert keyboard() == "review_and_trigger"


def test_escape_leaves_the_review_and_sends_nothing(window, qtbot, commands):
    page = window.page_widget("operate")
    page.trigger.choose_workflow(TUTORIAL_ID)
    page.trigger.fields.form.set_value(TUTORIAL)
    page.trigger.fields.reason.setFocus()
    press(Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: keyboard() == "trigger_now")
    press(Qt.Key.Key_Escape)
    back(window, qtbot)
    assert commands.requests == []


def test_the_queue_is_reached_read_and_acted_on(window, qtbot, commands):
    commands.put(commands.new_job())
    page = window.page_widget("operate")
    page.queue.model.flush()
    page.queue.view.setFocus()
    press(Qt.Key.Key_Home)
    press(Qt.Key.Key_Return)
    assert page.queue.drawer.isVisible()
    press(Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: keyboard() == "cancel_job_reason")
    typed("ordered twice")
    press(Qt.Key.Key_Return)
    assert commands.jobs_now()[0].state is JobState.CANCELLED


@pytest.mark.parametrize(
    ("key", "page"),
    [
        (Qt.Key.Key_2, "audit"),
        (Qt.Key.Key_3, "metrics"),
        (Qt.Key.Key_4, "settings"),
        (Qt.Key.Key_1, "operate"),
    ],
)
def test_every_page_is_two_keys_away_also_from_within_a_field(window, key, page):
    window.page_widget("operate").queue.search.setFocus()
    press(key, CONTROL)
    assert window.page == page


def test_tab_leaves_the_form_for_instances_and_queue_in_reading_order(window, qtbot):
    window.page_widget("operate").trigger.clear_button.setFocus()
    seen = []
    for _ in range(12):
        press(Qt.Key.Key_Tab)
        seen.append(keyboard())
    order = ["instances_pace", "instances", "queue_pause", "queue_stop", "queue_states_all"]
    places = [seen.index(name) for name in order if name in seen]
    assert places == sorted(places), seen
    assert {"instances_pace", "queue_pause", "queue_search"} <= set(seen)


def test_every_stop_of_the_keyboard_is_visible(window, qtbot):
    first = QApplication.focusWidget()
    for _ in range(60):
        focus = QApplication.focusWidget()
        assert isinstance(focus, QWidget)
        assert focus.isVisible()
        assert focus.accessibleName() or focus.objectName(), focus
        press(Qt.Key.Key_Tab)
        if QApplication.focusWidget() is first:
            return
    raise AssertionError("Tab does not come round")
