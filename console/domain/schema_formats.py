"""The formats that a text field is checked for, each with the words for one that misses it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Final

# As text: `re` keeps what it compiled, and few forms need them all.
_DATE: Final = r"\d{4}-\d{2}-\d{2}\Z"
_CLOCK: Final = r"\d{2}:\d{2}:\d{2}(?:\.\d+)?"
_OFFSET: Final = r"(?:[Zz]|[+-]\d{2}:\d{2})"
# RFC 3339 wants an offset after a time of day; a window of opening hours has none, and the
# designer's own time variables come without, so here it may be left out.
_TIME: Final = rf"({_CLOCK}){_OFFSET}?\Z"
_MOMENT: Final = rf"(\d{{4}}-\d{{2}}-\d{{2}})[Tt ]({_CLOCK})({_OFFSET})\Z"
_UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z"
_URI: Final = r"[A-Za-z][A-Za-z0-9+.-]*:[!#$&-;=?-\[\]_a-z~A-Z%@]+\Z"
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z"
_OCTET: Final = r"(?:0|[1-9][0-9]{0,2})\Z"
_POINTER: Final = r"(?:/(?:[^~/]|~[01])*)*"
_TIMES: Final = r"T(?:\d+H(?:\d+M(?:\d+S)?)?|\d+M(?:\d+S)?|\d+S)"
_DAYS: Final = r"(?:\d+D|\d+M(?:\d+D)?|\d+Y(?:\d+M(?:\d+D)?)?)"
_DURATION: Final = rf"P(?:\d+W|{_DAYS}(?:{_TIMES})?|{_TIMES})\Z"
_LOCAL_LENGTH: Final = 64
_ADDRESS_LENGTH: Final = 254


def _is_date(text: str) -> bool:
    return bool(re.match(_DATE, text, re.ASCII)) and bool(date.fromisoformat(text))


def _is_time(text: str) -> bool:
    found = re.match(_TIME, text, re.ASCII)
    if not found:
        return False
    _check_clock(found[1])
    return _is_offset(text[len(found[1]) :])


def _is_moment(text: str) -> bool:
    found = re.match(_MOMENT, text, re.ASCII)
    if not found:
        return False
    datetime.fromisoformat(found[1])
    _check_clock(found[2])
    return _is_offset(found[3])


def _check_clock(text: str) -> None:
    # A leap second is a time of day although Python's clock has none.
    time.fromisoformat(text[:6] + "59" if text[6:8] == "60" else text[:8])


def _is_offset(text: str) -> bool:
    return text in {"", "Z", "z"} or (int(text[1:3]) < 24 and int(text[4:6]) < 60)


def _is_email(text: str) -> bool:
    local, at, host = text.rpartition("@")
    return bool(
        at
        and 0 < len(local) <= _LOCAL_LENGTH
        and host
        and len(text) <= _ADDRESS_LENGTH
        and not any(sign.isspace() or ord(sign) < 32 for sign in text)
        and not host.startswith(".")
        and not host.endswith(".")
        and ".." not in text
        and not local.startswith(".")
        and not local.endswith(".")
    )


def _is_uri(text: str) -> bool:
    return bool(re.match(_URI, text))


def _is_uuid(text: str) -> bool:
    return bool(re.match(_UUID, text))


def _is_host(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return len(text) <= _ADDRESS_LENGTH and all(re.match(_LABEL, label) for label in labels)


def _is_ipv4(text: str) -> bool:
    parts = text.split(".")
    return len(parts) == 4 and all(re.match(_OCTET, p) and int(p) < 256 for p in parts)


def _is_ipv6(text: str) -> bool:
    from ipaddress import IPv6Address

    return "%" not in text and bool(IPv6Address(text).packed)


def _is_regex(text: str) -> bool:
    try:
        return bool(re.compile(text))
    except (re.error, RecursionError, OverflowError):
        return False


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: bool(re.match(pattern, text, re.ASCII))


FORMATS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "date": (_is_date, "Must be a date such as 2026-11-23."),
    "time": (_is_time, "Must be a time of day such as 09:30:00."),
    "date-time": (
        _is_moment,
        "Must be a date and time with its offset, such as 2026-11-23T09:30:00Z.",
    ),
    "email": (_is_email, "Must be an e-mail address such as name@example.com."),
    "uri": (_is_uri, "Must be a web address or other URI such as https://example.com/page."),
    "uri-reference": (
        _matches(r"[!#$&-;=?-\[\]_a-z~A-Z%@]*\Z"),
        "Must be a web address or a path such as /page.",
    ),
    "iri": (
        _matches(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+\Z"),
        "Must be a web address such as https://example.com/page.",
    ),
    "iri-reference": (
        _matches(r"[^\s<>\"{}|\\^`]*\Z"),
        "Must be a web address or a path such as /page.",
    ),
    "idn-email": (_is_email, "Must be an e-mail address such as name@example.com."),
    "hostname": (_is_host, "Must be the name of a host such as www.example.com."),
    "ipv4": (_is_ipv4, "Must be an IPv4 address such as 192.0.2.1."),
    "ipv6": (_is_ipv6, "Must be an IPv6 address such as 2001:db8::1."),
    "duration": (_matches(_DURATION), "Must be a duration such as P3DT4H30M."),
    "json-pointer": (_matches(rf"{_POINTER}\Z"), "Must be a JSON Pointer such as /lines/0."),
    "relative-json-pointer": (
        _matches(rf"(?:0|[1-9]\d*)(?:#|{_POINTER})\Z"),
        "Must be a relative JSON Pointer such as 1/lines.",
    ),
    "regex": (_is_regex, "Must be a regular expression such as ^[a-z]+$."),
    "uuid": (_is_uuid, "Must be a UUID such as 123e4567-e89b-12d3-a456-426614174000."),
}
"""Each checked format: its test (which may raise ValueError for no) and the words for a no."""


def fits(text: str, name: str) -> bool:
    """Return True where `text` has format `name`, or where nobody here knows that format."""
    known = FORMATS.get(name)
    if known is None:
        return True
    try:
        return known[0](text)
    except ValueError:
        return False
