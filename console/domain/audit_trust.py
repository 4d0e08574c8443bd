"""Which signed statement a trail is judged by: the keys that count, and what was seen before.

Nothing here trusts the opened folder more than it must: a key given by the person counts alone,
else the ones pinned here for the origin, else the folder's own, which is then said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from console.domain.audit import Verdict
from console.domain.tlog.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from console.domain.tlog.errors import Malformed, NotSigned, SealError, WrongSignature
from console.domain.tlog.keys import VerifierKey
from console.domain.tlog.note import parse_note

KeyTrust = Literal["given", "pinned", "folder"]
# Gives the keys, as text, that records sealed under a checkpoint name as the ones to sign from then on.
NamedKeys = Callable[[Checkpoint], frozenset[str]]
MAX_KEYS: Final = 100


@dataclass(frozen=True)
class Pin:
    """The largest checkpoint that was seen here of one trail, kept outside of its folder.

    `key` is the verifier key as text, `root` 32 bytes in hex, `path` where the trail stood, `seen`
    ISO 8601 UTC. `confirmed` is True where a person said so (`audit pin`, `--key`) or it is ours.
    """

    origin: str
    key: str
    size: int
    root: str
    path: str
    seen: str
    confirmed: bool


@dataclass(frozen=True)
class SealRead:
    """What the seal's folder holds, as read; nothing is believed yet. `trouble` says what failed."""

    checkpoint: bytes | None = None
    keys: bytes | None = None
    kept: tuple[bytes, ...] = ()
    there: bool = False
    trouble: str = ""


@dataclass(frozen=True)
class Seal:
    """The checkpoint to judge by, or the `problem` (a verdict) that leaves none, `why` in words.

    `kept` are older checkpoints of the folder that a trusted key has signed. `trust` says where
    the trusted keys come from; `key` is the one that signed.
    """

    trust: KeyTrust
    checkpoint: Checkpoint | None = None
    key: VerifierKey | None = None
    kept: tuple[Checkpoint, ...] = ()
    pins: tuple[Pin, ...] = ()
    problem: Verdict | None = None
    why: str = ""


def read_keys(text: bytes | None) -> tuple[VerifierKey, ...]:
    """Return the keys of a file with one a line, newest first; lines that are no key are left out."""
    keys: list[VerifierKey] = []
    for line in (text or b"").split(b"\n")[:MAX_KEYS]:
        try:
            keys.append(VerifierKey.from_text(line.decode("utf-8").strip()))
        except (SealError, UnicodeDecodeError):
            continue
    return tuple(dict.fromkeys(keys))


def stated_origin(files: SealRead) -> str | None:
    """Return whose trail the folder's checkpoint says it is; nobody has vouched for that yet."""
    try:
        return parse_checkpoint(parse_note(files.checkpoint or b"").text).origin
    except SealError:
        return None


def open_seal(
    files: SealRead,
    pins: Sequence[Pin],
    given: VerifierKey | None = None,
    *,
    named: NamedKeys,
) -> Seal:
    """Return what a trail is judged by: the folder's checkpoint if a trusted key signed it.

    So too where a trusted key handed over to the one that did, as `named` tells.
    """
    if files.checkpoint is None:
        why = files.trouble or "The trail has no checkpoint: nothing signed says what it held."
        return Seal(_trust(given, ()), problem=Verdict.NO_CHECKPOINT, why=why)
    try:
        stated = parse_checkpoint(parse_note(files.checkpoint).text)
    except SealError as error:
        why = f"The checkpoint cannot be read: {error}"
        return Seal(_trust(given, ()), problem=Verdict.NO_CHECKPOINT, why=why)
    known = tuple(pin for pin in pins if pin.origin == stated.origin)
    folder = read_keys(files.keys)
    trusted = [given] if given is not None else _pinned(known) or list(folder)
    seal = Seal(_trust(given, known), pins=known)
    trusted = _rotated(trusted, folder, files, stated.origin, named)
    try:
        opened = open_checkpoint(files.checkpoint, trusted)
    except WrongSignature as error:
        why = f"The checkpoint does not count. {error}"
        return replace(seal, problem=Verdict.NO_CHECKPOINT, why=why)
    except NotSigned:
        return replace(seal, problem=Verdict.OTHER_KEY, why=_other_key(seal.trust, folder))
    kept = tuple(_opened_kept(files.kept, trusted, stated.origin))
    key = next(key for key in trusted if key in opened.signed_by)
    return replace(seal, checkpoint=opened.checkpoint, key=key, kept=kept)


def largest(pins: Iterable[Pin]) -> Pin | None:
    """The pin of the largest checkpoint."""
    return max(pins, key=lambda pin: pin.size, default=None)


def open_given(raw: bytes, seal: Seal, folder: Sequence[VerifierKey]) -> Checkpoint:
    """Return a checkpoint that somebody held elsewhere, signed by a key that counts for the trail.

    Raises Malformed or WrongSignature where it is none, NotSigned where another key signed it.
    """
    keys = [seal.key] if seal.key is not None else []
    return open_checkpoint(raw, [*keys, *(key for key in folder if key not in keys)]).checkpoint


def _trust(given: VerifierKey | None, pins: Sequence[Pin]) -> KeyTrust:
    if given is not None:
        return "given"
    return "pinned" if pins else "folder"


def _pinned(pins: Sequence[Pin]) -> list[VerifierKey]:
    keys: list[VerifierKey] = []
    for pin in sorted(pins, key=lambda pin: pin.size, reverse=True):
        try:
            keys.append(VerifierKey.from_text(pin.key))
        except Malformed:
            continue
    return list(dict.fromkeys(keys))


def _rotated(
    trusted: list[VerifierKey],
    folder: Sequence[VerifierKey],
    files: SealRead,
    origin: str,
    named: NamedKeys,
) -> list[VerifierKey]:
    """Add the keys to which a trusted one handed over.

    Both have signed one checkpoint, and a record under it names the new one: a second signature alone
    says nothing, because anybody can put one under a checkpoint that he finds.
    """
    trusted = list(dict.fromkeys(trusted))
    every = [*trusted, *(key for key in folder if key not in trusted)]
    notes = [*files.kept, files.checkpoint or b""]
    handed = True
    while handed:
        handed = False
        for raw in notes:
            try:
                opened = open_checkpoint(raw, every, origin)
            except SealError:
                continue
            if not set(opened.signed_by) & set(trusted):
                continue
            new = [key for key in opened.signed_by if key not in trusted]
            sealed = named(opened.checkpoint) if new else frozenset()
            new = [key for key in new if key.text in sealed]
            trusted, handed = [*new, *trusted], handed or bool(new)
    return trusted


def _opened_kept(
    notes: Iterable[bytes], trusted: Sequence[VerifierKey], origin: str
) -> Iterable[Checkpoint]:
    for raw in notes:
        try:
            yield open_checkpoint(raw, trusted, origin).checkpoint
        except SealError:
            continue  # a copy of no use proves nothing, in either direction


def _other_key(trust: KeyTrust, folder: Sequence[VerifierKey]) -> str:
    if trust == "given":
        return "The checkpoint is not signed by the key that was given."
    if trust == "pinned":
        return "The checkpoint is signed by another key than the one pinned here for this trail."
    if folder:
        return "The checkpoint is signed by none of the keys that lie beside it."
    return "No key lies beside the checkpoint to check it with: give the trail's key."
