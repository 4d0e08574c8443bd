"""A notice may offer what a person can do about it."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from console.services.events import Notice
from console.ui.main_window import MainWindow


def test_a_notice_with_an_action_asks_the_console_to_do_it_and_goes_when_it_is_done(
    bridge, commands, qtbot
):
    window = MainWindow(bridge, {})
    qtbot.addWidget(window)
    commands.hub.tell(Notice("error", "The disk did not confirm.", "trail-behind", "Check"))
    banner = window.notices.findChild(QPushButton, "notice_trail-behind_action")
    assert banner is not None
    banner.click()
    assert commands.acted == ["trail-behind"]
    commands.hub.tell(Notice("info", "The audit trail is complete again.", "trail-behind"))
    assert window.notices.texts() == []
