"""A profiles desk in memory: refuses what the real one would, answers tests when told to."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from console.services.commands import ProfileView
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

PASSED = (
    CheckStep("Sign in", True, "Token for 60 minutes", 212.0),
    CheckStep("Read the instances", True, "23 running", 87.0),
)
REFUSED = (
    CheckStep("Sign in", False, "401: the client secret is wrong. Enter it again.", 198.0),
    CheckStep("Read the instances", None, "not reached"),
)


def profile(name: str = "main", **changes: object) -> ProfileView:
    view = ProfileView(
        name=name,
        contract="workflow-api",
        environment="production",
        region="us-2",
        client_id="console-app",
        token_url="https://us-2.auth.cxone.com/v1/oauth2/token",
        api_url="https://us-2.api.cxone.com",
        has_secret=True,
    )
    return dataclasses.replace(view, **changes)  # type: ignore[arg-type]


class FakeProfiles:
    """`ProfilesDesk` in memory; `secrets` is what went into the keyring."""

    def __init__(self, *profiles: ProfileView, opened: str = "") -> None:
        self.profiles = {view.name: view for view in profiles}
        self.secrets: dict[str, str] = {}
        self.asked: list[tuple[object, ...]] = []
        self.kept = Preferences()
        self._open = opened
        self._listeners: list[ProfileListener] = []

    def tell(self, event: ProfileEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)

    @property
    def listeners(self) -> int:
        return len(self._listeners)

    def listen(self, listener: ProfileListener) -> Callable[[], None]:
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def list(self) -> tuple[ProfileView, ...]:
        return tuple(sorted(self.profiles.values(), key=lambda view: view.name))

    def open_profile(self) -> str:
        return self._open

    def save(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        if " " in draft.name:
            text = "A profile's name has no spaces."
            self.tell(ProfileRefused(request, text, "name"))
            return
        if secret == "no keyring":
            self.tell(ProfileRefused(request, "This computer has no keyring. Start one."))
            return
        if draft.replaces:
            self.profiles.pop(draft.replaces, None)
        if secret is not None:
            self.secrets[draft.name] = secret
        values = {k: v for k, v in dataclasses.asdict(draft).items() if k != "replaces"}
        self.profiles[draft.name] = ProfileView(**values, has_secret=True)
        self.tell(ProfilesChanged())
        self.tell(ProfileSaved(request, draft.name))

    def remove(self, name: str) -> None:
        self.profiles.pop(name)
        self.tell(ProfilesChanged())

    def test(self, request: str, name: str) -> None:
        self.asked.append(("test", request, name))

    def try_out(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        self.asked.append(("try_out", request, draft, secret))

    def answer(self, steps: tuple[CheckStep, ...], *, done: bool = True) -> None:
        """Answer the last test that was asked for."""
        _, request, what, *_ = self.asked[-1]
        name = what.name if isinstance(what, ProfileDraft) else str(what)
        self.tell(ProfileTested(str(request), name, steps, done))

    def open(self, name: str) -> None:
        self._open = name
        self.tell(ProfileOpened(name))

    def preferences(self) -> Preferences:
        return self.kept

    def keep(self, preferences: Preferences) -> None:
        self.kept = preferences

    def about(self) -> About:
        return About("0.2.0", "/srv/op/cxone-console", "op-north", "From your account.")
