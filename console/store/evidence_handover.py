"""Whose key came after whose: what AUDIT_KEY_CHANGED records say, where a trusted key has sealed them.

Two signatures under one checkpoint hand over nothing: they cover its text, not each other, and whoever
finds a checkpoint can add a signature of his own. The record that names the new key, in the tree that
the old one has signed, is what only the old one's holder can make.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from console.domain.audit import check_line
from console.domain.audit_opening import opening_lines
from console.domain.audit_trust import NamedKeys
from console.domain.errors import EnvironmentProblem
from console.domain.tlog.checkpoint import Checkpoint
from console.domain.tlog.errors import TileTrouble
from console.domain.tlog.hashes import HASH_SIZE, leaf_hash
from console.store.line_work import LineWorkers, pieces
from console.store.seal_reading import SealFolder
from console.store.sealed_tree import confirmed, tiled
from console.store.trail_files import TrailFile, whole_lines
from console.store.trail_reader import never

_MARK: Final = b'", "event_type": "AUDIT_KEY_CHANGED", "payload": '


def named_keys(files: Sequence[TrailFile], folder: SealFolder) -> NamedKeys:
    """Return what tells of a checkpoint which keys the records sealed under it name."""

    def named(checkpoint: Checkpoint) -> frozenset[str]:
        try:
            changes = list(_changes(files))
            sealed = _leaves(files, folder, checkpoint) if changes else b""
        except (OSError, EnvironmentProblem):
            return frozenset()  # what cannot be read hands over nothing
        return frozenset(to for raw, to in changes if _holds(sealed, leaf_hash(raw)))

    return named


def _changes(files: Sequence[TrailFile]) -> Iterator[tuple[bytes, str]]:
    """Give every such line with the key that it names."""
    for file in files:
        if file.trouble:
            continue
        for _, piece in whole_lines(file, 0, lambda _: None, never):
            for number in opening_lines(piece, _MARK):
                raw = piece.split(b"\n", number + 1)[number]
                record = check_line(raw).record
                payload = None if record is None else record["payload"]
                to = payload.get("to") if isinstance(payload, dict) else None
                if isinstance(to, str):
                    yield raw, to


def _leaves(files: Sequence[TrailFile], folder: SealFolder, checkpoint: Checkpoint) -> bytes:
    """Return the leaves under the checkpoint, from tiles or lines that lead to its root, else none."""
    leaves = tiled(folder, checkpoint)
    if leaves is not None:
        try:
            return leaves.span(0, checkpoint.size)
        except TileTrouble:
            pass  # the lines may do
    todo = [piece for one in files if not one.trouble for piece in pieces(one.path, one.size)]
    done = LineWorkers().run(todo, lambda _: None, never)
    held = confirmed(b"".join(part.leaves for part in done), checkpoint)
    return b"" if held is None else held.span(0, checkpoint.size)


def _holds(leaves: bytes, leaf: bytes) -> bool:
    at = leaves.find(leaf)
    while at % HASH_SIZE and at >= 0:
        at = leaves.find(leaf, at + 1)
    return at >= 0
