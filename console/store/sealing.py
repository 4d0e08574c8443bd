"""How a trail's seal goes on at start, after a crash, under another key, and where it is damaged.

What is on the disk is compared with what the queue's database remembers (`SealedPoint`): a person
who may change the folder cannot change both without a trace. A damaged trail is never repaired in
place: the tree goes on from the hashes that were sealed; where even these are lost, a new origin
begins whose first record names the old checkpoint.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from console.domain.audit import EventType
from console.domain.records import RecordDraft
from console.domain.tlog.checkpoint import OpenedCheckpoint
from console.domain.tlog.errors import SealError
from console.domain.tlog.hashes import HASH_SIZE, leaf_hash
from console.domain.tlog.keys import SigningKey, VerifierKey
from console.domain.tlog.tree import root_of
from console.store.adoption import finish, named_note, put_in_place
from console.store.audit_files import PlannedLine, day_files, trouble_told
from console.store.audit_keys import AuditKeys, ChosenKey
from console.store.audit_log import AuditLog, Head
from console.store.audit_recovery import missing_draft
from console.store.seal import Seal, SealedPoint
from console.store.seal_place import ends_there, locate, scan

ORIGIN: Final = "cxone-audit/"
_ADOPTED: Final = b'"event_type": "AUDIT_TRAIL_ADOPTED"'
_TOLD: Final[dict[str, tuple[str, ...]]] = {
    "earlier-version": ("The records written before this version are sealed from now on.",),
    "adopted": (),
}
_SEAL_LOST: Final = (
    "The seal of the audit trail could not be continued: a new one begins with what is there, and"
    " names the old one. Ask who changed the folder."
)


@dataclass(frozen=True)
class Resumed:
    """Where the seal stands now: the first `covered` rows of the outbox are in it.

    `drafts` are records to make about it, `notices` say it to the operator. With `unsigned` the
    checkpoint on the disk is not the one of `point` and must be signed even without new lines.
    """

    point: SealedPoint
    covered: int = 0
    drafts: tuple[RecordDraft, ...] = ()
    notices: tuple[str, ...] = ()
    unsigned: bool = False


class Sealing:
    """The seal of one audit folder with its keys; every method but `prepare` under `trail.lock`."""

    def __init__(self, log: AuditLog, keys: AuditKeys, identity: Callable[[], str]) -> None:
        self._log = log
        self._keys = keys
        self._seal = Seal(log.folder)
        self._identity = identity
        self._chosen: tuple[bytes | None, ChosenKey] | None = None
        self._warnings: list[str] = []
        self._asked: dict[str, str] = {}
        self._doubted = False
        self.point: SealedPoint | None = None
        """Up to where this process has sealed, or found the trail sealed."""

    @property
    def stands(self) -> bool:
        """True while nobody else has sealed or written since this process did."""
        point = self.point
        with trouble_told(self._log.folder):
            known = point is not None and self._seal.stands
        return known and point is not None and self._log.ends_at(point.file, point.offset)

    def prepare(self, point: SealedPoint | None) -> None:
        """Have the key at hand before the lock is taken: the keyring may take long to answer.

        Raises KeyUnavailable.
        """
        key = None if point is None else point.key
        last = None if key is None else key.public_key
        if self._chosen is None or self._chosen[0] != last:
            chosen = self._keys.choose(last)
            if chosen.warning:
                self._warnings.append(chosen.warning)
            self._chosen = (last, chosen)

    def renew(self, reason: str, operator: str) -> tuple[bytes, bytes]:
        """Make a new key, which the next `resume` hands over to; returns the present and the new.

        Raises KeyUnavailable. `hold` takes it back as long as nothing is signed with it.
        """
        assert self._chosen is not None
        assert self.point is not None
        assert self.point.key is not None
        present = self._chosen[1].seed
        seed = self._keys.renew(present)
        self._chosen = (self.point.key.public_key, ChosenKey(seed))
        self._asked = {"reason": reason, "operator": operator}
        return present, seed

    def hold(self) -> None:
        """What the queue remembers decides again which key signs."""
        self._chosen, self._asked = None, {}

    def drop(self) -> None:
        """Forget where this process has sealed: what the queue remembers and the disk hold decides."""
        self.point = None
        self._seal.forget()

    def check(self) -> None:
        """A person says that the disk is well again."""
        self._seal.check()
        self._doubted = True

    def head(self) -> Head | None:
        """Where the next line goes, and what its day's first record says of the tree."""
        point = self.point
        return None if point is None else Head(point.file, point.offset, self._seal.tree_after)

    def extend(self, lines: Sequence[PlannedLine]) -> None:
        """Seal `lines`, which are on the disk behind `point`; raises TrailTrouble."""
        if lines:
            assert self.point is not None
            self._seal.extend(lines)
            self.point = self.point.after(lines, self._seal.root)

    def sign(self) -> None:
        """Sign what is sealed once more."""
        self._seal.sign()

    def resume(
        self, point: SealedPoint | None, rows: Sequence[PlannedLine], now: datetime
    ) -> Resumed:
        """Take the seal up where it stands; `rows` is the outbox, in order.

        Raises KeyUnavailable, or TrailTrouble where files cannot be read or written.
        """
        self._seal.refuse_closed()
        self.prepare(point)
        assert self._chosen is not None
        key = self._chosen[1]
        with trouble_told(self._log.folder):
            if point is not None and point.size:
                finish(self._log.folder)
                staged = None
            else:
                staged = put_in_place(self._log.folder)
            if staged is not None:
                found = self._adopted(key, rows, now, "adopted", staged.checkpoint, staged.newline)
            elif point is None:
                found = self._first(key, rows, now)
            else:
                found = self._again(key, point, rows, now)
        warnings, self._warnings = tuple(self._warnings), []
        self.point = found.point
        # What was not confirmed once may stand in memory alone, and reads as if it were on the disk.
        unsigned = found.unsigned or (self._doubted and found.point.size > 0)
        return replace(found, notices=(*warnings, *found.notices), unsigned=unsigned)

    def resumed(self) -> None:
        """The records about a change of keys are sealed: from now on the new key signs alone."""
        assert self.point is not None
        assert self._chosen is not None
        self._doubted = False
        self._seal.sign_as(self.point.origin, [self._chosen[1].signer(self.point.origin)])

    # -- a trail that the queue knows nothing of -------------------------------------------------

    def _first(self, key: ChosenKey, rows: Sequence[PlannedLine], now: datetime) -> Resumed:
        note = self._seal.files.checkpoint()
        if note is None and not any(size for _, size in day_files(self._log.folder)):
            point = self._new_point(key)
            self._seal.rebuild(b"")
            self._seal.sign_as(point.origin, [key.signer(point.origin)])
            return Resumed(point)
        why = "earlier-version" if note is None else "queue-lost"
        return self._adopted(key, rows, now, why, named_note(note))

    def _adopted(
        self,
        key: ChosenKey,
        rows: Sequence[PlannedLine],
        now: datetime,
        why: str,
        old: dict[str, Any] | None,
        newline: dict[str, str] | None = None,
    ) -> Resumed:
        """Begin a new origin over the lines as they are; what came before them is named, not vouched for."""
        recovery = self._log.recover(rows, now)
        files = scan(self._log.folder)
        self._seal.files.put_away()
        self._seal.rebuild(b"".join(file.leaves for file in files))
        point = self._new_point(key)
        if files:
            last = files[-1]
            point = replace(
                point,
                size=self._seal.size,
                root=self._seal.root,
                file=last.name,
                offset=last.size,
            )
        self._seal.sign_as(point.origin, [key.signer(point.origin)])
        lost = [draft for draft in recovery.drafts if "lostBytes" in draft.payload]
        draft = adopted_draft([file.named() for file in files], why, old, now, newline)
        notices = (*recovery.notices, *_TOLD.get(why, (_SEAL_LOST,)))
        return Resumed(point, len(recovery.found), (draft, *lost), notices, unsigned=True)

    def _new_point(self, key: ChosenKey) -> SealedPoint:
        origin = f"{ORIGIN}{uuid.uuid4()}"
        vkey = key.signer(origin).verifier.text
        return SealedPoint(origin, keys=(vkey,), folder=self._identity())

    # -- a trail that the queue knows ------------------------------------------------------------

    def _again(
        self, key: ChosenKey, point: SealedPoint, rows: Sequence[PlannedLine], now: datetime
    ) -> Resumed:
        ours = key.signer(point.origin).verifier
        signed = self._seal.opened([ours, *(VerifierKey.from_text(text) for text in point.keys)])
        there = signed is not None and signed.checkpoint.origin == point.origin
        size, root = point.size, point.root
        if signed is not None and there and signed.checkpoint.size >= size:
            size, root = signed.checkpoint.size, signed.checkpoint.root
        if not self._taken_up(size, root):
            old = replace(point, size=size, root=root).named()
            covered = min(size - point.size, len(rows))
            found = self._adopted(key, rows[covered:], now, "seal-lost", old)
            return replace(found, covered=covered + found.covered)
        covered = self._covered(point, size, rows)
        drafts: list[RecordDraft] = []
        notices: list[str] = []
        sealed = replace(point.after(rows[:covered], root), size=size, root=root)
        sealed = self._placed(sealed, drafts, notices, now)
        unsigned = signed is None or not there or signed.checkpoint.size != size
        if unsigned and size and not any(_ADOPTED in row.line[:120] for row in rows):
            drafts.append(_unsigned_draft(signed, now))
            notices.append(
                "The checkpoint of the audit trail was missing, older or not of this console. It is"
                " signed again from what the console remembers; ask who changed the folder."
            )
        sealed = self._under(key, sealed, signed, drafts, notices, now)
        unsigned = unsigned or sealed.origin != point.origin
        return Resumed(sealed, covered, tuple(drafts), tuple(notices), unsigned and bool(size))

    def _taken_up(self, size: int, root: bytes) -> bool:
        """Have the tree of `size` leaves in memory: it is, from its tiles, or from the lines."""
        seal = self._seal
        if seal.known and seal.stands and (seal.size, seal.root) == (size, root):
            return True
        if seal.load(size, root):
            return True
        leaves = b"".join(file.leaves for file in scan(self._log.folder))[: size * HASH_SIZE]
        if len(leaves) != size * HASH_SIZE or root_of(leaves) != root:
            return False
        seal.rebuild(leaves)
        return True

    def _covered(self, point: SealedPoint, size: int, rows: Sequence[PlannedLine]) -> int:
        """How many rows, from the first, are among the `size` sealed lines."""
        beyond = size - point.size
        if beyond > len(rows):  # the database is older than the trail: are they the same lines?
            try:
                for number, row in enumerate(rows, point.size):
                    if self._seal.leaf(number, size) != leaf_hash(row.line[:-1]):
                        return 0
            except SealError:
                return 0
        return min(beyond, len(rows))

    def _placed(
        self,
        sealed: SealedPoint,
        drafts: list[RecordDraft],
        notices: list[str],
        now: datetime,
    ) -> SealedPoint:
        """The point with the place where its last line really ends."""
        folder = self._log.folder
        if ends_there(folder, sealed.file, sealed.offset, self._seal.last_leaf):
            return sealed
        found = locate(folder, self._seal.leaves(sealed.size))
        if found.missing is None:
            notices.append(
                "Sealed records of the audit trail are not where they were. They stay as they are;"
                " verify the trail to see which."
            )
        else:
            first, end = found.missing
            drafts.append(missing_draft(sealed.file, found.missing, now))
            notices.append(
                f"{end - first} sealed records are gone from the end of the audit trail (numbers"
                f" {first} to {end - 1}). Every later check says so; ask who removed them."
            )
        return replace(sealed, file=found.file, offset=found.offset)

    def _under(
        self,
        key: ChosenKey,
        point: SealedPoint,
        signed: OpenedCheckpoint | None,
        drafts: list[RecordDraft],
        notices: list[str],
        now: datetime,
    ) -> SealedPoint:
        """The point under this folder's origin and the key at hand, with what there is to record."""
        before, after = point, point
        if point.folder != self._identity():
            after = self._new_point(key)
            after = replace(point, origin=after.origin, keys=after.keys, folder=after.folder)
            drafts.insert(0, adopted_draft([], "folder-copied", before.named(), now))
        new = key.signer(after.origin)
        signers = [new]
        old = before.key
        if signed is not None and new.verifier.public_key not in {
            one.public_key for one in signed.signed_by
        }:
            seed = self._keys.find(signed.signed_by[0].public_key)
            if seed is not None:
                signers.append(SigningKey(after.origin, seed))
        if old is not None and old.public_key != new.verifier.public_key:
            both = len(signers) > 1
            drafts.append(_key_draft(old, new.verifier, now, self._asked, both=both))
            notices.append(
                "The audit trail is signed with another key from now on"
                + ("." if both else ": the one before is not at hand.")
            )
            if after.origin == before.origin:
                after = replace(after, keys=(new.verifier.text, *after.keys))
        self._seal.sign_as(after.origin, signers)
        return after


