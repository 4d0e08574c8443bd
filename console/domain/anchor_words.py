"""What anchors outside say about a trail, and what they leave open, in whole sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from console.domain.anchor import Held
from console.domain.audit_report import NotProven

NEVER: Final = "Never anchored outside, as far as is known here."


@dataclass(frozen=True)
class Witness:
    """A checkpoint to compare a trail with: `said` is where it stands.

    `outside` says that others than the holder of the trail's key keep it, or vouch for it; `at` is
    when it came there (aware UTC), None where that is not known.
    """

    size: int
    root: bytes
    said: str
    outside: bool = True
    at: datetime | None = None

    @property
    def states(self) -> str:
        """How a verdict names it."""
        return f"{self.said} states"


def latest(witnesses: Sequence[Witness]) -> Witness | None:
    """The anchor outside that reaches furthest; of equals one whose time is known, the earliest."""
    anchors = [one for one in witnesses if one.outside]
    return min(
        anchors,
        key=lambda one: (-one.size, one.at is None, one.at.timestamp() if one.at else 0.0),
        default=None,
    )


def anchored(witness: Witness | None, told: Held | None) -> str:
    """Say when the trail was last anchored outside; `told` is what our own queue says of it."""
    if witness is not None:
        when = f" {_when(witness.at)}" if witness.at is not None else ""
        return f"Last anchored outside{when}: its first {_many(witness.size)} ({witness.said})."
    if told is not None:
        return (
            f"Last anchored outside {_when(told.at)}, by this console's own word: its first"
            f" {_many(told.size)} ({_place(told)}). Nothing of that is at hand here to compare with."
        )
    return NEVER


def told_last(told: Held) -> str:
    """Say what this console itself knows of its last anchoring, without any proof."""
    return f"Last anchored outside {_when(told.at)}: its first {_many(told.size)} ({_place(told)})."


def key_holder(witness: Witness | None, size: int, when: str) -> NotProven:
    """Say what a holder of the signing key could have rewritten unseen; `when` is `anchored`'s."""
    if witness is None:
        return NotProven(
            "key-holder",
            "What somebody who holds the signing key rewrote and signed again cannot be seen without"
            f" a checkpoint that was kept elsewhere: any of the {_many(size)}. {when}",
        )
    after = size - witness.size
    if not after:
        return NotProven(
            "key-holder",
            "What somebody who holds the signing key does from here on cannot be told; up to here an"
            f" anchor covers every record. {when}",
        )
    rest = f"the last {_many(after)}, from number {witness.size:,} on (counted from 0),"
    return NotProven(
        "key-holder",
        f"Somebody who holds the signing key could have rewritten {rest} and"
        f" signed them again: no anchor covers them. {when}",
    )


def unread(why: str) -> NotProven:
    """Say that anchors could not be looked at."""
    return NotProven("anchors", f"Anchors could not be looked at: {why.rstrip('.')}.")


def other_keys(count: int, place: str) -> NotProven:
    """Say that an anchor names this trail and no key of it has signed it."""
    files = "1 checkpoint" if count == 1 else f"{count:,} checkpoints"
    return NotProven(
        "anchors",
        f"In {place} {files} of this very trail bear the signature of a key that does not count for"
        " it, and were left out. Ask whose key that is: who replaces a trail may have lacked the"
        " real one.",
    )


def unstamped(why: str, *, named: bool) -> NotProven:
    """Say why time stamps beside the seal do not count."""
    if not named:
        text = (
            "Time stamps lie beside the seal; their signatures were not checked, because no"
            " certificates of a time stamper are named (setting anchor_tsa_ca)."
        )
    else:
        told = f" ({why.rstrip('.')})" if why else ""
        text = f"Checkpoints that were to be time-stamped lie beside the seal without one that holds{told}."
    return NotProven("time-stamp", text)


def _place(held: Held) -> str:
    words = {"folder": "the folder ", "time-stamp": "a time stamp by "}
    return words.get(str(held.kind), "") + held.place


def _when(at: datetime) -> str:
    return f"on {at:%Y-%m-%d} at {at:%H:%M} UTC"


def _many(number: int) -> str:
    return "1 record" if number == 1 else f"{number:,} records"
