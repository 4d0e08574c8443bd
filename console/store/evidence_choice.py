"""The records that somebody chose out of a trail, each found in its sealed tree."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from console.domain.audit_trust import Seal, SealRead, open_seal, stated_origin
from console.domain.audit_view import Stopped
from console.domain.errors import BadInput, Refusal
from console.domain.evidence import MAX_RECORD, MAX_RECORDS
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import TileTrouble
from console.domain.tlog.hashes import HASH_SIZE, leaf_hash
from console.domain.tlog.proofs import LeafNodes, NodeReader
from console.domain.tlog.tiles import WIDTH
from console.store.evidence_handover import named_keys
from console.store.line_work import LineWorkers, pieces
from console.store.pins import PinBook
from console.store.seal_reading import SealFolder
from console.store.sealed_tree import Leaves, LineLeaves, TiledLeaves, confirmed, tiled
from console.store.trail_files import Cancelled
from console.store.trail_reader import Progress, TrailReader, never, unheard

_EVERY: Final = 500
_NO_SEAL: Final = (
    "An evidence bundle of this trail would prove nothing. {} Export .jsonl, .csv or .pdf instead"
)


@dataclass(frozen=True)
class Chosen:
    """Records by rising index in the tree: `positions` in the reader, `leaves` in a row."""

    positions: array[int]
    indices: array[int]
    leaves: bytes

    def __len__(self) -> int:
        return len(self.indices)


class SealedTrail:
    """A counted trail with the seal that it is judged by; raises Refusal where it has none.

    The seal is read here, so the trail must have been counted before: its checkpoint then covers
    every line that a writer had sealed by that time.
    """

    def __init__(self, trail: TrailReader, pins: PinBook | None) -> None:
        self.trail = trail
        self._folder = SealFolder(trail.root)
        self.files: SealRead = self._folder.read() if trail.root.is_dir() else SealRead()
        origin = stated_origin(self.files)
        known = pins.of_origin(origin) if pins is not None and origin else ()
        self.seal: Seal = open_seal(self.files, known, named=named_keys(trail.files, self._folder))
        if self.seal.checkpoint is None or self.files.checkpoint is None:
            why = self.seal.why if self.files.there else "It has no seal."
            raise Refusal(_NO_SEAL.format(why))
        self.checkpoint: Checkpoint = self.seal.checkpoint
        self.leaves: Leaves = tiled(self._folder, self.checkpoint) or self._by_lines()
        self.witnesses: set[int] = set()
        """Positions of further records that go along, such as the one about this very export."""

    def node(self) -> NodeReader:
        """Return what gives the tree's nodes; each is checked against the signed root."""
        if isinstance(self.leaves, TiledLeaves):
            return self.leaves.tree.node
        return LeafNodes(self.leaves.span(0, self.checkpoint.size))

    def without_tiles(self) -> None:
        """Go on by the lines themselves: a tile was missing or damaged."""
        self.leaves = self._by_lines()

    def choose(
        self,
        positions: Iterable[int],
        progress: Progress = unheard,
        cancelled: Cancelled = never,
        *,
        job_ids: set[str] | None = None,
    ) -> Chosen:
        """Find the records at `positions`; what they say of jobs is added to `job_ids`.

        Raises Refusal where one is not as sealed, and Stopped.
        """
        wanted = array("Q", positions)
        if not wanted:
            raise BadInput("No record passes the filter: there is nothing to put into a bundle")
        if len(wanted) > MAX_RECORDS:
            raise BadInput(
                f"A bundle holds at most {MAX_RECORDS:,} records. Narrow the filter, or hand over"
                " the trail's folder itself"
            )
        try:
            found = self._leaves_of(wanted, progress, cancelled, job_ids)
            return self._placed(wanted, found)
        except TileTrouble:
            self.without_tiles()
            return self._placed(wanted, self._leaves_of(wanted, unheard, cancelled, None))

    def sealed(self, positions: Iterable[int]) -> Chosen:
        """As `choose`, but what is not there as sealed is left out."""
        found: dict[int, tuple[int, bytes]] = {}
        for position in sorted(set(positions)):
            if position >= min(self.trail.records, self.checkpoint.size):
                continue
            [(_, _, raw)] = self.trail.lines([position])
            leaf = leaf_hash(raw)
            if len(raw) <= MAX_RECORD and self.leaves.leaf(position) == leaf:
                found[position] = (position, leaf)
        return Chosen(
            array("Q", found), array("Q", found), b"".join(one for _, one in found.values())
        )

    def _leaves_of(
        self,
        wanted: Sequence[int],
        progress: Progress,
        cancelled: Cancelled,
        job_ids: set[str] | None,
    ) -> bytes:
        row = bytearray()
        for number, (file, line, raw) in enumerate(self.trail.lines(wanted)):
            if number % _EVERY == 0:
                if cancelled():
                    raise Stopped
                progress(number, len(wanted))
            if len(raw) > MAX_RECORD:
                raise Refusal(
                    f"{file.name}, line {line + 1}, is longer than {MAX_RECORD >> 20} MiB: too long"
                    " for a bundle. Hand over the trail's folder itself"
                )
            row += leaf_hash(raw)
            if job_ids is not None:
                job_ids.update(_job_of(raw))
        return bytes(row)

    def _placed(self, wanted: array[int], leaves: bytes) -> Chosen:
        """Find each leaf in the tree: at its own place, else, where lines are gone, at another."""
        size = self.checkpoint.size
        rows = _Rows(self.leaves)
        off: dict[bytes, list[int]] = {}
        found: dict[int, int] = {}  # place in `wanted` by index
        for number, position in enumerate(wanted):
            leaf = leaves[number * HASH_SIZE : (number + 1) * HASH_SIZE]
            if position < size and rows.leaf(position) == leaf:
                found[position] = number
            else:
                off.setdefault(leaf, []).append(number)
        if off:
            self._search(off, found)
        if off:
            [first] = [wanted[min(min(numbers) for numbers in off.values())]]
            raise Refusal(self._not_sealed(first))
        order = sorted(found)
        numbers = [found[index] for index in order]
        return Chosen(
            array("Q", (wanted[number] for number in numbers)),
            array("Q", order),
            b"".join(leaves[n * HASH_SIZE : (n + 1) * HASH_SIZE] for n in numbers),
        )

    def _search(self, off: dict[bytes, list[int]], found: dict[int, int]) -> None:
        """Look through the whole tree for leaves that do not stand where they were sealed."""
        for begin in range(0, self.checkpoint.size, WIDTH):
            row = self.leaves.span(begin, min(begin + WIDTH, self.checkpoint.size))
            for at in range(0, len(row), HASH_SIZE):
                numbers = off.get(row[at : at + HASH_SIZE])
                index = begin + at // HASH_SIZE
                if numbers and index not in found:
                    found[index] = numbers.pop(0)
                    if not numbers:
                        del off[row[at : at + HASH_SIZE]]
            if not off:
                return

    def _not_sealed(self, position: int) -> str:
        if position >= self.checkpoint.size:
            return (
                f"Record {position:,} is in no checkpoint yet, so nothing can be proved of it. Start"
                " the console once so that it is sealed, or leave it out with --until"
            )
        return f"Record {position:,} is not as sealed. Verify the trail to see what was done"

    def _by_lines(self) -> LineLeaves:
        todo = [piece for file in self.trail.files for piece in pieces(file.path, file.size)]
        done = LineWorkers().run(todo, lambda _: None, lambda: False)
        held = confirmed(b"".join(part.leaves for part in done), self.checkpoint)
        if held is None:
            raise Refusal(
                "The trail is not as sealed, and its tiles are of no use: nothing can be proved of"
                " single records. Verify it to see more"
            )
        return held


class _Rows:
    """Leaves asked for in rising order, a tile at a time."""

    def __init__(self, leaves: Leaves) -> None:
        self._leaves = leaves
        self._begin, self._row = 0, b""

    def leaf(self, index: int) -> bytes:
        at = (index - self._begin) * HASH_SIZE
        if not 0 <= at < len(self._row):
            self._begin = index - index % WIDTH
            end = min(self._begin + WIDTH, self._leaves.size)
            self._row = self._leaves.span(self._begin, end)
            at = (index - self._begin) * HASH_SIZE
        return self._row[at : at + HASH_SIZE]


def _job_of(raw: bytes) -> Iterator[str]:
    """Give the job that a line names, if it does."""
    from console.domain.audit import check_line

    if b'"jobId"' not in raw:
        return
    record = check_line(raw).record
    payload = None if record is None else record["payload"]
    job_id = payload.get("jobId") if isinstance(payload, dict) else None
    if isinstance(job_id, str):
        yield job_id
