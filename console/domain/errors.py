"""What can go wrong between an operator's trigger and a running instance.

The tree, by what is known about the bytes that were sent (product.md, *Outcomes*)::

    ConsoleError                 anything we can explain to an operator
    ├── BadInput                 what was typed or handed over cannot be used; names the field
    ├── Refusal                  our own rules forbid it now (stale decision, state does not allow it)
    ├── EnvironmentProblem       this computer lacks something: keyring, disk, display, network, profile
    └── CallError                one call to the tenant did not give its answer
        ├── NotSent              certain that the request left nothing behind: back-off, uses no attempt
        │   ├── SignInRefused        the token endpoint said no (400, 401, 403): the connection is held
        │   ├── SignInUnavailable    the token endpoint did not answer (5xx, 429, timeout)
        │   └── CertificateRefused   TLS certificate not trusted: the connection is held
        ├── Throttled            429: not accepted, uses no attempt, may say how long to wait
        ├── WorkflowFull         400 or 409 that names the concurrent limit: as full
        ├── Unauthorized         401 after one renewal, or 403: this job fails, the connection is held
        ├── Rejected             3xx, other 4xx: this job fails with the server's text
        └── Unknown              408, 5xx, cut or timed out after sending: look before any resend
            └── Unreadable       2xx without a readable id: it ran; never sent again by itself
"""

from __future__ import annotations


class ConsoleError(Exception):
    """An error whose text tells the operator what happened and what to do."""


class BadInput(ConsoleError):
    """A value that cannot be used as given; `field` is its JSON Pointer or option name, or empty."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class Refusal(ConsoleError):
    """A command that our own rules do not allow in the present state; nothing was changed."""


class NotFound(Refusal):
    """The job, profile, workflow or instance that was named does not exist here."""


class EnvironmentProblem(ConsoleError):
    """Something this computer lacks or forbids (exit code 3); the text says what to do."""


class CallError(ConsoleError):
    """One call to the tenant failed.

    `status` is the HTTP status or None, `code` our short stable word for records,
    `server_text` what the server said (kept in the job, never in the trail),
    `field` the field the server names, as it names it, or empty.
    """

    code = "call-failed"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        server_text: str = "",
        field: str = "",
        code: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.server_text = server_text
        self.field = field
        if code is not None:
            self.code = code


class NotSent(CallError):
    """Certain that nothing reached the tenant: refused, DNS, TLS handshake, no free connection."""

    code = "not-sent"


class SignInRefused(NotSent):
    """The token endpoint refused our credentials; only a person can mend that."""

    code = "sign-in-refused"


class SignInUnavailable(NotSent):
    """The token endpoint gave no usable answer; `retry_after` in seconds where it said so."""

    code = "sign-in-unavailable"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        server_text: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, status=status, server_text=server_text)
        self.retry_after = retry_after


class CertificateRefused(NotSent):
    """The server's certificate is expired, self-signed, or for another name."""

    code = "certificate-refused"


class Throttled(CallError):
    """429: the tenant did not take it; `retry_after` is in seconds, None where it said nothing."""

    code = "throttled"

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None,
        status: int | None = 429,
        server_text: str = "",
    ) -> None:
        super().__init__(message, status=status, server_text=server_text)
        self.retry_after = retry_after


class WorkflowFull(CallError):
    """The tenant says that the workflow's concurrent limit is reached."""

    code = "workflow-full"


class Unauthorized(CallError):
    """401 even with a renewed token, or 403: a scope or a role is missing."""

    code = "unauthorized"


class Rejected(CallError):
    """The tenant refused this very request; sending it again unchanged would fail again."""

    code = "rejected"


class Unknown(CallError):
    """The request may have been carried out; nobody knows before a look-up."""

    code = "unknown"


class Unreadable(Unknown):
    """A success answer without a readable instance id: it ran, we do not know under which id."""

    code = "unreadable-answer"
