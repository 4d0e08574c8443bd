"""RFC 3161 time stamps of a checkpoint: asked for, checked, kept beside the seal.

Checked are: granted, the note's digest, the nonce of the request, the signature, and its chain to a
certificate of the operator's file at the time that is stamped, with the purpose time stamping.
Not checked is whether a certificate of the chain was revoked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from console.domain.anchor import Outgoing
from console.domain.errors import BadInput, EnvironmentProblem, Refusal
from console.services.anchor_places import Asked, Stamp
from console.store.anchor_folder import AnchorFolder
from console.store.audit_files import make_private, told, trouble_told
from console.store.seal_files import SEAL_FOLDER

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

ANCHORS: Final = "anchors"
MAX_STAMP: Final = 64 * 1024
_CERTIFICATES: Final = 0xA0
_MAX_CA: Final = 8 * 1024 * 1024


def _no_stamp() -> tuple[type[Exception], ...]:
    """What the libraries may say of bytes that anybody made up: each is no stamp, none is a crash."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    usual = (ValueError, LookupError, TypeError, ArithmeticError, AttributeError)
    of_certificates = (
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )
    return (*usual, *of_certificates, UnsupportedAlgorithm)


def anchors_of(audit: Path) -> AnchorFolder:
    """The folder in which a trail keeps its own time stamps, each with the note it is of."""
    return AnchorFolder(audit / SEAL_FOLDER / ANCHORS)


def read_authorities(file: Path) -> tuple[Certificate, ...]:
    """Return the certificates of a PEM file; raises BadInput naming what is wrong with it."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        if file.stat().st_size > _MAX_CA:
            raise BadInput(f"anchor_tsa_ca: {file} is far too large", "anchor_tsa_ca")
        return tuple(load_pem_x509_certificates(file.read_bytes()))
    except OSError as error:
        why = f"anchor_tsa_ca: {file} cannot be read: {told(error)}"
        raise BadInput(why, "anchor_tsa_ca") from error
    except _no_stamp() as error:
        why = f"anchor_tsa_ca: {file} holds no certificates in PEM form"
        raise BadInput(why, "anchor_tsa_ca") from error


class TimeStamps:
    """The `services.anchor_places.Stamps` of one trail; without `authorities` no chain is checked."""

    def __init__(self, audit: Path, authorities: Sequence[Certificate] = ()) -> None:
        self._audit = audit
        self._authorities = authorities

    def ask(self, note: bytes) -> Asked:
        """A request over SHA-256 of the note, with a fresh nonce and the stamper's certificate."""
        import rfc3161_client as tsp

        request = tsp.TimestampRequestBuilder(
            data=note, hash_algorithm=tsp.HashAlgorithm.SHA256
        ).build()
        return Asked(request.as_bytes(), request.nonce)

    def check(self, answer: bytes, note: bytes, nonce: int | None) -> Stamp:
        """See `Stamps.check`; a stamp read from a disk has no nonce that could be compared."""
        if len(answer) > MAX_STAMP:
            raise Refusal("The answer is far too large to be a time stamp")
        try:
            response, stamp = _read(answer)
            self._verify(response, note, nonce)
        except _no_stamp() as error:
            why = f"What came back is no time stamp that can be read ({str(error)[:200]})"
            raise Refusal(why) from error
        return replace(stamp, checked=bool(self._authorities))

    def keep(self, outgoing: Outgoing, answer: bytes) -> str:
        """Keep note and stamp in `seal/anchors`; raises EnvironmentProblem."""
        folder = anchors_of(self._audit)
        with trouble_told(folder.folder):
            make_private(folder.folder)
        return folder.put_stamp(outgoing, answer)

    def _verify(self, response: Any, note: bytes, nonce: int | None) -> None:
        import hashlib

        import rfc3161_client as tsp

        info = response.tst_info
        if info.message_imprint.message != hashlib.sha256(note).digest():
            raise Refusal("The time stamp is of something else than this checkpoint")
        if nonce is not None and info.nonce != nonce:
            raise Refusal("The time stamp is an old one: it does not repeat our number (nonce)")
        if not self._authorities:
            return
        verifier = tsp.VerifierBuilder(roots=list(self._authorities), nonce=nonce).build()
        try:
            verifier.verify_message(response, note)
        except tsp.VerificationError as error:
            raise Refusal(
                "The time stamp's signature does not lead to a certificate of anchor_tsa_ca"
                f" ({str(error)[:200]})"
            ) from error


def _read(answer: bytes) -> tuple[Any, Stamp]:
    """The stamper's answer and the stamp in it, not yet checked; Refusal where it granted none."""
    import rfc3161_client as tsp

    try:
        response = tsp.decode_timestamp_response(answer)
    except ValueError:
        response = tsp.decode_timestamp_response(_in_order(answer))
    if response.status != int(tsp.PKIStatus.GRANTED):
        said = "; ".join(response.status_string)[:200]
        raise Refusal(f"The time stamper refused (status {response.status}) {said}".rstrip())
    info = response.tst_info
    at, policy = info.gen_time.astimezone(UTC), info.policy.dotted_string
    return response, Stamp(at, _signer(response), info.serial_number, policy, checked=False)


def _signer(response: Any) -> str:
    """The name of the one who signed, as its own certificate says it; else empty."""
    from cryptography.x509 import load_der_x509_certificate

    named = {(one.issuer, one.serial_number) for one in response.signed_data.signer_infos}
    for raw in response.signed_data.certificates:
        certificate = load_der_x509_certificate(raw)
        if (certificate.issuer, certificate.serial_number) in named:
            return certificate.subject.rfc4514_string()[:300]
    return ""


def _in_order(raw: bytes) -> bytes:
    """The answer with its certificates in the order that DER asks of a SET.

    OpenSSL's own time stamper writes them as they come, and the strict reader refuses that. They
    are no part of what is signed. Raises ValueError where the structure is another.
    """
    _, begin, end = _element(raw, 0)
    token = list(_elements(raw, begin, end))[1]
    content = list(_elements(raw, token[1], token[2]))[1]
    signed = next(_elements(raw, content[1], content[2]))
    for tag, inner, after, _ in _elements(raw, signed[1], signed[2]):
        if tag == _CERTIFICATES:
            parts = sorted(raw[at:stop] for _, _, stop, at in _elements(raw, inner, after))
            return raw[:inner] + b"".join(parts) + raw[after:]
    return raw


def _elements(raw: bytes, begin: int, end: int) -> Iterator[tuple[int, int, int, int]]:
    """Yield (tag, begin of content, end, begin) of each DER element between two bytes."""
    while begin < end:
        tag, inner, after = _element(raw, begin)
        if after > end:
            raise ValueError("an element ends behind its frame")
        yield tag, inner, after, begin
        begin = after


def _element(raw: bytes, at: int) -> tuple[int, int, int]:
    length, head = raw[at + 1], at + 2
    if length & 0x80:
        octets = length & 0x7F
        if not 0 < octets <= 4:
            raise ValueError("a length that DER does not have")
        length = int.from_bytes(raw[head : head + octets], "big")
        head += octets
    if head + length > len(raw):
        raise ValueError("an element ends behind the answer")
    return raw[at], head, head + length


def verified(stamps: TimeStamps, answers: Iterator[bytes], note: bytes) -> tuple[Stamp | None, str]:
    """The first stamp of a note that holds, and why an earlier one did not; it is read from a disk."""
    why = ""
    for answer in answers:
        try:
            return stamps.check(answer, note, None), why
        except (Refusal, EnvironmentProblem) as error:
            why = str(error)
    return None, why
