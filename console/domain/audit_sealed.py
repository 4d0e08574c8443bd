"""One record in the light of its trail's seal: its verdict, what that proves and what it does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from console.domain.audit import Verdict
from console.domain.audit_report import TrailReport
from console.domain.audit_view import RecordDetail
from console.domain.audit_words import SAID

_PROVES: Final = {
    Verdict.INTACT: (
        "This line is byte for byte the one that was sealed here: payload, time and type.",
        "It stands between the records between which it was sealed.",
    ),
    Verdict.EDITED: ("What stands here is not the record that was sealed at this place.",),
    Verdict.INSERTED: (
        "This line was not sealed at this place: it was written without the key, or copied here.",
    ),
    Verdict.REORDERED: ("This record was sealed, but at another place or in another file.",),
    Verdict.TAIL_CUT: ("The end of this record is gone.",),
    Verdict.UNSEALED: (SAID[Verdict.UNSEALED],),
    Verdict.CANNOT_KNOW: (
        "The payload has the hash that was written beside it.",
        "Something in this file is not as sealed; the damaged seal no longer tells what.",
    ),
}
_DOES_NOT_PROVE: Final = {
    Verdict.INTACT: (
        "That what it says is true: only that it was not changed since it was sealed.",
        "Who sealed it, beyond the key that is named with the trail's verdict.",
    ),
    Verdict.EDITED: ("Who changed it, when, and what stood here before.",),
    Verdict.INSERTED: ("Who wrote it, and when.",),
    Verdict.REORDERED: ("Who moved it, and when.",),
    Verdict.TAIL_CUT: ("Whether a person cut it or the computer stopped in the middle of it.",),
    Verdict.UNSEALED: ("That nobody changed it since it was written: its seal follows shortly.",),
    Verdict.CANNOT_KNOW: ("That this record is as it was sealed.",),
}


def sealed_verdict(report: TrailReport, position: int, file: str, by_hash: Verdict) -> Verdict:
    """Return the verdict on the record at `position` in `file`, whose hash alone says `by_hash`.

    Records that came after the report keep what their hash says.
    """
    if not report.sealed or position >= report.records:
        return by_hash
    mark = report.marks.get(position)
    if mark is not None:
        return mark
    if position >= report.records - report.unsealed:
        return Verdict.UNSEALED
    if by_hash is not Verdict.INTACT:
        return by_hash
    told = next((each for each in report.files if each.file == file), None)
    if told is not None and told.verdict is not Verdict.INTACT and told.first_bad is None:
        return Verdict.CANNOT_KNOW
    return Verdict.INTACT


def sealed_detail(detail: RecordDetail, report: TrailReport) -> RecordDetail:
    """Return the detail with what the seal says of this record."""
    row = detail.row
    if row.verdict is None or not report.sealed or not 0 <= row.position < report.records:
        return detail
    verdict = sealed_verdict(report, row.position, row.file, row.verdict)
    if verdict not in _PROVES:
        return detail
    by_hash = detail.proves[1:] if row.verdict is not Verdict.INTACT else ()
    return replace(
        detail,
        row=replace(row, verdict=verdict),
        proves=_PROVES[verdict] + by_hash,
        does_not_prove=_DOES_NOT_PROVE[verdict],
    )
