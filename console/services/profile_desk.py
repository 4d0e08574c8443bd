"""What Settings may ask about connections and preferences: plain methods in, events out.

The window talks to this protocol only; the app fulfils it over the profiles file and the
keyring. A secret goes in through `save` or `try_out` and never comes out again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from console.services.commands import ProfileView


@dataclass(frozen=True)
class ProfileDraft:
    """A profile as typed; `replaces` is the name of the profile being edited, empty for a new one."""

    name: str
    contract: str
    environment: str
    region: str
    client_id: str
    token_url: str
    api_url: str
    replaces: str = ""


@dataclass(frozen=True)
class CheckStep:
    """One step of a connection test: `passed` is None while it runs or where it was not reached."""

    title: str
    passed: bool | None
    text: str = ""
    took_ms: float | None = None


@dataclass(frozen=True)
class ProfilesChanged:
    """The list of profiles or the open one is another than before."""


@dataclass(frozen=True)
class ProfileSaved:
    """What was saved under `request` is on disk, its secret in the keyring."""

    request: str
    name: str


@dataclass(frozen=True)
class ProfileRefused:
    """What was asked under `request` was not done; `field` is an attribute of the draft or empty."""

    request: str
    message: str
    field: str = ""


@dataclass(frozen=True)
class ProfileTested:
    """The steps of a test so far; `done` with the last event of it."""

    request: str
    name: str
    steps: tuple[CheckStep, ...]
    done: bool

    @property
    def passed(self) -> bool:
        """True where every step passed."""
        return self.done and bool(self.steps) and all(step.passed for step in self.steps)


@dataclass(frozen=True)
class ProfileOpened:
    """The window now works on the profile `name`."""

    name: str


ProfileEvent = ProfilesChanged | ProfileSaved | ProfileRefused | ProfileTested | ProfileOpened
ProfileListener = Callable[[ProfileEvent], None]


@dataclass(frozen=True)
class Preferences:
    """What Settings can change; `theme` is light, dark or system, the interval in seconds."""

    theme: str = "system"
    poll_interval_s: float = 3.0


@dataclass(frozen=True)
class About:
    """What Settings tells: `operator_from` says in words where the operator's name comes from."""

    version: str
    data_dir: str
    operator: str
    operator_from: str = ""


class ProfilesDesk(Protocol):
    """Connections and preferences, for the window. No method blocks for network or keyring."""

    def listen(self, listener: ProfileListener) -> Callable[[], None]:
        """Call `listener` with every event; the returned function takes it out again."""

    def list(self) -> tuple[ProfileView, ...]:
        """Every profile, in order of name."""

    def open_profile(self) -> str:
        """The name of the profile the window works on, or empty."""

    def save(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        """Store a profile; None keeps the stored secret. Answered by Saved or Refused."""

    def remove(self, name: str) -> None:
        """Forget a profile and its secret; its jobs and records stay. Answered by Changed."""

    def test(self, request: str, name: str) -> None:
        """Sign in and make one harmless read with a stored profile; answered by Tested."""

    def try_out(self, request: str, draft: ProfileDraft, secret: str | None) -> None:
        """As `test`, for a profile that is not stored; None takes the secret of `replaces`."""

    def open(self, name: str) -> None:
        """Work on another profile; answered by ProfileOpened or ProfileRefused."""

    def preferences(self) -> Preferences:
        """The preferences in force."""

    def keep(self, preferences: Preferences) -> None:
        """Store preferences in settings.toml; a refusal is told with request 'preferences'."""

    def about(self) -> About:
        """Version, data folder and operator."""
