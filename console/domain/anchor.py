"""Anchors: the trail's checkpoint, handed to somebody outside who keeps it.

Who holds the signing key can rewrite the trail and sign it again, and nothing in the trail shows it.
A checkpoint that stands elsewhere does: up to its size nobody can change a record unseen.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from console.domain.audit import EventType
from console.domain.records import RecordDraft
from console.domain.tlog.checkpoint import Checkpoint

ANCHORED_KEY: Final = "anchored"
SUFFIX: Final = ".checkpoint"
STAMP_SUFFIX: Final = ".tsr"
OWN_KEPT: Final = 200
"""How many of our own records about anchors are remembered by their place in the trail."""
FIRST_WAIT: Final = timedelta(minutes=1)
LONGEST_WAIT: Final = timedelta(hours=1)
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9.-]")


class PlaceKind(StrEnum):
    """What sort of place keeps a checkpoint."""

    FOLDER = "folder"
    URL = "url"
    STAMP = "time-stamp"


@dataclass(frozen=True)
class Outgoing:
    """A checkpoint on its way out: the signed note exactly as it stands, and what it states."""

    note: bytes
    states: Checkpoint


@dataclass(frozen=True)
class Held:
    """What a place is known to hold: the largest checkpoint it took, and when (aware UTC)."""

    kind: PlaceKind
    place: str
    origin: str
    size: int
    root: str
    at: datetime


@dataclass(frozen=True)
class AnchorState:
    """What was handed out so far, by a place's key, and which leaves are our own records about it.

    Kept in the queue's database: an anchoring is itself a record, so without `own` each would be the
    reason for the next one, for ever.
    """

    held: Mapping[str, Held] = field(default_factory=dict)
    own: frozenset[int] = frozenset()

    @property
    def last(self) -> Held | None:
        """The latest."""
        return max(self.held.values(), key=lambda held: held.at, default=None)

    def taken(self, key: str, held: Held) -> AnchorState:
        """The state once the place `key` holds `held`."""
        return AnchorState({**self.held, key: held}, self.own)

    def with_own(self, leaves: Iterable[int]) -> AnchorState:
        """The state with further leaves that are our own records about anchors."""
        return AnchorState(self.held, frozenset(sorted({*self.own, *leaves})[-OWN_KEPT:]))

    def new_for(self, key: str, states: Checkpoint) -> bool:
        """True where something else than our own anchoring happened since `key` took a checkpoint."""
        held = self.held.get(key)
        if held is None or held.origin != states.origin or held.size > states.size:
            return states.size > 0
        return any(leaf not in self.own for leaf in range(held.size, states.size))

    def to_text(self) -> str:
        """The state as it is stored."""
        held = {
            key: {**vars(one), "kind": str(one.kind), "at": one.at.isoformat()}
            for key, one in self.held.items()
        }
        return json.dumps({"held": held, "own": sorted(self.own)})

    @classmethod
    def from_text(cls, text: str | None) -> AnchorState:
        """Read what `to_text` gave; nothing known where it is none."""
        try:
            value = json.loads(text or "{}")
            held = {
                key: Held(
                    PlaceKind(one["kind"]),
                    str(one["place"]),
                    str(one["origin"]),
                    int(one["size"]),
                    str(one["root"]),
                    datetime.fromisoformat(one["at"]).astimezone(UTC),
                )
                for key, one in value.get("held", {}).items()
            }
            return cls(held, frozenset(int(leaf) for leaf in value.get("own", ())))
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def due(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """True where a place is to get what is new: the time is over, or a UTC day was closed.

    `last` is when it got something, None for never; `every` of zero means at each day's close alone.
    """
    if last is None or now < last:  # a clock that went back tells nothing about the time since
        return True
    return now.date() > last.date() or (bool(every) and now - last >= every)


def wait_after(failures: int) -> timedelta:
    """How long a place is left in peace after so many failures in a row: a minute, doubling."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 10)), LONGEST_WAIT)


def file_stem(states: Checkpoint) -> str:
    """The name under which a place keeps a checkpoint, without its ending: safe on every disk."""
    return f"{_UNSAFE.sub('_', states.origin)[:120]}-{states.size}"


def anchored(held: Held, facts: Mapping[str, Any], operator: str | None = None) -> RecordDraft:
    """The record that a place outside took a checkpoint; `operator` is who asked, None: nobody."""
    payload: dict[str, Any] = {
        "kind": str(held.kind),
        "place": held.place,
        "origin": held.origin,
        "size": held.size,
        "root": held.root,
        "decidedAt": held.at.isoformat(),
        **facts,
    }
    if operator is not None:
        payload["operator"] = operator
    return RecordDraft(EventType.AUDIT_ANCHORED, payload)
