"""The window, built and shown before anything behind it is loaded; then `app.live` takes over.

Start-up is measured (quality.md, *start*): what a first painted window does not need is imported
by a thread while Qt paints it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import cached_property
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEventLoop, QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from console.app.opening import Opening
from console.app.place import Place
from console.app.qt_loading import settle
from console.config import BadSetting
from console.domain.errors import ConsoleError
from console.ui import accessible
from console.ui.bridge import Bridge
from console.ui.main_window import MainWindow
from console.ui.theme import Scheme, apply_theme, begin_theme

if TYPE_CHECKING:
    from console.app.folder import Folder
    from console.app.profile_desk import FolderProfiles
    from console.app.session import Session
    from console.app.signals import SignalWakeup
    from console.store.profiles import Profile

log = logging.getLogger(__name__)

PROGRAM: Final = "cxone-console"
SWITCH_S: Final = 0.001
Script = Callable[["Gui"], Coroutine[Any, Any, None]]
"""Drives the window (the tour); when it returns, the window closes."""


class _Loading(QObject):
    """Imports what runs behind the window on a thread of its own; `done` comes on Qt's."""

    done = Signal()

    def __init__(self, place: Place) -> None:
        super().__init__()
        self._place = place
        self._thread = Thread(target=self._load, name="loading", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _load(self) -> None:
        try:
            from console.app import live

            # What fails here fails again where it is first needed, and is told there.
            with suppress(ConsoleError, BadSetting, OSError):
                live.prepare(self._place)
        finally:
            self.done.emit()


class Gui:
    """One window over one data folder; `run` returns when it is closed.

    Raises EnvironmentProblem where the folder's queue cannot be read.
    """

    def __init__(self, place: Place, profile: str | None) -> None:
        # A thread that imports must not keep Qt's thread waiting for a visible moment.
        sys.setswitchinterval(SWITCH_S)
        self.app = QApplication([PROGRAM, "-style", "fusion"])
        accessible.speak_up()
        self.app.setApplicationName(PROGRAM)
        self.app.setApplicationDisplayName("CXone Operator Console")
        self.app.setQuitOnLastWindowClosed(False)
        # Before any widget: those that exist keep the font they were made with.
        begin_theme(self.app, _scheme(place.settings.theme))
        self._place = place
        self._chosen, self.hint = place.first_profile(profile)
        self._opening = Opening(place, self._chosen)
        self.bridge = Bridge(None, place.paths.state_dir, first=self._opening)
        self.window = MainWindow(
            self.bridge,
            {
                "audit": self._audit_page,
                "metrics": self._metrics_page,
                "settings": self._settings_page,
            },
            late=("audit", "settings"),
        )
        self.stopping = False
        self._signals: SignalWakeup | None = None
        self.stop_asked: Callable[[], None] = _nobody
        self.window.stop_requested.connect(self.stop)
        self.window.connect_requested.connect(self._connect)
        self.window.demo_requested.connect(self._start_demo)
        self.window.theme_chosen.connect(self._keep_theme)
        if self.bridge.connected and self.window.page == "operate":
            page = self.window.page_widget(self.window.page)
            self.window.stack.setCurrentWidget(page)
            page.setFocus()
        # Last: with a style sheet in force Qt polishes a whole page again at every addWidget.
        apply_theme(self.app, _scheme(place.settings.theme))

    def run(self, script: Script | None = None) -> int:
        """Show the window until it is closed (or `script` has ended); returns the exit code."""
        sys.excepthook = self._excepthook
        try:
            self.window.show()
            self._load()
            from console.app.live import run

            return run(self, script)
        finally:
            if self._signals is not None:
                self._signals.close()
            sys.excepthook = sys.__excepthook__

    def _load(self) -> None:
        """Let Qt paint the window; import what comes next once an operator can work in it."""
        # No asyncio yet, so nothing can be starved by a loop of Qt's own.
        loop = QEventLoop()
        loading = _Loading(self._place)
        loading.done.connect(loop.quit, Qt.ConnectionType.QueuedConnection)
        self.window.became_usable.connect(self._heed_signals)
        self.window.became_usable.connect(loading.start)
        self.window.became_usable.connect(settle)
        loop.exec()

    def _heed_signals(self) -> None:
        """From now on Ctrl-C and SIGTERM close the window in order; until now they ended it."""
        from console.app.signals import SignalWakeup

        self._signals = SignalWakeup(self.stop)

    def stop(self) -> None:
        """Close the window, in order, as soon as that can be done."""
        self.stopping = True
        self.stop_asked()

    def begin(self) -> None:
        """Hand the window over to the services; `session` runs them."""
        from console.app.definition_window import FolderDefinitions
        from console.app.preset_desk import FolderPresets

        self.bridge.presets = FolderPresets(self.folder)
        self.bridge.definitions = FolderDefinitions(self.folder)
        self.bridge.begin(self.session.commands)
        self._opening.close()
        self._offer_seal()
        self.window.begin()

    def _offer_seal(self) -> None:
        from console.app.anchor_desk import FolderSeal
        from console.ui.dialogs.checkpoint_actions import SealActions

        desk = FolderSeal(self.folder, lambda: self.session.anchors)
        self.window.use_seal(SealActions(desk, self.window))

    @cached_property
    def folder(self) -> Folder:
        """The open data folder; made at the first question."""
        from console.app.folder import Folder

        return Folder(self._place, self.crashed)

    @cached_property
    def session(self) -> Session:
        """The services behind the window; made at the first question."""
        from console.app.session import Session

        return Session(self.folder, self._chosen)

    # -- pages --------------------------------------------------------------------------------

    def _audit_page(self) -> QWidget:
        from console.app.audit import desk_for
        from console.ui.desk_bridge import DeskBridge
        from console.ui.panels.audit_panel.panel import AuditPanel

        desk = DeskBridge(desk_for(self.folder), self.window)
        panel = AuditPanel(desk, self.bridge)
        panel.said.connect(self.window.toast.say)
        if self.window.seal is not None:
            menu = self.window.seal.menu_for(panel.card.header)
            panel.card.add_tool(menu.made)
            desk.opening.connect(lambda event: menu.set_own(own=event.own))
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
        from console.ui.operate import OperatePage

        assert isinstance(operate, OperatePage)
        operate.instances.set_seconds(seconds)

    def _keep_theme(self, theme: str) -> None:
        from dataclasses import replace

        self._profiles.keep(replace(self._profiles.preferences(), theme=theme))

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
        import subprocess

        from console.app.simulator_process import program

        subprocess.Popen([*program(), "demo"], start_new_session=True)  # noqa: S603 - our own program

    # -- what goes wrong ----------------------------------------------------------------------

    def crashed(self, name: str, error: BaseException) -> None:
        from console.services.events import Notice

        text = f"Something in the console went wrong ({name}: {type(error).__name__}). "
        self.folder.hub.tell(
            Notice("error", text + "Nothing was sent twice; see the log.", "crash")
        )

    def _excepthook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self.stop()
            return
        log.error("uncaught in the window", exc_info=(kind, error, trace))
        self.crashed("window", error)


def _nobody() -> None:
    """Nothing runs yet that could be stopped: `stopping` is looked at when it does."""


def _scheme(theme: str) -> Scheme:
    return "light" if theme == "light" else "dark" if theme == "dark" else "system"
