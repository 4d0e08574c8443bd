"""Settings' side of connections: the profiles file, the keyring, tests and preferences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from console import VERSION
from console.app.connections import connection_of
from console.app.folder import Folder
from console.app.profiles import changed_draft, check_draft, prepared
from console.config import BadSetting, UnusableFolder, load_settings, save_settings
from console.domain.errors import BadInput, ConsoleError
from console.services.commands import ProfileView
from console.services.ports import Write
from console.services.profile_desk import (
    About,
    CheckStep,
    Preferences,
    ProfileDraft,
    ProfileEvent,
    ProfileListener,
    ProfileOpened,
    ProfileRefused,
    ProfileSaved,
    ProfilesChanged,
    ProfileTested,
)
from console.store.profiles import Profile
from console.store.secrets import checked_secret

Open = Callable[[Profile], Coroutine[Any, Any, None]]


class FolderProfiles:
    """Fulfils `services.profile_desk.ProfilesDesk` over one open folder.

    `open_profile` of the app switches the window; it raises ConsoleError where it cannot.
    """

    def __init__(self, folder: Folder, switch: Open, opened: Callable[[], str]) -> None:
        self._folder = folder
        self._place = folder.place
        self._switch = switch
        self._opened = opened
        self._listeners: list[ProfileListener] = []

    def listen(self, listener: ProfileListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def list(self) -> tuple[ProfileView, ...]:
        """Every profile, in order of name; whether its secret is known is not asked here."""
        return tuple(
            ProfileView(
                item.name,
                item.contract,
                item.environment,
                item.region,
                item.client_id,
                item.token_url,
                item.api_url,
                has_secret=True,
            )
            for item in sorted(self._place.profiles.all(), key=lambda item: item.name)
        )

    def open_profile(self) -> str:
        """The name of the profile the window works on, or empty."""
        return self._opened()

    def save(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        """Store a profile; answered by ProfileSaved or ProfileRefused."""
        self._start(request, self._save(request, draft, secret))

    def remove(self, name: str) -> None:
        """Forget a profile and its secret; its jobs and records stay."""
        self._start("", self._remove(name))

    def test(self, request: str, name: str) -> None:
        """Test a stored profile; answered by ProfileTested."""
        self._start(request, self._test(request, name))

    def try_out(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        """Test a profile that is not stored; answered by ProfileTested."""
        self._start(request, self._check(request, _profile(draft), secret, draft.replaces))

    def open(self, name: str) -> None:
        """Work on another profile; answered by ProfileOpened or ProfileRefused."""
        self._start("", self._open(name))

    def preferences(self) -> Preferences:
        """The preferences in force."""
        settings = self._folder.settings
        return Preferences(settings.theme, settings.poll_interval_s)

    def keep(self, preferences: Preferences) -> None:
        """Store preferences in settings.toml."""
        changes: dict[str, str | int | float] = {
            "theme": preferences.theme,
            "poll_interval_s": preferences.poll_interval_s,
        }
        try:
            save_settings(self._place.paths.settings_file, changes)
        except (BadSetting, UnusableFolder) as error:
            self._tell(ProfileRefused("preferences", str(error)))
            return
        loaded = load_settings(self._place.paths.settings_file)
        self._folder.settings = loaded.settings

    def about(self) -> About:
        """Version, data folder and operator."""
        loaded = load_settings(self._place.paths.settings_file)
        source = "From the settings." if loaded.operator_chosen else "This computer's account."
        return About(VERSION, str(self._place.paths.data_dir), loaded.settings.operator, source)

    def _start(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        self._folder.tasks.start(self._guarded(request, work), "profiles")

    async def _guarded(self, request: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (ConsoleError, BadSetting, UnusableFolder) as error:
            field = error.field if isinstance(error, BadInput) else ""
            self._tell(ProfileRefused(request, str(error), field))

    async def _save(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        profile = prepared(_profile(draft))
        connection_of(profile, self._folder.settings)
        profiles, secrets = self._place.profiles, self._place.secrets
        if draft.replaces != profile.name:
            profiles.check_free(profile.name)
        if secret is None and draft.replaces and draft.replaces != profile.name:
            secret = await asyncio.to_thread(secrets.get, draft.replaces)
        if secret is not None:
            await asyncio.to_thread(secrets.set, profile.name, checked_secret(secret))
        profiles.add(profile, replaces=draft.replaces)
        await self._record(profile, "edited" if draft.replaces else "added")
        self._folder.forget(profile.name)
        self._tell(ProfileSaved(request, profile.name))
        self._tell(ProfilesChanged())

    async def _remove(self, name: str) -> None:
        profile = self._place.profiles.get(name)
        self._place.profiles.remove(name)
        await self._record(profile, "removed")
        self._tell(ProfilesChanged())
        await asyncio.to_thread(self._place.secrets.delete, name)

    async def _test(self, request: str, name: str) -> None:
        await self._check(request, self._place.profiles.get(name), None, name)

    async def _check(
        self, request: str, profile: Profile, secret: str | None, replaces: str
    ) -> None:
        if secret is None and replaces:
            secret = await asyncio.to_thread(self._place.secrets.get, replaces)

        def tell(steps: tuple[CheckStep, ...]) -> None:
            self._tell(ProfileTested(request, profile.name, steps, done=False))

        folder = self._folder
        checked = await check_draft(
            profile, secret, folder.settings, self._place.secrets, folder.clock, tell
        )
        self._tell(ProfileTested(request, profile.name, checked.steps, done=True))

    async def _open(self, name: str) -> None:
        await self._switch(self._place.profiles.get(name))
        self._tell(ProfileOpened(name))
        self._tell(ProfilesChanged())

    async def _record(self, profile: Profile, what: str) -> None:
        operator, now = self._folder.settings.operator, self._folder.clock.now()
        draft = changed_draft(profile, what, operator, now)
        await self._folder.journal.write(Write(records=(draft,)))

    def _tell(self, event: ProfileEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _profile(draft: ProfileDraft) -> Profile:
    return replace(
        Profile(draft.name.strip(), draft.client_id.strip()),
        contract=draft.contract,
        environment=draft.environment,
        region=draft.region.strip(),
        token_url=draft.token_url.strip(),
        api_url=draft.api_url.strip(),
    )
