"""Every file of a sealed trail judged against its checkpoint, the quick way where that is enough.

A closed day is confirmed by the digest of the whole file, as the next file's opening record states
it, and by that record's inclusion in the signed tree. The open day, and everything else where
something does not fit, is judged line by line against the leaf hashes in the tiles; without tiles
all lines together against the root.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from console.domain import audit_words
from console.domain.audit import Verdict, read_timestamp
from console.domain.audit_align import Judged
from console.domain.audit_report import NotProven
from console.domain.audit_rows import (
    RowJudged,
    anchor,
    boundaries_open,
    judge_rows,
    lay_out,
    newest_gone,
    stated_files,
)
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import TileTrouble
from console.domain.tlog.hashes import HASH_SIZE
from console.domain.tlog.tiled_tree import first_difference
from console.store.line_work import Cancelled, LineWorkers, Step, digests
from console.store.seal_reading import SealFolder
from console.store.sealed_tree import Leaves, TiledLeaves, confirmed, tiled
from console.store.trail_files import TrailFile
from console.store.trail_guess import guessed
from console.store.trail_looks import Look, by_line, first_look

# Says of a line, by file, byte offset and content, whether our own queue holds it.
Vouches = Callable[[str, int, bytes], bool]
_NEWEST_GONE: Final = "Sealed records behind the end of this file are gone: the days after it."


@dataclass(frozen=True)
class Judgement:
    """What came out: rows in name order, `looks` by file, what stays open, and the sealed leaves.

    `unsealed` are lines at the end that no checkpoint covers yet. `leaves` is None where neither
    tiles nor lines lead to the signed root.
    """

    rows: tuple[RowJudged, ...]
    looks: dict[str, Look]
    leaves: Leaves | None
    unsealed: int = 0
    newest_gone: bool = False
    notices: tuple[NotProven, ...] = field(default=())

    @property
    def records(self) -> int:
        """How many lines all files have."""
        return sum(look.lines.records for look in self.looks.values())


class SealJudge:
    """Judges `files` by `checkpoint`; `ends` are sizes that the tree had when days were closed."""

    def __init__(
        self,
        files: Sequence[TrailFile],
        folder: SealFolder,
        checkpoint: Checkpoint,
        ends: frozenset[int],
        step: Step,
        cancelled: Cancelled,
        *,
        deep: bool = False,
        vouches: Vouches | None = None,
    ) -> None:
        self._files = files
        self._checkpoint = checkpoint
        self._ends = ends
        self._step = step
        self._cancelled = cancelled
        self._deep = deep
        self._vouches = vouches
        self._tiles = tiled(folder, checkpoint)
        self._workers = LineWorkers()

    def run(self) -> Judgement:
        """Return the judgement; raises Stopped once `cancelled` says so."""
        looks = [first_look(file) for file in self._files]
        if self._tiles is not None:
            try:
                return self._by_tiles(looks, self._tiles)
            except TileTrouble:
                pass  # some tile is of no use: all lines together have to lead to the root
        return self._by_lines(looks, self._tiles)

    def _by_tiles(self, looks: list[Look], leaves: TiledLeaves) -> Judgement:
        if not self._deep:
            looks = self._confirm(looks, leaves)
        looks, unsealed = self._without_unsealed(self._hash(looks))
        return self._laid_out(looks, leaves, unsealed)

    def _by_lines(self, looks: list[Look], tiles: TiledLeaves | None) -> Judgement:
        looks, unsealed = self._without_unsealed(self._hash(looks))
        every = b"".join(look.lines.leaves or b"" for look in looks)
        leaves = confirmed(every, self._checkpoint)
        if leaves is not None:
            judgement = self._laid_out(looks, leaves, unsealed)
            return replace(judgement, notices=(*judgement.notices, audit_words.TILES))
        difference = None if tiles is None else first_difference(tiles.tree, every)
        rows = guessed(looks, self._checkpoint.size, difference)
        return Judgement(
            tuple(rows),
            _by_name(looks, unsealed),
            tiles,
            sum(unsealed.values()),
            notices=(audit_words.TILES,),
        )

    def _laid_out(self, looks: list[Look], leaves: Leaves, unsealed: dict[str, int]) -> Judgement:
        lines = [look.lines for look in looks]
        rows = lay_out(lines, leaves)
        judged = judge_rows(rows, leaves)
        gone = newest_gone(rows, judged, self._ends)
        judged = [self._by_rule(told, look) for told, look in _with_looks(judged, looks)]
        notices = [*_dates(looks)]
        if boundaries_open(rows) and all(_intact(told) for told in judged):
            notices.append(audit_words.BOUNDARIES)
        if gone:
            judged[-1] = replace(judged[-1], why=_NEWEST_GONE)
        return Judgement(
            tuple(judged),
            _by_name(looks, unsealed),
            leaves,
            sum(unsealed.values()),
            gone,
            tuple(notices),
        )

    def _confirm(self, looks: list[Look], leaves: TiledLeaves) -> list[Look]:
        """Take the leaves' work away from files whose digest a sealed record states."""
        stated = stated_files([look.lines for look in looks], leaves)
        todo: dict[str, str] = {}
        for look in looks:
            end, statement = stated.get(look.file.name, (0, None))
            if statement is None or look.lines.trouble or statement.bytes != look.file.size:
                continue
            begin = end - statement.records
            own = anchor(look.lines, leaves)
            if own is None or own == begin:
                todo[look.file.name] = statement.sha256
        files = [(look.file.path, look.file.size) for look in looks if look.file.name in todo]
        found = digests(files, self._step, self._cancelled)
        held = {
            path.name
            for (path, _), hexed in zip(files, found, strict=True)
            if hexed == todo[path.name]
        }
        return [
            replace(
                look,
                lines=replace(look.lines, leaves=None, records=stated[look.file.name][1].records),
            )
            if look.file.name in held
            else look
            for look in looks
        ]

    def _hash(self, looks: list[Look]) -> list[Look]:
        """Hash the lines of every file that is not confirmed yet."""
        todo = [look for look in looks if look.lines.leaves is not None]
        done = by_line(todo, self._step, self._cancelled, self._workers, rule=self._deep)
        hashed = {look.file.name: look for look in done}
        return [hashed.get(look.file.name, look) for look in looks]

    def _without_unsealed(self, looks: list[Look]) -> tuple[list[Look], dict[str, int]]:
        """Set aside the lines at the end that are in no checkpoint yet, where our queue holds them."""
        excess = sum(look.lines.records for look in looks) - self._checkpoint.size
        unsealed: dict[str, int] = {}
        looks = list(looks)
        for number in reversed(range(len(looks))):
            if self._vouches is None or excess <= 0:
                break
            lines = looks[number].lines
            aside = self._held(looks[number], min(excess, lines.records))
            if aside:
                rest = lines.records - aside
                unsealed[lines.name] = aside
                excess -= aside
                kept = (lines.leaves or b"")[: rest * HASH_SIZE]
                looks[number] = replace(
                    looks[number], lines=replace(lines, records=rest, leaves=kept, torn=False)
                )
            if aside < lines.records:
                break
        return looks, unsealed

    def _held(self, look: Look, most: int) -> int:
        """How many of the last lines of a file, at most `most`, our queue holds."""
        if self._vouches is None or look.lines.leaves is None:
            return 0
        held = 0
        for offset, raw in look.newest(most):
            if not self._vouches(look.file.name, offset, raw):
                break
            held += 1
        return held

    def _by_rule(self, told: RowJudged, look: Look | None) -> RowJudged:
        """With `deep`, a sealed line whose compliance hash never held is not passed over."""
        if look is None or look.done is None or not _intact(told) or not look.done.bad:
            return told
        bad = [line for line in look.done.bad if line < look.lines.records]
        if not bad:
            return told
        marks = tuple((line, Verdict.EDITED) for line in bad)
        why = "Sealed as it stands here, with a payload that does not have its hash."
        return replace(told, judged=Judged(Verdict.EDITED, bad[0], marks), why=why)


def _with_looks(
    judged: Sequence[RowJudged], looks: Sequence[Look]
) -> list[tuple[RowJudged, Look | None]]:
    named = _by_name(looks)
    return [(told, named.get(told.name)) for told in judged]


def _by_name(looks: Sequence[Look], unsealed: dict[str, int] | None = None) -> dict[str, Look]:
    """The looks by file; lines that were set aside are counted again."""
    found = {}
    for look in looks:
        aside = (unsealed or {}).get(look.file.name, 0)
        lines = replace(look.lines, records=look.lines.records + aside)
        found[look.file.name] = replace(look, lines=lines)
    return found


def _intact(told: RowJudged) -> bool:
    return told.judged.verdict is Verdict.INTACT


def _dates(looks: Sequence[Look]) -> list[NotProven]:
    """Name the files whose first record is of another day than their name; no verdict by itself."""
    odd = []
    for look in looks:
        at = None if look.record is None else read_timestamp(look.record)
        if at is not None and look.day is not None and at.date() != look.day:
            odd.append(audit_words.dates_differ(look.file.name))
    return odd[:5]
