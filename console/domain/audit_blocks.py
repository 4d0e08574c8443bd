r"""The hash rule over whole blocks of lines: the same verdict on every line, for a fraction of the time.

What a single line costs is mostly the way through the interpreter. Here one pattern runs over all lines
of a block, their floats are proved by one call, and their hashes compared in one go. A pattern is a shape
that was learned from a line that holds: it matches only text that `json.dumps` writes for what
`json.loads` reads from it. What no shape matches, or is in doubt, goes to `QuickJudge`, line by line.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress, count
from operator import itemgetter
from typing import Any, Final

from console.domain.audit_quick import ESCAPE, QuickJudge, numbered, parts_of, sorted_text

_MAX_SHAPES: Final = 16
_MAX_PARTS: Final = 90
_MAX_TRIES: Final = 200
_AT_ONCE: Final = 128 * 1024  # a pattern lets no other thread run before it is through
_sha256 = hashlib.sha256
_TIME: Final = itemgetter(0)
_PAYLOAD: Final = itemgetter(1)
_LF: Final = 10

# A block is read by shapes only where it holds nothing but what json.dumps writes: plain ASCII, and
# escapes of its own making, of which none is that of a quote or a backslash. So each quote begins or
# ends a string, and nothing more has to be asked of a string than where it ends.
_WRITTEN: Final = bytes([10, *range(32, 127)])
_OTHER_ESCAPE: Final = re.compile(
    ESCAPE.replace(rb"\\(?:", rb"\\(?!", 1).replace(rb'["\\bfnrt]', rb"[bfnrt]")
)
_STRING: Final = rb'"[^"]*"'  # sets of characters take twice as long
# So few digits that Python reads them as it comes.
_INTEGER: Final = rb"(?:-?[1-9][0-9]{0,300}|0)"
_FLOAT: Final = rb"([0-9.e+-]{1,40})"
_ANY: Final = rb"(?:" + _STRING + rb"|" + _INTEGER + rb"|true|false|null)"
_OURS: Final = re.compile(
    rb'\{"timestamp": ' + _STRING + rb', "event_type": (' + _STRING + rb'), "payload": (\{.*\})'
    rb', "compliance_hash": "[^"]{64}"\}'
)
_TEXTS: Final = {
    "text": _STRING,
    "whole": _INTEGER,
    "float": rb"(?:" + _FLOAT + rb"|null)",
    "plain": rb"(?:true|false|null)",
    "texts": rb"\[(?:" + _STRING + rb"(?:, " + _STRING + rb")*)?\]",
    "list": rb"\[(?:" + _ANY + rb"(?:, " + _ANY + rb")*)?\]",
}


@dataclass
class _Shape:
    """One kind of line: `find` and `search` give its groups for each line that is of it.

    `hashed` makes from a row the text that the hash covers, `floats` are the groups in doubt. `frame`
    is the line without timestamp, payload and hash, of `fixed` bytes with its LF and the hash.
    """

    find: Callable[[bytes], list[tuple[bytes, ...]]]
    search: Callable[[bytes], Iterator[re.Match[bytes]]]
    hashed: Callable[[tuple[bytes, ...]], bytes]
    floats: Sequence[int]
    stored: int
    frame: bytes
    fixed: int
    met: int = field(default=0, compare=False)


class BlockJudge:
    """Finds the lines of a block that do not hold by the hash rule, and learns the shapes it meets."""

    def __init__(self) -> None:
        self._quick = QuickJudge()
        self._shapes: list[_Shape] = []
        self._known: set[bytes] = set()
        self._tries = _MAX_TRIES

    def bad(self, block: bytes) -> list[int]:
        """Return the numbers, from 0 up, of the lines that `check_line` does not call intact.

        A block ends with LF everywhere but at the end of a file; what stands between two is a line.
        """
        found: list[int] = []
        begin = first = 0
        while begin < len(block):
            end = block.find(b"\n", begin + _AT_ONCE) + 1 or len(block)
            part = block[begin:end] if block[end - 1] == _LF else block[begin:end] + b"\n"
            lines = part.count(b"\n")
            found += [first + number for number in self._bad(part, lines)]
            begin, first = end, first + lines
        return found

    def _bad(self, block: bytes, lines: int) -> list[int]:
        if _clear(block):
            return self._by_shapes(block, range(lines))
        every = block.split(b"\n")
        every.pop()
        clear = list(map(_clear, every))
        found: list[int] = []
        if any(clear):
            rest = b"\n".join([*compress(every, clear), b""])
            found = self._by_shapes(rest, list(compress(count(), clear)))
        holds = self._quick.holds
        found += [at for at, raw in enumerate(every) if not clear[at] and not holds(raw)]
        return sorted(found)

    def _by_shapes(self, block: bytes, numbers: Sequence[int]) -> list[int]:
        bad: list[int] = []
        tried = 0
        while block:
            self._shapes[tried:] = sorted(self._shapes[tried:], key=lambda shape: -shape.met)
            if tried < len(self._shapes):
                block, numbers = self._judged(self._shapes[tried], block, numbers, bad)
                tried += 1
                continue
            lines = block.split(b"\n")
            lines.pop()
            done = self._by_line(lines, numbers, bad)
            block = b"\n".join([*lines[done:], b""])
            numbers = numbers[done:]
        for shape in self._shapes:
            shape.met //= 2  # so that the order follows what is met now
        return sorted(bad)

    def _judged(
        self, shape: _Shape, block: bytes, numbers: Sequence[int], bad: list[int]
    ) -> tuple[bytes, Sequence[int]]:
        """Judge the lines that have this shape; return the others with their numbers."""
        rows = shape.find(block)
        rest, places = b"", numbers[:0]
        # Matches may begin inside of lines, and reach over their ends: then they are fewer, or shorter.
        varies = sum(map(len, map(_TIME, rows))) + sum(map(len, map(_PAYLOAD, rows)))
        if len(rows) != len(numbers) or varies + shape.fixed * len(rows) != len(block):
            rows, hit = _whole_lines(shape, block, len(numbers))
            lines = block.split(b"\n")
            miss = [not one for one in hit]
            rest = b"\n".join([*compress(lines, miss), b""])
            places = list(compress(numbers, miss))
            numbers = list(compress(numbers, hit))
        shape.met += len(rows)
        if rows:
            stored = b"".join(map(itemgetter(shape.stored), rows)).decode()
            computed = b"".join([_sha256(text).digest() for text in map(shape.hashed, rows)])
            sure = computed.hex() == stored and _as_written(
                [number for at in shape.floats for row in rows if (number := row[at])]
            )
            if not sure:
                self._one_by_one(shape, rows, numbers, bad)
        return rest, places

    def _one_by_one(
        self,
        shape: _Shape,
        rows: Sequence[tuple[bytes, ...]],
        numbers: Sequence[int],
        bad: list[int],
    ) -> None:
        """Judge the lines of a shape of which one at least does not hold or has a number in doubt."""
        for number, row in zip(numbers, rows, strict=True):
            fits = _sha256(shape.hashed(row)).hexdigest().encode() == row[shape.stored]
            if fits and _as_written([row[at] for at in shape.floats if row[at]]):
                continue
            raw = shape.frame % (row[0], row[1], row[shape.stored])
            if not self._quick.holds(raw):
                bad.append(number)

    def _by_line(self, lines: Sequence[bytes], numbers: Sequence[int], bad: list[int]) -> int:
        """Judge lines of no known shape until one of them teaches a new one; return how many."""
        for done, raw in enumerate(lines):
            if not self._quick.holds(raw):
                bad.append(numbers[done])
            elif self._tries and len(self._shapes) < _MAX_SHAPES and self._learned(raw):
                return done + 1
        return len(lines)

    def _learned(self, raw: bytes) -> bool:
        """Learn the shape of a line that holds; False where it has none that is worth it."""
        self._tries -= 1
        found = _OURS.fullmatch(raw)
        if found is None:
            return False
        payload = json.loads(found[2])
        if not isinstance(payload, dict) or json.dumps(payload).encode() != found[2]:
            return False
        parts = [(kind, text or _TEXTS[kind]) for kind, text in _kinds(payload)]
        key = b"".join([found[1], *(text for _, text in parts)])
        if len(parts) > _MAX_PARTS or key in self._known:
            return False
        self._known.add(key)
        self._shapes.append(_shape(found[1], payload, parts))
        return True


def _kinds(payload: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """The parts of a payload as `audit_quick` knows them, with what each place held when learned."""
    for kind, text, value in parts_of(payload):
        if kind == "literal":
            yield kind, text
        elif kind == "list":
            yield ("texts" if all(isinstance(item, str) for item in value) else kind), b""
        elif isinstance(value, str):
            yield "text", b""
        elif isinstance(value, int) and not isinstance(value, bool):
            yield "whole", b""
        else:
            yield ("float" if kind == "float" else "plain"), b""


def _shape(event_type: bytes, payload: dict[str, Any], parts: list[tuple[str, bytes]]) -> _Shape:
    in_order = json.dumps(payload) == json.dumps(payload, sort_keys=True)
    group = 2  # after timestamp and payload
    floats: list[int] = []
    places: list[int] = []
    body = b""
    for kind, text in parts:
        if kind != "literal" and not in_order:
            places.append(group)
            group += 1
        if kind == "float":
            floats.append(group)
            group += 1
        # The group of a place is where its text is taken from.
        body += text if kind == "literal" or in_order else b"(" + text + b")"
    pattern = (
        rb'\{"timestamp": "([^"]*)", "event_type": ' + re.escape(event_type)
        + rb', "payload": (' + body + rb'), "compliance_hash": "([^"]{64})"\}\n'
    )  # fmt: skip
    compiled = re.compile(pattern)
    find, search = compiled.findall, compiled.finditer
    escaped = event_type.replace(b"%", b"%%")
    frame = b'{"timestamp": "%b", "event_type": ' + escaped
    frame += b', "payload": %b, "compliance_hash": "%b"}'
    fixed = len(frame % (b"", b"", bytes(64))) + 1
    if in_order:
        return _Shape(find, search, itemgetter(1), floats, group, frame, fixed)
    order = list(sorted_text(numbered(payload, iter(range(len(parts))))))
    slots = [places[part] for part in order if isinstance(part, int)]
    written = b"".join(
        b"%b" if isinstance(part, int) else part.replace(b"%", b"%%") for part in order
    )
    if not slots:  # nothing but empty objects
        whole = written % ()
        return _Shape(find, search, lambda _row: whole, floats, group, frame, fixed)
    pick = itemgetter(*slots, slots[0])  # one more, so that it always gives several
    written += b"%.0b"
    return _Shape(find, search, lambda row: written % pick(row), floats, group, frame, fixed)


def _clear(text: bytes) -> bool:
    return not text.translate(None, _WRITTEN) and _OTHER_ESCAPE.search(text) is None


def _whole_lines(
    shape: _Shape, block: bytes, lines: int
) -> tuple[list[tuple[bytes, ...]], list[bool]]:
    """Return the rows of the lines that have the shape, and of each line whether it is one."""
    rows: list[tuple[bytes, ...]] = []
    hit = [False] * lines
    number = at = 0
    for found in shape.search(block):
        begin = found.start()
        number += block.count(b"\n", at, begin)
        at = begin
        whole = block.find(b"\n", begin, found.end() - 1) < 0
        if whole and (not begin or block[begin - 1] == _LF):
            rows.append(found.groups(b""))
            hit[number] = True
    return rows, hit


def _as_written(numbers: Sequence[bytes]) -> bool:
    """True where each number with a point or an exponent stands as Python writes it."""
    if not numbers:
        return True
    try:
        return json.dumps(list(map(float, numbers)))[1:-1].encode() == b", ".join(numbers)
    except ValueError:
        return False
