"""Logging to stderr and to a private file, with secrets taken out where the line is written.

The last step before any byte leaves is `RedactingFormatter`, so tracebacks, arguments and the
lines of libraries pass through it as well. Exact values are named with `never_log`; what looks
like a secret is taken out even where nobody named it.
"""

from __future__ import annotations

import base64
import json
import logging
import os
import re
import sys
import threading
import time
from collections import OrderedDict
from functools import cache
from pathlib import Path
from typing import IO, Final, TextIO
from urllib.parse import quote, quote_plus

REDACTED: Final = "[redacted]"
LEVELS: Final = ("debug", "info", "warning", "error")
FILE_BYTES: Final = 5_000_000
FILES_KEPT: Final = 3
SHORTEST_SECRET: Final = 4
MOST_SECRETS: Final = 1000
_POSIX: Final = os.name == "posix"

_secrets: OrderedDict[str, tuple[str, ...]] = OrderedDict()
_secrets_lock: Final = threading.Lock()

_NAMED = (
    r"client_?secret|access_?token|refresh_?token|id_?token|accessKeySecret|access_?key_?secret"
    r"|api_?key|password|passwd|client_?assertion|webhook-signature|set-cookie|cookie"
)
# Compiled when the first line is written: that takes longer than anything else at start.
_PATTERNS: Final = (
    # The scheme goes first: it stands inside an Authorization header too.
    (r"(?i)\b(bearer)(?:\s+|%20|\+)[A-Za-z0-9._~+/=%-]{4,}", rf"\1 {REDACTED}"),
    (r"(?i)\b(basic)(?:\s+|%20|\+)[A-Za-z0-9+/=%-]{8,}", rf"\1 {REDACTED}"),
    (
        r"(?i)(authorization\b[\"']?\s*[:=,]\s*)(?!b?[\"']?(?:bearer|basic) \[)[^\r\n]+",
        rf"\1{REDACTED}",
    ),
    (
        (
            rf"(?i)\b((?:{_NAMED})\b\\?[\"']?\s*[:=,]\s*b?)"
            r"(\\\"[^\"]*\"?|\"(?:[^\"\\]|\\.)*\"?|'(?:[^'\\]|\\.)*'?|[^\s&,;\"'})\]\[]+)"
        ),
        rf"\1{REDACTED}",
    ),
    (r"whsec_[A-Za-z0-9+/=_-]+", REDACTED),
    (r"\beyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?", REDACTED),
    (r"(?i)\b(https?://)[^\s/@\"'<>]+@", rf"\1{REDACTED}@"),
    # Queries carry customers' values: of whole addresses, and of paths in an access log.
    (r"(?<=[\w/%.-])\?(?=[^\s\"'<>?]*=)[^\s\"'<>]+", f"?{REDACTED}"),
    (r"(?i)\b(https?://[^\s?\"'<>]+)\?[^\s\"'<>\[]+", rf"\1?{REDACTED}"),
)
_CONTROL: Final = r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]"


def never_log(secret: str) -> None:
    """Take `secret` out of everything that is logged from now on, in each form it may take.

    Shorter values than four characters are no secrets: taking them out would garble every line.
    The last thousand values are kept, so that renewed tokens do not pile up.
    """
    if len(secret) < SHORTEST_SECRET:
        return
    with _secrets_lock:
        if secret not in _secrets:
            _secrets[secret] = _forms(secret)
        _secrets.move_to_end(secret)
        while len(_secrets) > MOST_SECRETS:
            _secrets.popitem(last=False)


def without_secrets(text: str) -> str:
    """Return `text` with every form of every named secret taken out, and nothing else changed."""
    with _secrets_lock:
        forms = [form for forms in _secrets.values() for form in forms]
    for form in sorted(forms, key=len, reverse=True):
        if form in text:
            text = text.replace(form, REDACTED)
    return text


def redact(text: str) -> str:
    """Return `text` without any named secret, without what looks like one, and printable."""
    text = without_secrets(text)
    patterns, control = _compiled()
    for pattern, instead in patterns:
        text = pattern.sub(instead, text)
    return control.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


