"""What is at hand of a trail's anchors when it is judged: files elsewhere, and its time stamps.

Everything read here is hostile until one of the trail's keys is seen to have signed it; a folder
that cannot be read holds nothing. Nothing is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from console.domain import anchor_words
from console.domain.anchor import STAMP_SUFFIX, SUFFIX
from console.domain.anchor_words import Witness
from console.domain.audit_report import NotProven
from console.domain.errors import BadInput, Refusal
from console.domain.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from console.domain.tlog.errors import SealError
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import parse_note
from console.store.anchor_folder import MOST_READ, AnchorFolder, FoundNote, read_small
from console.store.anchor_stamp import TimeStamps, anchors_of, read_authorities, verified

_STAMPS_TRIED: Final = 20
_NUMBER: Final = re.compile(r"\.[0-9]{1,2}$")


@dataclass(frozen=True)
class AnchorsFound:
    """Checkpoints that stand elsewhere, and what of them could not be used."""

    witnesses: tuple[Witness, ...] = ()
    notices: tuple[NotProven, ...] = ()


@dataclass(frozen=True)
class AnchorPlaces:
    """Where this installation keeps anchors: a folder elsewhere, and whom it believes as stamper."""

    folder: Path | None = None
    authorities: Path | None = None
    trouble: str = ""

    def of(self, audit: Path, origin: str, keys: Sequence[VerifierKey]) -> AnchorsFound:
        """Return what there is of the trail in the folder `audit`; never raises."""
        notices: list[NotProven] = []
        if self.trouble:
            notices.append(anchor_words.unread(self.trouble))
        witnesses = list(self._in_folder(origin, keys, notices))
        witnesses += self._stamped(audit, origin, keys, notices)
        return AnchorsFound(tuple(witnesses), tuple(notices))

    def _in_folder(
        self, origin: str, keys: Sequence[VerifierKey], notices: list[NotProven]
    ) -> Iterator[Witness]:
        if self.folder is None:
            return
        if not self.folder.is_dir():
            notices.append(anchor_words.unread(f"The folder {self.folder} is not there"))
        others = 0
        for found in AnchorFolder(self.folder).notes():
            opened = opened_of(found, origin, keys)
            if opened is not None:
                yield Witness(opened.size, opened.root, f"the folder {self.folder}", at=found.at)
            elif states_origin(found, origin):
                others += 1
        if others:
            notices.append(anchor_words.other_keys(others, str(self.folder)))

    def _stamped(
        self, audit: Path, origin: str, keys: Sequence[VerifierKey], notices: list[NotProven]
    ) -> Iterator[Witness]:
        """Yield every stamped checkpoint to compare with; of the largest the stamp is checked."""
        folder = anchors_of(audit)
        found = [
            (one, opened)
            for one in folder.notes()
            if (opened := opened_of(one, origin, keys)) is not None
        ]
        if not found:
            return
        witness, why = self.stamp_on(found, notices)
        if witness is not None:
            yield witness
        # Signed by the trail's own key: to be compared, although nobody outside vouches for the time.
        for _, states in found:
            yield Witness(
                states.size, states.root, "a checkpoint kept for its stamp", outside=False
            )
        if witness is None:
            notices.append(anchor_words.unstamped(why, named=bool(self.authorities)))

    def stamp_on(
        self, found: Sequence[tuple[FoundNote, Checkpoint]], notices: list[NotProven]
    ) -> tuple[Witness | None, str]:
        """The first of some checkpoints, the largest first, beside which a time stamp of it holds.

        Also why an earlier one did not; of very many the first twenty are tried.
        """
        stamps = TimeStamps(Path(), self._authorities(notices))
        why = ""
        for note, states in found[:_STAMPS_TRIED]:
            beside = AnchorFolder(note.path.parent).stamps(note.path)
            stamp, why_not = verified(stamps, beside, note.note)
            why = why or why_not
            if stamp is not None and stamp.checked:
                said = f"a time stamp by {stamp.authority or 'an authority without a name'}"
                return Witness(states.size, states.root, said, at=stamp.at), why
        return None, why

    def _authorities(self, notices: list[NotProven]) -> tuple[Any, ...]:
        if self.authorities is None:
            return ()
        try:
            return read_authorities(self.authorities)
        except BadInput as error:
            notices.append(anchor_words.unread(str(error)))
            return ()


def opened_of(found: FoundNote, origin: str, keys: Sequence[VerifierKey]) -> Checkpoint | None:
    """The checkpoint in a file if it is of this trail and one of its keys signed it."""
    return _opened(found.note, origin, tuple(keys))


@lru_cache(4 * MOST_READ)
def _opened(note: bytes, origin: str, keys: tuple[VerifierKey, ...]) -> Checkpoint | None:
    """A window asks about the same notes again and again, and each signature costs."""
    try:
        return open_checkpoint(note, keys, origin).checkpoint
    except SealError:
        return None


def states_origin(found: FoundNote, origin: str) -> bool:
    """True where a file states something about this trail, whoever signed it."""
    try:
        return parse_checkpoint(parse_note(found.note).text).origin == origin
    except SealError:
        return False


def given_stamp(file: Path, places: AnchorPlaces) -> tuple[FoundNote, ...]:
    """Return the checkpoint that a time stamp's file is of; raises BadInput where that holds not."""
    stem = _NUMBER.sub("", file.name.removesuffix(STAMP_SUFFIX))
    path = file.with_name(f"{stem}{SUFFIX}")
    note = next((one for one in AnchorFolder(file.parent).notes() if one.path == path), None)
    answer = read_small(file)
    if note is None or answer is None:
        missing = file if note is not None else path
        raise BadInput(
            f"{missing} cannot be read: a time stamp and its checkpoint belong together", "against"
        )
    if places.authorities is None:
        raise BadInput(
            "Whose time stamps are believed is not set: name their certificates in anchor_tsa_ca",
            "against",
        )
    try:
        TimeStamps(Path(), read_authorities(places.authorities)).check(answer, note.note, None)
    except Refusal as error:
        raise BadInput(f"The time stamp {file} cannot be used: {error}", "against") from error
    return (note,)


def given_folder(folder: Path) -> tuple[FoundNote, ...]:
    """Return what a folder that a person named holds; raises BadInput where that is nothing."""
    notes = tuple(AnchorFolder(folder).notes())
    if not notes:
        raise BadInput(
            f"There is no checkpoint in {folder}: their files' names end with .checkpoint",
            "against",
        )
    return notes
