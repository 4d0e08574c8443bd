"""The judgement over a whole trail: each file, the whole, the first bad line, what stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from console.domain.audit import Verdict

RULE_HASH: Final = "hash"
RULE_SEAL: Final = "seal"


@dataclass(frozen=True)
class BadLine:
    """A line that is not intact: `line` from 1 in its file, `index` from 0 over the whole trail."""

    line: int
    index: int
    code: Verdict
    why: str


@dataclass(frozen=True)
class FileReport:
    """One file's verdict; `why` says in words what is wrong, '' where nothing is."""

    file: str
    verdict: Verdict
    records: int
    first_bad: BadLine | None = None
    why: str = ""
    bad: int = 0


@dataclass(frozen=True)
class NotProven:
    """Something that this judgement leaves open, as a stable code and a sentence."""

    code: str
    text: str


ORDER_UNKNOWN: Final = NotProven(
    "order",
    "Whether records were put in another order cannot be told: each hash covers its own payload.",
)
COMPLETENESS_UNKNOWN: Final = NotProven(
    "completeness",
    "Whether records or whole days were removed or added cannot be told without a seal.",
)
FIELDS_UNKNOWN: Final = NotProven(
    "fields",
    "Whether a timestamp or an event type was edited cannot be told: the hash covers the"
    " payload alone.",
)
AUTHOR_UNKNOWN: Final = NotProven(
    "author",
    "Whether somebody edited a payload and computed its hash again cannot be told: the hash"
    " has no key.",
)
HASH_RULE_LEAVES_OPEN: Final = (
    ORDER_UNKNOWN,
    COMPLETENESS_UNKNOWN,
    FIELDS_UNKNOWN,
    AUTHOR_UNKNOWN,
)


@dataclass(frozen=True)
class SealedAt:
    """The checkpoint that a trail was judged by: `root` in base64 as it stands there, `key` as text.

    `time` is that of the last sealed record, ISO 8601, None where it cannot be read.
    """

    size: int
    root: str
    key: str
    time: str | None = None


@dataclass(frozen=True)
class PinnedAt:
    """What this computer remembers of the trail from before: the largest checkpoint it has seen."""

    size: int
    root: str
    key: str
    seen: str
    confirmed: bool


@dataclass(frozen=True)
class TrailReport:
    """The verdict over a trail; `bad` counts the lines that are not intact, missing ones too.

    `why` says what is wrong with the seal as a whole, '' where nothing is. `marks` name the lines
    by position that are not as sealed (at most 10,000 of them); every other one below `judged` is.
    The last `unsealed` lines are in no checkpoint yet. `anchored` says in a sentence when the trail
    was last anchored outside, '' where nothing is sealed. `proved` says what this kind of
    judgement proves where that is not what it is of a whole trail.
    """

    verdict: Verdict
    files: tuple[FileReport, ...]
    records: int
    bad: int
    first_bad: BadLine | None
    not_proven: tuple[NotProven, ...] = HASH_RULE_LEAVES_OPEN
    rule: str = RULE_HASH
    counts: dict[Verdict, int] = field(default_factory=dict)
    checkpoint: SealedAt | None = None
    key_trust: str = "folder"
    pinned: PinnedAt | None = None
    why: str = ""
    marks: Mapping[int, Verdict] = field(default_factory=dict)
    unsealed: int = 0
    proved: tuple[str, ...] = ()
    anchored: str = ""

    @property
    def intact(self) -> bool:
        """True where nothing speaks against the trail under this rule."""
        return self.verdict is Verdict.INTACT

    @property
    def sealed(self) -> bool:
        """True where a checkpoint that counts was there to judge by."""
        return self.rule == RULE_SEAL and self.checkpoint is not None

    @property
    def summary(self) -> str:
        """One sentence a person understands."""
        files = _many(len(self.files), "file")
        if self.intact:
            told = _many(self.records, "record")
            if self.rule == RULE_HASH:
                return f"Intact by the hash rule: every hash of {told} in {files} holds."
            waiting = ""
            if self.unsealed:
                told = _many(self.records - self.unsealed, "record")
                waiting = f"; {_many(self.unsealed, 'record')} not yet sealed"
            return f"Intact: {told} in {files}, as sealed and in their order{waiting}."
        if self.why:
            return self.why
        told = f"{_many(self.bad, 'line')} of {self.records} in {files} not intact"
        first = next(report for report in self.files if report.verdict is not Verdict.INTACT)
        if first.first_bad is None:
            return f"{told}; {first.file}: {first.why}"
        why = f" {first.why}" if self.rule == RULE_SEAL else ""
        return f"{told}; the first: line {first.first_bad.line} of {first.file}.{why}"

    def to_json(self) -> dict[str, Any]:
        """Return the document of `audit verify --json`."""
        sealed, pinned = self.checkpoint, self.pinned
        return {
            "verdict": str(self.verdict),
            "files": [_file_json(report) for report in self.files],
            "records": self.records,
            "checkpoint": None
            if sealed is None
            else {
                "size": sealed.size,
                "root": sealed.root,
                "key": sealed.key,
                "time": sealed.time,
            },
            "keyTrust": self.key_trust,
            "pinned": None
            if pinned is None
            else {
                "size": pinned.size,
                "root": pinned.root,
                "key": pinned.key,
                "seen": pinned.seen,
                "confirmed": pinned.confirmed,
            },
            "notProven": [{"code": open_.code, "text": open_.text} for open_ in self.not_proven],
        }


def judge(files: tuple[FileReport, ...], counts: dict[Verdict, int]) -> TrailReport:
    """Return the verdict over `files`: that of the first file that is not intact."""
    damaged = [report for report in files if report.verdict is not Verdict.INTACT]
    return TrailReport(
        verdict=damaged[0].verdict if damaged else Verdict.INTACT,
        files=files,
        records=sum(report.records for report in files),
        bad=sum(report.bad for report in files),
        first_bad=next((r.first_bad for r in damaged if r.first_bad is not None), None),
        counts=counts,
    )


def _file_json(report: FileReport) -> dict[str, Any]:
    bad = report.first_bad
    return {
        "file": report.file,
        "verdict": str(report.verdict),
        "records": report.records,
        "firstBad": None
        if bad is None
        else {"line": bad.line, "index": bad.index, "code": str(bad.code)},
    }


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