def adopted_draft(
    files: list[dict[str, Any]],
    why: str,
    old: dict[str, Any] | None,
    now: datetime,
    newline: dict[str, str] | None = None,
) -> RecordDraft:
    """The record with which an origin begins over lines that it has not sealed itself.

    `newline` is the file whose last line got its end, with its digest before that.
    """
    payload: dict[str, Any] = {"files": files, "why": why, "checkpoint": old}
    payload["decidedAt"] = _iso(now)
    if newline is not None:
        payload["newlineAdded"] = newline
    return RecordDraft(EventType.AUDIT_TRAIL_ADOPTED, payload)


def _key_draft(
    old: VerifierKey, new: VerifierKey, now: datetime, asked: dict[str, str], *, both: bool
) -> RecordDraft:
    payload = {"from": old.text, "to": new.text, "signedByBoth": both, "decidedAt": _iso(now)}
    payload |= asked  # who asked for it and why; nothing where a key was found to be another
    return RecordDraft(EventType.AUDIT_KEY_CHANGED, payload)


def _unsigned_draft(signed: OpenedCheckpoint | None, now: datetime) -> RecordDraft:
    found = None
    if signed is not None:
        checkpoint = signed.checkpoint
        found = {
            "origin": checkpoint.origin,
            "size": checkpoint.size,
            "root": checkpoint.root.hex(),
        }
    payload = {
        "tornSha256": None,
        "bytes": 0,
        "movedTo": None,
        "missing": None,
        "checkpoint": found,
        "decidedAt": _iso(now),
    }
    return RecordDraft(EventType.AUDIT_RECOVERED, payload)


def _iso(now: datetime) -> str:
    return now.astimezone(UTC).isoformat()
