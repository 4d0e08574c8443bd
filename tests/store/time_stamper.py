"""A time stamper for tests, its answers written by hand in DER (RFC 3161, RFC 5652)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

WHEN = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)
SHA256 = "2.16.840.1.101.3.4.2.1"
ECDSA_SHA256 = "1.2.840.10045.4.3.2"
SIGNED_DATA = "1.2.840.113549.1.7.2"
TST_INFO = "1.2.840.113549.1.9.16.1.4"
CONTENT_TYPE = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"


def der(tag, *parts):
    content = b"".join(parts)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    size = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + content


def number(value, tag=0x02):
    return der(tag, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text):
    first, second, *rest = (int(part) for part in text.split("."))
    out = bytearray([40 * first + second])
    for part in rest:
        septets = [part & 0x7F]
        while part := part >> 7:
            septets.append(part & 0x7F | 0x80)
        out += bytes(reversed(septets))
    return der(0x06, bytes(out))


def sequence(*parts):
    return der(0x30, *parts)


def a_set(*parts):
    return der(0x31, *parts)


SHA256_ALGORITHM = sequence(oid(SHA256), der(0x05))


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self):
        return self.certificate.public_bytes(Encoding.PEM)


def certified(name, by=None, *, purpose=ExtendedKeyUsageOID.TIME_STAMPING, days=(-365, 365)):
    """A certificate of `name`, a root's own where nobody signs it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    begin, end = (WHEN + timedelta(days=count) for count in days)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if by is None else by.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
    )
    if by is not None and purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=True)
    return Signed(builder.sign(key if by is None else by.key, hashes.SHA256()), key)


@dataclass
class TimeStamper:
    """Answers queries; `chain` are the certificates that an answer carries, in this order."""

    root: Signed = field(default_factory=lambda: certified("Test root"))
    status: int = 0
    at: datetime = WHEN
    serial: int = 7
    wrong_nonce: bool = False
    wrong_digest: bool = False
    signer: Any = None
    chain: tuple[x509.Certificate, ...] | None = None

    def __post_init__(self):
        if self.signer is None:
            self.signer = certified("Test stamper", self.root)

    @property
    def ca(self):
        return self.root.pem

    def stamp(self, note):
        """A stamp as nobody asked for it: without a nonce."""
        return self._granted(hashlib.sha256(note).digest(), None)

    def answer(self, query):
        """The answer to a query as `rfc3161-client` writes it."""
        if self.status:
            text = der(0x30, der(0x0C, b"not today"))
            return sequence(sequence(number(self.status), text))
        elements = list(_elements(_content(query)))
        digest = _content(list(_elements(_content(elements[1])))[1])
        [nonce] = [one for one in elements[2:] if one[0] == 0x02]
        return self._granted(digest, number(1) if self.wrong_nonce else nonce)

    def _granted(self, digest, nonce):
        if self.wrong_digest:
            digest = bytes(32)
        info = sequence(
            number(1),
            oid("1.2.3.4.1"),
            sequence(SHA256_ALGORITHM, der(0x04, digest)),
            number(self.serial),
            der(0x18, f"{self.at:%Y%m%d%H%M%SZ}".encode()),
            *([] if nonce is None else [nonce]),
        )
        signer = self.signer
        own = hashlib.sha256(signer.certificate.public_bytes(Encoding.DER)).digest()
        names = sequence(sequence(sequence(der(0x04, own))))
        digest = der(0x04, hashlib.sha256(info).digest())
        attributes = sorted(
            sequence(oid(kind), a_set(value))
            for kind, value in (
                (CONTENT_TYPE, oid(TST_INFO)),
                (MESSAGE_DIGEST, digest),
                (SIGNING_CERTIFICATE, names),
            )
        )
        signature = signer.key.sign(a_set(*attributes), ec.ECDSA(hashes.SHA256()))
        issuer = signer.certificate.issuer.public_bytes()
        signer_info = sequence(
            number(1),
            sequence(issuer, number(signer.certificate.serial_number)),
            SHA256_ALGORITHM,
            der(0xA0, *attributes),
            sequence(oid(ECDSA_SHA256)),
            der(0x04, signature),
        )
        chain = (signer.certificate,) if self.chain is None else self.chain
        signed = sequence(
            number(3),
            a_set(SHA256_ALGORITHM),
            sequence(oid(TST_INFO), der(0xA0, der(0x04, info))),
            der(0xA0, *(one.public_bytes(Encoding.DER) for one in chain)),
            a_set(signer_info),
        )
        token = sequence(oid(SIGNED_DATA), der(0xA0, signed))
        return sequence(sequence(number(0)), token)


def _elements(raw):
    while raw:
        size = len(raw) - len(_after(raw))
        yield raw[:size]
        raw = raw[size:]


def _head(raw):
    length, at = raw[1], 2
    if length & 0x80:
        at += length & 0x7F
        length = int.from_bytes(raw[2:at], "big")
    return at, length


def _content(raw):
    at, length = _head(raw)
    return raw[at : at + length]


def _after(raw):
    at, length = _head(raw)
    return raw[at + length :]
