"""The window and what runs behind it, on one loop; built here, ended here.

qasync's traps (architecture.md): no quit on last window closed, no `exec()`, no await after
`aboutToQuit`; closing the window only asks, and the main coroutine ends everything.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Coroutine
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication, QWidget

from console.app.folder import Folder
from console.app.place import Place
from console.app.session import Session
from console.domain.errors import ConsoleError
from console.services.events import Notice
from console.store.profiles import Profile
from console.ui.bridge import Bridge
from console.ui.main_window import MainWindow
from console.ui.operate import OperatePage
from console.ui.theme import Scheme, apply_theme

if TYPE_CHECKING:
    from console.app.profile_desk import FolderProfiles

log = logging.getLogger(__name__)

Script = Callable[["Gui"], Coroutine[Any, Any, None]]
"""Drives the window (the tour); when it returns, the window closes."""


class Gui:
    """One window over one data folder; `run` returns when it is closed."""

    def __init__(self, place: Place, profile: str | None) -> None:
        self.app = QApplication([PROGRAM])
        self.app.setApplicationName(PROGRAM)
        self.app.setApplicationDisplayName("CXone Operator Console")
        self.app.setQuitOnLastWindowClosed(False)
        chosen, self._hint = place.first_profile(profile)
        self.folder = Folder(place, self._crashed)
        self.session = Session(self.folder, chosen)
        self.bridge = Bridge(self.session.commands, place.paths.state_dir)
        self.window = MainWindow(
            self.bridge,
            {
                "audit": self._audit_page,
                "metrics": self._metrics_page,
                "settings": self._settings_page,
            },
        )
        self._stop = asyncio.Event()
        self._script_error: ConsoleError | None = None
        self.window.stop_requested.connect(self._stop.set)
        self.window.connect_requested.connect(self._connect)
        self.window.demo_requested.connect(self._start_demo)
        if self.bridge.connected:
            self.window.stack.setCurrentWidget(self.window.page_widget(self.window.page))
        # Last: with a style sheet in force Qt polishes a whole page again at every addWidget.
        apply_theme(self.app, _scheme(place.settings.theme))

    def run(self, script: Script | None = None) -> int:
        """Show the window until it is closed (or `script` has ended); returns the exit code."""
        self.window.show()
        # After the window: these imports need not keep it from being painted.
        from qasync import QEventLoop

        loop = QEventLoop(self.app)
        asyncio.set_event_loop(loop)
        sys.excepthook = self._excepthook
        wakeup = _SignalWakeup(self._stop.set)
        try:
            with loop:
                loop.run_until_complete(self._live(script))
        finally:
            wakeup.close()
            sys.excepthook = sys.__excepthook__
        if self._script_error is not None:
            raise self._script_error
        return 0

    async def _live(self, script: Script | None) -> None:
        usable = asyncio.Event()
        self.window.became_usable.connect(usable.set)
        await usable.wait()
        await self.session.start()
        if self._hint:
            self.folder.hub.tell(Notice("warning", self._hint, "production-not-opened"))
        for broken in self.folder.definitions.broken():
            self.folder.hub.tell(Notice("warning", str(broken), "broken-definition"))
        if script is not None:
            self.folder.tasks.start(self._scripted(script), "tour")
        await self._stop.wait()
        self.window.setEnabled(False)
        await self.session.stop()
        self.window.hide()

    async def _scripted(self, script: Script) -> None:
        try:
            await script(self)
        except ConsoleError as error:
            self._script_error = error
        finally:
            self._stop.set()

    # -- pages --------------------------------------------------------------------------------

    def _audit_page(self) -> QWidget:
        from console.app.audit import desk_for
        from console.ui.desk_bridge import DeskBridge
        from console.ui.panels.audit_panel.panel import AuditPanel

        desk = DeskBridge(desk_for(self.folder), self.window)
        panel = AuditPanel(desk, self.bridge)
        panel.said.connect(self.window.toast.say)
        return panel

    def _metrics_page(self) -> QWidget:
        from console.ui.panels.metrics_panel.panel import MetricsPanel

        panel = MetricsPanel(self.bridge)
        panel.said.connect(self.window.toast.say)
        panel.operate_wanted.connect(lambda: self.window.show_page("operate"))
        return panel

    def _settings_page(self) -> QWidget:
        from console.ui.panels.settings_panel import SettingsPanel

        panel = SettingsPanel(self.bridge, self._profiles)
        panel.said.connect(self.window.toast.say)
        panel.pace_changed.connect(self._set_pace)
        return panel

    def _set_pace(self, seconds: float) -> None:
        operate = self.window.page_widget("operate")
        assert isinstance(operate, OperatePage)
        operate.instances.set_seconds(seconds)

    # -- connections --------------------------------------------------------------------------

    @cached_property
    def _profiles(self) -> FolderProfiles:
        from console.app.profile_desk import FolderProfiles

        return FolderProfiles(self.folder, self._switch, lambda: self.session.profile_name)

    async def _switch(self, profile: Profile) -> None:
        self.bridge.set_commands(await self.session.switch(profile))

    def _connect(self) -> None:
        from console.ui.dialogs.connect import ConnectDialog

        dialog = ConnectDialog(self._profiles, open_when_saved=True, parent=self.window)
        dialog.open()

    def _start_demo(self) -> None:
        from console.app.simulator_process import program

        subprocess.Popen([*program(), "demo"], start_new_session=True)  # noqa: S603 - our own program

    # -- what goes wrong ----------------------------------------------------------------------

    def _crashed(self, name: str, error: BaseException) -> None:
        text = f"Something in the console went wrong ({name}: {type(error).__name__}). "
        self.folder.hub.tell(
            Notice("error", text + "Nothing was sent twice; see the log.", "crash")
        )

    def _excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._stop.set()
            return
        log.error("uncaught in the window", exc_info=(kind, error, trace))
        self._crashed("window", error)


PROGRAM = "cxone-console"


class _SignalWakeup:
    """Lets Ctrl-C and SIGTERM end the window: Qt's loop runs no Python until something happens."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self._ours, self._theirs = socket.socketpair()
        for end in (self._ours, self._theirs):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._theirs.fileno())
        numbers = (signal.SIGINT, signal.SIGTERM)
        self._handlers = {n: signal.signal(n, partial(_asked, stop)) for n in numbers}
        self._notifier = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read)
        self._notifier.activated.connect(self._drain)

    def _drain(self) -> None:
        self._ours.recv(4096)

    def close(self) -> None:
        """Give the signals back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._ours.close()
        self._theirs.close()


def _asked(stop: Callable[[], None], _number: int, _frame: object) -> None:
    stop()


def _scheme(theme: str) -> Scheme:
    return "light" if theme == "light" else "dark" if theme == "dark" else "system"
