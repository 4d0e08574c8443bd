"""The writer of a trail's seal: grows the tree by what was appended, and signs what it comes to.

The caller holds `trail.lock`. Order of one seal: tiles, then the checkpoint, which alone makes them
count; so a crash anywhere leaves the checkpoint before or the one after, each with its tiles.
"""

from __future__ import annotations

import copy
import errno
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Self

from console.domain.tlog.checkpoint import (
    Checkpoint,
    OpenedCheckpoint,
    open_checkpoint,
    parse_checkpoint,
)
from console.domain.tlog.errors import SealError
from console.domain.tlog.hashes import EMPTY_ROOT, HASH_SIZE, leaf_hash, leaf_hashes
from console.domain.tlog.keys import SigningKey, VerifierKey
from console.domain.tlog.note import parse_note
from console.domain.tlog.tiles import WIDTH, Tile, TileEdge, read_tile
from console.store.audit_files import (
    PlannedLine,
    TrailSyncFailed,
    TrailTrouble,
    TrailWriteFailed,
    told,
)
from console.store.seal_files import SealFiles

EXPORTED: Final = b'"event_type": "AUDIT_EXPORTED"'
_SIGNATURE: Final = "\n\N{EM DASH} ".encode()
_HEAD: Final = 120  # timestamp and event type stand at a line's beginning


