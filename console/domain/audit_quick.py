r"""The hash rule over many lines of few shapes: the same verdict on every line, several times faster.

Most records of a trail have one of a few shapes: the same keys in the same order. Of a line that the
standard library has judged intact its shape is learned as a pattern that matches only text which
`json.dumps` writes for what `json.loads` reads from it: strings with exactly the escapes that it
writes, numbers in exactly its form. Where a later line matches, the text to be hashed is known without
reading it as JSON. Whatever does not match, or has a number in doubt, goes the slow way.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from console.domain.audit import MAX_DIGITS, hash_holds

_MAX_SHAPES: Final = 6
_MAX_PARTS: Final = 200
_MAX_TRIES: Final = 200
_PAYLOAD: Final = b', "payload": '
_HEAD_ROOM: Final = 300
_EVENT_AT: Final = 47  # where a timestamp with microseconds and zone ends
_sha256 = hashlib.sha256

# Escapes that json.dumps itself writes: never one that has a shorter form or needs none.
ESCAPE: Final = (
    rb'\\(?:["\\bfnrt]|u(?:00(?:0[0-7bef]|1[0-9a-f]|7f|[89a-f][0-9a-f])'
    rb"|0[1-9a-f][0-9a-f]{2}|[1-9a-f][0-9a-f]{3}))"
)
_RUN: Final = rb"[ !#-\[\]-~]*"  # possessive would be half as fast: nothing to give back costs more
_STRING: Final = rb'"' + _RUN + rb"(?:" + ESCAPE + _RUN + rb')*"'
_INTEGER: Final = rb"(?:0|-?[1-9][0-9]*)(?![.0-9eE])"
_FLOAT: Final = rb"(-?[0-9][0-9.e+-]*)"
_PLAIN: Final = rb"(?:" + _STRING + rb"|" + _INTEGER + rb"|true|false|null)"
_LIST: Final = rb"\[(?:" + _PLAIN + rb"(?:, " + _PLAIN + rb")*)?\]"
# Its group is the float, of which only float itself can say whether it stands as Python writes it.
_MAYBE_FLOAT: Final = _INTEGER + rb"|" + _FLOAT + rb"|null"
_HEAD: Final = rb'\{"timestamp": ' + _STRING + rb', "event_type": ' + _STRING + rb', "payload": '
_TAIL: Final = rb', "compliance_hash": "([0-9a-f]{64})"\}'
_BEGIN: Final = b'{"timestamp": "'
_BEFORE_HASH: Final = b', "compliance_hash": "'
_TAIL_BYTES: Final = len(_BEFORE_HASH) + 64 + 2
# A timestamp as far as the kind of line does not hold it: no quote, no escape.
_IN_TIMESTAMP: Final = re.compile(_RUN).fullmatch
_IN_OURS: Final = re.compile(_HEAD + rb"(\{.*\})" + _TAIL)

# Gives True where the payload, which begins at a byte, has its hash; False says nothing.
Shape = Callable[[bytes, int], bool]
Matcher = Callable[[bytes, int, int], re.Match[bytes] | None]


class QuickJudge:
    """Says of one line after another whether `hash_holds`, and learns the shapes it meets."""

    def __init__(self) -> None:
        self._shapes: dict[bytes, list[Shape]] = {}  # by what stands around the event type
        self._known: set[bytes] = set()
        self._tries = _MAX_TRIES

    def holds(self, raw: bytes) -> bool:
        """True exactly where `check_line` says intact."""
        if len(raw) > MAX_DIGITS:  # so no number in what follows can be too long
            return hash_holds(raw)
        at = raw.find(_PAYLOAD, 0, _HEAD_ROOM)
        kind = raw[_EVENT_AT:at]
        shapes = self._shapes.get(kind)
        if shapes is not None and _framed(raw):
            begin = at + len(_PAYLOAD)
            for shape in shapes:
                if shape(raw, begin):
                    return True
        good = hash_holds(raw)
        if good and at > 0 and self._tries:
            self._tries -= 1
            self._learn(raw, kind)
        return good

    def _learn(self, raw: bytes, kind: bytes) -> None:
        found = _IN_OURS.fullmatch(raw)
        if found is None:
            return
        payload = json.loads(found[1])
        if not isinstance(payload, dict) or json.dumps(payload).encode() != found[1]:
            return
        parts = [(kind, text) for kind, text, _ in parts_of(payload)]
        shape = b"".join([kind, *(name.encode() + text for name, text in parts)])
        # A shape that is known was not met for a value in doubt, not because it is another.
        if len(parts) <= _MAX_PARTS and shape not in self._known:
            self._known.add(shape)
            shapes = self._shapes.setdefault(kind, [])
            if len(shapes) < _MAX_SHAPES:
                shapes.append(_shape(payload, parts))


def parts_of(value: Any) -> Iterator[tuple[str, bytes, Any]]:
    """Give the text of a value as json.dumps writes it: literals, and places for what may vary.

    (kind, text of a literal, value at a place): kinds are literal, list, float and plain.
    """
    if isinstance(value, dict):
        yield "literal", rb"\{", None
        for number, (key, inner) in enumerate(value.items()):
            comma = b", " if number else b""
            yield "literal", re.escape(comma + json.dumps(key).encode() + b": "), None
            yield from parts_of(inner)
        yield "literal", rb"\}", None
    elif isinstance(value, list):
        if all(not isinstance(item, dict | list | float) for item in value):
            yield "list", b"", value
            return
        yield "literal", rb"\[", None
        for number, item in enumerate(value):
            if number:
                yield "literal", b", ", None
            yield from parts_of(item)
        yield "literal", rb"\]", None
    else:
        yield "float" if isinstance(value, float) else "plain", b"", value


def _shape(payload: Any, parts: list[tuple[str, bytes]]) -> Shape:
    if json.dumps(payload) == json.dumps(payload, sort_keys=True):
        return _sorted_shape(_compiled(parts, rb"(?:"))
    order = list(sorted_text(numbered(payload, iter(range(len(parts))))))
    slots = [part for part in order if isinstance(part, int)]
    written = b"".join(
        b"%b" if isinstance(part, int) else part.replace(b"%", b"%%") for part in order
    )
    # Each place is a group; a float is in a second one inside.
    places: list[int] = []
    floats: list[int] = []
    group = 0
    for kind, _ in parts:
        if kind == "literal":
            continue
        places.append(group)
        if kind == "float":
            group += 1
            floats.append(group)
        group += 1
    matches = _compiled(parts, rb"(")
    return _unsorted_shape(matches, written, [places[slot] for slot in slots], floats)


def _compiled(parts: list[tuple[str, bytes]], group: bytes) -> Matcher:
    texts = {"float": _MAYBE_FLOAT, "plain": _PLAIN, "list": _LIST}
    texts = {kind: group + text + rb")" for kind, text in texts.items()}
    pattern = b"".join(texts.get(kind, part) for kind, part in parts)
    return re.compile(pattern).fullmatch


def _sorted_shape(matches: Matcher) -> Shape:
    """Payloads that stand sorted: what is hashed is a slice of the line."""

    def holds(raw: bytes, begin: int) -> bool:
        end = len(raw) - _TAIL_BYTES
        found = matches(raw, begin, end)
        if found is None:
            return False
        for number in found.groups():
            if number is not None and not _as_written(number):
                return False
        return _sha256(raw[begin:end]).hexdigest().encode() == raw[-66:-2]

    return holds


def _unsorted_shape(matches: Matcher, written: bytes, slots: list[int], floats: list[int]) -> Shape:
    """Payloads whose keys stand in another order: their parts are put in order first."""

    def holds(raw: bytes, begin: int) -> bool:
        found = matches(raw, begin, len(raw) - _TAIL_BYTES)
        if found is None:
            return False
        groups = found.groups()
        for at in floats:
            number = groups[at]
            if number is not None and not _as_written(number):
                return False
        text = written % tuple([groups[slot] for slot in slots])
        return _sha256(text).hexdigest().encode() == raw[-66:-2]

    return holds


def _framed(raw: bytes) -> bool:
    """True where what stands around event type and payload is as our writer writes it."""
    return (
        raw.startswith(_BEGIN)
        and raw.startswith(_BEFORE_HASH, len(raw) - _TAIL_BYTES)
        and raw.endswith(b'"}')
        and _IN_TIMESTAMP(raw, len(_BEGIN), _EVENT_AT) is not None
    )


def _as_written(number: bytes) -> bool:
    """True where a number with a point or an exponent stands as Python writes it."""
    try:
        return repr(float(number)).encode() == number
    except ValueError:
        return False


def numbered(value: Any, places: Iterator[int]) -> Any:
    """The value with each part that varies replaced by its place, in the order of the text."""
    if isinstance(value, dict):
        return {key: numbered(inner, places) for key, inner in value.items()}
    if isinstance(value, list) and any(isinstance(item, dict | list | float) for item in value):
        return [numbered(item, places) for item in value]
    return next(places)


def sorted_text(value: Any) -> Iterator[bytes | int]:
    """Give a numbered value as json.dumps writes it with sorted keys, its places as numbers."""
    if isinstance(value, dict):
        yield b"{"
        for number, key in enumerate(sorted(value)):
            comma = b", " if number else b""
            yield comma + json.dumps(key).encode() + b": "
            yield from sorted_text(value[key])
        yield b"}"
    elif isinstance(value, list):
        yield b"["
        for number, item in enumerate(value):
            if number:
                yield b", "
            yield from sorted_text(item)
        yield b"]"
    else:
        yield value
