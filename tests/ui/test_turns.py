"""Tables change one after the other."""

from PySide6.QtCore import QElapsedTimer

from console.ui.models.turns import BETWEEN_MS, Turns


def test_two_changes_never_share_a_pass_of_the_event_loop(qtbot, qapp):
    turns, clock, told = Turns(qapp), QElapsedTimer(), []
    clock.start()
    turns.ask(lambda: told.append(("queue", clock.elapsed())))
    turns.ask(lambda: told.append(("instances", clock.elapsed())))
    qtbot.waitUntil(lambda: len(told) == 2)
    (first, at), (second, later) = told
    assert (first, second) == ("queue", "instances")
    assert later - at >= BETWEEN_MS // 2  # timers may be a little early, never by half


def test_a_change_that_is_asked_for_twice_is_made_once(qtbot, qapp):
    turns, told = Turns(qapp), []

    def change():
        told.append("change")

    turns.ask(change)
    turns.ask(change)
    turns.ask(lambda: told.append("end"))
    qtbot.waitUntil(lambda: "end" in told)
    assert told == ["change", "end"]


def test_a_change_may_ask_for_its_next_turn(qtbot, qapp):
    turns, told = Turns(qapp), []

    def change():
        told.append("change")
        if len(told) < 3:
            turns.ask(change)

    turns.ask(change)
    qtbot.waitUntil(lambda: len(told) == 3)
