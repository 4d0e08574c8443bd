"""What a failed call means: httpx's errors and HTTP statuses become the domain's, here only.

The outcome table of the product stands in two functions: `from_transport` for calls that got no
status line, `from_answer` for those that did.
"""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Final, TypeVar

import httpx

from console.cxone.refusals import ServerWords, read_refusal
from console.domain.errors import (
    CallError,
    CertificateRefused,
    NotSent,
    Rejected,
    SignInRefused,
    SignInUnavailable,
    Throttled,
    Unauthorized,
    Unknown,
    Unreadable,
    WorkflowFull,
)

if TYPE_CHECKING:
    from console.cxone.exchange import Answer

FULL_STATUSES: Final = frozenset({400, 409})
FULL_WORDS: Final = (
    r"concurren\w* (?:\w+ ){0,6}(?:limit|maximum|max|quota|capacity|exceeded)",
    r"(?:limit|maximum|max|quota|capacity|too many) (?:\w+ ){0,6}concurren",
    r"(?:limit|maximum|max|quota|too many) (?:\w+ ){0,4}(?:running|active|parallel|simultaneous)",
    r"(?:running|active|parallel|simultaneous) (?:\w+ ){0,4}(?:limit|maximum|quota|capacity)",
    r"(?:maximum|max)(?: number of)?(?: workflow)? (?:instances|executions|runs)\b",
    r"(?:instances?|executions?|runs?) (?:limit|quota|capacity) (?:\w+ ){0,3}(?:reached|exceeded)",
    r"\bat (?:full |maximum )?capacity\b",
    r"\b(?:workflow|instance) capacity\b",
)
"""How a 400 or 409 names the concurrent limit; matched against its code, title and message, in
lower case, words apart by single spaces. An error of one of our values is never meant."""

_FULL: Final = re.compile("|".join(FULL_WORDS))
# httpx raises these only while it gets a connection: no byte of the request has left.
_BEFORE_SENDING: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
E = TypeVar("E", bound=BaseException)
_OUR_VALUES: Final = ("context", "metadata", "priority")


def from_transport(
    error: BaseException, host: str, *, sent: bool | None, deadline_s: float
) -> CallError:
    """The error of a call that got no status line: NotSent where that is certain, else Unknown.

    `sent` says whether the request began to leave; None where nobody watched, and then the kind
    of `error` decides, in doubt for Unknown.
    """
    never_left = isinstance(error, _BEFORE_SENDING) if sent is None else not sent
    if not never_left:
        return Unknown(f"{host} gave no answer: {_what(error, deadline_s)}")
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if certificate is not None:
        why = certificate.verify_message or "it cannot be verified"
        return CertificateRefused(
            f"The certificate of {host} is not trusted: {why}. Check the address and this "
            "computer's clock, or add the company's certificate"
        )
    if _cause(error, socket.gaierror) is not None:
        return NotSent(f"The name {host} cannot be found; check the address and the network")
    if _cause(error, ssl.SSLError) is not None:
        return NotSent(f"No secure connection to {host}: the TLS handshake failed")
    return NotSent(f"No connection to {host}: {_what(error, deadline_s)}")


def from_answer(answer: Answer, scope: str, path: str = "") -> CallError:
    """The error of an answer that is no 2xx; `scope` is what the call needs, `path` its own."""
    status = answer.status
    if status == 429:
        return Throttled(
            "CXone asked us to wait (429)",
            retry_after=answer.retry_after,
            server_text=read_refusal(answer.body, answer.content_type).text,
        )
    said = read_refusal(answer.body, answer.content_type, path)
    if status in (401, 403):
        return Unauthorized(
            f"CXone refused access ({status}): the scope {_scope(answer) or scope} or the role "
            "for it is missing",
            status=status,
            server_text=said.text,
        )
    if status == 408 or status >= 500 or status < 200:
        return Unknown(f"CXone answered {status}", status=status, server_text=said.text)
    if status in FULL_STATUSES and names_limit(said):
        return WorkflowFull(
            f"CXone says that the workflow's concurrent limit is reached ({status})",
            status=status,
            server_text=said.text,
        )
    if status < 400:
        return Rejected(
            f"CXone answered with a redirect ({status}), which is not followed; check the API URL",
            status=status,
            server_text=said.text,
        )
    told = ": ".join(part for part in (said.field, said.message) if part)
    return Rejected(
        f"CXone refused it ({status})" + (f": {told}" if told else ""),
        status=status,
        server_text=said.text,
        field=said.field,
    )


