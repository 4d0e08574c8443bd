"""Signed notes: a text, a blank line, and a line for each signature (C2SP signed-note)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from console.domain.tlog.encoding import from_base64, to_base64
from console.domain.tlog.errors import Malformed, NotSigned, WrongSignature
from console.domain.tlog.keys import SigningKey, VerifierKey, check_name

# The standard asks for at least 16; 100 are what Go's reader takes too.
MAX_SIGNATURES: Final = 100
MAX_NOTE: Final = 1024 * 1024
_DASH: Final = "\N{EM DASH} "


@dataclass(frozen=True)
class NoteSignature:
    """One signature line: who says to have signed (`name`, `key_id` of 4 bytes), and the bytes."""

    name: str
    key_id: bytes
    signature: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.key_id) != 4 or not self.signature:
            raise Malformed("A signature needs a key id of 4 bytes and at least one byte more.")

    @property
    def line(self) -> str:
        """The line without its LF."""
        return f"{_DASH}{self.name} {to_base64(self.key_id + self.signature)}"


@dataclass(frozen=True)
class Note:
    """A note as read or made; nothing is said about its signatures yet."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __post_init__(self) -> None:
        _check_text(self.text)
        if not 0 < len(self.signatures) <= MAX_SIGNATURES:
            raise Malformed(f"A note has 1 to {MAX_SIGNATURES} signatures.")

    def to_bytes(self) -> bytes:
        """Return the note as it is stored and sent."""
        lines = "".join(f"{signature.line}\n" for signature in self.signatures)
        return f"{self.text}\n{lines}".encode()


@dataclass(frozen=True)
class OpenedNote:
    """A note of which every signature by a known key holds; `signed_by` are those keys."""

    note: Note
    signed_by: tuple[VerifierKey, ...]


def parse_note(raw: bytes) -> Note:
    """Read a note without checking its signatures; raise Malformed where the form is not kept.

    The text is what stands before the last empty line. A line that stands there twice counts once.
    """
    if len(raw) > MAX_NOTE:
        raise Malformed(f"The note is longer than {MAX_NOTE} bytes.")
    try:
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Malformed(f"The note is not UTF-8 at byte {error.start + 1}.") from None
    text, blank, signatures = content.rpartition("\n\n")
    if not blank:
        raise Malformed("The note has no empty line between its text and its signatures.")
    if not signatures.endswith("\n"):
        raise Malformed("The note has no signature, or its last line does not end.")
    lines = signatures.removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"The note has more than {MAX_SIGNATURES} signatures.")
    return Note(f"{text}\n", tuple(dict.fromkeys(_signature(line) for line in lines)))


def open_note(raw: bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Read a note and check every signature that names one of `keys`; the others are ignored.

    Raises Malformed, WrongSignature where a known key's signature does not hold, and NotSigned
    where none of `keys` has signed.
    """
    note = parse_note(raw)
    known: dict[tuple[str, bytes], list[VerifierKey]] = {}
    for key in keys:
        known.setdefault((key.name, key.id), []).append(key)
    content = note.text.encode()
    signed_by: dict[VerifierKey, None] = {}
    for line in note.signatures:
        named = known.get((line.name, line.key_id))
        if named is None:
            continue
        # More than one where somebody made a key whose short id collides: one must have signed.
        signers = [key for key in named if key.verifies(content, line.signature)]
        if not signers:
            raise WrongSignature(
                f"The signature of {line.name} ({line.key_id.hex()}) does not hold: the text or"
                " the signature was changed."
            )
        signed_by.update(dict.fromkeys(signers))
    if not signed_by:
        raise NotSigned("None of the known keys has signed this note.")
    return OpenedNote(note, tuple(signed_by))


def sign_note(
    text: str, signers: Sequence[SigningKey], others: Sequence[NoteSignature] = ()
) -> bytes:
    """Return `text` signed by `signers`, behind the signatures of `others` that were there before.

    An older signature of one of the signers is replaced. Raises Malformed where no note can hold
    the text, as where it does not end in LF.
    """
    _check_text(text)
    content = text.encode()
    made = [
        NoteSignature(key.name, key.verifier.id, key.sign(content))
        for key in dict.fromkeys(signers)
    ]
    replaced = {(line.name, line.key_id) for line in made}
    kept = [line for line in others if (line.name, line.key_id) not in replaced]
    return Note(text, (*kept, *made)).to_bytes()


def _signature(line: str) -> NoteSignature:
    if not line.startswith(_DASH):
        raise Malformed("A signature line does not begin with an em dash and a space.")
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not space:
        raise Malformed("A signature line has no signature.")
    content = from_base64(encoded, "A signature")
    return NoteSignature(name, content[:4], content[4:])


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise Malformed("The note's text does not end with a line's end.")
    if any(char < " " and char != "\n" for char in text):
        raise Malformed("The note's text holds a control character.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("The note's text holds half a character (lone surrogate).") from None