@dataclass(frozen=True)
class SealedPoint:
    """Up to where a trail is sealed, as the queue's database remembers it outside the folder.

    `size` leaves under `root` end at byte `offset` of `file` (a name; '' where there are none).
    `keys` are the verifier keys it was signed with, newest first. `folder` is the identity of the
    data folder it was sealed in.
    """

    origin: str
    size: int = 0
    root: bytes = EMPTY_ROOT
    file: str = ""
    offset: int = 0
    keys: tuple[str, ...] = ()
    folder: str = ""

    @property
    def key(self) -> VerifierKey | None:
        """The key that signed last."""
        return VerifierKey.from_text(self.keys[0]) if self.keys else None

    def after(self, lines: Sequence[PlannedLine], root: bytes) -> SealedPoint:
        """The point once `lines` are sealed too, under `root`."""
        if not lines:
            return self
        end, size = lines[-1], self.size + len(lines)
        return replace(self, size=size, root=root, file=end.file, offset=end.end)

    def named(self) -> dict[str, Any]:
        """How a record names the checkpoint of this point."""
        return {"origin": self.origin, "size": self.size, "root": self.root.hex()}

    def to_text(self) -> str:
        """The point as it is stored."""
        return json.dumps({**vars(self), "root": self.root.hex()})

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` gave."""
        values = json.loads(text)
        values |= {"root": bytes.fromhex(values["root"]), "keys": tuple(values["keys"])}
        return cls(**values)


class Seal:
    """The sealed tree of one audit folder, its end kept in memory between two batches."""

    def __init__(self, audit: Path) -> None:
        self.files = SealFiles(audit)
        self._edge: TileEdge | None = None
        self._note: bytes | None = None
        self._origin = ""
        self._last = b""
        self._signed = -1
        self._closed = ""
        self._named = False
        self._signers: tuple[SigningKey, ...] = ()
        self._replaced: list[Tile] = []

    @property
    def size(self) -> int:
        """How many leaves are sealed; only while it `stands`."""
        assert self._edge is not None
        return self._edge.size

    @property
    def root(self) -> bytes:
        """The root over them."""
        assert self._edge is not None
        return self._edge.root()

    @property
    def last_leaf(self) -> bytes:
        """The hash of the last sealed line; empty where there is none."""
        return self._last

    @property
    def stands(self) -> bool:
        """True while the end in memory is that of the checkpoint on the disk.

        Several processes seal: whoever commits looks here first, under `trail.lock`.
        """
        return self._edge is not None and self.files.checkpoint() == self._note

    @property
    def known(self) -> bool:
        """True where there is an end in memory at all."""
        return self._edge is not None

    def forget(self) -> None:
        """Throw the end in memory away: after any failure what is on the disk decides."""
        self._edge, self._named = None, False

    def check(self) -> None:
        """A person says that the disk is well again; what is on it decides how the seal goes on."""
        self._closed = ""
        self.forget()

    def refuse_closed(self) -> None:
        """Raise TrailSyncFailed, in the same words each time, until `check`."""
        if self._closed:
            raise TrailSyncFailed(self._closed)

    def opened(self, keys: Sequence[VerifierKey]) -> OpenedCheckpoint | None:
        """The checkpoint on the disk if one of `keys` has signed it; None where it is no use."""
        note = self.files.checkpoint()
        if note is None:
            return None
        try:
            return open_checkpoint(note, keys)
        except SealError:
            return None

    def load(self, size: int, root: bytes) -> bool:
        """Take up the tree of `size` leaves from its tiles; False where they do not give `root`."""
        try:
            edge = TileEdge.load(size, self.files.tile)
            if edge.root() != root:
                return False
            last = self.leaf(size - 1, size) if size else b""
        except SealError:
            return False
        self._take(edge, last)
        return True

    def leaf(self, index: int, size: int) -> bytes:
        """The leaf hash `index` of a tree of `size` leaves, from its tile; SealError without it."""
        first = index - index % WIDTH
        row = read_tile(self.files.tile, Tile(0, first // WIDTH, min(WIDTH, size - first)))
        at = index % WIDTH * HASH_SIZE
        return row[at : at + HASH_SIZE]

    def leaves(self, size: int) -> bytes:
        """All leaf hashes of a tree of `size` leaves, in a row; what tiles lack is zeros."""
        rows: list[bytes] = []
        for first in range(0, size, WIDTH):
            width = min(WIDTH, size - first)
            try:
                rows.append(read_tile(self.files.tile, Tile(0, first // WIDTH, width)))
            except SealError:
                rows.append(bytes(width * HASH_SIZE))
        return b"".join(rows)

    def rebuild(self, leaves: bytes) -> None:
        """Make the tiles anew from leaf hashes made from the lines themselves."""
        edge = TileEdge()
        try:
            self.files.make()
            for tile, content in edge.append(leaves):
                self.files.write_tile(tile, content)
        except OSError as error:
            raise self._failed(error) from error
        self._take(edge, leaves[-HASH_SIZE:])

    def sign_as(self, origin: str, signers: Sequence[SigningKey]) -> None:
        """From now on sign as `origin` with `signers`: two where a key is being replaced."""
        self._origin, self._signers, self._named = origin, tuple(signers), False

    def tree_after(self, lines: Sequence[bytes]) -> dict[str, Any] | None:
        """{size, root} once `lines` (with their LFs) follow; None where no end is in memory."""
        if self._edge is None:
            return None
        edge = self._edge
        if lines:
            edge = copy.deepcopy(edge)
            edge.append(leaf_hashes(line[:-1] for line in lines))
        return {"size": edge.size, "root": edge.root().hex()}

    def extend(self, lines: Sequence[PlannedLine]) -> None:
        """Seal `lines`, which are on the disk; returns once a checkpoint that covers them is too.

        Before a new day's first line the checkpoint of everything before it is kept, and after a
        record of an export the one that covers it. Raises TrailWriteFailed, or TrailSyncFailed
        after which only `check` lets sealing go on; `stands` is False after either.
        """
        self.refuse_closed()
        try:
            for day in _days(lines):
                if day[0].offset == 0 and self.size:
                    self._keep()
                self._extend(day)
        except OSError as error:
            raise self._failed(error) from error

    def sign(self) -> None:
        """Sign the tree as it is, as where a checkpoint was lost; raises as `extend` does."""
        self.refuse_closed()
        try:
            self._sign()
        except OSError as error:
            raise self._failed(error) from error

    def _extend(self, lines: Sequence[PlannedLine]) -> None:
        assert self._edge is not None
        self.files.make()
        replaced, self._replaced = self._replaced, []
        old = self._edge.size
        leaves = leaf_hashes(line.line[:-1] for line in lines)
        for tile, content in self._edge.append(leaves):
            self.files.write_tile(tile, content)
            if (
                before := (old >> 8 * tile.level)
                % WIDTH
                * (tile.index == old >> 8 * tile.level + 8)
            ):
                self._replaced.append(Tile(tile.level, tile.index, before))
        self._last = leaf_hash(lines[-1].line[:-1])
        self._sign()
        if any(EXPORTED in line.line[:_HEAD] for line in lines):
            self._keep()
            self.files.settled()
        for tile in replaced:  # one batch late: somebody may be reading by the checkpoint before
            self.files.drop_partial(tile)

    def _keep(self) -> None:
        if self._signed != self.size:  # what stands there may be of another key, origin or size
            self._sign()
        assert self._note is not None
        self.files.keep(self.size, self._note)

    def _sign(self) -> None:
        assert self._edge is not None
        self.files.make()
        if not self._named:
            for signer in reversed(self._signers):
                self.files.add_key(signer.verifier)
            self._named = True
        self._keep_handover()
        note = Checkpoint(self._origin, self._edge.size, self._edge.root()).signed(self._signers)
        self.files.write_checkpoint(note)
        self._note, self._signed = note, self._edge.size

    def _keep_handover(self) -> None:
        """Keep a checkpoint that two keys have signed: by it others follow from the one to the other.

        Before it is replaced, and not when it is made: a kept one must never be ahead of the present.
        """
        note = self._note
        if note is None or note.count(_SIGNATURE) < 2:
            return
        with suppress(SealError):
            states = parse_checkpoint(parse_note(note).text)
            if states.origin == self._origin:
                self.files.keep(states.size, note)

    def _take(self, edge: TileEdge, last: bytes) -> None:
        self._edge, self._last, self._replaced, self._signed = edge, last, [], -1
        self._note = self.files.checkpoint()

    def _failed(self, error: OSError) -> TrailTrouble:
        """A disk in trouble is another thing than a full one: it may hold less than it says."""
        self.forget()
        text = f"The audit trail could not be sealed: {told(error)}"
        if error.errno != errno.EIO:
            return TrailWriteFailed(text)
        self._closed = f"{text} Then choose check and resume, or start the console again."
        return TrailSyncFailed(self._closed)


def _days(lines: Sequence[PlannedLine]) -> list[list[PlannedLine]]:
    days: list[list[PlannedLine]] = []
    for line in lines:
        if not days or line.file != days[-1][-1].file:
            days.append([])
        days[-1].append(line)
    return days
