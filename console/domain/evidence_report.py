"""The verdict over an evidence bundle, in words that fit a part of a trail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from console.domain.audit import Verdict
from console.domain.audit_report import NotProven, TrailReport

SELECTION: Final = NotProven(
    "selection",
    "Which other records stand between these and after them: the bundle holds the ones that somebody"
    " chose.",
)
KEY_BUNDLE: Final = NotProven(
    "key",
    "Whose key signed is unconfirmed: it is the one that lies in the bundle. Compare it with the one"
    " that the trail's owner tells you, and name it with --key.",
)
NOT_COMPARED: Final = NotProven(
    "against",
    "Whether this belongs to the same history as a checkpoint known from elsewhere: the bundle"
    " holds no proof of that size.",
)
KEY_HOLDER: Final = NotProven(
    "key-holder",
    "What somebody who holds the signing key rewrote and signed again cannot be seen without a"
    " checkpoint that was kept elsewhere.",
)
HISTORY_SEALED: Final = NotProven(
    "history",
    "What the queue's history tells is the exporter's own word; it was sealed when the bundle was"
    " made and not changed since.",
)
HISTORY_OPEN: Final = NotProven(
    "history",
    "What the queue's history tells is the exporter's own word, and sealed by nothing.",
)


def key_followed(key: str) -> NotProven:
    """Say that a sealed record hands over from the key that counts to another."""
    return NotProven(
        "key-changed",
        f"The checkpoint is signed by {key}, to which the trusted key handed over in a sealed record.",
    )


def places_open(records: int) -> NotProven:
    """Say of how many records no sealed record here tells the file."""
    many = "one of the records" if records == 1 else f"{records:,} of the records"
    return NotProven(
        "places",
        f"In which file {many} stood is said by no sealed record here; their order is sealed.",
    )


@dataclass(frozen=True)
class BundleReport(TrailReport):
    """A `TrailReport` on records that somebody chose."""

    @property
    def summary(self) -> str:
        """One sentence a person understands."""
        if not self.intact:
            return self.why
        assert self.checkpoint is not None
        many = "1 record is" if self.records == 1 else f"{self.records:,} records are"
        return (
            f"Intact: {many} byte for byte as sealed, each at its place among the first"
            f" {self.checkpoint.size:,} of the trail."
        )


def proved(verdict: Verdict, why: str, size: int, disclosed: int) -> tuple[str, ...]:
    """Say what a bundle proves whose checkpoint is of `size` records, with values of so many jobs."""
    if verdict is not Verdict.INTACT:
        return (why,)
    told = [
        "Every record here is the one that was sealed at its place in the trail.",
        f"The checkpoint of {size:,} records is signed and leads to each of them.",
    ]
    if disclosed:
        jobs = "1 job" if disclosed == 1 else f"{disclosed:,} jobs"
        told.append(f"The values disclosed of {jobs} are the ones that were sealed.")
    return tuple(told)
