"""What runs behind the window: the sender, the poller of the open profile, and their end."""

from __future__ import annotations

import asyncio
from typing import Final

from console.app.anchor import SenderAnchors
from console.app.connections import preload
from console.app.folder import Folder
from console.app.opening import view_of
from console.domain.errors import ConsoleError, EnvironmentProblem
from console.services.events import Notice
from console.services.journal import writing_stopped
from console.services.operator import Target
from console.services.poller import Pace, Poller
from console.services.window_commands import WindowCommands
from console.store.profiles import Profile

GRACE_S: Final = 5.0
ANCHOR_GRACE_S: Final = 1.0
HOW: Final = "window"


class Session:
    """The services of one window over one folder; `commands` is what its bridge holds."""

    def __init__(self, folder: Folder, profile: Profile | None) -> None:
        self.folder = folder
        self.profile = profile
        self._sender = folder.sender(asks=True)
        self._anchors: SenderAnchors | None = None
        self._poller: Poller | None = None
        self._polling: asyncio.Task[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._pace = Pace(folder.settings.poll_interval_s)
        self.commands = self._commands()

    @property
    def anchors(self) -> SenderAnchors | None:
        """What anchors the trail outside beside this sender; None before `start`."""
        return self._anchors

    @property
    def profile_name(self) -> str:
        """The open profile's name, or empty."""
        return "" if self.profile is None else self.profile.name

    async def start(self) -> None:
        """Begin to send and to read, without holding up the window."""
        profiles = self.folder.place.profiles.all()
        await asyncio.to_thread(preload, self.folder.settings, profiles)
        try:
            await self.folder.custody.claim()
            await self.folder.started(HOW)
        except EnvironmentProblem as error:
            self.folder.hub.tell(writing_stopped(error))
        self._sending = self.folder.tasks.start(self._sender.run(), "sender")
        self._anchors = SenderAnchors(self.folder, lambda: self._sender.here)
        self._anchors.start()
        self._poll()
        self.folder.tasks.start(asyncio.to_thread(self._get_judges), "judges")

    def _get_judges(self) -> None:
        """Check the forms' schemas ahead: 20 ms each, at the first trigger of each workflow."""
        from console.domain.schema_check import judge_for

        for workflow in self.folder.definitions.all():
            judge_for(workflow.schema)

    async def switch(self, profile: Profile) -> WindowCommands:
        """Work on another profile from now on; its commands are returned."""
        await asyncio.to_thread(preload, self.folder.settings, [profile])
        self.folder.connect(profile.name)
        self.folder.place.profiles.use(profile.name)
        self.profile = profile
        self.commands = self._commands()
        self._poll()
        return self.commands

    async def stop(self) -> None:
        """Finish what is under way, record the end, close everything."""
        if self._polling is not None:
            self._polling.cancel()
        await self._sender.stop(GRACE_S)
        if self._sending is not None:
            await self._sending
        if self._anchors is not None:
            await self._anchors.stop(ANCHOR_GRACE_S)
        try:
            await self.folder.stopped(HOW)
        except ConsoleError as error:
            # The window is closing: the next start settles the trail and says so.
            self.folder.hub.tell(Notice("error", str(error), "trail-behind"))
        await self.folder.close()

    def set_pace(self, pace: Pace) -> None:
        """How often the instances are read."""
        self._pace = pace
        if self._poller is not None:
            self._poller.set_pace(pace)

    def _poll(self) -> None:
        if self._polling is not None:
            self._polling.cancel()
        if self.profile is None:
            return
        try:
            connected = self.folder.connect(self.profile.name)
        except ConsoleError as error:
            self.folder.hub.tell(Notice("error", str(error), "no-connection"))
            return
        self._poller = Poller(
            self.profile.name,
            connected.tenant,
            self.folder.around,
            self.folder.definitions,
            self._pace,
            fingerprint=connected.fingerprint,
        )
        self._polling = self.folder.tasks.start(self._poller.run(), "poller")

    def _commands(self) -> WindowCommands:
        return WindowCommands(
            self.folder.around,
            self.folder.operator,
            self._sender,
            self.folder.definitions,
            None if self.profile is None else view_of(self.profile, self.folder.settings),
            _target(self.folder, self.profile),
            self.set_pace,
        )


def _target(folder: Folder, profile: Profile | None) -> Target | None:
    return None if profile is None else folder.target(profile)
