"""The evidence bundle: which members it has, where its records stood, and one proof for many of them.

A bundle is a zip of plain files (README.txt in it says how each is checked). Nothing in it is
believed because it lies there: records lead to the signed root, and the key comes from outside.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from console.domain.tlog.encoding import from_decimal
from console.domain.tlog.errors import Malformed, ProofRefused
from console.domain.tlog.hashes import HASH_SIZE, hash_at, node_hash
from console.domain.tlog.proofs import MAX_PROOF, NodeReader, range_root

FORMAT: Final = "cxone-evidence/1"
README: Final = "README.txt"
VERIFIER: Final = "verify.py"
CHECKPOINT: Final = "checkpoint"
KEYS: Final = "untrusted-vkey.txt"
RECORDS: Final = "records.jsonl"
PLACES: Final = "records.tsv"
CONTEXT: Final = "context.jsonl"
CONTEXT_PLACES: Final = "context.tsv"
SHARED: Final = "proof/shared-proof"
FILES: Final = "files.sha256"
HISTORY: Final = "queue/jobs.jsonl"
MANIFEST: Final = "manifest.json"
MUST_HAVE: Final = frozenset({CHECKPOINT, RECORDS, PLACES, CONTEXT, CONTEXT_PLACES, MANIFEST})

MAX_RECORD: Final = 64 * 1024 * 1024
"""A longer line goes into no bundle: whoever checks one holds a line in memory."""
MAX_RECORDS: Final = 1_000_000
MAX_SINGLE: Final = 1000
"""Up to so many records have a C2SP tlog-proof each; more have one proof together."""
MAX_DISCLOSED: Final = 1000
UNNAMED: Final = "-"

_PROOF: Final = re.compile(r"proof/(0|[1-9][0-9]{0,19})\.tlog-proof")
_SEAL: Final = re.compile(r"seals/(checkpoint|consistency)\.(0|[1-9][0-9]{0,19})")
_DISCLOSED: Final = re.compile(r"disclosed/([A-Za-z0-9_-][A-Za-z0-9._-]{0,99})\.(salt|body)")
_FIXED: Final = frozenset({README, VERIFIER, KEYS, SHARED, FILES, HISTORY}) | MUST_HAVE
_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._ -]{0,199}")


def proof_name(index: int) -> str:
    """Return the member with the proof of record `index`."""
    return f"proof/{index}.tlog-proof"


def seal_name(kind: str, size: int) -> str:
    """Return the member with the kept 'checkpoint' of `size` records, or its 'consistency'."""
    return f"seals/{kind}.{size}"


def disclosed_name(job_id: str, part: str) -> str | None:
    """Return the member with a job's 'salt' or 'body'; None where its id makes no file's name."""
    name = f"disclosed/{job_id}.{part}"
    return name if _DISCLOSED.fullmatch(name) else None


def known_name(name: str) -> bool:
    """True where a bundle may have a member of this name; there are no others."""
    if name in _FIXED:
        return True
    return any(pattern.fullmatch(name) for pattern in (_PROOF, _SEAL, _DISCLOSED))


def kept_sizes(names: Sequence[str]) -> list[int]:
    """Return the sizes of the kept checkpoints among member names, the smallest first."""
    found = (_SEAL.fullmatch(name) for name in names)
    return sorted(int(one[2]) for one in found if one and one[1] == "checkpoint")


def disclosed_jobs(names: Sequence[str]) -> list[str]:
    """Return the ids of the jobs of which values are disclosed, in name order."""
    found = (_DISCLOSED.fullmatch(name) for name in names)
    return sorted({one[1] for one in found if one})


@dataclass(frozen=True)
class Places:
    """Where each record of a .jsonl member stood: index in the tree, and file and line as claimed.

    `files` are '-' and `lines` 0 where no place is claimed.
    """

    indices: array[int] = field(default_factory=lambda: array("Q"))
    files: list[str] = field(default_factory=list)
    lines: array[int] = field(default_factory=lambda: array("Q"))

    def add(self, index: int, file: str, line: int) -> None:
        """Add the next record's place."""
        self.indices.append(index)
        self.files.append(file)
        self.lines.append(line)

    def to_lines(self) -> Iterator[bytes]:
        """Give the member's lines."""
        for index, file, line in zip(self.indices, self.files, self.lines, strict=True):
            yield f"{index}\t{file}\t{line}\n".encode("ascii")


