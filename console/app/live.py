"""What runs behind the window, on one loop with it, from the first paint to the orderly end.

qasync's traps (architecture.md): no quit on last window closed, no `exec()`, no await after
`aboutToQuit`; closing the window only asks, and the main coroutine ends everything.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from qasync import QEventLoop

from console.app.connections import preload
from console.app.place import Place
from console.app.session import Session as Session
from console.domain.errors import ConsoleError
from console.services.events import Notice

if TYPE_CHECKING:
    from console.app.gui import Gui, Script


def prepare(place: Place) -> None:
    """Load and read, on a thread, what would stop the window for a moment when first needed."""
    # The judge of a form's values: 60 ms that the first key pressed must not wait for.
    import console.domain.schema_check  # noqa: F401

    place.definitions.reload()
    preload(place.settings, place.profiles.all())


def run(gui: Gui, script: Script | None) -> int:
    """Run the services until the window is to be closed; returns the exit code."""
    loop = QEventLoop(gui.app)
    asyncio.set_event_loop(loop)
    live = _Live(gui, script)
    with loop:
        loop.run_until_complete(live.until_closed())
    if live.script_error is not None:
        raise live.script_error
    return 0


class _Live:
    """The main coroutine of the window, and the script that may drive it."""

    def __init__(self, gui: Gui, script: Script | None) -> None:
        self._gui = gui
        self._script = script
        self._stop = asyncio.Event()
        self.script_error: ConsoleError | None = None
        gui.stop_asked = self._stop.set
        if gui.stopping:
            self._stop.set()

    async def until_closed(self) -> None:
        """Begin the services, wait for the end to be asked for, and end everything in order."""
        gui = self._gui
        gui.begin()
        await gui.session.start()
        hub = gui.folder.hub
        if gui.hint:
            hub.tell(Notice("warning", gui.hint, "production-not-opened"))
        for broken in gui.folder.definitions.broken():
            hub.tell(Notice("warning", broken.message, "broken-definition"))
        gui.folder.tasks.start(self._read_schemas(), "judges")
        if self._script is not None:
            gui.folder.tasks.start(self._scripted(self._script), "tour")
        await self._stop.wait()
        gui.window.setEnabled(False)
        await gui.session.stop()
        gui.window.hide()

    async def _read_schemas(self) -> None:
        """Make the judges of all workflows, 20 ms each, before the first trigger needs one."""
        from console.domain.schema_check import judge_for

        for workflow in self._gui.folder.definitions.all():
            await asyncio.to_thread(judge_for, workflow.schema)

    async def _scripted(self, script: Script) -> None:
        try:
            await script(self._gui)
        except ConsoleError as error:
            self.script_error = error
        finally:
            self._stop.set()
