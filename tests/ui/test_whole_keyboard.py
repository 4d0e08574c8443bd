"""Without a mouse: Tab reaches everything in reading order, focus is seen, Esc and Enter answer."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDateTimeEdit, QWidget

from console.services.events import Notice
from console.ui.tab_order import is_stop
from tests.ui.samples import busy_day, reading
from tests.ui.test_metrics_panel import THREE
from tests.ui.whole_window import PAGES, QUESTIONS, SCENES, WholeWindow, controls, panel_of

TAB, BACKTAB = Qt.Key.Key_Tab, Qt.Key.Key_Backtab
MOST = 90


class Shown(QObject):
    """Keeps every widget that was shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.windows: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.windows.append(watched.objectName() or repr(watched))
        return False


@pytest.fixture
def commands():
    result = busy_day()
    result.figures_now = list(THREE)
    return result


@pytest.fixture
def window(bridge, commands, qtbot):
    result = WholeWindow(bridge, commands)
    qtbot.addWidget(result)
    result.resize(1440, 900)
    with qtbot.waitSignal(result.became_usable, timeout=5000):
        result.show()
    result.activateWindow()
    qtbot.waitUntil(result.isActiveWindow)
    commands.tell(reading(commands))
    result.operate.instances.model.flush()
    return result


def shown(window: WholeWindow, qtbot, place: str) -> QWidget:
    root = window.show_place(place)
    qtbot.waitUntil(root.isActiveWindow)
    return root


def press(key: Qt.Key) -> QWidget:
    """Press a key where the keyboard is and return where it is then."""
    before = QApplication.focusWidget()
    assert before is not None
    QTest.keyClick(before, key)
    found = QApplication.focusWidget()
    assert found is not None, "the keyboard is nowhere"
    return found


def round_trip(key: Qt.Key) -> list[QWidget]:
    """Where the keyboard goes until it comes back to where it was first."""
    seen: list[QWidget] = []
    for _ in range(MOST):
        found = press(key)
        if seen and found is seen[0]:
            return seen
        # A time has parts of its own, which Tab goes through.
        if not (seen and found is seen[-1] and isinstance(found, QDateTimeEdit)):
            seen.append(found)
    names = [found.objectName() for found in seen]
    raise AssertionError(f"Tab never comes back to {names[0]}: {names}")


def names(found: list[QWidget]) -> list[str]:
    return [control.objectName() for control in found]


def box(control: QWidget) -> QRect:
    return QRect(control.mapTo(control.window(), QPoint(0, 0)), control.size())


def read_after(one: QWidget, other: QWidget) -> bool:
    """True where `other` stands below `one`, or to its right; a scrolled part tells nothing."""
    first, second = box(one), box(other)
    return (
        second.top() > first.bottom()
        or second.left() > first.right()
        or other.visibleRegion().isEmpty()
        or one.visibleRegion().isEmpty()
    )


def seen_with_keyboard(control: QWidget) -> bool:
    """True where it looks otherwise with the keyboard than without."""
    control.setFocus(Qt.FocusReason.TabFocusReason)
    with_keyboard = control.grab().toImage()
    return press(TAB) is control or control.grab().toImage() != with_keyboard


@pytest.mark.parametrize("place", [*SCENES, *QUESTIONS])
def test_tab_reaches_everything_in_reading_order_seen_and_shift_tab_goes_back(window, qtbot, place):
    root = shown(window, qtbot, place)
    there = round_trip(TAB)
    expected = {c.objectName() for c in controls(root) if is_stop(c) and c.isEnabled()}
    assert expected <= set(names(there))
    assert len(set(there)) == len(there)
    assert [c.objectName() for c in there if not c.accessibleName()] == []
    steps_up = [
        (one.objectName(), other.objectName())
        for one, other in pairwise(there)
        if panel_of(one) == panel_of(other) and not read_after(one, other)
    ]
    assert len(steps_up) <= 1, steps_up  # the last leads to the first
    assert [c.objectName() for c in there if not seen_with_keyboard(c)] == []
    there[0].setFocus()
    assert names(round_trip(BACKTAB)) == names([*reversed(there[1:]), there[0]])


def test_what_goes_away_hands_the_keyboard_to_what_is_read_next(window):
    window.show_place("operate_opened")
    window.operate.instances.filters.clear_button.setFocus()
    window.operate.instances.filter_button.click()
    found = QApplication.focusWidget()
    assert found is not None
    assert found.objectName() == "instances"


def test_esc_leaves_every_question_and_nothing_was_done(window, qtbot, commands):
    for place in QUESTIONS:
        question = window.ask(place)
        qtbot.waitUntil(question.isActiveWindow)
        before = commands.jobs_now()
        with qtbot.waitSignal(question.rejected):
            qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
        assert commands.jobs_now() == before, place
        assert commands.requests == []
        assert commands.waited == []
        window.activateWindow()
        qtbot.waitUntil(window.isActiveWindow)


def test_no_part_of_the_window_flashes_up_as_a_window_before_it_has_its_place(
    window, qtbot, qapp, commands
):
    shown_alone = Shown()
    qapp.installEventFilter(shown_alone)
    for page in PAGES:
        window.show_page(page)
    for level in ("warning", "error"):
        commands.tell(Notice(level, "Something happened.", level))
    window.show_page("operate")
    for place in QUESTIONS:
        shown(window, qtbot, place).close()
    qapp.removeEventFilter(shown_alone)
    assert set(shown_alone.windows) <= set(QUESTIONS)
