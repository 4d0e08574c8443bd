"""After a long closed time somebody has to say what becomes of what waited."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from console.domain.lane import Lane
from console.services.events import JobsWaited, Notice
from console.ui.dialogs.waited import WaitedDialog
from console.ui.main_window import MainWindow
from console.ui.widgets.dialog import Question

LONG = JobsWaited(5, 3 * 3600 + 12 * 60 + 30)


@pytest.fixture
def window(bridge, commands, qtbot):
    for _ in range(7):
        commands.put(commands.new_job())
    result = MainWindow(bridge)
    qtbot.addWidget(result)
    result.show()
    qtbot.waitUntil(lambda: result._usable)
    commands.set_lane(Lane("demo", question="say what to do"))
    commands.tell(LONG)
    return result


def question(window):
    found = [d for d in window.findChildren(WaitedDialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def told(dialog):
    return [label.text() for label in dialog.findChildren(QLabel)]


def test_it_says_how_long_and_how_many_and_names_the_jobs(window):
    dialog = question(window)
    assert dialog.text.text().startswith(
        "The console was closed for 3 h 12 min; 5 jobs are waiting to be sent."
    )
    assert sum(text.startswith("J-") for text in told(dialog)) == 5
    assert dialog.windowModality() is Qt.WindowModality.NonModal


def test_one_job_is_one_job(window, commands):
    question(window).reject()
    commands.tell(JobsWaited(1, 16 * 60))
    assert "closed for 16 min; 1 job is waiting" in question(window).text.text()


@pytest.mark.parametrize(
    ("button", "answer"), [("answer_button", "send"), ("choose_button", "choose")]
)
def test_one_press_answers_for_all(window, commands, button, answer):
    getattr(question(window), button).click()
    assert commands.waited == [answer]
    assert window.notices.texts() == []
    assert [d for d in window.findChildren(WaitedDialog) if d.isVisible()] == []


def test_choosing_shows_what_needs_a_person(window):
    window.show_page("operate")
    question(window).choose_button.click()
    assert window.page_widget("operate").queue.states.value() == "review"


def test_cancelling_all_asks_again(window, commands):
    dialog = question(window)
    dialog.cancel_all_button.click()
    (again,) = [q for q in dialog.findChildren(Question) if q.isVisible()]
    assert again.windowTitle() == "Cancel 5 jobs?"
    again.cancel_button.click()
    assert commands.waited == []
    dialog.cancel_all_button.click()
    (again,) = [q for q in dialog.findChildren(Question) if q.isVisible()]
    again.answer_button.click()
    assert commands.waited == ["cancel"]


def test_closed_without_an_answer_a_notice_stays_that_opens_it_again(window, commands, qtbot):
    qtbot.keyClick(question(window), Qt.Key.Key_Escape)
    assert commands.waited == []
    for number in range(5):
        commands.tell(Notice("error", f"Something {number}", f"subject-{number}"))
    assert window.notices.texts()[0].startswith("The console was closed for 3 h 12 min; 5 jobs")
    assert len(window.notices.texts()) == 4
    banner = window.notices._shown["jobs-waited"]
    assert not banner.close_button.isVisible()
    banner.action.click()
    question(window).answer_button.click()
    assert commands.waited == ["send"]
    assert all(text.startswith("Something") for text in window.notices.texts())
    assert commands.acted == []


def test_an_answer_from_elsewhere_ends_the_question(window, commands):
    commands.set_lane(Lane("demo"))
    assert [d for d in window.findChildren(WaitedDialog) if d.isVisible()] == []
    assert window.notices.texts() == []


def test_an_answer_from_elsewhere_takes_the_notice_away(window, commands):
    question(window).reject()
    commands.set_lane(Lane("demo"))
    assert window.notices.texts() == []
