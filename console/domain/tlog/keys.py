"""Ed25519 keys as C2SP signed-note names them: verifier keys, and the signer's own text form.

The signer's form, `PRIVATE+KEY+name+id+base64`, is that of Go's golang.org/x/mod/sumdb/note, so that
other tools can sign with the same key; signed-note itself defines the public form only.

The `cryptography` package is loaded when the first signature is made or checked: it takes 30 ms
that neither the window's start nor a headless command without a seal should pay.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from console.domain.tlog.encoding import check_one_line, from_base64, to_base64
from console.domain.tlog.errors import Malformed

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ED25519: Final = b"\x01"
KEY_SIZE: Final = 32
SIGNATURE_SIZE: Final = 64
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_PRIVATE: Final = "PRIVATE+KEY+"
# RFC 8032, section 5.1: the field's prime, and the y of the points whose order divides 8. Under such
# a "key" anybody can make a signature that holds.
_PRIME: Final = 2**255 - 19
_OF_ORDER_8: Final = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER: Final = {0, 1, _PRIME - 1, _OF_ORDER_8, _PRIME - _OF_ORDER_8}


def check_name(name: str) -> None:
    """Raise Malformed unless `name` can name a key: not empty, no Unicode space, no plus."""
    check_one_line(name, "The key's name")
    if "+" in name or any(char.isspace() for char in name):
        raise Malformed("The key's name holds a space or a plus.")


def key_id(name: str, public_key: bytes) -> bytes:
    """Return the 4 bytes that name an Ed25519 key in a signature line, beside its name."""
    return hashlib.sha256(name.encode("utf-8") + b"\n" + ED25519 + public_key).digest()[:4]


@dataclass(frozen=True)
class VerifierKey:
    """A public key that checks signatures made under `name`; `public_key` is 32 bytes."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.public_key) != KEY_SIZE:
            raise Malformed(f"The public key has {len(self.public_key)} bytes instead of 32.")
        y = int.from_bytes(self.public_key, "little") % 2**255
        if y >= _PRIME or y in _SMALL_ORDER:
            raise Malformed("The public key is one for which anybody could sign.")

    @classmethod
    def from_text(cls, text: str) -> VerifierKey:
        """Read `name+id+base64` (one line without its LF); raise Malformed where it is not that."""
        name, identifier, content = _parts(text, "The verifier key")
        key = cls(name, content)
        _check_id(key, identifier, "The verifier key")
        return key

    @property
    def id(self) -> bytes:
        """The key id, 4 bytes."""
        return key_id(self.name, self.public_key)

    @property
    def text(self) -> str:
        """The key as one line without its LF: `name+id+base64`."""
        return f"{self.name}+{self.id.hex()}+{to_base64(ED25519 + self.public_key)}"

    def verifies(self, content: bytes, signature: bytes) -> bool:
        """True where `signature` is this key's over `content`."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        if len(signature) != SIGNATURE_SIZE:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, content)
        except (InvalidSignature, ValueError):  # ValueError: no point of the curve
            return False
        return True


@dataclass(frozen=True)
class SigningKey:
    """A private key that signs under `name`; `seed` is its 32 random bytes, never shown by repr."""

    name: str
    seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        check_name(self.name)
        if len(self.seed) != KEY_SIZE:
            raise Malformed(f"The private key has {len(self.seed)} bytes instead of 32.")

    @classmethod
    def from_text(cls, text: str) -> SigningKey:
        """Read `PRIVATE+KEY+name+id+base64`; raise Malformed, which never repeats the text."""
        if not text.startswith(_PRIVATE):
            raise Malformed("The private key does not begin with PRIVATE+KEY+.")
        name, identifier, content = _parts(text.removeprefix(_PRIVATE), "The private key")
        key = cls(name, content)
        _check_id(key.verifier, identifier, "The private key")
        return key

    @cached_property
    def verifier(self) -> VerifierKey:
        """The public half."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = self._key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        return VerifierKey(self.name, public)

    @property
    def text(self) -> str:
        """The key as one secret line without its LF."""
        secret = to_base64(ED25519 + self.seed)
        return f"{_PRIVATE}{self.name}+{self.verifier.id.hex()}+{secret}"

    def sign(self, content: bytes) -> bytes:
        """Return the signature over `content`, 64 bytes; the same every time (RFC 8032)."""
        return self._key.sign(content)

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        return Ed25519PrivateKey.from_private_bytes(self.seed)


def _parts(text: str, what: str) -> tuple[str, str, bytes]:
    """Return name, id and the 32 bytes of `name+id+base64`; base64 may hold pluses, names none."""
    name, _, rest = text.partition("+")
    identifier, _, encoded = rest.partition("+")
    if not _KEY_ID.fullmatch(identifier):
        raise Malformed(f"{what} is not of the form name+id+base64.")
    content = from_base64(encoded, what)
    if content[:1] != ED25519:
        raise Malformed(f"{what} is of another kind than Ed25519.")
    return name, identifier, content[1:]


def _check_id(key: VerifierKey, identifier: str, what: str) -> None:
    if key.id.hex() != identifier:
        raise Malformed(f"{what} does not have the id that stands in it.")