@cache
def _compiled() -> tuple[tuple[tuple[re.Pattern[str], str], ...], re.Pattern[str]]:
    return tuple((re.compile(find), instead) for find, instead in _PATTERNS), re.compile(_CONTROL)


class RedactingFormatter(logging.Formatter):
    """One line a record, UTC, redacted as a whole: message, arguments, traceback, stack."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(name)s: %(message)s")
        self.datefmt = "%Y-%m-%dT%H:%M:%S"
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class PrivateFileHandler(logging.FileHandler):
    """A file that only its owner can read (0600); a full one goes on beside older ones, numbered.

    Where it cannot be written (disk full, folder gone) one line on stderr says so, once.
    `logging.handlers` has one that rotates too, and imports sockets and pickle for others.
    """

    def __init__(self, file: Path) -> None:
        self._told = False
        super().__init__(file, encoding="utf-8", delay=True)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._is_full(record):
                self._turn_over()
            if self.stream is None:
                self.stream = self._open()  # type: ignore[assignment]  # as `_open`
        except OSError:
            self.handleError(record)
        else:
            super().emit(record)

    def _is_full(self, record: logging.LogRecord) -> bool:
        file = Path(self.baseFilename)
        return file.is_file() and file.stat().st_size + len(self.format(record)) >= FILE_BYTES

    def _turn_over(self) -> None:
        if self.stream is not None:
            self.stream.close()
            self.stream = None
        for number in range(FILES_KEPT, 0, -1):
            older = Path(f"{self.baseFilename}.{number - 1}" if number > 1 else self.baseFilename)
            if older.exists():
                older.replace(f"{self.baseFilename}.{number}")

    def _open(self) -> IO[str]:  # type: ignore[override]  # the stub promises the wrapper class
        number = os.open(self.baseFilename, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if _POSIX:
            os.fchmod(number, 0o600)  # a file that an older umask left open to others
        return os.fdopen(number, "a", encoding="utf-8", errors="backslashreplace")

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  # logging's own signature
        if not self._told:
            self._told = True
            error = sys.exc_info()[1]
            sys.stderr.write(f"The log {self.baseFilename} cannot be written: {error}.\n")


def set_up(level: str = "warning", file: Path | None = None, stream: TextIO | None = None) -> None:
    """Log at `level` to `stream` (stderr) and from info on to `file`; a second call replaces.

    The HTTP library is held at warnings: its own lines hold addresses and headers.
    """
    root = logging.getLogger()
    take_down()
    to_screen = logging.StreamHandler(stream)
    to_screen.setLevel(level.upper())
    handlers: list[logging.Handler] = [to_screen]
    if file is not None:
        to_file = PrivateFileHandler(file)
        to_file.setLevel(min(logging.INFO, to_screen.level))
        handlers.append(to_file)
    for handler in handlers:
        handler.setFormatter(RedactingFormatter())
        handler.set_name(f"cxone-console-{handlers.index(handler)}")
        root.addHandler(handler)
    root.setLevel(min(handler.level for handler in handlers))
    for loud in ("httpx", "aiohttp", "keyring"):
        logging.getLogger(loud).setLevel(logging.WARNING)


def take_down() -> None:
    """Remove and close what `set_up` added."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if (handler.get_name() or "").startswith("cxone-console-"):
            root.removeHandler(handler)
            handler.close()


def _forms(secret: str) -> tuple[str, ...]:
    """The secret as it is, in a URL, in a form, in JSON, in a repr, and in base64."""
    raw = secret.encode("utf-8", "surrogatepass")
    plain = base64.b64encode(raw).decode("ascii")
    candidates = {
        secret,
        quote(raw, safe=""),
        quote(raw),
        quote_plus(raw),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        plain.rstrip("="),
        plain.replace("+", "-").replace("/", "_").rstrip("="),
    }
    return tuple(candidates)
