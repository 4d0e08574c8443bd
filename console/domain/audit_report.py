"""The judgement over a whole trail: each file, the whole, the first bad line, what stays open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from console.domain.audit import Verdict

RULE_HASH: Final = "hash"


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
class TrailReport:
    """The verdict over a trail by the hash rule; `bad` counts the lines that are not intact."""

    verdict: Verdict
    files: tuple[FileReport, ...]
    records: int
    bad: int
    first_bad: BadLine | None
    not_proven: tuple[NotProven, ...] = HASH_RULE_LEAVES_OPEN
    rule: str = RULE_HASH
    counts: dict[Verdict, int] = field(default_factory=dict)

    @property
    def intact(self) -> bool:
        """True where nothing speaks against the trail under this rule."""
        return self.verdict is Verdict.INTACT

    @property
    def summary(self) -> str:
        """One sentence a person understands."""
        files = _many(len(self.files), "file")
        if self.intact:
            return (
                f"Intact by the hash rule: every hash of {_many(self.records, 'record')} in"
                f" {files} holds."
            )
        told = f"{_many(self.bad, 'line')} of {self.records} in {files} not intact"
        first = next(report for report in self.files if report.verdict is not Verdict.INTACT)
        if first.first_bad is not None:
            return f"{told}; the first: line {first.first_bad.line} of {first.file}."
        return f"{told}; {first.file}: {first.why}"

    def to_json(self) -> dict[str, Any]:
        """Return the document of `audit verify --json`."""
        return {
            "verdict": str(self.verdict),
            "files": [_file_json(report) for report in self.files],
            "records": self.records,
            "checkpoint": None,
            "keyTrust": "folder",
            "pinned": None,
            "notProven": [{"code": open_.code, "text": open_.text} for open_ in self.not_proven],
            "rule": self.rule,
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
