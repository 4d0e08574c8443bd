"""The program under strace: killed before its n-th call of one kind, or told that it failed.

strace counts the calls of each thread apart, so `when=n` is the first thread that gets that far.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_CALL: Final = re.compile(r"(\d+) +(\w+)\(")


@dataclass(frozen=True)
class Point:
    """The n-th call of one kind that one thread makes."""

    call: str
    number: int

    def __str__(self) -> str:
        return f"{self.call}-{self.number}"


@dataclass(frozen=True)
class Interposed:
    """What strace is asked for; `log` is where it writes what it saw."""

    log: Path
    calls: Sequence[str]
    files: Sequence[Path] = ()
    """Only calls about these files count; none means all."""
    faults: dict[str, str] = field(default_factory=dict)
    """For each call what happens to it, as strace's `inject` takes it."""

    @property
    def command(self) -> list[str]:
        """What the program is run under; `?` because not every processor has every call."""
        found = ["strace", "-f", "-qq", "-y", "-o", str(self.log)]
        found += [word for file in self.files for word in ("-P", str(file))]
        found += ["-e", f"trace={','.join(f'?{call}' for call in self.calls)}"]
        for call, fault in self.faults.items():
            found += ["-e", f"inject=?{call}:{fault}"]
        return found

    def points(self, names: Sequence[str] = ()) -> list[Point]:
        """Every point that a run like the one in the log has, in open files of these `names`."""
        most: dict[str, int] = {}
        for (_, call), count in self._counts(names).items():
            most[call] = max(most.get(call, 0), count)
        return [
            Point(call, number) for call in self.calls for number in range(1, most.get(call, 0) + 1)
        ]

    def failed(self) -> list[str]:
        """The calls that were made to fail."""
        return [line for line in self._lines() if line.endswith("(INJECTED)")]

    def _counts(self, names: Sequence[str]) -> Counter[tuple[str, str]]:
        wanted = [
            line
            for line in self._lines()
            if not names or any(f"/{name}>" in line for name in names)
        ]
        matches = (_CALL.match(line) for line in wanted)
        return Counter((match[1], match[2]) for match in matches if match is not None)

    def _lines(self) -> list[str]:
        return self.log.read_text("utf-8", "replace").splitlines()


def sample(points: Sequence[Point], more: int, seed: str) -> list[Point]:
    """One point of each call and `more` of all, the same ones in every run."""
    chance = random.Random(seed)
    by_call: dict[str, list[Point]] = {}
    for point in points:
        by_call.setdefault(point.call, []).append(point)
    chosen = {chance.choice(found) for found in by_call.values()}
    rest = [point for point in points if point not in chosen]
    return sorted(
        chosen | set(chance.sample(rest, min(more, len(rest)))), key=lambda p: (p.call, p.number)
    )


@contextmanager
def at(point: Point) -> Iterator[None]:
    """Name the point in whatever fails inside."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"at {point}")
        raise
