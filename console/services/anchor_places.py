"""The places outside that keep a checkpoint, each as one deed: a folder, an address, a time stamper."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from console.domain.anchor import Outgoing, PlaceKind

NOTE_TYPE: Final = "text/plain; charset=utf-8"
QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"

Aside = Callable[..., Awaitable[Any]]
"""Runs blocking work (a disk of somebody else may hang for ever) where nobody waits at the end."""
Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[bytes]]
"""POSTs a body once; returns the answer's body. Raises CallError, or BadInput for the address."""


class Place(Protocol):
    """Somebody outside who keeps checkpoints; `name` says who, without secrets."""

    kind: PlaceKind
    name: str
    key: str

    async def hand(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """Hand the checkpoint over; returns what belongs on record besides.

        Raises only ConsoleErrors: EnvironmentProblem and NotSent where it was not reached, others
        where it said no or what came back does not hold.
        """


@dataclass(frozen=True)
class Asked:
    """A request for a time stamp; `query` is what is sent, `nonce` must come back."""

    query: bytes
    nonce: int | None


@dataclass(frozen=True)
class Stamp:
    """What a time stamper signed: that it saw the note at `at` (aware UTC, its own clock).

    `authority` is the signer's name as it calls itself. `checked` is True where its signature leads
    to a trusted certificate; False where nobody named one, and then nothing here is proved.
    """

    at: datetime
    authority: str
    serial: int
    policy: str
    checked: bool


class Stamps(Protocol):
    """Makes requests for time stamps, checks and keeps the answers; blocking."""

    def ask(self, note: bytes) -> Asked: ...
    def check(self, answer: bytes, note: bytes, nonce: int | None) -> Stamp:
        """Raises Refusal where the stamper said no or the stamp does not hold."""

    def keep(self, outgoing: Outgoing, answer: bytes) -> str:
        """Put note and stamp beside the seal; returns the stamp's file name."""


class FolderPlace:
    """A folder elsewhere: one file a checkpoint, never replaced by a different one."""

    kind = PlaceKind.FOLDER

    def __init__(self, name: str, put: Callable[[Outgoing], str], aside: Aside) -> None:
        """`put` writes and returns the file's name."""
        self.name = name
        self.key = _key(self.kind, name)
        self._put = put
        self._aside = aside

    async def hand(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """See `Place`."""
        return {"file": await self._aside(self._put, outgoing)}


class UrlPlace:
    """An address that takes the note's text by POST; any 2xx is a yes."""

    kind = PlaceKind.URL

    def __init__(self, url: str, name: str, post: Post) -> None:
        self.name = name
        self.key = _key(self.kind, url)
        self._url = url
        self._post = post

    async def hand(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """See `Place`."""
        await self._post(self._url, outgoing.note, {"Content-Type": NOTE_TYPE})
        return {}


class StampPlace:
    """A time stamper (RFC 3161 over HTTP): signs that it saw the note's digest, and when."""

    kind = PlaceKind.STAMP

    def __init__(self, url: str, name: str, post: Post, stamps: Stamps, aside: Aside) -> None:
        self.name = name
        self.key = _key(self.kind, url)
        self._url = url
        self._post = post
        self._stamps = stamps
        self._aside = aside

    async def hand(self, outgoing: Outgoing) -> Mapping[str, Any]:
        """See `Place`."""
        asked: Asked = await self._aside(self._stamps.ask, outgoing.note)
        headers = {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        answer = await self._post(self._url, asked.query, headers)
        stamp: Stamp = await self._aside(self._stamps.check, answer, outgoing.note, asked.nonce)
        file = await self._aside(self._stamps.keep, outgoing, answer)
        return {
            "file": file,
            "stampedAt": stamp.at.isoformat(),
            "serial": str(stamp.serial),
            "policy": stamp.policy,
            "authority": stamp.authority,
            "signatureChecked": stamp.checked,
            "stampSha256": hashlib.sha256(answer).hexdigest(),
        }


def _key(kind: PlaceKind, address: str) -> str:
    """What a place is known by; an address may hold a secret, so its digest stands for it."""
    return f"{kind}:{hashlib.sha256(address.encode()).hexdigest()[:16]}"