def named(file: str, line: int) -> tuple[str, int]:
    """Return the place as it can be claimed: not where a file's name would not fit its line."""
    return (file, line) if line > 0 and _NAME.fullmatch(file) else (UNNAMED, 0)


def parse_places(raw: bytes, what: str) -> Places:
    """Read a .tsv member; raises Malformed where indices do not rise, or the form is not kept."""
    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        raise Malformed(f"{what} holds more than ASCII.") from None
    places, names = Places(), dict[str, str]()
    last = -1
    if text and not text.endswith("\n"):
        raise Malformed(f"{what} does not end with a line's end.")
    for number, line in enumerate(text.split("\n")[:-1], 1):
        parts = line.split("\t")
        if len(parts) != 3 or number > MAX_RECORDS:
            raise Malformed(f"{what}, line {number}, is not: index, file, line.")
        index = from_decimal(parts[0], f"The index in {what}, line {number},")
        place = from_decimal(parts[2], f"The line's number in {what}, line {number},")
        if index <= last:
            raise Malformed(f"{what}, line {number}: the indices do not rise.")
        if (parts[1], place) != named(parts[1], place):
            raise Malformed(f"{what}, line {number}, names no file and line.")
        last = index
        places.add(index, names.setdefault(parts[1], parts[1]), place)
    return places


def shared_proof(indices: Sequence[int], size: int, node: NodeReader) -> Iterator[bytes]:
    """Give the hashes that lead from the leaves at `indices` (rising) to the root of `size`.

    They are the roots of the largest subtrees without a chosen leaf, from left to right, as
    RFC 6962 splits the tree; one leaf alone has the hashes of its inclusion proof.
    """
    todo = [(0, size, 0, len(indices))]
    while todo:
        begin, end, low, high = todo.pop()
        if low == high:
            yield range_root(begin, end, node)
        elif end - begin > 1:
            middle = begin + (1 << (end - begin - 1).bit_length() - 1)
            cut = bisect_left(indices, middle, low, high)
            todo.append((middle, end, cut, high))
            todo.append((begin, middle, low, cut))


def shared_root(
    indices: Sequence[int], leaves: Callable[[int], bytes], size: int, proof: bytes
) -> bytes:
    """Return the root of `size` leaves to which a shared proof leads.

    `leaves` gives the leaf of the n-th index. Raises ProofRefused where hashes are missing or left
    over, or an index lies outside the tree.
    """
    if size >= 1 << MAX_PROOF or any(index >= size for index in indices):
        raise ProofRefused("A record's index lies outside of the tree.")
    if len(proof) % HASH_SIZE:
        raise ProofRefused("The shared proof is no row of hashes of 32 bytes.")
    used = 0
    nodes: list[bytes] = []
    todo: list[tuple[int, int, int, int] | None] = [(0, size, 0, len(indices))]
    while todo:
        work = todo.pop()
        if work is None:  # both halves are there
            right = nodes.pop()
            nodes.append(node_hash(nodes.pop(), right))
            continue
        begin, end, low, high = work
        if low == high:
            given = hash_at(proof, used)
            if len(given) != HASH_SIZE:
                raise ProofRefused("The shared proof is too short.")
            nodes.append(given)
            used += 1
        elif end - begin == 1:
            nodes.append(leaves(low))
        else:
            middle = begin + (1 << (end - begin - 1).bit_length() - 1)
            cut = bisect_left(indices, middle, low, high)
            todo += [None, (middle, end, cut, high), (begin, middle, low, cut)]
    if used * HASH_SIZE != len(proof):
        raise ProofRefused("The shared proof has hashes left over.")
    return nodes.pop()
