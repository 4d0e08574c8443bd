"""The verdict over a trail by its seal: which checkpoint counts, what each file is, what stays open.

Nothing is written in the opened folder. What is remembered of a trail goes into the pin book, and
only where nothing speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from console.domain import anchor_words, audit_words
from console.domain.anchor import ANCHORED_KEY, AnchorState
from console.domain.anchor_words import Witness
from console.domain.audit import Verdict
from console.domain.audit_report import RULE_HASH, NotProven, TrailReport
from console.domain.audit_trust import (
    Pin,
    Seal,
    SealRead,
    largest,
    open_given,
    open_seal,
    read_keys,
    stated_origin,
)
from console.domain.errors import BadInput, EnvironmentProblem
from console.domain.tlog.errors import NotSigned, SealError
from console.domain.tlog.keys import VerifierKey
from console.store.anchor_agreed import Agreed
from console.store.anchor_folder import FoundNote
from console.store.anchor_reading import AnchorPlaces, opened_of, states_origin
from console.store.audit_files import day_of
from console.store.evidence_handover import named_keys
from console.store.outbox_reader import OutboxLines
from console.store.pins import PinBook
from console.store.seal_reading import SealFolder
from console.store.seal_report import (
    compared,
    only_file,
    pin_of,
    sealed_report,
    without_checkpoint,
    without_seal,
)
from console.store.trail_files import NotATrail, TrailFile, find_trail
from console.store.trail_judge import Judgement, SealJudge
from console.store.trail_looks import first_look
from console.store.trail_reader import Progress, TrailReader, never, steps, unheard

_TRIES: Final = 5


@dataclass(frozen=True)
class Demands:
    """What a person asks of a verification.

    `key` is the only one to trust, `against` a checkpoint that was held elsewhere, as read, or a
    whole folder of them; `deep` judges every compliance hash too, `rule` 'hash' nothing else.
    """

    key: VerifierKey | None = None
    against: bytes | tuple[FoundNote, ...] | None = None
    deep: bool = False
    rule: str | None = None


@dataclass(frozen=True)
class Memory:
    """What is known outside the folder: the pins, and the data folder of this installation.

    Without a pin book nothing was seen before, and nothing is kept. `anchors` are the places of
    this installation that keep checkpoints.
    """

    pins: PinBook | None = None
    own: Path | None = None
    anchors: AnchorPlaces = field(default_factory=AnchorPlaces)
    agreed: Agreed = field(default_factory=Agreed)

    def of_origin(self, origin: str | None) -> tuple[Pin, ...]:
        """Return the pins of a trail."""
        return self.pins.of_origin(origin) if self.pins is not None and origin else ()

    def at_path(self, root: Path) -> tuple[Pin, ...]:
        """Return the pins of what stood at a place."""
        return self.pins.at_path(root) if self.pins is not None else ()

    def owns(self, root: Path) -> bool:
        """True where `root` is this installation's own live trail."""
        return self.own is not None and root == (self.own / "audit").resolve()


