"""A check of a trail's seal that shares no code with the program: RFC 6962 as its text has it.

It knows nothing of tiles, files that were lost or keys that changed: a whole trail, one checkpoint.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


@dataclass(frozen=True)
class Sealed:
    """What the checkpoint says, once everything about it was found true."""

    origin: str
    size: int
    signers: int


def lines_of(audit: Path) -> list[bytes]:
    """Every line of every day file in name order; a last one without its end too."""
    found: list[bytes] = []
    for file in sorted(audit.glob("workflow_audit_????????.jsonl")):
        lines = file.read_bytes().split(b"\n")
        found += lines if lines[-1] else lines[:-1]
    return found


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, from leaf hashes; bottom up, an odd one rises as it is."""
    if not leaves:
        return sha256(b"").digest()
    while len(leaves) > 1:
        pairs = [leaves[at : at + 2] for at in range(0, len(leaves), 2)]
        leaves = [sha256(b"\x01" + b"".join(p)).digest() if len(p) == 2 else p[0] for p in pairs]
    return leaves[0]


def leaf_hashes(lines: list[bytes]) -> list[bytes]:
    return [sha256(b"\x00" + line).digest() for line in lines]


def checked_note(note: bytes, vkeys: bytes) -> tuple[str, int, bytes, int]:
    """Origin, size, root and number of signatures of a checkpoint whose signatures all hold."""
    text, _, signatures = note.decode().rpartition("\n\n")
    text += "\n"
    origin, size, root, *more = text.splitlines()
    assert more == []
    keys = {}
    for vkey in vkeys.decode().splitlines():
        name, identifier, encoded = vkey.split("+", 2)
        raw = base64.b64decode(encoded, validate=True)
        assert raw[0] == 1
        assert sha256(name.encode() + b"\n" + raw).hexdigest()[:8] == identifier
        keys[name, bytes.fromhex(identifier)] = Ed25519PublicKey.from_public_bytes(raw[1:])
    lines = signatures.splitlines()
    assert lines
    for line in lines:
        dash, name, encoded = line.split(" ")
        assert dash == "\N{EM DASH}"
        raw = base64.b64decode(encoded, validate=True)
        keys[name, raw[:4]].verify(raw[4:], text.encode())
    return origin, int(size), base64.b64decode(root, validate=True), len(lines)


def check(audit: Path) -> Sealed:
    """Fail unless the checkpoint covers every line, in order, under the newest key's signature."""
    seal = audit / "seal"
    vkeys = (seal / "vkey").read_bytes()
    origin, size, root, signers = checked_note((seal / "checkpoint").read_bytes(), vkeys)
    assert vkeys.decode().split("+")[0] == origin
    lines = lines_of(audit)
    assert len(lines) == size
    assert tree_hash(leaf_hashes(lines)) == root
    for kept in seal.glob("checkpoint.[0-9]*"):
        _, before, root_before, _ = checked_note(kept.read_bytes(), vkeys)
        assert kept.name == f"checkpoint.{before}"
        assert tree_hash(leaf_hashes(lines[:before])) == root_before
    check_tiles(seal, leaf_hashes(lines))
    return Sealed(origin, size, signers)


def check_tiles(seal: Path, hashes: list[bytes]) -> None:
    """Fail unless the tiles that a tree of these leaves needs are there and right."""
    level = 0
    while hashes:
        for index in range(0, len(hashes), 256):
            row = b"".join(hashes[index : index + 256])
            name = f"{index // 256:03d}"
            assert index // 256 < 1000
            path = seal / "tile" / str(level) / name
            if len(row) < 256 * 32:
                path = path.with_name(f"{name}.p") / str(len(row) // 32)
            assert path.read_bytes() == row
        whole = [hashes[at : at + 256] for at in range(0, len(hashes) - 255, 256)]
        hashes = [tree_hash(row) for row in whole]
        level += 1
