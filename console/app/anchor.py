"""Anchoring outside, wired: the places that the settings name, for a sender and for a command."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.app.place import Place as DataPlace
from console.app.running import run
from console.config import BadSetting, Paths, Settings, UnusableFolder, load_settings
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.tlog.note import parse_note
from console.domain.values import FieldError, checked_text
from console.services.anchor import Anchoring, Outcome, refused
from console.services.anchor_places import FolderPlace, Place, Post, StampPlace, UrlPlace
from console.services.events import Notice
from console.store.anchor_folder import AnchorFolder
from console.store.anchor_head import TrailHead
from console.store.anchor_reading import AnchorPlaces
from console.store.anchor_stamp import TimeStamps, read_authorities
from console.store.outbox import SEALED
from console.store.seal import SealedPoint

if TYPE_CHECKING:
    from console.app.folder import Folder
    from console.cxone.anchor_post import AnchorPost

MAX_REASON: Final = 1000


class Anchors:
    """What hands out the checkpoint of one open folder; `close` it after."""

    def __init__(self, folder: Folder, sends: Callable[[], bool] = lambda: True) -> None:
        """Raises BadInput where a setting names a place that cannot be one."""
        self._post = _post(folder)
        paths, settings = folder.place.paths, folder.settings
        places = places_of(settings, paths, self._post)
        self.service = Anchoring(
            places,
            TrailHead(paths.audit_dir, folder.ledger.value),
            folder.ledger,
            folder.journal,
            folder.clock,
            folder.hub,
            folder.tasks,
            timedelta(minutes=settings.anchor_minutes),
            sends,
        )
        self.places: Sequence[Place] = places

    async def close(self) -> None:
        """Close every socket."""
        await self._post.close()


class SenderAnchors:
    """Anchoring beside a sender: starts with it, ends with it, and is never in its way."""

    def __init__(self, folder: Folder, sends: Callable[[], bool]) -> None:
        self._folder = folder
        self._task: asyncio.Task[None] | None = None
        self._anchors: Anchors | None = None
        try:
            self._anchors = Anchors(folder, sends)
        except BadInput as error:
            text = f"The trail is not anchored outside: {error}"
            folder.hub.tell(Notice("warning", text, "not-anchored"))

    @property
    def places(self) -> Sequence[Place]:
        """Who is set up to keep checkpoints."""
        return () if self._anchors is None else self._anchors.places

    async def hand_now(self, operator: str) -> list[Outcome]:
        """Hand the checkpoint to every place because a person says so; see `Anchoring.hand_now`."""
        return [] if self._anchors is None else await self._anchors.service.hand_now(operator)

    def start(self) -> None:
        """Begin to look what is due."""
        if self._anchors is not None:
            self._task = self._folder.tasks.start(self._anchors.service.run(), "anchors")

    async def stop(self, grace_s: float) -> None:
        """End what is under way, at most `grace_s` seconds; who has not taken it gets it next time."""
        if self._anchors is None:
            return
        self._anchors.service.stop()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=grace_s)
            self._task.cancel()
            await asyncio.wait({self._task})
        await self._anchors.close()


@dataclass(frozen=True)
class Anchored:
    """What `audit anchor` came to: the checkpoint, and each place's outcome."""

    origin: str
    size: int
    root: str
    outcomes: tuple[Outcome, ...]

    @property
    def refused(self) -> Outcome | None:
        """The outcome that decides the exit code where not all took it."""
        return refused(self.outcomes)

    def to_json(self) -> dict[str, Any]:
        """The document of `audit anchor --json`."""
        return {
            "origin": self.origin,
            "size": self.size,
            "root": self.root,
            "places": [
                {
                    "kind": str(one.place.kind),
                    "place": one.place.name,
                    "anchored": one.held is not None,
                    "at": None if one.held is None else one.held.at.isoformat(),
                    "error": None if one.error is None else str(one.error),
                    **one.facts,
                }
                for one in self.outcomes
            ],
        }


def anchor(data_dir: str | None) -> Anchored:
    """Hand the present checkpoint of the own trail to every configured place.

    Raises BadInput where none is configured or one cannot be a place, ConsoleError where nothing
    is recorded yet.
    """
    from console.app.folder import opened

    place = DataPlace.find(data_dir)

    async def work(_: asyncio.Event) -> Anchored:
        async with opened(place) as folder:
            anchors = Anchors(folder)
            if not anchors.places:
                raise BadInput(nowhere(place.paths), "anchor_folder")
            await folder.journal.settle()
            try:
                outcomes = await anchors.service.hand_now(folder.operator.name)
            finally:
                await anchors.close()
            return _came_to(folder, outcomes)

    return run(work)


def nowhere(paths: Paths) -> str:
    """What to do where no place is configured."""
    return (
        "No place outside is configured. Set anchor_folder, anchor_url or anchor_tsa_url in"
        f" {paths.settings_file}"
    )


def _came_to(folder: Folder, outcomes: Sequence[Outcome]) -> Anchored:
    held = next((one.held for one in outcomes if one.held is not None), None)
    if held is not None:
        return Anchored(held.origin, held.size, held.root, tuple(outcomes))
    outgoing = TrailHead(folder.place.paths.audit_dir, folder.ledger.value)()
    assert outgoing is not None
    states = outgoing.states
    return Anchored(states.origin, states.size, states.root.hex(), tuple(outcomes))