class TrailVerifier:
    """Judges the trail at `path` as a person demands; raises NotATrail where there is none."""

    def __init__(
        self,
        path: Path,
        memory: Memory,
        demands: Demands | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._path = path
        self._memory = memory
        self._demands = demands or Demands()
        self._now = now
        self._seen: tuple[Path, Seal] | None = None

    def run(
        self, progress: Progress = unheard, cancelled: Callable[[], bool] = never
    ) -> TrailReport:
        """Return the verdict; raises Stopped once `cancelled` says so."""
        root, single = self._root()
        if self._demands.rule == RULE_HASH:
            return TrailReader.open(self._path).verify(progress, cancelled)
        outbox = OutboxLines(root.parent) if self._memory.owns(root) else None
        report = self._once(root, outbox, progress, cancelled)
        for _ in range(_TRIES if outbox is not None else 0):
            if report.intact:
                break
            # Our own trail may have grown between the look at its checkpoint and that at its lines.
            before = report
            outbox = OutboxLines(root.parent)
            report = self._once(root, outbox, progress, cancelled)
            if (report.checkpoint, report.records) == (before.checkpoint, before.records):
                break
        return report if single is None else only_file(report, single)

    def confirm(self) -> Pin | None:
        """Remember what the last run judged as confirmed by a person; None where no key counted.

        Raises EnvironmentProblem where it cannot be remembered.
        """
        if self._seen is None or self._memory.pins is None:
            return None
        root, seal = self._seen
        return self._memory.pins.remember(pin_of(root, seal, self._now(), confirmed=True))

    def _root(self) -> tuple[Path, str | None]:
        """The trail's folder, and the one file of it that was asked for; or a file without one."""
        try:
            root, _ = find_trail(self._path)
        except NotATrail:
            # A seal whose files are all gone is a trail, and not an intact one.
            root, _ = find_trail(self._path, may_be_empty=True)
            if not SealFolder(root).read().there and not self._memory.owns(root):
                raise
        if root.is_file() and day_of(root.name) and SealFolder(root.parent).read().there:
            return root.parent, root.name
        return root, None

    def _once(
        self,
        root: Path,
        outbox: OutboxLines | None,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> TrailReport:
        folder = SealFolder(root)
        # Before the day files: they may have grown since, but never shrunk.
        files = folder.read() if root.is_dir() else SealRead()
        _, found = find_trail(root, may_be_empty=True)
        pins = self._memory.of_origin(stated_origin(files))
        seal = open_seal(files, pins, self._demands.key, named=named_keys(found, folder))
        if seal.checkpoint is None:
            return self._by_hash(root, files, seal, found, progress, cancelled)
        judge = SealJudge(
            found,
            folder,
            seal.checkpoint,
            frozenset(kept.size for kept in seal.kept),
            steps(progress, sum(file.size for file in found)),
            cancelled,
            deep=self._demands.deep,
            vouches=None if outbox is None else outbox.vouches,
        )
        judgement = judge.run()
        assert seal.key is not None
        keys = tuple(dict.fromkeys((seal.key, *read_keys(files.keys))))
        anchors = self._memory.anchors.of(root, seal.checkpoint.origin, keys)
        given, problem, why = self._given(seal, keys)
        anchors = replace(anchors, witnesses=(*given, *anchors.witnesses))
        if problem is None:
            problem, why = self._against(seal, anchors.witnesses, judgement)
        report = sealed_report(seal, judgement, problem, why)
        furthest = anchor_words.latest(anchors.witnesses)
        told = None if outbox is None else AnchorState.from_text(outbox.lasting(ANCHORED_KEY)).last
        report = replace(report, anchored=anchor_words.anchored(furthest, told))
        covered = furthest if problem is None and judgement.leaves is not None else None
        open_ = [*report.not_proven, *self._open(root, seal, report), *anchors.notices]
        open_.append(anchor_words.key_holder(covered, seal.checkpoint.size, report.anchored))
        if problem is None and judgement.leaves is not None:
            open_ += self._remember(root, seal)
        return replace(report, not_proven=tuple(open_))

    def _given(
        self, seal: Seal, keys: Sequence[VerifierKey]
    ) -> tuple[tuple[Witness, ...], Verdict | None, str]:
        """What a person gave to compare with, or the verdict where no key that counts signed it."""
        assert seal.checkpoint is not None
        given, origin = self._demands.against, seal.checkpoint.origin
        if isinstance(given, bytes):
            try:
                states = open_given(given, seal, keys)
            except NotSigned:
                return (), Verdict.OTHER_KEY, "The checkpoint given is signed by another key."
            except SealError as error:
                why = f"The checkpoint given cannot be used: {error}"
                raise BadInput(why, "against") from error
            if states.origin != origin:
                why = "The checkpoint given is of another trail than this one."
                return (), Verdict.FORKED, why
            return (Witness(states.size, states.root, "the checkpoint given"),), None, ""
        if given is None:
            return (), None, ""
        ours = [one for one in given if states_origin(one, origin)]
        opened = [
            (one, found) for one in ours if (found := opened_of(one, origin, keys)) is not None
        ]
        if opened:
            given_ones = [
                Witness(found.size, found.root, f"the checkpoint {one.path.name} given", at=one.at)
                for one, found in opened
            ]
            stamped, _ = self._memory.anchors.stamp_on(opened, [])
            return (*given_ones, *([] if stamped is None else [stamped])), None, ""
        if ours:
            return (), Verdict.OTHER_KEY, "The checkpoints given are signed by another key."
        raise BadInput("None of the checkpoints given is of this trail", "against")

    def _against(
        self, seal: Seal, witnesses: Sequence[Witness], judgement: Judgement
    ) -> tuple[Verdict | None, str]:
        """Compare with every checkpoint that is known from elsewhere or before."""
        assert seal.checkpoint is not None
        left = self._memory.agreed.left(seal.checkpoint, witnesses, judgement.leaves)
        held = [(one.size, one.root, one.states) for one in left]
        pin = largest(seal.pins)
        if pin is not None:
            when = f"it had when this computer last saw it ({pin.seen})"
            held.append((pin.size, bytes.fromhex(pin.root), when))
        held += [(old.size, old.root, "an older checkpoint beside it states") for old in seal.kept]
        problem, why = compared(seal.checkpoint, held, judgement.leaves)
        if problem is None and judgement.leaves is not None:
            self._memory.agreed.keep(seal.checkpoint, witnesses)
        return problem, why

    def _open(self, root: Path, seal: Seal, report: TrailReport) -> Iterator[NotProven]:
        """What stays open because of the key, and because of what was never seen."""
        pin = largest(seal.pins)
        if seal.trust == "folder":
            yield audit_words.KEY_FOLDER
        elif seal.trust == "pinned" and not any(pin.confirmed for pin in seal.pins):
            yield audit_words.KEY_FIRST_SEEN
        known = pin is not None or self._demands.against is not None
        yield audit_words.ROLLBACK_SINCE if known else audit_words.ROLLBACK
        if report.unsealed:
            yield audit_words.UNSEALED
        assert seal.checkpoint is not None
        others = {other.origin for other in self._memory.at_path(root)}
        for origin in sorted(others - {seal.checkpoint.origin}):
            yield audit_words.other_origin(origin)

    def _remember(self, root: Path, seal: Seal) -> list[NotProven]:
        """Pin what was seen; where that is impossible it is told, and no reason to fail."""
        self._seen = (root, seal)
        if self._memory.pins is None:
            return []
        try:
            self._memory.pins.remember(pin_of(root, seal, self._now()))
        except EnvironmentProblem:
            return [audit_words.NOT_REMEMBERED]
        return []

    def _by_hash(
        self,
        root: Path,
        files: SealRead,
        seal: Seal,
        found: Sequence[TrailFile],
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> TrailReport:
        """Without a checkpoint that counts a hash that fails is all that can be known."""
        report = TrailReader(root, found).verify(progress, cancelled)
        if not found and not files.there:
            return report  # our own trail, before its first record
        asked = self._demands.key is not None or self._demands.against is not None
        ours = any(first_look(file).lines.opening is not None for file in found)
        expected = files.there or files.trouble or asked or ours
        if expected or self._memory.at_path(root):
            return without_checkpoint(report, seal)
        return without_seal(report)
