"""Each verdict in a sentence, and what it leaves open: said the same in window, command and report."""

from __future__ import annotations

from typing import Final

from console.domain.audit import Verdict
from console.domain.audit_report import NotProven, TrailReport

SAID: Final = {
    Verdict.INTACT: "Every record is the one that was sealed, at its place, and none is gone.",
    Verdict.EDITED: "A record was changed after it was sealed.",
    Verdict.INSERTED: "A record stands here that was never sealed, or a sealed one a second time.",
    Verdict.MISSING: "Records that were sealed are gone from here.",
    Verdict.REORDERED: "Records do not stand in the order or in the file in which they were sealed.",
    Verdict.TAIL_CUT: "Records that were sealed are gone from the end.",
    Verdict.DAY_MISSING: "A whole day that was sealed is gone.",
    Verdict.DAY_REPLACED: "None of this day's records is one that was sealed for it.",
    Verdict.ROLLED_BACK: "The trail was longer when its checkpoint was last seen.",
    Verdict.FORKED: "The trail is another one than was sealed before: their common part differs.",
    Verdict.OTHER_KEY: "The trail's checkpoint is signed by another key than the trusted one.",
    Verdict.NO_CHECKPOINT: "No signed checkpoint that counts says what the trail held.",
    Verdict.CANNOT_KNOW: "The trail has no seal: by its hashes alone nobody can know.",
    Verdict.UNREADABLE: "This cannot be read, so nothing in it can be checked.",
    Verdict.UNSEALED: "This record is too new to be in a checkpoint; our own queue vouches for it.",
}

CONTENT: Final = NotProven(
    "content",
    "That what the records say is true cannot be proved: only that it was not changed since it"
    " was sealed.",
)
KEY_FOLDER: Final = NotProven(
    "key",
    "Whose key signed the trail is unconfirmed: it is the folder's own. Compare it with the one its"
    " owner tells you, and name it with --key.",
)
KEY_FIRST_SEEN: Final = NotProven(
    "key",
    "Whose key signed the trail is unconfirmed: it is the one that was seen here first. Compare it,"
    " then confirm it with: audit pin.",
)
ROLLBACK: Final = NotProven(
    "rollback",
    "Whether the trail was longer once cannot be told: files and checkpoint may have been set back"
    " together, and this computer has seen no checkpoint of it before.",
)
ROLLBACK_SINCE: Final = NotProven(
    "rollback",
    "Whether records newer than the largest checkpoint known here were sealed and removed again"
    " cannot be told.",
)
TILES: Final = NotProven(
    "tiles",
    "The seal's tiles are missing or damaged: every line was hashed instead. Which record a damage"
    " begins with can then often not be told.",
)
UNSEALED: Final = NotProven(
    "unsealed",
    "The newest records are in no checkpoint yet; they stand in this installation's queue as they"
    " stand here.",
)
NOT_REMEMBERED: Final = NotProven(
    "memory",
    "What was seen of this trail could not be remembered on this computer: the state folder cannot"
    " be written. A later set-back would not be seen.",
)
BOUNDARIES: Final = NotProven(
    "boundaries",
    "In which file records of adopted days stood is said by no record: their order is sealed, the"
    " midnight between them is not.",
)


def dates_differ(file: str) -> NotProven:
    """Say that a file's name and its first record tell of different days."""
    return NotProven(
        "dates",
        f"{file} does not bear the date of its first record. A clock that jumped does that as well.",
    )


def other_origin(origin: str) -> NotProven:
    """Say that another trail stood here when this place was last looked at."""
    return NotProven(
        "origin",
        f"Another trail stood here before, {origin}: that this one continues it is said by nothing"
        " here.",
    )


def proves(report: TrailReport) -> tuple[str, ...]:
    """What the verdict over a whole trail proves, in whole sentences."""
    if report.proved:
        return report.proved
    return tuple(sentence for sentence in _proves(report) if sentence)


def _proves(report: TrailReport) -> tuple[str, ...]:
    if not report.sealed:
        return (SAID[report.verdict],) if report.verdict is not Verdict.INTACT else ()
    assert report.checkpoint is not None
    if not report.intact:
        return (SAID[report.verdict], report.anchored)
    at = f", the last of {report.checkpoint.time}" if report.checkpoint.time else ""
    return (
        SAID[Verdict.INTACT],
        f"The checkpoint of {report.checkpoint.size:,} records{at} is signed and leads to each.",
        report.anchored,
    )