def places_of(settings: Settings, paths: Paths, post: Post) -> list[Place]:
    """Return the places that the settings name; raises BadInput naming the setting."""
    from console.cxone.anchor_post import checked_address
    from console.cxone.settings import host_of

    places: list[Place] = []
    if settings.anchor_folder:
        folder = folder_of(settings, paths)
        places.append(FolderPlace(str(folder), AnchorFolder(folder).put, Aside(str(folder))))
    if settings.anchor_url:
        url = checked_address(settings.anchor_url, "anchor_url")
        places.append(UrlPlace(url, host_of(url), post))
    if settings.anchor_tsa_url:
        url = checked_address(settings.anchor_tsa_url, "anchor_tsa_url")
        named = settings.anchor_tsa_ca
        trusted = read_authorities(_absolute(named, "anchor_tsa_ca")) if named else ()
        stamps = TimeStamps(paths.audit_dir, trusted)
        places.append(StampPlace(url, host_of(url), post, stamps, Aside("The data folder")))
    return places


def folder_of(settings: Settings, paths: Paths) -> Path:
    """The anchor folder; BadInput where it lies where the trail does."""
    folder = _absolute(settings.anchor_folder, "anchor_folder")
    if folder.resolve().is_relative_to(paths.data_dir.resolve()):
        raise BadInput(
            f"anchor_folder: {folder} lies in the data folder. Who can rewrite the trail could"
            " rewrite it as well; name a folder elsewhere",
            "anchor_folder",
        )
    return folder


def at_hand(paths: Paths) -> AnchorPlaces:
    """Where a verification finds anchors of this installation; bad settings are told by it."""
    try:
        settings = load_settings(paths.settings_file).settings
        folder = folder_of(settings, paths) if settings.anchor_folder else None
        named = settings.anchor_tsa_ca
        return AnchorPlaces(folder, _absolute(named, "anchor_tsa_ca") if named else None)
    except (BadSetting, BadInput, UnusableFolder) as error:
        return AnchorPlaces(trouble=str(error))


def _absolute(text: str, setting: str) -> Path:
    try:
        path = Path(text).expanduser()
    except RuntimeError as error:  # ~ of a user who does not exist
        raise BadInput(f"{setting}: {text} cannot be found", setting) from error
    if not path.is_absolute():
        raise BadInput(f"{setting}: {text} is no whole path; begin with / or ~", setting)
    return path


@dataclass(frozen=True)
class KeyRotated:
    """What `audit rotate-key` came to: both verifier keys, and the checkpoint both have signed."""

    old: str
    new: str
    size: int
    signed_by_both: bool

    def to_json(self) -> dict[str, Any]:
        """The document of `audit rotate-key --json`."""
        return {
            "from": self.old,
            "to": self.new,
            "size": self.size,
            "signedByBoth": self.signed_by_both,
        }


def rotate_key(data_dir: str | None, reason: str) -> KeyRotated:
    """Sign the own trail with a new key from now on; raises BadInput without a reason."""
    from console.app.folder import opened

    reason = checked_reason(reason)
    place = DataPlace.find(data_dir)

    async def work(_: asyncio.Event) -> KeyRotated:
        async with opened(place) as folder:
            await folder.journal.settle()
            await folder.journal.rotate_key(reason, folder.operator.name)
            return _rotated(folder)

    return run(work)


def checked_reason(reason: str) -> str:
    """The reason for a new key as it goes on record; raises BadInput."""
    try:
        text = checked_text(reason).strip()
    except FieldError as error:
        raise BadInput(f"The reason cannot be used: {error}", "reason") from error
    if not text or len(text) > MAX_REASON:
        raise BadInput(
            f"A reason for the new key is needed, at most {MAX_REASON} characters: it goes on record",
            "reason",
        )
    return text


def _rotated(folder: Folder) -> KeyRotated:
    point = SealedPoint.from_text(folder.ledger.value(SEALED) or "")
    outgoing = TrailHead(folder.place.paths.audit_dir, folder.ledger.value)()
    assert outgoing is not None
    new, old = point.keys[:2]
    both = len(parse_note(outgoing.note).signatures) > 1
    return KeyRotated(old, new, outgoing.states.size, both)


class Aside:
    """Runs work on a disk of somebody else on a thread that nobody waits for at the end.

    A share whose server is gone blocks for ever, and takes no new work until it answers.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._busy = False

    async def __call__(self, work: Callable[..., Any], *args: Any) -> Any:
        """Return what `work` does; raises EnvironmentProblem while an earlier call hangs."""
        if self._busy:
            raise EnvironmentProblem(f"{self._name} still does not answer")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()

        def settle(result: Any, error: Exception | None) -> None:
            if future.done():  # nobody waits any more
                return
            if error is not None:
                future.set_exception(error)
            else:
                future.set_result(result)

        def do() -> None:
            result, error = None, None
            try:
                result = work(*args)
            except Exception as trouble:  # noqa: BLE001 - this thread's owner hands it on
                error = trouble
            self._busy = False
            with suppress(RuntimeError):  # the program has ended meanwhile
                loop.call_soon_threadsafe(settle, result, error)

        self._busy = True
        threading.Thread(target=do, name="anchor", daemon=True).start()
        return await future


def _post(folder: Folder) -> AnchorPost:
    from console.cxone.anchor_post import AnchorPost

    def context() -> ssl.SSLContext:
        from console.cxone.tls import make_ssl_context

        ca_file = folder.settings.ca_file
        return make_ssl_context(Path(ca_file) if ca_file else None)

    return AnchorPost(folder.clock, context)