def from_sign_in(answer: Answer, host: str) -> NotSent:
    """The error of a token endpoint's answer that is no 2xx; nothing else was sent in any case."""
    status = answer.status
    said = read_refusal(answer.body, answer.content_type)
    if status in (408, 429) or status >= 500 or status < 200:
        return SignInUnavailable(
            f"Signing in failed for now: {host} answered {status}",
            status=status,
            server_text=said.text,
            retry_after=answer.retry_after,
        )
    if status < 400:
        why = f"{host} redirects ({status}), which is not followed; check the token URL"
    elif status in (400, 401, 403):
        told = f": {said.message}" if said.message else ""
        why = f"{host} refused the client id or its secret ({status}){told}"
    else:
        why = f"{host} has no sign-in at this address ({status}); check the token URL"
    return SignInRefused(f"Signing in was refused: {why}", status=status, server_text=said.text)


def sign_in_unreadable(answer: Answer, host: str, why: str) -> SignInUnavailable:
    """A 2xx of the token endpoint that holds no usable token."""
    return SignInUnavailable(
        f"Signing in failed: {host} answered {answer.status}, but {why}; check the token URL",
        status=answer.status,
    )


def sign_in_unreached(error: CallError) -> NotSent:
    """What the token request's own failure means for the call that needed the token."""
    if isinstance(error, CertificateRefused | SignInUnavailable):
        return error
    return SignInUnavailable(f"Signing in failed: {error}", status=error.status)


def unreadable(answer: Answer, why: str) -> Unreadable:
    """A 2xx whose content cannot be used; `why` follows 'but'."""
    return Unreadable(
        f"CXone answered {answer.status}, but {why}",
        status=answer.status,
        server_text=read_refusal(answer.body, answer.content_type).text,
    )


def names_limit(said: ServerWords) -> bool:
    """True where a refusal is about how many instances may run, not about a value of ours."""
    if said.field.lstrip("/$.").lower().startswith(_OUR_VALUES):
        return False
    return _FULL.search(said.words) is not None


def _what(error: BaseException, deadline_s: float) -> str:
    """The kind of failure in words; never the error's own text, which may quote headers."""
    if isinstance(error, httpx.PoolTimeout):
        return "all connections are busy"
    if isinstance(error, httpx.ProxyError):
        return "the proxy refused"
    if isinstance(error, httpx.TimeoutException):
        return "it took too long"
    if isinstance(error, TimeoutError):
        return f"it took longer than {deadline_s:g} s"
    if isinstance(error, httpx.ConnectError):
        refused = _cause(error, ConnectionRefusedError) is not None
        return "it was refused" if refused else "it could not be made"
    if isinstance(error, httpx.RemoteProtocolError):
        return "the connection was closed or the answer was no HTTP"
    return "the connection broke"


def _cause(error: BaseException, kind: type[E]) -> E | None:
    """The first error of `kind` among `error` and what it came from."""
    seen: BaseException | None = error
    for _ in range(20):
        if seen is None or isinstance(seen, kind):
            return seen
        below = seen.__cause__ or seen.__context__
        if isinstance(seen, BaseExceptionGroup) and below is None:
            below = seen.exceptions[0]
        seen = below
    return None


def _scope(answer: Answer) -> str:
    """The scope that a challenge names (RFC 6750), or empty."""
    found = re.search(r'\bscope="([A-Za-z0-9:._/ -]{1,100})"', answer.challenge)
    return found.group(1) if found else ""
